"""Values of cells as SpreadsheetML text, and back.

Text is written in the cell (``t="inlineStr"``), not in the shared strings: then a text is never read as a formula
whatever it begins with, sharedStrings.xml stays as it was byte for byte, and the sheet alone decides what it shows.
Excel moves the texts to the shared strings when it next saves.
"""

from __future__ import annotations

import datetime as dt
import html
import math
import re
from collections.abc import Callable

import attrs


@attrs.frozen
class Formula:
    """A formula cell with the value it has now; None where the spreadsheet has yet to compute it."""

    text: str
    value: float | str | None = None


CellValue = str | float | bool | dt.date | dt.datetime | Formula | None
"""What a cell may be given: ``int`` counts as ``float`` here; NaN, infinities and blank text leave the cell blank."""

MAX_TEXT = 32_767
_EPOCH_1900 = dt.datetime(1899, 12, 30)
_EPOCH_1904 = dt.datetime(1904, 1, 1)
_FIRST_MARCH_1900 = 61.0  # Excel counts a 29 February 1900; serials before it are one lower
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_NEEDS_CARE = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_x")


def escape_text(text: str) -> str:
    """Text as XML content."""
    if not _NEEDS_CARE.search(text):
        return text
    return escape_characters(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_characters(text: str) -> str:
    """Text without characters XML cannot hold: they become ``_xHHHH_``, as Excel writes them."""
    return _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescape_text(xml: str) -> str:
    """Text from XML content, with ``_xHHHH_`` read as Excel reads it."""
    return unescape_characters(html.unescape(xml))


def unescape_characters(text: str) -> str:
    """Read ``_xHHHH_`` as the character it stands for."""
    if "_x" not in text:
        return text
    units = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # two halves make a character


def clipped(text: str) -> str:
    """Text no longer than a cell can hold; a longer one ends in an ellipsis."""
    if len(text) * 2 <= MAX_TEXT or len(text.encode("utf-16-le", "surrogatepass")) <= 2 * MAX_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (MAX_TEXT - 1)]
    return units.decode("utf-16-le", "ignore") + "…"


def date_serial(value: dt.date, date1904: bool) -> float:
    """Excel's number of a date: days since the book's epoch, the time of day as fraction (seconds kept exact)."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    days = value.replace(tzinfo=None) - (_EPOCH_1904 if date1904 else _EPOCH_1900)
    serial = days / dt.timedelta(days=1)
    return serial - 1 if not date1904 and serial < _FIRST_MARCH_1900 else serial


class CellEncoder:
    """Turns values into the XML that follows the style of a cell: ``><v>1.5</v></c>``.

    Parameters
    ----------
    prefix : namespace prefix of the sheet with its colon, usually blank.
    date1904 : whether the book counts days from 1904.
    """

    def __init__(self, prefix: str, date1904: bool) -> None:
        self._date1904 = date1904
        self.blank = "/>"
        self._number = f"><{prefix}v>"
        self._number_end = f"</{prefix}v></{prefix}c>"
        self._boolean = f' t="b"><{prefix}v>'
        self._text = f' t="inlineStr"><{prefix}is><{prefix}t>'
        self._text_kept = f' t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
        self._text_end = f"</{prefix}t></{prefix}is></{prefix}c>"
        self._formula = f"><{prefix}f>"
        self._value = f"<{prefix}v>"
        self._value_end = f"</{prefix}v>"
        self._formula_end = f"</{prefix}f>"
        self._cell_end = f"</{prefix}c>"
        self._by_type: dict[type, Callable[..., str]] = {
            float: self._of_float,
            int: self._of_int,
            str: self._of_text,
            bool: self._of_bool,
            type(None): lambda _none: self.blank,
            dt.date: self._of_date,
            dt.datetime: self._of_date,
            Formula: self._of_formula,
        }

    def encode(self, value: object) -> str:
        """XML after the style attribute; ``TypeError`` for a value a cell cannot hold."""
        encode = self._by_type.get(type(value))
        return encode(value) if encode is not None else self._of_other(value)

    def _of_float(self, value: float) -> str:
        if not math.isfinite(value):
            return self.blank
        return f"{self._number}{value or 0.0!r}{self._number_end}"  # no minus zero, which Excel would show

    def _of_int(self, value: int) -> str:
        return f"{self._number}{value}{self._number_end}"

    def _of_bool(self, value: bool) -> str:
        return f"{self._boolean}{value:d}{self._number_end}"

    def _of_date(self, value: dt.date) -> str:
        serial = date_serial(value, self._date1904)
        if serial < 0:  # before the book's epoch Excel knows no dates
            return self._of_text(value.isoformat())
        return self._of_int(int(serial)) if serial == int(serial) else self._of_float(serial)

    def _of_text(self, text: str) -> str:
        if not text:
            return self.blank
        escaped = escape_text(clipped(text))
        outer_space = text[0].isspace() or text[-1].isspace() or "\n" in text or "  " in text
        return f"{self._text_kept if outer_space else self._text}{escaped}{self._text_end}"

    def _of_formula(self, formula: Formula) -> str:
        value = formula.value
        kind = ' t="str"' if isinstance(value, str) else ""
        cached = "" if value is None else escape_text(value) if isinstance(value, str) else repr(value)
        kept = f"{self._value}{cached}{self._value_end}" if cached else ""
        return f"{kind}{self._formula}{escape_text(formula.text)}{self._formula_end}{kept}{self._cell_end}"

    def _of_other(self, value: object) -> str:
        plain = getattr(value, "item", None)  # NumPy scalars, without importing NumPy
        if callable(plain):
            value = plain()
        if value != value:  # NaN and pandas' NaT
            return self.blank
        if isinstance(value, bool):
            return self._of_bool(value)
        if isinstance(value, int):
            return self._of_int(int(value))
        if isinstance(value, float):
            return self._of_float(float(value))
        if isinstance(value, str):
            return self._of_text(str(value))
        if isinstance(value, dt.date):
            return self._of_date(value)
        message = f"a cell cannot hold a {type(value).__name__}"
        raise TypeError(message)
