"""``FX``: exchange rates into the reporting currency."""

import math

from xlalm.domain.exchange import ExchangeRates
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.table import TypedTable
from xlalm.domain.text import shown
from xlalm.tables.known import Known
from xlalm.tables.typed import is_readable


def read_fx(table: TypedTable, known: Known) -> tuple[ExchangeRates, list[Finding]]:
    """Return the rates; a currency that stands twice, a rate of 0 and a reporting currency not at 1 are errors."""
    reporting = known.settings.text("currency").upper()
    rates: dict[str, float] = {}
    if not is_readable(table):
        return ExchangeRates(reporting, rates), []
    findings: list[Finding] = []
    for i, name in enumerate(table.texts["currency"]):
        code, rate = name.upper(), float(table.numbers["rate"][i])
        if not code or math.isnan(rate):
            continue
        cell = table.raw.cell(i, "rate")
        if code in rates:
            text = f"{shown(code)} was given as {rates[code]:g} before"
            findings.append(error(table.raw.cell(i, "currency"), text, "keep one row for each currency"))
        elif rate == 0:
            findings.append(error(cell, f"the rate of {shown(code)} is 0", "enter what one unit of it is worth"))
        elif code == reporting and rate != 1:
            text = f"{shown(code)} is the reporting currency and its rate is {rate:g}"
            findings.append(error(cell, text, "enter 1, or correct currency in Settings"))
        rates.setdefault(code, rate)
    cap(findings, 0, "table FX")
    return ExchangeRates(reporting, rates), findings
