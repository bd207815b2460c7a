"""Random products, ratios and values at risk over random banks: plans hold what they promise, proofs are not beaten."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import Book, book, feasible_stocks, model_of, random_positions, seeds
from xlalm.app.verbs import solve as verbs
from xlalm.measures.expression import Point
from xlalm.model.model import Model

ATOMS = (
    *("rwa", "total_assets", "sum(alpha, side = 'asset')", "net(rate)", "cet1_ratio", "lcr", "nsfr", "leverage_ratio"),
    *("var(99%, 10)", "turnover()", "sum(beta, side = 'liability')", "nii_12m", "50", "0.3"),
)
BELOW = ("rwa", "total_assets", "turnover()", "var(99%, 10)")
REFUSED = ("bends the wrong way", "sell and buy", "which is")  # findings that a random book may rightly get


def formula(rng: np.random.Generator, depth: int = 0) -> str:
    if depth > 2 or rng.random() < 0.35:
        return str(rng.choice(ATOMS))
    sign = str(rng.choice(["*", "*", "+", "-", "/"]))
    if sign == "/":
        return f"({formula(rng, depth + 1)} / (10 + {rng.choice(BELOW)}))"
    return f"({formula(rng, depth + 1)} {sign} {formula(rng, depth + 1)})"


def random_book(rng: np.random.Generator) -> Book:
    """Return a bank with a random goal and up to two random limits that its opening meets."""
    positions = random_positions(rng)
    goal = (formula(rng), str(rng.choice(["max", "min"])))
    factor = rng.normal(size=(3, 3)) * 0.01
    sigma = factor @ factor.T
    pairs = [(i, k) for i in range(3) for k in range(i, 3)]
    covariances = {
        "position": [positions["position"][i] for i, _ in pairs],
        "with": [positions["position"][k] for _, k in pairs],
        "covariance": [float(sigma[i, k]) for i, k in pairs],
    }
    model = model_of({**book(positions, [goal]), "Covariances": covariances})
    limits: list[dict[str, Any]] = []
    for _ in range(int(rng.integers(0, 3))):
        left = formula(rng)
        value = model.compiler.at_opening(model.compiler.compile(left))
        sense = str(rng.choice(["<=", ">="]))
        room = abs(value) * rng.uniform(0, 0.1) * (1 if sense == "<=" else -1)
        limits.append({"left": left, "sense": sense, "right": float(value + room), "unit": "number"})
    return {**book(positions, [goal], limits), "Covariances": covariances}


def meets(model: Model, point: Point, slack: float) -> bool:
    for limit in model.limits:
        left, right = limit.left.value(point), limit.right.value(point)
        over = left - right if limit.sense == "<=" else right - left
        if not over <= slack * max(1.0, abs(right)):
            return False
    return True


def check(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = random_book(rng)
    result = verbs.solve(tables)
    if result.status not in {"optimal", "feasible"}:
        faults = [f.text for f in result.findings if f.severity == "error"]
        assert result.status != "bad input" or any(word in text for word in REFUSED for text in faults), faults
        return
    model = model_of(tables)
    stock = np.array(result.table("Allocation").column("optimal"))
    point = Point.at(stock, model.sheet.opening)
    assert meets(model, point, 1e-6)
    value = model.goals[0].expression.value(point)
    assert result.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert result.certificate is not None
    if "NLP" in result.solver and result.status == "optimal":
        assert result.certificate["kkt"] <= 1e-6
        assert result.certificate["accepted"]
    if result.status == "optimal" and result.certificate["is_global"] is not False:
        better = model.goals[0].row.sign
        for other in feasible_stocks(model, rng, 40):
            plan = Point.at(other, model.sheet.opening)
            if meets(model, plan, 0.0):
                reached = better * model.goals[0].expression.value(plan)
                assert reached <= better * value + 1e-6 * max(1.0, abs(value))


@settings(max_examples=10)
@given(seed=seeds)
def test_random_nonlinear_banks(seed: int) -> None:
    check(seed)


@pytest.mark.long
@settings(max_examples=300)
@given(seed=seeds)
def test_random_nonlinear_banks_long(seed: int) -> None:
    check(seed)
