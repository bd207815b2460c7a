"""Tables of an open workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from xlalm.workbook.package.references import Area

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

    @property
    def area(self) -> Area:
        """All cells of the table."""
        return Area(self.first_row, self.first_column, self.last_row, self.last_column)

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


def rows_of(table: LiveTable, first: int, last: int) -> Any:
    """Return the cells of a table's columns from row ``first`` to ``last``, which may lie below it."""
    return table.sheet.range((first, table.first_column), (last, table.last_column))


def formulas_of(cells: Any) -> list[list[str]]:
    """Return the formulas and constants of a range as rows; xlwings gives them in the shape the platform likes."""
    found, (_, width) = cells.formula, cells.shape
    flat: list[str] = []
    for row in found if isinstance(found, list | tuple) else [found]:
        flat += row if isinstance(row, list | tuple) else [row]
    return [flat[at : at + width] for at in range(0, len(flat), width)]
