"""What-if: cells of the input tables changed in memory, and what that changes in the answer."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from xlalm.app.run.arguments import ArgumentError
from xlalm.domain.findings import suggest
from xlalm.domain.numbers import is_number, parse_number
from xlalm.domain.settings import SETTINGS
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import fold, shown
from xlalm.schema.display import input_format
from xlalm.schema.tables import INPUT_TABLES, table_schema
from xlalm.tables.settings import with_setting

_DEFAULT_COLUMN = {"Limits": "right", "Settings": "value", "Goals": "weight", "Metrics": "formula"}
MOST_NAMED = 5
"""Names that a message lists."""

_FORM = 'write it as "Limits!LCR floor=110%" or "Positions!Mortgages.max=5200"'


@attrs.frozen
class Change:
    """One changed cell: table, row by the name in its first column, column and new value."""

    table: str
    row: str
    column: str
    value: float | str


def parse_change(text: str, equals: int | None = None) -> tuple[str, str, float | str]:
    """Return table, row with an optional ``.column``, and value of ``Table!row.column=value``; raises ArgumentError.

    Parameters
    ----------
    equals : where the sign stands that parts cell and value; the first one by default.
    """
    at = text.find("=") if equals is None else equals
    place, value = text[: max(at, 0)], text[at + 1 :]
    table, mark, row = place.partition("!")
    if at < 0 or not mark or not row.strip():
        text = f'"{text}" names no cell to change'
        raise ArgumentError(None, text, _FORM)
    known = {name.casefold(): name for name in INPUT_TABLES}
    proper = known.get(fold(table))
    if proper is None:
        text = f'there is no input table "{table.strip()}"{suggest(table, known.values())}'
        raise ArgumentError(None, text, _FORM)
    number = parse_number(value)
    return proper, row.strip(), value.strip() if number is None else number


def apply_changes(tables: Mapping[str, Table], texts: Sequence[str]) -> tuple[dict[str, Table], list[Change]]:
    """Return tables with changed cells, and the changes; raises ArgumentError for a cell that is not there."""
    changed, changes = dict(tables), []
    for text in texts:
        changed = _with_row_of_setting(changed, text)
        change = _change(changed, text)
        changed[change.table] = _with(changed[change.table], change)
        changes.append(change)
    return changed, changes


def changes_told(tables: Mapping[str, Table], changes: Iterable[Change], units: Mapping[str, str]) -> str:
    """Return what changes make of a book: ``LCR, management buffer 125% instead of 129%``; blank where nothing.

    Parameters
    ----------
    tables : before the changes.
    units : of limits, by name.
    """
    last = {(change.table, change.row, change.column): change for change in changes}
    told = [_told(tables, change, units) for change in last.values()]
    return "; ".join(text for text in told if text)


def _told(tables: Mapping[str, Table], change: Change, units: Mapping[str, str]) -> str:
    old = _held(_with_row_of_setting(dict(tables), f"{change.table}!{change.row}"), change)
    spec = table_schema(change.table).columns.get(change.column)
    in_percent = (isinstance(old, str) and "%" in old) or (spec is not None and "%" in input_format(spec))
    in_percent |= change.table == "Limits" and spec is not None and units.get(change.row) == "%"
    new, before = (_figure(value, in_percent) for value in (change.value, old))
    what = change.row if _DEFAULT_COLUMN.get(change.table) == change.column else f"{change.row}, {change.column}"
    return "" if new == before else f"{what} {new} instead of {before}"


def _held(tables: Mapping[str, Table], change: Change) -> object:
    """Return what a cell holds before it is changed."""
    table = tables[change.table]
    same = normalise_header if table.name == "Settings" else str
    names = [same(str(value or "").strip()) for value in table.columns[next(iter(table_schema(table.name).columns))]]
    if same(change.row) not in names:
        return None
    return table.columns.get(change.column, [None] * len(table))[names.index(same(change.row))]


def _figure(value: object, in_percent: bool) -> str:
    """Return a cell's value with the digits it has."""
    if isinstance(value, bool):
        return "on" if value else "off"
    number = parse_number(value) if isinstance(value, str) else float(value) if is_number(value) else None
    if number is None:
        return "blank" if value is None else shown(value)
    return f"{100 * number:,.10g}%" if in_percent else f"{number:,.10g}"


def cell_value(tables: Mapping[str, Table], cell: str) -> float | None:
    """Return the number that a cell such as ``Positions!Mortgages.max`` holds, None where it is blank or a formula.

    Raises
    ------
    ArgumentError
        There is no such cell, or it takes something other than a number.
    """
    if "!" not in cell:
        text = f'"{cell}" names no cell'
        cure = 'write it as "Limits!LCR floor" or "Positions!Mortgages.max"'
        raise ArgumentError(None, text, cure)
    tables = _with_row_of_setting(dict(tables), cell)
    change = _change(tables, f"{cell}=0")
    table = tables[change.table]
    if not _takes_number(table, change):
        text = f"{cell} takes no number"
        cure = "name a cell that does, such as a max, a rate or the bound of a limit"
        raise ArgumentError(None, text, cure)
    key = next(iter(table_schema(table.name).columns))
    names = [str(value).strip() if value is not None else "" for value in table.columns[key]]
    value = table.columns.get(change.column, [None] * len(table))[names.index(change.row)]
    return parse_number(value) if isinstance(value, str) else float(value) if is_number(value) else None


def _takes_number(table: Table, change: Change) -> bool:
    """Whether a number makes sense in a cell."""
    if table.name == "Settings":
        spec = SETTINGS.get(normalise_header(change.row))
        return spec is not None and spec.kind == "number"
    column = table_schema(table.name).columns.get(change.column)
    if column is not None:
        return column.kind == "number" or (table.name == "Limits" and change.column == "right")
    return not any(isinstance(value, str) and parse_number(value) is None for value in table.columns[change.column])


def _with_row_of_setting(tables: dict[str, Table], text: str) -> dict[str, Table]:
    """Return tables in which the setting that a change names has a row, where the book leaves it at its default."""
    table, _, rest = text.partition("!")
    name = normalise_header(rest.partition("=")[0].strip().removesuffix(".value"))
    if fold(table) != "settings" or name not in SETTINGS:
        return tables
    given = tables.get("Settings")
    if given is not None and name in [normalise_header(str(key or "")) for key in given.columns.get("setting", ())]:
        return tables
    return {**tables, "Settings": with_setting(given, name, SETTINGS[name].default)}


def _change(tables: Mapping[str, Table], text: str) -> Change:
    """Return the change of the first equals sign that has a cell before it: names and formulas hold some too."""
    fault: ArgumentError | None = None
    for at in [i for i, character in enumerate(text) if character == "="] or [-1]:
        try:
            name, place, value = parse_change(text, at)
            return Change(name, *_locate(_table(tables, name), place), value)
        except ArgumentError as reason:
            fault = fault or reason
    assert fault is not None
    raise fault


def _table(tables: Mapping[str, Table], name: str) -> Table:
    if name not in tables:
        text = f"the book has no table {name}"
        raise ArgumentError(None, text, _FORM)
    return tables[name]


def _locate(table: Table, place: str) -> tuple[str, str]:
    """Return row name and column key; a name with a dot in it wins over a column."""
    key = next(iter(table_schema(table.name).columns))
    same = normalise_header if table.name == "Settings" else fold
    names = {same(str(value).strip()): str(value).strip() for value in table.columns.get(key, ()) if value}
    if same(place) in names and table.name in _DEFAULT_COLUMN:
        return names[same(place)], _DEFAULT_COLUMN[table.name]
    row, _, column = place.rpartition(".")
    found, wanted = names.get(same(row.strip())), normalise_header(column)
    if found is not None and (wanted in table.columns or wanted in table_schema(table.name).columns):
        return found, wanted
    if found is not None:
        text = f'{table.name} has no column "{column}"{suggest(wanted, table.columns)}'
        raise ArgumentError(None, text, _FORM)
    if same(place) in names:
        text = f'"{table.name}!{place}" names a row but no column'
        raise ArgumentError(None, text, _FORM)
    wanted = row or place
    hint = suggest(wanted, names.values()) or _holding(wanted, names.values())
    text = f'{table.name} has no row "{wanted}"{hint}'
    raise ArgumentError(None, text, _FORM)


def _holding(word: str, names: Iterable[str]) -> str:
    """Return the names that hold a word: people type the short form."""
    found = [f'"{shown(name)}"' for name in names if fold(word) in fold(name)][:MOST_NAMED]
    return f" (there is {', '.join(found)})" if found else ""


def _with(table: Table, change: Change) -> Table:
    key = next(iter(table_schema(table.name).columns))
    names = [str(value).strip() if value is not None else "" for value in table.columns[key]]
    column = list(table.columns.get(change.column, [None] * len(table)))
    column[names.index(change.row)] = change.value
    columns = {**table.columns, change.column: column}
    headers = {change.column: change.column, **table.headers}
    return attrs.evolve(table, columns=columns, headers=headers)
