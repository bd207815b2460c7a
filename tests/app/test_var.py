"""The verb var: from a workbook with history or covariances to what the book may lose, in figures and words."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.hostile.books import Book, Sheet
from tests.reference.workbook_route import Solved
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.value_at_risk import var
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.valuation.risk.value_at_risk import historical_risk, scenario_changes

Tables = dict[str, dict[str, list[Any]]]
NAMES = ["Long bonds", "Short bonds", "Loans", "Swaps", "Deposits", "Equity"]
SIGNS = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
BALANCE = [300.0, 200.0, 500.0, 80.0, 900.0, 100.0]
RISKY = ["Deposits", "Long bonds", "Short bonds", "Swaps"]  # not in the order of Positions


def history(days: int = 600, seed: int = 4) -> np.ndarray:
    """Return daily changes of RISKY: rates move everything, long bonds most; swaps gain where bonds lose."""
    rng = np.random.default_rng(seed)
    rates = rng.standard_t(5, size=days) * 0.0006
    own = rng.normal(size=(days, 4)) * np.array([0.0002, 0.0008, 0.0003, 0.0006])
    return np.asarray(-rates[:, None] * np.array([1.0, 8.0, 2.0, -6.0]) + own)


def tables(changes: np.ndarray | None = None, **settings: Any) -> Tables:
    book: Tables = {
        "Positions": {
            "position": list(NAMES),
            "side": ["asset", "asset", "asset", "off_balance", "liability", "equity"],
            "balance": list(BALANCE),
            "min": [100.0, 100.0, 400.0, 0.0, 900.0, 100.0],
            "max": [450.0, 500.0, 500.0, 200.0, 900.0, 100.0],
            "rate": [0.05, 0.03, 0.045, -0.01, 0.02, 0.0],
        },
        "Goals": {"goal": ["margin"], "formula": ["net(rate)"], "direction": ["max"]},
    }
    if changes is not None:
        dates = [dt.date(2023, 1, 2) + dt.timedelta(day) for day in range(len(changes))]
        columns = {name: changes[:, k].tolist() for k, name in enumerate(RISKY)}
        book["Returns"] = {"date": list(dates), **columns}
    if settings:
        book["Settings"] = {"setting": list(settings), "value": list(settings.values())}
    return book


def covariances(matrix: np.ndarray) -> dict[str, list[Any]]:
    pairs = [(i, k) for i in range(len(RISKY)) for k in range(i + 1)]
    return {
        "position": [RISKY[i] for i, _ in pairs],
        "with": [RISKY[k] for _, k in pairs],
        "covariance": [float(matrix[i, k]) for i, k in pairs],
    }


def held(stock: dict[str, float]) -> np.ndarray:
    signs = dict(zip(NAMES, SIGNS, strict=True))
    return np.array([signs[name] * stock[name] for name in RISKY])


def report(result: Result, portfolio: str = "opening") -> dict[str, Any]:
    (row,) = [row for row in result.table("VarReport").records() if row["portfolio"] == portfolio]
    return row


# --- figures -------------------------------------------------------------------------------------------


def test_opening_and_plan_by_the_formula() -> None:
    """z·√(w'Σw)·√h with numpy's covariances, liabilities negative; the plan is what solve finds."""
    changes = history()
    result = var(tables(changes), confidence=0.99, days=10)
    plan = {row["position"]: row["optimal"] for row in verbs.solve(tables()).table("Allocation").records()}
    opening = dict(zip(NAMES, BALANCE, strict=True))
    assert plan != opening
    assert result.status == "optimal"
    for portfolio, stock in (("opening", opening), ("optimal plan", plan)):
        w = held(stock)
        sigma = np.sqrt(10 * w @ np.cov(changes, rowvar=False) @ w)
        row = report(result, portfolio)
        assert row["value_at_risk"] == pytest.approx(stats.norm.ppf(0.99) * sigma, rel=1e-9)
        assert row["volatility"] == pytest.approx(sigma, rel=1e-9)
        assert row["history_days"] == 600
        components = result.table("VarComponents")
        key = "component_opening" if portfolio == "opening" else "component_plan"
        assert sum(components.column(key)) == pytest.approx(row["value_at_risk"])
        assert components.column("opening" if portfolio == "opening" else "plan") == pytest.approx(list(w))
    assert sum(components.column("share")) == pytest.approx(1.0)
    assert sum(components.column("shortfall")) == pytest.approx(report(result, "optimal plan")["expected_shortfall"])


@pytest.mark.parametrize(("horizon", "overlapping"), [("overlapping", True), ("square root", False)])
def test_historical_simulation_over_windows_or_days(horizon: str, overlapping: bool) -> None:
    changes = history()
    result = var(tables(changes, var_horizon=horizon, var_method="historical", var_confidence="97.5%", var_days=5))
    row = report(result)
    windows = scenario_changes(changes, 5, overlapping=overlapping)
    wanted = historical_risk(held(dict(zip(NAMES, BALANCE, strict=True))), windows, 0.975)
    assert row["value_at_risk"] == pytest.approx(wanted.value_at_risk, rel=1e-12)
    assert row["expected_shortfall"] == pytest.approx(wanted.expected_shortfall, rel=1e-12)
    assert row["scenarios"] == (596 if overlapping else 600)
    assert row["confidence"] == 0.975
    assert ("overlapping" in row["basis"]) == overlapping


def test_monte_carlo_repeats_by_its_seed_and_says_how_well_it_knows() -> None:
    changes = history()
    runs = [var(tables(changes, seed=seed, var_draws=20_000), method="monte_carlo") for seed in (1, 1, 2)]
    first, again, other = (report(run) for run in runs)
    assert first == again
    assert first["value_at_risk"] != other["value_at_risk"]
    exact = report(var(tables(changes), method="covariance"))
    assert abs(first["value_at_risk"] - exact["value_at_risk"]) < 5 * first["standard_error"]
    assert (first["scenarios"], exact["scenarios"], exact["standard_error"]) == (20_000, None, None)
    assert "20,000 draws, seed 1" in first["basis"]
    assert any("20,000 draws" in message for message in runs[0].messages)


def test_covariances_of_the_book_come_before_estimated_ones() -> None:
    matrix = 4 * np.cov(history(), rowvar=False)
    both = tables(history()) | {"Covariances": covariances(matrix)}
    estimated, given = report(var(tables(history()))), report(var(both))
    assert given["value_at_risk"] == pytest.approx(2 * estimated["value_at_risk"])
    assert given["basis"].startswith("table Covariances")
    assert given["history_days"] is None
    past = [report(var(book, method="historical")) for book in (both, tables(history()))]
    assert past[0] == past[1]
    assert len(var(both).table("VarBacktest").rows) == 8


def test_the_verb_and_the_formula_language_agree() -> None:
    """``var(99%, 10)`` in a metric is the same number at opening and in the plan."""
    book = tables() | {"Covariances": covariances(np.cov(history(), rowvar=False))}
    book["Metrics"] = {"metric": ["my risk"], "formula": ["var(99%, 10)"]}
    rows = {row["metric"]: row for row in verbs.solve(book).table("MetricReport").records()}
    result = var(book)
    assert report(result)["value_at_risk"] == pytest.approx(rows["my risk"]["opening"], rel=1e-9)
    assert report(result, "optimal plan")["value_at_risk"] == pytest.approx(rows["my risk"]["optimal"], rel=1e-9)


def test_covariances_about_zero() -> None:
    changes = history() + 0.001
    about = {mean: report(var(tables(changes, var_mean=mean)))["value_at_risk"] for mean in ("sample", "zero")}
    w = held(dict(zip(NAMES, BALANCE, strict=True)))
    raw = changes.T @ changes / len(changes)
    assert about["zero"] == pytest.approx(stats.norm.ppf(0.99) * np.sqrt(10 * w @ raw @ w), rel=1e-9)
    assert about["zero"] != pytest.approx(about["sample"], rel=1e-3)


def test_a_book_without_a_plan_is_measured_at_opening() -> None:
    book = tables(history()) | {
        "Limits": {"limit": ["too much"], "left": ["net(rate)"], "sense": [">="], "right": [999.0]}
    }
    result = var(book)
    assert result.status == "checked"
    assert result.exit_code == 0
    assert result.table("VarReport").column("portfolio") == ["opening"]
    assert result.table("VarComponents").column("plan") == [None] * 4
    assert sum(result.table("VarComponents").column("share")) == pytest.approx(1.0)
    assert any(message.startswith("There is no plan to compare with: ") for message in result.messages)


# --- backtests -----------------------------------------------------------------------------------------


def test_backtest_day_by_day() -> None:
    changes = history()
    result = var(tables(changes, var_window=200), confidence=0.95)
    w = held(dict(zip(NAMES, BALANCE, strict=True)))
    losses = -changes @ w
    hits = [losses[day] > stats.norm.ppf(0.95) * losses[day - 200 : day].std(ddof=1) for day in range(200, len(losses))]
    rows = [row for row in result.table("VarBacktest").records() if row["portfolio"] == "opening"]
    assert [row["test"] for row in rows] == [
        "Kupiec frequency",
        "Christoffersen independence",
        "Christoffersen conditional coverage",
        "Basel traffic light",
    ]
    assert [(row["days"], row["exceptions"]) for row in rows[:3]] == [(400, sum(hits))] * 3
    assert (rows[3]["days"], rows[3]["exceptions"]) == (250, sum(hits[-250:]))
    assert rows[0]["expected"] == 20.0
    assert rows[3]["p_value"] == pytest.approx(stats.binom.cdf(sum(hits[-250:]), 250, 0.05))
    assert "carried over to 250 days at 95%" in rows[3]["verdict"]


def test_backtest_of_historical_simulation_counts_against_order_statistics() -> None:
    changes = history()
    result = var(tables(changes, var_window=200), confidence=0.95, method="historical")
    losses = -changes @ held(dict(zip(NAMES, BALANCE, strict=True)))
    hits = sum(
        losses[day] > np.quantile(losses[day - 200 : day], 0.95, method="inverted_cdf") for day in range(200, 600)
    )
    assert result.table("VarBacktest").column("exceptions")[0] == hits
    assert var(tables(changes, var_window=200), confidence=0.95).table("VarBacktest").column("exceptions")[0] != hits


def test_backtest_about_zero() -> None:
    changes = history() + 0.0005
    rows = [
        var(tables(changes, var_window=200, var_mean=mean), confidence=0.95)
        .table("VarBacktest")
        .column("exceptions")[0]
        for mean in ("sample", "zero")
    ]
    losses = -changes @ held(dict(zip(NAMES, BALANCE, strict=True)))
    z = stats.norm.ppf(0.95)
    wanted = [
        sum(losses[day] > z * spread(losses[day - 200 : day]) for day in range(200, 600))
        for spread in (lambda past: past.std(ddof=1), lambda past: np.sqrt((past**2).mean()))
    ]
    assert rows == wanted


def test_a_model_that_reacts_too_slowly_is_rejected() -> None:
    """A year of calm, then one of storm."""
    changes = history(750)
    changes[400:] *= 5
    rows = {r["test"]: r for r in var(tables(changes)).table("VarBacktest").records() if r["portfolio"] == "opening"}
    assert rows["Kupiec frequency"]["result"] == "rejected"
    assert "too many" in rows["Kupiec frequency"]["verdict"]
    assert rows["Basel traffic light"]["result"] in {"yellow", "red"}


def test_too_short_a_history_has_no_backtest_and_says_so() -> None:
    result = var(tables(history(240)))
    assert result.table("VarBacktest").rows == ()
    texts = [str(f) for f in result.findings]
    assert any("no backtest: a window of 250 days leaves none of 240 days" in t and "var_window" in t for t in texts)
    assert any("less than a year" in t for t in texts)


# --- what cannot be used -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"confidence": "99"}, "is 99; enter 99%."),
        ({"confidence": "1"}, "below 100%"),
        ({"confidence": "high"}, 'confidence "high" is not a number; enter one such as 0.99 or 99%'),
        ({"days": "0"}, "above 0"),
        ({"days": "ten"}, 'days "ten" is not a number'),
        ({"days": "2.5", "method": "historical"}, "whole number of days"),
        ({"days": "590", "method": "historical"}, "Returns!A1: .* too few .*; give at least 100 or lower"),
        ({"days": "1e9"}, "up to 2,500"),
        ({"days": "1e300"}, "too large"),
        ({"method": "history"}, 'did you mean "historical"'),
    ],
)
def test_questions_without_an_answer(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(Refused, match=message):
        var(tables(history()), **arguments)  # type: ignore[arg-type]


def test_a_setting_that_cannot_be_used_is_named_by_its_cell() -> None:
    with pytest.raises(Refused, match=r"^Settings!B3: the confidence is 99; enter 99%."):
        var(tables(history(), seed=2, var_confidence=99))


@pytest.mark.parametrize(
    ("change", "method", "text"),
    [
        ({}, "covariance", "neither a table Returns nor a table Covariances"),
        ({"Covariances": covariances(np.eye(4) * 1e-4)}, "historical", "needs a table Returns"),
        ({"Covariances": covariances(1e-4 * (2 * np.eye(4) - np.ones((4, 4))))}, "covariance", "cannot be covariances"),
        ({"Returns": {"date": [dt.date(2026, 1, 1)], "Loans": ["x"]}}, "covariance", "Returns!B2"),
        ({"Returns": {"Loans": [0.1]}}, "covariance", 'table Returns has no column "date"'),
        ({"Goals": {"goal": [], "formula": [], "direction": []}}, "covariance", "table Goals has no rows"),
    ],
)
def test_faults_of_the_book_are_findings(change: Tables, method: str, text: str) -> None:
    result = var(tables() | change, method=method)
    assert (result.status, result.exit_code) == ("bad input", 2)
    (finding,) = [finding for finding in result.findings if finding.severity == "error"]
    assert text in str(finding)
    assert "VarReport" not in result.tables


def test_more_positions_than_days_are_warned_of() -> None:
    result = var(tables(history(4), var_window=2))
    assert any("4 days cannot tell 4 positions apart" in str(finding) for finding in result.findings)


# --- words ---------------------------------------------------------------------------------------------


def test_the_explanation_reads_as_the_committee_speaks() -> None:
    result = var(tables(history()), confidence="99%", days="1")
    text = "\n".join(result.messages)
    assert result.messages[0].startswith("With 99% confidence the opening book loses at most EUR ")
    assert " over one day; in the worst 1% of cases it loses EUR " in result.messages[0]
    assert "The plan puts EUR " in text
    assert "Largest contributions: Long bonds" in text
    assert "Largest hedges: " in text
    assert "Without market data, and so without risk here: Loans." in text
    assert "Backtest over 350 days: the one-day value at risk at 99% was exceeded" in text


# --- from a workbook on the command line -------------------------------------------------------------------


def workbook(path: Path, book: Tables) -> Path:
    return Book({name: Sheet(name, columns, name, 1, 1) for name, columns in book.items()}).save(path)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "xlalm", "var", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, check=False)


def test_from_workbook_to_workbook(tmp_path: Path) -> None:
    path, out = workbook(tmp_path / "bank.xlsx", tables(history())), tmp_path / "risk.xlsx"
    before = path.read_bytes()
    done = command(path, "--confidence", "97.5%", "--days", "1", "--method", "historical", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "With 97.5% confidence" in done.stdout
    assert f"Written: {out}" in done.stdout
    assert path.read_bytes() == before
    result = var(tables(history()), confidence=0.975, days=1, method="historical")
    written = Solved(result, out)
    for name in ("VarReport", "VarComponents", "VarBacktest"):
        for found, wanted in zip(written.table(name), result.table(name).records(), strict=True):
            for key, value in wanted.items():  # a cell holds 15 to 17 digits
                near = pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
                assert found[key] == ("" if value is None else near), (name, key)
    again = command(out, "--days", "1")
    assert again.returncode == 0
    assert [row["method"] for row in Solved(result, out).table("VarReport")] == ["covariance"] * 2
    assert (tmp_path / "risk.xlsx").read_bytes() != before
    (run,) = Solved(result, out).table("VarRun")
    assert str(run["says"]).startswith("With 99% confidence the opening book")
    assert run["status"] == "complete"


def test_json_and_exit_codes(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bank.xlsx", tables(history()))
    before = path.read_bytes()
    done = command(path, "--json", "-")
    assert path.read_bytes() == before
    document = json.loads(done.stdout)
    assert document["status"] == "optimal"
    assert [row["portfolio"] for row in document["VarReport"]] == ["opening", "optimal plan"]
    bad = command(path, "--confidence", "99")
    assert bad.returncode == 2
    assert "the confidence is 99; enter 99%." in bad.stderr
    assert "Traceback" not in bad.stderr
    bare = command(workbook(tmp_path / "bare.xlsx", tables()))
    assert bare.returncode == 2
    assert "neither a table Returns nor a table Covariances" in bare.stderr
