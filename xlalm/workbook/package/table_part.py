"""Excel Tables (ListObjects): where they are, and the part that describes one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs
from lxml import etree

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.workbook.package.cell_xml import CellValue, unescape_characters
from xlalm.workbook.package.references import MAX_COLUMNS, MAX_ROWS, Area
from xlalm.workbook.package.xml_parts import MAIN, Element, main, serialise, whole_number

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
MAX_HEADER = 255
TABLE_STYLE = "TableStyleMedium2"
"""Excel's name of the look that new tables get."""

_NAME = r"[A-Za-z_\\\u00aa-\uffff][\w.\\]{0,254}"  # compiled when first used: it takes milliseconds
_ON_SHEET = Area(1, 1, MAX_ROWS, MAX_COLUMNS)
_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*([Cc][0-9]*)?|[Cc][0-9]*")


@attrs.frozen
class TableInfo:
    """A table as its part describes it; rows and columns are 1-based.

    Attributes
    ----------
    first_row : the header row, or the first body row of a table without headers.
    last_row : the totals row if there is one, else the last body row.
    """

    name: str
    sheet: str
    part: str
    headers: tuple[str, ...]
    first_row: int
    first_column: int
    last_row: int
    totals_rows: int
    header_rows: int

    @property
    def last_column(self) -> int:
        """Rightmost column."""
        return self.first_column + len(self.headers) - 1

    @property
    def data_rows(self) -> range:
        """Row numbers of the body."""
        return range(self.first_row + self.header_rows, self.last_row - self.totals_rows + 1)

    @property
    def area(self) -> Area:
        """All cells of the table."""
        return Area(self.first_row, self.first_column, self.last_row, self.last_column)

    @property
    def cell(self) -> Cell:
        """Its first cell, which stands for the table in messages."""
        return Cell(self.sheet, self.first_row, self.first_column)


@attrs.frozen
class NewTable:
    """A table that is not there yet.

    Attributes
    ----------
    rows : one value per column; no rows leave one blank row, which Excel needs.
    formats : number format of each column; ``None`` for General. Dates without one show as yyyy-mm-dd.
    """

    name: str
    headers: Sequence[str]
    rows: Sequence[Sequence[CellValue]]
    formats: Sequence[str | None] = ()


def read_table(root: Element, sheet: str, part: str) -> TableInfo | None:
    """Read a table part; ``None`` if it describes no usable table."""
    area = Area.find(root.get("ref", ""))
    columns = [column.get("name", "") for column in root.iterfind(f"{main('tableColumns')}/{main('tableColumn')}")]
    if area is None or not _ON_SHEET.holds(area) or len(columns) != area.last_column - area.first_column + 1:
        return None
    name = root.get("displayName") or root.get("name") or ""
    headers = tuple(unescape_characters(column) for column in columns)
    totals = whole_number(root, "totalsRowCount", 0)
    header_rows = whole_number(root, "headerRowCount", 1)
    return TableInfo(name, sheet, part, headers, area.first_row, area.first_column, area.last_row, totals, header_rows)


def resize_table(root: Element, table: TableInfo, body_rows: int, written: frozenset[int]) -> bool:
    """Bring a table part up to date after its body was written.

    Parameters
    ----------
    written : positions (0-based) of the columns that now hold values; they lose their calculated-column formula.

    Returns
    -------
    Whether the table was filtered. A filter is lifted: its rows were hidden for what they held before.
    """
    end = table.first_row + table.header_rows + body_rows - 1
    area = Area(table.first_row, table.first_column, end + table.totals_rows, table.last_column)
    root.set("ref", str(area))
    filtered = False
    for auto_filter in root.findall(main("autoFilter")):
        auto_filter.set("ref", str(Area(table.first_row, table.first_column, end, table.last_column)))
        criteria = [c for c in auto_filter if c.tag == main("sortState") or (c.tag == main("filterColumn") and len(c))]
        for criterion in criteria:
            if criterion.tag == main("sortState"):
                auto_filter.remove(criterion)
                continue
            filtered = True
            if criterion.get("hiddenButton") or criterion.get("showButton"):
                for child in list(criterion):
                    criterion.remove(child)
            else:
                auto_filter.remove(criterion)
    for state in root.findall(main("sortState")):
        root.remove(state)
    for position, column in enumerate(root.iterfind(f"{main('tableColumns')}/{main('tableColumn')}")):
        if position in written:
            for formula in column.findall(main("calculatedColumnFormula")):
                column.remove(formula)
    return filtered


def calculated_formula(root: Element, position: int) -> str | None:
    """Formula that fills a column of the table, ``None`` if it has none."""
    column = root.findall(f"{main('tableColumns')}/{main('tableColumn')}")[position]
    formula = column.find(main("calculatedColumnFormula"))
    return formula.text if formula is not None else None


def table_part(name: str, headers: Sequence[str], area: Area, number: int) -> bytes:
    """Return the part of a new table; ``number`` is its id, unique in the workbook."""
    _check_name(name)
    seen: set[str] = set()
    for header in headers:
        if not header or len(header) > MAX_HEADER or header.lower() in seen:
            text = f'Table {name}: header "{header[:40]}" is blank, too long or there twice'
            cure = "rename the column"
            raise Refused(None, text, cure)
        seen.add(header.lower())
    root = etree.fromstring(f'<table xmlns="{MAIN}"/>')
    for key, value in (("id", str(number)), ("name", name), ("displayName", name), ("ref", str(area))):
        root.set(key, value)
    root.set("totalsRowShown", "0")
    etree.SubElement(root, main("autoFilter"), ref=str(area))
    columns = etree.SubElement(root, main("tableColumns"), count=str(len(headers)))
    for at, header in enumerate(headers, 1):
        escaped = re.sub(r"[\x00-\x1f]|_(?=x[0-9A-Fa-f]{4}_)", lambda found: f"_x{ord(found[0]):04x}_", header)
        etree.SubElement(columns, main("tableColumn"), id=str(at), name=escaped)
    shown = {"showFirstColumn": "0", "showLastColumn": "0", "showRowStripes": "1", "showColumnStripes": "0"}
    etree.SubElement(root, main("tableStyleInfo"), {"name": TABLE_STYLE, **shown})
    return serialise(root)


def _check_name(name: str) -> None:
    """Refuse a name Excel does not take for a table."""
    if not re.fullmatch(_NAME, name) or _LIKE_CELL.fullmatch(name):
        text = f'"{name}" is not a name Excel takes for a table'
        cure = "use letters, digits and _ and begin with a letter"
        raise Refused(None, text, cure)
