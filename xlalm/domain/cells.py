"""Cell addresses as a person writes them."""

import re

import attrs

_PLAIN_SHEET = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def column_letters(column: int) -> str:
    """Return the letters of a 1-based column number: 1 -> A, 28 -> AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the 1-based number of column letters: AB -> 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@attrs.frozen
class Cell:
    """One cell of a book, 1-based as Excel shows it; ``str`` gives ``Limits!E7``."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        """Return the address as Excel writes it."""
        sheet = self.sheet if _PLAIN_SHEET.fullmatch(self.sheet) else "'" + self.sheet.replace("'", "''") + "'"
        return f"{sheet}!{column_letters(self.column)}{self.row}"


@attrs.frozen
class FrameCell(Cell):
    """One cell of a table in memory; ``str`` gives ``Limits, row 3, column right``.

    ``sheet``, ``row`` and ``column`` say where it stands in the workbook that the table becomes when it is written;
    ``label`` is the row's in the index of its DataFrame, blank for a header, ``header`` the column's, blank for none.
    """

    label: str
    header: str

    def __str__(self) -> str:
        """Return table, row and column as a person who holds the frame looks for them."""
        row = f"row {self.label}" if self.label else ""
        return ", ".join(filter(None, (self.sheet, row, f"column {self.header}" if self.header else "")))
