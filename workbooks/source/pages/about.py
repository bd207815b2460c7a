"""The page of a paper's workbook that says what the paper prints and what xlalm finds: a section of the README."""

import re
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.look import NAVY, STEEL, Book

_FOLDER = Path(__file__).resolve().parents[2] / "examples"
_COLUMNS = (46, 30, 38, 34)
_LETTERS_A_LINE = 165
_MARKS = re.compile(r"[`*]")


def about_sheet(book: Book, folder: str, workbook: str, title: str) -> None:
    """Add the sheet About.

    Parameters
    ----------
    folder : of the example; its README is the text.
    workbook : file name; the README has a section of this name.
    """
    sheet = book.sheet("About", tab=STEEL, gridlines=False)
    book.heading(sheet, title)
    for column, width in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
    row = 2
    in_table = False
    for block in section(folder, workbook):
        if block.startswith("|"):
            if not set(block) <= set("|-: "):
                _grid_row(book, sheet, row, block, header=not in_table)
                row += 1
            in_table = True
            continue
        row, in_table = row + (1 if in_table or block.startswith("#") else 0), False
        if block.startswith("#"):
            look = book.format(bold=True, font_size=11, font_color=NAVY)
            sheet.write_string(row, 0, block.strip("# "), look)
        else:
            text = _MARKS.sub("", block)
            sheet.merge_range(row, 0, row, len(_COLUMNS) - 1, text, book.format(text_wrap=True, valign="top"))
            sheet.set_row_pixels(row, 6 + 15 * (1 + len(text) // _LETTERS_A_LINE))
        row += 1


def section(folder: str, workbook: str) -> list[str]:
    """Return the blocks of a README's section: headings, paragraphs, and rows of tables one by one."""
    text = (_FOLDER / folder / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(workbook)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        message = f"the README of {folder} has no section {workbook}"
        raise ValueError(message)
    return [line.strip() for line in found[1].splitlines() if line.strip()]


def _grid_row(book: Book, sheet: Worksheet, row: int, block: str, *, header: bool) -> None:
    cells = [_MARKS.sub("", cell.strip()) for cell in block.strip("|").split("|")]
    for column, text in enumerate(cells):
        sheet.write_string(row, column, text, book.header() if header else book.cell(text_wrap=True))
