"""Computed columns: what was typed wins, and each column may use the ones before it."""

import attrs
import numpy as np

from tests.strategies import model_of
from xlalm.domain.settings import default_settings
from xlalm.model.derived import COMPUTED, ComputedColumn, with_computed_columns
from xlalm.schema.tables import table_schema
from xlalm.tables.registry import Inputs

BANK = {
    "Positions": {
        "position": ["Loans", "Bonds", "Deposits"],
        "side": ["asset", "asset", "liability"],
        "balance": [80.0, 20.0, 100.0],
        "max": [100.0, 100.0, 200.0],
        "rate": [0.05, 0.03, 0.01],
        "new_rate": [0.06, None, None],
    },
    "Goals": {"goal": ["margin"], "formula": ["net(rate)"], "direction": ["max"]},
}


def test_rates_that_nobody_typed_are_the_rate_on_the_stock() -> None:
    numbers = model_of(BANK).sheet.numbers
    assert numbers["new_rate"].tolist() == [0.06, 0.03, 0.01]
    assert numbers["exit_rate"].tolist() == [0.05, 0.03, 0.01]


def test_the_schema_says_which_columns_are_copies() -> None:
    copies = {c.key: c.default for c in table_schema("Positions").columns.values() if c.default.startswith("=")}
    assert copies == {"new_rate": "=rate", "exit_rate": "=rate"}
    assert [column.key for column in COMPUTED] == list(copies)


def test_a_column_may_use_the_settings_and_the_columns_before_it() -> None:
    sheet = model_of(BANK).sheet
    inputs = Inputs(attrs.evolve(default_settings(), values={"seed": 2.0}), sheet)
    computed = (
        ComputedColumn("doubled", lambda s, i: s.numbers["rate"] * i.settings.number("seed")),
        ComputedColumn("again", lambda s, _: s.numbers["doubled"] * 2.0),
        ComputedColumn("new_rate", lambda s, _: s.numbers["again"]),
    )
    numbers = with_computed_columns(sheet, inputs, computed).numbers
    assert numbers["again"].tolist() == [0.2, 0.12, 0.04]
    assert numbers["new_rate"].tolist() == [0.06, 0.03, 0.01]  # all typed or computed before
    assert "again" not in sheet.numbers


def test_what_cannot_be_told_stays_blank() -> None:
    sheet = model_of(BANK).sheet
    column = ComputedColumn("beta", lambda s, _: np.full(len(s), np.nan))
    assert np.isnan(with_computed_columns(sheet, Inputs(default_settings()), (column,)).numbers["beta"]).all()
