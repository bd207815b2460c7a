"""A column that a formula uses and the book lacks is no 0: it is named, with the formula and the headers like it.

Case of the house: a measure of the catalogue whose input column is not in the book counted as zero without a word.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, NII, six_lines, workbook

Tables = dict[str, pd.DataFrame]


def said(tables: Any, severity: str) -> list[str]:
    """Return the findings of one severity."""
    return [str(finding) for finding in xlalm.check(tables).result.findings if finding.severity == severity]


def with_limit(left: str, right: str = "1", sense: str = "<=", **more: Any) -> Tables:
    tables = six_lines()
    row = {"limit": "own", "left": left, "sense": sense, "right": right, **more}
    tables["Limits"] = pd.concat([tables["Limits"], pd.DataFrame([row])], ignore_index=True)
    return tables


def test_a_goal_without_its_column_is_refused() -> None:
    """own_missing_column_is_zero: nii_12m with the header "Coupon" instead of "rate" was optimal at 0."""
    tables = six_lines()
    tables["Positions"] = tables["Positions"].rename(columns={"rate": "Coupon"})
    answer = xlalm.solve(tables)
    assert answer.status == "bad input"
    (finding,) = (finding for finding in answer.result.findings if finding.severity == "error")
    assert finding.text.startswith(
        'nii_12m uses the column "rate", which Positions does not have ("Coupon" looks like it)'
    )
    assert finding.cure == "rename that header to rate, or add the column"
    assert "Goals" in str(finding.cell)


def test_a_limit_without_its_column_does_not_hold_for_ever() -> None:
    """own_missing_column_is_zero: duration_gap <= 1 without durations held silently."""
    (error,) = said(with_limit("duration_gap"), "error")
    assert 'duration_gap uses the column "duration", which Positions does not have' in error
    assert "add a column headed duration" in error


def test_a_monitor_and_a_metric_are_warned_of() -> None:
    tables = with_limit("duration_gap", active="no")
    tables["Limits"]["active"] = tables["Limits"]["active"].fillna("yes")
    tables["Metrics"] = pd.DataFrame({"metric": ["gap"], "formula": ["2 * duration_gap"]})
    assert said(tables, "error") == []
    assert len([line for line in said(tables, "warning") if 'the column "duration"' in line]) == 2


def test_through_metrics_of_metrics() -> None:
    tables = with_limit("outer")
    tables["Metrics"] = pd.DataFrame({"metric": ["outer", "inner"], "formula": ["inner + 1", "duration_gap * 2"]})
    (error,) = said(tables, "error")
    assert 'outer uses the column "duration", which Positions does not have' in error


def test_blank_wherever_it_applies() -> None:
    tables = six_lines()
    tables["Positions"].loc[tables["Positions"]["side"] == "liability", "rate"] = np.nan
    (error,) = said(tables, "error")
    assert 'nii_12m uses the column "rate", which is blank wherever it applies (Deposits, Wholesale)' in error
    tables["Positions"].loc[3, "rate"] = 0.0
    assert said(tables, "error") == []


def test_the_rate_of_equity_is_nobodys_gap() -> None:
    tables = six_lines()
    tables["Positions"].loc[tables["Positions"]["side"] == "equity", "rate"] = np.nan
    assert said(tables, "error") == []


def test_what_means_something_when_it_is_left_out_may_be_left_out() -> None:
    """No new_rate is the rate, no cost is no cost, no fees are no fees; but fees alone are nothing then."""
    tables = six_lines()
    tables["Goals"]["formula"] = ["risk_adjusted_margin"]
    assert said(tables, "error") == []
    (error,) = said(with_limit("fee_income", "1", ">="), "error")
    assert 'fee_income uses the column "fee_rate", which Positions does not have' in error
    (error,) = said(with_limit("fee_income / total_assets", "1%", ">="), "error")
    assert 'the column "fee_rate"' in error


def test_a_measure_that_a_book_has_no_column_for_is_not_reported() -> None:
    reported = set(xlalm.solve(six_lines())["MetricReport"]["metric"])
    assert "cet1_ratio" in reported
    assert not {"duration_gap", "outflows_30d", "lcr", "leverage_ratio"} & reported


def test_a_catalogue_measure_that_counts_nothing_is_named() -> None:
    """Loans over deposits without the class "loan" is 0 in every plan."""
    tables = with_limit("loan_to_deposit_ratio", "90%")
    tables["Positions"]["class"] = ["cash", "Loans", "bond", "deposit", "deposit", "capital"]
    (error,) = said(tables, "error")
    assert "loan_to_deposit_ratio is 0 in every plan" in error
    assert "class =" in error


# --- filters -----------------------------------------------------------------------------------------------


def test_a_filter_that_matches_nothing_in_a_limit_is_one_error() -> None:
    tables = with_limit('total(side = "asset" and position = "Lons")')
    (error,) = said(tables, "error")
    assert "this filter matches no position" in error
    assert not [line for line in said(tables, "warning") if "own" in line]


def test_a_filter_that_matches_nothing_in_a_metric_is_one_warning() -> None:
    tables = six_lines()
    tables["Metrics"] = pd.DataFrame({"metric": ["m"], "formula": ['total(position = "x") + total(position = "x")']})
    assert said(tables, "error") == []
    assert len([line for line in said(tables, "warning") if "matches no position" in line]) == 1


def test_a_filter_on_a_column_that_is_not_there_names_the_column() -> None:
    tables = with_limit('total(class = "loan")')
    tables["Positions"]["Product"] = ["cash", "loan", "bond", "deposit", "deposit", "capital"]
    (error,) = said(tables, "error")
    assert 'the formula uses the column "class", which Positions does not have ("Product" looks like it)' in error


# --- texts among numbers -----------------------------------------------------------------------------------


def test_the_cell_that_holds_a_text_is_named(tmp_path: Path) -> None:
    """Sources: github.com/tidyverse/readxl/issues/42, github.com/dask/dask/issues/2495."""
    rows = [dict(row, green=value) for row, value in zip(BANK, (0.1, 0.5, "-", None), strict=True)]
    limit = {"limit": "Green", "left": 'sum(green, side = "asset")', "sense": ">=", "right": "10"}
    book = workbook(tmp_path / "book.xlsx", {"Positions": rows, "Limits": [limit], "Goals": [NII]})
    (error,) = said(book, "error")
    headers = list(dict.fromkeys(header for row in rows for header in row))
    assert error.startswith(f"Positions!{chr(65 + headers.index('green'))}4: ")
    assert 'holds "-" here' in error
    assert "Limits!B2" in error


# --- generated ---------------------------------------------------------------------------------------------

USES = [
    ("rate", "nii_12m"),
    ("rate", "net(rate)"),
    ("rate", "net(rate) / total_assets"),
    ("risk_weight", "rwa"),
    ("risk_weight", "rwa_density"),
    ("risk_weight", 'sum(risk_weight, side = "asset")'),
    ("cet1", "cet1_ratio"),
    ("cet1", "tier1_capital"),
    ("cet1", "sum(cet1) / total_assets"),
    ("duration", "duration_gap"),
    ("duration", "eve_duration_worst"),
    ("duration", "net(duration) - 1"),
    ("repricing_years", "repricing_gap_1y"),
    ("leverage_exposure", "leverage_ratio"),
    ("outflow_rate", "net_outflows"),
    ("asf", "nsfr"),
    ("rsf", "required_stable_funding"),
    ("hqla_level", "hqla"),
    ("counterparty", "funding_concentration"),
    ("maturity_years", "total(maturity_years > 1)"),
]


def full_bank(rng: np.random.Generator) -> pd.DataFrame:
    """Return the six lines with every column that USES names."""
    positions = six_lines()["Positions"]
    n = len(positions)
    for key in ("duration", "repricing_years", "maturity_years"):
        positions[key] = rng.uniform(0.1, 3.0, n)
    for key in ("leverage_exposure", "outflow_rate", "asf", "rsf"):
        positions[key] = rng.uniform(0.1, 1.0, n)
    positions["hqla_level"] = ["1", None, "2A", None, None, None]
    positions["counterparty"] = [None, None, None, None, "Bank A", None]
    return positions


@pytest.mark.parametrize("seed", range(60))
def test_any_measure_without_its_column(seed: int) -> None:
    """Absent or blank, named or typed out, in a limit, a monitor or the goal: never a 0 without a word."""
    rng = np.random.default_rng(seed)
    key, formula = USES[seed % len(USES)]
    place = ["limit", "monitor", "goal"][int(rng.integers(3))]
    tables = six_lines()
    tables["Positions"] = full_bank(rng)
    typed = f"{rng.choice([1.0, 2.5])} * ({formula})"
    if place == "goal":
        tables["Goals"]["formula"] = [typed]
    else:
        tables["Limits"].loc[1] = ["own", typed, "<=", "1e9"]
        tables["Limits"]["active"] = ["yes", "yes" if place == "limit" else "no"]
    whole = [line for line in said(tables, "error") + said(tables, "warning") if "uses the column" in line]
    assert whole == []
    if rng.integers(2):
        tables["Positions"] = tables["Positions"].drop(columns=key)
    else:
        tables["Positions"][key] = None
    if key == "cet1":
        tables["Limits"] = tables["Limits"].drop(index=0)
    found = [line for line in said(tables, "warning" if place == "monitor" else "error") if f'column "{key}"' in line]
    below = [line for line in said(tables, "error") if "division by zero, for" in line and f'"{key}"' in line]
    assert found or below, (key, typed, place)


@pytest.mark.parametrize("seed", range(30))
def test_any_filter_that_matches_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = six_lines()
    tables["Positions"]["class"] = rng.choice(["loan", "bond", "cash"], 6)
    tables["Positions"]["score"] = rng.uniform(0.0, 1.0, 6)
    impossible = str(
        rng.choice(
            [
                'class = "lone"',
                "score > 2",
                'side = "asset" and class in ("x", "y")',
                'not (class in ("loan", "bond", "cash"))',
                'side = "asset" and side = "equity"',
                "balance < 0",
            ]
        )
    )
    formula = str(rng.choice(["total({})", "sum(score, {})", "turnover({})", "sum(rate, {}) / total_assets"]))
    typed = f"{formula.format(impossible)} + {rng.choice(['0', 'total_assets'])}"
    tables["Limits"].loc[1] = ["own", typed, "<=", "1e9"]
    errors = [line for line in said(tables, "error") if "matches no position" in line]
    assert len(errors) == 1, said(tables, "error")
    tables["Limits"] = tables["Limits"].drop(index=1)
    tables["Metrics"] = pd.DataFrame({"metric": ["own"], "formula": [typed]})
    assert said(tables, "error") == []
    assert len([line for line in said(tables, "warning") if "matches no position" in line]) == 1
