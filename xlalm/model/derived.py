"""Computed columns: what a column of Positions holds where nobody has typed a number."""

from collections.abc import Callable

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.typing import Float1D
from xlalm.schema.tables import table_schema
from xlalm.tables.registry import Inputs

Compute = Callable[[BalanceSheet, Inputs], Float1D]


@attrs.frozen
class ComputedColumn:
    """A column and how it is found: numbers (n_positions,), NaN where it cannot be told."""

    key: str
    compute: Compute


def _copy_of(key: str) -> Compute:
    return lambda sheet, _: sheet.numbers[key]


COMPUTED = tuple(
    ComputedColumn(column.key, _copy_of(column.default.removeprefix("=")))
    for column in table_schema("Positions").columns.values()
    if column.default.startswith("=")
)
"""Every computed column, in the order in which they are found: each may use the ones before it."""


def with_computed_columns(
    sheet: BalanceSheet, inputs: Inputs, computed: tuple[ComputedColumn, ...] = COMPUTED
) -> BalanceSheet:
    """Return the balance sheet with every computed column; a number that was typed wins."""
    for column in computed:
        found = column.compute(sheet, inputs)
        typed = sheet.numbers.get(column.key)
        numbers = found if typed is None else np.where(np.isnan(typed), found, typed)
        sheet = attrs.evolve(sheet, numbers={**sheet.numbers, column.key: numbers})
    return sheet
