"""Reading the tables of a workbook that is open in Excel as the file route reads them.

Only the public interface of xlwings is used, and xlwings is imported only when a live book is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, warning
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.workbook.live.table import LiveTable, formulas_of, live_tables

if TYPE_CHECKING:
    import xlwings

    from xlalm.workbook.package.sheet_values import SheetValues
    from xlalm.workbook.package.table_part import TableInfo

_DAY_ZERO = dt.date(1899, 12, 30)


def read_live(book: xlwings.Book) -> tuple[dict[str, Table], list[Finding]]:
    """Read every input table of an open workbook: one bulk read per table, the same values as from its file.

    Returns
    -------
    Tables by their proper names, and findings as ``xlalm.workbook.reading.read_tables`` makes them.

    Raises
    ------
    Refused
        A table is too large to be meant.
    """
    from xlalm.workbook.package.sheet_scan import CellScan
    from xlalm.workbook.package.sheet_values import SheetValues
    from xlalm.workbook.reading import input_tables

    if book.app.calculation == "manual":
        book.app.calculate()  # what is read is what the formulas say now
    found = live_tables(book)
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
    formulas = formulas_of(table.table.range)
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
