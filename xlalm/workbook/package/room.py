"""Room in a book: free cells for a table, whose obstacle is named by its cell, and a free name for a sheet."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.workbook.package.references import MAX_ROWS, Area

MAX_SHEET_NAME = 31


@attrs.frozen
class Room:
    """Cells of a sheet that must be free, and what for: ``Table Findings needs rows 3 to 18``."""

    sheet: str
    area: Area
    purpose: str

    def check_tables(self, others: Iterable[tuple[str, Area]]) -> None:
        """Raise ``Refused`` if one of the tables on the sheet, each by its name and all its cells, lies there."""
        for name, taken in others:
            if taken.overlaps(self.area):
                row = max(taken.first_row, self.area.first_row)
                column = max(taken.first_column, self.area.first_column)
                raise self._taken(row, column, f"table {name} is there", "move one of them")

    def merged(self, area: Area | None = None) -> Refused:
        """Return the refusal for cells that are merged; without ``area`` it is only known that some there are."""
        place = area or self.area
        obstacle = "cells there are merged" if area is None else f"{area} is merged"
        cure = "unmerge or move them" if area is None else "unmerge or move it"
        return self._taken(place.first_row, place.first_column, obstacle, cure)

    def filled(self, row: int, column: int) -> Refused:
        """Return the refusal for a cell there that holds something."""
        return self._taken(row, column, "this cell is not empty", "clear or move it")

    def _taken(self, row: int, column: int, obstacle: str, cure: str) -> Refused:
        cell = Cell(self.sheet, row, column)
        return Refused(cell, f"{self.purpose}, but {obstacle}", f"{cure} (nothing was written)")


def room_below(table: str, sheet: str, area: Area, last_row: int) -> Room:
    """Return the room that a table, with all its cells now, needs to reach ``last_row``.

    Raises
    ------
    Refused
        The sheet ends before that row.
    """
    if last_row > MAX_ROWS:
        text = f"Table {table} needs rows to {last_row:,}; a sheet ends at {MAX_ROWS:,}"
        raise Refused(None, text, "shorten the result")
    below = Area(area.last_row + 1, area.first_column, last_row, area.last_column)
    return Room(sheet, below, f"Table {table} needs rows {area.first_row} to {last_row}")


def free_sheet_name(name: str, taken: Iterable[str]) -> str:
    """Return the name of a new sheet: with a number if it is taken, in any case, and no longer than Excel allows."""
    known = {sheet.casefold() for sheet in taken}
    free, number = name, 1
    while free.casefold() in known:
        number += 1
        ending = f" ({number})"
        free = name[: MAX_SHEET_NAME - len(ending)] + ending
    return free
