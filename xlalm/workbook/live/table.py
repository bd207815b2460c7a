"""Tables of an open workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import xlwings


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
