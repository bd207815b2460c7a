"""What refers to a table's column by its cells follows the column when the table grows or shrinks.

A range follows if it begins at the table's first body row (or its header) and ends at its last body row (or its totals
row). Anything else, such as the first three rows of a table, was meant as it stands and stays.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from xlalm.workbook.package.references import Reference, map_references, parse_reference
from xlalm.workbook.package.xml_parts import MAIN, XM, Element

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
CHART_EX = "http://schemas.microsoft.com/office/drawing/2014/chartex"
CHART_TYPES = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.ms-office.chartex+xml",
)
_FORMULA_TAGS = frozenset({f"{{{CHART}}}f", f"{{{CHART_EX}}}f", f"{{{XM}}}f"})
_SHEET_FORMULA_TAGS = frozenset({f"{{{MAIN}}}formula", f"{{{MAIN}}}formula1", f"{{{MAIN}}}formula2", f"{{{XM}}}f"})
_PLACE_TAGS = frozenset({"conditionalFormatting", "dataValidation", "ignoredError", "protectedRange"})


@attrs.frozen
class Resize:
    """A table's body going from one last row to another; rows are 1-based sheet rows."""

    sheet: str
    first_column: int
    last_column: int
    first_row: int
    body_first: int
    old_body_last: int
    new_body_last: int
    totals_rows: int

    def rows(self, reference: Reference, home: str, *, extend: bool) -> tuple[int, int] | None:
        """First and last row a reference gets, ``None`` if it does not follow.

        Parameters
        ----------
        home : sheet meant where the reference names none.
        extend : whether a single cell may mean the body of a one-row table.
        """
        shift = self.new_body_last - self.old_body_last
        area = reference.area
        if shift == 0 or (reference.sheet or home).lower() != self.sheet.lower():
            return None
        if not (self.first_column <= area.first_column and area.last_column <= self.last_column):
            return None
        first, last = area.first_row, area.last_row
        old_last = self.old_body_last + self.totals_rows
        if self.totals_rows and first == last == old_last:
            return first + shift, last + shift
        if first not in (self.body_first, self.first_row) or last not in (self.old_body_last, old_last):
            return None
        if last < self.body_first or not (reference.is_range or extend):
            return None
        return first, last + shift

    def in_formula(self, text: str, home: str, *, extend: bool = False, shared: bool = False) -> str:
        """Formula with every exact range at its new length.

        Parameters
        ----------
        shared : the text stands for other cells too, so that only rows with dollar signs mean the same in all of them.
        """
        extend = extend and parse_reference(text) is not None

        def change(reference: Reference) -> tuple[int, int] | None:
            return None if shared and not reference.fixed else self.rows(reference, home, extend=extend)

        return map_references(text, change)

    def in_places(self, places: str) -> str:
        """Space-separated ranges of this sheet (``sqref``) at their new length."""
        return " ".join(self.in_formula(place, self.sheet, extend=True) for place in places.split())


def follow_in_sheet(skeleton: Element, sheet: str, resize: Resize) -> bool:
    """Update conditional formats, validations and sparklines of a sheet; returns whether anything changed."""
    changed = False
    for element in skeleton.iter(*_SHEET_FORMULA_TAGS):
        parent = element.getparent()
        is_sparkline = parent is not None and parent.tag.endswith("}sparkline")
        changed |= _follow_text(element, sheet, resize, extend=is_sparkline)
    if sheet.lower() != resize.sheet.lower():
        return changed
    for element in _places(skeleton):
        if element.text:
            old, new = element.text, resize.in_places(element.text)
            if new != " ".join(old.split()):
                element.text, changed = new, True
        elif element.get("sqref"):
            old, new = element.get("sqref", ""), resize.in_places(element.get("sqref", ""))
            if new != " ".join(old.split()):
                element.set("sqref", new)
                changed = True
    return changed


def _places(skeleton: Element) -> Iterator[Element]:
    for element in skeleton.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.tag.rsplit("}", 1)[-1]
        if element.tag == f"{{{XM}}}sqref":
            parent = element.getparent()
            if parent is not None and parent.tag.rsplit("}", 1)[-1] in _PLACE_TAGS:
                yield element
        elif name in _PLACE_TAGS and element.get("sqref"):
            yield element


def follow_in_part(root: Element, resize: Resize) -> bool:
    """Update the ranges of a chart; returns whether anything changed."""
    changed = False
    for element in root.iter(*_FORMULA_TAGS):
        changed |= _follow_text(element, "", resize, extend=True)
    return changed


def follow_in_names(workbook: Element, resize: Resize) -> bool:
    """Update defined names; returns whether anything changed."""
    changed = False
    for name in workbook.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
        if not name.get("name", "").startswith("_xlnm._FilterDatabase"):
            changed |= _follow_text(name, "", resize, extend=True)
    return changed


def _follow_text(element: Element, home: str, resize: Resize, *, extend: bool) -> bool:
    if not element.text:
        return False
    new = resize.in_formula(element.text, home, extend=extend)
    if new == element.text:
        return False
    element.text = new
    return True
