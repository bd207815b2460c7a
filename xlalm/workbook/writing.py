"""Results into a workbook: all result tables or none, the user's own parts untouched."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from xlalm.domain.errors import WorkbookError
from xlalm.domain.result import ResultTable
from xlalm.domain.table import normalise_header
from xlalm.schema.tables import ADDED_WHEN_FOUND, ALWAYS_WRITTEN, LEFT_BY_SOLVE, RESULT_TABLES, table_schema
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.save import backup, backup_path, refuse_if_open, replace_file

RESULTS_SHEET = "xlalm results"
_SHOWN_FIRST = ("Headline", "PlanStatus", "Explanation", "RunInfo")
_FORMATS = {
    "amount": "#,##0.0",
    "change": "+#,##0.0;-#,##0.0;0.0",
    "percent": "0.0%",
    "price": "#,##0.0000;-#,##0.0000;0",
    "limit": "#,##0.0000",
    "goal": "#,##0.00",
    "exact": "0.000000",
}


def write_results(book: Path, out: Path, tables: Mapping[str, ResultTable]) -> None:
    """Write result tables by name and save; result tables of an earlier run that this one lacks are emptied.

    Parameters
    ----------
    book : workbook that was read.
    out : where to save; the book itself gets one backup a day first.

    Raises
    ------
    WorkbookError
        Nothing was written: a table has no room to grow, Excel holds the file open, …
    """
    package = Package.open(book)
    present = {info.name.casefold(): info for info in package.tables()}
    updates, missing = result_updates({key: info.headers for key, info in present.items()}, tables)
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    if missing:
        _add_missing(package, missing, RESULTS_SHEET)
    sheets = [present[name.casefold()].sheet for name in _SHOWN_FIRST if name.casefold() in present]
    shown = next((sheet for sheet in sheets if package.is_visible(sheet)), None)
    if shown is not None:
        package.activate_sheet(shown)
    save_package(package, book, out)


def write_report(book: Path, out: Path, sheet: str, tables: Sequence[ResultTable]) -> None:
    """Write tables to a sheet of their own: over the tables of these names, or side by side on a new sheet.

    Raises
    ------
    WorkbookError
        Nothing was written.
    """
    package = Package.open(book)
    present = {info.name.casefold(): info for info in package.tables()}
    updates, missing = report_updates({key: info.headers for key, info in present.items()}, tables)
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    if missing:
        sheet = _add_missing(package, missing, sheet)
    else:
        sheet = present[tables[0].name.casefold()].sheet
    if package.is_visible(sheet):
        package.activate_sheet(sheet)
    save_package(package, book, out)


def save_package(package: Package, book: Path, out: Path) -> None:
    """Save, after a backup where the book itself is written."""
    try:
        refuse_if_open(out)
        same = out.exists() and book.exists() and out.resolve() == book.resolve()
    except OSError as fault:
        message = f"{out.name} cannot be written ({fault.strerror}). Save under another name."
        raise WorkbookError(message) from fault
    if not same:
        package.save(out)
        return
    kept = backup_path(book)
    is_new = not kept.exists()
    backup(book)
    try:
        package.save(out)
    except WorkbookError:  # the book is as it was, so its backup would only puzzle
        if is_new:
            kept.unlink(missing_ok=True)
        raise


# --- what is written where, in a file and in an open book ------------------------------------------------


@attrs.frozen
class Update:
    """A table that is there and gets a new body: values of the columns under ``headers``; the others stay."""

    table: str  # its name, in any case
    headers: tuple[str, ...]
    rows: list[list[Any]]


@attrs.frozen
class NewTable:
    """A table that is not there yet, under its name as a title."""

    name: str
    headers: list[str]
    formats: list[str | None]  # number format of each column; None for General
    rows: list[list[Any]]


def result_updates(
    present: Mapping[str, Sequence[str]], tables: Mapping[str, ResultTable]
) -> tuple[list[Update], list[ResultTable]]:
    """Return what a run writes over the tables that are there, and the results that need a new place.

    Parameters
    ----------
    present : headers of every table of the book by its case-folded name.
    tables : results of the run; the result tables of a solve that it lacks are emptied.
    """
    wanted = (*ALWAYS_WRITTEN, *(name for name in ADDED_WHEN_FOUND if name in tables and tables[name].rows))
    missing = [tables[name] for name in wanted if name.casefold() not in present and name in tables]
    of_a_solve = [name for name, _ in RESULT_TABLES if name not in LEFT_BY_SOLVE]
    all_tables = [tables.get(name, ResultTable(name, ())) for name in of_a_solve]
    return report_updates(present, all_tables)[0], missing


def report_updates(
    present: Mapping[str, Sequence[str]], tables: Sequence[ResultTable]
) -> tuple[list[Update], list[ResultTable]]:
    """Return the same for results that leave every other table as it is."""
    found = [(table, present.get(table.name.casefold())) for table in tables]
    updates = [_update(table, headers) for table, headers in found if headers is not None]
    return updates, [table for table, headers in found if headers is None]


def _update(table: ResultTable, headers: Sequence[str]) -> Update:
    keys = {normalise_header(key): place for place, key in enumerate(table.keys)}
    columns = [(header, keys[normalise_header(header)]) for header in headers if normalise_header(header) in keys]
    rows = [[row[place] for _, place in columns] for row in table.rows]
    return Update(table.name, tuple(header for header, _ in columns), rows)


def new_table(table: ResultTable) -> NewTable:
    """Return how a result looks that has no table in the book."""
    columns = table_schema(table.name).columns
    headers = [*(header_text(key) for key in columns), *table.more_keys]
    own = [_FORMATS.get(column.display) for column in columns.values()]
    formats = [*own, *(_FORMATS["goal"] for _ in table.more_keys)]
    return NewTable(table.name, headers, formats, [list(row) for row in table.rows])


def _add_missing(package: Package, tables: Sequence[ResultTable], name: str) -> str:
    """Put tables side by side on a new sheet, so that each can grow downwards; returns the sheet's name."""
    sheet, column = package.add_sheet(name), 1
    for table in map(new_table, tables):
        package.write_cells(sheet, {(1, column): table.name})
        package.add_table(sheet, table.name, table.headers, table.rows, 2, column, number_formats=table.formats)
        column += len(table.headers) + 1
    return sheet


def header_text(key: str) -> str:
    """Return a column's key as a header: ``reduced_cost`` -> ``Reduced cost``."""
    text = key.replace("_", " ")
    return text[:1].upper() + text[1:]


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: after a crash the old one stands, or the new one, whole."""
    data = text.encode(errors="replace")  # the name of a file may hold bytes that are no text

    def verify(written: Path) -> None:
        if written.stat().st_size != len(data):
            message = f"{path.name} could not be written; check disk space and try again."
            raise WorkbookError(message)

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    replace_file(path, write, verify)
