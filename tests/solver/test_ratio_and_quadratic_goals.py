"""Ratios and concave quadratics as goals: scipy on the homogenised program, on branches, and by SLSQP."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog, minimize

from tests.solver.oracle import Bank, Restriction, Row, row
from tests.strategies import book, feasible_stocks, model_of, optimum, random_positions, records, seeds
from xlalm.app.verbs import solve as verbs
from xlalm.measures.expression import Point


def column(positions: dict[str, list[Any]], key: str) -> np.ndarray:
    return np.array([0.0 if v is None else float(v) for v in positions[key]])


def best_ratio(
    bank: Bank, above: Row, below: Row, direction: str, extra: list[tuple[np.ndarray, float]]
) -> float | None:
    """Return the best above / below over balances alone, by the program in y = t·x, t = 1 / below (scipy)."""
    n = len(bank.opening)
    rows, right = [], []
    for i in range(n):
        unit = np.eye(n)[i]
        rows += [np.append(unit, -bank.upper[i]), np.append(-unit, bank.lower[i])]
        right += [0.0, 0.0]
    for a, b in extra:
        rows.append(np.append(a[:n], -b))
        right.append(0.0)
    sign = -1.0 if direction == "max" else 1.0
    equal = [np.append(bank.identity, 0.0), np.append(below.balance, below.constant)]
    answer = linprog(
        sign * np.append(above.balance, above.constant),
        A_ub=np.array(rows),
        b_ub=right,
        A_eq=np.array(equal),
        b_eq=[0.0, 1.0],
        bounds=[(None, None)] * n + [(0, None)],
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return sign * answer.fun if answer.status == 0 else None


def check_ratio(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = random_positions(rng)
    bank = Bank.of(positions)
    n = len(bank.opening)
    alpha, beta, gamma = (column(positions, key) for key in ("alpha", "beta", "gamma"))
    plan = feasible_stocks(model_of(book(positions)), rng, 1)[0]
    cap = Restriction("sum(beta)", "<=", float(beta @ plan) * 1.01, row(beta, n=n))
    for text, above, below in (
        ("sum(gamma) / total_assets", row(gamma, n=n), row(bank.mask("asset"), n=n)),
        ("(sum(alpha) + 7) / (sum(beta) + 3) - 1", row(alpha - beta, constant=4.0, n=n), row(beta, constant=3.0, n=n)),
        ("3 * sum(gamma) / sum(alpha) + 2", row(3 * gamma + 2 * alpha, n=n), row(alpha, n=n)),
    ):
        for direction in ("max", "min"):
            expected = best_ratio(bank, above, below, direction, [cap.inequality()])
            tables = book(positions, [(text, direction)], [cap.entry()])
            _, solution = optimum(tables)
            assert expected is not None
            assert solution.status == "optimal"
            assert solution.objective == pytest.approx(expected, rel=1e-8, abs=1e-10)
            assert solution.certificate.accepted
            step = 1e-4 * cap.bound
            record = records(tables, "LimitReport")["limit 0"]
            sides = []
            for by in (-step, step):
                a, b = cap.inequality()
                moved = best_ratio(bank, above, below, direction, [(a, b + by)])
                sides.append(np.nan if moved is None else (moved - expected) / by)
            slack = 1e-4 * max(abs(s) for s in sides if np.isfinite(s)) + 1e-9 + abs(sides[0] - sides[1]) * 0.01
            if np.isfinite(sides).all():
                assert min(sides) - slack <= record["shadow_price"] <= max(sides) + slack


@settings(max_examples=10)
@given(seed=seeds)
def test_one_ratio_against_the_homogeneous_program(seed: int) -> None:
    check_ratio(seed)


@pytest.mark.long
@settings(max_examples=300)
@given(seed=seeds)
def test_one_ratio_against_the_homogeneous_program_long(seed: int) -> None:
    check_ratio(seed)


def check_bent_ratio(seed: int) -> None:
    """Pieces above and below, numerators of either sign: against the ratio on many plans and on each branch."""
    rng = np.random.default_rng(seed)
    positions = random_positions(rng)
    bank = Bank.of(positions)
    n = len(bank.opening)
    alpha, beta = column(positions, "alpha"), column(positions, "beta")
    asset = bank.mask("asset")
    first, second = row(alpha * asset, n=n), row(beta * (1 - asset), n=n)
    shift = float(rng.choice([0.0, 5.0])) * float(alpha * asset @ bank.opening)
    for above_text, above in (("sum(alpha, side = 'asset')", first), ("sum(beta, side <> 'asset')", second)):
        for kind in ("max", "min"):
            below = f"{kind}(sum(alpha, side = 'asset'), sum(beta, side <> 'asset'))"
            for direction in ("max", "min"):
                plans = []
                for form, other in ((first, second), (second, first)):
                    sign = 1.0 if kind == "min" else -1.0  # this branch: the form is the minimum (maximum)
                    rest = (sign * (form.vector - other.vector), 0.0)
                    numerator = Row(above.balance, above.growth, above.reduction, -shift)
                    plans.append(best_ratio(bank, numerator, form, direction, [rest]))
                found = [p for p in plans if p is not None]
                expected = max(found) if direction == "max" else min(found)
                goal = f"({above_text} - {shift!r}) / {below}"
                _, solution = optimum(book(positions, [(goal, direction)]))
                assert solution.status == "optimal", (goal, direction, solution.solver)
                assert solution.objective == pytest.approx(expected, rel=1e-6, abs=1e-9), (goal, direction)


@settings(max_examples=6)
@given(seed=seeds)
def test_ratios_of_pieces_of_either_sign(seed: int) -> None:
    check_bent_ratio(seed)


@pytest.mark.long
@settings(max_examples=150)
@given(seed=seeds)
def test_ratios_of_pieces_of_either_sign_long(seed: int) -> None:
    check_bent_ratio(seed)


def test_ratio_over_lots_is_found_by_dinkelbach() -> None:
    """Return on assets with loans in lots of 40: by trying each count of lots."""
    positions = {
        "position": ["Loans", "Cash", "Deposits", "Capital"],
        "side": ["asset", "asset", "liability", "equity"],
        "balance": [100.0, 50.0, 130.0, 20.0],
        "min": [0.0, 10.0, 50.0, None],
        "max": [300.0, 400.0, 400.0, None],
        "rate": [0.06, 0.01, 0.02, 0.0],
        "lot": [40.0, None, None, None],
    }
    goal = "(net(rate) - 1) / total_assets"
    best = -np.inf
    for loans in (20.0, 60.0, 100.0, 140.0, 180.0, 220.0, 260.0, 300.0):
        for cash in np.linspace(10, 400, 391):
            if 50 <= loans + cash - 20 <= 400:
                best = max(best, (0.06 * loans + 0.01 * cash - 0.02 * (loans + cash - 20) - 1) / (loans + cash))
    _, solution = optimum(book(positions, [(goal, "max")]))
    assert solution.objective == pytest.approx(best, rel=1e-9)
    assert "Dinkelbach" in solution.build.reason


def test_ratio_goals_that_have_no_best_value_are_said_to_have_none() -> None:
    """A denominator that is negative at opening, and one that can reach 0."""
    positions = random_positions(np.random.default_rng(2))
    result = verbs.solve(book(positions, [("total_assets / (0 - total_liabilities)", "max")]))
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert str(finding.cell) == "Goals!B2"
    assert "not positive" in finding.text
    empty = positions | {"min": [0.0] * len(positions["side"])}
    endless = verbs.solve(book(empty, [("(total_liabilities + 5) / total_assets", "max")], balance_identity="off"))
    assert endless.status in {"unbounded", "bad input"}
    assert "Allocation" not in endless.tables


# --- quadratic goals -----------------------------------------------------------------------------------


def check_quadratic(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = random_positions(rng)
    bank = Bank.of(positions)
    alpha, beta, gamma = (column(positions, key) for key in ("alpha", "beta", "gamma"))
    asset = bank.mask("asset")
    scale = float(alpha * asset @ bank.opening)
    text = (
        f"sum(gamma) - 0.5 * sum(alpha, side = 'asset') * sum(alpha, side = 'asset') / {scale!r}"
        f" - (net(beta) - 3) * (net(beta) - 3) / {scale!r}"
    )
    net_beta = bank.sign * beta

    def value(x: np.ndarray) -> float:
        return float(gamma @ x - 0.5 * (alpha * asset @ x) ** 2 / scale - (net_beta @ x - 3) ** 2 / scale)

    def slope(x: np.ndarray) -> np.ndarray:
        return gamma - alpha * asset * (alpha * asset @ x) / scale - 2 * net_beta * (net_beta @ x - 3) / scale

    cap = float(beta @ bank.opening)
    expected = minimize(
        lambda x: -value(x),
        bank.opening,
        jac=lambda x: -slope(x),
        method="SLSQP",
        bounds=list(zip(bank.lower, bank.upper, strict=True)),
        constraints=[
            {"type": "eq", "fun": lambda x: bank.identity @ x, "jac": lambda _x: bank.identity},
            {"type": "ineq", "fun": lambda x: cap - beta @ x, "jac": lambda _x: -beta},
        ],
        options={"maxiter": 500, "ftol": 1e-13},
    )
    tables = book(positions, [(text, "max")], [("sum(beta)", "<=", cap)])
    _, solution = optimum(tables)
    assert solution.status == "optimal"
    assert solution.build.reason.startswith("QP")
    assert solution.objective == pytest.approx(value(solution.plan), rel=1e-9, abs=1e-9)
    assert solution.objective >= -expected.fun - 1e-6 * max(1.0, abs(expected.fun))
    if expected.success:
        assert solution.objective == pytest.approx(-expected.fun, rel=1e-5, abs=1e-5)
    assert solution.certificate.accepted, solution.certificate
    _, turned = optimum(book(positions, [(f"0 - ({text})", "min")], [("sum(beta)", "<=", cap)]))
    assert turned.objective == pytest.approx(-solution.objective, rel=1e-7, abs=1e-7)


@settings(max_examples=10)
@given(seed=seeds)
def test_concave_quadratic_goals_against_slsqp(seed: int) -> None:
    check_quadratic(seed)


@pytest.mark.long
@settings(max_examples=300)
@given(seed=seeds)
def test_concave_quadratic_goals_against_slsqp_long(seed: int) -> None:
    check_quadratic(seed)


def test_quadratic_plan_and_price_by_hand() -> None:
    """max 10·a - a²/20 over a + c = 100, a <= 60: a = 60, price 10 - 60/10 = 4, and the gain of one unit is 3.95."""
    positions = {
        "position": ["a", "c", "Capital"],
        "side": ["asset", "asset", "equity"],
        "balance": [50.0, 50.0, 100.0],
        "min": [0.0, 0.0, None],
        "max": [100.0, 100.0, None],
        "rate": [0.0, 0.0, 0.0],
    }
    a = 'position("a")'
    tables = book(positions, [(f"10 * {a} - {a} * {a} / 20", "max")], [(a, "<=", 60.0)])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(60.0)
    assert record["shadow_price"] == pytest.approx(4.0)
    _, free = optimum(book(positions, [(f"10 * {a} - {a} * {a} / 16", "max")]))
    assert free.plan == pytest.approx([80.0, 20.0, 100.0], abs=1e-5)
    assert free.objective == pytest.approx(400.0)


@pytest.mark.parametrize(
    ("goal", "direction"), [("total_assets * rwa", "max"), ("rwa * rwa", "max"), ("0 - rwa * rwa", "min")]
)
def test_quadratics_that_bend_the_wrong_way_are_searched_and_not_called_best(goal: str, direction: str) -> None:
    tables = book(random_positions(np.random.default_rng(9)), [(goal, direction)])
    model, solution = optimum(tables)
    assert solution.build.reason.startswith("NLP: goal quadratic")
    assert "not ruled out" in solution.proof
    assert solution.certificate.accepted
    assert solution.certificate.is_global is False
    best = max(
        model.goals[0].row.sign * model.goals[0].expression.value(Point.at(stock, model.sheet.opening))
        for stock in feasible_stocks(model, np.random.default_rng(1), 300)
    )
    assert model.goals[0].row.sign * solution.objective >= best


@pytest.mark.parametrize(
    ("more", "goal", "limits", "cell", "said"),
    [
        ({"lot": [2.0, None, None]}, "net(rate)", (), "Positions!G2", '"Loans" has a lot'),
        ({"min_if_used": [None, 30.0, None]}, "net(rate)", (), "Positions!G3", '"Bonds" has a min_if_used'),
        ({"new_rate": [0.09, 0.03, 0.01], "exit_rate": [0.01, 0.03, 0.01]}, "nii_12m", (), None, "sell and buy"),
        ({}, "net(rate)", [('abs(position("Loans") - 50)', ">=", 5.0)], "Goals!B2", "bends the wrong way"),
    ],
)
def test_whole_numbers_beside_a_quadratic_goal_are_a_finding(
    more: dict[str, Any], goal: str, limits: Any, cell: str | None, said: str
) -> None:
    positions = {
        "position": ["Loans", "Bonds", "Deposits"],
        "side": ["asset", "asset", "liability"],
        "balance": [60.0, 40.0, 100.0],
        "min": [0.0, 0.0, 80.0],
        "max": [100.0, 80.0, 120.0],
        "rate": [0.05, 0.03, 0.01],
    }
    tables = book(positions | more, [(f'{goal} - position("Loans") * position("Loans") / 1000', "max")], limits)
    result = verbs.solve(tables)
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert said in finding.text
    assert finding.text.endswith(", and the goal is quadratic")
    assert "choose a goal without products" in finding.cure
    assert cell is None or str(finding.cell) == cell
