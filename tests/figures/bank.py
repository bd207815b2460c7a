"""A bank of four lines whose every figure can be worked by hand, and its result tables by their first column."""

from collections.abc import Mapping, Sequence
from typing import Any

import xlalm
from tests.strategies import Book, book
from xlalm.api import Frames

POSITIONS: dict[str, list[Any]] = {
    "position": ["Loans", "Bonds", "Deposits", "Capital"],
    "side": ["asset", "asset", "liability", "equity"],
    "balance": [100.0, 50.0, 130.0, 20.0],
    "min": [0.0, 0.0, 130.0, None],
    "max": [200.0, 200.0, 130.0, None],
    "rate": [0.05, 0.02, 0.01, 0.0],
}
"""Loans and bonds make 150 together: a unit moved from bonds to loans earns 0.03."""


def bank(
    *limits: Mapping[str, Any], goal: tuple[str, str] = ("net(rate)", "max"), settings: Any = None, **columns: Any
) -> Book:
    """Return the bank with limits; ``columns`` replace those of Positions, or single cells: ``max={"Loans": 110}``."""
    positions = {key: list(values) for key, values in POSITIONS.items()}
    for key, values in columns.items():
        column = positions.setdefault(key, [None] * 4)
        if isinstance(values, Mapping):
            for name, value in values.items():
                column[positions["position"].index(name)] = value
        else:
            positions[key] = list(values)
    return book(positions, [goal], list(limits), **(settings or {}))


def limit(left: str, sense: str, right: Any, **more: Any) -> dict[str, Any]:
    """Return a row of Limits called ``limit``, unless ``more`` says otherwise."""
    return {"limit": "limit", "left": left, "sense": sense, "right": right} | more


def solved(tables: Book) -> Frames:
    """Return the result of a book that has a plan."""
    found = xlalm.solve(tables)
    assert found.status in {"optimal", "feasible"}, (found.status, found.explanation, found.findings)
    return found


def row(found: Frames, table: str, name: str) -> dict[str, Any]:
    """Return the row of a result table by its first column; blanks are None."""
    return rows(found, table)[name]


def rows(found: Frames, table: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a result table by their first column, in their order; blanks are None."""
    frame = found[table]
    frame = frame.astype(object).where(frame.notna(), None)
    return {record[frame.columns[0]]: record for record in frame.to_dict("records")}


def moves(found: Frames) -> Sequence[float]:
    """Return the plan's balances in the order of the book."""
    return [float(value) for value in found["Allocation"]["optimal"]]
