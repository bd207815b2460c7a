"""A sheet that holds result tables in full."""

import textwrap
from collections.abc import Mapping
from typing import Any

from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.look import GREY, NAVY, Book
from workbooks.source.look.tables import Place, place_result
from xlalm.domain.cells import column_letters
from xlalm.domain.result import ResultTable
from xlalm.schema.display import header
from xlalm.schema.tables import table_schema

ResultSheet = tuple[tuple[str, str, dict[str, float]], ...]
"""Result tables of one sheet: name, the line above it and widths of its columns."""

LIMIT_WIDTHS = {"limit": 27.0, "lens": 8.0, "role": 14.0, "sense": 6.0, "binding": 7.5, "unit": 8.5} | {
    "next_limit": 20.0,
    "owner": 9.0,
    "step_note": 12.0,
    **dict.fromkeys(("opening", "value", "bound", "valid_from", "valid_to", "price_at_from", "price_at_to"), 8.5),
    **dict.fromkeys(("headroom", "gain_looser_1", "gain_looser_2", "loss_tighter_1", "loss_tighter_2"), 8.5),
    **dict.fromkeys(("shadow_price", "marginal_price"), 9.0),
    **dict.fromkeys(("utilisation", "worth_of_one_unit", "cell"), 9.5),
    "step": 8.0,
}
"""Widths with which LimitReport fits a page."""

COEFFICIENTS = {"coefficient_low": 10.0, "coefficient_high": 10.0}
"""Widths with which these headers of Allocation break in two."""

NO_FINDINGS = "Findings (blank: nothing to say)"
INPUT_STATE = "The inputs now, as checksums"

_HEADER = 4
_SCALE = 48
_LETTERS = 279  # that a landscape A4 holds at that scale
_LOOKS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "LimitReport": {"next_limit": {"shrink": True}, "step_note": {"shrink": True}, "role": {"shrink": True}},
    "VarReport": {"basis": {"shrink": True}, "meaning": {"shrink": True}},
    "RunInfo": {"value": {"num_format": "[=0]0;[<0.0001]0.0E+00;General"}},
}
_BY_DEFAULT = "Written by xlalm; move, filter or chart the tables as you like: they are found by name."


def add_results(
    book: Book,
    name: str,
    tables: ResultSheet,
    results: Mapping[str, ResultTable] | None = None,
    looks: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    *,
    text: str = _BY_DEFAULT,
    units: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Place]:
    """Add a sheet of result tables side by side; in print those share a page that fit on one.

    Parameters
    ----------
    tables : name, the line above it and widths of its columns.
    results : what the tables hold when the book is shipped; blank by default.
    looks : format properties by table and column, over those the schema gives.
    text : the line below the sheet's title.
    units : by table and column the column with the limit whose unit the values have; that unit is then shown above
        the table, and the values as it asks.
    """
    sheet = book.sheet(name, tab=NAVY)
    book.heading(sheet, name, text)
    places: dict[str, Place] = {}
    column = 0
    all_looks = {**_LOOKS, **(looks or {})}
    for table, caption, widths in tables:
        book.caption(sheet, _HEADER - 1, column, caption)
        result, look = (results or {}).get(table), all_looks.get(table)
        cells = _units(book, sheet, table, column, (units or {}).get(table, {}))
        places[table] = place_result(
            book, sheet, table, row=_HEADER, column=column, looks=look, widths=widths, result=result, units=cells
        )
        column = places[table].next_column
    sheet.set_row_pixels(_HEADER, max(32, *(_header_height(results, table) for table, _, _ in tables)))
    sheet.freeze_panes(_HEADER + 1, 0)
    sheet.repeat_rows(_HEADER - 1, _HEADER)
    sheet.set_print_scale(_SCALE)
    sheet.set_v_pagebreaks(_breaks(tables, places))
    return places


def _header_height(results: Mapping[str, ResultTable] | None, table: str) -> int:
    """Return the height in pixels that the headers of columns of a run's own need; they are 12 letters wide."""
    keys = results[table].more_keys if results and table in results else ()
    return 5 + 14 * max((len(textwrap.wrap(header(key), 12)) for key in keys), default=1)


def _breaks(tables: ResultSheet, places: Mapping[str, Place]) -> list[int]:
    """Return the columns that begin a page."""
    breaks: list[int] = []
    used = 0.0
    for table, _, widths in tables:
        place = places[table]
        width = sum(widths.values()) + 12 * (place.last_column - place.column + 1 - len(widths))
        if used and used + width > _LETTERS:
            breaks.append(place.column)
            used = 0.0
        used += width + 9
    return breaks


def _units(book: Book, sheet: Worksheet, table: str, column: int, limits: Mapping[str, str]) -> dict[str, str]:
    """Write the unit of a limit above the columns that are in it; returns those cells by column."""
    keys = list(table_schema(table).columns)
    cells = {}
    for key, limit in limits.items():
        at, name = column + keys.index(key), column_letters(column + keys.index(limit) + 1)
        formula = f'=IFERROR(INDEX(Limits[Unit],MATCH({name}{_HEADER + 2},Limits[Limit],0))&"","")'
        sheet.write_formula(_HEADER - 2, at, formula, book.format(font_color=GREY, align="right"), "")
        cells[key] = f"${column_letters(at + 1)}${_HEADER - 1}"
    return cells
