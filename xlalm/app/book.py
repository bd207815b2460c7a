"""A book as verbs see it: a workbook file or tables in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from xlalm.domain.findings import Finding
from xlalm.domain.schema import INPUT_TABLES
from xlalm.domain.table import Table, table_from_columns

Source = str | Path | Mapping[str, Any]


@attrs.frozen(eq=False)
class Book:
    """The input tables of a book, what was found while reading them, and where they came from."""

    name: str
    path: Path | None
    tables: dict[str, Table]
    findings: tuple[Finding, ...] = ()


def open_book(source: Source) -> Book:
    """Read a book.

    Parameters
    ----------
    source : a path to .xlsx or .xlsm, or a mapping from table name to a DataFrame or a mapping of columns.

    Raises
    ------
    WorkbookError
        For a file that cannot be read at all.
    """
    if isinstance(source, Mapping):
        known = {name.casefold(): name for name, _ in INPUT_TABLES}
        tables = {}
        for name, columns in source.items():
            proper = known.get(str(name).casefold(), str(name))
            tables[proper] = columns if isinstance(columns, Table) else table_from_columns(proper, _columns(columns))
        return Book("tables in memory", None, tables)
    from xlalm.workbook.reading import read_tables

    path = Path(source)
    tables, findings = read_tables(path)
    return Book(path.name, path, tables, tuple(findings))


def _columns(frame: Any) -> dict[str, list[object]]:
    """Return a DataFrame's or a mapping's columns as lists; NaN is blank."""
    columns: dict[str, list[object]] = {}
    for header in frame:
        values = frame[header]
        values = values.tolist() if hasattr(values, "tolist") else list(values)
        columns[str(header)] = [None if isinstance(v, float) and v != v else v for v in values]
    return columns
