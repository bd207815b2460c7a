"""What people type into formulas: amounts among columns, functions of Excel, quotation marks, doubled blanks, units."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames, six_lines, workbook
from tests.strategies import model_of
from xlalm.app.run.book import open_book
from xlalm.model.model import Model


def errors(tables: Any) -> list[str]:
    return [str(finding) for finding in xlalm.check(tables).result.findings if finding.severity == "error"]


def limited(left: str, right: str = "1100", sense: str = "<=") -> dict[str, Any]:
    limit = {"limit": "own", "left": left, "sense": sense, "right": right}
    return {"Positions": BANK, "Limits": [CET1, limit], "Goals": [NII]}


def opening(left: str) -> float:
    """Return the left side of the limit at opening."""
    report = xlalm.solve(frames(limited(left, "1e9")))["LimitReport"].set_index("limit")
    return float(report.loc["own", "opening"])


# --- amounts -----------------------------------------------------------------------------------------------


def test_total_assets_as_a_sum_of_balances(tmp_path: Path) -> None:
    """Source: frontsys.com/123/lts00047.htm. The sum of squares, 820,000, was read for 1,000."""
    book = workbook(tmp_path / "book.xlsx", limited('sum(balance, side = "asset")'))
    (error,) = errors(book)
    assert "Limits!B3" in error
    assert "sum(…) multiplies by the balances of the plan already" in error
    assert error.endswith('write total(side = "asset").')
    assert opening('total(side = "asset")') == 1000.0


SPELLINGS = [
    ("sum(balance)", 'total(side = "asset")'),
    ('SUM(Balance; side = "asset")', 'total(side = "asset")'),
    ('sum(column("balance"), side = "asset")', 'total(side = "asset")'),
    ("net(balance)", "net(1)"),
    ('net(balance, side <> "equity")', 'net(1, side <> "equity")'),
    ('sum(balance * rate, side = "asset")', 'sum(rate, side = "asset")'),
    ('sum(rate * balance, side = "asset")', 'sum(rate, side = "asset")'),
    ("net(rate * balance / 12)", "net(rate / 12)"),
    ("net(balance * rate / 12)", "net(rate / 12)"),
    ("net(balance / 12 * rate)", "net(1 / 12 * rate)"),
    ("net(2 * balance * rate)", "net(2 * rate)"),
    ("growth(balance)", "growth(1)"),
    ('reduction(balance * rate, side = "asset")', 'reduction(rate, side = "asset")'),
]


@pytest.mark.parametrize("seed", range(39))
def test_any_product_with_balance_is_refused_with_its_right_spelling(seed: int) -> None:
    """And the spelling offered can be typed instead: it means the amounts that were meant."""
    rng = np.random.default_rng(seed)
    typed, right = SPELLINGS[seed % len(SPELLINGS)]
    around = str(rng.choice(["{}", "{} / total_assets", "1 + {}", "2 * ({} - 5)", "max({}, 0)"]))
    (error,) = errors(frames(limited(around.format(typed), "1e9")))
    assert "multiplies by the balances of the plan already" in error
    assert error.endswith(f"write {right}.")
    assert errors(frames(limited(around.format(right), "1e9"))) == []


@pytest.mark.parametrize("typed", ["sum(max)", "net(balance - min)", "sum(1 + balance)", "sum(balance * balance / 2)"])
def test_other_amounts_are_refused_too(typed: str) -> None:
    (error,) = errors(frames(limited(typed, "1e9")))
    assert "multiplies by the balances" in error


@pytest.mark.parametrize("typed", ["net(balance / max)", "total(balance > 500)", "net((max - min) / max)"])
def test_an_amount_over_an_amount_is_a_share(typed: str) -> None:
    assert errors(frames(limited(typed, "1e9"))) == []


# --- functions, quotation marks, blanks --------------------------------------------------------------------


def test_if_is_no_function(tmp_path: Path) -> None:
    """if(total_assets>900,1,0) was taken for a decimal comma."""
    book = workbook(tmp_path / "book.xlsx", limited("if(total_assets>900,1,0)", "1"))
    (error,) = errors(book)
    assert 'there is no function "if"' in error
    assert "use one of sum, net, growth" in error


def test_quotation_marks_of_other_languages(tmp_path: Path) -> None:
    """Source: github.com/UAlbertaALTLab/morphodict/issues/511. A clear pair is read as straight ones."""
    book = workbook(tmp_path / "book.xlsx", limited("position(\u201eLoans\u201c)", "950"))
    assert errors(book) == []
    (error,) = errors(frames(limited("position(\u201eLoans)", "950")))
    assert 'use the straight quotation mark: "' in error


@pytest.mark.parametrize("name", ["Loans  SME", "Loans\u00a0SME", "Loans \u2009 SME", " Loans\tSME "])
def test_runs_of_blanks_are_one_blank(name: str, tmp_path: Path) -> None:
    """Source: github.com/SparkDevNetwork/Rock/issues/2990."""
    tables = limited('position("Loans SME")', "950")
    tables["Positions"] = [dict(BANK[0], position=name), *BANK[1:]]
    assert errors(workbook(tmp_path / "book.xlsx", tables)) == []
    tables["Limits"][1]["left"] = f'position("{name}")'
    tables["Positions"][0]["position"] = "Loans SME"
    assert errors(frames(tables)) == []


def test_blanks_in_names_of_limits_metrics_columns_and_texts() -> None:
    tables = six_lines()
    tables["Positions"]["own  class"] = ["cash", "home  loan", "bond", "deposit", "deposit", "capital"]
    tables["Metrics"] = pd.DataFrame({"metric": ["home  loans"], "formula": ['total(own_class = "home loan")']})
    tables["Limits"].loc[2] = ["Home  loans", 'metric("home loans")', "<=", "900"]
    assert errors(tables) == []
    answer = xlalm.solve(tables, changes=["Limits!home loans=850"])
    assert answer.status == "optimal"
    tables["Limits"].loc[3] = ["home loans", "total_assets", "<=", "9000"]
    assert any("stands already in" in error for error in errors(tables))


# --- units -------------------------------------------------------------------------------------------------


def units(*lefts: str, right: str = "1e6", **columns: Any) -> list[str]:
    """Return the units of limits whose unit is blank."""
    tables = six_lines()
    for key, values in columns.items():
        tables["Positions"][key] = values
    names = [f"own {k}" for k in range(len(lefts))]
    tables["Limits"] = pd.DataFrame({"limit": names, "left": lefts, "sense": "<=", "right": right})
    return [limit.unit for limit in model(tables).limits]


def model(tables: dict[str, Any]) -> Model:
    return model_of(open_book(tables).tables)


def test_a_percent_bound_without_a_unit_is_priced_per_point() -> None:
    """case10: "40%" on a ratio, unit blank; the worth was 1.8, of 100 percentage points."""
    answer = xlalm.solve(
        {
            "Positions": {
                "position": ["a", "b"],
                "side": ["asset", "asset"],
                "balance": [50.0, 50.0],
                "min": [0, 0],
                "max": [100, 100],
                "rate": [0.05, 0.02],
            },
            "Limits": {
                "limit": ["share", "tot"],
                "left": ['position("a")/sum(1)', "sum(1)"],
                "sense": ["<=", "<="],
                "right": ["40%", 100],
            },
            "Goals": {"goal": ["g"], "formula": ["sum(rate)"], "direction": ["max"]},
            "Settings": {"setting": ["balance_identity"], "value": ["off"]},
        }
    )
    report = answer["LimitReport"].set_index("limit")
    assert list(report["unit"]) == ["%", "amount"]
    assert report.loc["share", "worth_of_one_unit"] == pytest.approx(0.03)


def test_amounts_are_amounts() -> None:
    """own_amounts_in_scientific_notation: a limit on turnover had no unit and was printed as 2e+08."""
    assert units("turnover()", "sum(risk_weight)", 'position("Loans")', "total_assets") == ["amount"] * 4
    assert units("net(rate)", "nii_12m") == ["amount per year"] * 2
    assert units("rwa + 100 - 2 * sum(cet1) / 8%", "max(total_assets, 0 - rwa)", "abs(net(1))") == ["amount"] * 3
    assert units("max(nii_12m, 0 - fee_income)", fee_rate=[0.01] * 6) == ["amount per year"]


def test_ratios_are_shares_and_multiples_are_not() -> None:
    assert units('position("Loans") / total_assets', "nii_12m / rwa", "net(rate) / total_assets * 2") == ["%"] * 3
    assert units("total_assets / total_equity") == [""]
    assert units("total_assets / total_equity", right="1200%") == ["%"]


def test_years_are_years() -> None:
    years = [0.1, 4.0, 3.0, 1.0, 2.0, 1.0]
    found = units("net(duration)", "net(duration) / total_assets", "duration_gap", duration=years)
    assert found == ["amount years", "years", "years"]
    assert units("net(duration) * net(duration)", duration=years) == [""]


def test_columns_of_the_bank_are_shares_where_they_look_so() -> None:
    assert units('sum(green, side = "asset")', green=[0.1, 0.5, 0.2, None, None, None]) == ["amount"]
    assert units('sum(score, side = "asset")', score=[10, 50, 20, None, None, None]) == [""]
    with_share = units('sum(score, side = "asset") / total_assets', score=[10, 50, 20, None, None, None], right="40%")
    assert with_share == ["%"]


def test_units_of_metrics_and_goals() -> None:
    tables = six_lines()
    tables["Metrics"] = pd.DataFrame(
        {"metric": ["a", "b", "c"], "formula": ["rwa * 2", "a / total_assets", "b"], "unit": ["", "", "of mine"]}
    )
    tables["Goals"]["formula"] = ["net(rate) / rwa"]
    found = model(tables)
    assert [found.metrics[key][0].unit for key in "abc"] == ["amount", "%", "of mine"]
    assert found.goals[0].unit == "%"


def test_a_unit_that_is_given_stays() -> None:
    tables = six_lines()
    tables["Limits"]["unit"] = ["", "trades"]
    assert [limit.unit for limit in model(tables).limits] == ["%", "trades"]


def test_a_bound_without_its_percent_sign_on_a_share() -> None:
    """share_limit_without_percent_sign: 95 on a ratio of two totals is 9,500 %."""
    (error,) = errors(frames(limited('position("Loans") / total_assets', "95")))
    assert error.endswith("enter 95%.")
    assert errors(frames(limited("total_assets / total_equity", "13"))) == []
