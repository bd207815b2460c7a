"""What no run reads is named once; what is said of limits is never said of none."""

from typing import Any

import pytest

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames
from xlalm.domain.findings import Finding, cap, error, warning

TABLES: dict[str, Any] = {"Positions": BANK, "Limits": (CET1,), "Goals": (NII,)}
NOT_YET = {
    "Curves": {"curve": ["c"], "tenor_years": [1], "zero_rate": [0.1]},
    "FX": {"currency": ["USD"], "rate": [0.9]},
    "Behaviour": {"product": ["Deposits"], "parameter": ["beta"], "p25": [0.1], "p50": [0.1], "p75": [0.5]},
    "Scenarios": {"scenario": ["base", "Up"], "kind": ["base", "shock"], "shock": ["", "+200"]},
    "ScenarioEffects": {"scenario": ["Up"], "column": ["rate"], "operation": ["multiply"], "value": [3]},
    "Actions": {"action": ["A"], "min": [1], "max": [9]},
    "ActionLegs": {"action": ["A"], "position": ["Bonds"], "per_unit": [1]},
}
NO_LIMITS = (
    "the book has no limits: a plan is bounded only by min and max; "
    "add what the bank must keep to Limits, unless that is meant."
)


@pytest.mark.parametrize("verb", ["check", "solve", "frontier"])
def test_a_table_that_no_run_uses_is_named_once(verb: str) -> None:
    """Scenarios, actions, curves … were checked and then passed over without a word."""
    found = getattr(xlalm, verb)(frames(TABLES) | NOT_YET)
    assert found.findings == tuple(
        f"{name}!A1: table {name} is checked, but no run uses it yet; do not expect results to depend on it."
        for name in NOT_YET
    )
    assert not any("no run uses" in line for line in found.explanation)


def test_an_empty_one_is_not() -> None:
    assert xlalm.solve(frames(TABLES) | {"FX": {"currency": [], "rate": []}}).findings == ()


@pytest.mark.parametrize(("name", "value"), [("plug_order", "wholesale, cash"), ("shock_vintage", "d578-2024")])
def test_a_setting_that_no_run_uses_is_named(name: str, value: str) -> None:
    settings = {"setting": ["method", name], "value": ["lp", value]}
    (only,) = xlalm.solve(frames(TABLES) | {"Settings": settings}).findings
    assert (
        only == f"Settings!B3: setting {name} is kept, but no run uses it yet; do not expect results to depend on it."
    )


def test_columns_that_no_formula_reads_are_named_together() -> None:
    rows = [row | {"deposit_beta": 0.4, "maturity_years": 2, "duration": 0, "mine": 1} for row in BANK]
    (only,) = xlalm.solve(frames(TABLES | {"Positions": rows})).findings
    assert only.startswith(
        "Positions, column maturity_years: no formula reads the columns maturity_years, deposit_beta of"
    )
    metric = {
        "metric": "late",
        "formula": 'total(side = "asset" and maturity_years > 1) + sum(column("Deposit beta"), side = "asset")',
    }
    assert xlalm.solve(frames(TABLES | {"Positions": rows, "Metrics": [metric]})).findings == ()


def test_no_limits_at_all_is_said_once_and_never_that_all_hold() -> None:
    without = {name: rows for name, rows in TABLES.items() if name != "Limits"}
    checked, solved = xlalm.check(frames(without)), xlalm.solve(frames(without))
    assert checked.findings == solved.findings == (NO_LIMITS,)
    assert not any("limit" in line for line in checked.explanation)
    empty = xlalm.solve(frames(without) | {"Limits": {"limit": [], "left": [], "sense": [], "right": []}})
    assert empty.findings == (f"Limits!A1: {NO_LIMITS}",)


def test_limits_that_are_all_watched_only_are_no_limits() -> None:
    (only,) = xlalm.check(frames(TABLES | {"Limits": [CET1 | {"active": "no"}]})).findings
    assert only.startswith(
        "Limits, column active: no limit of the book is active: a plan is bounded only by min and max"
    )


def test_ratios_are_scored_without_a_goal() -> None:
    """Only ratios are wanted (an LCR or NSFR return, no optimisation): ``check`` refused a book without Goals."""
    without = frames({name: rows for name, rows in TABLES.items() if name != "Goals"})
    found = xlalm.check(without)
    assert (found.status, found.findings) == ("checked", ())
    assert found["MetricReport"].set_index("metric").loc["cet1_ratio", "opening"] == pytest.approx(80 / 450)
    assert found.explanation[0] == "The book has no goal: measures and limits are scored, and a solve needs one."
    assert found.explanation[-1] == (
        "Not scored: duration_gap, convexity_gap, repricing_gap_1y, eve_duration_worst, leverage_ratio, "
        "hqla_level2b_counted, hqla_level2a_counted, lcr and 5 more, because Positions says nothing of class, "
        "counterparty, duration, convexity, repricing_years, at1, leverage_exposure, hqla_level and 6 more."
    )
    (only,) = xlalm.solve(without).findings
    assert only.startswith("the book has no table Goals; ")


@pytest.mark.parametrize("count", [90, 150, 700])
def test_warnings_never_add_up_to_a_refusal(count: int) -> None:
    """101 formulas with a filter that matches nothing, two warnings each, made the book "bad input"."""
    metrics = {
        "metric": [f"m{k}" for k in range(count)],
        "formula": [f'total(side = "z{k}") + sum(rate, side = "y{k}")' for k in range(count)],
    }
    found = xlalm.solve(frames(TABLES) | {"Metrics": metrics})
    assert found.status == "optimal"
    assert {finding.severity for finding in found.result.findings} == {"warning"}
    assert len(found.findings) == min(2 * count, 1001)


def test_counted_findings_keep_the_worst_severity() -> None:
    findings: list[Finding] = [warning(None, "w", "c") for _ in range(60)] + [error(None, "e", "c")] * 3
    cap(findings, 0, "table Limits")
    assert findings[-1].severity == "error"
    assert findings[-1].text.startswith("13 more findings in table Limits")
