"""Results are frozen in truth, and every way in which a run ends has its exit code."""

from typing import Any, get_args

import attrs
import pytest

from xlalm.domain.result import Result, by_name, result_table
from xlalm.domain.status import EXIT_CODES, SolverStatus, Status
from xlalm.reporting.dashboard import STATUS_WORDS


def sample() -> Result:
    said = result_table("Explanation", [{"line": 1, "text": "first"}])
    return Result("optimal", by_name(said, result_table("Findings", [])))


def test_nothing_writes_into_a_result() -> None:
    result: Any = sample()
    with pytest.raises(TypeError):
        result.tables["Explanation"] = result_table("Explanation", [])
    with pytest.raises(TypeError):
        del result.tables["Explanation"]
    with pytest.raises(AttributeError):
        result.tables.clear()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        result.status = "failed"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        result.table("Explanation").rows = ()
    with pytest.raises(TypeError):
        result.table("Explanation").rows[0][1] = "other"


def test_a_result_does_not_follow_the_tables_it_was_made_from() -> None:
    tables = by_name(result_table("Findings", []))
    result = Result("checked", tables)
    tables.clear()
    assert list(result.tables) == ["Findings"]


def test_tables_are_added_and_replaced_in_a_new_result() -> None:
    first = sample()
    other = result_table("Explanation", [{"line": 1, "text": "second"}])
    second = first.with_tables(result_table("Conflicts", []), other)
    assert list(second.tables) == ["Explanation", "Findings", "Conflicts"]
    assert second.table("Explanation").column("text") == ["second"]
    assert first.table("Explanation").column("text") == ["first"]
    assert list(first.tables) == ["Explanation", "Findings"]


def test_a_table_with_other_rows_keeps_its_columns() -> None:
    table = result_table("Payoff", [{"solved_for": "a", "a": 1.0, "b": -0.0}], ["a", "b"])
    doubled = table.with_records(record | {"a": 2 * record["a"], "b": float("nan")} for record in table.records())
    assert (doubled.name, doubled.keys) == (table.name, table.keys)
    assert doubled.records() == [{"solved_for": "a", "a": 2.0, "b": None}]


def test_every_status_has_its_exit_code() -> None:
    """Section 7 of the design: 0 solved, 2 bad input, 3 no plan can be, 4 and 5 stopped with and without a plan."""
    assert {status: EXIT_CODES[status] for status in get_args(Status)} == {
        "optimal": 0,
        "checked": 0,
        "written": 0,
        "failed": 1,
        "bad input": 2,
        "infeasible": 3,
        "unbounded": 3,
        "feasible": 4,
        "stopped": 5,
    }
    assert set(EXIT_CODES) == set(get_args(Status))
    assert Result("stopped", {}).exit_code == 5
    assert set(STATUS_WORDS) == set(get_args(SolverStatus))
