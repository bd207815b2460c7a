"""New sheets and new tables in a workbook that lacks them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.references import MAX_COLUMNS, MAX_ROWS, Area
from xlalm.workbook.package.room import MAX_SHEET_NAME, Room, free_sheet_name
from xlalm.workbook.package.sheet_xml import SheetXml
from xlalm.workbook.package.table_part import CONTENT_TYPE as TABLE_TYPE
from xlalm.workbook.package.table_part import NewTable, table_part
from xlalm.workbook.package.table_write import check_free
from xlalm.workbook.package.widths import fitting_widths
from xlalm.workbook.package.xml_parts import MAIN, RELATION, Element, insert_before, main, whole_number

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_BEFORE_ROWS_END = ("sheetData",)

_NEW_SHEET = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}">'
    '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1"/>'
    '<sheetViews><sheetView workbookViewId="0"/></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/><sheetData/>'
    '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
    '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
)


def add_sheet(book: BookParts, name: str) -> str:
    """Add an empty sheet at the end; returns its name, with a number if that one is taken."""
    if not name or len(name) > MAX_SHEET_NAME or _FORBIDDEN.search(name) or name[0] == "'" or name[-1] == "'":
        cure = "choose a name of at most 31 characters with none of [ ] : * ? / \\ and no outer quotes"
        raise Refused(None, f'"{name}" cannot name a sheet', cure)
    root = book.workbook
    protection = root.find(main("workbookProtection"))
    if protection is not None and protection.get("lockStructure") in ("1", "true"):
        text = f'{book.label} is protected against new sheets ("{name}")'
        cure = "lift Review > Protect Workbook, or add it"
        raise Refused(None, text, cure)
    unique = free_sheet_name(name, [known for known, _, _ in book.all_sheets])
    part = book.parts.add_part("xl/worksheets/sheet{}.xml", _NEW_SHEET.encode(), _SHEET_TYPE)
    link = book.parts.add_relationship(book.workbook_part, "worksheet", part)
    sheets = root.find(main("sheets"))
    if sheets is None:
        sheets = insert_before(root, "sheets", ("definedNames", "calcPr", "extLst"))
    ids = [whole_number(sheet, "sheetId", 0) for sheet in sheets]
    new = etree.SubElement(sheets, main("sheet"), name=unique, sheetId=str(max(ids, default=0) + 1))
    new.set(f"{{{RELATION}}}id", link)
    book.parts.touch(book.workbook_part)
    book.all_sheets.append((unique, part, True))
    return unique


def add_table(book: BookParts, sheet_name: str, new: NewTable, row: int, column: int) -> None:
    """Write a new table with its header row at (``row``, ``column``); see ``Package.add_table``."""
    area = Area(row, column, row + max(1, len(new.rows)), column + len(new.headers) - 1)
    if not new.headers or area.last_row > MAX_ROWS or area.last_column > MAX_COLUMNS or row < 1 or column < 1:
        cell = Cell(sheet_name, max(row, 1), max(column, 1))
        raise Refused(cell, f"table {new.name} does not fit on the sheet", "leave more room below and beside that cell")
    _check_name_free(book, new.name)
    check_free(book, Room(sheet_name, area, f"Table {new.name} is to cover {area}"))
    used = [whole_number(book.parts.tree(table.part), "id", 0) for table in book.tables()]
    data = table_part(new.name, new.headers, area, max(used, default=0) + 1)
    part = book.parts.add_part("xl/tables/table{}.xml", data, TABLE_TYPE)
    sheet = book.sheet(sheet_name)
    link = book.parts.add_relationship(book.worksheets[sheet_name], "table", part)
    _link_table(sheet, link)
    numbers = range(column, column + len(new.headers))
    styles = {at: book.styles.with_format("", code) for at, code in zip(numbers, new.formats, strict=False) if code}
    sheet.write_row(row, numbers, new.headers)
    for at, values in enumerate(new.rows or [[None] * len(new.headers)], row + 1):
        sheet.write_row(at, numbers, values, styles)
    _widen_columns(sheet, numbers, fitting_widths(new.headers, new.rows))
    book.note(sheet_name, area)


def _check_name_free(book: BookParts, name: str) -> None:
    names = [table.name for table in book.tables()]
    path = f"{main('definedNames')}/{main('definedName')}"
    names += [entry.get("name", "") for entry in book.workbook.iterfind(path)]
    if name.lower() in {known.lower() for known in names}:
        text = f"{book.label} already has a table or name {name}"
        cure = "rename that one in Formulas > Name Manager"
        raise Refused(None, text, cure)


def _link_table(sheet: SheetXml, link: str) -> None:
    root = sheet.skeleton
    holder = root.find(main("tableParts"))
    if holder is None:
        holder = insert_before(root, "tableParts", ("extLst",))
    new = etree.SubElement(holder, main("tablePart"))
    new.set(f"{{{RELATION}}}id", link)
    holder.set("count", str(len(holder)))
    sheet.touch()


def _widen_columns(sheet: SheetXml, numbers: range, widths: Sequence[float]) -> None:
    """Give columns without a width of their own one that fits their texts."""
    root = sheet.skeleton
    holder = root.find(main("cols"))
    old = [] if holder is None else list(holder)
    known = {whole_number(col, "min", 0): col for col in old if col.get("min") == col.get("max")}
    ranges = [range(whole_number(col, "min", 0), whole_number(col, "max", 0) + 1) for col in old]
    for number, width in zip(numbers, widths, strict=True):
        own = known.get(number)
        if own is not None:
            if float(own.get("width", "0")) < width and own.get("bestFit") == "1":
                own.set("width", str(width))
            continue
        if any(number in taken for taken in ranges):
            continue
        if holder is None:
            holder = insert_before(root, "cols", _BEFORE_ROWS_END)
        _insert_column(holder, number, width)
    sheet.touch()


def _insert_column(holder: Element, number: int, width: float) -> None:
    new = holder.makeelement(
        main("col"), {"min": str(number), "max": str(number), "width": str(width), "bestFit": "1", "customWidth": "1"}
    )
    for col in holder:
        if whole_number(col, "min", 0) > number:
            col.addprevious(new)
            return
    holder.append(new)


def is_visible(book: BookParts, name: str) -> bool:
    """Whether the tab of a sheet shows."""
    index = next(at for at, (known, _, _) in enumerate(book.all_sheets) if known == name)
    entry = book.workbook.findall(f"{main('sheets')}/{main('sheet')}")[index]
    return entry.get("state", "visible") == "visible"


def activate_sheet(book: BookParts, name: str) -> None:
    """Make a sheet the one that shows when the book is opened, and the only one selected."""
    root = book.workbook
    index = next(at for at, (known, _, _) in enumerate(book.all_sheets) if known == name)
    if not is_visible(book, name):
        text = f'Sheet "{name}" is hidden and cannot be shown first'
        cure = "unhide it in Excel"
        raise Refused(None, text, cure)
    views = root.find(main("bookViews"))
    if views is None:
        views = insert_before(
            root, "bookViews", ("sheets", "functionGroups", "externalReferences", "definedNames", "calcPr", "extLst")
        )
    view = views.find(main("workbookView"))
    if view is None:
        view = etree.SubElement(views, main("workbookView"))
    view.set("activeTab", str(index))
    if whole_number(view, "firstSheet", 0) > index:
        view.set("firstSheet", str(index))
    book.parts.touch(book.workbook_part)
    for known, part, is_grid in book.all_sheets:
        if not is_grid:
            _select_chart_sheet(book, part)
        elif known == name or b"tabSelected" in book.parts.read(part):
            _select(book.sheet(known), known == name)


def _select(sheet: SheetXml, selected: bool) -> None:
    root = sheet.skeleton
    views = root.find(main("sheetViews"))
    if views is None:
        views = insert_before(root, "sheetViews", ("sheetFormatPr", "cols", "sheetData"))
        etree.SubElement(views, main("sheetView"), workbookViewId="0")
    for view in views.findall(main("sheetView")):
        if selected and view.get("workbookViewId", "0") == "0":
            if view.get("tabSelected") != "1":
                view.set("tabSelected", "1")
                sheet.touch()
        elif view.get("tabSelected") is not None:
            del view.attrib["tabSelected"]
            sheet.touch()


def _select_chart_sheet(book: BookParts, part: str) -> None:
    for view in book.parts.tree(part).iter(main("sheetView")):
        if view.get("tabSelected") is not None:
            del view.attrib["tabSelected"]
            book.parts.touch(part)
