"""One worksheet part, edited row by row: rows that are not written keep their bytes.

The grid (``sheetData``) of a big sheet is megabytes of XML of which a run changes a part, so it is cut into rows as
text and only written rows are taken apart. All the rest of the sheet (views, merged cells, conditional formats,
validations, links to tables and drawings) is small and is edited as a tree, the skeleton, whose ``sheetData`` is empty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from xlalm.domain.cells import column_letters, column_number
from xlalm.domain.errors import Refused
from xlalm.workbook.package.cell_xml import CellEncoder, Formula, unescape_text
from xlalm.workbook.package.references import Area
from xlalm.workbook.package.xml_parts import MAIN, STRICT_MAIN, Element, main, parse_xml, serialise, whole_number

_number_of = cache(column_number)
_letters_of = cache(column_letters)
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s>]")
_FORMULA = re.compile(r"<(?:\w+:)?f[\s/>]")
_ATTRIBUTE_R = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")


class CellText(NamedTuple):
    """A cell as it stands in the sheet: ``style`` is `` s="3"`` or blank, ``inner`` what lies between its tags."""

    letters: str
    style: str
    attributes: str
    inner: str

    def tail(self, prefix: str) -> str:
        """XML of the cell after its reference."""
        end = f">{self.inner}</{prefix}c>" if self.inner else "/>"
        return f"{self.style}{self.attributes}{end}"

    @property
    def is_formula(self) -> bool:
        """Whether the cell holds a formula."""
        return _FORMULA.search(self.inner) is not None

    @property
    def is_blank(self) -> bool:
        """Whether the cell shows nothing and computes nothing."""
        return not self.is_formula and not re.search(r"<(?:\w+:)?[vt](?:\s[^>]*)?>[^<]", self.inner)


class _Patterns(NamedTuple):
    row: re.Pattern[bytes]
    row_text: re.Pattern[str]
    cell: re.Pattern[str]
    cell_count: re.Pattern[str]
    value: re.Pattern[str]


@cache
def _patterns(prefix: str) -> _Patterns:
    p = re.escape(prefix)
    return _Patterns(
        re.compile(rf"<{p}row((?:\s[^>]*?)?)(/?)>".encode()),
        re.compile(rf"<{p}row((?:\s[^>]*?)?)(?:/>|>(.*)</{p}row>)", re.DOTALL),
        re.compile(rf'<{p}c(?: r="([A-Z]{{1,3}})[0-9]+")?( s="[0-9]+")?((?:\s[^>]*?)?)(?:/>|>(.*?)</{p}c>)', re.DOTALL),
        re.compile(rf"<{p}c[\s/>]"),
        re.compile(rf"<{p}(?:v|t)(?:\s[^>]*)?>([^<]*)</"),
    )


class SheetXml:
    """A worksheet part under edit.

    Parameters
    ----------
    data : the part.
    where : file and part name for messages.
    date1904 : whether the book counts days from 1904.
    date_style : gives a cell's style attribute (or its twin) that shows dates, with time of day or without.
    """

    def __init__(self, data: bytes, where: str, date1904: bool, date_style: Callable[[str, bool], str]) -> None:
        self._where = where
        self._date_style = date_style
        self._load(data)
        self.encoder = CellEncoder(self.prefix, date1904)
        self._skeleton_touched = False
        self._rows_touched = False
        self._skeleton: Element | None = None
        self._column_styles: dict[int, str] | None = None
        self._written: Area | None = None

    def _load(self, data: bytes) -> None:
        if data.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")) or b"<!--" in data or b"<![CDATA[" in data:
            data = self._canonical(data)
        root = _ROOT.search(data)
        if root is None or MAIN.encode() not in data[: root.end() + 4096]:
            strict = STRICT_MAIN.encode() in data[:8192]
            what = "is a Strict Open XML sheet" if strict else "is not a worksheet"
            raise Refused(None, f"{self._where} {what}", "save the book in Excel as an ordinary .xlsx")
        self.prefix = f"{root[1].decode()}:" if root[1] else ""
        self._find = _patterns(self.prefix)
        tag = f"{self.prefix}sheetData".encode()
        start = re.search(rb"<" + tag + rb"(\s[^>]*?)?(/?)>", data)
        if start is None:
            text = f"{self._where} has no cells element"
            cure = "repair the workbook in Excel (Open and Repair)"
            raise Refused(None, text, cure)
        self._open = b"<" + tag + (start[1] or b"") + b">"
        self._close = b"</" + tag + b">"
        self._head = data[: start.start()]
        end = start.end() if start[2] else data.find(self._close, start.end())
        if end < 0:
            text = f"{self._where} is cut off"
            cure = "get a fresh copy of the workbook"
            raise Refused(None, text, cure)
        self._tail = data[end:] if start[2] else data[end + len(self._close) :]
        self.rows = dict(self._cut_rows(b"" if start[2] else data[start.end() : end]))
        self._order = list(self.rows)

    def _canonical(self, data: bytes) -> bytes:
        tree = parse_xml(data, self._where, remove_comments=True, remove_pis=True, strip_cdata=True)
        return serialise(tree)

    def _cut_rows(self, body: bytes) -> Iterator[tuple[int, bytes]]:
        position, number = 0, 0
        close = f"</{self.prefix}row>".encode()
        search = self._find.row.search
        while (found := search(body, position)) is not None:
            attributes = found[1]
            if found[2]:
                position = found.end()
            else:
                position = body.find(close, found.end()) + len(close)
                if position < found.end():
                    fault = f"{self._where} is damaged after row {number}"
                    raise Refused(None, fault, "repair it in Excel (Open and Repair)")
            own = _ATTRIBUTE_R.search(attributes)
            text = body[found.start() : position]
            number = int(own[1]) if own else number + 1
            if own is None:  # the number is optional while rows follow one another; say it, so that rows can move in
                tag = f"<{self.prefix}row".encode()
                text = tag + f' r="{number}"'.encode() + text[len(tag) :]
            yield number, text

    # --- reading ---

    def _parsed(self, number: int) -> tuple[str, dict[int, tuple[str, str, str, str]]]:
        """Attributes of a row and the fields of its cells (those of ``CellText``) by column number."""
        raw = self.rows.get(number)
        if raw is None:
            return f' r="{number}"', {}
        found = self._find.row_text.fullmatch(raw.decode())
        if found is None:
            raise self._strange(number)
        attributes, inner = found[1], found[2] or ""
        texts: list[tuple[str, str, str, str]] = self._find.cell.findall(inner)
        if len(texts) != len(self._find.cell_count.findall(inner)):
            raise self._strange(number)
        cells = {}
        column = 0
        for text in texts:
            letters, _, rest, _ = text
            if not letters or (rest and " s=" in rest):
                text = self._odd_cell(number, column + 1, text)
                letters = text[0]
            column = _number_of(letters)
            cells[column] = text
        return attributes, cells

    def _strange(self, row: int) -> Refused:
        text = f"{self._where}, row {row}: not written the way Excel writes it"
        return Refused(None, text, "save the book in Excel")

    def _odd_cell(self, row: int, implied: int, text: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
        """Put the attributes of a cell in Excel's order, with the reference that may be left out."""
        letters, style, rest, inner = text
        if rest.count('"') % 2:  # a ">" inside an attribute
            raise self._strange(row)
        pairs = {key: value for key, _, value in re.findall(r"""([\w:.-]+)\s*=\s*(["'])(.*?)\2""", style + rest)}
        reference = re.fullmatch(r"([A-Z]{1,3})[0-9]+", pairs.pop("r", ""))
        if not letters:
            letters = reference[1] if reference else _letters_of(implied)
        style = f' s="{pairs.pop("s")}"' if "s" in pairs else ""
        return letters, style, "".join(f' {key}="{value}"' for key, value in pairs.items()), inner

    def cells(self, row: int) -> dict[int, CellText]:
        """Cells of a row by column number."""
        return {column: CellText(*text) for column, text in self._parsed(row)[1].items()}

    def value(self, cell: CellText, shared: Sequence[str]) -> str | float | bool | None:
        """Value a cell shows; the text of an error cell; ``None`` if blank or a formula without cached value."""
        kind = re.search(r"""\st=["'](\w+)["']""", cell.attributes)
        texts: list[str] = self._find.value.findall(cell.inner)
        if not texts:
            return None
        name = kind[1] if kind else "n"
        if name == "b":
            return texts[0].strip() == "1"
        if name in ("n", "s"):
            try:
                number = float(texts[0])
                return number if name == "n" else shared[int(number)]
            except (ValueError, IndexError, OverflowError):
                return None
        return unescape_text("".join(texts))

    def row_attribute(self, row: int, name: str) -> str | None:
        """Attribute of a row, ``None`` if the row or the attribute is not there."""
        raw = self.rows.get(row)
        if raw is None:
            return None
        found = re.search(rb"\s" + name.encode() + rb"""=["']([^"']*)["']""", raw[: raw.find(b">")])
        return found[1].decode() if found else None

    def numbers_between(self, first: int, last: int) -> list[int]:
        """Numbers of the rows present from ``first`` to ``last``."""
        if last - first < len(self.rows):
            return [row for row in range(first, last + 1) if row in self.rows]
        return sorted(row for row in self.rows if first <= row <= last)

    def has(self, text: bytes) -> bool:
        """Whether these bytes occur in any row."""
        return any(text in raw for raw in self.rows.values())

    # --- writing ---

    def write_row(
        self,
        row: int,
        columns: Sequence[int],
        values: Iterable[object],
        styles: Mapping[int, str] | None = None,
        *,
        height: str = "",
        show: bool = False,
    ) -> bool:
        """Write cells of one row.

        Parameters
        ----------
        styles : style attributes (`` s="3"``) by column that replace the cells' own.
        height : attributes that give a row its height if it is new to the sheet.
        show : un-hide the row.

        Returns
        -------
        Whether a formula was overwritten or written.
        """
        attributes, cells = self._parsed(row)
        encode, blank, start = self.encoder.encode, self.encoder.blank, f"<{self.prefix}c r="
        holds_formulas = any(_FORMULA.search(inner) for _, _, _, inner in cells.values() if "f" in inner)
        formula = False
        ordered = True
        last = max(cells, default=0)
        texts: dict[int, str] = dict.fromkeys(cells, "")
        for column, value in zip(columns, values, strict=True):
            old = cells.pop(column, None)
            if old is None:
                style = self._column_style(column)
                ordered = ordered and column >= last
                last = max(last, column)
            else:
                style = old[1]
                formula = formula or (holds_formulas and _FORMULA.search(old[3]) is not None)
            if styles is not None:
                style = styles.get(column, style)
            formula = formula or type(value) is Formula
            tail = encode(value)
            if isinstance(value, dt.date) and tail != blank:
                style = self._date_style(style, isinstance(value, dt.datetime))
            if tail == blank and not style:
                texts.pop(column, None)
            else:
                texts[column] = f'{start}"{_letters_of(column)}{row}"{style}{tail}'
        for column, kept in cells.items():
            texts[column] = f'{start}"{kept[0]}{row}"{CellText(*kept).tail(self.prefix)}'
        self._store(row, attributes, texts.values() if ordered else [texts[c] for c in sorted(texts)], height, show)
        if columns:
            area = Area(row, min(columns), row, max(columns))
            self._written = area if self._written is None else self._written.joined(area)
        return formula

    def place_cells(self, row: int, cells: Mapping[int, str]) -> None:
        """Put ready cell XML (without reference: what follows ``r="…"``) into a row."""
        attributes, old = self._parsed(row)
        start = f"<{self.prefix}c r="
        texts = {column: f'{start}"{cell[0]}{row}"{CellText(*cell).tail(self.prefix)}' for column, cell in old.items()}
        for column, text in cells.items():
            texts[column] = f'{start}"{_letters_of(column)}{row}"{text}'
            area = Area(row, column, row, column)
            self._written = area if self._written is None else self._written.joined(area)
        self._store(row, attributes, [texts[column] for column in sorted(texts)], "", False)

    def _store(self, row: int, attributes: str, cells: Iterable[str], height: str, show: bool) -> None:
        if " spans=" in attributes:
            attributes = re.sub(r"""\sspans=["'][^"']*["']""", "", attributes)
        if show and " hidden=" in attributes:
            attributes = re.sub(r"""\shidden=["'][^"']*["']""", "", attributes)
        if height and row not in self.rows:
            attributes += height
        inner = "".join(cells)
        name = f"{self.prefix}row"
        if row not in self.rows:
            if not inner:
                return
            self._order.append(row)
        self.rows[row] = (f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>").encode()

    def _column_style(self, column: int) -> str:
        if self._column_styles is None:
            self._column_styles = {}
            for col in self.skeleton.iterfind(f"{main('cols')}/{main('col')}"):
                if col.get("style", "0") != "0":
                    for number in range(whole_number(col, "min", 1), min(whole_number(col, "max", 1), 16_384) + 1):
                        self._column_styles[number] = f' s="{col.get("style")}"'
        return self._column_styles.get(column, "")

    def replace_row(self, row: int, text: str) -> None:
        """Give a row that is there other XML with the same cells."""
        data = text.encode()
        if data != self.rows[row]:
            self.rows[row] = data
            self._rows_touched = True

    # --- the rest of the sheet ---

    @property
    def skeleton(self) -> Element:
        """The sheet without its rows; call ``touch`` after changing it."""
        if self._skeleton is None:
            tag = f"<{self.prefix}sheetData/>".encode()
            self._skeleton = parse_xml(self._head + tag + self._tail, self._where)
        return self._skeleton

    def touch(self) -> None:
        """Say that the skeleton was changed."""
        self._skeleton_touched = True

    @property
    def touched(self) -> bool:
        """Whether anything in the sheet was changed."""
        return self._written is not None or self._skeleton_touched or self._rows_touched

    def render(self) -> bytes:
        """The part as it stands now."""
        if self._written is not None:
            self._widen_dimension(self._written)
        head, tail = self._head, self._tail
        if self._skeleton_touched:
            mark = f"<{self.prefix}sheetData/>".encode()
            head, _, tail = serialise(self.skeleton).partition(mark)
        if any(a > b for a, b in zip(self._order, self._order[1:], strict=False)):
            self._order.sort()
        return b"".join([head, self._open, *(self.rows[row] for row in self._order), self._close, tail])

    def _widen_dimension(self, area: Area) -> None:
        dimension = self.skeleton.find(main("dimension"))
        if dimension is None:
            return
        old = Area.find(dimension.get("ref", ""))
        if old is None:
            return
        empty = str(old) == "A1" and 1 not in self.rows
        new = str(area if empty else old.joined(area))
        if new != dimension.get("ref"):
            dimension.set("ref", new)
            self.touch()
