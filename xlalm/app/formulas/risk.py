"""Frontiers, value at risk and memberships."""

import numpy as np

from xlalm.app.formulas.arguments import LimitName, ShownColumns, WithHeaders
from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.solved import Spill, TableRanges, shown_columns
from xlalm.app.formulas.tables import refuse
from xlalm.domain.errors import Refused
from xlalm.domain.numbers import is_number, parse_number
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.measures.membership import membership_of
from xlalm.valuation.risk.value_at_risk import value_at_risk


@formula("Model")
def ALM_FRONTIER(
    limit: LimitName,
    book: TableRanges,
    low: float | None = None,
    high: float | None = None,
    columns: ShownColumns = "bound, objective, slope, event",
    headers: WithHeaders = True,
) -> Spill:
    """How the best value of the goal moves with the bound of one limit, exactly, from takeover to takeover.

    Parameters
    ----------
    low : optional
        First bound; a little before the first takeover if left out.
    high : optional
        Last bound; a little beyond the last takeover if left out.

    Returns
    -------
    One row per bound where something takes over, with the goal there and what one more unit of bound is worth.

    Examples
    --------
    =ALM_FRONTIER("RWA ceiling", Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return shown_columns(book.frontier(limit, low, high).table("Frontier"), columns, headers)


@formula("Risk")
def ALM_VAR(
    amounts: Selection, data: Selection, confidence: float = 0.99, days: float = 10.0, method: str = "covariance"
) -> float:
    """Value at risk: what signed amounts lose at most with a confidence over a holding period.

    Parameters
    ----------
    amounts
        Signed amounts, one per position: assets positive, liabilities negative.
    data
        Covariances per day as a square range, or relative changes per day, one row a day, oldest first; columns in
        the order of the amounts.
    confidence : optional
        Such as 99%, which is taken if left out.
    days : optional
        Holding period in days; 10 if left out.
    method : optional
        covariance, monte_carlo (seeded: the same every time) or historical, which needs changes; covariance if left
        out.

    Returns
    -------
    Loss in the unit of the amounts, positive.

    Examples
    --------
    =ALM_VAR(B2:B5, Returns[[Sovereign bonds up to 2 years]:[Corporate bonds BBB]], 99%, 10, "historical")
    """
    word = method.strip().casefold().replace(" ", "_")

    def make() -> float:
        return value_at_risk(_numbers(amounts).ravel(), _numbers(data), confidence, days, word)

    return recall("var", {"amounts": amounts, "data": data}, (repr(confidence), repr(days), word), make, placed=True)


@formula("Risk")
def ALM_MEMBERSHIP(value: float, worst: float, ideal: float) -> float:
    """How satisfied a goal is: 0 at its worst level, 1 at its ideal, in proportion between (Zimmermann 1978).

    Parameters
    ----------
    value
        Value of the goal.
    worst
        Level that satisfies nobody.
    ideal
        Level of full satisfaction; below the worst where less is better.

    Returns
    -------
    Membership between 0 and 1.

    Examples
    --------
    =ALM_MEMBERSHIP(274.2, 258.7, 280)
    """
    if worst == ideal:
        text = f"worst and ideal are both {worst:g}"
        cure = "give two different levels"
        raise Refused(None, text, cure)
    return float(membership_of(np.array([value]), np.array([ideal]), np.array([worst]))[0])


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
