"""Surfaces over two limits: 900 points of paper 002 and random banks, each against its own solve by scipy."""

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.solver.programs import Case, random_case
from tests.strategies import book, model_of
from workbooks.source.books.paper_002 import table_instance
from xlalm.domain.errors import Refused
from xlalm.solver.highs.run import Options
from xlalm.solver.sensitivity.surface import Surface, surface

RATE = np.array([0.08, 0.12, 0.18, 0.06, 0.14])
WEIGHT = np.array([0.35, 1.0, 2.0, 0.5, 0.75])
LEAST = np.array([30.0, 20.0, 10.0, 40.0, 15.0])
MOST = np.array([150.0, 120.0, 80.0, 200.0, 100.0])


def independent(ceiling: float, capital: float, scale: float) -> float:
    """Solve the article's table at one point; NaN where there is no plan."""
    answer = linprog(
        -RATE,
        A_ub=[WEIGHT, 0.08 * WEIGHT],
        b_ub=[ceiling, capital],
        A_eq=[np.ones(5)],
        b_eq=[capital],
        bounds=list(zip(scale * LEAST, scale * MOST, strict=True)),
    )
    return -float(answer.fun) if answer.status == 0 else np.nan


@pytest.mark.parametrize("scale_bounds", [True, False], ids=["bounds scaled with capital", "bounds as written"])
def test_nine_hundred_points_of_paper_002(scale_bounds):
    """Return over RWA ceiling and capital, 30 by 30, infeasible points included, for a few solves."""
    ceilings, capitals = np.linspace(250, 540, 30), np.linspace(355, 645, 30)
    found = surface(model_of(table_instance().tables), (1, 0), ceilings, capitals, Options(), scale_bounds=scale_bounds)
    expected = np.array([[independent(a, b, b / 500 if scale_bounds else 1.0) for b in capitals] for a in ceilings])
    assert np.array_equal(np.isnan(found.objective), np.isnan(expected))
    assert np.isnan(expected).any()
    assert found.objective == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert found.solves <= 20


def _agrees(case: Case, pair: tuple[int, int], found: Surface) -> None:
    size = max(1.0, float(np.abs(case.goal).max() * case.high[np.isfinite(case.high)].max()))
    for i, a in enumerate(found.first):
        for j, b in enumerate(found.second):
            shift = {pair[0]: a - case.rules[pair[0]].bound, pair[1]: b - case.rules[pair[1]].bound}
            again, value = case.optimum(shift), found.objective[i, j]
            assert (again is None) == bool(np.isnan(value)), (a, b)
            if again is not None:
                assert value == pytest.approx(again.goal, rel=1e-7, abs=1e-7 * size), (a, b)


@pytest.mark.parametrize("seed", range(10))
def test_random_banks(seed):
    """Amounts, ratios and turnover in any pair: every point is what scipy finds there."""
    rng = np.random.default_rng(seed)
    kinds = ("amount", "ratio", "turnover") if seed % 2 else ("amount",)
    case = random_case(rng, kinds=kinds, coarse=seed % 3 == 0)
    pair = (0, 1)
    grids = [np.sort(case.rules[k].bound * rng.uniform(0.6, 1.5, 5)) for k in pair]
    found = surface(model_of(case.tables()), pair, grids[0], grids[1], Options())
    _agrees(case, pair, found)


def test_two_ratios_are_solved_point_by_point():
    """Both bounds stand in the matrix; no plan is carried from one point to another."""
    rng = np.random.default_rng(3)
    case = random_case(rng, kinds=("ratio",))
    grids = [np.sort(case.rules[k].bound * rng.uniform(0.8, 1.2, 4)) for k in (0, 1)]
    found = surface(model_of(case.tables()), (0, 1), grids[0], grids[1], Options())
    assert found.solves == 16
    _agrees(case, (0, 1), found)


def test_points_without_end_are_marked():
    """Without the cap the gain grows for ever; its marks are not taken for missing plans."""
    positions = {
        "position": ["a", "b"],
        "side": ["asset", "asset"],
        "balance": [1.0, 1.0],
        "min": [0.0, 0.0],
        "max": [None, 5.0],
        "gain": [1.0, 1.0],
    }
    limits = [('position("b")', "<=", 3.0), ('position("b")', ">=", 1.0)]
    model = model_of(book(positions, [("sum(gain)", "max")], limits))
    found = surface(model, (0, 1), np.array([2.0, 3.0]), np.array([0.5, 2.5]), Options())
    assert found.unbounded.tolist() == [[True, False], [True, True]]
    assert np.isnan(found.objective).all()


def test_bounds_cannot_scale_with_a_ratio():
    model = model_of(table_instance().tables)
    with pytest.raises(Refused, match="cannot be scaled"):
        surface(model, (1, 2), np.array([300.0, 400.0]), np.array([0.08, 0.1]), Options(), scale_bounds=True)
