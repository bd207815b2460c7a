"""What if, for answers given by hand: which differences are told, and how."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import optimum
from xlalm.domain.result import result_table
from xlalm.program.problem import problem_of
from xlalm.reporting.what_if import Answered, what_if_sentences, what_if_table
from xlalm.solver.solution import Planned, no_plan

MODEL, SOLUTION = optimum(bank(limit('position("Loans")', "<=", 120.0, limit="Loans", unit="amount")))
assert isinstance(SOLUTION, Planned)
BASE = Answered(MODEL, SOLUTION, {})
NONE = Answered(MODEL, no_plan(problem_of(MODEL), SOLUTION.build, "infeasible", "", 0.0), {})


def moved(**more: Any) -> Answered:
    return attrs.evolve(BASE, solution=attrs.evolve(SOLUTION, **more))


def kinds(base: Answered, changed: Answered) -> list[tuple[str, str]]:
    return [(row["kind"], row["name"]) for row in what_if_table(base, changed).records()]


def test_the_goal_is_always_told_and_nothing_else_where_nothing_differs() -> None:
    assert kinds(BASE, BASE) == [("goal", "goal 0")]
    (row,) = what_if_table(BASE, moved(objective=6.0)).records()
    assert (row["base"], row["changed"], row["change"]) == (pytest.approx(5.3), 6.0, pytest.approx(0.7))


@pytest.mark.parametrize(("by", "told"), [(0.9e-9, False), (1.1e-9, True), (-0.9e-9, False), (-1.1e-9, True)])
def test_a_thousand_millionth_is_no_difference(by: float, *, told: bool) -> None:
    """Of capital of 20, and of 1 where a balance is smaller."""
    plan = SOLUTION.plan.copy()
    plan[3] += by * 20
    assert (("position", "Capital") in kinds(BASE, moved(plan=plan))) == told
    small = np.array([0.5, 0.5, 0.5, 0.5])
    assert (("position", "Bonds") in kinds(moved(plan=small), moved(plan=small + by * np.eye(4)[1]))) == told


def test_a_run_without_a_plan_has_no_figures() -> None:
    rows = {(row["kind"], row["name"]): row for row in what_if_table(NONE, BASE).records()}
    assert list(rows) == [("goal", "goal 0"), ("limit", "Loans"), ("bound", "Loans"), ("price", "Loans")]
    assert all((row["base"], row["change"]) == (None, None) for row in rows.values())
    assert rows["limit", "Loans"]["changed"] == pytest.approx(120.0)
    assert rows["price", "Loans"]["changed"] == pytest.approx(0.03)
    gone = what_if_table(BASE, NONE).records()
    assert all(row["changed"] is None for row in gone)


def test_the_sentences() -> None:
    rows = [
        {"kind": "limit", "name": "a", "base": 1.0, "changed": 3.0, "change": 2.0, "unit": "amount"},
        {"kind": "limit", "name": "b", "base": 0.5, "changed": 0.25, "change": -0.25, "unit": "%"},
        {"kind": "bound", "name": "c", "base": None, "changed": 0.25, "change": None, "unit": "%"},
        {"kind": "bound", "name": "d", "base": 0.5, "changed": None, "change": None, "unit": "%"},
    ]
    assert what_if_sentences(result_table("WhatIf", rows), "EUR") == [
        "limit a: EUR 1.00 → EUR 3.00 (+EUR 2.00)",
        "limit b: 50.00% → 25.00% (-25.00 points)",
        "bound c: 25.00% is new",
        "bound d: 50.00% no longer",
    ]
