"""Limits and goals as they stand in the book, before their formulas are compiled."""

from typing import Literal

import attrs

from xlalm.domain.cells import Cell

Sense = Literal[">=", "<=", "="]


AMOUNT, A_YEAR = "amount", "amount per year"


def unit_size(unit: str) -> float:
    """Return the size of one unit as people count it: 0.01 for %, else 1."""
    return 0.01 if unit == "%" else 1.0


def is_money(unit: str) -> bool:
    """Whether a unit counts money: an amount, or an amount per year."""
    return unit in {AMOUNT, A_YEAR}


@attrs.frozen
class LimitRow:
    """One row of ``Limits``. ``right`` is the text of the bound; ``cell`` its address. ``step`` None is the default."""

    name: str
    left: str
    sense: Sense
    right: str
    unit: str
    early_warning: float | None
    active: bool
    hard: bool
    penalty: float | None
    role: str
    scenario: str
    text: str
    lens: str
    owner: str
    source: str
    step: float | None
    cell: Cell
    left_cell: Cell
    row: int


@attrs.frozen
class GoalRow:
    """One row of ``Goals``."""

    name: str
    formula: str
    direction: Literal["max", "min"]
    weight: float
    aspiration: float | None
    worst: float | None
    active: bool
    unit: str
    cell: Cell
    row: int

    @property
    def sign(self) -> float:
        """+1 where more is better, -1 where less is."""
        return 1.0 if self.direction == "max" else -1.0
