"""Cell values of sheets through calamine, which is fast but trusts what it reads.

calamine opens a zip file by itself, keeps no limits, and reserves a rectangle from the first used cell to the last, so
that two cells in opposite corners of a sheet take all memory. So it is given a small workbook in memory instead, made
of the parts that were read and checked here: true sizes and checksums, no document types, cells within a bounded area.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.parsers import expat

import attrs
import python_calamine
from lxml import etree

from xlalm.domain.cells import column_number
from xlalm.domain.errors import Refused
from xlalm.domain.text import shown
from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.references import MAX_COLUMNS, MAX_ROWS, Area, cell_name
from xlalm.workbook.package.sheet_scan import CellScan, scan_sheet, with_plain_errors
from xlalm.workbook.package.xml_parts import MAIN, RELATION, WIDE_MARKS, check_safe, main, parse_xml, serialise

MAX_SHEET_CELLS = 10_000_000
"""Cells of the rectangle around all values of one sheet that holds input tables."""

MAX_READ_BYTES = 64 * 2**20
"""Unpacked bytes of one sheet that holds input tables (some 1.5 million cells), and of the shared texts."""

MAX_MERGED = 100_000
"""Merged ranges of one sheet that holds input tables."""

_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
# Columns 1 to 50 and rows to 199,999: less than MAX_SHEET_CELLS.
_NOT_NEAR = re.compile(rb'<c(?! r="(?:[A-Z]|A[A-X])(?:[1-9][0-9]{0,4}|1[0-9]{5})")[\s/>]')
_ODD_CELL = re.compile(rb'<c(?! r="[A-Z]{1,3}[0-9]{1,7}")[\s/>]')
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
_MERGE = re.compile(rb"""<(?:[^\s<>/:!?]+:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Z0-9:$]+)["']""")
_REFERENCE = re.compile(r"([A-Za-z]{1,7})([0-9]{1,9})")
_TEXT_ITEM = re.compile(rb"<(?:[^\s<>/:!?]+:)?si[\s/>]")
_COUNT = re.compile(rb"""\b(?:uniqueCount|count)\s*=\s*(?:"[^"]*"|'[^']*')""")
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@attrs.frozen
class SheetValues:
    """What a sheet shows.

    Attributes
    ----------
    rows : values from the first used cell on; blank text where a cell is empty.
    first_row, first_column : where ``rows`` begins, 1-based.
    """

    rows: Sequence[Sequence[object]]
    first_row: int
    first_column: int
    scan: CellScan
    merged: tuple[Area, ...]

    def between(self, row: int, first: int, last: int) -> list[object]:
        """Values of a row from column ``first`` to ``last``, 1-based; blank text beyond what the sheet holds."""
        at, start = row - self.first_row, self.first_column
        cells = (
            list(self.rows[at][max(first - start, 0) : max(last - start + 1, 0)]) if 0 <= at < len(self.rows) else []
        )
        before = [""] * min(max(start - first, 0), last - first + 1)
        return [*before, *cells, *[""] * (last - first + 1 - len(before) - len(cells))]


def read_values(book: BookParts, names: Sequence[str]) -> dict[str, SheetValues]:
    """Read sheets by name.

    Raises
    ------
    Refused
        A sheet is damaged, too big, or has cells so far apart that no table can be meant.
    """
    sheets = {name: _part(book, book.worksheets[name], f"sheet {name}") for name in names}
    for name, data in sheets.items():
        _check_extent(data, f"{book.label}, sheet {name}")
    links = {link.kind: link.target for link in book.parts.relationships(book.workbook_part).values()}
    extra = {"styles.xml": _plain_styles(book, links.get("styles", ""))}
    if book.parts.find(links.get("sharedStrings", "")):
        texts = _part(book, links["sharedStrings"], "shared texts")
        extra["sharedStrings.xml"] = _without_counts(texts, f"{book.label}, shared texts")
    found, name = {}, ""
    try:
        reader = _reader([with_plain_errors(data) for data in sheets.values()], extra, book.date1904)
        for at, (name, data) in enumerate(sheets.items()):
            sheet = reader.get_sheet_by_index(at)
            rows, start = sheet.to_python(skip_empty_area=True), sheet.start or (0, 0)
            scan = scan_sheet(data, f"{book.label}, sheet {name}")
            merged = _merged(data, f"{book.label}, sheet {name}")
            found[name] = SheetValues(rows, start[0] + 1, start[1] + 1, scan, merged)
    except (KeyboardInterrupt, SystemExit, MemoryError, Refused):
        raise
    except BaseException as fault:  # a panic of calamine is no Exception
        where = f"{book.label}, sheet {name}" if name else book.label
        text = f"{where} cannot be read ({fault})"
        cure = "open the book in Excel, save it as .xlsx and try again"
        raise Refused(None, text, cure) from fault
    return found


def _merged(data: bytes, where: str) -> tuple[Area, ...]:
    count = data.count(b"mergeCell")
    if not count:
        return ()
    if count > MAX_MERGED:
        text = f"{where} has more than {MAX_MERGED:,} merged ranges"
        cure = "move the input tables to a sheet of their own"
        raise Refused(None, text, cure)
    areas = (Area.find(reference.decode()) for reference in _MERGE.findall(data))
    return tuple(area for area in areas if area is not None)


def _part(book: BookParts, part: str, what: str) -> bytes:
    data = book.parts.read(part)
    check_safe(data, f"{book.label}, {what}")  # whatever the part's name ends in
    if len(data) > MAX_READ_BYTES:
        text = f"{book.label}, {what}: {len(data) / 2**20:,.0f} MB; xlalm reads up to {MAX_READ_BYTES // 2**20} MB"
        cure = "move the input tables to sheets of their own"
        raise Refused(None, text, cure)
    return data


# --- how far the cells of a sheet reach ---


def _check_extent(data: bytes, where: str) -> None:
    """Refuse cells so far apart that the rectangle around them cannot be held in memory."""
    # In XML a "<" always begins a tag, so a sheet without odd ones holds the cells that the plain pattern finds.
    plain = b"<!" not in data and not _PREFIXED_CELL.search(data)
    if plain and not _NOT_NEAR.search(data):
        return
    plain = plain and not _ODD_CELL.search(data)
    area = _area(_CELL.findall(data)) if plain else None
    if area is None or _size(area) > MAX_SHEET_CELLS:  # cells that only have a format do not count
        area = _valued_area(data, where)
    if area is None:
        return
    if not 1 <= area.first_row <= area.last_row <= MAX_ROWS or area.last_column > MAX_COLUMNS:
        text = f"{where} has cells beyond the end of a sheet ({area})"
        cure = "repair the workbook in Excel"
        raise Refused(None, text, cure)
    if _size(area) > MAX_SHEET_CELLS:
        last = cell_name(area.last_row, area.last_column)
        first = cell_name(area.first_row, area.first_column)
        text = (
            f"{where} has values from {first} to {last}, {_size(area):,} cells; xlalm reads up to {MAX_SHEET_CELLS:,}"
        )
        cure = "delete what lies far from the tables (Ctrl+End shows the last cell)"
        raise Refused(None, text, cure)


def _size(area: Area) -> int:
    return (area.last_row - area.first_row + 1) * (area.last_column - area.first_column + 1)


def _area(cells: Sequence[tuple[bytes, bytes]]) -> Area | None:
    if not cells:
        return None
    rows = [int(digits) for digits in {digits for _, digits in cells}]
    columns = [column_number(letters.decode()) for letters in {letters for letters, _ in cells}]
    return Area(min(rows), min(columns), max(rows), max(columns))


def _valued_area(data: bytes, where: str) -> Area | None:
    """Rectangle around the cells that hold something, in a sheet not written the way Excel writes it."""
    found = _CellFinder(where)
    try:
        found.parser.Parse(data, True)
    except expat.ExpatError as error:
        text = f"{where} is not valid XML ({error})"
        cure = "repair the workbook in Excel (Open and Repair)"
        raise Refused(None, text, cure) from error
    return found.area


class _CellFinder:
    """Follows the rows and cells of a sheet; a cell counts from its first child on."""

    def __init__(self, where: str) -> None:
        self.area: Area | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._where = where
        self._row = self._column = 0
        self._cell: tuple[int, int] | None = None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else self._row + 1
            self._column, self._cell = 0, None
        elif name == "c":
            reference = attributes.get("r", "")
            own = _REFERENCE.fullmatch(reference)
            if reference and not own:
                text = f'{self._where}: "{shown(reference)}" is not a cell'
                cure = "repair the workbook in Excel"
                raise Refused(None, text, cure)
            self._column = column_number(own[1]) if own else self._column + 1
            self._cell = (int(own[2]) if own else self._row, self._column)
        elif self._cell is not None:
            cell = Area(self._cell[0], self._cell[1], self._cell[0], self._cell[1])
            if self.area is None or not self.area.holds(cell):
                self.area = cell if self.area is None else self.area.joined(cell)
            self._cell = None

    def _end(self, _tag: str) -> None:
        self._cell = None


# --- the workbook that calamine is given ---


def _without_counts(data: bytes, where: str) -> bytes:
    """Shared texts without the number of them that the part states: calamine reserves memory for as many."""
    if b"<!" in data or data.startswith(WIDE_MARKS) or data.count(b"<?") > 1:
        data = serialise(parse_xml(data, where, remove_comments=True, remove_pis=True, strip_cdata=True))
    first = _TEXT_ITEM.search(data)
    end = first.start() if first is not None else len(data)
    return _COUNT.sub(b"", data[:end]) + data[end:]


def _plain_styles(book: BookParts, part: str) -> bytes:
    """Only what tells dates from numbers: the number format of each cell format, without stated counts."""
    root = etree.fromstring(f'<styleSheet xmlns="{MAIN}"/>')
    if book.parts.find(part):
        data = _part(book, part, "styles")
        old = parse_xml(data, f"{book.label}, styles")
        for group, entry, keys in (("numFmts", "numFmt", ("numFmtId", "formatCode")), ("cellXfs", "xf", ("numFmtId",))):
            new = etree.SubElement(root, main(group))
            for found in old.iterfind(f"{main(group)}/{main(entry)}"):
                etree.SubElement(new, main(entry), {key: found.get(key, "0") for key in keys})
    return serialise(root)


def _reader(sheets: Sequence[bytes], extra: dict[str, bytes], date1904: bool) -> python_calamine.CalamineWorkbook:
    """Open a workbook of these sheets, uncompressed and in memory."""
    numbers = range(len(sheets))
    entries = "".join(f'<sheet name="s{at}" sheetId="{at + 1}" r:id="rId{at + 1}"/>' for at in numbers)
    kinds = [(f"rId{at + 1}", "worksheet", f"worksheets/sheet{at}.xml") for at in numbers]
    kinds += [(f"rIdx{at}", name.removesuffix(".xml"), name) for at, name in enumerate(extra)]
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}"/></Types>',
        "_rels/.rels": _links([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">'
        f'<workbookPr date1904="{date1904:d}"/><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(kinds),
    }
    parts |= {f"xl/{name}": data for name, data in extra.items()}
    parts |= {f"xl/worksheets/sheet{at}.xml": data for at, data in enumerate(sheets)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    stream.seek(0)
    return python_calamine.CalamineWorkbook.from_filelike(stream)


def _links(links: Sequence[tuple[str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{RELATION}/{kind}" Target="{target}"/>' for key, kind, target in links
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'
