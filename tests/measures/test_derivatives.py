"""First and second derivatives of compiled formulas: against differences of the numbers themselves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.nonlinear_problems import PROBLEMS, Problem
from tests.strategies import book, model_of, random_positions, seeds
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Point
from xlalm.model.model import Model
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.program.program import Owner
from xlalm.program.terms import SmoothTerm
from xlalm.solver.nonlinear.functions import Functions

FORMULAS = (
    "rwa * total_assets",
    "(cet1_ratio + nsfr) * total_assets",
    "total_assets * total_assets * rwa",
    "rwa / (1 + total_assets / total_liabilities)",
    "var(99%, 10)",
    "var(99%, 10) * volatility(1) / (5 + rwa)",
    "cet1_ratio * cet1_ratio - 3 * net(rate) * sum(alpha, side = 'asset') + volatility(250)",
)


def bank(seed: int, formula: str = "rwa", direction: str = "max") -> tuple[Model, np.random.Generator]:
    rng = np.random.default_rng(seed)
    positions = random_positions(rng)
    tables: dict[str, Any] = book(positions, [(formula, direction)])
    names = positions["position"][:4]
    factor = rng.normal(size=(4, 3)) * 0.01
    matrix = factor @ factor.T
    pairs = [(i, k) for i in range(4) for k in range(i, 4)]
    tables["Covariances"] = {
        "position": [names[i] for i, _ in pairs],
        "with": [names[k] for _, k in pairs],
        "covariance": [float(matrix[i, k]) for i, k in pairs],
    }
    return model_of(tables), rng


def away_from_opening(model: Model, rng: np.random.Generator) -> np.ndarray:
    """Return balances none of which stands at its opening, where growth and reduction have a kink."""
    sheet = model.sheet
    return sheet.opening * rng.uniform(0.8, 1.2, len(sheet)) + rng.uniform(0.5, 2.0, len(sheet))


@settings(max_examples=15)
@given(seed=seeds)
def test_tangents_of_every_kind_of_formula(seed: int) -> None:
    for formula in FORMULAS:
        model, rng = bank(seed, formula)
        expression, opening = model.goals[0].expression, model.sheet.opening
        stock = away_from_opening(model, rng)
        tangent = expression.linearise(Point.at(stock, opening))
        assert tangent.value(Point.at(stock, opening)) == pytest.approx(expression.value(Point.at(stock, opening)))
        gradient = tangent.position_gradient(Point.at(stock, opening))
        for i in range(len(stock)):
            step = 1e-5 * max(1.0, stock[i])
            up, down = (expression.value(Point.at(stock + s * np.eye(len(stock))[i], opening)) for s in (step, -step))
            size = np.abs(gradient).max() + abs(expression.value(Point.at(stock, opening))) / np.abs(stock).max()
            assert (up - down) / (2 * step) == pytest.approx(gradient[i], rel=1e-5, abs=1e-6 * size), formula


@pytest.mark.parametrize("formula", FORMULAS)
def test_bounds_by_intervals_hold_every_value(formula: str) -> None:
    for seed in range(10):
        model, rng = bank(seed, formula)
        expression, sheet = model.goals[0].expression, model.sheet
        low, high = bounds(expression, sheet)
        for _ in range(30):
            stock = rng.uniform(sheet.lower, sheet.upper)
            value = expression.value(Point.at(stock, sheet.opening))
            assert low * (1 - np.sign(low) * 1e-9) <= value <= high * (1 + np.sign(high) * 1e-9)


def check_functions(functions: Functions, point: np.ndarray, rng: np.random.Generator) -> None:
    """Compare gradient, rows' derivatives and second derivatives with central differences in random directions."""
    at = functions.at(point)
    weights = rng.normal(size=len(at.rows))
    bend = functions.hessian(point, 0.7, weights)
    assert bend == pytest.approx(bend.T)
    size = np.maximum(1.0, np.abs(point))
    for _ in range(4):
        direction = rng.normal(size=len(point)) * size
        step = 1e-5
        up, down = functions.at(point + step * direction), functions.at(point - step * direction)
        goal = float(at.gradient @ direction)
        scale = float(np.abs(at.gradient) @ np.abs(direction)) + abs(at.goal)
        assert (up.goal - down.goal) / (2 * step) == pytest.approx(goal, abs=1e-7 * scale)
        rows = at.jacobian @ direction
        spread = np.abs(at.jacobian) @ np.abs(direction) + np.abs(at.rows) + 1
        assert ((up.rows - down.rows) / (2 * step) - rows) / spread == pytest.approx(np.zeros(len(rows)), abs=1e-7)

        def slope(found: Any) -> np.ndarray:
            return 0.7 * found.gradient + weights @ found.jacobian

        second = (slope(up) - slope(down)) / (2 * step)
        near = 1e-6 * (np.abs(bend) @ np.abs(direction) + np.abs(slope(at)) + 1e-9)
        assert (np.abs(second - bend @ direction) <= near + 1e-6 * near.max()).all()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_functions_of_published_problems(problem: Problem) -> None:
    rng = np.random.default_rng(5)
    functions = Functions(build_program(problem_of(model_of(problem.tables())), curved=True))
    for _ in range(3):
        check_functions(functions, rng.uniform(functions.lower, functions.upper), rng)


@pytest.mark.parametrize("formula", FORMULAS)
def test_functions_of_a_bank(formula: str) -> None:
    """Nested curves, ratios and values at risk, with growth and reduction as columns of their own."""
    model, rng = bank(11, f"{formula} - 0.001 * turnover()")
    build = build_program(problem_of(model), curved=True)
    stock = np.where(model.sheet.lower == model.sheet.upper, model.sheet.opening, away_from_opening(model, rng))
    columns = build.builder.columns_at(Point.at(stock, model.sheet.opening))
    functions = Functions(build)
    point = columns[functions.free]
    at = functions.at(point)
    assert at.columns == pytest.approx(columns)
    assert at.goal == pytest.approx(model.goals[0].expression.value(Point.at(stock, model.sheet.opening)))
    check_functions(functions, point, rng)


@pytest.mark.parametrize("kind", ["quadratic", "quotient", "norm"])
def test_curves_by_complex_steps(kind: Any) -> None:
    """The three functions written down again for complex numbers; their slopes' derivatives the same way."""
    rng = np.random.default_rng(8)
    weight = rng.normal(size=2)
    forms = 2 if kind == "quotient" else 4
    owner = Owner("curve", 0, "", None)
    curve = SmoothTerm(0, kind, np.zeros(0, int), np.zeros((forms, 0)), np.zeros(forms), weight, "exact", False, owner)

    def value(u: np.ndarray) -> Any:
        if kind == "quadratic":
            return weight[0] * u[0] * u[1] + weight[1] * u[2] * u[3]
        return u[0] / u[1] if kind == "quotient" else np.sqrt((u * u).sum())

    def slope(u: np.ndarray) -> np.ndarray:
        if kind == "quadratic":
            return np.array([weight[0] * u[1], weight[0] * u[0], weight[1] * u[3], weight[1] * u[2]])
        return np.array([1 / u[1], -u[0] / u[1] ** 2]) if kind == "quotient" else u / np.sqrt((u * u).sum())

    for _ in range(20):
        u = rng.uniform(0.5, 3.0, forms)
        steps = [u + 1e-30j * unit for unit in np.eye(forms)]
        assert curve.value(u) == pytest.approx(value(u), rel=1e-14)
        assert curve.slope(u) == pytest.approx(np.array([value(s).imag / 1e-30 for s in steps]), rel=1e-12)
        assert curve.bend(u) == pytest.approx(np.array([slope(s).imag / 1e-30 for s in steps]), rel=1e-12, abs=1e-14)


def test_the_tip_of_a_norm_has_a_tangent_below_it() -> None:
    model, rng = bank(3, "var(99%, 10)")
    norm, opening = model.goals[0].expression, model.sheet.opening
    tip = Point.at(np.zeros(len(opening)), opening)
    tangent = norm.linearise(tip)
    assert norm.value(tip) == 0
    for _ in range(20):
        point = Point.at(rng.uniform(0, 100, len(opening)), opening)
        assert tangent.value(point) <= norm.value(point)
