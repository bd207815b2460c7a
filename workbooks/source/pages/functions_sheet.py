"""The sheet Functions: every =ALM_ formula with its arguments, as ``xlalm.app.formulas`` declares them."""

from typing import Any

from workbooks.source.look.look import NAVY, STEEL, Book
from xlalm.app.formulas import FORMULAS

_WIDTHS = (44, 62, 84, 58)
_HEADERS = ("Write", "To get", "Arguments", "Example")
_FIRST = 3


def add_functions(book: Book) -> None:
    """Add the sheet."""
    sheet = book.sheet("Functions", tab=STEEL, gridlines=False)
    text = "They need the xlalm add-in. Arguments in [brackets] may be left out; after #VALUE! write =ALM_WHY(cell)."
    book.heading(sheet, "Formulas", text)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    row, group = _FIRST, ""
    for function in FORMULAS.values():
        own_group, *texts = function.row
        if own_group != group:
            row += 1 if group else 0
            group = own_group
            sheet.write_string(row, 0, group, book.format(bold=True, font_size=12, font_color=NAVY))
            for column, name in enumerate(_HEADERS):
                sheet.write_string(row + 1, column, name, book.header(**_indent(column)))
            row += 2
        for column, shown in enumerate(texts):
            look = {"bold": True} if column == 0 else {"font_name": "Courier New"} if column == len(texts) - 1 else {}
            sheet.write_string(row, column, shown, book.cell(text_wrap=True, valign="top", **look, **_indent(column)))
        book.fit_row(sheet, row, list(zip(texts, _WIDTHS, strict=True)))
        row += 1
    sheet.freeze_panes(_FIRST, 1)


def _indent(column: int) -> dict[str, Any]:
    """Keep a column's text away from that of the column before."""
    return {"align": "left", "indent": 1} if column else {}
