"""Results into a workbook that is open in Excel: all tables or none, settings and user content as they were.

Everything is checked first. What is about to be overwritten, and the settings of Excel, are noted in a journal file
before the first change, and the journal is removed after the last. A fault in between is undone at once; where the
process itself ends in between, ``repair`` undoes it from the journal.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.result import ResultTable
from xlalm.domain.text import shown
from xlalm.workbook.live.table import LiveTable, live_tables
from xlalm.workbook.package.cell_xml import clipped
from xlalm.workbook.package.references import MAX_ROWS, Area, address
from xlalm.workbook.updates import RESULTS_SHEET, Update, new_table, report_updates, result_updates
from xlalm.workbook.writing import write_text

if TYPE_CHECKING:
    import xlwings

_NOT_PLAIN = {"true", "false"}
_MODES: tuple[tuple[str, object], ...] = (
    ("screen_updating", False),
    ("enable_events", False),
    ("calculation", "manual"),
)
"""Settings of the application while tables are written."""

_WIDEST, _NARROWEST = 60, 9


def write_results_live(book: xlwings.Book, tables: Mapping[str, ResultTable], journal: Path) -> None:
    """Write result tables by name; result tables of an earlier run that this one lacks are emptied.

    Parameters
    ----------
    journal : file that holds what ``repair`` needs while the book is being written.

    Raises
    ------
    Refused
        Nothing was written: a table has no room to grow, a sheet is protected, …
    """
    places = {table.name.casefold(): table for table in live_tables(book)}
    headers = {name: table.headers() for name, table in places.items()}
    updates, missing = result_updates(headers, tables)
    _write(book, places, headers, updates, missing, RESULTS_SHEET, journal)


def write_report_live(book: xlwings.Book, sheet: str, tables: Sequence[ResultTable], journal: Path) -> None:
    """Write tables over those of their names, or side by side on a new sheet; every other table stays.

    Raises
    ------
    Refused
        Nothing was written.
    """
    places = {table.name.casefold(): table for table in live_tables(book)}
    headers = {name: table.headers() for name, table in places.items()}
    updates, missing = report_updates(headers, tables)
    _write(book, places, headers, updates, missing, sheet, journal)


def repair(book: xlwings.Book, journal: Path) -> None:
    """Undo what a process left half written when it ended, from its journal, and remove the journal."""
    kept = json.loads(journal.read_text(encoding="utf-8"))
    try:
        _undo(book, kept)
    finally:
        _set_modes(book.app, kept["modes"])
    journal.unlink()


def as_text(text: str) -> str:
    """Return what to write so that a cell holds this text and nothing that could be read from it.

    Excel reads what is written as if it were typed: ``=x`` becomes a formula, ``1-2`` a date, ``12%`` a number. An
    apostrophe in front, which no cell shows, makes it text.
    """
    # Letters first and no digit anywhere: no spreadsheet takes that for a number, a date, a formula or an error.
    is_plain = text[:1].isalpha() and not any(map(str.isdigit, text)) and text.casefold() not in _NOT_PLAIN
    return text if is_plain else "'" + text


def _cell(value: Any) -> Any:
    return (as_text(clipped(value)) if value else None) if isinstance(value, str) else value


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


def _write(
    book: xlwings.Book,
    places: Mapping[str, LiveTable],
    headers: Mapping[str, Sequence[str]],
    updates: Sequence[Update],
    missing: Sequence[ResultTable],
    sheet: str,
    journal: Path,
) -> None:
    targets = []
    for update in updates:
        place, own = places[update.table.casefold()], headers[update.table.casefold()]
        columns = [place.first_column + own.index(header) for header in update.headers]
        targets.append(_Target(place, columns, [[_cell(value) for value in row] for row in update.rows]))
    for target in targets:
        _check_room(target, places.values())
    name = _free_name(book, sheet) if missing else ""
    try:
        with _undivided(book, _snapshot(book, targets, name), journal):
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
            place.table.resize(_area(place, place.first_row, target.body_last))
            if target.grows:
                _continue_formats(target)
            else:
                _area(place, target.body_last + 1, place.body_last).clear_contents()
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


def _area(place: LiveTable, first: int, last: int) -> Any:
    return place.sheet.range((first, place.first_column), (last, place.last_column))


def _add_tables(book: xlwings.Book, name: str, tables: Sequence[ResultTable]) -> None:
    """Put tables side by side on a new sheet after the last, so that each can grow downwards."""
    sheet: Any = book.sheets.add(name, after=book.sheets[len(book.sheets) - 1])
    column = 1
    for table in map(new_table, tables):
        width, end = len(table.headers), 2 + max(1, len(table.rows))
        last = column + width - 1
        for at, code in enumerate(table.formats):
            if code:
                sheet.range((3, column + at), (end, column + at)).number_format = code
        blank: list[Any] = [None] * width
        body = [[_cell(value) for value in row] for row in table.rows] or [blank]
        rows = [[_cell(table.name), *blank[1:]], [_cell(header) for header in table.headers], *body]
        sheet.range((1, column), (end, last)).value = rows
        source = sheet.range((2, column), (end, last))
        sheet.tables.add(source=source, name=table.name, table_style_name="TableStyleMedium2")
        for at, header in enumerate(table.headers):
            texts = [header + "__", *(row[at] for row in table.rows)]
            longest = max(len(text) if isinstance(text, str) else _NARROWEST for text in texts)
            sheet.range((1, column + at)).column_width = min(_WIDEST, max(_NARROWEST, longest)) + 1
        column = last + 2


def _free_name(book: xlwings.Book, name: str) -> str:
    taken = {sheet.name.casefold() for sheet in book.sheets}
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    return free


# --- room ---------------------------------------------------------------------------------------------------


def _check_room(target: _Target, others: Iterable[LiveTable]) -> None:
    """Raise ``Refused`` naming the cell in the way if a table cannot grow as it must."""
    place = target.place
    if not target.grows:
        return
    last = target.body_last + place.totals_rows
    name = place.sheet.name
    if last > MAX_ROWS:
        text = f"Table {place.name} needs rows to {last:,}; a sheet ends at {MAX_ROWS:,}"
        cure = "shorten the result"
        raise Refused(None, text, cure)
    area = Area(place.last_row + 1, place.first_column, last, place.last_column)
    purpose = f"Table {place.name} needs rows {place.first_row} to {last}"
    for other in others:
        taken = Area(other.first_row, other.first_column, other.last_row, other.last_column)
        if other.sheet.name == name and taken.overlaps(area):
            where = address(name, max(taken.first_row, area.first_row), max(taken.first_column, area.first_column))
            text = f"{where}: {purpose}, but table {other.name} is there"
            cure = "move one of them (nothing was written)"
            raise Refused(None, text, cure)
    below = _area(place, area.first_row, area.last_row)
    if below.merge_cells is not False:
        text = f"{name}!{area}: {purpose}, but cells there are merged"
        cure = "unmerge or move them (nothing was written)"
        raise Refused(None, text, cure)
    for r, row in enumerate(_formulas(below)):
        for c, text in enumerate(row):
            if text:
                where = address(name, area.first_row + r, area.first_column + c)
                text = f"{where}: {purpose}, but this cell is not empty"
                cure = "clear or move it (nothing was written)"
                raise Refused(None, text, cure)


def _formulas(cells: Any) -> list[list[str]]:
    """Return the formulas and constants of a range as rows; xlwings gives them in the shape the platform likes."""
    found, (_, width) = cells.formula, cells.shape
    flat: list[str] = []
    for row in found if isinstance(found, list | tuple) else [found]:
        flat += row if isinstance(row, list | tuple) else [row]
    return [flat[at : at + width] for at in range(0, len(flat), width)]


# --- all or none --------------------------------------------------------------------------------------------


def _snapshot(book: xlwings.Book, targets: Sequence[_Target], new_sheet: str) -> dict[str, Any]:
    """Return, as plain values, what it takes to bring the book and the application back to where they are."""
    app: Any = book.app
    active = _active_place(book)
    return {
        "modes": {name: getattr(app, name) for name, _ in _MODES},
        "new_sheet": new_sheet,
        "active": active,
        "tables": [
            {
                "sheet": target.place.sheet.name,
                "name": target.place.name,
                "first_row": target.place.first_row,
                "body_first": target.place.body_first,
                "body_last": target.place.body_last,
                "totals": bool(target.place.totals_rows),
                "cells": _contents(_area(target.place, target.place.body_first, target.place.body_last)),
            }
            for target in targets
        ],
    }


def _contents(cells: Any) -> list[list[Any]]:
    """Return what to write as formulas so that cells hold again what they hold now."""
    formulas, values = _formulas(cells), cells.options(ndim=2, empty="").value
    return [
        [as_text(text) if isinstance(value, str) and value and value == text else text for text, value in pairs]
        for pairs in (zip(texts, row, strict=True) for texts, row in zip(formulas, values, strict=True))
    ]


def _undo(book: xlwings.Book, kept: Mapping[str, Any]) -> None:
    """Bring tables and sheets back; called on a book in any state between the snapshot and the last change."""
    tables = {table.name: table for table in live_tables(book)}
    for entry in kept["tables"]:
        place = tables[entry["name"]]
        if place.body_last != entry["body_last"]:
            if place.totals_rows:
                place.table.show_totals = False
            last = max(place.body_last, entry["body_last"])
            place.table.resize(_area(place, entry["first_row"], entry["body_last"]))
            if last > entry["body_last"]:
                _area(place, entry["body_last"] + 1, last).clear_contents()
        _area(place, entry["body_first"], entry["body_last"]).formula = entry["cells"]
        if entry["totals"]:
            place.table.show_totals = True
    if kept["new_sheet"] and any(sheet.name == kept["new_sheet"] for sheet in book.sheets):
        app: Any = book.app
        alerts = app.display_alerts
        app.display_alerts = False  # Excel asks before it deletes a sheet
        try:
            book.sheets[kept["new_sheet"]].delete()
        finally:
            app.display_alerts = alerts
    _reactivate(book, kept["active"])


@contextlib.contextmanager
def _undivided(book: xlwings.Book, kept: Mapping[str, Any], journal: Path) -> Iterator[None]:
    """Make changes inside the block all or none; the application's settings are given back whatever happens.

    The journal goes when either is done, and stays where undoing fails.
    """
    write_text(journal, json.dumps(kept))
    is_whole = False
    try:
        try:
            _set_modes(book.app, dict(_MODES))
            yield
            _reactivate(book, kept["active"])
        except Exception:
            _undo(book, kept)
            is_whole = True
            raise
        is_whole = True
    finally:
        _set_modes(book.app, kept["modes"])
        if is_whole:
            journal.unlink()


def _set_modes(app: Any, modes: Mapping[str, object]) -> None:
    """Set every setting, even where one of them is refused."""
    faults = []
    for name, value in modes.items():
        try:
            setattr(app, name, value)
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]


def _active_place(book: xlwings.Book) -> dict[str, str] | None:
    """Return the sheet and the cells that are selected; None where another book, or none, is in front."""
    app: Any = book.app
    try:
        is_in_front = app.books.active.fullname == book.fullname
    except Exception:  # each platform has its own for "there is none"
        return None
    if not is_in_front:
        return None
    chosen = app.selection  # None for a chart
    return {"sheet": book.sheets.active.name, "cells": chosen.address if chosen is not None else ""}


def _reactivate(book: xlwings.Book, place: Mapping[str, str] | None) -> None:
    """Show the sheet and the selection again where adding a sheet has changed them."""
    sheets = {sheet.name for sheet in book.sheets}  # without chart sheets
    if place is None or place["sheet"] not in sheets or book.sheets.active.name == place["sheet"]:
        return
    sheet = book.sheets[place["sheet"]]
    sheet.activate()
    if place["cells"]:
        sheet.range(place["cells"]).select()
