"""The short tables above the dashboard, worked by hand: what is shown, in which order, and how much of it."""

from typing import Any

import pytest

from tests.figures.bank import bank, limit, row, rows, solved
from tests.strategies import Book

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'


def still(*limits: dict[str, Any], **columns: Any) -> Book:
    """Return the bank with nothing to decide: loans 100, bonds 50."""
    return bank(*limits, fixed=["yes"] * 4, **columns)


def counted(*rules: tuple[str, str, float, str]) -> Book:
    """Return a bank whose limits are (name, sense, bound, lens) on measures of their own, all 100."""
    columns = {f"c{k}": [1.0, 0.0, 0.0, 0.0] for k in range(len(rules))}
    limits = [
        limit(f"sum(c{k}, side = 'asset')", sense, bound, limit=name, lens=lens)
        for k, (name, sense, bound, lens) in enumerate(rules)
    ]
    return still(*limits, **columns)


def shown(tables: Book) -> list[str]:
    return solved(tables)["Headline"]["measure"].tolist()


def test_the_tightest_limit_of_a_measure_is_shown() -> None:
    """Of three caps on loans the one with least room for its size; the floor stands for itself."""
    caps = [limit(LOANS, "<=", bound, limit=f"cap {bound:g}", early_warning=99.0) for bound in (130.0, 110.0, 120.0)]
    floors = [limit(LOANS, ">=", bound, limit=f"floor {bound:g}") for bound in (50.0, 90.0, 20.0)]
    found = solved(still(*caps, *floors, limit(LOANS, "<=", 90.0, limit="shown only", active="no")))
    headline = found["Headline"]
    assert headline["limit"].tolist() == ["≤ 110.0", "≥ 90.0"]  # 10/110 of room before 10/90
    assert headline["light"].tolist() == ["WATCH", "OK"]
    assert headline["headroom"].tolist() == [10.0, 10.0]
    assert headline["opening"].tolist() == headline["plan"].tolist() == [100.0, 100.0]


def test_a_tie_goes_to_the_limit_that_stands_first() -> None:
    first, second = (limit(LOANS, "<=", 110.0, limit=name, early_warning=w) for name, w in (("a", 99.0), ("b", None)))
    assert solved(still(first, second))["Headline"]["light"].tolist() == ["WATCH"]
    assert solved(still(second, first))["Headline"]["light"].tolist() == ["OK"]


def test_room_counts_against_the_size_of_the_bound() -> None:
    """30 of room under 130 is more than 1 under 3; negative bounds count by their size."""
    tables = still(
        limit(LOANS, "<=", 130.0, limit="wide"),
        limit(f"{LOANS} / {BONDS}", "<=", 2.1, limit="narrow", unit="number"),
        limit(f"0 - {LOANS}", ">=", -125.0, limit="negative"),
    )
    assert shown(tables) == ["narrow", "negative", "wide"]  # 0.1/2.1, 25/125, 30/130


def test_lenses_stand_in_their_order_and_regulatory_measures_first() -> None:
    tables = counted(
        ("other", "<=", 101.0, "other"),
        ("profit", "<=", 102.0, "profit"),
        ("irrbb", "<=", 103.0, "irrbb"),
        ("capital wide", "<=", 150.0, "capital"),
        ("capital tight", "<=", 104.0, "capital"),
        ("liquidity", "<=", 105.0, "liquidity"),
        ("own lens", "<=", 100.0, ""),
    )
    assert shown(tables) == ["liquidity", "capital tight", "capital wide", "irrbb", "profit", "own lens", "other"]
    tables["Limits"]["role"] = ["", "", "", "regulatory minimum", "policy rule", "", ""]
    assert shown(tables)[:3] == ["liquidity", "capital wide", "capital tight"]


def test_ten_lines_at_most_taken_in_turn() -> None:
    """The first of every lens, then the second of liquidity, capital, irrbb …; profit and others have one at most."""
    rules = [
        (f"{lens} {place}", "<=", 100.0 + place, lens)
        for lens in ("other", "profit", "irrbb", "capital", "liquidity")
        for place in range(1, 6)
    ]
    assert shown(counted(*rules)) == [
        *(f"liquidity {place}" for place in (1, 2, 3)),
        *(f"capital {place}" for place in (1, 2, 3)),
        *(f"irrbb {place}" for place in (1, 2)),
        "profit 1",
        "other 1",
    ]


def test_places_that_are_free_go_to_profit_and_others() -> None:
    rules = [(f"other {place}", "<=", 100.0 + place, "other") for place in range(1, 13)]
    rules += [("liquidity 1", "<=", 101.0, "liquidity")]
    assert shown(counted(*rules)) == ["liquidity 1", *(f"other {place}" for place in range(1, 10))]


def test_names_and_units_of_the_headline() -> None:
    tables = still(
        limit("cet1_ratio", ">=", "10%", limit="CET1 floor", lens="capital"),
        limit("total_assets", "<=", 200.0, limit="size", unit="amount"),
        limit(f"{LOANS} / total_assets", "<=", 0.8, limit="share of loans", unit="%"),
        risk_weight=[1.0, 0.2, 0.0, 0.0],
        cet1=[0.0, 0.0, 0.0, 1.0],
    )
    found = rows(solved(tables), "Headline")
    assert found["CET1 ratio"]["limit"] == "≥ 10.00%"
    assert found["CET1 ratio"]["plan"] == pytest.approx(20 / 110)
    assert (found["CET1 ratio"]["unit"], found["CET1 ratio"]["light"]) == ("%", "OK")
    assert (found["Total assets"]["limit"], found["Total assets"]["unit"]) == ("≤ 200.0", "EUR million")
    assert (found["share of loans"]["limit"], found["share of loans"]["unit"]) == ("≤ 80.00%", "%")


def test_top_prices_are_the_worths_in_order() -> None:
    """A unit of C earns 0.04 more than loans, a point of share of D 0.03; the slack caps earn nothing."""
    tables = bank(
        limit(f"2 * {LOANS}", "<=", 290.0, limit="double"),
        limit('position("C")', "<=", 5.0, limit="C", unit="amount"),
        limit('position("D") / total_assets', "<=", "4%", limit="D", unit="%"),
        limit('position("Deposits")', "<=", 500.0, limit="slack"),
        position=["Loans", "Bonds", "Deposits", "Capital", "C", "D"],
        side=["asset", "asset", "liability", "equity", "asset", "asset"],
        balance=[100.0, 50.0, 130.0, 20.0, 0.0, 0.0],
        min=[0.0, 0.0, 130.0, None, 0.0, 0.0],
        max=[200.0, 200.0, 130.0, None, 200.0, 200.0],
        rate=[0.03, 0.01, 0.0, 0.0, 0.07, 0.05],
    )
    # plan: C 5, D 6, loans 139; what more room for C or D takes, it takes from loans
    found = solved(tables)
    assert row(found, "Allocation", "Loans")["optimal"] == pytest.approx(139.0)
    prices = found["TopPrices"]
    assert prices["limit"].tolist() == ["C", "D"]
    assert prices["worth"].tolist() == pytest.approx([0.04, 0.02 * 150 / 100])
    assert prices["per"].tolist() == ["EUR 1 million", "one percentage point"]


def test_top_prices_largest_first_and_ten_at_most() -> None:
    """Twelve assets of 1 each against loans at 0.05: line k earns k thousandths more."""
    names = [f"line {k}" for k in range(1, 13)]
    tables = bank(
        *(limit(f'position("{name}")', "<=", 1.0, limit=name) for name in names),
        position=["Loans", "Bonds", "Deposits", "Capital", *names],
        side=["asset", "asset", "liability", "equity", *["asset"] * 12],
        balance=[100.0, 50.0, 130.0, 20.0, *[0.0] * 12],
        min=[0.0, 0.0, 130.0, None, *[0.0] * 12],
        max=[200.0, 50.0, 130.0, None, *[9.0] * 12],
        rate=[0.05, 0.02, 0.01, 0.0, *(0.05 + k / 1000 for k in range(1, 13))],
    )
    found = solved(tables)
    assert found["TopPrices"]["limit"].tolist() == [f"line {k}" for k in range(12, 2, -1)]
    assert found["TopPrices"]["worth"].tolist() == pytest.approx([k / 1000 for k in range(12, 2, -1)])
    assert len(found["TopChanges"]) == 10
    assert found["Utilisations"]["limit"].tolist() == names[:10]


def test_top_changes() -> None:
    """Loans to 120 takes 20 of the bonds; fixed lines do not move and are not listed."""
    changes = solved(bank(limit(LOANS, "<=", 120.0)))["TopChanges"]
    assert changes.to_dict("list") == {
        "position": ["Loans", "Bonds"],
        "opening": [100.0, 50.0],
        "plan": [120.0, 30.0],
        "change": [20.0, -20.0],
    }
    assert solved(still())["TopChanges"].empty


def test_top_changes_largest_first_whatever_the_sign() -> None:
    """Bonds fall by 50 to nothing; C takes its 30, loans the other 20."""
    tables = bank(
        position=["Loans", "Bonds", "Deposits", "Capital", "C"],
        side=["asset", "asset", "liability", "equity", "asset"],
        balance=[100.0, 50.0, 130.0, 20.0, 0.0],
        min=[0.0, 0.0, 130.0, None, 0.0],
        max=[200.0, 200.0, 130.0, None, 30.0],
        rate=[0.05, 0.02, 0.01, 0.0, 0.06],
    )
    changes = solved(tables)["TopChanges"]
    assert changes["position"].tolist() == ["Bonds", "C", "Loans"]
    assert changes["change"].tolist() == pytest.approx([-50.0, 30.0, 20.0])


def test_utilisations() -> None:
    """Largest first, at opening and in the plan; none for = , for monitors, and for bounds that are not positive."""
    found = solved(
        bank(
            limit(LOANS, "<=", 160.0, limit="half used"),
            limit(LOANS, "<=", 120.0, limit="full"),
            limit(BONDS, ">=", 15.0, limit="floor"),
            limit('position("Capital")', "=", 20.0, limit="equal"),
            limit(f"0 - {LOANS}", ">=", -300.0, limit="negative"),
            limit(LOANS, "<=", 500.0, limit="monitor", active="no"),
            limit(f"0 - {BONDS}", "<=", 0.0, limit="zero"),
        )
    )
    assert found["Utilisations"].to_dict("list") == {
        "limit": ["full", "half used", "floor"],
        "used": [1.0, 0.75, 0.5],
        "opening": [100 / 120, 100 / 160, 15 / 50],
    }


@pytest.mark.parametrize(
    ("goal", "rule", "opening", "plan", "moved"),
    [
        (("net(rate)", "max"), limit(LOANS, "<=", 120.0), 4.7, 5.3, 40.0),
        (("sum(rate, side = 'asset')", "min"), limit(LOANS, ">=", 90.0), 6.0, 5.7, 20.0),
    ],
)
def test_plan_status(goal: tuple[str, str], rule: dict[str, Any], opening: float, plan: float, moved: float) -> None:
    status = row(solved(bank(rule, goal=goal)), "PlanStatus", "Optimal")
    assert (status["goal"], status["unit"]) == ("goal 0", "EUR million")
    assert (status["opening"], status["plan"]) == (pytest.approx(opening), pytest.approx(plan))
    assert (status["change"], status["moved"]) == (pytest.approx(plan - opening), pytest.approx(moved))


def test_what_moves_off_the_balance_sheet_is_not_counted_as_moved() -> None:
    tables = bank(
        limit(LOANS, "<=", 120.0),
        position=["Loans", "Bonds", "Deposits", "Capital", "Swap"],
        side=["asset", "asset", "liability", "equity", "off_balance"],
        balance=[100.0, 50.0, 130.0, 20.0, 10.0],
        min=[0.0, 0.0, 130.0, None, 0.0],
        max=[200.0, 200.0, 130.0, None, 40.0],
        rate=[0.05, 0.02, 0.01, 0.0, 0.01],
    )
    found = solved(tables)
    assert row(found, "Allocation", "Swap")["optimal"] == pytest.approx(40.0)
    assert found["PlanStatus"]["moved"].tolist() == pytest.approx([40.0])
    assert "In all EUR 40.0 million moves, 26.7% of assets, both directions counted." in found.explanation
