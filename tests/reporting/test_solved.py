"""Facts of a plan, for prices given by hand."""

import attrs
import numpy as np
import pytest

from tests.figures.bank import bank
from tests.strategies import optimum
from xlalm.reporting.solved import plan_facts
from xlalm.solver.solution import Planned

MODEL, SOLUTION = optimum(bank(min={"Loans": 50.0, "Bonds": 40.0}))
"""Loans of 110, between 50 and 200, and bonds at their min of 40; deposits are fixed at 130."""


def dear(loans: float, bonds: float, *, priced: bool = True, maximise: bool = True) -> tuple[str, str, float] | None:
    """Return position, end and worth of the dearest bound for reduced costs of loans and bonds."""
    assert isinstance(SOLUTION, Planned)
    costs = np.array([loans, bonds, 5.0, 0.0]) if priced else None
    build = attrs.evolve(SOLUTION.build, maximise=maximise)
    found = plan_facts(MODEL, attrs.evolve(SOLUTION, reduced_cost=costs, build=build), [], None).dear_bound
    return None if found is None else (found.position, found.end, found.worth)


def test_the_dearest_bound() -> None:
    assert isinstance(SOLUTION, Planned)
    assert SOLUTION.plan.tolist() == [110.0, 40.0, 130.0, 20.0]
    assert dear(0.0, -0.03) == ("Bonds", "minimum", 0.03)
    assert dear(0.0, 0.03, maximise=False) == ("Bonds", "minimum", 0.03)
    assert dear(0.0, 0.03) is None  # a price of the wrong sign
    assert dear(0.5, -0.03) == dear(-0.5, -0.03) == ("Bonds", "minimum", 0.03)  # loans stand at no bound
    assert dear(0.0, -0.03, priced=False) is None


@pytest.mark.parametrize(("worth", "told"), [(1.1e-9, True), (1e-9, False), (1e-7, True)])
def test_a_worth_that_is_rounding_is_none(worth: float, *, told: bool) -> None:
    assert (dear(0.0, -worth) is not None) == told
