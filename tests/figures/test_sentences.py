"""The explanation's exact sentences for books worked by hand."""

from typing import Any

import pytest

from tests.figures.bank import bank, limit, solved

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'


def test_every_sentence_of_a_plan() -> None:
    """Loans may reach 120: 20 · 0.03 more margin on 4.70; of 150 assets 0.03 is 2 basis points."""
    tables = bank(
        limit(LOANS, "<=", 120.0, limit="Cap on loans", unit="amount", lens="capital"),
        limit(f"{BONDS} / total_assets", ">=", "10%", limit="Bond share", unit="%", lens="liquidity"),
        limit(LOANS, ">=", 110.0, limit="Floor on loans", unit="amount", lens="irrbb"),
        limit(LOANS, ">=", 20.0, limit="Far floor", unit="amount", lens="irrbb"),
        limit(LOANS, "<=", 10.0, limit="Monitor", unit="amount", lens="irrbb", active="no"),
    )
    assert solved(tables).explanation == (
        "Goal 0 rises from EUR 4.70 million to EUR 5.30 million (+12.8%).",
        "The largest changes are Loans up by 20.0 and Bonds down by 20.0.",
        "In all EUR 40.0 million moves, 26.7% of assets, both directions counted.",
        "It brings back inside what was broken at opening: Floor on loans.",
        "In capital, Cap on loans (≤ EUR 120.0 million) binds: relaxing it by EUR 1 million is worth "
        "EUR 30 thousand a year, 2 basis points of margin on assets. "
        "Its marginal price is the same, valid from EUR 110.0 million to EUR 135.0 million.",
        "Nothing binds in interest-rate risk; the nearest is Floor on loans with EUR 10.0 million to spare.",
        "Nothing binds in liquidity; the nearest is Bond share with 10.00 points to spare.",
    )


def test_a_goal_to_minimise_falls_and_bounds_cost() -> None:
    """Bonds up to their max of 60 cost 0.02 in place of 0.05: 0.3 less than 6.0; one more of them saves 0.03."""
    found = solved(bank(goal=("sum(rate, side = 'asset')", "min"), max={"Bonds": 60.0}))
    assert found.explanation == (
        "Goal 0 falls from EUR 6.00 million to EUR 5.70 million (-5.0%).",
        "The largest changes are Loans down by 10.0 and Bonds up by 10.0.",
        "In all EUR 20.0 million moves, 13.3% of assets, both directions counted.",
        "Of the position bounds the maximum of Bonds costs most: at the margin relaxing it by EUR 1 million "
        "is worth EUR 30 thousand a year, 2 basis points of margin on assets.",
    )


def test_the_bound_that_costs_most_is_named() -> None:
    """Loans at their max lose 0.03, C at its min 0.04 a unit."""
    columns: dict[str, Any] = {
        "position": ["Loans", "Bonds", "Deposits", "Capital", "C"],
        "side": ["asset", "asset", "liability", "equity", "asset"],
        "balance": [100.0, 30.0, 130.0, 20.0, 20.0],
        "min": [0.0, 0.0, 130.0, None, 10.0],
        "max": [110.0, 200.0, 130.0, None, 200.0],
        "rate": [0.05, 0.02, 0.01, 0.0, -0.02],
    }
    found = solved(bank(**columns))
    assert found.explanation[-1].startswith("Of the position bounds the minimum of C costs most: at the margin")
    columns["rate"] = [0.05, 0.02, 0.01, 0.0, 0.0]
    found = solved(bank(**columns))
    assert found.explanation[-1].startswith("Of the position bounds the maximum of Loans costs most")
    columns["rate"] = [0.75, 0.5, 0.01, 0.0, 0.25]  # both cost 0.25 to the last bit: growth is told
    found = solved(bank(**columns))
    assert found.explanation[-1].startswith("Of the position bounds the maximum of Loans costs most")


def test_nothing_to_improve() -> None:
    found = solved(bank(max={"Loans": 100.0}))
    assert found.explanation[:2] == (
        "Goal 0 cannot be improved: it stays at EUR 4.70 million.",
        "No balance changes: the opening is already the best plan under these limits.",
    )


def test_binding_limits_come_by_their_worth_and_from_the_fourth_in_brackets() -> None:
    """Six caps of 1 on lines that earn 1 to 6 thousandths more than loans."""
    names = [f"L{k}" for k in range(1, 7)]
    rules = [limit(f'position("{name}")', "<=", 1.0, limit=f"cap {name}", unit="amount") for name in names]
    columns = {
        "position": ["Loans", "Bonds", "Deposits", "Capital", *names],
        "side": ["asset", "asset", "liability", "equity", *["asset"] * 6],
        "balance": [100.0, 50.0, 130.0, 20.0, *[0.0] * 6],
        "min": [0.0, 0.0, 130.0, None, *[0.0] * 6],
        "max": [200.0, 50.0, 130.0, None, *[9.0] * 6],
        "rate": [0.05, 0.02, 0.01, 0.0, *(0.05 + k / 1000 for k in range(1, 7))],
    }
    found = solved(bank(*rules, **columns))
    assert found.explanation[1] == (
        "The largest changes are Bonds down by 50.0, Loans up by 44.0, L1 up by 1.00 and L2 up by 1.00"
        " and 4 smaller ones."
    )
    binding = [text.split(":")[0] for text in found.explanation if text.startswith("In balance sheet")]
    assert binding == [f"In balance sheet, cap L{k} (≤ EUR 1.00 million) binds" for k in (6, 5, 4)]
    assert (
        "Also binding: cap L3 (EUR 3.0 thousand a year per EUR 1 million), "
        "cap L2 (EUR 2.0 thousand a year per EUR 1 million) and cap L1 (EUR 1.0 thousand a year per EUR 1 million)."
    ) in found.explanation


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        (limit(LOANS, "<=", 120.0, unit="amount"), "from EUR 0.00 million to EUR 150.0 million"),
        (limit(f"{LOANS} / total_assets", "<=", "80%", unit="%"), "from 0.00% to 100.00%"),
        (limit(f"{LOANS} - {BONDS}", "<=", 90.0, unit="years"), "from -150 years to 150 years"),
    ],
)
def test_where_the_price_holds_is_said_in_the_limits_unit(rule: dict[str, Any], held: str) -> None:
    (text,) = (text for text in solved(bank(rule)).explanation if " binds: " in text)
    assert text.endswith(f". Its marginal price is the same, valid {held}.")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            limit(f"{LOANS} / total_assets", "<=", "80%", unit="%"),
            "limit (≤ 80.00%) binds: relaxing it by one percentage",
        ),
        (limit(f"{LOANS} - {BONDS}", "<=", 90.0, unit="years"), "limit (≤ 90 years) binds: relaxing it by one year is"),
        (limit(LOANS, "<=", 120.0), "limit (≤ EUR 120.0 million) binds: relaxing it by EUR 1 million is"),
        (limit(LOANS, "<=", 120.0, unit="loans"), "limit (≤ 120 loans) binds: relaxing it by one loan is"),
    ],
)
def test_one_unit_of_a_limit(rule: dict[str, Any], says: str) -> None:
    assert any(says in text for text in solved(bank(rule)).explanation)


def test_a_goal_that_is_a_ratio_has_no_basis_points_of_margin() -> None:
    """Margin over assets of 150: 4.7 of them is 3.13 %; a unit more of loans is 0.03 / 150, two basis points."""
    found = solved(bank(limit(LOANS, "<=", 120.0, unit="amount"), goal=("net(rate) / total_assets", "max")))
    assert found.explanation[0] == "Goal 0 rises from 3.13% to 3.53% (+12.8%)."
    assert (
        "In balance sheet, limit (≤ EUR 120.0 million) binds: relaxing it by EUR 1 million would raise the goal "
        "by 2 basis points."
    ) in found.explanation


def test_the_worth_of_a_unit_and_the_marginal_price_are_two_sentences() -> None:
    """Loans may grow by 0.4 more only: a whole unit gains 0.012, the price of 0.03 holds up to 120.4."""
    found = solved(bank(limit(LOANS, "<=", 120.0, unit="amount"), max={"Loans": 120.4}))
    (text,) = (text for text in found.explanation if " binds: " in text)
    assert text == (
        "In balance sheet, limit (≤ EUR 120.0 million) binds: relaxing it by EUR 1 million is worth EUR 12 thousand a "
        "year, 0.8 basis points of margin on assets. Its marginal price is EUR 30 thousand a year per EUR 1 million, "
        "valid from EUR 0.00 million to EUR 120.4 million."
    )


def test_lots_are_said_to_hold_prices() -> None:
    found = solved(bank(limit(LOANS, "<=", 129.0, unit="amount"), lot={"Loans": 10.0}))
    says = "Prices hold with the chosen lots and switches kept; worths were found by solving again."
    assert says in found.explanation
    assert says not in solved(bank(limit(LOANS, "<=", 129.0, unit="amount"))).explanation


def test_the_nearest_limit_of_a_quiet_lens_counts_against_its_bound() -> None:
    """50 of room under 200 is nearer than 1.5 under 4.5; an equality and a monitor are never named."""
    found = solved(
        bank(
            limit("total_assets", "<=", 200.0, limit="size", unit="amount", lens="capital"),
            limit("total_assets / 50", "<=", 4.5, limit="scale", unit="years", lens="capital"),
            limit('position("Capital")', "=", 20.0, limit="equity", unit="amount", lens="irrbb"),
            limit("total_assets", "<=", 150.5, limit="near", unit="amount", lens="liquidity", active="no"),
        )
    )
    quiet = [text for text in found.explanation if text.startswith("Nothing binds")]
    assert quiet == ["Nothing binds in capital; the nearest is size with EUR 50.0 million to spare."]
    tighter = bank(
        limit("total_assets", "<=", 200.0, limit="size", unit="amount", lens="capital"),
        limit("total_assets / 50", "<=", 3.3, limit="scale", unit="years", lens="capital"),
    )
    assert solved(tighter).explanation[-1] == "Nothing binds in capital; the nearest is scale with 0.3 years to spare."


def test_four_moves_are_named_and_the_smaller_ones_counted() -> None:
    """Bonds give 15 to five lines of 5, 4, 3, 2 and 1."""
    names = [f"L{k}" for k in range(1, 6)]
    columns: dict[str, Any] = {
        "position": ["Loans", "Bonds", "Deposits", "Capital", *names],
        "side": ["asset", "asset", "liability", "equity", *["asset"] * 5],
        "balance": [100.0, 50.0, 130.0, 20.0, *[0.0] * 5],
        "min": [100.0, 0.0, 130.0, None, *[0.0] * 5],
        "max": [100.0, 200.0, 130.0, None, *[float(k) for k in range(1, 6)]],
        "rate": [0.05, 0.02, 0.01, 0.0, *[0.06] * 5],
    }
    found = solved(bank(**columns))
    assert found.explanation[1:3] == (
        "The largest changes are Bonds down by 15.0, L5 up by 5.00, L4 up by 4.00 and L3 up by 3.00"
        " and 2 smaller ones.",
        "In all EUR 30.0 million moves, 20.0% of assets, both directions counted.",
    )


def test_ten_sentences_at_most() -> None:
    names = [f"L{k}" for k in range(1, 13)]
    rules = [limit(f'position("{name}")', "<=", 1.0, limit=name, unit="amount", lens="profit") for name in names]
    lenses = [limit("total_assets", "<=", 900.0, limit=lens, lens=lens) for lens in ("irrbb", "liquidity", "capital")]
    broken = limit(LOANS, ">=", 101.0, limit="repaired")
    soft = limit(LOANS, "<=", 50.0, limit="soft", hard="no", penalty=1e-4)
    columns: dict[str, Any] = {
        "position": ["Loans", "Bonds", "Deposits", "Capital", *names],
        "side": ["asset", "asset", "liability", "equity", *["asset"] * 12],
        "balance": [100.0, 50.0, 130.0, 20.0, *[0.0] * 12],
        "min": [0.0, 0.0, 130.0, None, *[0.0] * 12],
        "max": [120.0, 200.0, 130.0, None, *[9.0] * 12],
        "rate": [0.05, 0.02, 0.01, 0.0, *[0.06] * 12],
    }
    found = solved(bank(*rules, *lenses, broken, soft, **columns))
    assert len(found.explanation) == 10
    assert found["Explanation"]["line"].tolist() == list(range(1, 11))
    assert found["Explanation"]["text"].tolist() == list(found.explanation)


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        (limit(LOANS, "<=", 120.0, unit="amount"), "above EUR 20.0 million"),
        (limit(f"0 - {LOANS}", ">=", -120.0, unit="years"), "below -20 years"),
    ],
)
def test_a_price_without_end_on_one_side(rule: dict[str, Any], held: str) -> None:
    """Deposits without end pay for loans without end; below 20, capital alone pays for them."""
    columns = {"min": {"Deposits": 0.0}, "max": {"Deposits": None, "Loans": None}}
    found = solved(bank(rule, rate=[0.05, 0.005, 0.01, 0.0], **columns))
    (text,) = (text for text in found.explanation if " binds: " in text)
    assert text.endswith(f". Its marginal price is the same, valid {held}.")
