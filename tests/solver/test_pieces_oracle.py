"""Minima, maxima, absolute values, lots, thresholds and churning against scipy, branch by branch."""

from collections.abc import Callable
from itertools import product
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.oracle import Bank, Optimum, Restriction, Row, best, best_of, row
from tests.strategies import book, feasible_stocks, model_of, optimum, random_positions, records, seeds
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of


def column(positions: dict[str, list[Any]], key: str) -> np.ndarray:
    return np.array([0.0 if v is None else float(v) for v in positions[key]])


@attrs.frozen(eq=False)
class Setting:
    """A random bank with two amounts, alpha on assets and beta on funding, and a plan to draw bounds around."""

    rng: np.random.Generator
    positions: dict[str, list[Any]]
    bank: Bank
    first: Row
    second: Row
    goal: Row
    plan: np.ndarray

    def values(self) -> tuple[float, float]:
        return self.first.at(self.plan, self.bank.opening), self.second.at(self.plan, self.bank.opening)

    def solve(self, *rows: tuple[np.ndarray, float], direction: str = "max") -> Optimum:
        return best(self.bank, self.goal, direction, extra=rows)


FIRST, SECOND = "sum(alpha, side = 'asset')", "sum(beta, side <> 'asset')"


def setting(seed: int, *, churn: bool = False) -> Setting:
    rng = np.random.default_rng(seed)
    positions = random_positions(rng, churn=churn)
    bank = Bank.of(positions)
    n = len(bank.opening)
    first = row(column(positions, "alpha") * bank.mask("asset"), n=n)
    second = row(column(positions, "beta") * (1 - bank.mask("asset")), n=n)
    goal = row(column(positions, "gamma"), n=n)
    plan = feasible_stocks(model_of(book(positions)), rng, 1)[0]
    return Setting(rng, positions, bank, first, second, goal, plan)


def at_most(form: Row, bound: float) -> tuple[np.ndarray, float]:
    return form.vector, bound - form.constant


def at_least(form: Row, bound: float) -> tuple[np.ndarray, float]:
    return -form.vector, form.constant - bound


def minus(a: Row, b: Row) -> Row:
    return Row(a.balance - b.balance, a.growth - b.growth, a.reduction - b.reduction, a.constant - b.constant)


Branches = Callable[[Setting, float], list[list[tuple[np.ndarray, float]]]]
"""The branches of a limit with bound c: one of the lists of rows must hold."""

PIECES: list[tuple[str, str, Callable[[float, float], float], Branches]] = [
    # easy ways round: one branch, a linear program
    ("max({a}, {b})", "<=", max, lambda s, c: [[at_most(s.first, c), at_most(s.second, c)]]),
    ("min({a}, {b})", ">=", min, lambda s, c: [[at_least(s.first, c), at_least(s.second, c)]]),
    (
        "abs({a} - {b})",
        "<=",
        lambda a, b: abs(a - b),
        lambda s, c: [[at_most(minus(s.first, s.second), c), at_least(minus(s.first, s.second), -c)]],
    ),
    (
        "2 * max({a}, {b}) - min({a}, {b})",
        "<=",
        lambda a, b: 2 * max(a, b) - min(a, b),
        lambda s, c: [
            [(2 * p.vector - q.vector, c) for p, q in product((s.first, s.second), (s.first, s.second))],
        ],
    ),
    # the hard ways round: either this branch or that one
    ("max({a}, {b})", ">=", max, lambda s, c: [[at_least(s.first, c)], [at_least(s.second, c)]]),
    ("min({a}, {b})", "<=", min, lambda s, c: [[at_most(s.first, c)], [at_most(s.second, c)]]),
    (
        "abs({a} - {b})",
        ">=",
        lambda a, b: abs(a - b),
        lambda s, c: [[at_least(minus(s.first, s.second), c)], [at_most(minus(s.first, s.second), -c)]],
    ),
    (
        "max({a}, {b})",
        "=",
        max,
        lambda s, c: [
            [at_most(s.second, c), at_most(s.first, c), at_least(s.first, c)],
            [at_most(s.first, c), at_most(s.second, c), at_least(s.second, c)],
        ],
    ),
    (
        "max({a}, {b}) - max({b}, 0.9 * {a})",
        "<=",
        lambda a, b: max(a, b) - max(b, 0.9 * a),
        lambda s, c: [
            [(s.first.vector - q, c), (s.second.vector - q, c)] for q in (s.second.vector, 0.9 * s.first.vector)
        ],
    ),
    (
        "min(max({a}, {b}), 3 * {b})",
        ">=",
        lambda a, b: min(max(a, b), 3 * b),
        lambda s, c: [
            [at_least(s.first, c), (-3 * s.second.vector, -c)],
            [at_least(s.second, c), (-3 * s.second.vector, -c)],
        ],
    ),
]


def check_piece(index: int, seed: int) -> None:
    text, sense, number, branches = PIECES[index]
    s = setting(seed)
    bound = number(*s.values())
    bound += {"<=": 1.0, ">=": -1.0, "=": 0.0}[sense] * float(s.rng.choice([0.0, 0.05])) * abs(bound)
    direction = str(s.rng.choice(["max", "min"]))
    entry = {"left": text.format(a=FIRST, b=SECOND), "sense": sense, "right": bound}
    tables = book(s.positions, [("sum(gamma)", direction)], [entry])
    model, solution = optimum(tables)
    plans = [s.solve(*rows, direction=direction) for rows in branches(s, bound)]
    expected = best_of(plans, direction).objective
    assert expected is not None
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(expected, rel=1e-6, abs=1e-6)
    if len(plans) == 1:
        assert not solution.build.program.is_mip
        assert solution.objective == pytest.approx(expected, rel=1e-9, abs=1e-9)
    value = model.limits[0].left.value(_point(solution.plan, s.bank.opening))
    size = 1e-6 * max(1.0, abs(bound))
    assert (value <= bound + size) if sense != ">=" else True
    assert (value >= bound - size) if sense != "<=" else True


def _point(stock: np.ndarray, opening: np.ndarray) -> Any:
    from xlalm.measures.expression import Point

    return Point.at(stock, opening)


@pytest.mark.parametrize("index", range(len(PIECES)), ids=[f"{text} {sense}" for text, sense, _, _ in PIECES])
@settings(max_examples=8)
@given(seed=seeds)
def test_pieces_branch_by_branch(index: int, seed: int) -> None:
    check_piece(index, seed)


@pytest.mark.long
@pytest.mark.parametrize("index", range(len(PIECES)), ids=[f"{text} {sense}" for text, sense, _, _ in PIECES])
@settings(max_examples=300)
@given(seed=seeds)
def test_pieces_branch_by_branch_long(index: int, seed: int) -> None:
    check_piece(index, seed)


def test_wrong_bends_without_bounds_are_refused_by_name() -> None:
    s = setting(1)
    unbounded = s.positions | {"max": [None] * len(s.positions["side"])}
    limit = {"limit": "floor of a maximum", "left": f"max({FIRST}, {SECOND})", "sense": ">=", "right": 1.0}
    from xlalm.app.verbs import solve as verbs

    result = verbs.solve(book(unbounded, [("sum(gamma)", "min")], [limit]))
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert str(finding.cell) == "Limits!D2"
    assert "floor of a maximum" in finding.text
    assert "no finite bounds" in finding.text
    assert "max" in finding.cure


# --- goals with pieces ---------------------------------------------------------------------------------


@settings(max_examples=10)
@given(seed=seeds)
def test_goals_that_bend(seed: int) -> None:
    """Worst of two maximised, best of two maximised: against epigraph rows and against both branches."""
    s = setting(seed)
    n = len(s.bank.opening)
    for text, pick in ((f"min({FIRST}, {SECOND})", "min"), (f"max({FIRST}, {SECOND})", "max")):
        _, solution = optimum(book(s.positions, [(text, "max")]))
        if pick == "max":
            expected = max(best(s.bank, form, "max").objective or -np.inf for form in (s.first, s.second))
        else:
            low, high = 0.0, 1e5  # bisection on the largest c with both amounts at least c
            for _ in range(45):
                middle = (low + high) / 2
                found = best(s.bank, row(n=n), "max", extra=[at_least(s.first, middle), at_least(s.second, middle)])
                low, high = (middle, high) if found.objective is not None else (low, middle)
            expected = low
        assert solution.objective == pytest.approx(expected, rel=1e-6)


# --- lots and thresholds -------------------------------------------------------------------------------


@settings(max_examples=12)
@given(seed=seeds)
def test_lots_against_enumeration(seed: int) -> None:
    s = setting(seed)
    n = len(s.bank.opening)
    movable = [i for i in range(n) if s.bank.upper[i] - s.bank.lower[i] > 1.0][:2]
    lots: list[float | None] = [None] * n
    grids = []
    for i in movable:
        lot = float(np.round((s.bank.upper[i] - s.bank.lower[i]) / s.rng.uniform(2.5, 6.0), 3))
        lots[i] = lot
        steps = range(-10, 11)
        values = [s.bank.opening[i] + lot * k for k in steps]
        grids.append([v for v in values if s.bank.lower[i] - 1e-9 <= v <= s.bank.upper[i] + 1e-9])
    _, solution = optimum(book(s.positions | {"lot": lots}, [("sum(gamma)", "max")]))
    plans = []
    for chosen in product(*grids):
        lower, upper = s.bank.lower.copy(), s.bank.upper.copy()
        lower[movable] = upper[movable] = chosen
        plans.append(best(attrs.evolve(s.bank, lower=lower, upper=upper), s.goal, "max"))
    expected = best_of(plans, "max").objective
    assert solution.status == ("optimal" if expected is not None else "infeasible")
    if expected is None:
        return
    assert solution.conditional
    assert solution.objective == pytest.approx(expected, rel=1e-6, abs=1e-6)
    for i in movable:
        count = (solution.plan[i] - s.bank.opening[i]) / (lots[i] or 1.0)
        assert abs(count - round(count)) <= 1e-6


@settings(max_examples=12)
@given(seed=seeds)
def test_smallest_size_against_enumeration(seed: int) -> None:
    """``min_if_used``: none at all, or at least that much."""
    s = setting(seed)
    n = len(s.bank.opening)
    chosen = [i for i in range(n) if s.bank.side[i] in {"asset", "liability"}][:3]
    lower = s.bank.lower.copy()
    lower[chosen] = 0.0
    bank = attrs.evolve(s.bank, lower=lower)
    least: list[float | None] = [None] * n
    for i in chosen:
        least[i] = float(s.rng.uniform(0.2, 1.0) * bank.upper[i])
    positions = s.positions | {"min": list(lower), "min_if_used": least}
    plans = []
    for used in product((False, True), repeat=len(chosen)):
        low, high = bank.lower.copy(), bank.upper.copy()
        for i, on in zip(chosen, used, strict=True):
            low[i], high[i] = (least[i] or 0.0, high[i]) if on else (0.0, 0.0)
        plans.append(best(attrs.evolve(bank, lower=low, upper=high), s.goal, "min"))
    expected = best_of(plans, "min").objective
    _, solution = optimum(book(positions, [("sum(gamma)", "min")]))
    assert solution.status == ("optimal" if expected is not None else "infeasible")
    if expected is None:
        return
    assert solution.objective == pytest.approx(expected, rel=1e-6, abs=1e-6)
    for i in chosen:
        assert solution.plan[i] <= 1e-6 or solution.plan[i] >= (least[i] or 0.0) - 1e-6


def test_worth_of_a_limit_beside_lots_is_found_by_solving_again() -> None:
    """Loans in lots of 10 below a cap of 95: one unit more room is worth nothing, although lots of 10 earn 5 %.

    With a cap of 99 one unit more reaches 100: 0.5 + the 0.03 that bonds then do without.
    """
    positions = {
        "position": ["Loans", "Bonds", "Capital"],
        "side": ["asset", "asset", "equity"],
        "balance": [50.0, 50.0, 100.0],
        "min": [0.0, 0.0, None],
        "max": [200.0, 200.0, None],
        "rate": [0.05, 0.03, 0.0],
        "lot": [10.0, None, None],
    }
    for cap, worth in ((95.0, 0.0), (99.0, 10 * 0.05 - 10 * 0.03)):
        tables = book(positions, [("sum(rate, side = 'asset')", "max")], [('position("Loans")', "<=", cap)])
        report = records(tables, "LimitReport")["limit 0"]
        assert report["value"] == pytest.approx(90.0)
        assert report["worth_of_one_unit"] == pytest.approx(worth, abs=1e-9)
        assert report["shadow_price"] == pytest.approx(0.0, abs=1e-9)  # conditional on the lots chosen


# --- growth and reduction at once ----------------------------------------------------------------------


def check_churn(seed: int) -> None:
    """``new_rate`` better than ``exit_rate``: every split of the positions into growing and shrinking, by scipy."""
    s = setting(seed, churn=True)
    n = len(s.bank.opening)
    moving = np.isin(np.arange(n), s.rng.choice(n, 5, replace=False))
    low, high = (np.where(moving, bound, s.bank.opening) for bound in (s.bank.lower, s.bank.upper))
    s = attrs.evolve(
        s,
        positions=s.positions | {"min": list(low), "max": list(high)},
        bank=attrs.evolve(s.bank, lower=low, upper=high),
    )
    new, old, rate = (column(s.positions, key) for key in ("new_rate", "exit_rate", "rate"))
    goal = row(0.0, s.bank.sign * new, -s.bank.sign * old, float(s.bank.sign * rate @ s.bank.opening), n)
    two_sided = 1.0 - s.bank.mask("off_balance")
    budget = 0.1 * float(s.bank.opening.sum())
    turnover = Restriction("turnover()", "<=", budget, row(0.0, two_sided, two_sided, n=n))
    tables = book(s.positions, [("nii_12m", "max")], [turnover.entry()], timing="start")
    free = book(s.positions, [("nii_12m", "max")], timing="start")
    movable = [i for i in range(n) if s.bank.lower[i] < s.bank.upper[i]]
    for chosen, restrictions in ((tables, [turnover]), (free, [])):
        plans = []
        for grows in product((False, True), repeat=len(movable)):
            lower, upper = s.bank.lower.copy(), s.bank.upper.copy()
            for i, up in zip(movable, grows, strict=True):
                lower[i], upper[i] = (s.bank.opening[i], upper[i]) if up else (lower[i], s.bank.opening[i])
            bounds = attrs.evolve(s.bank, lower=lower, upper=upper)
            pins = []
            for i in range(n):  # a position that grows shrinks by nothing, and the other way round
                pin = np.zeros(3 * n)
                up = i in movable and grows[movable.index(i)]
                pin[(2 * n if up else n) + i] = 1.0
                pins.append((pin, 0.0))
            plans.append(best(bounds, goal, "max", restrictions, extra=pins))
        expected = best_of(plans, "max").objective
        assert expected is not None
        _, solution = optimum(chosen)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(expected, rel=1e-6)
        assert solution.certificate.accepted


@settings(max_examples=8)
@given(seed=seeds)
def test_no_plan_grows_and_shrinks_a_position_at_once(seed: int) -> None:
    check_churn(seed)


@pytest.mark.long
@settings(max_examples=60)
@given(seed=seeds)
def test_no_plan_grows_and_shrinks_a_position_at_once_long(seed: int) -> None:
    check_churn(seed)


def churn_positions(**more: Any) -> dict[str, list[Any]]:
    return {
        "position": ["Loans", "Bonds", "Deposits", "Capital"],
        "side": ["asset", "asset", "liability", "equity"],
        "balance": [100.0, 100.0, 180.0, 20.0],
        "min": [50.0, 50.0, 150.0, None],
        "max": [100.0, 150.0, 220.0, None],
        "rate": [0.05, 0.03, 0.01, 0.0],
        "new_rate": [0.06, 0.03, 0.01, None],
        "exit_rate": [0.04, 0.03, 0.01, None],
    } | more


@pytest.mark.parametrize("goal", ["nii_12m", "nii_12m / total_assets"])
def test_churning_for_its_own_sake_is_not_unbounded(goal: str) -> None:
    """Selling loans at 4 % to buy them back at 6 % would earn without end; kept apart, 40 of bonds come in."""
    model, solution = optimum(book(churn_positions(), [("nii_12m", "max")], timing="start"))
    assert solution.status == "optimal"
    assert solution.plan == pytest.approx([100.0, 140.0, 220.0, 20.0])
    assert solution.objective == pytest.approx(5 + 3 - 1.8 + 40 * 0.02)
    _, ratio = optimum(book(churn_positions(), [(goal, "max")], timing="start"))
    assert ratio.status == "optimal"
    assert (ratio.plan <= model.sheet.upper).all()


def test_reduced_cost_beside_a_switch_is_still_the_price_of_the_bound() -> None:
    """Loans may now reach 120 and gain there by 0.05 over bonds' 0.03: 0.06 - 0.03 a unit of their max."""
    positions = churn_positions(max=[120.0, 150.0, 220.0, None])
    limit = ("turnover()", "<=", 1000.0)
    rows = records(book(positions, [("nii_12m", "max")], [limit], timing="start"), "Allocation")
    assert rows["Loans"]["optimal"] == pytest.approx(120.0)
    assert rows["Loans"]["reduced_cost"] == pytest.approx(0.06 - 0.03)
    assert rows["Deposits"]["reduced_cost"] == pytest.approx(0.03 - 0.01)
    assert rows["Bonds"]["reduced_cost"] == pytest.approx(0.0, abs=1e-12)


def test_churning_without_a_max_is_a_finding_or_unbounded_never_a_plan() -> None:
    from xlalm.app.verbs import solve as verbs

    positions = churn_positions(max=[None, 150.0, 220.0, None])
    limited = verbs.solve(book(positions, [("nii_12m", "max")], [("turnover()", "<=", 1000.0)], timing="start"))
    assert limited.status == "bad input"
    (finding,) = (f for f in limited.findings if f.severity == "error")
    assert str(finding.cell) == "Positions!E2"
    assert "Loans" in finding.text
    assert "no max" in finding.text
    free = verbs.solve(book(positions, [("nii_12m", "max")], timing="start"))
    assert free.status in {"unbounded", "bad input"}


def test_harmless_netting_needs_no_binaries() -> None:
    """Where growth costs what reduction gives up, an answer that does both is netted, not switched."""
    same = churn_positions(new_rate=[None] * 4, exit_rate=[None] * 4)
    model, solution = optimum(book(same, [("nii_12m", "max")], timing="start"))
    assert not solution.build.program.is_mip
    assert not build_program(problem_of(model)).either
    up, down = (solution.build.builder.block(part).column for part in ("up", "down"))
    both = (up >= 0) & (down >= 0)
    assert np.minimum(solution.columns[up[both]], solution.columns[down[both]]).max() <= 1e-9
