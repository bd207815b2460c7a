"""The dashboard: one page of result cells and charts that a CFO can read without asking."""

from typing import Any

from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.charts import bar_chart
from workbooks.source.look.look import (
    AMBER,
    AMBER_FILL,
    GREEN,
    GREEN_FILL,
    GREY,
    MIST,
    NAVY,
    RED,
    RED_FILL,
    STEEL,
    Book,
)
from workbooks.source.look.tables import Place, colour_state, place_band, place_result
from xlalm.schema.display import NUMBER_FORMATS

_WIDTHS = (1.5, 31, 16, 15, 13, 12, 12, 12, 2, 78, 1.5)
_BAND, _STATUS, _HEADLINE = 2, 3, 7  # 0-based: a row, and header rows
_ROWS = 10
_ROW_HEIGHT = 52  # three lines of the explanation, with air
_CHARTS = _HEADLINE + _ROWS + 2
_CHART_HEIGHT = 330
_LIGHTS = (("OK", GREEN, GREEN_FILL), ("WATCH", AMBER, AMBER_FILL), ("BREACH", RED, RED_FILL))


def add_dashboard(book: Book) -> Worksheet:
    """Add the sheet with its result tables; ``add_charts`` follows once the sheet Results is there."""
    sheet = book.sheet("Dashboard", tab=NAVY, gridlines=False)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row_pixels(0, 34)
    sheet.write_string(0, 1, "Balance-sheet plan", book.format(font_size=18, bold=True, font_color=NAVY))
    hint = "To fill or refresh this page press Solve, or run:  xlalm solve <this file>"
    sheet.write_string(0, 9, hint, book.format(font_color=GREY, align="right", italic=True))
    place_band(book, sheet, row=_BAND, column=1, last_column=9)
    sheet.set_row_pixels(5, 10)
    _status(book, sheet)
    _headline(book, sheet)
    _explanation(book, sheet)
    sheet.set_row_pixels(_CHARTS - 1, 12)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.35, right=0.35, top=0.4, bottom=0.45)
    sheet.center_horizontally()
    sheet.set_zoom(90)
    return sheet


def name_the_bank(book: Book, sheet: Worksheet, cells: dict[str, str], values: dict[str, object]) -> None:
    """Write whose figures these are and of when: a formula over Settings, with its value stored.

    Parameters
    ----------
    cells : address of the value of a setting, by its name.
    values : the same settings' values.
    """
    unit = f'{cells["currency"]}&" "&{cells["amount_unit"]}'
    formula = f'={cells["bank"]}&", opening balances of "&{cells["as_of"]}&", amounts in "&{unit}'
    shown = f"{values['bank']}, opening balances of {values['as_of']}, amounts in {values['currency']} "
    shown += str(values["amount_unit"])
    sheet.write_formula(1, 1, formula, book.format(font_size=10, font_color=GREY), shown)


def _status(book: Book, sheet: Worksheet) -> None:
    bold = {"bold": True, "font_size": 11, "num_format": NUMBER_FORMATS["amount"]}
    looks: dict[str, dict[str, Any]] = {
        "status": {"bold": True, "font_size": 11},
        "solved_at": {"font_size": 10},
        "goal": {"text_wrap": True, "font_size": 10},
        "opening": bold,
        "plan": bold,
        "change": bold | {"num_format": NUMBER_FORMATS["change"]},
        "inputs": {"font_size": 8, "text_wrap": True},
    }
    keys = ("status", "solved_at", "goal", "opening", "plan", "change", "inputs")
    place = place_result(book, sheet, "PlanStatus", row=_STATUS, column=1, keys=keys, looks=looks)
    sheet.set_row_pixels(_STATUS + 1, 46)
    colour_state(book, sheet, _STATUS + 1, place.last_column)
    for start, colour, fill in (
        ("Optimal", GREEN, GREEN_FILL),
        ("No ", RED, RED_FILL),
        ("Stopped", AMBER, AMBER_FILL),
        ("WHAT-IF", RED, RED_FILL),
    ):
        rule = {
            "type": "text",
            "criteria": "begins with",
            "value": start,
            "format": book.rule_format(font_color=colour, bg_color=fill),
        }
        sheet.conditional_format(_STATUS + 1, 1, _STATUS + 1, 1, rule)


def _headline(book: Book, sheet: Worksheet) -> None:
    book.caption(sheet, _HEADLINE - 1, 1, "Headline figures against their tightest limit")
    number = {"font_size": 10, "num_format": NUMBER_FORMATS["goal"]}
    looks: dict[str, dict[str, Any]] = {
        "measure": {"font_size": 10, "bold": True},
        "opening": number,
        "plan": number | {"bold": True},
        "limit": {"font_size": 10, "align": "right"},
        "headroom": number,
        "light": {"font_size": 10, "align": "center", "bold": True},
        "unit": {"font_size": 9, "font_color": GREY, "align": "right"},
    }
    keys = ("measure", "opening", "plan", "limit", "headroom", "light", "unit")
    place = place_result(book, sheet, "Headline", row=_HEADLINE, column=1, keys=keys, looks=looks)
    light = place.column + keys.index("light")
    for text, colour, fill in _LIGHTS:
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{text}"',
            "format": book.rule_format(font_color=colour, bg_color=fill, bold=True),
        }
        sheet.conditional_format(_HEADLINE + 1, light, _HEADLINE + 1, light, rule)
    for row in range(_HEADLINE + 1, _HEADLINE + 1 + _ROWS):
        sheet.set_row_pixels(row, _ROW_HEIGHT)


def _explanation(book: Book, sheet: Worksheet) -> None:
    book.caption(sheet, _HEADLINE - 1, 9, "What to do, what it earns, what binds")
    looks = {"text": {"text_wrap": True, "font_size": 9.5}}
    place_result(book, sheet, "Explanation", row=_HEADLINE, column=9, keys=("text",), looks=looks)


def add_charts(book: Book, sheet: Worksheet, places: dict[str, Place]) -> None:
    """Put the three charts below the tables, side by side over the width of the page."""
    changes, used, prices = places["TopChanges"], places["Utilisations"], places["TopPrices"]
    charts = (
        bar_chart(
            book,
            "Largest changes: balance before and after",
            "Results",
            changes,
            [(1, "Opening", MIST), (2, "Plan", NAVY)],
            number_format="#,##0",
        ),
        bar_chart(
            book,
            "How much of each limit is used",
            "Results",
            used,
            [(2, "Opening", MIST), (1, "Plan", NAVY)],
            number_format="0%",
            largest=1.15,
        ),
        bar_chart(
            book,
            "Worth of relaxing a limit by one unit, a year",
            "Results",
            prices,
            [(1, "Worth", STEEL)],
            number_format="0.000",
            gap=90,
        ),
    )
    width = sum(_pixels(w) for w in _WIDTHS[1:10])
    gap = 10
    each = (width - 2 * gap) // 3
    for at, chart in enumerate(charts):
        chart.set_size({"width": each, "height": _CHART_HEIGHT})
        options = {"x_offset": at * (each + gap), "y_offset": 0, "object_position": 2}
        sheet.insert_chart(_CHARTS, 1, chart, options)
    bottom = _CHARTS + _CHART_HEIGHT // 17
    note = "Ratios are relaxed by one percentage point, amounts by one unit of the book. All figures: last run."
    sheet.write_string(bottom + 1, 1, note, book.format(font_size=8, font_color=GREY))
    sheet.print_area(0, 0, bottom + 1, len(_WIDTHS) - 1)


def _pixels(width: float) -> int:
    """Return a column's width on screen, for a font whose digits are seven pixels wide."""
    return int(width * 7 + 5) if width >= 1 else int(width * 12)
