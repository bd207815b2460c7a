"""Shadow prices, worths and reduced costs worked by hand: a unit moved from bonds to loans earns 0.03."""

from typing import Any

import pytest

from tests.figures.bank import bank, limit, moves, row, solved

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'
EARN, COST = ("net(rate)", "max"), ("sum(rate, side = 'asset')", "min")
SHARE = {"unit": "%"}


@pytest.mark.parametrize(
    ("goal", "rule", "plan", "price", "worth"),
    [
        # a goal to maximise wants loans: price >= 0 on <=, <= 0 on >=
        (EARN, limit(LOANS, "<=", 120.0), 120.0, 0.03, 0.03),
        (EARN, limit(BONDS, ">=", 30.0), 120.0, -0.03, 0.03),
        (EARN, limit(LOANS, "=", 120.0), 120.0, 0.03, None),
        (EARN, limit(LOANS, ">=", 20.0), 150.0, 0.0, 0.0),
        # a goal to minimise wants bonds: the signs turn, the worths stay positive
        (COST, limit(LOANS, ">=", 100.0), 100.0, 0.03, 0.03),
        (COST, limit(BONDS, "<=", 60.0), 90.0, -0.03, 0.03),
        (COST, limit(LOANS, "=", 100.0), 100.0, 0.03, None),
        # shares of 150: a whole 1.00 is worth 150 · 0.03, a percentage point a hundredth of it
        (EARN, limit(f"{LOANS} / total_assets", "<=", "80%", **SHARE), 120.0, 4.5, 0.045),
        (EARN, limit(f"{BONDS} / total_assets", ">=", "20%", **SHARE), 120.0, -4.5, 0.045),
        (COST, limit(f"{LOANS} / total_assets", ">=", "60%", **SHARE), 90.0, 4.5, 0.045),
        (COST, limit(f"{BONDS} / total_assets", "<=", "40%", **SHARE), 90.0, -4.5, 0.045),
        (EARN, limit(f"{LOANS} / total_assets", "<=", 0.8, unit="number"), 120.0, 4.5, None),
        # negative numbers: minus 120 and more is at most 120 of loans
        (EARN, limit(f"0 - {LOANS}", ">=", -120.0), 120.0, -0.03, 0.03),
        (EARN, limit(f"0 - {BONDS}", "<=", -30.0), 120.0, 0.03, 0.03),
        # twice the loans: half the price
        (EARN, limit(f"2 * {LOANS}", "<=", 240.0), 120.0, 0.015, 0.015),
        # the right side moves: bonds >= deposits · 0.2 + 4
        (EARN, limit(BONDS, ">=", '0.2 * position("Deposits") + 4'), 120.0, -0.03, 0.03),
    ],
)
def test_prices_of_limits(
    goal: tuple[str, str], rule: dict[str, Any], plan: float, price: float, worth: float | None
) -> None:
    found = solved(bank(rule, goal=goal))
    assert moves(found) == pytest.approx([plan, 150.0 - plan, 130.0, 20.0])
    report = row(found, "LimitReport", "limit")
    assert report["shadow_price"] == pytest.approx(price, abs=1e-9)
    if rule.get("unit") != "number":
        assert report["worth_of_one_unit"] == (None if worth is None else pytest.approx(worth, abs=1e-9))


def test_a_ratio_whose_denominator_moves() -> None:
    """Deposits go to their max of 160; bonds are 20 % of them, 32; a whole 1.00 more would be 160 bonds for loans."""
    rule = limit(f'{BONDS} / position("Deposits")', ">=", "20%", unit="%")
    found = solved(bank(rule, min={"Deposits": 100.0}, max={"Deposits": 160.0}))
    assert moves(found) == pytest.approx([148.0, 32.0, 160.0, 20.0])
    assert found.objective == pytest.approx(0.05 * 148 + 0.02 * 32 - 1.6)
    report = row(found, "LimitReport", "limit")
    assert report["shadow_price"] == pytest.approx(-0.03 * 160)
    assert report["worth_of_one_unit"] == pytest.approx(0.048)
    # one more deposit: 0.2 into bonds, 0.8 into loans, less what it costs
    assert row(found, "Allocation", "Deposits")["reduced_cost"] == pytest.approx(0.2 * 0.02 + 0.8 * 0.05 - 0.01)


@pytest.mark.parametrize(
    ("goal", "columns", "name", "status", "reduced"),
    [
        (EARN, {"max": {"Loans": 110.0}}, "Loans", "at maximum", 0.03),
        (EARN, {"min": {"Bonds": 40.0}}, "Bonds", "at minimum", -0.03),
        (COST, {"min": {"Loans": 90.0}}, "Loans", "at minimum", 0.03),
        (COST, {"max": {"Bonds": 60.0}}, "Bonds", "at maximum", -0.03),
        (EARN, {"max": {"Loans": 110.0}}, "Bonds", "between", 0.0),
        (EARN, {"max": {"Loans": 100.0}}, "Loans", "at maximum", 0.03),
        (EARN, {"max": {"Loans": 100.0}}, "Bonds", "unchanged", 0.0),
        (EARN, {"max": {"Loans": 100.0}}, "Deposits", "fixed", 0.01),
    ],
)
def test_reduced_costs(goal: tuple[str, str], columns: dict[str, Any], name: str, status: str, reduced: float) -> None:
    found = row(solved(bank(goal=goal, **columns)), "Allocation", name)
    assert found["status"] == status
    assert found["reduced_cost"] == pytest.approx(reduced, abs=1e-9)


@pytest.mark.parametrize(
    ("penalty", "loans", "price", "objective", "light"),
    [
        (0.01, 150.0, 0.01, 6.2, "BREACH"),  # 0.01 a unit is less than the 0.03 it earns: given up
        (0.05, 120.0, 0.03, 5.3, "OK"),
    ],
)
def test_soft_limits(penalty: float, loans: float, price: float, objective: float, light: str) -> None:
    rule = limit(LOANS, "<=", 120.0, hard="no", penalty=penalty)
    found = solved(bank(rule))
    assert moves(found)[0] == pytest.approx(loans)
    report = row(found, "LimitReport", "limit")
    assert report["shadow_price"] == pytest.approx(price)
    assert report["worth_of_one_unit"] == pytest.approx(price)
    assert found.objective == pytest.approx(objective)
    assert found["Headline"]["light"].tolist() == [light]
    given_up = [text for text in found.explanation if "missed" in text]
    missed = "missed by EUR 30.0 million (EUR 150.0 million for EUR 120.0 million), at a penalty of 0.3."
    assert given_up == ([f"Soft limit limit is {missed}"] if loans == 150.0 else [])


def test_at_a_corner_the_worth_is_what_relaxing_earns() -> None:
    """The position's own max is as tight: relaxing the limit alone earns nothing, tightening costs 0.03."""
    found = solved(bank(limit(LOANS, "<=", 120.0), max={"Loans": 120.0}))
    report = row(found, "LimitReport", "limit")
    assert (report["shadow_price"], report["worth_of_one_unit"]) == (pytest.approx(0.0), pytest.approx(0.0))
    assert report["price_at_from"] == pytest.approx(0.03)
    assert report["binding"] == "yes"
    said = "In balance sheet, limit (≤ EUR 120.0 million) is reached, but relaxing it alone would earn nothing."
    assert said in found.explanation


def test_a_worth_stops_where_the_price_does() -> None:
    """Loans may grow by 0.4 more only: a whole unit of room is worth 0.4 · 0.03."""
    report = row(solved(bank(limit(LOANS, "<=", 120.0), max={"Loans": 120.4})), "LimitReport", "limit")
    assert report["shadow_price"] == pytest.approx(0.03)
    assert report["valid_to"] == pytest.approx(120.4)
    assert report["worth_of_one_unit"] == pytest.approx(0.012)


@pytest.mark.parametrize(
    ("goal", "rule", "loans", "worth"),
    [
        (EARN, limit(LOANS, "<=", 125.0), 120.0, 0.0),  # lots of ten from 100: one more unit is not a lot
        (EARN, limit(LOANS, "<=", 129.0), 120.0, 0.3),  # here it is
        (EARN, limit(BONDS, ">=", 21.0), 120.0, 0.3),
        (COST, limit(LOANS, ">=", 91.0), 100.0, 0.3),
    ],
)
def test_worths_of_lots_are_solved_again(
    goal: tuple[str, str], rule: dict[str, Any], loans: float, worth: float
) -> None:
    found = solved(bank(rule, goal=goal, lot={"Loans": 10.0}))
    assert moves(found)[0] == pytest.approx(loans)
    report = row(found, "LimitReport", "limit")
    assert report["worth_of_one_unit"] == pytest.approx(worth, abs=1e-9)
    assert report["valid_from"] is None
    assert found.result.certificate is not None
    assert found.result.certificate["accepted"]


@pytest.mark.parametrize(
    ("rule", "low", "high", "ends"),
    [
        # loans lie between 0 and 150, bonds take the rest; beyond 150 the limit does not bind
        (limit(LOANS, "<=", 120.0), 0.0, 150.0, "from: Loans reaches its min; to: "),
        (limit(BONDS, ">=", 30.0), 0.0, 150.0, "from: "),
        (limit(f"{LOANS} / total_assets", "<=", "80%", unit="%"), 0.0, 1.0, "from: Loans reaches its min; to: "),
    ],
)
def test_where_a_price_holds(rule: dict[str, Any], low: float, high: float, ends: str) -> None:
    report = row(solved(bank(rule)), "LimitReport", "limit")
    assert (report["valid_from"] or 0.0, report["valid_to"]) == (pytest.approx(low), pytest.approx(high))
    assert report["next_limit"].startswith(ends)


def test_coefficient_ranges() -> None:
    """At loans 120 (a cap) the plan stays while loans earn more than bonds: 2 % for loans, 5 % for bonds."""
    found = solved(bank(limit(LOANS, "<=", 120.0)))
    loans, bonds = row(found, "Allocation", "Loans"), row(found, "Allocation", "Bonds")
    assert (loans["coefficient_low"], loans["coefficient_high"]) == (pytest.approx(0.02), None)
    assert (bonds["coefficient_low"], bonds["coefficient_high"]) == (None, pytest.approx(0.05))
    cheap = solved(bank(limit(LOANS, ">=", 100.0), goal=COST))
    loans, bonds = row(cheap, "Allocation", "Loans"), row(cheap, "Allocation", "Bonds")
    assert (loans["coefficient_low"], loans["coefficient_high"]) == (pytest.approx(0.02), None)
    assert (bonds["coefficient_low"], bonds["coefficient_high"]) == (None, pytest.approx(0.05))


@pytest.mark.parametrize("penalty", [0.01, 0.05])
def test_the_goal_counted_anew_is_the_solvers_less_the_penalty(penalty: float) -> None:
    found = solved(bank(limit(LOANS, "<=", 120.0, hard="no", penalty=penalty)))
    assert found.result.certificate is not None
    assert found.result.certificate["objective_difference"] == pytest.approx(0.0, abs=1e-9)
    assert found.status == "optimal"
