"""Rows of Limits, Goals and Metrics that cannot be read leave the readable ones as they are."""

from typing import Any

import pytest

from tests.figures.bank import bank, limit
from xlalm.app.run.book import open_book
from xlalm.domain.findings import Finding
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.scope import Scope
from xlalm.model.formulas import MAX_FAULTS
from xlalm.model.goals import compile_goals
from xlalm.model.limits import compile_limits
from xlalm.model.metrics import compile_metrics, metrics_by_key
from xlalm.tables.registry import read_inputs


def compiled(tables: dict[str, Any]) -> tuple[dict[str, list[str]], dict[str, list[Finding]]]:
    """Return the names that were read and the findings, by table."""
    found = open_book(tables).tables
    inputs, _ = read_inputs(found)
    assert inputs.positions is not None
    own, _ = metrics_by_key(inputs.metrics, inputs.positions)
    compiler = Compiler(Scope.of(inputs.positions, inputs.settings, own, inputs.covariances))
    metrics, about_metrics = compile_metrics(compiler, own)
    limits, about_limits = compile_limits(compiler, inputs.limits, found.get("Limits"))
    goals, about_goals = compile_goals(compiler, inputs.goals, found.get("Goals"), inputs.settings.method)
    names = {
        "Limits": [each.name for each in limits],
        "Goals": [each.row.name for each in goals],
        "Metrics": [key for key in metrics if key in own],
    }
    return names, {"Limits": about_limits, "Goals": about_goals, "Metrics": about_metrics}


def test_a_row_with_a_fault_on_either_side_is_left_out() -> None:
    names, findings = compiled(
        bank(
            limit("sum(blance)", "<=", 1.0, limit="left"),
            limit("total_assets", "<=", "sum(blance)", limit="right"),
            limit("total_assets", "<=", 200.0, limit="good"),
        )
    )
    assert names["Limits"] == ["good"]
    assert [str(finding.cell) for finding in findings["Limits"]] == ["Limits!B2", "Limits!D3"]


def test_a_goal_with_a_fault_hides_what_the_method_asks() -> None:
    """The method takes one active goal; the other may be the one that was meant to be switched off."""
    tables = bank()
    tables["Goals"] = {
        "goal": ["a", "b", "c"],
        "formula": ["sum(blance)", "net(rate)", "total_assets"],
        "direction": ["max"] * 3,
    }
    names, findings = compiled(tables)
    assert names["Goals"] == ["b", "c"]
    assert len(findings["Goals"]) == 1
    tables["Goals"]["formula"][0] = "turnover()"
    names, findings = compiled(tables)
    assert names["Goals"] == ["a", "b", "c"]
    assert "takes one active goal but 3 are active" in findings["Goals"][0].text


@pytest.mark.parametrize("table", ["Limits", "Metrics", "Goals"])
@pytest.mark.parametrize("more", [0, 1])
def test_a_table_full_of_faults_is_not_read_to_its_end(table: str, more: int) -> None:
    count = MAX_FAULTS + more
    names = [f"m{k}" for k in range(count)]
    bad = ["sum(blance)"] * count
    tables = bank()
    tables[table] = {
        "Limits": {"limit": names, "left": bad, "sense": ["<="] * count, "right": [1.0] * count},
        "Goals": {"goal": names, "formula": bad, "direction": ["max"] * count},
        "Metrics": {"metric": names, "formula": bad},
    }[table]
    _, findings = compiled(tables)
    assert len(findings[table]) == MAX_FAULTS + more
    assert ("were not read from here on" in findings[table][-1].text) == bool(more)
