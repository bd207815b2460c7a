"""``Behaviour``: estimates of how customers behave, one row per product and parameter.

A product is a position, a class of them, or a group that the bank's own models name: its name is not checked here.
"""

import numpy as np

from xlalm.domain.behaviour import Behaviour
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.table import TypedTable
from xlalm.domain.text import fold, shown
from xlalm.tables.known import Known
from xlalm.tables.typed import is_readable

_QUANTILES = ("p25", "p50", "p75")


def read_behaviour(table: TypedTable, _: Known) -> tuple[tuple[Behaviour, ...], list[Finding]]:
    """Return the estimates; a parameter of a product given twice and quantiles that descend are errors."""
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    found: list[Behaviour] = []
    first: dict[tuple[str, str], int] = {}
    for i, (product, parameter) in enumerate(zip(table.texts["product"], table.texts["parameter"], strict=True)):
        low, middle, high = (float(table.numbers[key][i]) for key in _QUANTILES)
        if not product or not parameter or np.isnan([low, middle, high]).any():
            continue
        if first.setdefault((fold(product), parameter), i) != i:
            stands = table.raw.cell(first[fold(product), parameter], "parameter")
            text = f'{parameter} of "{shown(product)}" stands already in {stands}'
            findings.append(error(table.raw.cell(i, "parameter"), text, "keep one row for each product and parameter"))
        elif not low <= middle <= high:
            text = f'{parameter} of "{shown(product)}" does not ascend: {low:g}, {middle:g}, {high:g}'
            findings.append(
                error(table.raw.cell(i, "p25"), text, "enter the lower quartile, the median, the upper one")
            )
        else:
            found.append(
                Behaviour(product, parameter, low, middle, high, table.texts["source"][i])  # type: ignore[arg-type]
            )
    cap(findings, 0, "table Behaviour")
    return tuple(found), findings
