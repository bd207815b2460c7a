"""Replacing the body of a table: it grows and shrinks in place, and what hangs on it follows."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence

from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.cell_xml import CellValue, Formula, escape_text
from xlalm.workbook.package.follow import CHART_TYPES, Resize, follow_in_names, follow_in_part, follow_in_sheet
from xlalm.workbook.package.formula_cells import check_arrays, follow_in_cells, release_shared
from xlalm.workbook.package.references import Area
from xlalm.workbook.package.room import Room, room_below
from xlalm.workbook.package.sheet_xml import SheetXml
from xlalm.workbook.package.table_part import TableInfo, calculated_formula, resize_table
from xlalm.workbook.package.xml_parts import XM, Element, main

_HEIGHT = re.compile(r"""\s(?:ht|customHeight)=["'][^"']*["']""")


def write_body(
    book: BookParts, table: TableInfo, rows: Sequence[Sequence[CellValue]], columns: Sequence[int], *, keep: int = 0
) -> None:
    """Replace the body of a table after its first ``keep`` rows.

    Parameters
    ----------
    rows : values of the written columns, row by row; no rows leave one blank row, which Excel needs.
    columns : positions (0-based) of the written columns, in the order of the values. Other columns keep their cells; in
        new rows they get their calculated-column formula, if any.

    Raises
    ------
    Refused
        The table has no room; nothing was written.
    """
    sheet = book.sheet(table.sheet)
    old_body = table.data_rows
    body_first, old_last = old_body.start, old_body.stop - 1
    start = body_first + keep
    new_last = body_first + max(1, keep + len(rows)) - 1
    numbers = [table.first_column + position for position in columns]
    span = range(table.first_column, table.last_column + 1)
    if new_last + table.totals_rows > table.last_row:
        check_free(book, room_below(table.name, table.sheet, table.area, new_last + table.totals_rows))

    def covers(row: int, column: int) -> bool:
        if column not in span or not start <= row <= max(old_last, new_last) + table.totals_rows:
            return False
        return column in written or not start <= row <= min(old_last, new_last)

    written = frozenset(numbers)
    check_arrays(sheet, table.sheet, covers)
    part = book.parts.tree(table.part)
    release_shared(sheet, covers)
    totals = _take_totals(sheet, table)
    template = {column: cell.style for column, cell in sheet.cells(body_first).items() if column in span}
    template = {column: template.get(column, "") for column in span}
    height = "".join(_HEIGHT.findall(sheet.rows.get(old_last, b"").split(b">", 1)[0].decode()))
    fill = _fill_down(part, table, written)
    filtered = resize_table(part, table, new_last - body_first + 1, frozenset() if keep else frozenset(columns))
    book.parts.touch(table.part)
    others = [column for column in span if column not in written]

    formula = False
    for row in range(start, new_last + 1):
        at = row - start
        values: Sequence[CellValue] = rows[at] if at < len(rows) else [None] * len(numbers)
        fresh = row > old_last
        styles = template if fresh else None
        formula |= sheet.write_row(row, numbers, values, styles, height=height if fresh else "", show=filtered)
        if fresh and others:
            formula |= sheet.write_row(row, others, [fill.get(column) for column in others], template)
    for row in range(new_last + 1, old_last + table.totals_rows + 1):
        is_old_totals = row > old_last
        formula |= sheet.write_row(row, span, [None] * len(span), template if is_old_totals else None, show=filtered)
    resize = Resize(
        table.sheet, span.start, span.stop - 1, table.first_row, body_first, old_last, new_last, table.totals_rows
    )
    if totals is not None:
        hidden = any(sheet.row_attribute(row, "hidden") for row in range(body_first, new_last + 1))
        known = {} if hidden or keep else {number: [row[i] for row in rows] for i, number in enumerate(numbers)}
        _put_totals(sheet, part, table, totals, resize, known)
        formula = formula or new_last != old_last
    book.formulas_changed |= formula or bool(fill)
    book.note(table.sheet, Area(body_first, span.start, max(old_last, new_last) + table.totals_rows, span.stop - 1))
    if new_last != old_last:
        _follow(book, resize)


def check_free(book: BookParts, room: Room) -> None:
    """Raise ``Refused`` naming the first cell in the way if there is no room."""
    room.check_tables((table.name, table.area) for table in book.tables() if table.sheet == room.sheet)
    for merge in book.merged(room.sheet):
        if merge.overlaps(room.area):
            raise room.merged(merge)
    sheet = book.sheet(room.sheet)
    for row in sheet.numbers_between(room.area.first_row, room.area.last_row):
        for column, cell in sorted(sheet.cells(row).items()):
            if room.area.first_column <= column <= room.area.last_column and not cell.is_blank:
                raise room.filled(row, column)


def _fill_down(part: Element, table: TableInfo, written: frozenset[int]) -> dict[int, Formula]:
    """Formulas of the calculated columns that are not written, by column number."""
    found: dict[int, Formula] = {}
    for position in range(len(table.headers)):
        column = table.first_column + position
        text = None if column in written else calculated_formula(part, position)
        if text:
            found[column] = Formula(text)
    return found


# --- the totals row ---


def _take_totals(sheet: SheetXml, table: TableInfo) -> dict[int, str] | None:
    """XML of the totals cells after their reference, by column; ``None`` if the table has no totals row."""
    if not table.totals_rows:
        return None
    cells = sheet.cells(table.last_row)
    span = range(table.first_column, table.last_column + 1)
    return {column: cells[column].tail(sheet.prefix) if column in cells else sheet.encoder.blank for column in span}


def _put_totals(
    sheet: SheetXml,
    part: Element,
    table: TableInfo,
    totals: dict[int, str],
    resize: Resize,
    values: Mapping[int, Sequence[CellValue]],
) -> None:
    columns = part.findall(f"{main('tableColumns')}/{main('tableColumn')}")
    placed: dict[int, str] = {}
    for column, text in totals.items():
        function = columns[column - table.first_column].get("totalsRowFunction", "none")
        if "<" in text and re.search(r"<(?:\w+:)?f[\s/>]", text):
            cached = subtotal(function, values[column]) if column in values else None
            text = _with_cache(text, cached, sheet.prefix)
        placed[column] = text
    sheet.place_cells(resize.new_body_last + 1, placed)


def _with_cache(text: str, cached: float | None, prefix: str) -> str:
    """Totals cell with a new cached value; a value that is not known is left out rather than left wrong."""
    attributes, _, inner = text.partition(">")
    inner = re.sub(r"<(?:\w+:)?v(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?v>)", "", inner)
    attributes = re.sub(r"""\st=["']\w+["']""", "", attributes)
    end = f"</{prefix}c>"
    value = "" if cached is None else f"<{prefix}v>{cached!r}</{prefix}v>"
    return f"{attributes}>{inner.removesuffix(end)}{value}{end}"


def subtotal(function: str, values: Sequence[CellValue]) -> float | None:
    """Value of a totals cell for the functions Excel offers there; ``None`` for those it computes itself."""
    numbers = [number for number in map(_number, values) if number is not None]
    if function == "sum":
        return math.fsum(numbers)
    if function == "countNums":
        return float(len(numbers))
    if function == "count":
        return float(sum(value is not None and value != "" and value == value for value in values))
    if function in ("average", "min", "max") and numbers:
        return {"average": math.fsum(numbers) / len(numbers), "min": min(numbers), "max": max(numbers)}[function]
    return None


def _number(value: CellValue) -> float | None:
    """Return a value that SUBTOTAL counts as a number, else ``None``."""
    if isinstance(value, Formula):
        value = value.value
    if value is None or isinstance(value, (bool, str, dt.date)):
        return None
    return float(value) if math.isfinite(value) else None


# --- what follows ---


def _follow(book: BookParts, resize: Resize) -> None:
    if follow_in_names(book.workbook, resize):
        book.parts.touch(book.workbook_part)
    for part in book.parts.parts_of_type(*CHART_TYPES):
        if follow_in_part(book.parts.tree(part), resize):
            book.parts.touch(part)
    for name in book.worksheets:
        # Another sheet is taken apart only if a rule, validation or sparkline there may point here.
        if name != resize.sheet and not book.is_loaded(name):
            data = book.sheet_bytes(name)
            marks = (b"formula1>", b"formula>", XM.encode(), *_names_in_formulas(resize.sheet))
            if not any(mark in data for mark in marks):
                continue
        sheet = book.sheet(name)
        follow_in_cells(sheet, name, resize)
        if follow_in_sheet(sheet.skeleton, name, resize):
            sheet.touch()


def _names_in_formulas(sheet: str) -> tuple[bytes, bytes]:
    quoted = escape_text(sheet.replace("'", "''"))
    return f"{quoted}!".encode(), f"{quoted}'!".encode()
