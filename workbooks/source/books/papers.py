"""The layout that the workbooks of papers share: what the paper prints, the plan, the inputs, all result tables."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from xlsxwriter.worksheet import Worksheet

from workbooks.source.books.solved import tables_of
from workbooks.source.look.charts import bar_chart
from workbooks.source.look.look import GREY, MIST, NAVY, STEEL, Book
from workbooks.source.look.results import COEFFICIENTS, INPUT_STATE, LIMIT_WIDTHS, NO_FINDINGS, ResultSheet, add_results
from workbooks.source.look.tables import Place, colour_state, place_band, place_input, place_result
from workbooks.source.pages.about import about_sheet
from xlalm.domain.result import ResultTable
from xlalm.schema.tables import Column

Row = Mapping[str, object]

_ROW_HEIGHT = 50
_LIMITS = {"limit": 30.0, "sense": 8.0, "unit": 9.0, "active": 8.0, "lens": 10.0, "role": 18.0} | {
    "text": 52.0,
    "source": 36.0,
}
_SETTINGS = {"setting": 20.0, "value": 26.0}
_CHART_HEIGHTS = (325, 205)


@attrs.frozen
class Paper:
    """A paper's model as a workbook of ``examples/<folder>``, whose README has a section for it."""

    folder: str
    title: str
    positions: Sequence[Row]
    position_columns: Sequence[str]
    limits: Sequence[Row]
    goals: Sequence[Row]
    metrics: Sequence[Row]
    settings: Sequence[tuple[str, object]]
    extra: Sequence[Column] = ()
    widths: Mapping[str, float] = attrs.field(factory=dict)
    amount: str = ""
    covariances: Sequence[Row] = ()
    results: Callable[["Paper"], Mapping[str, ResultTable]] | None = None  # shipped; none are by default
    sheets: Sequence[tuple[str, ResultSheet]] = ()  # of results beyond those of a solve
    looks: Mapping[str, Mapping[str, Mapping[str, Any]]] = attrs.field(factory=dict)  # of those tables
    charts: Callable[[Book, Worksheet, Mapping[str, Place], Mapping[str, ResultTable]], None] | None = None

    @property
    def tables(self) -> dict[str, dict[str, list[object]]]:
        """The input tables as xlalm takes them."""
        settings = [{"setting": name, "value": value} for name, value in self.settings]
        rows = {"Positions": self.positions, "Limits": self.limits, "Goals": self.goals, "Metrics": self.metrics}
        return tables_of({**rows, "Settings": settings, "Covariances": self.covariances})


def build(make: Callable[[], Paper], path: Path) -> None:
    """Write the workbook of a paper, with the results that it ships."""
    paper = make()
    book = Book(path, paper.title)
    about_sheet(book, paper.folder, path.name, paper.title)
    plan = book.sheet("Plan", tab=NAVY, gridlines=False)
    page = book.sheet("Charts", tab=NAVY, gridlines=False) if paper.charts is not None else None
    _inputs(book, paper)
    results = paper.results(paper) if paper.results is not None else {}
    places = add_results(book, "Results", _RESULTS, results)
    for name, tables in paper.sheets:
        places |= add_results(book, name, tables, results, paper.looks)
    _plan(book, plan, paper, places, results)
    if page is not None and paper.charts is not None:
        paper.charts(book, page, places, results)
    book.close()


def _inputs(book: Book, paper: Paper) -> None:
    positions = book.sheet("Positions")
    book.heading(positions, "Positions", "One row is one decision variable. Blue cells are inputs.")
    place_input(
        book,
        positions,
        "Positions",
        paper.positions,
        row=3,
        extra=paper.extra,
        only=paper.position_columns,
        widths={"position": 24} | dict(paper.widths),
    )
    positions.freeze_panes(4, 1)
    positions.repeat_rows(3)
    limits = book.sheet("Limits")
    book.heading(limits, "Limits", "Every row is one constraint, written over the columns of Positions.")
    place_input(
        book,
        limits,
        "Limits",
        paper.limits,
        row=3,
        only=("limit", "left", "sense", "right", "unit", "active", "role", "lens", "text", "source"),
        widths=_LIMITS | {key: _wide(paper.limits, key, least, 58) for key, least in (("left", 24), ("right", 10))},
    )
    limits.freeze_panes(4, 1)
    limits.repeat_rows(3)
    if paper.covariances:
        covariances = book.sheet("Covariances")
        book.heading(covariances, "Covariances", "Daily covariances of the changes in value, each pair once.")
        pairs = {"position": 26, "with": 26, "covariance": 14}
        place_input(book, covariances, "Covariances", paper.covariances, row=3, widths=pairs)
    goals = book.sheet("Goals")
    book.heading(goals, "Goals, settings, metrics")
    weights = ("weight",) if len(paper.goals) > 1 else ()
    only = ("goal", "formula", "direction", *weights, "active")
    place = place_input(book, goals, "Goals", paper.goals, row=3, only=only, widths={"goal": 24, "formula": 24})
    rows = [{"setting": name, "value": value} for name, value in paper.settings]
    place = place_input(book, goals, "Settings", rows, row=3, column=place.next_column, widths=_SETTINGS)
    if paper.metrics:
        widths = {"metric": 24.0, "formula": _wide(paper.metrics, "formula", 34, 62), "unit": 9.0, "description": 44.0}
        place_input(book, goals, "Metrics", paper.metrics, row=3, column=place.next_column, widths=widths)


def _wide(rows: Sequence[Row], key: str, least: float, most: float) -> float:
    """Return a width that shows the longest text of a column, within bounds."""
    return max(least, min(most, max(0.9 * len(str(row.get(key, ""))) for row in rows)))


_RESULTS: ResultSheet = (
    ("Allocation", "Balances before and after", {"position": 24, "status": 12} | COEFFICIENTS),
    (
        "LimitReport",
        "Limits, with what relaxing each is worth",
        LIMIT_WIDTHS,
    ),
    ("MetricReport", "Measures", {"metric": 26}),
    ("GoalReport", "Goals", {"goal": 22}),
    ("TopChanges", "Largest changes (chart)", {"position": 24}),
    ("TopPrices", "Worth of limits (chart)", {"limit": 34, "per": 20}),
    ("RunInfo", "The run and its proof", {"item": 28, "value": 70}),
    ("Findings", NO_FINDINGS, {"text": 60, "cure": 60}),
    ("InputState", INPUT_STATE, {"table": 18, "numbers": 14, "texts": 18}),
)


def _plan(
    book: Book, sheet: Worksheet, paper: Paper, places: dict[str, Place], results: Mapping[str, ResultTable]
) -> None:
    book.heading(sheet, paper.title, column=1)
    hint = "To fill or refresh this page press Solve, or run:  xlalm solve <this file>"
    sheet.write_string(1, 1, hint, book.format(font_color=GREY, italic=True))
    sheet.set_column(0, 0, 1.5)
    sheet.set_column(1, 1, 92)
    sheet.set_column(2, 2, 2)
    looks: dict[str, dict[str, Any]] = {"text": {"text_wrap": True, "font_size": 9.5}}
    explanation = results.get("Explanation")
    place_result(book, sheet, "Explanation", row=3, column=1, keys=("text",), looks=looks, result=explanation)
    for row in range(4, 15):
        sheet.set_row_pixels(row, _ROW_HEIGHT)
    keys = ("status", "solved_at", "goal", "opening", "plan", "change", "inputs")
    wrapped = {"text_wrap": True, "bold": True}
    looks = {key: {"bold": True, "num_format": "#,##0.000"} for key in ("opening", "plan", "change")}
    looks |= {"status": wrapped, "goal": wrapped, "solved_at": {"text_wrap": True}, "inputs": {"text_wrap": True}}
    widths = {"status": 15, "solved_at": 18, "goal": 20, "opening": 11, "plan": 11, "change": 11, "inputs": 16}
    status = results.get("PlanStatus")
    place = place_result(
        book, sheet, "PlanStatus", row=3, column=3, keys=keys, looks=looks, widths=widths, result=status
    )
    colour_state(book, sheet, 4, place.last_column)
    place_band(book, sheet, row=2, column=1, last_column=place.last_column)
    opening = [(1, "Opening", MIST)] if any(line["balance"] for line in paper.positions) else []
    large = any(abs(float(str(line["balance"] or 0))) >= 1000 for line in paper.positions)
    amounts = "#,##0" if large else "#,##0.00"
    charts = (
        ("TopChanges", f"Largest changes{paper.amount}", [*opening, (2, "Plan", NAVY)], amounts),
        ("TopPrices", "Worth of relaxing a limit by one unit", [(1, "Worth", STEEL)], "0.000"),
    )
    top = 8
    for height, (table, title, series, number_format) in zip(_CHART_HEIGHTS, charts, strict=True):
        chart = bar_chart(book, title, "Results", places[table], series, number_format=number_format, gap=40)
        chart.set_size({"width": 630, "height": height})
        sheet.insert_chart(5, 3, chart, {"y_offset": top, "object_position": 2})
        top += height + 8
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, 22, place.last_column)
