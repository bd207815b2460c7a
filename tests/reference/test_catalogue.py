"""Every measure of the catalogue against a figure worked by hand from the regulation, on one small bank.

``data/catalogue_bank.csv`` holds the bank: each column matters to some measure, and the three sets of balances (the
opening and two plans) take each measure through every piece of its formula:

- opening: Level 2 beyond 40 % and Level 2B beyond 15 % of the stock, inflows beyond 75 %, a loss under +200 bp;
- plan_a: Level 2B alone beyond its cap (limb 15/85), inflows beyond theirs, a loss under -200 bp;
- plan_b: no cap, and no loss under either shock.

``data/catalogue.csv`` holds the arithmetic in plain numbers and the figure it gives; nothing in it comes from xlalm.
"""

import math
from collections.abc import Mapping
from functools import cache

import pytest

from tests.reference.workbook_route import reference

BANK = reference("catalogue_bank.csv")
FIGURES = reference("catalogue.csv")
PLANS = ("plan_a", "plan_b")
TEXTS = {"position", "side", "class", "counterparty", "hqla_level"}
SETTINGS = {
    "timing": "average",
    "rwa_operational": 67,
    "rwa_market": 29,
    "cost_of_capital": 0.11,
    "capital_target": 0.125,
}
EXACT = 1e-12


@cache
def reported(plan: str) -> dict[str, float]:
    """Return what xlalm reports at a set of balances, by measure."""
    return answer(plan)[0]


def answer(plan: str, formulas: Mapping[str, str] | None = None) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return what xlalm reports and finds at a set of balances: every position is held at its balance.

    ``formulas`` are metrics of the book's own; where one of them is at fault there is no report.
    """
    import xlalm

    held = [float(row[plan]) for row in BANK]
    positions: dict[str, list[object]] = {
        "balance": [float(row["opening"]) for row in BANK],
        "min": list(held),
        "max": list(held),
    }
    for column in BANK[0]:
        if column not in {"opening", *PLANS}:
            cells = [row[column] for row in BANK]
            positions[column] = [(c if column in TEXTS else float(c)) if c else None for c in cells]
    tables = {
        "Positions": positions,
        "Goals": {"goal": ["Assets"], "formula": ["total_assets"], "direction": ["max"]},
        "Settings": {"setting": list(SETTINGS), "value": list(SETTINGS.values())},
    }
    if formulas:
        tables["Metrics"] = {"metric": list(formulas), "formula": list(formulas.values())}
    frames = xlalm.check(tables) if plan == "opening" else xlalm.solve(tables)
    if frames.status not in {"checked", "optimal"}:
        assert formulas, frames.findings
        return {}, frames.findings
    report = frames["MetricReport"]
    return dict(zip(report["metric"], report["opening" if plan == "opening" else "optimal"], strict=True)), ()


def same(one: float, other: float) -> bool:
    """Return whether two figures are the same to 12 digits; 0 must be 0."""
    return math.isclose(one, other, rel_tol=EXACT, abs_tol=0.0)


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: f"{row['measure']}-{row['plan']}")
def test_figure_is_what_the_arithmetic_gives(row):
    worked = eval(row["worked"], {"__builtins__": {}}, {"min": min, "max": max})  # numbers and + - * / only
    assert same(worked, float(row["figure"]))


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: f"{row['measure']}-{row['plan']}")
def test_measure_is_the_figure(row):
    figure = reported(row["plan"])[row["measure"]]
    assert same(figure, float(row["figure"])), (figure, row["figure"], row["worked"], row["source"])


def test_every_measure_is_worked():
    """No measure of the catalogue without figures at the opening and in both plans, and no figure without one."""
    plans = ("opening", *PLANS)
    rows = [(row["measure"], row["plan"]) for row in FIGURES]
    assert len(rows) == len(set(rows))
    assert {measure for measure, _ in rows} == set(catalogue())
    assert set(rows) == {(measure, plan) for measure, _ in rows for plan in plans}
    assert all(row["source"] for row in FIGURES)


def catalogue() -> dict[str, str]:
    """Return the catalogue's formulas by measure."""
    from xlalm.regulation.catalogue import catalogue as measures

    return {name: measure.formula for name, measure in measures().items()}


@pytest.mark.parametrize("plan", ["opening", *PLANS])
def test_bank_balances(plan):
    """The plans could be a bank's: assets are liabilities plus equity."""
    by_side = {row["side"]: 0.0 for row in BANK}
    for row in BANK:
        by_side[row["side"]] += float(row[plan])
    assert by_side["asset"] == by_side["liability"] + by_side["equity"]
