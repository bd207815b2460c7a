"""Several goals on random banks against scipy's linear programs, written down without any of our own algebra."""

from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.optimize import linprog

from tests.strategies import book, model_of
from xlalm.app.verbs.solve import fuzzy
from xlalm.domain.typing import Float1D
from xlalm.solver.goals.methods import GoalOutcome, solve_goals
from xlalm.solver.highs.run import Options

METHODS = ("fnlp", "fagp", "wfnlp", "wfnlp_direct", "wfagp", "weighted_sum_normalised", "lexicographic")
SEEDS = range(12)


@attrs.frozen(eq=False)
class Bank:
    """``goals`` (n_goals, n) are coefficients of what is wanted, with their sense in ``sign``."""

    tables: dict[str, Any]
    rows: np.ndarray
    bounds: np.ndarray
    identity: Float1D
    lower: Float1D
    upper: Float1D
    goals: np.ndarray
    sign: Float1D
    weights: Float1D

    def best(self, cost: Float1D, floors: list[tuple[Float1D, float]] = []) -> Float1D:  # noqa: B006
        """Return a plan with the largest cost·x in which each floor's coefficients reach its level."""
        rows = np.vstack([self.rows, *(-vector for vector, _ in floors)])
        bounds = np.concatenate([self.bounds, [-level for _, level in floors]])
        limits = list(zip(self.lower, self.upper, strict=True))
        found = linprog(-cost, rows, bounds, self.identity[None], [0.0], limits, method="highs")
        assert found.status == 0, found.message
        return np.asarray(found.x)

    def ends(self) -> tuple[Float1D, Float1D]:
        """Return ideal and worst of each goal from the payoff with lexicographic tie-break."""
        wanted = self.goals * self.sign[:, None]
        payoff = np.zeros((len(wanted), len(wanted)))
        for i in range(len(wanted)):
            floors: list[tuple[Float1D, float]] = []
            for k in [i, *(k for k in range(len(wanted)) if k != i)]:
                plan = self.best(wanted[k], floors)
                level = float(wanted[k] @ plan)
                floors.append((wanted[k], level - 1e-9 * max(1.0, abs(level))))
            payoff[i] = self.goals @ plan
        ideal = np.diag(payoff)
        worst = np.where(self.sign > 0, payoff.min(axis=0), payoff.max(axis=0))
        return ideal, worst


def bank(seed: int, method: str, weights: Float1D | None = None) -> Bank:
    rng = np.random.default_rng(seed)
    n, count = 8, 2 + seed % 2
    side = ["asset"] * 5 + ["liability"] * 3
    identity = np.array([1.0] * 5 + [-1.0] * 3)
    opening = np.concatenate([np.full(5, 60.0), np.full(3, 100.0)])
    lower, upper = opening * rng.uniform(0.3, 0.9, n), opening * rng.uniform(1.1, 1.8, n)
    goals = rng.normal(size=(count, n)).round(3) * 0.1
    risk = rng.uniform(0.1, 1.0, n).round(3)
    sign = rng.choice([1.0, -1.0], count)
    weights = rng.uniform(0.1, 1.0, count).round(3) if weights is None else weights
    positions: dict[str, Any] = {
        "position": [f"line {i}" for i in range(n)],
        "side": side,
        "balance": opening,
        "min": lower,
        "max": upper,
        "strain": risk,
    } | {f"pull{k}": goals[k] for k in range(count)}
    positions = {key: list(map(float, v)) if isinstance(v, np.ndarray) else v for key, v in positions.items()}
    cap = float(risk @ opening)
    tables = book(
        positions,
        [(f"sum(pull{k})", "max" if sign[k] > 0 else "min") for k in range(count)],
        [("sum(strain)", "<=", cap)],
        method=method,
    )
    tables["Goals"]["weight"] = [float(w) for w in weights]
    return Bank(tables, risk[None], np.array([cap]), identity, lower, upper, goals, sign, weights)


def outcome_of(case: Bank) -> tuple[Float1D, GoalOutcome]:
    solution, outcome = solve_goals(model_of(case.tables), Options())
    assert outcome is not None
    return solution.plan, outcome


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_plan_is_pareto_optimal_and_the_ends_are_those_of_scipy(seed, method):
    case = bank(seed, method)
    plan, outcome = outcome_of(case)
    ideal, worst = case.ends()
    assert outcome.ideal == pytest.approx(ideal, rel=1e-6, abs=1e-6)
    assert outcome.worst == pytest.approx(worst, rel=1e-6, abs=1e-6)
    assert outcome.membership == pytest.approx(np.clip((case.goals @ plan - worst) / (ideal - worst), 0, 1), abs=1e-6)
    wanted = case.goals * (case.sign / np.abs(ideal - worst))[:, None]
    better = case.best(wanted.sum(axis=0), [(row, float(row @ plan) - 1e-9) for row in wanted])
    assert float(wanted.sum(axis=0) @ (better - plan)) <= 1e-6


@pytest.mark.parametrize("method", ["fnlp", "wfnlp", "wfnlp_direct"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_least_membership_cannot_be_improved(seed, method):
    """λ of our plan is that of a program with λ as one more column."""
    case = bank(seed, method)
    _, outcome = outcome_of(case)
    ideal, worst = case.ends()
    heaviest = case.weights.max() / case.weights
    factor = {"fnlp": np.ones_like(ideal), "wfnlp": case.weights, "wfnlp_direct": heaviest}[method]
    steep, start = factor / (ideal - worst), -factor * worst / (ideal - worst)
    rows = np.vstack(
        [np.hstack([case.rows, [[0.0]]]), np.hstack([-case.goals * steep[:, None], np.ones((len(ideal), 1))])]
    )
    limits = [*zip(case.lower, case.upper, strict=True), (None, None)]
    cost = np.append(np.zeros(len(case.lower)), -1.0)
    equal = np.append(case.identity, 0.0)[None]
    found = linprog(cost, rows, np.concatenate([case.bounds, start]), equal, [0.0], limits, method="highs")
    assert outcome.objective == pytest.approx(-found.fun, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_normalised_weighted_sum_is_wfagp(seed):
    first, second = (outcome_of(bank(seed, method))[1] for method in ("weighted_sum_normalised", "wfagp"))
    assert first.objective == pytest.approx(second.objective, abs=1e-9)


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed % 2 == 0])
def test_a_heavier_goal_is_satisfied_more_by_the_direct_form(seed):
    satisfied = []
    for share in (0.2, 0.4, 0.6, 0.8):
        satisfied.append(outcome_of(bank(seed, "wfnlp_direct", np.array([share, 1.0 - share])))[1].membership[0])
    assert all(later >= earlier - 1e-7 for earlier, later in pairwise(satisfied))


def test_many_goals_at_once():
    """Five goals: the verb's report has a line for each, and what it says is what scipy finds."""
    case = bank(3, "fnlp")
    rng = np.random.default_rng(30)
    count = 5
    goals = rng.normal(size=(count, 8)).round(3) * 0.1
    for k in range(count):
        case.tables["Positions"][f"pull{k}"] = [float(v) for v in goals[k]]
    case.tables["Goals"] = {
        "goal": [f"goal {k}" for k in range(count)],
        "formula": [f"sum(pull{k})" for k in range(count)],
        "direction": ["max"] * count,
    }
    case = attrs.evolve(case, goals=goals, sign=np.ones(count), weights=np.ones(count))
    result = fuzzy(case.tables, method="fnlp")
    ideal, worst = case.ends()
    report = result.table("GoalReport")
    assert report.column("ideal") == pytest.approx(ideal, rel=1e-6)
    assert report.column("worst") == pytest.approx(worst, rel=1e-6)
    assert result.objective == pytest.approx(min(report.column("membership")), abs=1e-7)
    assert len(result.table("Payoff").rows) == count
