"""Nothing passes in silence: whatever a book holds changes an answer, or a finding names it.

For every table, column and setting of the schema one cell of a sound book is changed to another value that the schema
allows. Some verb then answers otherwise, or says something that names what was changed. There is no list of
exceptions: what is added to the schema is asked for here at once.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.seeds import more
from tests.strategies import random_positions
from xlalm.app.registry import VERBS
from xlalm.domain.result import Result
from xlalm.domain.settings import SETTINGS
from xlalm.schema.tables import INPUT_TABLES, TABLES, Column, table_schema

Tables = dict[str, pd.DataFrame]
DAYS = 60

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("check", {}),
    ("solve", {"write": False}),
    ("fuzzy", {"method": "fnlp"}),
    ("fuzzy", {"method": "weighted_sum"}),
    ("fuzzy", {"method": "goal_programming"}),
    ("var", {"write": False, "method": None}),
    ("var", {"write": False, "method": "historical"}),
    ("var", {"write": False, "method": "monte_carlo"}),
)
"""Verbs and their arguments, the quick ones first."""

TIMES = {"solved_at", "run_at"}
OF_THE_RUN = {"run at (UTC)", "inputs SHA-256", "warnings"}
"""What ``RunInfo`` says of the moment and of the inputs as such."""


# --- a book in which everything matters ------------------------------------------------------------------------------


def whole_book(seed: int) -> Tables:
    """Return a bank that fills every table, and every column that the schema knows."""
    rng = np.random.default_rng(seed)
    positions: dict[str, list[Any]] = random_positions(rng)
    names, n = positions["position"], len(positions["position"])
    own = {
        "fixed": ["no"] * n,
        "currency": ["EUR", "USD", *[None] * (n - 2)],
        "class": ["loan" if side == "asset" else "deposit" for side in positions["side"]],
        "counterparty": ["Bank A" if side == "liability" else None for side in positions["side"]],
        "maturity_years": [2.0] * n,
        "deposit_beta": [0.3] * n,
    }
    dates = [dt.date(2026, 1, 1) + dt.timedelta(days=k) for k in range(DAYS)]
    return {
        "Positions": filled("Positions", positions | own),
        "Metrics": filled(
            "Metrics",
            {
                "metric": ["dollars", "late", "betas"],
                "formula": [
                    'total(side = "asset" and currency = "USD")',
                    'total(side = "asset" and maturity_years > 1.9)',
                    'sum(deposit_beta, side = "liability")',
                ],
                "unit": ["amount"] * 3,
                "lens": ["other"] * 3,
                "description": ["Held in dollars", "Held for long", "Passed on"],
            },
        ),
        "Limits": filled(
            "Limits",
            {
                "limit": ["size", "soft", "watched"],
                "left": ["total_assets", "nii_12m", "lcr"],
                "sense": ["<=", ">=", ">="],
                "right": ["1.2 * opening(total_assets)", "opening(nii_12m) + 1000", "100%"],
                "unit": ["amount", "amount", "%"],
                "active": ["yes", "yes", "no"],
                "hard": ["yes", "no", "yes"],
                "penalty": [None, 0.5, None],
                "role": ["policy rule"] * 3,
                "text": ["Stay small.", "Earn more.", "Be liquid."],
                "owner": ["CFO"] * 3,
                "source": ["Policy 1"] * 3,
            },
        ),
        "Goals": filled(
            "Goals",
            {
                "goal": ["Margin", "Liquidity"],
                "formula": ["risk_adjusted_margin", "hqla_level1"],
                "direction": ["max", "max"],
                "weight": [1.0, 2.0],
                "active": ["yes", "no"],
                "aspiration": [500.0, 500.0],
                "worst": [-100.0, 10.0],
            },
        ),
        "Settings": pd.DataFrame(
            {
                "setting": ["amounts", "var_confidence", "var_days", "var_window", "var_draws", "rwa_market", "bank"],
                "value": ["reporting", 0.9, 2, 20, 2000, 5.0, "Bank A"],
            }
        ),
        "Curves": pd.DataFrame({"curve": ["c"], "tenor_years": [1.0], "zero_rate": [0.02], "currency": ["EUR"]}),
        "FX": pd.DataFrame({"currency": ["USD"], "rate": [0.9]}),
        "Behaviour": pd.DataFrame(
            {"product": [names[-1]], "parameter": ["beta"], "p25": [0.1], "p50": [0.2], "p75": [0.3], "source": ["own"]}
        ),
        "Scenarios": pd.DataFrame({"scenario": ["Base"], "kind": ["base"], "probability": [0.5], "shock": [None]}),
        "ScenarioEffects": pd.DataFrame(
            {"scenario": ["Base"], "filter": [None], "column": ["rate"], "operation": ["add"], "value": [0.01]}
        ),
        "Actions": pd.DataFrame({"action": ["Sell"], "min": [0.0], "max": [5.0], "lot": [1.0], "cost_bp": [2.0]}),
        "ActionLegs": pd.DataFrame({"action": ["Sell"], "position": [names[0]], "per_unit": [-1.0]}),
        "Covariances": pd.DataFrame({"position": names[:2], "with": names[:2], "covariance": [1e-4, 2e-4]}),
        "Returns": pd.DataFrame({"date": dates, **{name: rng.normal(0.001, 0.01, DAYS) for name in names[:2]}}),
    }


def filled(table: str, columns: dict[str, list[Any]]) -> pd.DataFrame:
    """Return columns with those of the schema that they lack, blank."""
    return pd.DataFrame(dict.fromkeys(table_schema(table).columns) | columns).astype(object)


@cache
def books(seed: int) -> tuple[Tables, ...]:
    """Return the books in which a change may show: a table that another one stands in for is left out once."""
    book = whole_book(seed)
    two_goals = book["Goals"].assign(active="yes")
    return (
        book,
        book | {"Goals": two_goals},
        {name: table for name, table in book.items() if name != "Covariances"},
        book | {"Settings": pd.concat([book["Settings"], pd.DataFrame({"setting": ["var_mean"], "value": ["zero"]})])},
    )


# --- what it answers -------------------------------------------------------------------------------------------------


def answer(book: Tables, verb: str, arguments: dict[str, Any]) -> Result:
    result: Result = VERBS[verb].function(book, **arguments)
    return result


@cache
def answer_of_base(seed: int, at: int, asked: int) -> Result:
    verb, arguments = ASKED[asked]
    return answer(books(seed)[at], verb, arguments)


def shown_tables(result: Result) -> dict[str, Any]:
    """Return what a result says, without the times of its run and without its findings."""
    shown: dict[str, Any] = {"objective": result.objective}
    for name, table in result.tables.items():
        records = [{key: value for key, value in record.items() if key not in TIMES} for record in table.records()]
        shown[name] = [record for record in records if not is_of_the_run(record)]
    return {name: records for name, records in shown.items() if name != "Findings"}


def is_of_the_run(record: dict[str, Any]) -> bool:
    item = str(record.get("item"))
    return item in OF_THE_RUN or item.startswith("seconds:")


def matters(seed: int, change: Callable[[Tables], Iterator[Tables]], table: str, name: str) -> bool:
    """Whether some change of some book is answered otherwise, or named."""
    for at, book in enumerate(books(seed)):
        for changed in change(book):
            for asked, (verb, arguments) in enumerate(ASKED):
                now, before = answer(changed, verb, arguments), answer_of_base(seed, at, asked)
                if is_named(now, before, table, name):
                    return True
                if now.status == "bad input":
                    break  # what is refused for something else proves nothing
                if before.status != "bad input" and shown_tables(now) != shown_tables(before):
                    return True
    return False


def is_named(now: Result, before: Result, table: str, name: str) -> bool:
    """Whether a new finding names what was changed, or the whole table is said to be of no use yet."""
    old = {str(finding) for finding in before.findings}
    for finding in map(str, now.findings):
        if f"table {table} is checked, but no run uses it yet" in finding:
            return True
        said = finding.split(": ", 1)[-1]
        if finding not in old and (f"column {name}:" in finding or name in said or name.replace("_", " ") in said):
            return True
    return False


# --- other values ----------------------------------------------------------------------------------------------------


def other_values(column: Column, value: Any) -> list[Any]:
    """Return values that the schema allows in a cell, other than the one it holds."""
    kind = column.kind
    if kind == "number":
        number = 1.0 if value is None else float(value)
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        tried = [number * 0.9, number * 1.1 + 0.01, number, 0.5, 1.0, 7.0, 1000.0]
        return [new for new in dict.fromkeys(tried) if low <= new <= high and new != value]
    if kind == "flag":
        return [flag for flag in ("yes", "no") if flag != value]
    if kind == "choice":
        return [choice for choice in column.choices if choice != value]
    if kind == "date":
        return [value + dt.timedelta(days=400)] if value else [dt.date(2027, 6, 30)]
    if kind == "formula":
        return [f"({value}) * 0.9"] if value else ['side = "asset"']
    return [f"{value} x" if value else "other"]


def with_cell(book: Tables, table: str, row: int, column: str, value: Any) -> Tables:
    frame = book[table].reset_index(drop=True).astype(object)
    if column not in frame.columns:
        frame[column] = None
    frame.iloc[row, list(frame.columns).index(column)] = value
    return book | {table: frame}


def changed_column(table: str, column: Column) -> Callable[[Tables], Iterator[Tables]]:
    def change(book: Tables) -> Iterator[Tables]:
        frame = book.get(table, pd.DataFrame())
        rows = [0, len(frame) - 1, *range(1, len(frame) - 1)][: 2 * len(frame)]
        for row in dict.fromkeys(rows):
            value = frame.iloc[row][column.key] if column.key in frame.columns else None
            value = None if value is None or value != value else value
            for new in other_values(column, value):
                yield with_cell(book, table, row, column.key, new)

    return change


def changed_setting(name: str) -> Callable[[Tables], Iterator[Tables]]:
    spec = SETTINGS[name]

    def change(book: Tables) -> Iterator[Tables]:
        frame = book["Settings"].reset_index(drop=True)
        stated = frame.loc[frame["setting"] == name, "value"].tolist()
        value = stated[0] if stated else spec.default
        least = spec.minimum if spec.minimum else 0.0
        tried: list[Any] = {
            "number": lambda: [float(value) * 0.9, float(value) + 1.0, float(value) * 3.0],
            "flag": lambda: ["off" if value else "on"],
            "choice": lambda: [choice for choice in (*spec.choices, None) if choice != value],
            "text": lambda: [f"{value} x"],
        }[spec.kind]()
        for new in tried:
            if spec.kind != "number" or new >= least:
                rest = frame[frame["setting"] != name]
                own = pd.DataFrame({"setting": [name], "value": [new]}, dtype=object)
                yield book | {"Settings": pd.concat([rest, own], ignore_index=True)}

    return change


def without(table: str) -> Callable[[Tables], Iterator[Tables]]:
    def change(book: Tables) -> Iterator[Tables]:
        yield {name: frame for name, frame in book.items() if name != table}

    return change


# --- the property ----------------------------------------------------------------------------------------------------

COLUMNS = [(table, key) for table in INPUT_TABLES for key in table_schema(table).columns]


@pytest.fixture(scope="module", params=[0, *more(1, 4, in_ci=0)])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_the_book_is_sound(seed: int) -> None:
    for at in range(len(books(seed))):
        found = answer_of_base(seed, at, 0)
        assert found.status == "checked" or at == 1, [str(finding) for finding in found.findings]


@pytest.mark.parametrize(("table", "key"), COLUMNS, ids=[f"{table}.{key}" for table, key in COLUMNS])
def test_a_column_matters_or_is_named(seed: int, table: str, key: str) -> None:
    assert matters(seed, changed_column(table, table_schema(table).columns[key]), table, key)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_matters_or_is_named(seed: int, name: str) -> None:
    assert matters(seed, changed_setting(name), "Settings", name)


@pytest.mark.parametrize("table", [name for name in INPUT_TABLES if not TABLES[name].required])
def test_a_table_matters_or_is_named(seed: int, table: str) -> None:
    def named_as_it_is(book: Tables) -> bool:
        return any(
            f"table {table} is checked, but no run uses it yet" in str(f) for f in answer(book, "check", {}).findings
        )

    assert named_as_it_is(books(seed)[0]) or matters(seed, without(table), table, table)
