"""``ScenarioEffects``: what each scenario changes."""

import math

from xlalm.domain.findings import Finding, cap
from xlalm.domain.scenario import Effect
from xlalm.domain.table import TypedTable
from xlalm.tables.known import Known
from xlalm.tables.typed import formula_text, is_readable


def read_scenario_effects(table: TypedTable, known: Known) -> tuple[tuple[Effect, ...], list[Finding]]:
    """Return the effects in their order; an unknown scenario and a column that Positions lacks are errors."""
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    found: list[Effect] = []
    for i in range(len(table)):
        scenario = known.row_of(table, i, "scenario", "Scenarios", findings)
        column = known.column(table, i, "column", findings)
        operation, value = table.texts["operation"][i], float(table.numbers["value"][i])
        if scenario is None or column is None or not operation or math.isnan(value):
            continue
        condition = formula_text(table.values["filter"][i])
        cell = table.raw.cell(i, "filter")
        found.append(Effect(scenario, condition, column, operation, value, cell))  # type: ignore[arg-type]
    cap(findings, 0, "table ScenarioEffects")
    return tuple(found), findings
