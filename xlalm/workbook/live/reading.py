"""A workbook that is open in Excel: finding it, and reading its tables as the file route reads them.

Only the public interface of xlwings is used, and xlwings is imported only when a live book is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import WorkbookError
from xlalm.domain.findings import Finding, warning
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.schema.tables import INPUT_TABLES

if TYPE_CHECKING:
    import xlwings

    from xlalm.workbook.package.sheet_values import SheetValues
    from xlalm.workbook.package.table_part import TableInfo

LiveBook = Any
"""An ``xlwings.Book``."""

_DAY_ZERO = dt.date(1899, 12, 30)


@attrs.frozen
class Address:
    """How another process finds an open workbook again."""

    engine: str  # xlwings' name of the program that holds it
    pid: int  # of that program
    fullname: str

    @property
    def name(self) -> str:
        """The workbook's name as Excel shows it."""
        return self.fullname.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def path(self) -> Path | None:
        """The workbook's file; None where it was never saved, or lives at a web address."""
        if "://" in self.fullname or not PurePath(self.fullname).is_absolute():
            return None
        return Path(self.fullname)


def calling_book() -> LiveBook:
    """Return the workbook whose ribbon was used.

    Raises
    ------
    WorkbookError
        No workbook is open.
    """
    import xlwings

    try:
        return xlwings.Book.caller()
    except Exception:  # a name that xlwings' arguments cannot carry (a=b.xlsx); a book in Protected View
        active = _active_book(xlwings.apps)
    if active is None:
        message = "No workbook is open for editing. Open one (or leave Protected View) and try again."
        raise WorkbookError(message)
    return active


def _active_book(apps: Any) -> LiveBook | None:
    try:
        return apps.active.books.active
    except Exception:  # each platform has its own for "there is none"
        return None


def address_of(book: xlwings.Book) -> Address:
    """Return how to find a workbook again."""
    return Address(book.app.engine.name, book.app.pid, book.fullname)


def connect(address: Address) -> LiveBook:
    """Return the open workbook at an address.

    Raises
    ------
    WorkbookError
        It was closed, or saved under another name.
    """
    import xlwings

    try:
        app = xlwings.engines[address.engine].apps[address.pid]
        found = next((book for book in app.books if book.fullname == address.fullname), None)
    except Exception as fault:  # each platform has its own for a program that ended
        message = f"the program that held {address.name} has ended; nothing was written."
        raise WorkbookError(message) from fault
    if found is None:
        message = f"{address.name} was closed or saved under another name meanwhile; nothing was written. Try again."
        raise WorkbookError(message)
    return found


# --- tables -------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class LiveTable:
    """A table of an open workbook: where it is (1-based), and xlwings' objects for it and its sheet."""

    name: str
    sheet: Any
    table: Any
    first_row: int
    first_column: int
    rows: int  # all of them, with header and totals
    columns: int
    totals_rows: int
    header_rows: int

    @property
    def body_first(self) -> int:
        """First row of the body."""
        return self.first_row + self.header_rows

    @property
    def last_row(self) -> int:
        """Last row, of the totals where it has some."""
        return self.first_row + self.rows - 1

    @property
    def body_last(self) -> int:
        """Last row of the body."""
        return self.last_row - self.totals_rows

    @property
    def last_column(self) -> int:
        """Rightmost column."""
        return self.first_column + self.columns - 1

    def headers(self) -> tuple[str, ...]:
        """Return the column headers."""
        if not self.header_rows:
            return tuple(str(column.name) for column in self.table.columns)
        last = (self.first_row, self.last_column)
        cells = self.sheet.range((self.first_row, self.first_column), last).options(ndim=1, empty="").value
        return tuple(str(cell) for cell in cells)


def live_tables(book: xlwings.Book) -> list[LiveTable]:
    """Return every table of an open workbook, by sheet and from the top left down."""
    found = []
    for sheet in book.sheets:
        tables = [_live_table(sheet, table) for table in sheet.tables]
        found += sorted(tables, key=lambda table: (table.first_row, table.first_column))
    return found


def _live_table(sheet: Any, table: Any) -> LiveTable:
    cells, totals, headers = table.range, int(table.show_totals), int(table.show_headers)
    rows, columns = cells.shape
    return LiveTable(table.name, sheet, table, cells.row, cells.column, rows, columns, totals, headers)


def read_live(book: xlwings.Book) -> tuple[dict[str, Table], list[Finding]]:
    """Read every input table of an open workbook: one bulk read per table, the same values as from its file.

    Returns
    -------
    Tables by their proper names, and findings as ``xlalm.workbook.reading.read_tables`` makes them.

    Raises
    ------
    WorkbookError
        A table is too large to be meant.
    """
    from xlalm.workbook.package.sheet_scan import CellScan
    from xlalm.workbook.package.sheet_values import SheetValues
    from xlalm.workbook.reading import input_tables

    if book.app.calculation == "manual":
        book.app.calculate()  # what is read is what the formulas say now
    known = {name.casefold() for name, _ in INPUT_TABLES}
    found = [table for table in live_tables(book) if table.name.casefold() in known]
    by_name = {table.name: table for table in found}
    findings: list[Finding] = []

    def values(wanted: Sequence[TableInfo]) -> dict[str, SheetValues]:
        shown_values = {}
        for info in wanted:
            table = by_name[info.name]
            rows, errors = _values(table, findings)
            shown_values[info.name] = SheetValues(rows, table.first_row, table.first_column, CellScan(errors), ())
        return shown_values

    tables, others = input_tables([_info(table) for table in found], values)
    return tables, [*others, *findings]


def _info(table: LiveTable) -> TableInfo:
    from xlalm.workbook.package.table_part import TableInfo

    return TableInfo(
        table.name,
        table.sheet.name,
        "",
        table.headers(),
        table.first_row,
        table.first_column,
        table.last_row,
        table.totals_rows,
        table.header_rows,
    )


def _values(table: LiveTable, findings: list[Finding]) -> tuple[list[list[object]], dict[tuple[int, int], str]]:
    """Return what a table's cells hold, and its error cells by place (row, column)."""
    cells = table.table.range
    rows = cells.options(ndim=2, err_to_str=True, empty="").value
    errors: dict[tuple[int, int], str] = {}
    if any(isinstance(value, str) and value.startswith("#") for row in rows for value in row):
        plain = cells.options(ndim=2, empty="").value  # an error is None here; the text "#N/A" is itself
        for r, row in enumerate(plain):
            for c, value in enumerate(row):
                if value is None:
                    errors[table.first_row + r, table.first_column + c] = str(rows[r][c])
    if any(isinstance(value, Decimal) for row in rows for value in row):
        rows = _with_full_numbers(table, rows, findings)
    return [[_as_in_a_file(value) for value in row] for row in rows], errors


def _with_full_numbers(table: LiveTable, rows: list[list[Any]], findings: list[Finding]) -> list[list[Any]]:
    """Return cells in a currency format with all their digits: Excel hands over four decimals of these.

    The text of a constant has them all. What a formula gives is taken as it comes, with a warning.
    """
    texts = table.table.range.formula
    formulas = [list(row) for row in texts] if isinstance(texts, tuple | list) else [[texts]]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if not isinstance(value, Decimal):
                continue
            try:
                row[c] = float(formulas[r][c])
            except ValueError:
                row[c] = float(value)
                cell = Cell(table.sheet.name, table.first_row + r, table.first_column + c)
                text = f"Excel gives only four decimals of a formula in a currency format ({shown(row[c])})"
                findings.append(warning(cell, text, "give the cell a number format, without currency"))
    return rows


def _as_in_a_file(value: object) -> object:
    """Return a value as the file route gives it: numbers are floats, dates without a time of day are dates."""
    if isinstance(value, dt.datetime):
        if value.date() == _DAY_ZERO:
            return value.time()
        return value.date() if value.time() == dt.time() else value.replace(tzinfo=None)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


# --- the bar below the sheet --------------------------------------------------------------------------------

MARK = "xlalm"
"""Every status text begins with it, so that a forgotten one is known for ours."""


def show_status(app: Any, text: str) -> None:
    """Show a text in the status bar."""
    app.status_bar = f"{MARK}: {text}"


def own_status(app: Any) -> str | None:
    """Return what the status bar shows of somebody else; None where Excel writes it or the text is ours."""
    text = app.status_bar
    return text if isinstance(text, str) and text and not text.startswith(MARK) else None


def restore_status(app: Any, text: str | None) -> None:
    """Give the status bar back to whom it belonged."""
    app.status_bar = text if text is not None else False
