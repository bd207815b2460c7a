"""What-if: cells of the input tables changed in memory, and what that changes in the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from xlalm.app.reports import LimitState, limit_states
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import suggest
from xlalm.domain.result import ResultTable, result_table
from xlalm.domain.schema import INPUT_TABLES, table_schema
from xlalm.domain.table import Table, normalise_header, table_from_columns
from xlalm.domain.validation import is_number, parse_number
from xlalm.program.model import Model
from xlalm.solve.ranging import Range
from xlalm.solve.solution import Solution

_DEFAULT_COLUMN = {"Limits": "right", "Settings": "value", "Goals": "weight", "Metrics": "formula"}
_FORM = 'write it as "Limits!LCR floor=110%" or "Positions!Mortgages.max=5200"'


@attrs.frozen
class Change:
    """One changed cell: table, row by the name in its first column, column and new value."""

    table: str
    row: str
    column: str
    value: float | str


def parse_change(text: str, equals: int | None = None) -> tuple[str, str, float | str]:
    """Return table, row with an optional ``.column``, and value of ``Table!row.column=value``; raises XlalmError.

    Parameters
    ----------
    equals : where the sign stands that parts cell and value; the first one by default.
    """
    at = text.find("=") if equals is None else equals
    place, value = text[: max(at, 0)], text[at + 1 :]
    table, mark, row = place.partition("!")
    if at < 0 or not mark or not row.strip():
        message = f'"{text}" names no cell to change; {_FORM}.'
        raise XlalmError(message)
    known = {name.casefold(): name for name, _ in INPUT_TABLES}
    proper = known.get(table.strip().casefold())
    if proper is None:
        message = f'there is no input table "{table.strip()}"{suggest(table, known.values())}; {_FORM}.'
        raise XlalmError(message)
    number = parse_number(value)
    return proper, row.strip(), value.strip() if number is None else number


def apply_changes(tables: Mapping[str, Table], texts: Sequence[str]) -> tuple[dict[str, Table], list[Change]]:
    """Return tables with changed cells, and the changes; raises XlalmError for a cell that is not there."""
    changed, changes = dict(tables), []
    for text in texts:
        change = _change(changed, text)
        changed[change.table] = _with(changed[change.table], change)
        changes.append(change)
    return changed, changes


def cell_value(tables: Mapping[str, Table], cell: str) -> float | None:
    """Return the number that a cell such as ``Positions!Mortgages.max`` holds, if it does; raises XlalmError."""
    change = _change(tables, f"{cell}=0")
    table = tables[change.table]
    key = next(iter(table_schema(table.name).columns))
    names = [str(value).strip() if value is not None else "" for value in table.columns[key]]
    value = table.columns.get(change.column, [None] * len(table))[names.index(change.row)]
    return parse_number(value) if isinstance(value, str) else float(value) if is_number(value) else None


def _change(tables: Mapping[str, Table], text: str) -> Change:
    """Return the change of the first equals sign that has a cell before it: names and formulas hold some too."""
    fault: XlalmError | None = None
    for at in [i for i, character in enumerate(text) if character == "="] or [-1]:
        try:
            name, place, value = parse_change(text, at)
            return Change(name, *_locate(_table(tables, name), place), value)
        except XlalmError as reason:
            fault = fault or reason
    assert fault is not None
    raise fault


def _table(tables: Mapping[str, Table], name: str) -> Table:
    if name not in tables:
        message = f"the book has no table {name}; {_FORM}."
        raise XlalmError(message)
    return tables[name]


def _locate(table: Table, place: str) -> tuple[str, str]:
    """Return row name and column key; a name with a dot in it wins over a column."""
    key = next(iter(table_schema(table.name).columns))
    names = {str(value).strip().casefold(): str(value).strip() for value in table.columns.get(key, ()) if value}
    if place.casefold() in names and table.name in _DEFAULT_COLUMN:
        return names[place.casefold()], _DEFAULT_COLUMN[table.name]
    row, _, column = place.rpartition(".")
    found, wanted = names.get(row.strip().casefold()), normalise_header(column)
    if found is not None and (wanted in table.columns or wanted in table_schema(table.name).columns):
        return found, wanted
    if found is not None:
        message = f'{table.name} has no column "{column}"{suggest(wanted, table.columns)}; {_FORM}.'
        raise XlalmError(message)
    if place.casefold() in names:
        message = f'"{table.name}!{place}" names a row but no column; {_FORM}.'
        raise XlalmError(message)
    message = f'{table.name} has no row "{row or place}"{suggest(row or place, names.values())}; {_FORM}.'
    raise XlalmError(message)


def _with(table: Table, change: Change) -> Table:
    key = next(iter(table_schema(table.name).columns))
    names = [str(value).strip() if value is not None else "" for value in table.columns[key]]
    column = list(table.columns.get(change.column, [None] * len(table)))
    column[names.index(change.row)] = change.value
    columns = {**table.columns, change.column: column}
    headers = {change.column: change.column, **table.headers}
    return attrs.evolve(table, columns=columns, headers=headers)


def with_setting(table: Table | None, name: str, value: str) -> Table:
    """Return ``Settings`` with one setting changed or added."""
    if table is None:
        return table_from_columns("Settings", {"setting": [name], "value": [value]})
    rows = list(zip(table.columns.get("setting", ()), table.columns.get("value", ()), strict=True))
    kept = [(key, old) for key, old in rows if normalise_header(str(key or "")) != normalise_header(name)]
    return table_from_columns(
        "Settings", {"setting": [*(key for key, _ in kept), name], "value": [*(old for _, old in kept), value]}
    )


@attrs.frozen(eq=False)
class Answered:
    """A run as it is compared: its model, its solution and where its prices hold."""

    model: Model
    solution: Solution
    ranges: Mapping[int, Range]

    def states(self) -> list[LimitState]:
        """Return its limits in the plan; none where there is no plan, whose limits would be those of the opening."""
        return limit_states(self.model, self.solution, self.ranges) if self.solution.has_plan else []


def what_if_table(base: Answered, changed: Answered) -> ResultTable:
    """Return ``WhatIf``: everything in the answer that differs from the base run; blank where a run has no plan."""
    goal = changed.model.active_goals[0].row.name
    rows: list[dict[str, Any]] = [_row("goal", goal, base.solution.objective, changed.solution.objective, "")]
    before, after = ({s.limit.row.name.casefold(): s for s in run.states()} for run in (base, changed))
    for limit in changed.model.limits:
        name = limit.row.name
        old, new = _figures(before.get(name.casefold())), _figures(after.get(name.casefold()))
        for i, (kind, unit) in enumerate((("limit", limit.unit), ("bound", limit.unit), ("price", ""))):
            rows.append(_row(kind, name, old[i], new[i], unit))
    old_stock, new_stock = base.solution.stock, changed.solution.stock
    if old_stock is not None and new_stock is not None:
        for i, name in enumerate(changed.model.sheet.names):
            rows.append(_row("position", name, float(old_stock[i]), float(new_stock[i]), "amount"))
    differing = [row for row in rows if row["kind"] == "goal" or _differs(row["base"], row["changed"])]
    return result_table("WhatIf", differing)


def _figures(state: LimitState | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if state is None else (state.value, state.bound, state.price)


def _row(kind: str, name: str, base: float | None, changed: float | None, unit: str) -> dict[str, Any]:
    change = changed - base if base is not None and changed is not None else None
    return {"kind": kind, "name": name, "base": base, "changed": changed, "change": change, "unit": unit}


def _differs(base: float | None, changed: float | None) -> bool:
    if base is None or changed is None:
        return base is not changed
    return abs(changed - base) > 1e-9 * max(1.0, abs(base))
