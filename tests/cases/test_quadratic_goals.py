"""Convex quadratic goals: HiGHS's own status is not trusted, the plan is proven or the run says so."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import xlalm
from tests.seeds import more

OFF = {"setting": ["balance_identity", "time_limit_s"], "value": ["off", 10]}


def mean_variance(seed: int, aversion: float, n: int = 12) -> dict[str, Any]:
    """Return max sum(rate) - aversion·(sum(d)² + sum(e)²) over n positions and one limit."""
    rng = np.random.default_rng(seed)
    rate, d = rng.uniform(0.01, 0.06, n), rng.uniform(-3, 8, n).round(2)
    e, top = rng.uniform(0, 1, n).round(2), rng.uniform(50, 5000, n).round(0)
    goal = f"sum(rate) - {aversion:.10f}*sum(d)*sum(d) - {aversion:.10f}*sum(e)*sum(e)"
    positions = {
        "position": [f"p{i}" for i in range(n)],
        "side": ["asset"] * n,
        "balance": (top / 2).tolist(),
        "min": [0.0] * n,
        "max": top.tolist(),
        "rate": rate.tolist(),
        "d": d.tolist(),
        "e": e.tolist(),
    }
    return {
        "Positions": positions,
        "Limits": {"limit": ["total"], "left": ["sum(1)"], "sense": ["<="], "right": [float(top.sum() / 2)]},
        "Goals": {"goal": ["g"], "formula": [goal], "direction": ["max"]},
        "Settings": OFF,
    }


@pytest.mark.parametrize(
    ("seed", "aversion", "right"),
    [(0, 1e-6, 678.1429899), (3, 1e-4, 92.4063617), (1, 1e-8, 666.1749349), (0, 1e-2, 0.5403425)],
)
def test_a_mean_variance_book_is_solved_and_proven(seed: int, aversion: float, right: float) -> None:
    """The right values are scipy's SLSQP from three starts."""
    answer = xlalm.solve(mean_variance(seed, aversion))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(right, rel=1e-7)
    assert answer.result.certificate["accepted"]


def check_against_slsqp(seed: int) -> None:
    aversion = float(10.0 ** np.random.default_rng(seed).uniform(-8, -2))
    book = mean_variance(seed, aversion)
    lines = {key: np.array(values) for key, values in book["Positions"].items() if key not in ("position", "side")}
    rate, d, e, top = (lines[key] for key in ("rate", "d", "e", "max"))
    aversion = float(f"{aversion:.10f}")

    def lost(share: np.ndarray) -> float:
        x = share * top
        return float(-(rate @ x) + aversion * ((d @ x) ** 2 + (e @ x) ** 2))

    room = {"type": "ineq", "fun": lambda share: 0.5 - (share @ top) / top.sum()}
    best = min(
        minimize(lost, np.full(len(top), start), bounds=[(0, 1)] * len(top), constraints=[room], tol=1e-12).fun
        for start in (0.0, 0.2, 0.5)
    )
    answer = xlalm.solve(book)
    assert answer.status == "optimal"
    assert answer.result.certificate["accepted"]
    assert answer.objective >= -best - 1e-6 * max(1.0, abs(best))


@pytest.mark.parametrize("seed", [*range(10), 180])
def test_no_mean_variance_book_ends_unproven(seed: int) -> None:
    """Of book 180 HiGHS gives a plan that is no number."""
    check_against_slsqp(seed)


@pytest.mark.parametrize("seed", more(100, 200, in_ci=30))
def test_no_mean_variance_book_ends_unproven_long(seed: int) -> None:
    check_against_slsqp(seed)


def test_a_goal_that_hardly_bends_is_solved() -> None:
    """Hock and Schittkowski's problem 3, moved by 50: min x2 + 1e-5·(x2 - x1)², right 0; it took the time limit."""
    answer = xlalm.solve(
        {
            "Positions": {
                "position": ["a", "b"],
                "side": ["asset"] * 2,
                "balance": [60.0, 1.0],
                "min": [0.0, 0.0],
                "max": [100.0, 50.0],
            },
            "Goals": {
                "goal": ["g"],
                "formula": [
                    'position("b") + 0.00001*(position("b")-position("a")+50)*(position("b")-position("a")+50)'
                ],
                "direction": ["min"],
            },
            "Settings": OFF,
        }
    )
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(0.0, abs=1e-9)


def split_pairs(top: float | None, n: int = 40, m: int = 15, seed: int = 8) -> dict[str, Any]:
    """Return min x0 + ½Σxj² with x0 >= every Aᵢx - bᵢ, every free variable as two positions."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(m, n)).round(3)
    matrix[:, 0] = -1
    bound = np.where(rng.random(m) < 0.5, 0, rng.uniform(0, 0.04, m)).round(4)
    variable, sign = np.repeat(np.arange(n), 2), np.tile([1.0, -1.0], n)
    positions: dict[str, Any] = {
        "position": [f"x{j}{side}" for j in range(n) for side in "pm"],
        "side": ["asset"] * 2 * n,
        "balance": [0.0] * 2 * n,
        "max": [top] * 2 * n,
        "cost": np.where(variable == 0, sign, 0.0).tolist(),
    }
    positions |= {f"w{i}": (matrix[i][variable] * sign).tolist() for i in range(m)}
    squares = [f'0.5*(position("x{j}p")-position("x{j}m"))*(position("x{j}p")-position("x{j}m"))' for j in range(1, n)]
    parts = [" + ".join(squares[i : i + 20]) for i in range(0, len(squares), 20)]
    goal = "sum(cost) + " + " + ".join(f"q{i}" for i in range(len(parts)))
    return {
        "Positions": positions,
        "Metrics": {"metric": [f"q{i}" for i in range(len(parts))], "formula": parts},
        "Limits": {
            "limit": [f"r{i}" for i in range(m)],
            "left": [f"sum(w{i})" for i in range(m)],
            "sense": ["<="] * m,
            "right": bound.tolist(),
        },
        "Goals": {"goal": ["g"], "formula": [goal], "direction": ["min"]},
        "Settings": OFF,
    }


@pytest.mark.parametrize("top", [None, 1000.0])
def test_a_goal_that_has_an_end_is_not_called_endless(top: float | None) -> None:
    """The right value is Clarabel's; HiGHS calls the program without max unbounded (ERGO-Code/HiGHS issue 1363)."""
    answer = xlalm.solve(split_pairs(top))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(-0.951010009, rel=1e-6)
    # of a pair that stands for one free variable at most one is held: less would move nothing else
    plan = answer["Allocation"]["optimal"].to_numpy().reshape(-1, 2)
    assert plan.min(axis=1) == pytest.approx(np.zeros(len(plan)), abs=1e-9)


def test_what_runs_away_does_not_bend_the_goal() -> None:
    """More of Free always earns; the square holds Bent, and Idle earns nothing."""
    answer = xlalm.solve(
        {
            "Positions": {
                "position": ["Bent", "Free", "Idle"],
                "side": ["asset"] * 3,
                "balance": [10.0, 10.0, 10.0],
                "rate": [0.05, 0.01, 0.0],
            },
            "Goals": {
                "goal": ["g"],
                "formula": ['sum(rate) - 0.001*position("Bent")*position("Bent")'],
                "direction": ["max"],
            },
            "Settings": OFF,
        }
    )
    assert answer.status == "unbounded"
    said = " ".join(answer.explanation)
    assert "Free" in said
    assert "Bent" not in said
    assert "Idle" not in said
