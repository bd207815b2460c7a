"""Adding a column to a table, at its right end."""

from __future__ import annotations

import re

from lxml import etree

from xlalm.domain.errors import Refused
from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.references import MAX_COLUMNS, Area
from xlalm.workbook.package.room import Room
from xlalm.workbook.package.table_part import MAX_HEADER, TableInfo
from xlalm.workbook.package.table_write import check_free
from xlalm.workbook.package.xml_parts import Element, main, whole_number


def add_column(book: BookParts, table: TableInfo, header: str) -> None:
    """Add a blank column to the right of a table; it looks like its neighbour.

    Raises
    ------
    Refused
        The header is taken or no header, the table has none, or the cells beside it are not free; nothing was written.
    """
    _check_header(table, header)
    column = table.last_column + 1
    if column > MAX_COLUMNS:
        text = f"Table {table.name} already reaches the sheet's last column"
        cure = "move it to the left"
        raise Refused(None, text, cure)
    area = Area(table.first_row, column, table.last_row, column)
    check_free(book, Room(table.sheet, area, f'Table {table.name} needs a column for "{header}"'))
    sheet = book.sheet(table.sheet)
    for row in range(table.first_row, table.last_row + 1):
        neighbour = sheet.cells(row).get(table.last_column)
        styles = {column: neighbour.style} if neighbour is not None else None
        sheet.write_row(row, [column], [header if row == table.first_row else None], styles)
    _widen(book.parts.tree(table.part), table, header)
    book.parts.touch(table.part)
    book.note(table.sheet, area)


def _check_header(table: TableInfo, header: str) -> None:
    problem = ""
    if not table.header_rows:
        problem = "has no header row. Switch it on in Table Design"
    elif header.lower() in {known.lower() for known in table.headers}:
        problem = f'already has a column "{header}"'
    elif not header.strip() or len(header) > MAX_HEADER or re.search(r"[\x00-\x1f]", header):
        problem = f'cannot have a column named "{header[:40]}"'
    if problem:
        cure = "give the column another name or make room (nothing was written)"
        raise Refused(table.cell, f"table {table.name} {problem}", cure)


def _widen(root: Element, table: TableInfo, header: str) -> None:
    wide = Area(table.first_row, table.first_column, table.last_row, table.last_column + 1)
    root.set("ref", str(wide))
    for auto_filter in root.findall(main("autoFilter")):
        end = table.last_row - table.totals_rows
        auto_filter.set("ref", str(Area(table.first_row, table.first_column, end, table.last_column + 1)))
    columns = root.find(main("tableColumns"))
    assert columns is not None  # a table is read by its columns
    number = 1 + max(whole_number(column, "id", 0) for column in columns)
    etree.SubElement(columns, main("tableColumn"), id=str(number), name=header)
    columns.set("count", str(len(columns)))
