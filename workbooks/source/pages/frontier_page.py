"""The page of charts of a frontier, a surface and a weight sweep, and the sheets of result tables they are bound to."""

from collections.abc import Mapping, Sequence

import attrs
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.charts import FAMILY, Curve, bar_chart, column_chart, column_of, curve_chart, stack_chart
from workbooks.source.look.look import AMBER, GREY, MIST, NAVY, RED, STEEL, Book
from workbooks.source.look.results import ResultSheet
from workbooks.source.look.surface_chart import surface_chart
from workbooks.source.look.tables import Place, place_result
from xlalm.domain.cells import column_letters
from xlalm.domain.result import ResultTable

FRONTIER: ResultSheet = (
    ("Frontier", "Best goal as the bound of a limit moves, from takeover to takeover", {"limit": 18, "event": 58}),
    ("AllocationByLevel", "The plan at evenly spaced bounds", {"limit": 18}),
    ("Contributions", "What each position adds to the goal and to the limited measure", {"position": 24}),
)
SURFACE: ResultSheet = (
    ("Surface", "Best goal over the bounds of two limits", {"first_limit": 18, "second_limit": 18}),
)
WEIGHTS: ResultSheet = (("WeightSweep", "What each method reaches by weight", {"weights": 14}),)

LOOKS = {"Surface": {key: {"num_format": "#,##0"} for key in ("first_bound", "second_bound")}} | {
    table: {"bound": {"num_format": "#,##0.0"}} for table in ("Frontier", "AllocationByLevel")
}
"""Number formats of these tables; the names of curves are their cells as shown."""

POINTS = 30
"""Points of a surface on each axis."""

_WIDTH, _HEIGHT = 500, 318
_LETTERS = 70.7  # a column of that width in letters
_TOP = 7  # 0-based row of the first charts
_CURVES = 5


@attrs.frozen
class Names:
    """What the page calls things: goal, limit and second limit with their units, positions, methods."""

    goal: str
    limit: str
    second: str
    unit: str
    positions: Sequence[str]
    methods: Sequence[tuple[str, str]]
    limit_row: int  # of the limit in LimitReport, from 0
    least: float  # where the axes of the goal begin


def add_charts(
    book: Book, sheet: Worksheet, places: Mapping[str, Place], results: Mapping[str, ResultTable], names: Names
) -> None:
    """Fill the page: three lines of text on top, nine charts below."""
    book.heading(sheet, f"{names.goal} under the limit {names.limit}: nine charts", column=1)
    hint = (
        "To refresh press Solve, Frontier, Surface and Weight sweep, or run xlalm solve, frontier, surface and weights."
    )
    sheet.write_string(1, 1, hint, book.format(font_color=GREY, italic=True))
    for column in range(7):
        sheet.set_column(column, column, _LETTERS if column % 2 else 1.5)
    looks = {"says": {"text_wrap": True, "font_size": 9.5, "valign": "top"}}
    texts = (("FrontierRun", "Frontier"), ("SurfaceRun", "Surface"), ("WeightSweepRun", "Weights"))
    for at, (table, caption) in enumerate(texts):
        book.caption(sheet, 3, 1 + 2 * at, caption)
        place_result(
            book, sheet, table, row=4, column=1 + 2 * at, keys=("says",), looks=looks, result=results.get(table)
        )
    sheet.set_row_pixels(5, 92)
    charts = (
        _allocation(book, places["Allocation"], names),
        _contributions(book, places["Contributions"], names),
        _frontier(book, places, names),
        _ranking(book, places["Contributions"], names),
        _price(book, places["AllocationByLevel"], names),
        _surface(book, places["Surface"], names),
        _by_level(book, places["AllocationByLevel"], names),
        _weights(book, places["WeightSweep"], names),
        _slices(book, places["Surface"], names),
    )
    for at, chart in enumerate(charts):
        chart.set_size({"width": _WIDTH - 4, "height": _HEIGHT})
        across, down = at % 3, at // 3
        options = {"x_offset": 0, "y_offset": down * (_HEIGHT + 8), "object_position": 2}
        sheet.insert_chart(_TOP, 1 + 2 * across, chart, options)
    bottom = _TOP + 3 * (_HEIGHT + 8) // 17 + 1
    sheet.print_area(0, 0, bottom, 6)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.35, right=0.35, top=0.4, bottom=0.45)
    sheet.set_zoom(80)


def _allocation(book: Book, place: Place, names: Names) -> Chart:
    return bar_chart(
        book,
        f"A  Optimal allocation, {names.unit}",
        "Results",
        place,
        [(2, "Opening", MIST), (3, "Optimal", NAVY)],
        number_format="#,##0",
    )


def _contributions(book: Book, place: Place, names: Names) -> Chart:
    return bar_chart(
        book,
        f"B  Share of {names.goal.lower()} against share of RWA",
        "Frontier",
        place,
        [(3, f"Share of {names.goal.lower()}", NAVY), (5, "Share of RWA", AMBER)],
        number_format="0%",
    )


def _ranking(book: Book, place: Place, names: Names) -> Chart:
    return bar_chart(
        book,
        f"D  Ranking by {names.goal.lower()} on RWA (RoRWA)",
        "Frontier",
        place,
        [(6, "RoRWA", STEEL)],
        number_format="0.0%",
        gap=60,
    )


def _frontier(book: Book, places: Mapping[str, Place], names: Names) -> Chart:
    place, limits = places["Frontier"], places["LimitReport"]
    row, goals = limits.row + 1 + names.limit_row, places["GoalReport"]
    curves = [
        Curve("Frontier", column_of("Frontier", place, 1), column_of("Frontier", place, 2), NAVY, marker="circle"),
        Curve(
            "The plan",
            ["Results", row, limits.column + 6, row, limits.column + 6],
            ["Results", goals.row + 1, goals.column + 3, goals.row + 1, goals.column + 3],
            RED,
            marker="diamond",
            only_marker=True,
        ),
    ]
    title = f"C  Exact frontier: {names.goal.lower()} by {names.limit}"
    return curve_chart(
        book,
        title,
        curves,
        x_title=f"{names.limit}, {names.unit}",
        y_title=f"{names.goal}, {names.unit}",
        least=names.least,
    )


def _price(book: Book, place: Place, names: Names) -> Chart:
    return column_chart(
        book,
        f"E  Worth of one more unit of {names.limit}",
        column_of("Frontier", place, 1),
        column_of("Frontier", place, 3),
        x_title=f"{names.limit}, {names.unit}",
        y_title=f"{names.goal} per unit",
        number_format="0.00",
    )


def _blocks(place: Place) -> list[tuple[int, int]]:
    first = place.row + 1
    return [(first + k * POINTS, first + (k + 1) * POINTS - 1) for k in range(POINTS)]


def _surface(book: Book, place: Place, names: Names) -> Chart:
    return surface_chart(
        book,
        f"F  {names.goal} over {names.limit} and {names.second}",
        "Surface",
        _blocks(place),
        (place.column + 1, place.column + 3, place.column + 5),
        x_title=names.limit,
        y_title=f"{names.goal}, {names.unit}",
        depth_title=names.second,
        least=names.least,
    )


def _by_level(book: Book, place: Place, names: Names) -> Chart:
    return stack_chart(
        book,
        f"G  Allocation by level of {names.limit}",
        "Frontier",
        place,
        names.positions,
        4,
        x_title=f"{names.limit}, {names.unit}",
        y_title=names.unit,
    )


def _weights(book: Book, place: Place, names: Names) -> Chart:
    colours, dashes = (NAVY, AMBER, STEEL), ("solid", "solid", "dash")
    x = column_of("Weights", place, 1)
    curves = [
        Curve(text, x, column_of("Weights", place, 2 + 2 * at), colours[at], marker="circle", dash=dashes[at])
        for at, (_, text) in enumerate(names.methods)
    ]
    title = f"H  {names.goal} by its weight against RWA"
    axes = {"x_title": f"Weight of {names.goal.lower()}", "y_title": f"{names.goal}, {names.unit}", "x_format": "0.0"}
    return curve_chart(book, title, curves, **axes, least=names.least)


def _slices(book: Book, place: Place, names: Names) -> Chart:
    """Return the surface as curves, one per level of the second limit: read off more easily than in space."""
    blocks, curves = _blocks(place), []
    for at in range(_CURVES):
        first, last = blocks[round(at * (POINTS - 1) / (_CURVES - 1))]
        x, y = place.column + 1, place.column + 5
        name = f"='Surface'!${column_letters(place.column + 4)}${first + 1}"
        curves.append(Curve(name, ["Surface", first, x, last, x], ["Surface", first, y, last, y], FAMILY[at]))
    title = f"I  The same, one curve per level of {names.second}"
    return curve_chart(
        book,
        title,
        curves,
        x_title=f"{names.limit}, {names.unit}",
        y_title=f"{names.goal}, {names.unit}",
        least=names.least,
    )
