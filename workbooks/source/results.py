"""The sheet that holds every result table in full."""

from workbooks.source.look import NAVY, Book
from workbooks.source.tables import Place, place_result

_HEADER = 4


def add_results(book: Book, name: str, tables: tuple[tuple[str, str, dict[str, float]], ...]) -> dict[str, Place]:
    """Add a sheet of result tables side by side, each on its own page in print."""
    sheet = book.sheet(name, tab=NAVY)
    book.heading(sheet, name, "Written by xlalm; move, filter or chart the tables as you like: they are found by name.")
    places: dict[str, Place] = {}
    column = 0
    breaks = []
    for table, text, widths in tables:
        book.caption(sheet, _HEADER - 1, column, text)
        places[table] = place_result(book, sheet, table, row=_HEADER, column=column, widths=widths)
        column = places[table].next_column
        breaks.append(column)
    sheet.set_row_pixels(_HEADER, 32)
    sheet.freeze_panes(_HEADER + 1, 0)
    sheet.repeat_rows(_HEADER - 1, _HEADER)
    sheet.set_print_scale(48)
    sheet.set_v_pagebreaks(breaks[:-1])
    return places
