"""Results into a workbook: all result tables or none, the user's own parts untouched."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from xlalm.domain.errors import WorkbookError
from xlalm.domain.result import ResultTable
from xlalm.domain.schema import ADDED_WHEN_FOUND, ALWAYS_WRITTEN, RESULT_TABLES, table_schema
from xlalm.domain.table import normalise_header
from xlalm.workbook.package import Package, TableInfo
from xlalm.workbook.save import backup, backup_path, refuse_if_open, replace_file

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
    wanted = (*ALWAYS_WRITTEN, *(name for name in ADDED_WHEN_FOUND if name in tables and tables[name].rows))
    missing = [name for name in wanted if name.casefold() not in present and name in tables]
    for name, _ in RESULT_TABLES:
        info = present.get(name.casefold())
        if info is not None:
            _write(package, info, tables.get(name, ResultTable(name, ())))
    if missing:
        _add_missing(package, [tables[name] for name in missing], RESULTS_SHEET)
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
    for table in tables:
        info = present.get(table.name.casefold())
        if info is not None:
            _write(package, info, table)
    missing = [table for table in tables if table.name.casefold() not in present]
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


def _write(package: Package, info: TableInfo, table: ResultTable) -> None:
    keys = {normalise_header(key): place for place, key in enumerate(table.keys)}
    columns = [(header, keys[normalise_header(header)]) for header in info.headers if normalise_header(header) in keys]
    rows = [[row[place] for _, place in columns] for row in table.rows]
    package.write_table(info.name, rows, [header for header, _ in columns])


def _add_missing(package: Package, tables: Sequence[ResultTable], name: str) -> str:
    """Put tables side by side on a new sheet, so that each can grow downwards; returns the sheet's name."""
    sheet, column = package.add_sheet(name), 1
    for table in tables:
        schema = table_schema(table.name)
        headers = [*(header_text(key) for key in schema.columns), *table.more_keys]
        formats = [*(_FORMATS.get(c.display) for c in schema.columns.values()), *(None for _ in table.more_keys)]
        rows: list[list[Any]] = [list(row) for row in table.rows]
        package.write_cells(sheet, {(1, column): table.name})
        package.add_table(sheet, table.name, headers, rows, 2, column, number_formats=formats)
        column += len(headers) + 1
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
