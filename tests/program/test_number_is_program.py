"""Each measure means the same as a number and as rows of a program (design section 10): every one of the catalogue."""

import itertools
from typing import Any

import numpy as np
import pytest

from tests.strategies import book, feasible_stocks, model_of, random_positions
from xlalm.measures.expression import Point
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.regulation.catalogue import catalogue
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise

MEASURES = sorted(catalogue())
OPTIONS = Options()


def feasible_plan(name: str, seed: int) -> tuple[dict[str, list[Any]], Model, np.ndarray, np.random.Generator]:
    """Return a random bank, and balances other than the opening that keep its bounds and the identity.

    The bank holds something that the measure counts: a limit on one that is 0 in every plan is refused.
    """
    for more in itertools.count():
        rng = np.random.default_rng(seed + 10_000 * more)
        positions = random_positions(rng)
        positions["class"][1] = "central bank reserves"
        model = model_of(book(positions))
        model.compiler.compile(name)
        if not model.compiler.gaps:
            break
    return positions, model, feasible_stocks(model, rng, 1)[0], rng


def pinned(positions: dict[str, list[Any]], stock: np.ndarray) -> dict[str, list[Any]]:
    """Return the bank with min = max = the plan, the opening left where it was."""
    return positions | {"min": list(stock), "max": list(stock)}


def at_plan(model: Model, name: str, stock: np.ndarray) -> float:
    """Return a measure's number at a plan."""
    return model.compiler.metric(name).value(Point.at(stock, model.sheet.opening))


@pytest.mark.parametrize("name", MEASURES)
def test_program_pinned_to_a_plan_gives_the_measures_number(name: str) -> None:
    """As the goal, from above and from below: the objective in the program's own columns is the number."""
    positions, model, stock, _ = feasible_plan(name, MEASURES.index(name))
    expected = at_plan(model, name, stock)
    size = max(1.0, abs(expected))
    for direction in ("max", "min"):
        pinned_model = model_of(book(pinned(positions, stock), [(name, direction)]))
        solution = optimise(problem_of(pinned_model), OPTIONS)
        assert solution.status == "optimal", (name, direction)
        assert solution.objective == pytest.approx(expected, abs=1e-7 * size)
        if solution.build.ratio is None:
            in_program = solution.build.program.objective(solution.columns)
            assert in_program == pytest.approx(expected, abs=1e-6 * size), direction
        assert solution.certificate.objective_difference <= 1e-6 * size


@pytest.mark.parametrize("name", MEASURES)
def test_limit_at_a_pinned_plan_holds_just_where_the_number_says(name: str) -> None:
    """As a limit: met with the bound a hair on one side of the number, not with it a hair on the other."""
    positions, model, stock, _ = feasible_plan(name, 100 + MEASURES.index(name))
    value = at_plan(model, name, stock)
    hair = 1e-4 * max(1.0, abs(value))
    for sense, inside in ((">=", -hair), ("<=", hair)):
        for bound, status in ((value + inside, "optimal"), (value - inside, "infeasible")):
            limit = {"left": name, "sense": sense, "right": bound, "unit": "number"}
            solution = optimise(problem_of(model_of(book(pinned(positions, stock), limits=[limit]))), OPTIONS)
            assert solution.status == status, (sense, bound, value)


@pytest.mark.parametrize("name", MEASURES)
def test_equality_limit_holds_at_the_plans_own_number(name: str) -> None:
    """An equation keeps pieces exact from both sides: with the plan's own number as bound it is met at that plan."""
    positions, model, stock, _ = feasible_plan(name, 200 + MEASURES.index(name))
    value = at_plan(model, name, stock)
    width = 1e-3 * np.abs(stock)
    near = positions | {"min": list(np.maximum(stock - width, 0)), "max": list(stock + width)}
    for goal in ("sum(gamma)", "sum(alpha)"):
        limited = model_of(book(near, [(goal, "max")], [{"left": name, "sense": "=", "right": value, "unit": "x"}]))
        solution = optimise(problem_of(limited), OPTIONS)
        assert solution.status == "optimal"
        assert at_plan(limited, name, solution.plan) == pytest.approx(value, rel=1e-6, abs=1e-6)


def check_goal(name: str, seed: int) -> None:
    positions, model, _, rng = feasible_plan(name, seed)
    feasible = feasible_stocks(model, rng, 40)
    others = [at_plan(model, name, x) for x in feasible]
    for direction, sign in (("max", 1.0), ("min", -1.0)):
        own = model_of(book(positions, [(name, direction)]))
        solution = optimise(problem_of(own), OPTIONS)
        assert solution.status == "optimal", (name, direction, solution.solver)
        assert solution.objective == pytest.approx(at_plan(own, name, solution.plan), rel=1e-12, abs=1e-12)
        assert (solution.plan >= own.sheet.lower).all()
        assert (solution.plan <= own.sheet.upper).all()
        identity = np.where(own.sheet.on_side("off_balance"), 0.0, own.sheet.sign) @ solution.plan
        assert abs(identity) <= 1e-9 * own.sheet.total_assets
        best = max(sign * v for v in others)
        assert sign * solution.objective >= best - 1e-6 * max(1.0, abs(best)), (name, direction)
        assert solution.certificate.accepted, (name, direction, solution.certificate)


@pytest.mark.parametrize("name", MEASURES)
def test_measure_as_goal_is_reported_as_it_is_and_beaten_by_no_plan(name: str) -> None:
    check_goal(name, 300 + MEASURES.index(name))


@pytest.mark.long
@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("seed", range(10))
def test_measure_as_goal_is_beaten_by_no_plan_long(name: str, seed: int) -> None:
    check_goal(name, 1000 + 97 * seed + MEASURES.index(name))
