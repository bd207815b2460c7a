"""The template's page of analyses, one line of text and a chart each, and the sheets of their result tables."""

from typing import Any

from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.charts import Curve, bar_chart, curve_chart
from workbooks.source.look.look import GREY, MIST, NAVY, Book
from workbooks.source.look.results import ResultSheet, add_results
from workbooks.source.look.tables import Place, colour_state, place_result

_FRONTIER: ResultSheet = (
    ("Frontier", "Best goal as the bound of a limit moves, from takeover to takeover", {"limit": 32, "event": 62}),
    ("Contributions", "What each position adds to the goal and to the limited measure", {"position": 34}),
)
_SURFACE: ResultSheet = (
    ("Surface", "Best goal over the bounds of two limits", {"first_limit": 32, "second_limit": 32}),
)
_FIGURES = (
    *("confidence", "days", "value_at_risk", "expected_shortfall", "volatility", "undiversified"),
    *("standard_error", "shortfall_error", "scenarios", "history_days"),
)
_VAR: ResultSheet = (
    (
        "VarReport",
        "Value at risk at opening and in the plan",
        {"portfolio": 14.0, "method": 12.0, "basis": 30.0, "meaning": 100.0} | dict.fromkeys(_FIGURES, 10.8),
    ),
    ("VarComponents", "Who contributes to it", {"position": 34}),
    ("VarBacktest", "Would it have held: the backtest", {"portfolio": 14, "test": 34, "result": 12, "verdict": 90}),
)
_SHEETS: tuple[tuple[str, str, ResultSheet], ...] = (
    ("Takeovers", "frontier", _FRONTIER),
    ("VaR", "var", _VAR),
    ("Surface", "surface", _SURFACE),
)
"""Sheets by name, verb and tables.

AllocationByLevel and WeightSweep have no place: their columns are the bank's own positions and goals, which only the
sheets Frontier and Weights that xlalm adds can follow.
"""

_UNITS = {
    "Frontier": {"bound": "limit"},
    "Surface": {"first_bound": "first_limit", "second_bound": "second_limit"},
}
_TEXTS = (
    ("FrontierRun", "Frontier: the best goal as the bound of one limit moves", "frontier", 130),
    ("VarRun", "Value at risk: what may be lost, and through whom", "var", 190),
    ("SurfaceRun", "Surface: the best goal over the bounds of two limits", "surface", 100),
    ("WeightSweepRun", "Weights: the first two active goals in every proportion", "weights", 160),
)
_TOP = 3
_CHART = {"width": 640, "height": 400}


def add_analysis(book: Book, sheet: Worksheet) -> None:
    """Fill the page, and add the sheets of tables."""
    places: dict[str, Place] = {}
    for name, verb, tables in _SHEETS:
        text = f"Blank until its button is pressed or this is run:  xlalm {verb} <this file>"
        places |= add_results(book, name, tables, text=text, units=_UNITS)
    book.heading(sheet, "Analyses of the plan", column=1)
    hint = "Each part fills when its button is pressed or its line is run, and stays as it was until then: see Run at. "
    hint += "Figures: sheets Takeovers, VaR, Surface; plans by level and by weight get sheets of their own."
    sheet.write_string(1, 1, hint, book.format(font_color=GREY, italic=True))
    for column, width in enumerate((1.5, 84, 16, 16, 2, 92)):
        sheet.set_column(column, column, width)
    row = _TOP
    looks: dict[str, dict[str, Any]] = {
        "says": {"text_wrap": True, "font_size": 9.5, "valign": "top"},
        "run_at": {"valign": "top"},
        "inputs": {"valign": "top", "text_wrap": True},
    }
    for table, caption, verb, height in _TEXTS:
        book.caption(sheet, row, 1, f"{caption}   (xlalm {verb} <this file>)")
        keys = ("says", "run_at", "inputs")
        line = place_result(book, sheet, table, row=row + 1, column=1, keys=keys, looks=looks)
        colour_state(book, sheet, row + 2, line.last_column)
        sheet.set_row_pixels(row + 2, height)
        row += 4
    frontier, components = places["Frontier"], places["VarComponents"]
    at, last = frontier.row + 1, frontier.last_row
    curve = Curve("Frontier", ["Takeovers", at, 1, last, 1], ["Takeovers", at, 2, last, 2], NAVY, marker="circle")
    charts = (
        curve_chart(
            book,
            "Best goal as the bound of one limit moves",
            [curve],
            x_title="Bound of the limit as a number: 0.14 is 14 %",
            y_title="Best goal; a mark where something else takes over",
            x_format="[<10]0.0##;#,##0",
        ),
        bar_chart(
            book,
            "Who contributes to the value at risk",
            "VaR",
            components,
            [(3, "Opening", MIST), (4, "Plan", NAVY)],
            number_format="#,##0.00",
        ),
    )
    for place, chart in enumerate(charts):
        chart.set_size(_CHART)
        sheet.insert_chart(_TOP, 5, chart, {"y_offset": place * (_CHART["height"] + 10), "object_position": 2})
    sheet.print_area(0, 0, row + 6, 5)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.35, right=0.35, top=0.4, bottom=0.45)
    sheet.set_zoom(90)
