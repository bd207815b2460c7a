"""Prices and figures in sentences: each a case that an answer of xlalm once got wrong."""

import re
from typing import Any

import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames, six_lines
from xlalm.api import Frames

MARGIN = "basis points of margin on assets"


def explained(tables: Any) -> str:
    """Return all that is said of a book, in one text."""
    return " ".join(xlalm.solve(tables).explanation)


def test_price_of_a_goal_that_is_no_income() -> None:
    """A price of turnover, a stock, is no yearly income: one more of cash is one bond less, two of turnover.

    What a shadow price means: https://github.com/PyPSA/PyPSA/issues/843
    """
    rows = [
        {"position": "Bonds", "side": "asset", "balance": 200, "min": 0, "max": 300, "rate": 0.03},
        {"position": "Cash", "side": "asset", "balance": 50, "min": 80, "max": 300, "rate": 0},
        {"position": "Deposits", "side": "liability", "balance": 250, "min": 250, "max": 250, "rate": 0.01},
    ]
    goals = [{"goal": "Turnover", "formula": "turnover()", "direction": "min"}]
    text = explained(frames({"Positions": rows, "Goals": goals}))
    assert "relaxing it by EUR 1 million would lower the goal by EUR 2.00 million." in text
    assert "a year" not in text
    assert MARGIN not in text


def test_goal_that_is_no_margin() -> None:
    """A count of tickets is no money: a column of the book's own has no unit that anybody knows."""
    book = six_lines()
    book["Positions"]["pieces"] = [1.0, 3.0, 2.0, 0.0, 0.0, 0.0]
    goal = {"goal": ["Tickets"], "formula": ['sum(pieces, side = "asset")'], "direction": ["min"]}
    book["Goals"] = pd.DataFrame(goal)
    said = xlalm.solve(book).explanation
    text = " ".join(said)
    assert said[0] == "Tickets falls from 2,650 to 2,350 (-11.3%)."
    assert "would lower the goal by 1.5" in text
    assert "a year" not in text
    assert MARGIN not in text
    assert not re.search(r"the goal by (EUR|USD)", text)


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("tickets", "would lower the goal by 1.5 tickets."),
        ("Amount", "would lower the goal by EUR 1.50 million."),
        ("amount per year", f"is worth EUR 1.50 million a year, 17 {MARGIN}."),
        ("amount p.a.", f"is worth EUR 1.50 million a year, 17 {MARGIN}."),
        ("basis points", "would lower the goal by 1.5 bp."),
        ("%", "would lower the goal by 150.00 points."),
    ],
)
def test_the_unit_of_a_goal_is_what_the_book_says(unit: str, says: str) -> None:
    book = six_lines()
    book["Positions"]["pieces"] = [1.0, 3.0, 2.0, 0.0, 0.0, 0.0]
    goal = {"goal": ["Tickets"], "formula": ['sum(pieces, side = "asset")'], "direction": ["min"], "unit": [unit]}
    book["Goals"] = pd.DataFrame(goal)
    assert says in explained(book)


def test_amounts_have_no_exponent() -> None:
    """Turnover of at most 200,000 stays that, and so do its price and the range in which it holds."""
    book = six_lines()
    book["Positions"][["balance", "min", "max"]] *= 1e3
    book["Limits"].loc[1, "right"] = "200000"
    text = explained(book)
    assert not re.search(r"\d[eE][-+]?\d", text)
    assert "turn (≤ EUR 200,000 million) binds: relaxing it by EUR 1 million is worth" in text


@pytest.mark.parametrize("scale", [10.0**k for k in range(-9, 10, 3)])
def test_no_sentence_has_an_exponent_or_a_sign_of_nothing(scale: float) -> None:
    book = six_lines()
    book["Positions"][["balance", "min", "max"]] *= scale
    book["Limits"].loc[1, "right"] = f"{200 * scale:.12f}"
    book["Limits"].loc[2] = ["Too much", 'position("Cash")', ">=", f"{250 * scale:.12f}"]
    for tables in (six_lines() | book, {**book, "Limits": book["Limits"].iloc[:2]}):
        for found in (xlalm.solve(tables), xlalm.check(tables)):
            for text in found.explanation:
                assert not re.search(r"\d[eE][-+]?\d|\bnan\b|\binf\b|-0(\.0+)?(?![.\d])", text), text


def test_two_totals_one_rounding_apart() -> None:
    """Bounds that contradict each other are shown with the digits in which they differ.

    https://github.com/optimatika/ojAlgo/issues/117, https://github.com/sylvan-energy/gridpath/pull/62
    """
    rows = [
        {"position": name, "side": "asset", "balance": 500, "min": 0, "max": 1000, "rate": rate}
        for name, rate in (("A", 0.03), ("B", 0.05))
    ]
    limits = [
        {"limit": "Total per plan", "left": "total_assets", "sense": "=", "right": "1000"},
        {"limit": "Total per GL", "left": "total_assets", "sense": "=", "right": "1000.0004"},
    ]
    settings = [{"setting": "balance_identity", "value": "off"}]
    found = xlalm.solve(frames({"Positions": rows, "Limits": limits, "Goals": [NII], "Settings": settings}))
    assert found.status == "infeasible"
    text = " ".join(found.explanation)
    assert re.search(r"Total per plan = [\w ]*1,000[ \w]*\)", text)
    assert re.search(r"Total per GL = [\w ]*1,000.0004[ \w]*\)", text)
    assert not re.search(r"from ([\w ,.]*) to \1\.", text)


def test_soft_limit_given_up() -> None:
    """CET1 of 16 % where a soft 20 % was wanted is told once: by how much it is missed, and at what penalty.

    https://github.com/PyPSA/PyPSA/issues/843
    """
    found = xlalm.solve(
        frames({"Positions": BANK, "Limits": [CET1 | {"right": "20%", "hard": "no", "penalty": 1}], "Goals": [NII]})
    )
    said = [text for text in found.explanation if "CET1" in text]
    assert len(said) == 1
    assert said[0].startswith("Soft limit CET1 is missed by 4.00 points (16.00% for 20.00%), at a penalty of 0.04")


def share_book(unit: str = "") -> dict[str, pd.DataFrame]:
    """Return two assets of which the first may be 40 % of 100."""
    positions = [
        {"position": "a", "side": "asset", "balance": 50.0, "min": 0, "max": 100, "rate": 0.05},
        {"position": "b", "side": "asset", "balance": 50.0, "min": 0, "max": 100, "rate": 0.02},
    ]
    limits = [
        {"limit": "share", "left": 'position("a") / sum(1)', "sense": "<=", "right": "40%", "unit": unit},
        {"limit": "tot", "left": "sum(1)", "sense": "<=", "right": 100, "unit": unit and "amount"},
    ]
    goals = [{"goal": "g", "formula": "sum(rate)", "direction": "max"}]
    settings = [{"setting": "balance_identity", "value": "off"}]
    return frames({"Positions": positions, "Limits": limits, "Goals": goals, "Settings": settings})


def report(found: Frames, name: str) -> dict[str, Any]:
    """Return a row of LimitReport."""
    return dict(found["LimitReport"].set_index("limit").loc[name])


@pytest.mark.parametrize("unit", ["%", ""])
def test_a_percentage_is_priced_by_the_point(unit: str) -> None:
    """A point more of 100 is 1 moved from 2 to 5 %: 0.03; a step, 1 % of 40 %, is 0.012."""
    found = xlalm.solve(share_book(unit))
    row = report(found, "share")
    assert row["worth_of_one_unit"] == pytest.approx(0.03)
    assert row["marginal_price"] == pytest.approx(0.03)
    assert (row["step"], row["gain_looser_1"], row["loss_tighter_2"]) == pytest.approx((0.004, 0.012, 0.024))
    (text,) = (text for text in found.explanation if "share (" in text and "binds" in text)
    assert "share (≤ 40.00%) binds: relaxing it by one percentage point is worth EUR 30 thousand a year" in text


def test_the_worth_and_the_marginal_price_never_share_a_sentence() -> None:
    """CET1 binds at a price that ends before a whole point is gained: two sentences, each with its name."""
    found = xlalm.solve(six_lines())
    row = report(found, "CET1")
    (text,) = (text for text in found.explanation if "CET1" in text and "binds" in text)
    worth, price = text.removesuffix(".").split(". ")
    assert "marginal" not in worth
    assert "valid" not in worth
    assert price.startswith("Its marginal price is ")
    assert row["worth_of_one_unit"] < row["marginal_price"]
    assert row["gain_looser_1"] <= row["gain_looser_2"] <= row["worth_of_one_unit"] + 1e-12
