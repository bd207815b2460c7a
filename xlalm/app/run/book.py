"""A book as verbs see it: a workbook file or tables in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from xlalm.app.run.memory import table_in_memory
from xlalm.domain.findings import Finding
from xlalm.domain.table import Table
from xlalm.schema.tables import INPUT_TABLES


@attrs.frozen(eq=False)
class Book:
    """The input tables of a book, what was found while reading them, and where they came from."""

    name: str
    path: Path | None
    tables: dict[str, Table]
    findings: tuple[Finding, ...] = ()


Source = str | Path | Mapping[str, Any] | Book


def open_book(source: Source) -> Book:
    """Read a book.

    Parameters
    ----------
    source : a path to .xlsx or .xlsm, or a mapping from table name to what ``table_in_memory`` takes; a book that is
        read already stays as it is.

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
        for name, given in source.items():
            proper = known.get(str(name).casefold(), str(name))
            tables[proper] = table_in_memory(proper, given)
        return Book("tables in memory", None, tables)
    from xlalm.workbook.reading import read_tables

    path = Path(source)
    tables, findings = read_tables(path)
    return Book(path.name, path, tables, tuple(findings))


@contextmanager
def on_file(book: Book) -> Iterator[Path]:
    """Give the workbook that a book was read from; tables in memory are one for as long as results are written.

    Raises
    ------
    Refused
        A table in memory is too large for a sheet.
    """
    if book.path is not None:
        yield book.path
        return
    from xlalm.workbook.fresh import write_inputs

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{book.name}.xlsx"
        write_inputs(path, book.tables)
        yield path
