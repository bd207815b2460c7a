"""The report in LINGO's manner: signs, rows and ranges as LINGO prints them, for both directions of the goal."""

import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.workbook_route import ROOT, half_last_digit, reference
from tests.solver.programs import Case, cases
from tests.strategies import Book, book
from xlalm.app.verbs.report import report
from xlalm.app.verbs.solve import solve
from xlalm.domain.errors import Refused

BUSINESS_PLAN = ROOT / "workbooks" / "examples" / "business_plan" / "business_plan_180.xlsx"


def lingo(source: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    result = report("lingo", source)
    assert result.status == "optimal"
    return result.table("LingoVariables").records(), result.table("LingoRows").records()


# --- a maximum that LINGO itself solved ----------------------------------------------------------------


def test_table_vii_of_paper_003(tmp_path: Path) -> None:
    """Table VII: rows 1 to 19 with slack or surplus and dual price, as LINGO printed them."""
    result = report("lingo", shutil.copy(BUSINESS_PLAN, tmp_path), out=tmp_path / "lingo.xlsx")
    rows = result.table("LingoRows").records()
    assert [row["row"] for row in rows] == list(range(1, 20))
    assert rows[0]["slack_or_surplus"] == pytest.approx(1.803809, abs=half_last_digit("1.803809"))
    assert rows[0]["dual_price"] == 1.0
    facts = {fact["row"]: fact for fact in reference("paper_003_rows.csv")}
    for row in rows[1:]:
        fact = facts[str(row["row"])]
        for key, column in (("slack_or_surplus", "printed_slack"), ("dual_price", "printed_dual")):
            assert row[key] == pytest.approx(float(fact[column]), abs=half_last_digit(fact[column])), (row, column)


def test_ranges_of_paper_003() -> None:
    """LINGO counts allowable increase and decrease from the current figure."""
    variables, rows = lingo_of_business_plan()
    for fact in reference("paper_003_ranges.csv"):
        if fact["kind"] == "row":
            (row,) = [row for row in rows if str(row["row"]) == fact["name"]]
            current = row["right_side"]
        else:
            (row,) = [row for row in variables if row["variable"] == fact["name"]]
            current = row["coefficient"]
        for key, end, sign in (("allowable_increase", "to", 1), ("allowable_decrease", "from", -1)):
            if fact[end] == "":
                assert row[key] is None, fact
            else:
                assert row[key] == pytest.approx(sign * (float(fact[end]) - current), abs=1e-8), fact


def test_reduced_costs_of_paper_003() -> None:
    """A maximum: variables left at 0 would lose by being bought, and LINGO prints that loss as positive."""
    variables, _ = lingo_of_business_plan()
    basic = {fact["variable"] for fact in reference("paper_003_variables.csv")}
    for row in variables:
        if row["variable"] in basic:
            assert row["reduced_cost"] == pytest.approx(0.0, abs=1e-9)
        else:
            assert row["reduced_cost"] >= 0.0019
            assert row["allowable_increase"] == pytest.approx(row["reduced_cost"], abs=1e-9)
            assert row["allowable_decrease"] is None


def lingo_of_business_plan() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    from xlalm.app.run.book import open_book

    return lingo({name: table for name, table in open_book(BUSINESS_PLAN).tables.items()})


# --- a minimum by hand ---------------------------------------------------------------------------------


def diet() -> Book:
    """Min 2x + 3y + z with x + y >= 10, x <= 4, y + z <= 20, z at least 1 and at most 5."""
    positions = {
        "position": ["x", "y", "z"],
        "side": ["asset"] * 3,
        "balance": [0.0, 0.0, 1.0],
        "min": [0.0, 0.0, 1.0],
        "max": [50.0, 50.0, 5.0],
        "price": [2.0, 3.0, 1.0],
    }
    limits = [
        ('position("x") + position("y")', ">=", 10),
        ('position("x")', "<=", 4),
        ('position("y") + position("z")', "<=", 20),
    ]
    return book(positions, [("sum(price)", "min")], limits)


def test_minimum_by_hand() -> None:
    """x = 4, y = 6, z = 1: cost 27. One more needed costs 3, one more x allowed saves 1.

    LINGO's dual price is the improvement: -3 for the floor, +1 for the cap. z stands at its min and would have to
    improve by 1 before it moved. Ranges: the floor from 4 (y = 0) to 23 (y + z = 20); the cap from 0 to 10.
    """
    variables, rows = lingo(diet())
    assert [row["slack_or_surplus"] for row in rows] == pytest.approx([27.0, 0.0, 0.0, 13.0])
    assert [row["dual_price"] for row in rows] == pytest.approx([1.0, -3.0, 1.0, 0.0])
    assert [row["right_side"] for row in rows] == [None, 10.0, 4.0, 20.0]
    assert [row["allowable_increase"] for row in rows] == [None, pytest.approx(13.0), pytest.approx(6.0), None]
    assert [row["allowable_decrease"] for row in rows] == [None, *map(pytest.approx, (6.0, 4.0, 13.0))]
    assert [row["value"] for row in variables] == pytest.approx([4.0, 6.0, 1.0])
    assert [row["reduced_cost"] for row in variables] == pytest.approx([0.0, 0.0, 1.0])
    assert [row["coefficient"] for row in variables] == [2.0, 3.0, 1.0]
    # x stays at its cap while it is cheaper than y; y stays while dearer than x; z while it costs anything
    assert [row["allowable_increase"] for row in variables] == [pytest.approx(1.0), None, None]
    assert [row["allowable_decrease"] for row in variables] == [None, pytest.approx(1.0), pytest.approx(1.0)]


def test_our_own_signs_of_the_same_minimum() -> None:
    """``shadow_price`` and ``reduced_cost`` are derivatives of the goal: +3 and -1 a unit, and +1 at z's min."""
    result = solve(diet())
    assert result.table("LimitReport").column("shadow_price") == pytest.approx([3.0, -1.0, 0.0])
    assert result.table("Allocation").column("reduced_cost") == pytest.approx([0.0, 0.0, 1.0])


def test_slack_of_an_equality_is_not_negative() -> None:
    tables = diet()
    tables["Limits"]["left"].append('position("x") - position("y")')
    tables["Limits"]["sense"].append("=")
    tables["Limits"]["right"].append("0 - 4")
    tables["Limits"]["limit"].append("difference")
    _, rows = lingo(tables)
    assert rows[-1]["name"] == "difference"
    assert rows[-1]["slack_or_surplus"] == pytest.approx(0.0, abs=1e-9)
    assert rows[-1]["slack_or_surplus"] >= 0


# --- both directions say the same ----------------------------------------------------------------------


@given(cases(), st.booleans())
@settings(max_examples=15)
def test_a_minimum_is_the_maximum_of_its_negative(case: Case, soft: bool) -> None:
    """Improvements are the same whichever way the goal is written; coefficients and their ranges change sign."""
    if not soft:
        case = attrs.evolve(case, rules=tuple(attrs.evolve(rule, penalty=None) for rule in case.rules))
        if case.optimum() is None:
            return
    turned = attrs.evolve(case, goal=-case.goal, maximise=not case.maximise)
    one, other = lingo(case.tables()), lingo(turned.tables())
    scale = max(1.0, case.unit)
    if [row["value"] for row in one[0]] != pytest.approx([row["value"] for row in other[0]], abs=1e-7 * scale):
        return  # two plans are equally good
    for a, b in zip(one[0], other[0], strict=True):
        assert a["coefficient"] == pytest.approx(-b["coefficient"], abs=1e-12)
        assert a["reduced_cost"] == pytest.approx(b["reduced_cost"], abs=1e-9)
        for key, mirrored in (
            ("allowable_increase", "allowable_decrease"),
            ("allowable_decrease", "allowable_increase"),
        ):
            assert (a[key] is None) == (b[mirrored] is None)
            assert a[key] is None or a[key] == pytest.approx(b[mirrored], abs=1e-7)
    for a, b in zip(one[1][1:], other[1][1:], strict=True):
        assert a["dual_price"] == pytest.approx(b["dual_price"], abs=1e-7 * scale)
        assert a["slack_or_surplus"] == pytest.approx(b["slack_or_surplus"], abs=1e-7 * scale)


def test_other_styles_are_refused() -> None:
    with pytest.raises(Refused, match="the only one is lingo"):
        report("gams", diet())
