"""The sheet that holds every result table in full."""

from collections.abc import Mapping
from typing import Any

from workbooks.source.look import NAVY, Book
from workbooks.source.tables import Place, place_result
from xlalm.domain.result import ResultTable

ResultSheet = tuple[tuple[str, str, dict[str, float]], ...]
"""Result tables of one sheet: name, the line above it and widths of its columns."""

_HEADER = 4


def add_results(
    book: Book,
    name: str,
    tables: ResultSheet,
    results: Mapping[str, ResultTable] | None = None,
    looks: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
) -> dict[str, Place]:
    """Add a sheet of result tables side by side, each on its own page in print.

    Parameters
    ----------
    tables : name, the line above it and widths of its columns.
    results : what the tables hold when the book is shipped; blank by default.
    looks : format properties by table and column, over those the schema gives.
    """
    sheet = book.sheet(name, tab=NAVY)
    book.heading(sheet, name, "Written by xlalm; move, filter or chart the tables as you like: they are found by name.")
    places: dict[str, Place] = {}
    column = 0
    breaks = []
    for table, text, widths in tables:
        book.caption(sheet, _HEADER - 1, column, text)
        result = (results or {}).get(table)
        look = (looks or {}).get(table)
        places[table] = place_result(
            book, sheet, table, row=_HEADER, column=column, looks=look, widths=widths, result=result
        )
        column = places[table].next_column
        breaks.append(column)
    sheet.set_row_pixels(_HEADER, 32)
    sheet.freeze_panes(_HEADER + 1, 0)
    sheet.repeat_rows(_HEADER - 1, _HEADER)
    sheet.set_print_scale(48)
    sheet.set_v_pagebreaks(breaks[:-1])
    return places
