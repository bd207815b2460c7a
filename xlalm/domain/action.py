"""Actions that the committee has approved beforehand, and what each changes."""

import datetime as dt

import attrs

from xlalm.domain.cells import Cell


@attrs.frozen
class Action:
    """An action of a size from ``least`` to ``most``, None for no end; in whole lots where ``lot`` is given."""

    name: str
    family: str
    least: float
    most: float | None
    lot: float | None
    window: str
    cost_bp: float
    approved_by: str
    expires: dt.date | None
    cell: Cell


@attrs.frozen
class Leg:
    """What one unit of an action does: ``per_unit`` to the balance of a position, or ``change`` to one of its columns.

    ``position`` is the number of the sheet's row. ``column`` is blank where the balance changes.
    """

    action: str
    position: int
    column: str
    change: float
    cell: Cell
