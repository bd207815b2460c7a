"""Number formats of cells: the one thing that is ever added to xl/styles.xml."""

from __future__ import annotations

import copy
import re

from xlalm.workbook.package.xml_parts import Element, Parts, insert_before, main, whole_number

_BUILT_IN = {"General": 0, "0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "0%": 9, "0.00%": 10, "0.00E+00": 11, "@": 49}
_DATE_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_FIRST_CUSTOM = 164
_STYLE = re.compile(r's="([0-9]+)"')
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|hh|m|mm|s|ss)[^\]]*\]', re.IGNORECASE)

DATE_FORMAT = "yyyy-mm-dd"
TIME_FORMAT = "yyyy-mm-dd hh:mm"

_EMPTY = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"


class Styles:
    """Cell styles of a workbook; existing ones are never changed, so their numbers stay valid.

    Parameters
    ----------
    parts : the workbook's parts.
    workbook_part : name of the part the styles hang on.
    """

    def __init__(self, parts: Parts, workbook_part: str) -> None:
        self._parts = parts
        links = parts.relationships(workbook_part).values()
        found = next((link.target for link in links if link.kind == "styles"), None)
        if found is None:
            found = parts.add_part("xl/styles{}.xml", _EMPTY.encode(), _CONTENT_TYPE)
            parts.add_relationship(workbook_part, "styles", found)
        self._name = found
        self._root: Element = parts.tree(found)
        self._made: dict[tuple[int, str], int] = {}
        self._date: dict[int, bool] = {}

    def with_format(self, style: str, code: str) -> str:
        """Style attribute (`` s="7"``) equal to ``style`` but for its number format."""
        base = _index(style)
        key = (base, code)
        if key not in self._made:
            self._made[key] = self._add(base, code)
        return f' s="{self._made[key]}"'

    def for_date(self, style: str, *, with_time: bool) -> str:
        """``style`` if it shows dates, else its twin that does."""
        base = _index(style)
        if base not in self._date:
            self._date[base] = self._shows_date(base)
        return style if self._date[base] else self.with_format(style, TIME_FORMAT if with_time else DATE_FORMAT)

    def _cell_formats(self) -> Element:
        formats = self._root.find(main("cellXfs"))
        if formats is None:
            formats = insert_before(self._root, "cellXfs", ("cellStyles", "dxfs", "tableStyles", "colors", "extLst"))
        if formats.find(main("xf")) is None:
            formats.append(formats.makeelement(main("xf"), {"numFmtId": "0"}))
        return formats

    def _add(self, base: int, code: str) -> int:
        formats = self._cell_formats()
        entries = formats.findall(main("xf"))
        number = str(self._format_id(code))
        new = copy.deepcopy(entries[base] if base < len(entries) else entries[0])
        new.set("numFmtId", number)
        new.set("applyNumberFormat", "1")
        for at, entry in enumerate(entries):
            if sorted(entry.items()) == sorted(new.items()) and len(entry) == len(new) == 0:
                return at
        formats.append(new)
        formats.set("count", str(len(entries) + 1))
        self._parts.touch(self._name)
        return len(entries)

    def _format_id(self, code: str) -> int:
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        holder = self._root.find(main("numFmts"))
        if holder is None:
            holder = self._root.makeelement(main("numFmts"), {"count": "0"})
            self._root.insert(0, holder)
        used = _FIRST_CUSTOM - 1
        for entry in holder:
            known = whole_number(entry, "numFmtId", 0)
            if entry.get("formatCode") == code:
                return known
            used = max(used, known)
        number = used + 1
        holder.append(holder.makeelement(main("numFmt"), {"numFmtId": str(number), "formatCode": code}))
        holder.set("count", str(len(holder)))
        self._parts.touch(self._name)
        return number

    def _shows_date(self, index: int) -> bool:
        entries = self._cell_formats().findall(main("xf"))
        if index >= len(entries):
            return False
        number = whole_number(entries[index], "numFmtId", 0)
        if number in _DATE_IDS:
            return True
        for entry in self._root.iterfind(f"{main('numFmts')}/{main('numFmt')}"):
            if entry.get("numFmtId") == str(number):
                code = _LITERAL.sub("", entry.get("formatCode", "").split(";")[0])
                return "General" not in code and re.search("[dmyhs]", code, re.IGNORECASE) is not None
        return False


def _index(style: str) -> int:
    found = _STYLE.search(style)
    return int(found[1]) if found else 0
