"""Value at risk, frontiers and memberships as formulas ask for them."""

import numpy as np

from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.reports import Book, Rows, shown_columns
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import refuse
from xlalm.domain.errors import Refused
from xlalm.domain.numbers import is_number, parse_number
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.measures.membership import membership_of


def value_at_risk(amounts: Selection, data: Selection, confidence: float, days: float, method: str) -> float:
    """Return the value at risk of signed amounts in their unit.

    Parameters
    ----------
    data : square range of covariances per day, or one row of changes per day, oldest first; a row of headings may
        stand above either.

    Raises
    ------
    Refused
        A cell is no number, or the ranges do not fit each other or the method.
    """
    word = method.strip().casefold().replace(" ", "_")

    def make() -> float:
        from xlalm.valuation.risk.value_at_risk import value_at_risk as compute

        return compute(_numbers(amounts).ravel(), _numbers(data), confidence, days, word)

    return recall("var", {"amounts": amounts, "data": data}, (repr(confidence), repr(days), word), make, placed=True)


def membership(value: float, worst: float, ideal: float) -> float:
    """Return how far a goal's value is from its worst (0) to its ideal (1); raises Refused where they are equal."""
    if worst == ideal:
        text = f"worst and ideal are both {worst:g}"
        cure = "give two different levels"
        raise Refused(None, text, cure)
    return float(membership_of(np.array([value]), np.array([ideal]), np.array([worst]))[0])


def frontier(book: Book, limit: str, low: float | None, high: float | None, columns: str | None, headers: bool) -> Rows:
    """Return the best goal at every bound where another limit takes over; raises Refused."""
    table = book.frontier(limit, low, high).table("Frontier")
    return shown_columns(table, columns, ("bound", "objective", "slope", "event"), headers)


def _numbers(cells: Selection) -> Float1D:
    """Return a range as numbers, rows by columns, without a row of headings; raises Refused for any other cell."""
    refuse(cells.faults)
    rows = cells.rows
    first = 1 if len(rows) > 1 and all(_number(value) is None for value in rows[0]) else 0
    read = [[_number(value) for value in row] for row in rows[first:]]
    for r, row in enumerate(read):
        for c, number in enumerate(row):
            if number is None:
                where, value = cells.cell(r + first, c), rows[r + first][c]
                what = "is empty" if value is None else f'"{shown(str(value))}" is not a number'
                text = f"{where}: {cells.name} {what}"
                cure = "select numbers only, without dates and names"
                raise Refused(None, text, cure)
    return np.array(read, dtype=np.float64)


def _number(value: object) -> float | None:
    if is_number(value):
        return float(value)
    return parse_number(value) if isinstance(value, str) else None
