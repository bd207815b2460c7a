"""``Curves``: yield curves, one row per tenor, in any order."""

import numpy as np

from xlalm.domain.curve import Curve
from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.table import TypedTable
from xlalm.domain.text import fold, shown
from xlalm.tables.known import Known
from xlalm.tables.plausible import odd_rates
from xlalm.tables.typed import is_readable


def read_curves(table: TypedTable, _: Known) -> tuple[tuple[Curve, ...], list[Finding]]:
    """Return the curves in the order of their first rows; a tenor that stands twice and two currencies are errors."""
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(table.texts["curve"]):
        if name and not np.isnan(table.numbers["tenor_years"][i]) and not np.isnan(table.numbers["zero_rate"][i]):
            rows.setdefault(fold(name), []).append(i)
    curves = tuple(_curve(table, own, findings) for own in rows.values())
    for odd in odd_rates(table.numbers["zero_rate"]):
        text = f'zero_rate of "{shown(table.texts["curve"][odd.row])}" is {odd.value:.12g}, {odd.value:.0%} a year'
        findings.append(warning(table.raw.cell(odd.row, "zero_rate"), text, f"enter {odd.meant} if that was meant"))
    cap(findings, 0, "table Curves")
    return curves, findings


def _curve(table: TypedTable, rows: list[int], findings: list[Finding]) -> Curve:
    """Return one curve from its rows."""
    name, tenors, currencies = table.texts["curve"][rows[0]], table.numbers["tenor_years"], table.texts["currency"]
    currency = next((currencies[i] for i in rows if currencies[i]), "")
    first: dict[float, int] = {}
    for i in rows:
        if first.setdefault(float(tenors[i]), i) != i:
            stands = table.raw.cell(first[float(tenors[i])], "tenor_years")
            text = f'tenor {tenors[i]:g} of curve "{shown(name)}" stands already in {stands}'
            findings.append(error(table.raw.cell(i, "tenor_years"), text, "keep one row for each tenor"))
        if currencies[i] and fold(currencies[i]) != fold(currency):
            text = f'curve "{shown(name)}" is in {shown(currency)} and in {shown(currencies[i])}'
            findings.append(error(table.raw.cell(i, "currency"), text, "give each currency a curve of its own"))
    kept = sorted(first.values(), key=lambda i: float(tenors[i]))
    return Curve(name, currency, tenors[kept], table.numbers["zero_rate"][kept])
