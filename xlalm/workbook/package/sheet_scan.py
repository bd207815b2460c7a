"""What a reader of values cannot tell apart: error cells, formulas, and formulas without a cached value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import attrs
from lxml import etree

from xlalm.domain.cells import column_number
from xlalm.workbook.package.xml_parts import Element, main, parse_xml, whole_number

Position = tuple[int, int]


@attrs.frozen
class CellScan:
    """Cells of a sheet by (row, column), 1-based.

    Attributes
    ----------
    errors : error cells with the error they show (``#N/A``).
    uncached : formula cells without a cached value; a formula that returned blank text has one.
    formulas : all formula cells.
    """

    errors: dict[Position, str] = attrs.field(factory=dict)
    uncached: frozenset[Position] = frozenset()
    formulas: frozenset[Position] = frozenset()


_FORMULA_CELL = re.compile(
    rb'<(?:\w+:)?c(?: r="([A-Z]{1,3})([0-9]+)")?((?:\s[^<>]*)?)>'
    rb"\s*<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:(<(?:\w+:)?v(?:\s[^<>/]*)?/?>)([^<]*)<)?"
)
_ERROR_MARK = re.compile(rb"""\st\s*=\s*["']e["']""")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c\s")
_ERROR_VALUE = re.compile(
    rb"(?:\s*<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*(?:<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*)<)?"
)
_OLD_ERRORS = {b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"}
_FORMULA_MARK = re.compile(rb"<(?:\w+:)?f[\s/>]")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]+)["']""")
_TEXT_RESULT = re.compile(rb"""\st\s*=\s*["']str["']""")


def scan_sheet(data: bytes, where: str) -> CellScan:
    """Find error cells and formulas in a worksheet part.

    Notes
    -----
    A sheet without either is answered from two substring searches. Sheets that hold comments, CDATA or cells without
    references, which Excel never writes, are parsed instead; the answer is the same.
    """
    has_errors = b'"e"' in data or b"'e'" in data
    has_formulas = (b"<f" in data or b":f" in data) and _FORMULA_MARK.search(data) is not None
    if not has_errors and not has_formulas:
        return CellScan()
    if b"<!--" in data or b"<![CDATA[" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _scan_tree(parse_xml(data, where, remove_comments=True, strip_cdata=True))
    errors: dict[Position, str] = {}
    uncached: set[Position] = set()
    formulas: set[Position] = set()
    if has_errors:
        for attributes, (first, last) in _error_cells(data):
            position = _position(attributes)
            if position is None:
                return _scan_tree(parse_xml(data, where))
            errors[position] = (data[first:last] or b"#VALUE!").decode(errors="replace")
    if has_formulas:
        for letters, digits, attributes, tag, value in _FORMULA_CELL.findall(data):
            position = (int(digits), _column(letters)) if digits else _position(attributes)
            if position is None:
                return _scan_tree(parse_xml(data, where))
            formulas.add(position)
            if not value.strip() and not (tag and _TEXT_RESULT.search(attributes)):
                uncached.add(position)
    return CellScan(errors, frozenset(uncached), frozenset(formulas))


def _error_cells(data: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Give the tag of each error cell and where its text stands; each tag is looked at once, however long it is."""
    end = 0
    for mark in _ERROR_MARK.finditer(data):
        if mark.start() < end:
            continue
        start, close = data.rfind(b"<", end, mark.start()), data.find(b">", mark.end())
        if close < 0:
            return
        end = close + 1
        if start >= 0 and _CELL_TAG.match(data, start):
            value = _ERROR_VALUE.match(data, end) if data[close - 1 : close] != b"/" else None
            yield data[start:close], value.span(1) if value is not None and value[1] is not None else (end, end)


def with_plain_errors(data: bytes) -> bytes:
    """Sheet in which errors that calamine does not know (#SPILL!, #CALC!, …) read #N/A."""
    if b'"e"' not in data and b"'e'" not in data:
        return data
    pieces, done = [], 0
    for _, (first, last) in _error_cells(data):
        if first < last and data[first:last] not in _OLD_ERRORS:
            pieces += [data[done:first], b"#N/A"]
            done = last
    return b"".join([*pieces, data[done:]])


def _position(attributes: bytes) -> Position | None:
    found = _REFERENCE.search(attributes)
    if found is None:
        return None
    return int(found[2]), _column(found[1])


@cache
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


def _scan_tree(root: Element) -> CellScan:
    errors: dict[Position, str] = {}
    uncached: set[Position] = set()
    formulas: set[Position] = set()
    row_number = 0
    for row in root.iterfind(f"{main('sheetData')}/{main('row')}"):
        row_number = whole_number(row, "r", row_number + 1)
        column = 0
        for cell in row.iterfind(main("c")):
            letters = re.match("[A-Z]+", cell.get("r", ""))
            column = column_number(letters[0]) if letters else column + 1
            value: etree._Element | None = cell.find(main("v"))
            if cell.get("t") == "e":
                errors[row_number, column] = (value.text if value is not None else None) or "#VALUE!"
            if cell.find(main("f")) is not None:
                formulas.add((row_number, column))
                if (value is None or not (value.text or "").strip()) and not (
                    value is not None and cell.get("t") == "str"
                ):
                    uncached.add((row_number, column))
    return CellScan(errors, frozenset(uncached), frozenset(formulas))
