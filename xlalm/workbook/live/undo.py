"""All or none in an open workbook: what is about to be overwritten is noted first, and brought back after a fault.

What is about to be overwritten, and the settings of Excel, are noted in a journal file before the first change, and the
journal is removed after the last. A fault in between is undone at once; where the process itself ends in between,
``repair`` undoes it from the journal.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlalm.workbook.live.table import LiveTable, formulas_of, live_tables, rows_of
from xlalm.workbook.live.text import as_text
from xlalm.workbook.writing import write_text

if TYPE_CHECKING:
    import xlwings

_MODES: tuple[tuple[str, object], ...] = (
    ("screen_updating", False),
    ("enable_events", False),
    ("calculation", "manual"),
)
"""Settings of the application while tables are written."""


@contextlib.contextmanager
def undivided(book: xlwings.Book, tables: Sequence[LiveTable], new_sheet: str, journal: Path) -> Iterator[None]:
    """Make changes inside the block all or none; the application's settings are given back whatever happens.

    The journal goes when either is done, and stays where undoing fails.

    Parameters
    ----------
    tables : those that the block changes.
    new_sheet : name of the sheet that it adds; blank for none.
    """
    kept = _snapshot(book, tables, new_sheet)
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


def repair(book: xlwings.Book, journal: Path) -> None:
    """Undo what a process left half written when it ended, from its journal, and remove the journal."""
    kept = json.loads(journal.read_text(encoding="utf-8"))
    try:
        _undo(book, kept)
    finally:
        _set_modes(book.app, kept["modes"])
    journal.unlink()


def _snapshot(book: xlwings.Book, tables: Sequence[LiveTable], new_sheet: str) -> dict[str, Any]:
    """Return, as plain values, what it takes to bring the book and the application back to where they are."""
    app: Any = book.app
    active = _active_place(book)
    return {
        "modes": {name: getattr(app, name) for name, _ in _MODES},
        "new_sheet": new_sheet,
        "active": active,
        "tables": [
            {
                "sheet": table.sheet.name,
                "name": table.name,
                "first_row": table.first_row,
                "body_first": table.body_first,
                "body_last": table.body_last,
                "totals": bool(table.totals_rows),
                "cells": _contents(rows_of(table, table.body_first, table.body_last)),
            }
            for table in tables
        ],
    }


def _contents(cells: Any) -> list[list[Any]]:
    """Return what to write as formulas so that cells hold again what they hold now."""
    formulas, values = formulas_of(cells), cells.options(ndim=2, empty="").value
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
            place.table.resize(rows_of(place, entry["first_row"], entry["body_last"]))
            if last > entry["body_last"]:
                rows_of(place, entry["body_last"] + 1, last).clear_contents()
        rows_of(place, entry["body_first"], entry["body_last"]).formula = entry["cells"]
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
