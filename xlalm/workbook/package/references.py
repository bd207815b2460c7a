"""Cell references as Excel writes them: ``A1``, ``$B$2:$C$9``, ``'my sheet'!B2``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

import attrs

from xlalm.domain.cells import column_letters, column_number

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384

_CORNER = r"\$?([A-Z]{1,3})\$?([0-9]{1,7})"
_AREA = re.compile(rf"{_CORNER}(?::{_CORNER})?")
# A string, a structured reference or an external book name is skipped; what is left may be a reference.
# This pattern and _SHIFTED are compiled when first used: that takes milliseconds of every start.
_IN_FORMULA = (
    r"""(?P<skip>"(?:[^"]|"")*"|\[(?:[^\[\]]|\[[^\]]*\])*\])"""
    r"""|(?<![\w.!$:'\]])(?:(?P<sheet>'(?:[^']|'')+'|[A-Za-z_\u0080-\uffff][\w.\u0080-\uffff]*)!)?"""
    r"""(?P<a>\$?[A-Z]{1,3}\$?)(?P<r>[0-9]{1,7})(?::(?P<b>\$?[A-Z]{1,3}\$?)(?P<s>[0-9]{1,7}))?(?![\w.(:!\[])"""
)


def cell_name(row: int, column: int) -> str:
    """Name of a cell from 1-based row and column."""
    return f"{column_letters(column)}{row}"


@attrs.frozen
class Area:
    """A rectangle of cells; all four numbers are 1-based and inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``A1`` or ``A1:C9``; ``ValueError`` for anything else (whole rows or columns)."""
        found = _AREA.fullmatch(text)
        if found is None:
            message = f"{text!r} is not a cell range"
            raise ValueError(message)
        a, r, b, s = found.groups()
        return cls(int(r), column_number(a), int(s or r), column_number(b or a))

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Read a range as ``parse`` does; ``None`` where it is not one."""
        try:
            return cls.parse(text)
        except ValueError:
            return None

    def __str__(self) -> str:
        """Return the reference without sheet name or dollar signs."""
        first = cell_name(self.first_row, self.first_column)
        last = cell_name(self.last_row, self.last_column)
        return first if first == last else f"{first}:{last}"

    def overlaps(self, other: Area) -> bool:
        """Whether the two rectangles share a cell."""
        return (
            self.first_row <= other.last_row
            and other.first_row <= self.last_row
            and self.first_column <= other.last_column
            and other.first_column <= self.last_column
        )

    def holds(self, other: Area) -> bool:
        """Whether every cell of ``other`` lies in this rectangle."""
        return (
            self.first_row <= other.first_row
            and other.last_row <= self.last_row
            and self.first_column <= other.first_column
            and other.last_column <= self.last_column
        )

    def joined(self, other: Area) -> Area:
        """Smallest rectangle around both."""
        return Area(
            min(self.first_row, other.first_row),
            min(self.first_column, other.first_column),
            max(self.last_row, other.last_row),
            max(self.last_column, other.last_column),
        )


def unquoted_sheet(text: str) -> str:
    """Sheet name from the text before ``!``."""
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def parse_reference(text: str) -> tuple[str | None, Area] | None:
    """Sheet (``None`` if not named) and area of a text that is one reference and nothing else, else ``None``."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    found = re.fullmatch(_IN_FORMULA, text)
    if found is None or found["skip"]:
        return None
    area = Area.parse(f"{found['a']}{found['r']}:{found['b'] or found['a']}{found['s'] or found['r']}")
    return (unquoted_sheet(found["sheet"]) if found["sheet"] else None), area


@attrs.frozen
class Reference:
    """A reference in a formula: ``sheet`` is ``None`` if it names none, ``fixed`` if its rows have dollar signs."""

    sheet: str | None
    area: Area
    is_range: bool
    fixed: bool


def map_references(text: str, change: Callable[[Reference], tuple[int, int] | None]) -> str:
    """Give references in a formula other rows.

    Parameters
    ----------
    change : returns the new first and last row of a reference, or ``None`` to leave it as it stands.
    """

    def replaced(found: re.Match[str]) -> str:
        if found["skip"]:
            return found[0]
        area = Area.parse(f"{found['a']}{found['r']}:{found['b'] or found['a']}{found['s'] or found['r']}")
        sheet = found["sheet"]
        fixed = found["a"].endswith("$") and (found["b"] or "$").endswith("$")
        rows = change(Reference(unquoted_sheet(sheet) if sheet else None, area, bool(found["b"]), fixed))
        if rows is None:
            return found[0]
        start = f"{sheet}!" if sheet else ""
        end = f":{found['b'] or found['a']}{rows[1]}" if found["b"] or rows[0] != rows[1] else ""
        return f"{start}{found['a']}{rows[0]}{end}"

    return re.sub(_IN_FORMULA, replaced, text)


_SHIFTED = (
    r"""(?P<skip>"(?:[^"]|"")*"|'(?:[^']|'')*'!?|\[(?:[^\[\]]|\[[^\]]*\])*\])"""
    r"""|(?<![\w.$'\]])(?:(?P<da>\$?)(?P<a>[A-Z]{1,3})(?P<dr>\$?)(?P<r>[0-9]{1,7})"""
    r"""|(?P<dc1>\$?)(?P<c1>[A-Z]{1,3}):(?P<dc2>\$?)(?P<c2>[A-Z]{1,3})"""
    r"""|(?P<dr1>\$?)(?P<r1>[0-9]{1,7}):(?P<dr2>\$?)(?P<r2>[0-9]{1,7}))(?![\w.(!])"""
)


def shifted_formula(text: str, rows: int, columns: int) -> str:
    """Formula as it reads after being filled ``rows`` down and ``columns`` to the right (shared formulas)."""

    def column(dollar: str, letters: str) -> str:
        if dollar:
            return dollar + letters
        return column_letters((column_number(letters) + columns - 1) % MAX_COLUMNS + 1)

    def row(dollar: str, number: str) -> str:
        return dollar + (number if dollar else str((int(number) + rows - 1) % MAX_ROWS + 1))

    def replaced(found: re.Match[str]) -> str:
        if found["skip"]:
            return found[0]
        if found["a"]:
            return column(found["da"], found["a"]) + row(found["dr"], found["r"])
        if found["c1"]:
            return f"{column(found['dc1'], found['c1'])}:{column(found['dc2'], found['c2'])}"
        return f"{row(found['dr1'], found['r1'])}:{row(found['dr2'], found['r2'])}"

    return re.sub(_SHIFTED, replaced, text)
