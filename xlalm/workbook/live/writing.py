"""Results into a workbook that is open in Excel: all tables or none, settings and user content as they were.

Everything is checked first; what is then written is undone where a fault comes in between (``undo``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.result import ResultTable, by_name
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.workbook.live.table import LiveTable, formulas_of, live_tables, rows_of
from xlalm.workbook.live.text import cell_value
from xlalm.workbook.live.undo import undivided
from xlalm.workbook.package.room import free_sheet_name, room_below
from xlalm.workbook.package.table_part import TABLE_STYLE, NewTable
from xlalm.workbook.package.widths import fitting_widths
from xlalm.workbook.state import sheet_for, with_state
from xlalm.workbook.updates import RESULTS_SHEET, Update, report_updates, result_updates

if TYPE_CHECKING:
    import xlwings


def write_results_live(
    book: xlwings.Book, tables: Mapping[str, ResultTable], inputs: Mapping[str, Table], journal: Path
) -> None:
    """Write result tables by name; result tables of an earlier run that this one lacks are emptied.

    Parameters
    ----------
    inputs : the book's input tables as the run read them.
    journal : file that holds what ``undo.repair`` needs while the book is being written.

    Raises
    ------
    Refused
        Nothing was written: a table has no room to grow, a sheet is protected, …
    """
    places, headers = _present(book)
    updates, missing = result_updates(headers, by_name(*with_state([*tables.values()], inputs, headers)))
    _write(book, _targets(places, headers, updates), places.values(), missing, RESULTS_SHEET, journal)


def write_report_live(
    book: xlwings.Book, sheet: str, tables: Sequence[ResultTable], inputs: Mapping[str, Table], journal: Path
) -> None:
    """Write tables over those of their names, or side by side on a new sheet; every other table stays.

    ``inputs`` and ``journal`` are those of ``write_results_live``.

    Raises
    ------
    Refused
        Nothing was written.
    """
    places, headers = _present(book)
    updates, missing = report_updates(headers, with_state(tables, inputs, headers))
    _write(book, _targets(places, headers, updates), places.values(), missing, sheet_for(missing, sheet), journal)


def _present(book: xlwings.Book) -> tuple[dict[str, LiveTable], dict[str, tuple[str, ...]]]:
    """Return the tables of a book and their headers, by case-folded name."""
    places = {table.name.casefold(): table for table in live_tables(book)}
    return places, {name: table.headers() for name, table in places.items()}


# --- the write ----------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Target:
    """A table and its new body."""

    place: LiveTable
    columns: list[int]  # numbers of the written columns on the sheet
    rows: list[list[Any]]

    @property
    def body_last(self) -> int:
        """Last row of the new body; a body without rows keeps one, as Excel wants."""
        return self.place.body_first + max(1, len(self.rows)) - 1

    @property
    def grows(self) -> bool:
        """Whether the table gets longer."""
        return self.body_last > self.place.body_last


def _targets(
    places: Mapping[str, LiveTable], headers: Mapping[str, Sequence[str]], updates: Sequence[Update]
) -> list[_Target]:
    targets = []
    for update in updates:
        place, own = places[update.table.casefold()], headers[update.table.casefold()]
        columns = [place.first_column + own.index(header) for header in update.headers]
        targets.append(_Target(place, columns, [[cell_value(value) for value in row] for row in update.rows]))
    return targets


def _write(
    book: xlwings.Book,
    targets: Sequence[_Target],
    others: Collection[LiveTable],
    missing: Sequence[NewTable],
    sheet: str,
    journal: Path,
) -> None:
    for target in targets:
        _check_room(target, others)
    name = free_sheet_name(sheet, [known.name for known in book.sheets]) if missing else ""
    try:
        with undivided(book, [target.place for target in targets], name, journal):
            for target in targets:
                _write_body(target)
            if missing:
                _add_tables(book, name, missing)
    except Exception as fault:
        if isinstance(fault, Refused) or type(fault).__module__ == "builtins":
            raise  # ours to explain, or ours to correct; what is left is Excel's own
        text = f"Excel refused to write the results ({shown(fault)}); nothing was written"
        cure = "lift the protection of sheets and workbook (Review > Unprotect) and try again"
        raise Refused(None, text, cure) from fault


def _write_body(target: _Target) -> None:
    place, sheet = target.place, target.place.sheet
    if any(entry.type != "none" for entry in place.table.autofilter.criteria):
        place.table.autofilter.clear()  # rows were hidden for their old values; and Excel skips hidden cells
    if target.body_last != place.body_last:
        with _without_totals(place):
            place.table.resize(rows_of(place, place.first_row, target.body_last))
            if target.grows:
                _continue_formats(target)
            else:
                rows_of(place, target.body_last + 1, place.body_last).clear_contents()
    rows = target.rows or [[None] * len(target.columns)]
    for first, last in _runs(target.columns):
        start = (place.body_first, target.columns[first])
        sheet.range(start, (target.body_last, target.columns[last])).value = [row[first : last + 1] for row in rows]


def _runs(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last position of each run of neighbouring columns: one for a table without foreign columns."""
    breaks = [at + 1 for at, (left, right) in enumerate(pairwise(columns)) if right != left + 1]
    starts = [0, *breaks] if columns else []
    return zip(starts, [*(start - 1 for start in starts[1:]), len(columns) - 1], strict=False)


@contextlib.contextmanager
def _without_totals(place: LiveTable) -> Iterator[None]:
    """Take the totals row away while a table changes its length; Excel keeps its formulas for when it comes back."""
    if place.totals_rows:
        place.table.show_totals = False
    yield
    if place.totals_rows:
        place.table.show_totals = True


def _continue_formats(target: _Target) -> None:
    """Give new rows the number formats of the first row of the body."""
    place = target.place
    for column in target.columns:
        code = place.sheet.range((place.body_first, column)).number_format
        new = place.sheet.range((place.body_last + 1, column), (target.body_last, column))
        if code and new.number_format != code:
            new.number_format = code


def _add_tables(book: xlwings.Book, name: str, tables: Sequence[NewTable]) -> None:
    """Put tables side by side on a new sheet after the last, so that each can grow downwards."""
    sheet: Any = book.sheets.add(name, after=book.sheets[len(book.sheets) - 1])
    column = 1
    for table in tables:
        end, last = 2 + max(1, len(table.rows)), column + len(table.headers) - 1
        for at, code in enumerate(table.formats):
            if code:
                sheet.range((3, column + at), (end, column + at)).number_format = code
        blank: list[Any] = [None] * len(table.headers)
        body = [[cell_value(value) for value in row] for row in table.rows] or [blank]
        rows = [[cell_value(table.name), *blank[1:]], [cell_value(header) for header in table.headers], *body]
        sheet.range((1, column), (end, last)).value = rows
        source = sheet.range((2, column), (end, last))
        sheet.tables.add(source=source, name=table.name, table_style_name=TABLE_STYLE)
        for at, width in enumerate(fitting_widths(table.headers, table.rows), start=column):
            sheet.range((1, at)).column_width = width
        column = last + 2


def _check_room(target: _Target, others: Iterable[LiveTable]) -> None:
    """Raise ``Refused`` naming the cell in the way if a table cannot grow as it must."""
    place = target.place
    if not target.grows:
        return
    room = room_below(place.name, place.sheet.name, place.area, target.body_last + place.totals_rows)
    room.check_tables((other.name, other.area) for other in others if other.sheet.name == room.sheet)
    below = rows_of(place, room.area.first_row, room.area.last_row)
    if below.merge_cells is not False:
        raise room.merged()
    for r, row in enumerate(formulas_of(below)):
        for c, text in enumerate(row):
            if text:
                raise room.filled(room.area.first_row + r, room.area.first_column + c)
