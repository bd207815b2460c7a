"""Native charts bound to result tables; they follow a table as it grows."""

from collections.abc import Sequence
from typing import Any

import attrs
from xlsxwriter.chart import Chart

from workbooks.source.look.look import AMBER, FONT, GREEN, GREY, INK, LINE, MIST, NAVY, RED, STEEL, Book
from workbooks.source.look.tables import Place

SMALL = {"name": FONT, "size": 8, "color": INK}
FAMILY = (NAVY, STEEL, "#8FB1D0", MIST, "#D9B36C", AMBER, GREEN, GREY, RED)
"""Colours of what is shown side by side, told apart in print too."""


@attrs.frozen
class Curve:
    """One curve: ``x`` and ``y`` are ranges as [sheet, first row, column, last row, column], 0-based."""

    name: str
    x: Sequence[str | int]
    y: Sequence[str | int]
    colour: str
    marker: str = ""
    only_marker: bool = False
    dash: str = "solid"


def column_of(sheet: str, place: Place, offset: int) -> list[str | int]:
    """Return the cells of a column of a table as a chart refers to them."""
    return [sheet, place.row + 1, place.column + offset, place.last_row, place.column + offset]


def bar_chart(
    book: Book,
    title: str,
    sheet: str,
    place: Place,
    series: Sequence[tuple[int, str, str]],
    *,
    number_format: str,
    largest: float | None = None,
    gap: int = 45,
) -> Chart:
    """Return horizontal bars over the rows of a result table, whose first column holds the names.

    Parameters
    ----------
    series : (column within the table, name, colour), each labelled.
    largest : end of the value axis, where it should be the same in every run.
    gap : between the bars of two names, in percent of a bar.
    """
    chart = book.file.add_chart({"type": "bar"})
    for offset, name, colour in series:
        one = {
            "name": name,
            "categories": column_of(sheet, place, 0),
            "values": column_of(sheet, place, offset),
            "fill": {"color": colour},
            "border": {"none": True},
            "gap": gap,
            "overlap": 0,
            "data_labels": {"value": True, "num_format": number_format, "font": SMALL},
        }
        chart.add_series(one)
    # For bars XlsxWriter calls the axis of the names y and that of the values x.
    chart.set_y_axis({"reverse": True, "num_font": SMALL, "line": {"color": LINE}, "major_tick_mark": "none"})
    values = {"visible": False, "major_gridlines": {"visible": False}, "min": 0}
    if largest is not None:
        values["max"] = largest
    chart.set_x_axis(values)
    finish(chart, title, legend=len(series) > 1)
    return chart


def curve_chart(
    book: Book,
    title: str,
    series: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    x_format: str = "#,##0",
    y_format: str = "#,##0.0",
    least: float | None = None,
) -> Chart:
    """Return curves of one column over another; points without a value leave a gap.

    Parameters
    ----------
    least : where the vertical axis begins; the spreadsheet's choice by default.
    """
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    for one in series:
        shown: dict[str, Any] = {"line": {"color": one.colour, "width": 2.0, "dash_type": one.dash}}
        if one.marker:
            shown = {"line": {"none": True}} if one.only_marker else shown
            look = {"fill": {"color": one.colour}, "border": {"color": one.colour}}
            shown["marker"] = {"type": one.marker, "size": 10 if one.only_marker else 5} | look
        chart.add_series({"name": one.name, "categories": list(one.x), "values": list(one.y)} | shown)
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    chart.set_x_axis(_axis(x_title, x_format) | {"major_gridlines": {"visible": False}})
    begin = {"min": least} if least is not None else {}
    chart.set_y_axis(_axis(y_title, y_format) | begin | {"major_gridlines": grid, "crossing": "min"})
    finish(chart, title, legend=len(series) > 1)
    return chart


def column_chart(
    book: Book,
    title: str,
    x: Sequence[str | int],
    y: Sequence[str | int],
    *,
    x_title: str,
    y_title: str,
    number_format: str,
) -> Chart:
    """Return narrow columns of one column of a table by another."""
    chart = book.file.add_chart({"type": "column"})
    chart.add_series({"name": y_title, "categories": list(x), "values": list(y), "fill": {"color": STEEL}, "gap": 15})
    step = max(1, (int(x[3]) - int(x[1])) // 5)
    chart.set_x_axis(_axis(x_title, "#,##0") | {"interval_unit": step, "interval_tick": step})
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    chart.set_y_axis(_axis(y_title, number_format) | {"major_gridlines": grid, "min": 0})
    finish(chart, title, legend=False)
    return chart


def stack_chart(
    book: Book, title: str, sheet: str, place: Place, names: Sequence[str], first: int, *, x_title: str, y_title: str
) -> Chart:
    """Return areas stacked on each other over the rows of a result table.

    Parameters
    ----------
    names : of the areas, whose columns stand side by side from column ``first`` of the table on.
    """
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    for at, name in enumerate(names):
        chart.add_series(
            {
                "name": name,
                "categories": column_of(sheet, place, 1),
                "values": column_of(sheet, place, first + at),
                "fill": {"color": FAMILY[at % len(FAMILY)]},
                "border": {"none": True},
            }
        )
    step = max(1, (place.last_row - place.row - 1) // 5)
    chart.set_x_axis(
        _axis(x_title, "#,##0") | {"interval_unit": step, "interval_tick": step, "position_axis": "on_tick"}
    )
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    chart.set_y_axis(_axis(y_title, "#,##0") | {"major_gridlines": grid})
    finish(chart, title, legend=True)
    return chart


def _axis(title: str, number_format: str) -> dict[str, Any]:
    return {
        "name": title,
        "name_font": SMALL | {"bold": False},
        "num_font": SMALL,
        "num_format": number_format,
        "line": {"color": LINE},
        "label_position": "low",
    }


def finish(chart: Chart, title: str, *, legend: bool) -> None:
    """Give a chart its title, legend and frame in the house style."""
    chart.set_title(
        {"name": title, "overlay": False, "name_font": {"name": FONT, "size": 10, "bold": True, "color": NAVY}}
    )
    chart.set_legend({"position": "bottom", "font": SMALL} if legend else {"none": True})
    chart.set_chartarea({"border": {"color": LINE}, "fill": {"color": "white"}})
    chart.set_plotarea({"fill": {"none": True}})
