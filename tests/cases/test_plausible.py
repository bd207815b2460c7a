"""Numbers of another scale or in other clothes: each is a finding that offers the number, where the user must act."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, CET1, NII, Row, frames, six_lines, workbook
from xlalm.api import Frames

Check = Callable[..., Frames]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return what checks a book of tables, as a file."""

    def checked(positions: Sequence[Row] = BANK, **tables: Sequence[Row]) -> Frames:
        book: Mapping[str, Sequence[Row]] = {"Positions": positions, "Limits": [CET1], "Goals": [NII]} | tables
        return xlalm.check(workbook(tmp_path / "book.xlsx", {k: v for k, v in book.items() if v}))

    return checked


def times(rows: Sequence[Row], key: str, factor: float) -> list[Row]:
    return [dict(row, **{key: factor * row[key]}) if key in row else dict(row) for row in rows]


def found(result: Frames) -> list[str]:
    """Return the findings with their severities; that a book has no limits is another's to test."""
    severities = result["Findings"]["severity"] if result.findings else []
    texts = [f"{severity} {text}" for severity, text in zip(severities, result.findings, strict=True)]
    return [text for text in texts if "the book has no limits" not in text]


# --- rates -------------------------------------------------------------------------------------------------


def test_rates_typed_in_percent(check: Check) -> None:
    """https://github.com/Anvitha-r/pe/issues/24, https://github.com/ServAcuity/ServAcuity/issues/247: 4.5 for 4.5 %."""
    (said,) = found(check(times(BANK, "rate", 100)))
    assert said == (
        'error Positions!F2: rate of "Loans" is 4.5, 450% a year, and 2 more of the column are like it; enter 4.5%.'
    )


def test_rates_of_frames_in_percent() -> None:
    """All rows, and one row of another scale than its column (own case)."""
    book = six_lines()
    book["Positions"]["rate"] *= 100
    result = xlalm.solve(book)
    assert result.status == "bad input"
    assert "enter 2%" in result.findings[0]
    book = six_lines()
    book["Positions"].loc[2, "rate"] = 3.0
    (said,) = found(xlalm.solve(book))
    assert said.startswith("warning")
    assert '"Bonds" is 3, 300% a year; enter 3% if that was meant' in said


def test_rates_typed_in_basis_points(check: Check) -> None:
    """https://github.com/ServAcuity/ServAcuity/issues/247: 450 is 4.5 %, not 450 %."""
    said = found(check(times(BANK, "rate", 10000)))
    assert [s.partition("; enter ")[2].partition(",")[0] for s in said] == [
        "4.5% (450 basis points)",
        "2.5% (250 basis points)",
        "1.25% (125 basis points)",
    ]
    assert all(s.startswith("error") for s in said)


def test_one_rate_of_a_column_in_basis_points(check: Check) -> None:
    rows = [dict(BANK[0], rate=450), *BANK[1:]]
    (said,) = found(check(rows))
    assert "enter 4.5% (450 basis points)" in said
    (said,) = found(check([dict(BANK[0], rate=5), *BANK[1:]]))
    assert said == 'warning Positions!F2: rate of "Loans" is 5, 500% a year; enter 5% if that was meant.'


def test_rates_in_percent_among_low_ones(check: Check) -> None:
    """A column in percent may hold mostly deposits below 0.5 %: 0.3 is not 30 % there."""
    deposits = [dict(BANK[2], position=f"Deposits {i}", balance=230, rate=0.1 * i, min=0) for i in (2, 3, 4, 5)]
    (said,) = found(check([*times(BANK[:2], "rate", 100), *deposits, BANK[3]]))
    assert said.startswith('error Positions!F2: rate of "Loans" is 4.5, 450% a year, and 1 more of the column')


def test_what_is_legal_stays_legal(check: Check) -> None:
    """Goodwill counts -1, a securitisation weighs 1250 %, a line in default is expected to lose 60 % of itself."""
    rows = [
        dict(BANK[0], expected_loss=0.01),
        dict(BANK[1], risk_weight=12.5, expected_loss=0.6),
        BANK[2],
        dict(BANK[3], cet1=1),
        {"position": "Goodwill", "side": "asset", "balance": 0, "max": 0, "cet1": -1},
    ]
    assert found(check(rows)) == []


# --- bounds ------------------------------------------------------------------------------------------------

SHARE: Row = {"limit": "Loan share", "left": 'position("Loans") / total_assets', "sense": "<=", "right": "95"}


def test_share_limit_without_percent_sign(check: Check) -> None:
    """https://www.yumpu.com/en/document/view/30388564/microsoft-office/708: 95 is 9,500 %, no share of a total."""
    (said,) = found(check(Limits=[SHARE]))
    assert said.startswith('error Limits!D2: bound of "Loan share" is 95, ')
    assert said.endswith("enter 95%.")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"right": "95%"}, None),
        ({"right": "100%"}, None),
        ({"right": "1.2"}, "enter 1.2% if that was meant"),
        ({"right": "120%", "sense": ">="}, "no plan can reach it"),
        ({"left": "total_assets", "right": "1100000"}, "enter 1100 if that was meant"),
        ({"left": "total_assets", "right": "950000", "sense": ">="}, "enter 950 if that was meant"),
        ({"left": "total_assets", "right": "1290", "sense": ">="}, None),
        ({"left": 'position("Loans") / position("Deposits")', "right": "100"}, "enter 100%"),
        ({"left": "cet1_ratio", "right": "16", "sense": ">=", "unit": "%"}, "enter 16%"),
        ({"early_warning": 0.97, "right": "95%"}, "enter a level below 0.95"),
        ({"early_warning": 93, "right": "95%"}, "enter 93%"),
        ({"early_warning": 0.93, "right": "95%"}, None),
        ({"early_warning": 0.9, "right": "90%", "sense": "="}, "its sense is ="),
        ({"early_warning": 0.7, "right": "80%", "sense": ">="}, "enter a level above 0.8"),
        ({"early_warning": 0.85, "right": "80%", "sense": ">="}, None),
    ],
)
def test_bounds_of_another_scale(check: Check, limit: Row, said: str | None) -> None:
    findings = found(check(Limits=[SHARE | limit]))
    assert len(findings) == (said is not None), findings
    assert said is None or said in findings[0]


# --- numbers as text ---------------------------------------------------------------------------------------


def test_bracketed_negative_bound(check: Check) -> None:
    """https://github.com/moneymanagerex/moneymanagerex/issues/2898, .../actualbudget/actual/issues/807: (900)."""
    years = [dict(row, repricing_years=5 if i == 0 else 0.5) for i, row in enumerate(BANK)]
    limit = {"limit": "Repricing gap floor", "left": "repricing_gap_1y", "sense": ">=", "right": "(900)"}
    (said,) = found(check(years, Limits=[limit]))
    assert said == 'error Limits!D2: bound "(900)" is not a plain number: it has brackets for a minus; write -900.'
    assert found(check(years, Limits=[limit | {"right": "-900"}])) == []
    assert found(check(years, Limits=[limit | {"right": "\u2212900"}])) == []
    assert found(check(years, Limits=[limit | {"right": "(0 - 900)"}])) == []


@pytest.mark.parametrize(
    ("typed", "offer"),
    [("(3)", "-3"), ("1\u00a0900", "1900"), ("1,200", "1200 or 1.2"), ("\u20139", "-9"), ("€5", "5")],
)
def test_formula_cells_that_hold_a_number_alone(check: Check, typed: str, offer: str) -> None:
    said = found(check(Metrics=[{"metric": "own", "formula": typed}]))
    assert len(said) == 1
    assert said[0].startswith("error Metrics!B2: ")
    assert said[0].endswith(f"write {offer}.")


def test_separators_a_reader_cannot_see(check: Check) -> None:
    """https://github.com/we-promise/sure/pull/2538, https://github.com/actualbudget/actual/issues/6206."""
    rows = [
        dict(BANK[0], max="1\u00a0900"),
        dict(BANK[1], max="900,5"),
        dict(BANK[2], rate="\u22120.5%"),
        dict(BANK[3], balance="\u221280"),
    ]
    said = found(check(rows))
    for fault, offer in (
        ("a non-breaking blank inside", "1900"),
        ("a decimal comma", "900.5"),
        ("a typographic minus (U+2212)", "-0.5%"),
        ("a typographic minus (U+2212)", "-80"),
    ):
        assert any(s.endswith(f"it has {fault}; enter {offer} as a number, not as text.") for s in said), said


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"left": "total_assets", "right": "1.200"}, "is read as 1.2; enter 1200 if that was meant"),
        ({"left": "total_assets", "right": "1200"}, None),
        ({"left": 'total_assets / position("Deposits")', "right": "1.200"}, None),
    ],
)
def test_a_dot_that_may_part_thousands(check: Check, limit: Row, said: str | None) -> None:
    findings = found(check(Limits=[SHARE | limit]))
    assert len(findings) == (said is not None), findings
    assert said is None or said in findings[0]


# --- shares outside Positions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"), [("cost_of_capital", 10), ("capital_target", 13), ("identity_tolerance", 1)]
)
def test_settings_without_their_percent_sign(check: Check, name: str, typed: float) -> None:
    (said,) = found(check(Settings=[{"setting": name, "value": typed}]))
    assert said == f"error Settings!B2: {name} is {typed}, which is {100 * typed:,}%; enter {typed}%."


def test_levels_of_a_goal_in_percent(check: Check) -> None:
    goal = {"goal": "ROE", "formula": "return_on_equity", "direction": "max", "aspiration": 12, "worst": 0.02}
    (said,) = found(check(Goals=[goal]))
    assert said == 'error Goals!D2: aspiration of "ROE" is 12, which is 1,200%; enter 12%.'


def test_shares_without_a_largest_value(check: Check) -> None:
    (said,) = found(check([dict(BANK[0], leverage_exposure=100), *BANK[1:]]))
    assert 'leverage_exposure of "Loans" is 100, which is 10,000%; enter 100% if that was meant' in said


def test_zero_rates_in_percent(check: Check) -> None:
    curve = [{"curve": "EUR", "tenor_years": years, "zero_rate": 1.5 + 0.1 * years} for years in (1, 2)]
    said = found(check(Curves=curve))
    assert any('zero_rate of "EUR" is 1.6, 160% a year; enter 1.6% if that was meant' in s for s in said), said


def test_a_margin_that_no_bank_has(check: Check) -> None:
    (said,) = found(check(times(BANK, "rate", 7)))
    assert said.startswith("warning Positions!F1: net interest income at opening is 22% of assets in a year; ")


# --- units -------------------------------------------------------------------------------------------------


def test_own_amount_unit() -> None:
    """A blank unit is no unit; without a row it is million, and then assets beyond any bank's are a warning."""
    book = six_lines()
    book["Positions"][["balance", "min", "max"]] *= 1e6
    book["Limits"].loc[1, "right"] = "200000000"
    (said,) = found(xlalm.check(book))
    assert "assets are 1,000,000,000 million, more than any bank has" in said
    for blank in ("", " ", None):
        result = xlalm.check(book | {"Settings": pd.DataFrame({"setting": ["amount_unit"], "value": [blank]})})
        assert "million" not in " ".join(result.explanation)
        assert "EUR 29,500,000" in " ".join(result.explanation)
        assert found(result) == []
    both = pd.DataFrame({"setting": ["amount_unit", "currency"], "value": ["thousand", ""]})
    assert "NII is 29,500,000 thousand" in " ".join(xlalm.check(book | {"Settings": both}).explanation)


def test_whole_euro_amounts(check: Check) -> None:
    """https://github.com/google/or-tools/issues/4123: a book in whole euros."""
    keys = ("position", "side", "balance", "min", "max", "rate")
    lines: list[tuple[Any, ...]] = [
        ("Loans", "asset", 2.6e11, 2e11, 3e11, 0.0351),
        ("Bonds", "asset", 4.0e10, 0, 6e10, 0.0210),
        ("Deposits", "liability", 2.8e11, 2.5e11, 3.2e11, 0.011),
        ("Equity", "equity", 2e10, None, None, None),
    ]
    settings = [{"setting": "currency", "value": "EUR"}, {"setting": "amount_unit", "value": ""}]
    result = check([dict(zip(keys, line, strict=True)) for line in lines], Limits=[], Settings=settings)
    assert "NII is EUR 6,886,000,000." in " ".join(result.explanation)
    assert found(result) == []


# --- totals ------------------------------------------------------------------------------------------------


def test_subtotal_rows_inside_positions(check: Check) -> None:
    """https://github.com/CrestApps/CrestApps.Core/pull/160: totals inflated by rollup rows."""
    total = {"side": "asset", "balance": 1000, "max": 1000}
    rows = [*BANK[:2], total | {"position": "Total assets"}, *BANK[2:]]
    rows.append(total | {"position": "Total liabilities and equity", "side": "liability"})
    said = found(check(rows))
    assert [s[: s.index(",")] for s in said] == [
        'error Positions!A4: the balance of "Total assets"',
        'error Positions!A7: the balance of "Total liabilities and equity"',
    ]
    assert all("is the sum of 2 other rows" in s and "delete the row" in s for s in said)


def test_own_totals_rows_are_positions() -> None:
    book = six_lines()
    totals = [
        {"position": "TOTAL ASSETS", "side": "asset", "balance": 1000.0},
        {"position": "TOTAL LIABILITIES & EQUITY", "side": "liability", "balance": 1000.0},
    ]
    book["Positions"] = pd.concat([book["Positions"], pd.DataFrame(totals)], ignore_index=True)
    result = xlalm.solve(book)
    assert result.status == "bad input"
    assert sum("TOTAL" in s and "sum of 3 other rows" in s for s in found(result)) == 2


@pytest.mark.parametrize("name", ["Summe Aktiva", "Σ", "Sub-total", "Total général", "SUBTOTAL loans", "合计", "Итого"])
def test_totals_by_their_names(check: Check, name: str) -> None:
    total = {"position": name, "side": "asset", "balance": 1000, "max": 1000}
    gap = {"position": "Other", "side": "liability", "balance": 1000, "max": 1000}
    (said,) = found(check([*BANK[:2], total, *BANK[2:], gap]))
    assert said.startswith("error Positions!A4")


def test_an_unnamed_row_that_adds_up_the_rows_above_it(check: Check) -> None:
    balances = [123.45, 250.15, 300.05, 673.65]
    rows = [{"position": f"a{i}", "side": "asset", "balance": b, "max": b} for i, b in enumerate(balances)]
    rows.append({"position": "d", "side": "liability", "balance": 1347.3, "max": 2000})
    (said,) = found(check(rows, Limits=[], Goals=[NII | {"formula": "total_assets"}]))
    assert said.startswith('warning Positions!A5: the balance of "a3", 673.65, is the sum of 3 other rows')


def test_round_balances_and_names_with_sum_in_them_are_no_totals(check: Check) -> None:
    rows = [
        {"position": name, "side": side, "balance": balance, "max": balance}
        for name, side, balance in [
            ("Cash", "asset", 100),
            ("Bonds", "asset", 200),
            ("Loans to Sumitomo", "asset", 300),
            ("Loans", "asset", 600),
            ("Total return swaps", "asset", 500),
            ("Consumer deposits", "liability", 1700),
        ]
    ]
    assert found(check(rows, Limits=[], Goals=[NII | {"formula": "total_assets"}])) == []


# --- openings ----------------------------------------------------------------------------------------------


def test_opening_outside_its_bounds(check: Check) -> None:
    """https://github.com/janvisarode35-lang/AI-Trading-Agent/issues/15: a position that has grown past its cap."""
    result = check([dict(BANK[0], max=850), *BANK[1:]])
    (said,) = found(result)
    assert said.startswith('warning Positions!E2: "Loans" opens at 900, above its max of 850; ')
    assert "Positions!E2: Loans opens at EUR 900.0 million, above its max of EUR 850.0 million." in result.explanation
    assert not any("holds at opening" in s for s in result.explanation)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"min": 950}, "opens at 900, below its min of 950"),
        ({"max": 850, "fixed": "yes"}, "is fixed at 900, above its max of 850"),
        ({"min_if_used": 920}, "opens at 900, below its min_if_used of 920"),
        ({"min": 910, "max": 940, "lot": 50}, "no whole number of lots of 50"),
    ],
)
def test_openings_that_no_plan_may_have(check: Check, change: Row, said: str) -> None:
    findings = found(check([BANK[0] | change, *BANK[1:]]))
    assert any(said in s for s in findings), findings


# --- the identity ------------------------------------------------------------------------------------------


def test_own_rounding_difference() -> None:
    """A balance sheet rounded to the reported unit: the plan keeps the difference, and nothing is unfunded."""
    book = six_lines()
    book["Positions"].loc[0, "balance"] = 51.0
    result = xlalm.solve(book)
    assert result.status == "optimal"
    (said,) = found(result)
    assert said.startswith("warning Positions, column balance: assets exceed liabilities and equity by 1 at opening; ")
    plan = result["Allocation"]
    gap = plan.loc[plan.side == "asset", "optimal"].sum() - plan.loc[plan.side != "asset", "optimal"].sum()
    assert gap == pytest.approx(1.0, abs=1e-9)
    assert result.result.certificate is not None
    assert result.result.certificate["accepted"]
    book["Settings"] = pd.DataFrame({"setting": ["balance_identity"], "value": ["off"]})
    assert any("assets need not equal funding" in s for s in found(xlalm.solve(book)))


def test_rounding_difference_at_opening(check: Check) -> None:
    """https://github.com/braverock/PortfolioAnalytics/issues/30: weights that miss their total by a rounding."""
    keys = ("position", "side", "balance", "min", "max", "rate")
    lines: list[tuple[Any, ...]] = [
        ("Loans", "asset", 26613.4, 0, 30000, 0.03),
        ("Bonds", "asset", 511.3, 0, 1000, 0.05),
        ("Deposits", "liability", 25000.5, 0, 30000, 0.01),
        ("Equity", "equity", 2124.3, None, None, None),
    ]
    rows = [dict(zip(keys, line, strict=True)) for line in lines]
    (said,) = found(check(rows, Limits=[]))
    assert said.startswith("warning Positions!C1: assets fall short of liabilities and equity by 0.1 at opening; ")
    strict = [{"setting": "identity_tolerance", "value": 0}]
    (said,) = found(check(rows, Limits=[], Settings=strict))
    assert said.startswith("error Positions!C1: assets fall short of liabilities and equity by 0.1 at opening; ")
    assert "a fixed asset of 0.1 closes the gap" in said


def test_a_difference_beyond_rounding_is_an_error() -> None:
    tables = frames({"Positions": [dict(BANK[0], balance=902), *BANK[1:]], "Goals": [NII]})
    (said,) = found(xlalm.check(tables))
    assert said.startswith("error Positions, column balance: assets exceed liabilities and equity by 2 at opening; ")
    assert "a fixed liability of 2 closes the gap" in said
    assert "off" not in said
