"""The workbook part and what hangs on it: sheets, tables, names, calculation; shared by all that edits a book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lxml import etree

from xlalm.domain.errors import Refused
from xlalm.workbook.package.cell_xml import unescape_characters
from xlalm.workbook.package.chart_cache import Value, refresh_chart
from xlalm.workbook.package.container import Container
from xlalm.workbook.package.follow import CHART_TYPES
from xlalm.workbook.package.references import Area
from xlalm.workbook.package.sheet_xml import CellText, SheetXml
from xlalm.workbook.package.styles_part import Styles
from xlalm.workbook.package.table_part import TableInfo, read_table
from xlalm.workbook.package.xml_parts import RELATION, STRICT_MAIN, Element, Parts, insert_before, main

_AFTER_CALC = (
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
)


class BookParts:
    """A workbook's parts with the sheets under edit and a note of what was written.

    Attributes
    ----------
    written : areas written so far, by sheet name; charts that show them get new caches.
    formulas_changed : whether formula cells went, came or moved, so that the calculation chain no longer holds.
    """

    def __init__(self, container: Container) -> None:
        self.label = container.label
        self.parts = Parts(container)
        self.workbook_part = self._workbook_part(container)
        root = self.workbook
        if root.tag == f"{{{STRICT_MAIN}}}workbook":
            text = f"{self.label} is a Strict Open XML workbook"
            cure = "in Excel save it as an ordinary .xlsx"
            raise Refused(None, text, cure)
        links = self.parts.relationships(self.workbook_part)
        self.all_sheets: list[tuple[str, str, bool]] = []
        for sheet in root.iterfind(f"{main('sheets')}/{main('sheet')}"):
            link = links.get(sheet.get(f"{{{RELATION}}}id", ""))
            if link is not None:
                self.all_sheets.append((sheet.get("name", ""), link.target, link.kind == "worksheet"))
        properties = root.find(main("workbookPr"))
        self.date1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
        self.written: dict[str, list[Area]] = {}
        self.formulas_changed = False
        self._sheets: dict[str, SheetXml] = {}
        self._styles: Styles | None = None
        self._shared: Sequence[str] | None = None
        self._cells: dict[tuple[str, int], dict[int, CellText]] = {}

    def _workbook_part(self, container: Container) -> str:
        for link in self.parts.relationships("").values():
            kind = self.parts.content_type(link.target)
            is_excel = ("spreadsheetml" in kind or "ms-excel" in kind) and "binary" not in kind
            if link.kind == "officeDocument" and is_excel and self.parts.find(link.target):
                return link.target
        if container.find("xl/workbook.bin"):
            text, cure = f"{self.label} is a binary workbook (.xlsb)", "in Excel save it as .xlsx or .xlsm"
        elif container.find("content.xml"):
            text, cure = f"{self.label} is an OpenDocument file", "save it as .xlsx"
        else:
            found = container.find("xl/workbook.xml")
            if found is not None:
                return found
            text = f"{self.label} is not an Excel workbook (xl/workbook.xml is missing)"
            cure = "save it in Excel as .xlsx"
        raise Refused(None, text, cure)

    @property
    def workbook(self) -> Element:
        """The workbook part."""
        return self.parts.tree(self.workbook_part)

    @property
    def worksheets(self) -> Mapping[str, str]:
        """Part name by sheet name; chart sheets are left out."""
        return MappingProxyType({name: part for name, part, is_grid in self.all_sheets if is_grid})

    @property
    def styles(self) -> Styles:
        """Cell styles of the book."""
        if self._styles is None:
            self._styles = Styles(self.parts, self.workbook_part)
        return self._styles

    def sheet_name(self, name: str) -> str:
        """Spelling of a sheet name in this book; ``Refused`` if there is no such sheet."""
        for known in self.worksheets:
            if known == name or known.lower() == name.lower():
                return known
        text = f'{self.label} has no sheet "{name}"'
        cure = f"its sheets are: {', '.join(self.worksheets)}"
        raise Refused(None, text, cure)

    def sheet(self, name: str) -> SheetXml:
        """Sheet for reading or writing cells; it is written back when the book is saved."""
        if name not in self._sheets:
            part = self.worksheets[name]
            self._sheets[name] = SheetXml(
                self.parts.read(part), f"{self.label}, part {part}", self.date1904, self._date_style
            )
        return self._sheets[name]

    def _date_style(self, style: str, with_time: bool) -> str:
        return self.styles.for_date(style, with_time=with_time)

    def is_loaded(self, name: str) -> bool:
        """Whether the sheet was opened for editing."""
        return name in self._sheets

    def sheet_bytes(self, name: str) -> bytes:
        """Bytes of a sheet part as it stands now."""
        if name in self._sheets:
            return self._sheets[name].render()
        return self.parts.read(self.worksheets[name])

    def tables(self) -> tuple[TableInfo, ...]:
        """Every table of the book, in sheet order."""
        found: list[TableInfo] = []
        for name, part in self.worksheets.items():
            for link in self.parts.relationships(part).values():
                if link.kind == "table" and self.parts.find(link.target):
                    table = read_table(self.parts.tree(link.target), name, link.target)
                    if table is not None:
                        found.append(table)
        return tuple(found)

    def merged(self, sheet: str) -> list[Area]:
        """Merged cells of a sheet."""
        merges = self.sheet(sheet).skeleton.iterfind(f"{main('mergeCells')}/{main('mergeCell')}")
        areas = [Area.find(merge.get("ref", "")) for merge in merges]
        return [area for area in areas if area is not None]

    def note(self, sheet: str, area: Area) -> None:
        """Remember that cells were written."""
        self.written.setdefault(sheet, []).append(area)

    # --- before saving ---

    def finish(self) -> tuple[dict[str, bytes], frozenset[str]]:
        """Bring dependent parts up to date; returns changed parts and names of removed ones."""
        if self.written:
            self._refresh_charts()
            self._ask_for_calculation()
        if self.formulas_changed:
            self._drop_calculation_chain()
        changed, removed = self.parts.changes()
        for name, sheet in self._sheets.items():
            part = self.worksheets[name]
            if sheet.touched:
                changed[part] = sheet.render()
        return changed, removed

    def _ask_for_calculation(self) -> None:
        root = self.workbook
        calculation = root.find(main("calcPr"))
        if calculation is None:
            calculation = insert_before(root, "calcPr", _AFTER_CALC)
        if calculation.get("fullCalcOnLoad") not in ("1", "true"):
            calculation.set("fullCalcOnLoad", "1")
            self.parts.touch(self.workbook_part)

    def _drop_calculation_chain(self) -> None:
        for link in self.parts.relationships(self.workbook_part).values():
            if link.kind == "calcChain":
                self.parts.remove_relationship(self.workbook_part, link.target)
                if self.parts.find(link.target):
                    self.parts.remove(link.target)

    def _refresh_charts(self) -> None:
        for part in self.parts.parts_of_type(*CHART_TYPES):
            if refresh_chart(self.parts.tree(part), self._read_written):
                self.parts.touch(part)
        self._cells.clear()

    def _read_written(self, sheet: str, area: Area) -> list[list[Value]] | None:
        name = next((known for known in self.written if known.lower() == sheet.lower()), None)
        if name is None or not any(area.overlaps(done) for done in self.written[name]):
            return None
        grid = self.sheet(name)
        rows: list[list[Value]] = []
        for row in range(area.first_row, area.last_row + 1):
            key = (name, row)
            if key not in self._cells:  # the series of a chart read the same rows
                self._cells[key] = grid.cells(row)
            cells = self._cells[key]
            texts = self.shared_strings() if any(' t="s"' in cell.attributes for cell in cells.values()) else ()
            rows.append(
                [
                    grid.value(cells[column], texts) if column in cells else None
                    for column in range(area.first_column, area.last_column + 1)
                ]
            )
        return rows

    def shared_strings(self) -> Sequence[str]:
        """Texts of the shared strings part."""
        if self._shared is None:
            links = self.parts.relationships(self.workbook_part).values()
            part = next((link.target for link in links if link.kind == "sharedStrings"), None)
            self._shared = () if part is None else tuple(map(_plain_text, self.parts.tree(part).iterfind(main("si"))))
        return self._shared


def _plain_text(item: etree._Element) -> str:
    own = item.findall(main("t")) or item.findall(f"{main('r')}/{main('t')}")
    return unescape_characters("".join(text.text or "" for text in own))
