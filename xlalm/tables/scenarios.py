"""``Scenarios``: what may happen."""

import math
from typing import get_args

from xlalm.domain.behaviour import Quantile
from xlalm.domain.findings import Finding, cap, error, suggest
from xlalm.domain.scenario import Scenario
from xlalm.domain.table import TypedTable
from xlalm.domain.text import fold, shown
from xlalm.tables.known import Known
from xlalm.tables.typed import is_readable, number_or_none

ROUNDING = 1e-9
"""By how much probabilities may exceed one in all: rounding of the table's cells."""


def read_scenarios(table: TypedTable, _: Known) -> tuple[tuple[Scenario, ...], list[Finding]]:
    """Return the scenarios; an unknown quantile, a second base and probabilities above one in all are errors."""
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    found: list[Scenario] = []
    quantiles = get_args(Quantile)
    for i, (name, kind) in enumerate(zip(table.texts["scenario"], table.texts["kind"], strict=True)):
        if not name or not kind:
            continue
        quantile = fold(table.texts["behaviour"][i])
        if quantile not in quantiles:
            text = f'behaviour "{shown(table.texts["behaviour"][i])}" of "{shown(name)}" is not known'
            hint = suggest(quantile, quantiles)
            findings.append(error(table.raw.cell(i, "behaviour"), text + hint, f"enter one of {', '.join(quantiles)}"))
            continue
        before = next((scenario for scenario in found if scenario.kind == kind == "base"), None)
        if before is not None:
            text = f'"{shown(before.name)}" is the base scenario already'
            findings.append(error(table.raw.cell(i, "kind"), text, "keep one base"))
            continue
        probability = number_or_none(table, "probability", i)
        cell = table.raw.cell(i, "scenario")
        found.append(Scenario(name, kind, probability, table.texts["shock"][i], quantile, cell))  # type: ignore[arg-type]
    cap(findings, 0, "table Scenarios")
    total = math.fsum(scenario.probability or 0.0 for scenario in found)
    if total > 1 + ROUNDING:
        text = f"the probabilities of Scenarios add up to {total:.6g}"
        findings.append(error(table.raw.header_cell("probability"), text, "let them add up to at most 1"))
    return tuple(found), findings
