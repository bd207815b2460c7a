"""What a formula was given: the cells of a range or one value, with the address of each where the host knows it."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, error
from xlalm.domain.numbers import is_number, parse_number
from xlalm.domain.table import ErrorValue
from xlalm.domain.text import shown

MAX_CELLS = 20_000_000
"""Cells of one argument; more are a mistake, such as every column of a sheet."""

# Excel hands an error over as an integer, and a number never: numbers are floats, amounts in currency format decimals.
_ERRORS = {
    -2146826288: "#NULL!",
    -2146826281: "#DIV/0!",
    -2146826273: "#VALUE!",
    -2146826265: "#REF!",
    -2146826259: "#NAME?",
    -2146826252: "#NUM!",
    -2146826246: "#N/A",
    -2146826245: "#GETTING_DATA",
    -2146826243: "#SPILL!",
    -2146826242: "#CONNECT!",
    -2146826241: "#BLOCKED!",
    -2146826240: "#UNKNOWN!",
    -2146826239: "#FIELD!",
    -2146826238: "#CALC!",
}
_OTHER_ERRORS = range(-2146826300, -2146826200)
_ERROR_TEXTS = frozenset(_ERRORS.values())

Value = float | str | bool | dt.datetime | ErrorValue | None
CellRows = tuple[tuple[Value, ...], ...]


class Rate(float):
    """A rate or share as a decimal: 0.05 is 5 %."""


@attrs.frozen
class Rectangle:
    """A rectangle of cells in a workbook, 1-based."""

    book: str
    sheet: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1

    def holds(self, other: "Rectangle") -> bool:
        """Whether the first cell of another rectangle lies in this one."""
        return (
            (self.book, self.sheet) == (other.book, other.sheet)
            and self.row <= other.row < self.row + self.rows
            and self.column <= other.column < self.column + self.columns
        )


@attrs.frozen
class PlaceInside(Cell):
    """A cell of an argument whose address is not known, by its place: ``row 3, column 2 of positions``."""

    def __str__(self) -> str:
        """Return the place in words."""
        return f"row {self.row}, column {self.column} of {self.sheet}"


class Selection:
    """One argument of a formula. Cells are read, and their address asked for, only when they are needed.

    Parameters
    ----------
    name : the argument's name.
    read : returns what the host holds: a value or rows of values.
    locate : returns where the cells stand, or None where nobody knows.
    """

    def __init__(
        self, name: str, read: Callable[[], Any], locate: Callable[[], Rectangle | None] = lambda: None
    ) -> None:
        self.name = name
        self._read, self._locate = read, locate

    @classmethod
    def of(cls, name: str, value: Any) -> "Selection":
        """Return what Python code passes: a value, rows of values, a DataFrame (its headers come first) or an array."""
        if isinstance(value, Selection):
            return value
        if hasattr(value, "columns") and hasattr(value, "itertuples"):
            value = [list(value.columns), *value.itertuples(index=False, name=None)]
        elif hasattr(value, "tolist"):
            value = value.tolist()
        return cls(name, lambda: value)

    @cached_property
    def raw(self) -> Any:
        """What the host holds, as it is."""
        return self._read()

    @cached_property
    def rows(self) -> CellRows:
        """Rows of plain values: floats, texts, truth values, dates, errors, and None where blank.

        Blank rows at the end are left out, so that whole columns may be selected.

        Raises
        ------
        Refused
            The range is larger than a table can be.
        """
        rows = _as_rows(self.raw)
        if self.size > MAX_CELLS:
            text = f"{self.name} has {self.size:,} cells"
            cure = "select the table, not whole columns"
            raise Refused(None, text, cure)
        end = len(rows)
        while end > 1 and all(value is None or value == "" for value in rows[end - 1]):
            end -= 1
        return tuple(tuple(map(_plain, row)) for row in rows[:end])

    @property
    def size(self) -> int:
        """How many cells there are."""
        rows = _as_rows(self.raw)
        return len(rows) * len(rows[0]) if rows else 0

    @property
    def head(self) -> tuple[Value, ...]:
        """The first row, without reading the others."""
        rows = _as_rows(self.raw)
        return tuple(map(_plain, rows[0])) if rows else ()

    @cached_property
    def rectangle(self) -> Rectangle | None:
        """Where the cells stand; None where nobody knows."""
        return self._locate()

    def release(self) -> None:
        """Let go of the host's cells: results are kept longer than a spreadsheet may be kept open."""
        self._read, self._locate = _nothing, _nothing
        self.__dict__.pop("raw", None)
        self.__dict__.pop("rows", None)

    def cell(self, row: int, column: int) -> Cell:
        """Return the address of a cell by its place, counted from 0."""
        rectangle = self.rectangle
        if rectangle is None:
            return PlaceInside(self.name, row + 1, column + 1)
        return Cell(rectangle.sheet, rectangle.row + row, rectangle.column + column)

    @property
    def is_left_out(self) -> bool:
        """Whether the argument is a single blank cell: what a person leaves empty to mean the default."""
        return self.size == 1 and self.head[0] is None

    @property
    def faults(self) -> list[Finding]:
        """A finding for every cell that holds an error."""
        return [
            error(self.cell(r, c), f"the cell shows {value.text}", "correct the formula or enter the value")
            for r, row in enumerate(self.rows)
            for c, value in enumerate(row)
            if isinstance(value, ErrorValue)
        ]

    @property
    def value(self) -> Value:
        """The one value of a single cell; raises Refused for several cells or an error."""
        if self.size != 1:
            text = f"{self.name} has {self.size:,} cells where one is wanted"
            cure = "point at a single cell"
            raise Refused(None, text, cure)
        if self.faults:
            raise Refused.of(self.faults[0])
        return self.head[0]

    def number(self) -> float:
        """Return one number; ``90%`` typed as text counts, a date or a word is refused.

        Raises
        ------
        Refused
            There is no number in the cell.
        """
        value = self.value
        if is_number(value):
            return float(value)
        read = parse_number(value) if isinstance(value, str) else None
        if read is None:
            what = "is empty" if value is None else f'"{shown(value)}" is not a number'
            raise self.fault(what, "enter a number such as 0.05 or 5%")
        return read

    def rate(self) -> "Rate":
        """Return one rate or share; raises Refused for 100 % and more, which is one typed without its percent sign."""
        number = self.number()
        if abs(number) >= 1.0:
            text = f"is {number:g}, which is {number:.0%}"
            raise self.fault(text, f"enter {number:g}%")
        return Rate(number)

    def text(self) -> str:
        """Return one text, stripped; a number as it is shown; raises Refused for an empty cell."""
        value = self.value
        if value is None:
            message = "is empty"
            raise self.fault(message, "enter a text")
        return shown_text(value)

    def flag(self) -> bool:
        """Return one truth value; raises Refused for anything that is neither yes nor no."""
        value = self.value
        word = shown_text(value).casefold()
        if value is None or word not in {"true", "yes", "1", "false", "no", "0"}:
            message = f'"{shown(value)}" is neither TRUE nor FALSE'
            raise self.fault(message, "enter TRUE or FALSE")
        return word in {"true", "yes", "1"}

    def fault(self, text: str, cure: str) -> Refused:
        """Return the error to raise about this argument's first cell."""
        where = f" ({self.cell(0, 0)})" if self.rectangle is not None else ""
        return Refused(None, f"{self.name}{where} {text}", cure)


def _nothing() -> None:
    """Return what a released selection holds."""


def shown_text(value: Value) -> str:
    """Return a value as the text a person reads in its cell."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).strip()


def _as_rows(value: Any) -> Sequence[Sequence[Any]]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return ((value,),)
    rows = list(value)
    if not rows:
        return ()
    if not isinstance(rows[0], list | tuple):
        return (rows,)
    return rows


def _plain(value: Any) -> Value:
    """Return a cell's value as tables hold it."""
    if type(value) is float or value is None:
        return None if value != value else value
    if isinstance(value, str):
        if value in _ERROR_TEXTS:
            return ErrorValue(value)
        return value if value.strip() else None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value in _OTHER_ERRORS:
            return ErrorValue(_ERRORS.get(value, "an error"))
        return float(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return dt.datetime(*value.timetuple()[:6])  # the host's own type, with a time zone that cells do not have
    if hasattr(value, "item"):
        return _plain(value.item())
    return value  # type: ignore[no-any-return]
