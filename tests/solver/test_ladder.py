"""Price ladders of random banks against the book solved afresh with that bound moved in its table."""

import numpy as np
import pytest

from tests.seeds import more
from tests.solver.programs import random_case
from tests.strategies import Book, model_of
from xlalm.domain.limits import unit_size
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.sensitivity.ladder import MOST_LIMITS, TOO_MANY, ladders
from xlalm.solver.sensitivity.ranging import limit_ranges
from xlalm.solver.solution import Planned


def moved(tables: Book, k: int, by: float) -> Book:
    """Return the book with the bound of one limit moved, as a user would type it."""
    limits = {key: list(values) for key, values in tables["Limits"].items()}
    limits["right"][k] = f"{limits['right'][k]} {'+' if by > 0 else '-'} {abs(by)!r}"
    return {**tables, "Limits": limits}


def reached(tables: Book) -> float | None:
    """Return the goal less penalties, turned so that more is better; None without a plan."""
    problem = problem_of(model_of(tables))
    found = optimise(problem, Options())
    if not isinstance(found, Planned):
        return None
    return (1.0 if problem.objective.maximise else -1.0) * found.objective - found.penalty


def check_ladders(seed: int, *, lots: bool = False) -> None:
    rng = np.random.default_rng(seed)
    kinds = ("amount", "moving", "turnover", "ratio") if lots else ("amount", "moving", "turnover", "ratio", "capped")
    case = random_case(rng, kinds=kinds, soft=True, rules=2)
    tables = case.tables()
    if lots:
        lot = np.where((rng.random(case.n) < 0.4) & (case.low < case.high), np.round(rng.uniform(2, 15, case.n), 1), 0)
        tables["Positions"]["lot"] = [float(value) or None for value in lot]
    tables["Limits"]["step"] = [float(s) for s in np.round(rng.uniform(0.002, 0.05, 2) * case.unit, 6)]
    for k, rule in enumerate(case.rules):
        if rule.is_ratio:
            tables["Limits"]["step"][k] = float(rng.choice([0.0025, 0.05]))
    problem, best = problem_of(model_of(tables)), reached(tables)
    solution = optimise(problem, Options())
    if best is None or not isinstance(solution, Planned) or solution.status != "optimal":
        return
    ranges = limit_ranges(problem, solution, Options())
    near = 1e-6 * max(case.unit, abs(best))
    found = ladders(problem, solution, Options(), ranges=ranges)
    assert set(found) == {k for k, rule in enumerate(case.rules) if rule.sense != "="}
    for k, ladder in found.items():
        away = 1.0 if case.rules[k].sense == "<=" else -1.0
        assert ladder.step == tables["Limits"]["step"][k]
        for side, sign in ((ladder.looser, 1.0), (ladder.tighter, -1.0)):
            for count, change in enumerate(side, start=1):
                again = reached(moved(tables, k, sign * away * count * ladder.step))
                assert (change is None) == (again is None), (k, side, again)
                if change is not None and again is not None:
                    assert change == pytest.approx(sign * (again - best), abs=near), (k, sign, count)
            first, second = side
            assert first is None or first >= 0.0
            assert first is None or second is None or second >= first
        whole = reached(moved(tables, k, away * unit_size(problem.limits[k].unit)))
        assert whole is not None
        assert ladder.worth == pytest.approx(whole - best, abs=near)


@pytest.mark.parametrize("seed", range(30))
def test_steps_are_what_the_moved_book_gives(seed: int) -> None:
    check_ladders(seed)


@pytest.mark.parametrize("seed", range(5))
def test_steps_with_lots(seed: int) -> None:
    check_ladders(seed, lots=True)


@pytest.mark.parametrize("seed", more(1000, 1300, in_ci=80))
def test_many_ladders(seed: int) -> None:
    check_ladders(seed, lots=seed % 4 == 0)


def test_only_so_many_limits_are_solved_again() -> None:
    """Caps of 1 to 45 on as many lines, the dearest first: the last five are told as not looked at."""
    n = MOST_LIMITS + 5
    positions = {
        "position": [f"L{k}" for k in range(n)] + ["Capital"],
        "side": ["asset"] * n + ["equity"],
        "balance": [1.0] * n + [float(n)],
        "min": [0.0] * n + [None],
        "max": [9.0] * n + [None],
        "rate": [(k + 1) / 1000 for k in range(n)] + [0.0],
    }
    tables: Book = {
        "Positions": positions,
        "Goals": {"goal": ["g"], "formula": ["sum(rate, side = 'asset')"], "direction": ["max"]},
        "Limits": {
            "limit": [f"cap {k}" for k in range(n)],
            "left": [f"position('L{k}')" for k in range(n)],
            "sense": ["<="] * n,
            "right": ["1"] * n,
        },
    }
    problem = problem_of(model_of(tables))
    solution = optimise(problem, Options())
    assert isinstance(solution, Planned)
    found = ladders(problem, solution, Options())
    left_out = [k for k, ladder in found.items() if ladder.note == TOO_MANY]
    assert len(left_out) == 5
    assert max(left_out) < n - MOST_LIMITS + 1
    assert all(found[k].looser == (None, None) for k in left_out)
