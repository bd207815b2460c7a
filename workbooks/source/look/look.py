"""How every shipped workbook looks: one font, three colours, formats made once."""

import datetime as dt
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

CREATED = dt.datetime(2026, 11, 1, 9, 0, 0)
FONT = "Arial"  # Liberation Sans has its measures, so a page looks the same in Excel and in LibreOffice

NAVY = "#1F3A5F"
INK = "#22303C"
GREY = "#6B7785"
LINE = "#C9D1DA"
RULE = "#E1E6EC"
PALE = "#EEF2F6"
INPUT_BLUE = "#1546B8"
STEEL = "#4F7CAC"
MIST = "#BCC8D4"
GREEN, AMBER, RED = "#1E7B45", "#B26A00", "#B3261E"
GREEN_FILL, AMBER_FILL, RED_FILL = "#E3F1E8", "#FCF0DC", "#FBE5E3"


class Book:
    """A workbook being built: XlsxWriter with fixed dates, one font and formats made once."""

    def __init__(self, path: Path, title: str) -> None:
        options = {
            "in_memory": True,  # also fixes the times inside the archive
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": False,  # NaN is refused, never written
            "default_format_properties": {"font_name": FONT, "font_size": 10},
            "default_row_height": 17,
            "default_column_width": 64,
        }
        self.file = xlsxwriter.Workbook(str(path), options)
        self.file.set_properties({"title": title, "author": "xlalm", "created": CREATED})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """Return the format with these properties over the house style."""
        wanted = {"font_name": FONT, "font_size": 9, "font_color": INK, "valign": "vcenter"} | properties
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(wanted)
        return self._formats[key]

    def rule_format(self, **properties: Any) -> Format:
        """Return a format for a conditional rule: only what it changes."""
        key = (("rule", True), *sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(properties)
        return self._formats[key]

    def header(self, **properties: Any) -> Format:
        """Return the format of a table's header."""
        look = {"bold": True, "font_color": NAVY, "bg_color": PALE, "bottom": 1, "bottom_color": NAVY}
        return self.format(**({**look, "text_wrap": True, "valign": "top"} | properties))

    def cell(self, **properties: Any) -> Format:
        """Return the format of a table's body."""
        return self.format(**({"bottom": 1, "bottom_color": RULE} | properties))

    def sheet(self, name: str, *, tab: str = GREY, gridlines: bool = True) -> Worksheet:
        """Add a sheet, printed landscape on A4, one page wide."""
        sheet = self.file.add_worksheet(name)
        sheet.set_tab_color(tab)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8&F · &A&R&8Page &P of &N")
        if not gridlines:
            sheet.hide_gridlines(2)
        return sheet

    def heading(self, sheet: Worksheet, title: str, text: str = "", *, column: int = 0) -> None:
        """Write a sheet's title in the first row and what it is for in the second."""
        sheet.set_row_pixels(0, 30)
        sheet.write_string(0, column, title, self.format(font_size=16, bold=True, font_color=NAVY))
        if text:
            sheet.write_string(1, column, text, self.format(font_color=GREY))

    def caption(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        """Write the line above a table."""
        sheet.write_string(row, column, text, self.format(bold=True, font_size=10, font_color=NAVY))

    def fit_row(self, sheet: Worksheet, row: int, texts: Sequence[tuple[str, float]]) -> None:
        """Make a row high enough for wrapped texts, each given with the width of its column.

        Spreadsheets fit a row themselves only when it is edited, so the height is set here.
        """
        wrapped = [sum(_lines(line, width) for line in text.split("\n")) for text, width in texts]
        lines = max(wrapped, default=1)
        if lines > 1:
            sheet.set_row_pixels(row, 5 + 14 * lines)

    def close(self) -> None:
        """Write the file."""
        self.file.close()


def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of a width."""
    return max(1, len(textwrap.wrap(text, max(8, int(1.2 * width)))))
