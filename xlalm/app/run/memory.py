"""Tables in memory as a workbook would give them: DataFrames, lists of records, mappings of columns, settings."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.result import ResultTable
from xlalm.domain.table import ErrorValue, Table, normalise_header, table_from_columns
from xlalm.schema.tables import INPUT_TABLES, table_schema

Columns = dict[str, list[object]]

_NO_BOUND = {"min": -math.inf, "max": math.inf}
"""What stands for no bound in a column where a workbook leaves the cell blank."""

_PLAIN = (bool, int, float, str, dt.date, dt.time, dt.timedelta, ErrorValue)
_SCALARS = (bool, int, float, str, dt.date, Decimal, type(None))


def table_in_memory(name: str, given: Any) -> Table:
    """Return a table that was given in memory.

    Parameters
    ----------
    name : as in the schema, or the caller's own.
    given : a DataFrame, whose index names the rows where the column that does is missing; a list of records, which may
        lack keys; a mapping of columns; for ``Settings`` a mapping from setting to value. NaN, NA, None and an infinite
        ``min`` or ``max`` are blank; categories, intervals and other objects are what they show.

    Raises
    ------
    Refused
        It makes no table: columns of different length or of the same name, or none at all.
    """
    if isinstance(given, Table):
        return given
    if hasattr(given, "columns") and hasattr(given, "index"):
        labels = [str(label) for label in given.index]
        return table_from_columns(name, _columns(name, {**_from_index(name, given), **_of_frame(name, given)}), labels)
    if name == "Settings" and hasattr(given, "items") and all(isinstance(v, _SCALARS) for _, v in given.items()):
        pairs = list(given.items())
        given = {"setting": [key for key, _ in pairs], "value": [value for _, value in pairs]}
    if isinstance(given, Mapping):
        return table_from_columns(name, _columns(name, given))
    if isinstance(given, Sequence) and all(isinstance(record, Mapping) for record in given):
        headers = dict.fromkeys(header for record in given for header in record)
        if not headers and name in INPUT_TABLES:
            headers = dict.fromkeys(table_schema(name).required)
        columns = {header: [record.get(header) for record in given] for header in headers}
        return table_from_columns(name, _columns(name, columns), [str(row) for row in range(len(given))])
    text = f"table {name} is given as {type(given).__name__}"
    raise Refused(None, text, "give a DataFrame, a list of records or a mapping from header to values")


def _of_frame(table: str, frame: Any) -> dict[str, Any]:
    """Return the columns of a DataFrame by header; raises Refused where two are alike."""
    headers = [str(header) for header in frame.columns]
    for place, header in enumerate(headers):
        if header in headers[:place]:
            raise _twice(table, header, header)
    return {header: frame.iloc[:, place] for place, header in enumerate(headers)}


def _from_index(table: str, frame: Any) -> dict[str, Any]:
    """Return the columns of the contract that a DataFrame holds as its index: by name, or unnamed the first one."""
    if table not in INPUT_TABLES:
        return {}
    wanted = table_schema(table).columns
    missing = wanted.keys() - {normalise_header(str(header)) for header in frame.columns}
    named = {str(name): frame.index.get_level_values(k) for k, name in enumerate(frame.index.names) if name is not None}
    found = {name: values for name, values in named.items() if normalise_header(name) in missing}
    first = next(iter(wanted))
    if not named and first in missing and not any(isinstance(label, int | tuple) for label in frame.index):
        found = {first: frame.index}
    return found


def _columns(table: str, given: Mapping[Any, Any]) -> Columns:
    """Return columns as lists of plain values."""
    columns: Columns = {}
    keys: dict[str, str] = {}
    for header, values in given.items():
        key = normalise_header(str(header))
        if key in keys:
            raise _twice(table, str(header), keys[key])
        if isinstance(values, str) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
            text = f'column "{header}" of table {table} is not a list'
            raise Refused(None, text, "give one value per row")
        keys[key] = str(header)
        no_bound = _NO_BOUND.get(key)
        plain = [_plain(value) for value in values]
        columns[str(header)] = [None if no_bound is not None and value == no_bound else value for value in plain]
    lengths = {header: len(values) for header, values in columns.items()}
    if len(set(lengths.values())) > 1:
        shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        text = (
            f'columns of table {table} differ in length: "{shortest}" has {lengths[shortest]} values, "{longest}" '
            f"{lengths[longest]}"
        )
        raise Refused(None, text, "give one value per row")
    return columns


def _twice(table: str, header: str, other: str) -> Refused:
    text = f'table {table} has the column "{header}" twice (as "{other}")'
    return Refused(None, text, "rename one of them")


def _plain(value: object) -> object:
    """Return a value as a workbook would give it: no NaN, no NA, no numpy scalar, no decimal, no object."""
    kind = type(value)
    if value is None or kind.__name__ in {"NAType", "NaTType"} or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, Decimal):
        return _plain(float(value))
    if kind.__module__ == "numpy" and hasattr(value, "item"):
        if kind.__name__ == "datetime64" and hasattr(value, "astype"):
            value = value.astype("datetime64[us]")  # in nanoseconds it would be an integer
        return _plain(value.item())
    return value if isinstance(value, _PLAIN) else str(value)


def with_addresses(tables: Mapping[str, Table], results: Mapping[str, ResultTable]) -> dict[str, ResultTable]:
    """Return results whose cells are those of the workbook that tables in memory become, for its readers."""
    framed = {name: table for name, table in tables.items() if table.labels is not None}
    if not framed:
        return dict(results)
    return {
        name: result.with_records(
            record | ({"cell": _address(framed, str(record["cell"]))} if record.get("cell") else {})
            for record in result.records()
        )
        for name, result in results.items()
    }


def _address(framed: Mapping[str, Table], cell: str) -> str:
    """Return the address of what ``FrameCell`` shows; any other text as it is."""
    place, _, header = cell.partition(", column ")
    name, _, label = place.partition(", row ")
    table = framed.get(name)
    if table is None or table.labels is None:
        return cell
    row = table.rows[list(table.labels).index(label)] if label in table.labels else table.header_row
    return str(Cell(table.sheet, row, table.column_numbers.get(normalise_header(header), 1)))
