"""Random linear plans against scipy: the same objective, and every price confirmed by moving its bound."""

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.oracle import Bank, Restriction, Row, best, row
from tests.strategies import book, feasible_stocks, model_of, random_positions, seeds
from xlalm.app.verbs import solve as verbs
from xlalm.domain.result import Result

UNIT = 0.01


@attrs.frozen(eq=False)
class Case:
    """A bank, a goal and limits, as a book and as the oracle's forms."""

    positions: dict[str, list[Any]]
    bank: Bank
    goal_text: str
    goal: Row
    direction: str
    restrictions: list[Restriction]
    settings: dict[str, Any]

    @property
    def book(self) -> dict[str, Any]:
        limits = [r.entry() for r in self.restrictions]
        return book(self.positions, [(self.goal_text, self.direction)], limits, **self.settings)

    def best(self, restrictions: list[Restriction] | None = None, bank: Bank | None = None) -> float | None:
        chosen = self.restrictions if restrictions is None else restrictions
        return best(bank or self.bank, self.goal, self.direction, chosen).objective


def column(positions: dict[str, list[Any]], key: str) -> np.ndarray:
    return np.array([0.0 if v is None else float(v) for v in positions[key]])


def random_case(seed: int) -> Case:
    """Return a feasible plan to find: limits drawn around a random plan, some reached by it."""
    rng = np.random.default_rng(seed)
    positions = random_positions(rng)
    bank = Bank.of(positions)
    n = len(bank.opening)
    alpha, beta, gamma = (column(positions, key) for key in ("alpha", "beta", "gamma"))
    asset, two_sided = bank.mask("asset"), 1.0 - bank.mask("off_balance")
    timing = str(rng.choice(["start", "average"]))
    share = {"start": 1.0, "average": 0.5}[timing]
    rate, new, old, cost = (column(positions, key) for key in ("rate", "new_rate", "exit_rate", "cost_bp"))
    goals = [
        ("net(rate)", row(bank.sign * rate, n=n), str(rng.choice(["max", "min"]))),
        ("sum(gamma)", row(gamma, n=n), str(rng.choice(["max", "min"]))),
        (
            "nii_12m - transition_cost",
            row(
                0.0,
                share * bank.sign * new - cost / 1e4,
                -share * bank.sign * old - cost / 1e4,
                float(bank.sign * rate @ bank.opening),
                n,
            ),
            "max",
        ),
    ]
    text, goal, direction = goals[int(rng.integers(len(goals)))]
    risk = column(positions, "risk_weight")
    forms: list[tuple[str, Row, Row | None]] = [
        ("sum(alpha, side = 'asset')", row(alpha * asset, n=n), None),
        ("net(beta) + 3", row(beta * bank.sign, constant=3.0, n=n), None),
        ("turnover()", row(0.0, two_sided, two_sided, n=n), None),
        ("sum(gamma) - 2 * growth(alpha)", row(gamma, -2 * alpha, n=n), None),
        ("sum(alpha, side = 'asset') / total_assets", row(alpha * asset, n=n), row(asset, n=n)),
        (
            "(sum(cet1) + 5) / (rwa_credit + 10)",
            row(column(positions, "cet1"), constant=5.0, n=n),
            row(risk, constant=10.0, n=n),
        ),
        ("100 * sum(gamma) / sum(beta)", row(100 * gamma, n=n), row(beta, n=n)),
    ]
    plan = feasible_stocks(model_of(book(positions)), rng, 1)[0]
    restrictions = []
    for i in rng.permutation(len(forms))[: int(rng.integers(2, 6))]:
        words, above, below = forms[i]
        sense = "<=" if words == "turnover()" else str(rng.choice(["<=", ">="])) if "growth" not in words else ">="
        value = Restriction(words, sense, 0.0, above, below).value(plan, bank.opening)
        room = float(rng.choice([0.0, 0.01, 0.1], p=[0.2, 0.4, 0.4])) * max(abs(value), 0.1)
        restrictions.append(Restriction(words, sense, value + (room if sense == "<=" else -room), above, below))
    if rng.random() < 0.2:
        value = float(beta @ plan)
        restrictions.append(Restriction("sum(beta)", "=", value, row(beta, n=n)))
    return Case(positions, bank, text, goal, direction, restrictions, {"timing": timing})


def one_sided(case: Case, moved: Any, step: float) -> tuple[float, float]:
    """Return the goal's differences per unit when ``moved(±step)`` gives the objective; NaN where there is no plan."""
    base = case.best()
    assert base is not None
    low, high = moved(-step), moved(step)
    return (
        (base - low) / step if low is not None else np.nan,
        (high - base) / step if high is not None else np.nan,
    )


def assert_between(price: float, left: float, right: float, what: object, curvature: float = 0.0) -> None:
    """A price lies between the one-sided differences (equal where the plan is not degenerate)."""
    known = [d for d in (left, right) if np.isfinite(d)]
    assert known, what
    tolerance = 1e-5 * max(1.0, *(abs(d) for d in known)) + curvature
    if np.isfinite(left) and np.isfinite(right):
        assert min(left, right) - tolerance <= price <= max(left, right) + tolerance, (what, price, left, right)
    elif abs(price) > 0:
        assert np.sign(price) * np.sign(known[0]) >= 0 or abs(known[0]) < tolerance, (what, price, left, right)


def check_case(case: Case) -> Result:
    result = verbs.solve(case.book)
    expected = case.best()
    assert expected is not None
    assert result.status == "optimal", result.solver
    assert result.objective == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert result.certificate is not None
    assert result.certificate["accepted"]
    check_prices(case, result)
    check_reduced_costs(case, result)
    return result


def check_prices(case: Case, result: Result) -> None:
    report = result.table("LimitReport").records()
    for k, (restriction, record) in enumerate(zip(case.restrictions, report, strict=True)):
        price = record["shadow_price"]
        assert price is not None
        if record["binding"] == "no":
            assert price == pytest.approx(0.0, abs=1e-9)
        step = 1e-5 * max(1.0, abs(restriction.bound))

        def moved(by: float, k: int = k, restriction: Restriction = restriction) -> float | None:
            others = list(case.restrictions)
            others[k] = attrs.evolve(restriction, bound=restriction.bound + by)
            return case.best(others)

        left, right = one_sided(case, moved, step)
        bend = 0.0
        if restriction.below is not None:  # a ratio's bound multiplies the balances: halve the step to see how it bends
            closer = one_sided(case, moved, step / 2)
            bend = 3 * float(np.nanmax(np.abs(np.array(closer) - (left, right))))
        assert_between(price, left, right, restriction.text, bend)
        improving = 1.0 if case.direction == "max" else -1.0
        if restriction.sense == "=":
            assert record["worth_of_one_unit"] is None
            continue
        sign = improving * (1.0 if restriction.sense == "<=" else -1.0)
        assert sign * price >= -1e-9
        assert record["worth_of_one_unit"] >= 0
        whole = moved(1.0 if restriction.sense == "<=" else -1.0)  # relaxed by one whole unit, solved again
        base = case.best()
        assert whole is not None
        assert base is not None
        exact = pytest.approx(improving * (whole - base), abs=1e-7 * max(1.0, abs(base)))
        if record["worth_of_one_unit"] != exact:  # a ratio's price bends even where it holds for the whole unit
            assert restriction.below is not None
            assert record["worth_of_one_unit"] == pytest.approx(abs(price), rel=1e-9)
            low, high = record["valid_from"], record["valid_to"]
            relaxed = restriction.bound + (1.0 if restriction.sense == "<=" else -1.0)
            assert low is None or low <= relaxed + 1e-6
            assert high is None or relaxed <= high + 1e-6


def check_reduced_costs(case: Case, result: Result) -> None:
    improving = 1.0 if case.direction == "max" else -1.0
    for i, record in enumerate(result.table("Allocation").records()):
        cost = record["reduced_cost"]
        if record["status"] in {"between", "unchanged"}:
            assert cost == pytest.approx(0.0, abs=1e-9)
        if record["status"] not in {"at minimum", "at maximum"} or not cost:
            continue
        key = "lower" if record["status"] == "at minimum" else "upper"
        assert improving * cost * (1.0 if key == "upper" else -1.0) >= -1e-9
        step = 1e-5 * max(1.0, abs(float(getattr(case.bank, key)[i])))

        def moved(by: float, i: int = i, key: str = key) -> float | None:
            bound = getattr(case.bank, key).copy()
            bound[i] += by
            return case.best(bank=attrs.evolve(case.bank, **{key: bound}))

        left, right = one_sided(case, moved, step)
        assert_between(cost, left, right, record["position"])


@settings(max_examples=25)
@given(seed=seeds)
def test_random_plans_and_their_prices(seed: int) -> None:
    check_case(random_case(seed))


@pytest.mark.long
@settings(max_examples=600)
@given(seed=seeds)
def test_random_plans_and_their_prices_long(seed: int) -> None:
    check_case(random_case(seed))
