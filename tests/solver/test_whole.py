"""Whole numbers to the last bit: switches beside amounts that are large against what they switch."""

import attrs
import numpy as np
import pytest

from tests.strategies import book, model_of, records
from xlalm.program.build import build_program
from xlalm.program.extend import NewRow, with_coefficients, with_columns, with_rows
from xlalm.program.problem import problem_of
from xlalm.program.program import Owner, Program
from xlalm.solver.highs.run import Answer, Options, run
from xlalm.solver.linear.whole import _branches, run_whole


@pytest.mark.parametrize("most", [1e3, 1e5, 1e7, 1e9])
@pytest.mark.parametrize(("least", "floor"), [(4.5, 3.0), (4.5, 0.5), (50.0, 3.0)])
def test_a_max_written_as_unlimited_does_not_open_a_threshold(most: float, least: float, floor: float) -> None:
    """Bonds are 0 or at least ``least``, and ``floor`` of them are needed: so ``least`` is held, whatever their max."""
    positions = {
        "position": ["Bond", "Loans"],
        "side": ["asset", "asset"],
        "balance": [3.5, 50.0],
        "min": [0.0, 0.0],
        "max": [most, 100.0],
        "min_if_used": [least, None],
        "w": [1.0, 0.0],
        "c": [1.0, 0.001],
    }
    tables = book(positions, [("sum(c)", "min")], [("sum(w)", ">=", floor)], balance_identity="off")
    plan = records(tables, "Allocation")
    assert plan["Bond"]["optimal"] == pytest.approx(least, abs=1e-9)
    assert plan["Loans"]["optimal"] == pytest.approx(0.0, abs=1e-9)


def leaking(most: float) -> Program:
    """Return min x + 3·used over x >= 2 and ``x <= most·used``: 5; a leak would give 2 + 6 / most."""
    positions = {
        "position": ["x"],
        "side": ["asset"],
        "balance": [2.0],
        "min": [2.0],
        "max": [most],
        "min_if_used": [1],
    }
    tables = book(positions, [("sum(1)", "min")], balance_identity="off")
    program = build_program(problem_of(model_of(tables))).program
    return attrs.evolve(program, cost=np.array([1.0, 3.0]))


@pytest.mark.parametrize("most", [1e2, 1e6, 1e8, 1e10])
def test_a_switch_does_not_leak(most: float) -> None:
    found = run_whole(leaking(most), Options(presolve=False))
    assert found.outcome.status == "optimal"
    assert found.exact is not None
    assert found.exact.tolist() == pytest.approx([2.0, 1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("value", "ranges"),
    [(2.0, [(2, 2), (3, 5), (0, 1)]), (0.0, [(0, 0), (1, 5)]), (5.0, [(5, 5), (0, 4)])],
)
def test_branches_share_the_whole_numbers_among_them(value: float, ranges: list[tuple[int, int]]) -> None:
    """Every whole number from 0 to 5 stands in one branch, and the other column is left alone."""
    program = attrs.evolve(leaking(100.0), lower=np.array([2.0, 0.0]), upper=np.array([100.0, 5.0]))
    branches = _branches(program, 1, value)
    assert [(branch.lower[1], branch.upper[1]) for branch in branches] == ranges
    assert all((branch.lower[0], branch.upper[0]) == (2.0, 100.0) for branch in branches)


def test_no_plan_is_no_plan() -> None:
    """``x <= most·used`` with used at 0 leaves no x of 2."""
    program = leaking(1e8)
    program = attrs.evolve(program, upper=np.array([1e8, 0.0]))
    found = run_whole(program, Options(presolve=False))
    assert found.outcome.status == "infeasible"
    assert found.exact is None


def test_columns_rows_and_coefficients_are_added() -> None:
    """min x + 3·used + 10·y with x + 2·y >= 8 and 5 taken from x's coefficient in the threshold's first row."""
    program = leaking(100.0)
    first = program.start[0], program.start[1]
    extended = with_columns(program, np.array([np.inf]), np.array([10.0]))
    owner = Owner("bound", 0, "x", None)
    extended = with_rows(extended, [NewRow(np.array([0, 2]), np.array([1.0, 2.0]), 8.0, np.inf, owner)])
    extended = with_coefficients(extended, {0: [(np.array([0, 2]), np.array([-5.0, 0.25]))]})
    assert extended.n_columns == program.n_columns + 1
    assert extended.n_rows == program.n_rows + 1
    assert len(extended.layout.position) == extended.n_columns
    columns = np.array([3.0, 1.0, 4.0])
    expected = [*program.activity(columns[:2]), 3.0 + 2.0 * 4.0]
    expected[0] += -5.0 * 3.0 + 0.25 * 4.0
    assert extended.activity(columns).tolist() == pytest.approx(expected)
    assert extended.objective(columns) == pytest.approx(3.0 + 3.0 + 40.0)
    assert first == (0, 2)
    answer = run(with_rows(program, [NewRow(np.array([0]), np.array([1.0]), 8.0, np.inf, owner)]), Options())
    assert isinstance(answer, Answer)
    assert answer.columns.tolist() == pytest.approx([8.0, 1.0])
