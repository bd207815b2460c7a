"""A book as verbs see it: a workbook file or tables in memory."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.memory import table_in_memory
from xlalm.domain.findings import Finding
from xlalm.domain.table import Table
from xlalm.ledger.places import IN_MEMORY
from xlalm.schema.tables import INPUT_TABLES

if TYPE_CHECKING:
    from xlalm.workbook.reading import BookFile


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
        return Book(IN_MEMORY, None, tables)
    from xlalm.workbook.reading import BookFile, read_tables

    file = BookFile.open(Path(source))
    tables, findings = read_tables(file)
    return Book(file.path.name, file, tables, tuple(findings))


def file_of(book: Book) -> "BookFile":
    """Return the workbook that a book was read from; tables in memory are one on a sheet each.

    Raises
    ------
    Refused
        A table in memory is too large for a sheet.
    """
    if book.file is not None:
        return book.file
    from xlalm.workbook.fresh import write_inputs
    from xlalm.workbook.reading import BookFile

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{book.name}.xlsx"
        write_inputs(path, book.tables)
        return BookFile.open(path)
