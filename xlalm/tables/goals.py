"""``Goals``: what is pursued, their formulas not compiled yet."""

from xlalm.domain.findings import Finding
from xlalm.domain.limits import GoalRow
from xlalm.domain.table import TypedTable
from xlalm.tables.known import Known
from xlalm.tables.typed import formula_text, is_readable, number_or_none


def read_goals(table: TypedTable, _: Known) -> tuple[tuple[GoalRow, ...], list[Finding]]:
    """Return the rows that have a formula and a direction; what lacks one is a finding where the table is typed."""
    if not is_readable(table):
        return (), []
    rows = []
    for i in range(len(table)):
        formula, direction = formula_text(table.values["formula"][i]), table.texts["direction"][i]
        if formula and direction:
            rows.append(
                GoalRow(
                    name=table.texts["goal"][i],
                    formula=formula,
                    direction=direction,  # type: ignore[arg-type]
                    weight=float(table.numbers["weight"][i]),
                    aspiration=number_or_none(table, "aspiration", i),
                    worst=number_or_none(table, "worst", i),
                    active=bool(table.flags["active"][i]),
                    unit=table.texts["unit"][i],
                    cell=table.raw.cell(i, "formula"),
                    row=i,
                )
            )
    return tuple(rows), []
