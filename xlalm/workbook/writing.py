"""Results into a workbook: all result tables or none, the user's own parts untouched."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from xlalm.domain.errors import Refused
from xlalm.domain.result import ResultTable, by_name
from xlalm.domain.table import Table
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.save import backup, backup_path, refuse_if_open, replace_file
from xlalm.workbook.package.table_part import NewTable, TableInfo
from xlalm.workbook.state import has_results, sheet_for, with_state
from xlalm.workbook.updates import RESULTS_SHEET, report_updates, result_updates

_SHOWN_FIRST = ("Headline", "PlanStatus", "Explanation", "RunInfo")


def write_results(book: Path, out: Path, tables: Mapping[str, ResultTable], inputs: Mapping[str, Table]) -> None:
    """Write result tables by name and save; result tables of an earlier run that this one lacks are emptied.

    Parameters
    ----------
    book : workbook that was read.
    inputs : its input tables as the run read them, before any what-if.
    out : where to save; the book itself gets one backup a day first.

    Raises
    ------
    Refused
        Nothing was written: a table has no room to grow, Excel holds the file open, …
    """
    package, present = _opened(book)
    headers = {key: info.headers for key, info in present.items()}
    stated = by_name(*with_state([*tables.values()], inputs, headers, date1904=package.date1904))
    updates, missing = result_updates(headers, stated)
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    written = {present[update.table.casefold()].sheet for update in updates}
    if missing:
        written.add(_add_missing(package, missing, RESULTS_SHEET))
    band = "".join(stated["WhatIfBand"].column("what_if")) if "WhatIfBand" in stated else ""
    for sheet in package.sheets:
        package.set_footer_line(sheet, band if sheet in written else "")
    places = {update.result: present[update.table.casefold()].sheet for update in updates}
    sheets = [places[name] for name in _SHOWN_FIRST if name in places]
    shown = next((sheet for sheet in sheets if package.is_visible(sheet)), None)
    if shown is not None:
        package.activate_sheet(shown)
    save_package(package, book, out)


def write_report(book: Path, out: Path, sheet: str, tables: Sequence[ResultTable], inputs: Mapping[str, Table]) -> None:
    """Write tables to a sheet of their own: over the tables of these names, or side by side on a new sheet.

    Parameters
    ----------
    inputs : the book's input tables as the run read them.

    Raises
    ------
    Refused
        Nothing was written.
    """
    package, present = _opened(book)
    headers = {key: info.headers for key, info in present.items()}
    updates, missing = report_updates(headers, with_state(tables, inputs, headers, date1904=package.date1904))
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    if missing:
        added = _add_missing(package, missing, sheet_for(missing, sheet))
    sheet = added if has_results(missing) else present[updates[0].table.casefold()].sheet
    if package.is_visible(sheet):
        package.activate_sheet(sheet)
    save_package(package, book, out)


def save_package(package: Package, book: Path, out: Path) -> None:
    """Save, after a backup where the book itself is written."""
    try:
        refuse_if_open(out)
        same = out.exists() and book.exists() and out.resolve() == book.resolve()
    except OSError as fault:
        text = f"{out.name} cannot be written ({fault.strerror})"
        cure = "save under another name"
        raise Refused(None, text, cure) from fault
    if not same:
        package.save(out)
        return
    kept = backup_path(book)
    is_new = not kept.exists()
    backup(book)
    try:
        package.save(out)
    except Refused:  # the book is as it was, so its backup would only puzzle
        if is_new:
            kept.unlink(missing_ok=True)
        raise


def _opened(book: Path) -> tuple[Package, dict[str, TableInfo]]:
    """Return a workbook and its tables by case-folded name."""
    package = Package.open(book)
    return package, {info.name.casefold(): info for info in package.tables()}


def _add_missing(package: Package, tables: Sequence[NewTable], name: str) -> str:
    """Put tables side by side on a new sheet, so that each can grow downwards; returns the sheet's name."""
    sheet, column = package.add_sheet(name), 1
    for table in tables:
        package.write_cells(sheet, {(1, column): table.name})
        package.add_table(sheet, table, 2, column)
        column += len(table.headers) + 1
    return sheet


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: after a crash the old one stands, or the new one, whole."""
    data = text.encode(errors="replace")  # the name of a file may hold bytes that are no text

    def verify(written: Path) -> None:
        if written.stat().st_size != len(data):
            text = f"{path.name} could not be written"
            cure = "check disk space and try again"
            raise Refused(None, text, cure)

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    replace_file(path, write, verify)
