"""Curves, rates of exchange, behaviour, scenarios and actions: what is read, and what is said of every fault."""

import datetime as dt
from typing import Any

import pytest

from xlalm.app.run.book import open_book
from xlalm.domain.action import Leg
from xlalm.tables.registry import Inputs, read_inputs

BANK: dict[str, dict[str, list[Any]]] = {
    "Positions": {
        "position": ["Loans", "Bonds", "Deposits"],
        "side": ["asset", "asset", "liability"],
        "balance": [80.0, 20.0, 100.0],
        "max": [100.0, 100.0, 200.0],
        "my_score": [1.0, 2.0, 3.0],
    },
    "Settings": {"setting": ["currency"], "value": ["EUR"]},
    "Curves": {
        "curve": ["swap", "covered", "Swap ", "swap"],
        "tenor_years": [5, 1, 1, 10],
        "zero_rate": [0.024, 0.023, 0.021, 0.027],
        "currency": ["EUR", None, "eur", None],
    },
    "FX": {"currency": ["EUR", "usd"], "rate": [1, 0.92]},
    "Behaviour": {
        "product": ["Deposits", "Deposits", "Retail savings"],
        "parameter": ["beta", "core share", "beta"],
        "p25": [0.1, 0.5, 0.2],
        "p50": [0.2, 0.6, 0.2],
        "p75": [0.3, 0.7, 0.4],
        "source": ["model", None, "model"],
    },
    "Scenarios": {
        "scenario": ["Base", "Up", "Stress"],
        "kind": ["base", "shock", "stress"],
        "probability": [0.6, 0.4, None],
        "shock": [None, "parallel_up", None],
        "behaviour": [None, "P75", "p25"],
    },
    "ScenarioEffects": {
        "scenario": ["stress", "Stress"],
        "filter": ['side = "liability"', None],
        "column": ["balance", "My Score"],
        "operation": ["multiply", "add"],
        "value": [0.9, 1],
    },
    "Actions": {
        "action": ["Sell bonds", "Swap"],
        "family": ["HQLA", None],
        "min": [None, -10.0],
        "max": [20.0, None],
        "lot": [5.0, None],
        "cost_bp": [2.0, None],
        "expires": [dt.datetime(2027, 6, 30, 12), "2027-03-31"],
    },
    "ActionLegs": {
        "action": ["Sell bonds", "sell bonds", "Swap"],
        "position": ["Bonds", "LOANS", "Deposits"],
        "per_unit": [-1.0, 1.0, 0.5],
        "column": [None, None, "rate"],
        "delta": [None, None, 0.001],
    },
}


def bank(**changes: dict[str, list[Any]]) -> dict[str, dict[str, list[Any]]]:
    return {name: columns | changes.get(name, {}) for name, columns in BANK.items()}


def inputs(tables: dict[str, dict[str, list[Any]]]) -> tuple[Inputs, list[str]]:
    found, findings = read_inputs(open_book(tables).tables)
    return found, [str(finding) for finding in findings]


@pytest.fixture(scope="module")
def sound() -> Inputs:
    found, said = inputs(BANK)
    assert said == []
    return found


def test_curves_are_in_the_order_of_their_tenors(sound: Inputs) -> None:
    swap, covered = sound.curves
    assert (swap.name, swap.currency, covered.currency) == ("swap", "EUR", "")
    assert swap.tenors.tolist() == [1.0, 5.0, 10.0]
    assert swap.rates.tolist() == [0.021, 0.024, 0.027]


def test_rates_of_exchange(sound: Inputs) -> None:
    assert sound.fx is not None
    assert (sound.fx.reporting, dict(sound.fx.rates)) == ("EUR", {"EUR": 1.0, "USD": 0.92})


def test_behaviour(sound: Inputs) -> None:
    assert [(b.product, b.parameter, b.p25, b.p50, b.p75) for b in sound.behaviour] == [
        ("Deposits", "beta", 0.1, 0.2, 0.3),
        ("Deposits", "core_share", 0.5, 0.6, 0.7),
        ("Retail savings", "beta", 0.2, 0.2, 0.4),
    ]
    assert [b.source for b in sound.behaviour] == ["model", "", "model"]


def test_scenarios_and_their_effects(sound: Inputs) -> None:
    assert [(s.name, s.kind, s.probability, s.shock, s.behaviour) for s in sound.scenarios] == [
        ("Base", "base", 0.6, "", "p50"),
        ("Up", "shock", 0.4, "parallel_up", "p75"),
        ("Stress", "stress", None, "", "p25"),
    ]
    assert [(e.scenario, e.condition, e.column, e.operation, e.value) for e in sound.scenario_effects] == [
        ("Stress", 'side = "liability"', "balance", "multiply", 0.9),
        ("Stress", "", "my_score", "add", 1.0),
    ]


def test_actions_and_their_legs(sound: Inputs) -> None:
    sell, swap = sound.actions
    assert (sell.least, sell.most, sell.lot, sell.cost_bp, sell.expires) == (0.0, 20.0, 5.0, 2.0, dt.date(2027, 6, 30))
    assert (swap.least, swap.most, swap.lot, swap.cost_bp, swap.expires) == (
        -10.0,
        None,
        None,
        0.0,
        dt.date(2027, 3, 31),
    )
    assert [(leg.action, leg.position, leg.column, leg.change) for leg in sound.action_legs] == [
        ("Sell bonds", 1, "", -1.0),
        ("Sell bonds", 0, "", 1.0),
        ("Swap", 2, "", 0.5),
        ("Swap", 2, "rate", 0.001),
    ]
    assert isinstance(sound.action_legs[0], Leg)
    assert str(sound.action_legs[3].cell) == "ActionLegs!A4"


FAULTS: list[tuple[str, dict[str, list[Any]], str]] = [
    (
        "Curves",
        {"tenor_years": [5, 1, 1, 5]},
        'Curves!B5: tenor 5 of curve "swap" stands already in Curves!B2; keep one row for each tenor.',
    ),
    (
        "Curves",
        {"currency": ["EUR", None, "eur", "USD"]},
        'Curves!D5: curve "swap" is in EUR and in USD; give each currency a curve of its own.',
    ),
    ("FX", {"currency": ["EUR", "Eur "]}, "FX!A3: EUR was given as 1 before; keep one row for each currency."),
    ("FX", {"rate": [1, 0]}, "FX!B3: the rate of USD is 0; enter what one unit of it is worth."),
    (
        "FX",
        {"rate": [1.1, 0.92]},
        "FX!B2: EUR is the reporting currency and its rate is 1.1; enter 1, or correct currency in Settings.",
    ),
    (
        "Behaviour",
        {"parameter": ["beta", "beta", "beta"]},
        'Behaviour!B3: beta of "Deposits" stands already in Behaviour!B2; keep one row for each product and parameter.',
    ),
    (
        "Behaviour",
        {"p75": [0.3, 0.55, 0.4]},
        'Behaviour!C3: core_share of "Deposits" does not ascend: 0.5, 0.6, 0.55; '
        "enter the lower quartile, the median, the upper one.",
    ),
    (
        "Scenarios",
        {"behaviour": [None, "p57", None]},
        'Scenarios!E3: behaviour "p57" of "Up" is not known (did you mean "p75"?); enter one of p25, p50, p75.',
    ),
    (
        "Scenarios",
        {"kind": ["base", "base", "stress"]},
        'Scenarios!B3: "Base" is the base scenario already; keep one base.',
    ),
    (
        "Scenarios",
        {"probability": [0.6, 0.5, None]},
        "Scenarios!C1: the probabilities of Scenarios add up to 1.1; let them add up to at most 1.",
    ),
    (
        "ScenarioEffects",
        {"scenario": ["stres", "Stress"]},
        'ScenarioEffects!A2: there is no scenario "stres" in Scenarios (did you mean "Stress"?); '
        "correct the name or add a row to Scenarios.",
    ),
    (
        "ScenarioEffects",
        {"column": ["balance", "my scroe"]},
        'ScenarioEffects!C3: Positions has no column of numbers "my scroe" (did you mean "my_score"?); '
        "correct the name or add the column.",
    ),
    (
        "Actions",
        {"min": [30.0, None]},
        'Actions!C2: min 30 of "Sell bonds" is above its max 20; lower min or raise max.',
    ),
    (
        "Actions",
        {"lot": [0.0, None]},
        'Actions!E2: lot of "Sell bonds" is 0; enter the size of one lot or leave it blank.',
    ),
    (
        "Actions",
        {"expires": ["June", None]},
        'Actions!G2: expires "June" is not a date; enter a date, such as 2027-06-30, in a cell formatted as a date.',
    ),
    (
        "ActionLegs",
        {"action": ["Sell bonds", "Sell loans", "Swap"]},
        'ActionLegs!A3: there is no action "Sell loans" in Actions (did you mean "Sell bonds"?); '
        "correct the name or add a row to Actions.",
    ),
    (
        "ActionLegs",
        {"position": ["Bonds", "Loan", "Deposits"]},
        'ActionLegs!B3: there is no position "Loan" (did you mean "Loans"?); correct the name or delete the row.',
    ),
    (
        "ActionLegs",
        {"position": ["Bonds", None, "Deposits"]},
        "ActionLegs!A3: the leg names no position; enter the position that changes.",
    ),
    (
        "ActionLegs",
        {"per_unit": [-1.0, None, 0.5]},
        "ActionLegs!A3: the leg does not say what changes by how much; "
        "enter per_unit for its balance, or column and delta.",
    ),
    (
        "ActionLegs",
        {"delta": [None, None, None]},
        "ActionLegs!A4: the leg does not say what changes by how much; "
        "enter per_unit for its balance, or column and delta.",
    ),
]


@pytest.mark.parametrize(("table", "changes", "says"), FAULTS, ids=[f"{t} {next(iter(c))}" for t, c, _ in FAULTS])
def test_every_fault_is_one_finding_with_its_cell(table: str, changes: dict[str, list[Any]], says: str) -> None:
    _, said = inputs(bank(**{table: changes}))
    assert said == [says]


def test_a_row_that_cannot_be_used_is_left_out() -> None:
    found, _ = inputs(bank(Actions={"min": [30.0, None]}, Curves={"tenor_years": [5, 1, 1, 5]}))
    assert [action.name for action in found.actions] == ["Swap"]
    assert found.curves[0].tenors.tolist() == [1.0, 5.0]
    assert found.curves[0].rates.tolist() == [0.021, 0.024]


def test_probabilities_may_add_up_to_one_and_its_rounding() -> None:
    _, said = inputs(bank(Scenarios={"probability": [0.6, 0.4 + 1e-12, None]}))
    assert said == []


@pytest.mark.parametrize("name", ["Curves", "FX", "Behaviour", "Scenarios", "ScenarioEffects", "Actions", "ActionLegs"])
def test_a_table_that_lacks_a_column_is_one_finding(name: str) -> None:
    tables = {table: dict(columns) for table, columns in BANK.items() if table in {"Positions", "Settings", name}}
    del tables[name][next(iter(tables[name]))]
    _, said = inputs(tables)
    assert len(said) == 1
    assert f"table {name} has no column" in said[0]
