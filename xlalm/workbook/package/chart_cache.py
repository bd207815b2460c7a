"""Values a chart keeps of the cells it shows; previewers and Protected View draw from them."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from xlalm.workbook.package.cell_xml import escape_characters
from xlalm.workbook.package.follow import CHART, CHART_EX
from xlalm.workbook.package.references import Area, parse_reference
from xlalm.workbook.package.xml_parts import Element

Value = str | float | bool | None
Reader = Callable[[str, Area], list[list[Value]] | None]
"""Gives the rows of an area, ``None`` if nothing in it was written."""

_MAX_CELLS = 200_000
_SPLIT = re.compile(r",(?=(?:[^']*'[^']*')*[^']*$)")


def refresh_chart(root: Element, read: Reader) -> bool:
    """Renew the caches of a chart from the cells; returns whether anything changed."""
    changed = False
    for formula in list(root.iter(f"{{{CHART}}}f")):
        holder = formula.getparent()
        values = _values(formula.text or "", read)
        if holder is not None and values is not None:
            changed |= _renew(holder, values)
    for formula in list(root.iter(f"{{{CHART_EX}}}f")):
        holder = formula.getparent()
        values = _values(formula.text or "", read)
        if holder is not None and values is not None:
            changed |= _renew_ex(holder, values)
    return changed


def _values(text: str, read: Reader) -> list[list[Value]] | None:
    """Cells of a reference as rows; those of a union, one below the other; ``None`` where they need no renewal."""
    text = text.strip()
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    rows: list[list[Value]] = []
    written = False
    for piece in _SPLIT.split(inner):
        found = parse_reference(piece)
        if found is None or found[0] is None:
            return None
        area = found[1]
        if (area.last_row - area.first_row + 1) * (area.last_column - area.first_column + 1) > _MAX_CELLS:
            return None
        here = read(found[0], area)
        if here is None:
            return None
        written = True
        rows += here
    return rows if written else None


def _in_order(rows: list[list[Value]]) -> list[Value]:
    return [value for row in rows for value in row]


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return escape_characters(value or "")


def _renew(holder: Element, rows: list[list[Value]]) -> bool:
    kind = holder.tag.rsplit("}", 1)[-1]
    if kind == "multiLvlStrRef":
        return _renew_levels(holder, rows)
    values = _in_order(rows)
    parent = holder.getparent()
    is_category = parent is not None and parent.tag in (f"{{{CHART}}}cat", f"{{{CHART}}}xVal")
    has_text = any(isinstance(value, str) and not value.startswith("#") for value in values)
    if kind == "numRef" and is_category and has_text:
        holder.tag, kind = f"{{{CHART}}}strRef", "strRef"
    if kind not in ("numRef", "strRef"):
        return False
    old = holder.find(f"{{{CHART}}}numCache")
    old = holder.find(f"{{{CHART}}}strCache") if old is None else old
    code = None if old is None else old.find(f"{{{CHART}}}formatCode")
    cache = etree.Element(f"{{{CHART}}}{'numCache' if kind == 'numRef' else 'strCache'}")
    if kind == "numRef" and code is not None:
        cache.append(code)
    etree.SubElement(cache, f"{{{CHART}}}ptCount", val=str(len(values)))
    for at, value in enumerate(values):
        if value is None or (kind == "numRef" and isinstance(value, str) and not value.startswith("#")):
            continue
        text = repr(float(value)) if kind == "numRef" and not isinstance(value, str) else _as_text(value)
        point = etree.SubElement(cache, f"{{{CHART}}}pt", idx=str(at))
        etree.SubElement(point, f"{{{CHART}}}v").text = text
    _put_cache(holder, old, cache)
    return True


def _put_cache(holder: Element, old: Element | None, new: Element) -> None:
    if old is not None:
        holder.replace(old, new)
    else:
        holder.insert(1, new)


def _renew_levels(holder: Element, rows: list[list[Value]]) -> bool:
    old = holder.find(f"{{{CHART}}}multiLvlStrCache")
    cache = etree.Element(f"{{{CHART}}}multiLvlStrCache")
    etree.SubElement(cache, f"{{{CHART}}}ptCount", val=str(len(rows)))
    for column in range(len(rows[0]) - 1, -1, -1):  # the innermost level, the last column, comes first
        level = etree.SubElement(cache, f"{{{CHART}}}lvl")
        for at, row in enumerate(rows):
            if row[column] is not None:
                point = etree.SubElement(level, f"{{{CHART}}}pt", idx=str(at))
                etree.SubElement(point, f"{{{CHART}}}v").text = _as_text(row[column])
    _put_cache(holder, old, cache)
    return True


def _renew_ex(holder: Element, rows: list[list[Value]]) -> bool:
    """Waterfall, treemap and other newer charts keep one level per column beside the reference."""
    numeric = holder.tag == f"{{{CHART_EX}}}numDim"
    old = holder.findall(f"{{{CHART_EX}}}lvl")
    code = old[0].get("formatCode") if old else None
    for level in old:
        holder.remove(level)
    for column in range(len(rows[0]) - 1, -1, -1):
        level = etree.SubElement(holder, f"{{{CHART_EX}}}lvl", ptCount=str(len(rows)))
        if numeric:
            level.set("formatCode", code or "General")
        for at, row in enumerate(rows):
            value = row[column]
            if value is None or (numeric and isinstance(value, str)):
                continue
            text = repr(float(value)) if numeric else _as_text(value)
            etree.SubElement(level, f"{{{CHART_EX}}}pt", idx=str(at)).text = text
    return True
