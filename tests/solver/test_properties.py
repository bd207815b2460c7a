"""What holds for every plan: it balances, a tighter limit never helps, and every sign of design section 4."""

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.test_linear_oracle import Case, random_case
from tests.strategies import book, model_of, optimum, random_positions, records, seeds
from xlalm.app.verbs import solve as verbs
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.certify import certify
from xlalm.solver.highs.run import Answer, Options, run
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan


def check_balances(case: Case) -> None:
    model, solution = optimum(case.book)
    assert abs(case.bank.identity @ solution.plan) <= 1e-9 * model.sheet.total_assets
    assert (solution.plan >= model.sheet.lower).all()
    assert (solution.plan <= model.sheet.upper).all()
    for restriction in case.restrictions:
        value = restriction.value(solution.plan, case.bank.opening)
        size = 1e-7 * max(1.0, abs(restriction.bound))
        assert restriction.sense != "<=" or value <= restriction.bound + size
        assert restriction.sense != ">=" or value >= restriction.bound - size
        assert restriction.sense != "=" or abs(value - restriction.bound) <= size


@settings(max_examples=30)
@given(seed=seeds)
def test_every_plan_balances_and_keeps_its_limits(seed: int) -> None:
    check_balances(random_case(seed))


@pytest.mark.long
@settings(max_examples=2000)
@given(seed=seeds)
def test_every_plan_balances_and_keeps_its_limits_long(seed: int) -> None:
    check_balances(random_case(seed))


def check_tighter(case: Case) -> None:
    improving = 1.0 if case.direction == "max" else -1.0
    base = optimise(problem_of(model_of(case.book)), Options()).objective
    for k, restriction in enumerate(case.restrictions):
        if restriction.sense == "=":
            continue
        by = 0.01 * max(1.0, abs(restriction.bound)) * (-1.0 if restriction.sense == "<=" else 1.0)
        for sign in (1.0, -1.0):  # tighter, looser
            others = list(case.restrictions)
            others[k] = attrs.evolve(restriction, bound=restriction.bound + sign * by)
            moved = optimise(problem_of(model_of(attrs.evolve(case, restrictions=others).book)), Options())
            if isinstance(moved, NoPlan):
                assert sign > 0, "looser cannot be infeasible"
                assert moved.status == "infeasible"
                continue
            change = improving * (moved.objective - base) * sign
            assert change <= 1e-7 * max(1.0, abs(base)), (restriction.text, sign)


@settings(max_examples=12)
@given(seed=seeds)
def test_tighter_never_improves_and_looser_never_harms(seed: int) -> None:
    check_tighter(random_case(seed))


@pytest.mark.long
@settings(max_examples=500)
@given(seed=seeds)
def test_tighter_never_improves_and_looser_never_harms_long(seed: int) -> None:
    check_tighter(random_case(seed))


# --- sign conventions, by hand -------------------------------------------------------------------------

TWO = {
    "position": ["Loans", "Cash", "Capital"],
    "side": ["asset", "asset", "equity"],
    "balance": [50.0, 50.0, 100.0],
    "min": [10.0, 5.0, None],
    "max": [90.0, 95.0, None],
    "rate": [0.05, 0.02, 0.0],
    "risk_weight": [1.0, 0.2, 0.0],
    "cet1": [0.0, 0.0, 1.0],
}
LOANS = 'position("Loans")'


@pytest.mark.parametrize(
    ("direction", "sense", "bound", "price"),
    [
        # Loans earn 0.03 more than the cash they replace
        ("max", "<=", 70.0, 0.03),
        ("max", "=", 70.0, 0.03),
        ("max", ">=", 70.0, 0.0),
        ("min", ">=", 30.0, 0.03),
        ("min", "=", 30.0, 0.03),
        ("min", "<=", 30.0, 0.0),
    ],
)
def test_price_of_an_amount(direction: str, sense: str, bound: float, price: float) -> None:
    """d goal / d bound: for max >= 0 on <=; a floor that binds a minimum costs, so its price is positive there too."""
    tables = book(TWO, [("sum(rate, side = 'asset')", direction)], [(LOANS, sense, bound)])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["shadow_price"] == pytest.approx(price, abs=1e-12)
    if sense == "=":
        assert record["worth_of_one_unit"] is None
        assert record["utilisation"] is None
    else:
        assert record["worth_of_one_unit"] == pytest.approx(price, abs=1e-12)
    assert record["binding"] == ("yes" if price else "no")


@pytest.mark.parametrize(("direction", "sense", "price"), [("max", ">=", -0.03), ("min", "<=", -0.03)])
def test_prices_on_the_other_side_are_negative(direction: str, sense: str, price: float) -> None:
    """A floor on cash costs a maximum; a cap on cash costs a minimum."""
    bound = {">=": 40.0, "<=": 60.0}[sense]
    tables = book(TWO, [("sum(rate, side = 'asset')", direction)], [('position("Cash")', sense, bound)])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["shadow_price"] == pytest.approx(price)
    assert record["worth_of_one_unit"] == pytest.approx(0.03)


@pytest.mark.parametrize("sense", [">=", "="])
@pytest.mark.parametrize("lot", [None, 10.0], ids=["LP", "MIP"])
def test_price_of_a_ratio_at_the_written_bound(sense: str, lot: float | None) -> None:
    """CET1 >= 125 %: RWA <= 80 = L + 0.2·(100 - L), so L = 75; d L/d bound = -(100/1.25²)/0.8 = -80.

    Capital in lots (which cannot move) makes it an integer program: the price then holds with the lots kept.
    """
    limit = {"left": "cet1_ratio", "sense": sense, "right": 1.25, "early_warning": 1.4}
    tables = book(TWO | {"lot": [None, None, lot]}, [("sum(rate, side = 'asset')", "max")], [limit])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(1.25)
    assert record["unit"] == "%"
    assert record["shadow_price"] == pytest.approx(-80 * 0.03)
    if sense == "=":
        assert record["worth_of_one_unit"] is None
        return
    # one percentage point: L = 75 + (100/1.24 - 80)/0.8; the price says 80·0.03·0.01, the plan solved again a bit more
    exact = (100 / 1.24 - 80) / 0.8 * 0.03
    assert 80 * 0.03 * 0.01 * (1 - 1e-9) <= record["worth_of_one_unit"] <= exact * (1 + 1e-9)
    assert record["utilisation"] == pytest.approx(1.0)


def test_price_where_the_right_side_moves_is_per_constant_added() -> None:
    """Loans <= 2·cash + 10: L = 70, each unit more gives a third of a unit of loans; bound is its value at the plan."""
    tables = book(TWO, [("sum(rate, side = 'asset')", "max")], [(LOANS, "<=", '2 * position("Cash") + 10')])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(70.0)
    assert record["bound"] == pytest.approx(70.0)
    assert record["shadow_price"] == pytest.approx(0.03 / 3)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("max", {"Loans": ("at maximum", 0.03), "Cash": ("between", 0.0)}),
        ("min", {"Loans": ("at minimum", 0.03), "Cash": ("between", 0.0)}),
    ],
)
def test_reduced_cost_is_the_price_of_the_bound(direction: str, expected: dict[str, tuple[str, float]]) -> None:
    """d goal / d active bound: positive at a maximum of a max goal; a higher minimum raises what a min goal costs."""
    rows = records(book(TWO, [("sum(rate, side = 'asset')", direction)]), "Allocation")
    for name, (status, cost) in expected.items():
        assert rows[name]["status"] == status
        assert rows[name]["reduced_cost"] == pytest.approx(cost, abs=1e-12)


def test_reduced_cost_of_a_minimum_that_holds_back_a_maximum() -> None:
    rows = records(book(TWO | {"min": [10.0, 30.0, None]}, [("sum(rate, side = 'asset')", "max")]), "Allocation")
    assert rows["Cash"]["status"] == "at minimum"
    assert rows["Cash"]["reduced_cost"] == pytest.approx(-0.03)


def test_degenerate_price_lies_between_the_one_sided_ones() -> None:
    """Two limits meet at Loans = 70: moving either one up earns nothing, down costs 0.03; both prices lie between."""
    limits = [(LOANS, "<=", 70.0), (f"2 * {LOANS}", "<=", 140.0), (f"{LOANS} + total_equity", "<=", 170.0)]
    tables = book(TWO, [("sum(rate, side = 'asset')", "max")], limits)
    report = records(tables, "LimitReport")
    slopes = (1.0, 2.0, 1.0)
    for record, slope in zip(report.values(), slopes, strict=True):
        assert record["binding"] == "yes"
        assert -1e-12 <= record["shadow_price"] <= 0.03 / slope + 1e-12
        assert record["worth_of_one_unit"] == pytest.approx(0.0, abs=1e-12)  # relaxing one alone earns nothing


@pytest.mark.parametrize(
    ("left", "sense", "right", "value", "headroom", "utilisation", "binding"),
    [
        (LOANS, "<=", 80.0, 80.0, 0.0, 1.0, "yes"),
        (LOANS, "<=", 100.0, 90.0, 10.0, 0.9, "no"),
        (LOANS, ">=", 45.0, 90.0, 45.0, 0.5, "no"),
        ("0 - " + LOANS, ">=", "0 - 100", -90.0, 10.0, 0.9, "no"),
        ("0 - " + LOANS, "<=", "0 - 50", -90.0, 40.0, 1.8, "no"),
        (LOANS + " - 90", ">=", 0.0, 0.0, 0.0, None, "yes"),
        (LOANS, "=", 70.0, 70.0, 0.0, None, "yes"),
        (LOANS + " * 1e6", "<=", 90e6 + 80, 90e6, 80.0, 90e6 / (90e6 + 80), "yes"),  # within a millionth
        (LOANS + " * 1e6", "<=", 90e6 + 100, 90e6, 100.0, 90e6 / (90e6 + 100), "no"),
    ],
)
def test_headroom_utilisation_binding(
    left: str, sense: str, right: Any, value: float, headroom: float, utilisation: float | None, binding: str
) -> None:
    tables = book(TWO, [("sum(rate, side = 'asset')", "max")], [(left, sense, right)])
    record = records(tables, "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(value)
    assert record["headroom"] == pytest.approx(headroom, abs=1e-6)
    assert record["utilisation"] == (None if utilisation is None else pytest.approx(utilisation))
    assert record["binding"] == binding


def test_monitors_are_reported_but_not_enforced() -> None:
    limit = {"left": LOANS, "sense": "<=", "right": 60.0, "active": "no"}
    record = records(book(TWO, [("sum(rate, side = 'asset')", "max")], [limit]), "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(90.0)
    assert record["headroom"] == pytest.approx(-30.0)
    assert record["binding"] == "monitor"
    assert record["shadow_price"] is None


def test_weighted_sum_adds_goals_in_their_own_directions() -> None:
    """3·interest - 2·0.01·RWA: loans earn 0.15 - 0.02 against 0.06 - 0.004 for cash, so loans it is."""
    goals = [("sum(rate, side = 'asset')", "max", 3.0), ("0.01 * rwa", "min", 2.0)]
    _, solution = optimum(book(TWO, goals, method="weighted_sum"))
    assert solution.plan == pytest.approx([90.0, 10.0, 100.0])
    assert solution.objective == pytest.approx(3 * (4.5 + 0.2) - 2 * 0.01 * 92)
    heavier = [goals[0], (goals[1][0], "min", 20.0)]
    assert optimum(book(TWO, heavier, method="weighted_sum"))[1].plan == pytest.approx([10.0, 90.0, 100.0])
    report = records(book(TWO, goals, method="weighted_sum"), "GoalReport")
    assert [r["value"] for r in report.values()] == pytest.approx([4.7, 0.92])


def test_fixed_lines_and_equity_stay() -> None:
    positions = TWO | {"fixed": ["yes", "no", None]}
    _, solution = optimum(book(positions, [("sum(rate, side = 'asset')", "max")]))
    assert solution.plan == pytest.approx([50.0, 50.0, 100.0])
    rows = records(book(positions, [("sum(rate, side = 'asset')", "max")]), "Allocation")
    assert rows["Loans"]["status"] == "fixed"


def test_one_sided_books_have_no_identity() -> None:
    positions = {"position": ["a", "b"], "side": ["asset", "asset"], "balance": [1.0, 2.0], "max": [5.0, 7.0]}
    _, solution = optimum(book(positions, [("total_assets", "max")]))
    assert solution.plan == pytest.approx([5.0, 7.0])
    off = book(TWO, [("total_assets", "max")], balance_identity="off")
    assert optimum(off)[1].objective == pytest.approx(185.0)


def test_off_balance_rows_stay_out_of_the_identity() -> None:
    positions = {key: [*column, None] for key, column in TWO.items()} | {
        "position": [*TWO["position"], "Swap"],
        "side": [*TWO["side"], "off_balance"],
        "balance": [50.0, 50.0, 100.0, 20.0],
        "min": [10.0, 5.0, None, 0.0],
        "max": [90.0, 95.0, None, 200.0],
        "rate": [0.05, 0.02, 0.0, 0.001],
    }
    _, solution = optimum(book(positions, [("net(rate)", "max")], [("turnover()", "<=", 20.0)]))
    assert solution.plan == pytest.approx([60.0, 40.0, 100.0, 200.0])  # the swap needs no turnover


def test_amounts_in_any_unit_give_the_same_plan() -> None:
    """Money is scaled inside: the same bank in millions and in cents."""
    rng = np.random.default_rng(11)
    positions = random_positions(rng)
    limits = [
        ("turnover()", "<=", "0.1 * opening(total_assets)"),
        ("lcr", ">=", "opening(lcr)"),
        ("nsfr", ">=", "opening(nsfr) - 1%"),
    ]
    _, small = optimum(book(positions, [("risk_adjusted_margin", "max")], limits))
    cents = {key: [1e8 * v for v in positions[key]] for key in ("balance", "min", "max")}
    _, large = optimum(book(positions | cents, [("risk_adjusted_margin", "max")], limits))
    assert large.plan == pytest.approx(1e8 * small.plan, rel=1e-7)
    assert large.certificate is not None
    assert large.certificate.accepted


# --- soft limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("penalty", "loans", "price"),
    [
        (0.01, 90.0, 0.01),  # giving up 20 costs 0.20 and earns 0.60: worth it, the price is the penalty
        (0.05, 70.0, 0.03),  # too dear: it holds, the price is what it costs
        (0.0, 90.0, 0.0),
    ],
)
@pytest.mark.parametrize("sense", ["<=", "="])
def test_soft_limit_on_an_amount(penalty: float, loans: float, price: float, sense: str) -> None:
    limit = {"left": LOANS, "sense": sense, "right": 70.0, "hard": "no", "penalty": penalty}
    tables = book(TWO, [("sum(rate, side = 'asset')", "max")], [limit])
    _, solution = optimum(tables)
    record = records(tables, "LimitReport")["limit 0"]
    assert record["value"] == pytest.approx(loans)
    assert record["shadow_price"] == pytest.approx(price, abs=1e-9)
    assert solution.penalty == pytest.approx(penalty * (loans - 70.0), abs=1e-9)
    assert solution.objective == pytest.approx(0.05 * loans + 0.02 * (100 - loans))  # the goal itself, without penalty


def test_soft_floor_for_a_min_goal_and_on_a_ratio() -> None:
    """Ratios are linearised at the opening denominator (RWA 60): 0.1 short of CET1 costs 0.1 · penalty there."""
    limit = {"left": LOANS, "sense": ">=", "right": 30.0, "hard": "no", "penalty": 0.01}
    _, solution = optimum(book(TWO, [("sum(rate, side = 'asset')", "min")], [limit]))
    assert solution.plan == pytest.approx([10.0, 90.0, 100.0])
    assert solution.penalty == pytest.approx(0.2)
    ratio = {"left": "cet1_ratio", "sense": ">=", "right": 1.25, "hard": "no", "penalty": 1.0}
    _, broken = optimum(book(TWO, [("sum(rate, side = 'asset')", "max")], [ratio]))
    assert broken.plan is not None
    risk = broken.plan[0] + 0.2 * broken.plan[1]
    assert broken.plan[0] == pytest.approx(90.0)  # a unit of loans: 0.03 gained, 1.25·0.8/60 = 0.0167 lost
    assert broken.penalty == pytest.approx((1.25 * risk - 100.0) / 60.0)
    dear = ratio | {"penalty": 2.0}
    assert optimum(book(TWO, [("sum(rate, side = 'asset')", "max")], [dear]))[1].plan == pytest.approx([75, 25, 100])


def test_soft_limits_make_an_infeasible_book_feasible() -> None:
    hard = (LOANS, ">=", 200.0)
    soft = {"left": LOANS, "sense": ">=", "right": 200.0, "hard": "no", "penalty": 5.0}
    assert optimum(book(TWO, [("rwa", "min")], [hard]))[1].status == "infeasible"
    assert optimum(book(TWO, [("rwa", "min")], [soft]))[1].plan == pytest.approx([90.0, 10.0, 100.0])


# --- the certificate -----------------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=seeds)
def test_certificate_accepts_the_answer_and_nothing_near_it(seed: int) -> None:
    """A plan moved off its rows, a plan that is feasible but not best, wrong prices: each is refused."""
    case = random_case(seed)
    rng = np.random.default_rng(seed)
    program = build_program(problem_of(model_of(case.book))).program
    answer = run(program, Options())
    assert answer.row_dual is not None
    assert certify(program, answer.columns, answer.row_dual).accepted
    size = float(np.abs(answer.columns).max())
    broken = answer.columns.copy()
    broken[int(rng.integers(3))] += 1e-3 * size  # an asset: the identity breaks
    refused = certify(program, broken, answer.row_dual)
    assert not refused.accepted
    assert refused.primal >= 1e-4 * size
    assert not certify(program, broken, None).accepted
    for k in np.flatnonzero(program.row_lower < program.row_upper):
        prices = answer.row_dual.copy()  # the sign that no inequality of this kind can have
        prices[k] = 0.01 * (1.0 if np.isfinite(program.row_lower[k]) == program.maximise else -1.0)
        assert not certify(program, answer.columns, prices).accepted
    opposite = attrs.evolve(program, cost=-program.cost)  # the plan of the opposite goal is feasible but worst
    worst = run(opposite, Options())
    if isinstance(worst, Answer) and abs(program.objective(worst.columns) - program.objective(answer.columns)) > 1e-3:
        false = certify(program, worst.columns, answer.row_dual)
        assert not false.accepted
        assert false.primal <= 1e-6 * size


def test_certificate_figures_reach_the_run() -> None:
    tables = book(TWO, [("sum(rate, side = 'asset')", "max")], [(LOANS, "<=", 70.0)])
    result = verbs.solve(tables)
    assert result.certificate is not None
    assert result.certificate["accepted"] is True
    for figure in ("primal", "dual", "slackness", "gap", "objective_difference"):
        assert 0.0 <= result.certificate[figure] <= 1e-9
    info = {r["item"]: r["value"] for r in result.table("RunInfo").records()}
    assert info["proof accepted"] == "yes"


def test_certificate_sees_fractions_of_lots() -> None:
    positions = TWO | {"lot": [15.0, None, None]}
    program = build_program(problem_of(model_of(book(positions, [("sum(rate, side = 'asset')", "max")])))).program
    answer = run(program, Options())
    assert certify(program, answer.columns, None).accepted
    half = answer.columns.copy()
    half[program.integer] += 0.5
    assert certify(program, half, None).primal >= 0.5


def test_certificate_sees_a_broken_bound_that_costs_nothing() -> None:
    """Cash earns nothing here, so that only the bound itself says that 105 is more than its max of 95."""
    tables = book(TWO | {"rate": [0.05, 0.0, 0.0]}, [("sum(rate, side = 'asset')", "max")], balance_identity="off")
    program = build_program(problem_of(model_of(tables))).program
    answer = run(program, Options())
    assert certify(program, answer.columns, answer.row_dual).accepted
    broken = answer.columns.copy()
    broken[1] = 105.0
    refused = certify(program, broken, answer.row_dual)
    assert refused.primal == pytest.approx(10.0)
    assert not refused.accepted
