"""The price ladder worked by hand: every step is a bank of four lines solved again on paper."""

from typing import Any

import pytest

from tests.figures.bank import bank, limit, row, rows, solved

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'
EARN, COST = ("net(rate)", "max"), ("sum(rate, side = 'asset')", "min")
STEPS = ("loss_tighter_2", "loss_tighter_1", "gain_looser_1", "gain_looser_2")


def steps(report: dict[str, Any]) -> list[float | None]:
    return [report[key] for key in STEPS]


@pytest.mark.parametrize(
    ("goal", "rule", "step", "ladder"),
    [
        # a unit moved from bonds to loans earns 0.03; 1 % of 120 is 1.2
        (EARN, limit(LOANS, "<=", 120.0, unit="amount"), 1.2, [0.072, 0.036, 0.036, 0.072]),
        (EARN, limit(BONDS, ">=", 30.0, unit="amount", step=2.0), 2.0, [0.12, 0.06, 0.06, 0.12]),
        (COST, limit(LOANS, ">=", 100.0, unit="amount", step=5.0), 5.0, [0.30, 0.15, 0.15, 0.30]),
        (COST, limit(BONDS, "<=", 60.0, unit="amount", step=5.0), 5.0, [0.30, 0.15, 0.15, 0.30]),
        # shares of 150: 25 basis points are 0.375, 5 points 7.5, 1 % of 80 % is 1.2
        (
            EARN,
            limit(f"{LOANS} / total_assets", "<=", "80%", unit="%", lens="capital"),
            0.0025,
            [0.0225, 0.01125, 0.01125, 0.0225],
        ),
        (
            EARN,
            limit(f"{BONDS} / total_assets", ">=", "20%", unit="%", lens="liquidity"),
            0.05,
            [0.45, 0.225, 0.225, 0.45],
        ),
        (EARN, limit(f"{LOANS} / total_assets", "<=", "80%", unit="%"), 0.008, [0.072, 0.036, 0.036, 0.072]),
        # liquidity, but no percentage: 1 % of the bound
        (EARN, limit(LOANS, "<=", 120.0, unit="amount", lens="liquidity"), 1.2, [0.072, 0.036, 0.036, 0.072]),
        # no bound to take 1 % of: one unit
        (EARN, limit(f"{LOANS} - {BONDS}", "<=", 0.0, unit="amount"), 1.0, [0.03, 0.015, 0.015, 0.03]),
        (EARN, limit(f"0 - {LOANS}", ">=", -120.0, step=10.0), 10.0, [0.6, 0.3, 0.3, 0.6]),
        # loans at 150 of 160: 154 does not touch them, 148 does
        (EARN, limit(LOANS, "<=", 160.0, step=6.0), 6.0, [0.06, 0.0, 0.0, 0.0]),
        (EARN, limit(LOANS, "<=", 190.0, step=6.0), 6.0, [0.0, 0.0, 0.0, 0.0]),
        # given up at 0.01 a unit: 30 too many, whatever the step
        (EARN, limit(LOANS, "<=", 120.0, hard="no", penalty=0.01), 1.2, [0.024, 0.012, 0.012, 0.024]),
        # the bound moves with the plan: 0.2 · 130 + 4 = 30
        (EARN, limit(BONDS, ">=", '0.2 * position("Deposits") + 4', step=1.0), 1.0, [0.06, 0.03, 0.03, 0.06]),
        # margin over 150 of assets: 3 more loans are 0.09 / 150
        (
            ("net(rate) / total_assets", "max"),
            limit(LOANS, "<=", 120.0, step=3.0),
            3.0,
            [0.0012, 0.0006, 0.0006, 0.0012],
        ),
    ],
)
def test_steps(goal: tuple[str, str], rule: dict[str, Any], step: float, ladder: list[float]) -> None:
    report = row(solved(bank(rule, goal=goal)), "LimitReport", "limit")
    assert report["step"] == pytest.approx(step)
    assert steps(report) == pytest.approx(ladder, abs=1e-9)
    assert report["step_note"] is None or report["step_note"] == ""


def test_gains_end_where_something_else_takes_over() -> None:
    """Loans have a max of 121: one unit of 0.03 is all there is to gain, however far the bound moves."""
    report = row(solved(bank(limit(LOANS, "<=", 120.0), max={"Loans": 121.0})), "LimitReport", "limit")
    assert steps(report) == pytest.approx([0.072, 0.036, 0.03, 0.03])
    assert (report["marginal_price"], report["worth_of_one_unit"]) == (pytest.approx(0.03), pytest.approx(0.03))
    short = row(solved(bank(limit(LOANS, "<=", 120.0), max={"Loans": 120.4})), "LimitReport", "limit")
    assert (short["marginal_price"], short["worth_of_one_unit"]) == (pytest.approx(0.03), pytest.approx(0.012))


@pytest.mark.parametrize(
    ("step", "ladder", "note"),
    [
        (1.2, [None, None, 0.036, 0.072], "no plan one step tighter"),
        (0.6, [None, 0.018, 0.018, 0.036], "no plan two steps tighter"),
        (0.5, [0.03, 0.015, 0.015, 0.03], None),
    ],
)
def test_where_there_is_no_plan_the_note_says_so(step: float, ladder: list[float | None], note: str | None) -> None:
    rules = limit(LOANS, "<=", 120.0, step=step), limit(LOANS, ">=", 119.0, limit="floor")
    report = row(solved(bank(*rules)), "LimitReport", "limit")
    assert [value is None for value in steps(report)] == [value is None for value in ladder]
    assert [v for v in steps(report) if v is not None] == pytest.approx([v for v in ladder if v is not None])
    assert (report["step_note"] or None) == note


def test_a_ratio_whose_denominator_moves() -> None:
    """Deposits stay at 160: 5 points of them are 8 bonds for loans; the marginal price of a point is 1.6 · 0.03."""
    rule = limit(f'{BONDS} / position("Deposits")', ">=", "20%", unit="%", step=0.05)
    report = row(solved(bank(rule, min={"Deposits": 100.0}, max={"Deposits": 160.0})), "LimitReport", "limit")
    assert steps(report) == pytest.approx([0.48, 0.24, 0.24, 0.48])
    assert (report["marginal_price"], report["worth_of_one_unit"]) == (pytest.approx(0.048), pytest.approx(0.048))


def test_a_share_of_assets_that_grow() -> None:
    """Deposits at their max of 160 pay for 180 of assets, of which 36 are bonds; at 19 % 1.8 more are loans: 0.054."""
    rule = limit(f"{BONDS} / total_assets", ">=", "20%", unit="%", step=0.01)
    report = row(solved(bank(rule, min={"Deposits": 100.0}, max={"Deposits": 160.0})), "LimitReport", "limit")
    assert steps(report) == pytest.approx([0.108, 0.054, 0.054, 0.108])


def test_lots_are_solved_again() -> None:
    """Loans in tens from 100, at most 129: 120. One step of 1 makes 130; 119 leaves 110, 109 leaves 100."""
    tables = bank(limit(LOANS, "<=", 129.0, step=1.0), lot={"Loans": 10.0})
    assert steps(row(solved(tables), "LimitReport", "limit")) == pytest.approx([0.0, 0.0, 0.3, 0.3])
    tables = bank(limit(LOANS, "<=", 129.0, step=10.0), lot={"Loans": 10.0})
    assert steps(row(solved(tables), "LimitReport", "limit")) == pytest.approx([0.6, 0.3, 0.3, 0.6])


def test_a_quadratic_goal_is_solved_again() -> None:
    """Max 10·a - a²/20 - a being loans - at most 60: from 420 to 427.8 at 62, 435.2 at 64, 411.8 at 58, 403.2 at 56."""
    goal = (f"10 * {LOANS} - {LOANS} * {LOANS} / 20", "max")
    report = row(solved(bank(limit(LOANS, "<=", 60.0, step=2.0), goal=goal)), "LimitReport", "limit")
    assert steps(report) == pytest.approx([16.8, 8.2, 7.8, 15.2], rel=1e-5)
    assert report["worth_of_one_unit"] == pytest.approx(3.95, rel=1e-5)
    assert report["marginal_price"] == pytest.approx(4.0, rel=1e-5)


def test_limits_without_a_ladder() -> None:
    """An equality has no looser side and a monitor is not enforced."""
    rules = limit(LOANS, "=", 120.0, limit="exact"), limit(LOANS, "<=", 110.0, limit="watched", active="no")
    for name, report in rows(solved(bank(*rules)), "LimitReport").items():
        assert [report["step"], *steps(report)] == [None] * 5, name
        assert (report["marginal_price"] is None) == (report["worth_of_one_unit"] is None)


def test_a_nonlinear_book_says_that_nothing_was_solved_again() -> None:
    goal = (f"{LOANS} * {BONDS} / 100", "max")
    report = row(solved(bank(limit(LOANS, "<=", 60.0), goal=goal)), "LimitReport", "limit")
    assert steps(report) == [None] * 4
    assert report["step_note"] == "not solved again: a nonlinear program"
