"""``ActionLegs``: what one unit of an action changes."""

from xlalm.domain.action import Leg
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.table import TypedTable
from xlalm.tables.known import Known
from xlalm.tables.typed import is_readable, number_or_none


def read_action_legs(table: TypedTable, known: Known) -> tuple[tuple[Leg, ...], list[Finding]]:
    """Return the legs in their order; a row may change a position's balance, a column of it, or both.

    An unknown action, position or column is an error, and so is a row that changes nothing.
    """
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    found: list[Leg] = []
    for i in range(len(table)):
        start = len(findings)
        action = known.row_of(table, i, "action", "Actions", findings)
        position = known.position(table, i, "position", findings)
        column = known.column(table, i, "column", findings)
        per_unit, delta = number_or_none(table, "per_unit", i), number_or_none(table, "delta", i)
        if action is None or len(findings) > start:
            continue
        changes = [(key, number) for key, number in (("", per_unit), (column, delta)) if None not in (key, number)]
        cell = table.raw.cell(i, "action")
        if position is None:
            findings.append(error(cell, "the leg names no position", "enter the position that changes"))
        elif not changes or (column is None) != (delta is None):
            cure = "enter per_unit for its balance, or column and delta"
            findings.append(error(cell, "the leg does not say what changes by how much", cure))
        else:
            found += [Leg(action, position, key or "", float(number or 0.0), cell) for key, number in changes]
    cap(findings, 0, "table ActionLegs")
    return tuple(found), findings
