"""What hosts say of a result, line by line."""

import attrs
import pytest

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, warning
from xlalm.domain.result import Result, by_name, result_table
from xlalm.domain.status import Status
from xlalm.reporting.said import Line, box_lines, screen_lines, unsaid, why_no_plan

WARNED = warning(Cell("Limits", 3, 4), "a bound is odd", "look at it")
WRONG = error(Cell("Limits", 7, 4), 'bound "ninety" is not a number', "enter 0.9 or 90%")
NOTED = Finding("note", None, "nothing to do", "read it")


def result(status: Status = "optimal", *messages: str, **more: object) -> Result:
    return attrs.evolve(Result(status, {}, messages=messages), **more)


def test_a_screen_shows_findings_then_messages_then_the_file() -> None:
    found = result("optimal", "Margin rises.", findings=(WARNED,), written="bank.xlsx")
    assert screen_lines(found) == [
        Line("warning: Limits!D3: a bound is odd; look at it."),
        Line("Margin rises."),
        Line("Written: bank.xlsx"),
    ]
    assert screen_lines(found, says_where=True) == screen_lines(found)[:2]


def test_bad_input_on_a_screen_is_a_problem() -> None:
    wrong = result("bad input", findings=(WARNED, WRONG))
    assert screen_lines(wrong)[1:] == [
        Line('error: Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.', True),
        Line("1 error(s): nothing was solved.", True),
    ]
    assert screen_lines(wrong, undone="evaluated")[-1] == Line("1 error(s): nothing was evaluated.", True)
    more = result("bad input", findings=(WARNED, WRONG, WRONG))
    assert screen_lines(more)[-1] == Line("2 error(s): nothing was solved.", True)


def test_a_check_says_that_it_found_nothing() -> None:
    clear = "No findings."
    assert screen_lines(result("checked", "All is well."), all_clear=clear) == [Line("All is well."), Line(clear)]
    assert screen_lines(result("checked", "All is well.")) == [Line("All is well.")]
    assert Line(clear) not in screen_lines(result("checked", findings=(WARNED,)), all_clear=clear)


def test_a_box_shows_messages_then_errors_first() -> None:
    assert box_lines(result("optimal", "Margin rises.", findings=(NOTED, WARNED, WRONG))) == [
        "Margin rises.",
        'error: Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.',
        "warning: Limits!D3: a bound is odd; look at it.",
        "note: nothing to do; read it.",
    ]
    assert box_lines(result("checked"), "No findings.") == ["No findings."]
    assert box_lines(result("checked")) == ["Done."]


def test_bad_input_in_a_box_hides_the_messages() -> None:
    assert box_lines(result("bad input", "Stale.", findings=(WARNED, WRONG)))[:2] == [
        "1 error(s); nothing was written.",
        'error: Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.',
    ]


@pytest.mark.parametrize(("count", "last"), [(12, "line 12"), (13, "… and 1 more."), (20, "… and 8 more.")])
def test_a_box_is_cut(count: int, last: str) -> None:
    lines = box_lines(result("optimal", *(f"line {k}" for k in range(1, count + 1))))
    assert lines[-1] == last
    assert lines[:12] == [f"line {k}" for k in range(1, 13)]


def test_unsaid_is_what_no_cell_holds() -> None:
    table = result_table("Explanation", [{"line": 1, "text": "First. Second."}])
    assert unsaid(result("optimal", "First.", "Third.", tables=by_name(table))) == ["Third."]


def test_why_there_is_no_plan() -> None:
    assert why_no_plan(result("bad input", "Said.", findings=(WARNED, WRONG))) == str(WRONG)
    assert why_no_plan(result("infeasible", "Said.", "More.", findings=(WARNED,))) == "Said."
    assert why_no_plan(result("infeasible")) == "infeasible"
