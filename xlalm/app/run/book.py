"""A book as verbs see it: a workbook file or tables in memory."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding
from xlalm.domain.table import Table, normalise_header, table_from_columns
from xlalm.schema.tables import INPUT_TABLES

if TYPE_CHECKING:
    from xlalm.workbook.reading import BookFile


IN_MEMORY = "tables in memory"
"""Name of a book that is no file."""


@attrs.frozen(eq=False)
class Book:
    """The input tables of a book, what was found while reading them, and the file they came from, if any."""

    name: str
    file: "BookFile | None"
    tables: dict[str, Table]
    findings: tuple[Finding, ...] = ()

    @property
    def path(self) -> Path | None:
        """Where the file lies."""
        return self.file.path if self.file else None


Source = str | Path | Mapping[str, Any] | Book


def open_book(source: Source) -> Book:
    """Read a book.

    Parameters
    ----------
    source : a path to .xlsx or .xlsm, or a mapping from table name to a DataFrame or a mapping of columns; a book that
        is read already stays as it is.

    Raises
    ------
    Refused
        For a file that cannot be read at all, or columns in memory that make no table.
    """
    if isinstance(source, Book):
        return source
    if isinstance(source, Mapping):
        known = {name.casefold(): name for name in INPUT_TABLES}
        tables = {}
        for name, columns in source.items():
            proper = known.get(str(name).casefold(), str(name))
            tables[proper] = (
                columns if isinstance(columns, Table) else table_from_columns(proper, _columns(proper, columns))
            )
        return Book(IN_MEMORY, None, tables)
    from xlalm.workbook.reading import BookFile, read_tables

    file = BookFile.open(Path(source))
    tables, findings = read_tables(file)
    return Book(file.path.name, file, tables, tuple(findings))


def _columns(table: str, frame: Any) -> dict[str, list[object]]:
    """Return a DataFrame's or a mapping's columns as lists of plain values; NaN and NA are blank."""
    columns: dict[str, list[object]] = {}
    keys: dict[str, str] = {}
    for header in frame:
        values, key = frame[header], normalise_header(str(header))
        if key in keys or getattr(values, "ndim", 1) != 1:
            text = f'table {table} has the column "{header}" twice (as "{keys.get(key, header)}")'
            cure = "rename one of them"
            raise Refused(None, text, cure)
        if isinstance(values, str) or not isinstance(values, Iterable):
            text = f'column "{header}" of table {table} is not a list'
            cure = "give one value per row"
            raise Refused(None, text, cure)
        keys[key] = str(header)
        columns[str(header)] = [_plain(value) for value in values]
    lengths = {header: len(values) for header, values in columns.items()}
    if len(set(lengths.values())) > 1:
        shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        text = (
            f'columns of table {table} differ in length: "{shortest}" has {lengths[shortest]} values, "{longest}" '
            f"{lengths[longest]}"
        )
        cure = "give one value per row"
        raise Refused(None, text, cure)
    return columns


def _plain(value: object) -> object:
    """Return a value as a workbook would give it: no NaN, no NA, no numpy scalar, no decimal."""
    if type(value).__name__ in {"NAType", "NaTType"} or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, Decimal):
        return float(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return _plain(value.item())
    return value
