"""Formula cells that hang together: an array or a shared formula must not lose the cell that carries its text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.workbook.package.cell_xml import escape_text
from xlalm.workbook.package.follow import Resize
from xlalm.workbook.package.references import Area, shifted_formula
from xlalm.workbook.package.sheet_xml import SheetXml

Covers = Callable[[int, int], bool]

_F = re.compile(r"<(?:\w+:)?f((?:\s[^<>]*?)?)(?:/>|>([^<]*)</(?:\w+:)?f>)")
_MARKS = (b't="array"', b't="dataTable"', b"t='array'", b"t='dataTable'")


@attrs.frozen
class _Shared:
    row: int
    column: int
    text: str
    before: str
    after: str


def check_arrays(sheet: SheetXml, name: str, covers: Covers) -> None:
    """Refuse to write into part of an array formula or data table, as Excel does."""
    marks = [mark for mark in _MARKS if sheet.has(mark)]
    if not marks:
        return
    for row, column, tag, _ in _formulas(sheet, marks):
        reference = re.search(r"""\sref=["']([^"']+)["']""", tag)
        area = Area.find(reference[1]) if reference is not None else None
        if area is None or not re.search(r"""\st=["'](?:array|dataTable)["']""", tag):
            continue
        cells = [(r, c) for r in range(area.first_row, area.last_row + 1) for c in _columns(area)]
        hit = [cell for cell in cells if covers(*cell)]
        if hit and len(hit) < len(cells):
            text = f"this cell is part of the array formula in {Cell(name, row, column)} ({area})"
            raise Refused(Cell(name, *hit[0]), text, "move that formula elsewhere (nothing was written)")


def _columns(area: Area) -> range:
    return range(area.first_column, area.last_column + 1)


def release_shared(sheet: SheetXml, covers: Covers) -> None:
    """Hand the text of shared formulas whose first cell will be overwritten on to their next cell."""
    marks = [mark for mark in (b't="shared"', b"t='shared'") if sheet.has(mark)]
    if not marks:
        return
    groups: dict[str, list[_Shared]] = {}
    for row, column, tag, text in _formulas(sheet, marks):
        index = re.search(r"""\ssi=["']([0-9]+)["']""", tag)
        if index is not None and "shared" in tag:
            raw = sheet.cells(row)[column].tail(sheet.prefix)
            found = _F.search(raw)
            if found is not None:
                groups.setdefault(index[1], []).append(
                    _Shared(row, column, text, raw[: found.start()], raw[found.end() :])
                )
    for index_text, group in groups.items():
        carrier = next((cell for cell in group if cell.text), None)
        heirs = [cell for cell in group if not cell.text and not covers(cell.row, cell.column)]
        if carrier is None or not heirs or not covers(carrier.row, carrier.column):
            continue
        heir = min(heirs, key=lambda cell: (cell.row, cell.column))
        rows, columns = [cell.row for cell in heirs], [cell.column for cell in heirs]
        area = Area(min(rows), min(columns), max(rows), max(columns))
        text = shifted_formula(html.unescape(carrier.text), heir.row - carrier.row, heir.column - carrier.column)
        tag = f"{sheet.prefix}f"
        formula = f'<{tag} t="shared" ref="{area}" si="{index_text}">{escape_text(text)}</{tag}>'
        sheet.place_cells(heir.row, {heir.column: heir.before + formula + heir.after})


def follow_in_cells(sheet: SheetXml, name: str, resize: Resize) -> None:
    """Bring formulas in cells that cover a table's column, or point to its totals row, to its new length."""

    def followed(found: re.Match[str]) -> str:
        if not found[2]:
            return found[0]
        text = html.unescape(found[2])
        new = resize.in_formula(text, name, shared="shared" in found[1])
        return found[0] if new == text else found[0].replace(f">{found[2]}<", f">{escape_text(new)}<")

    for row, raw in sheet.rows.items():
        if b"<f" in raw or b":f" in raw:
            sheet.replace_row(row, _F.sub(followed, raw.decode()))


def _formulas(sheet: SheetXml, marks: list[bytes]) -> Iterator[tuple[int, int, str, str]]:
    for row, raw in list(sheet.rows.items()):
        if any(mark in raw for mark in marks):
            for column, cell in sheet.cells(row).items():
                found = _F.search(cell.inner)
                if found is not None:
                    yield row, column, found[1], found[2] or ""
