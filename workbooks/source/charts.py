"""Native charts bound to result tables; they follow a table as it grows."""

from collections.abc import Sequence

from xlsxwriter.chart import Chart

from workbooks.source.look import FONT, INK, LINE, NAVY, Book


def bar_chart(
    book: Book,
    title: str,
    sheet: str,
    row: int,
    column: int,
    series: Sequence[tuple[int, str, str]],
    *,
    number_format: str,
    largest: float | None = None,
    gap: int = 45,
) -> Chart:
    """Return horizontal bars over a result table's one blank row.

    Parameters
    ----------
    row, column : 0-based first body row and first column of the table; its first column holds the names.
    series : (column within the table, name, colour), each labelled.
    largest : end of the value axis, where it should be the same in every run.
    gap : between the bars of two names, in percent of a bar.
    """
    chart = book.file.add_chart({"type": "bar"})
    small = {"name": FONT, "size": 8, "color": INK}
    for offset, name, colour in series:
        one = {
            "name": name,
            "categories": [sheet, row, column, row, column],
            "values": [sheet, row, column + offset, row, column + offset],
            "fill": {"color": colour},
            "border": {"none": True},
            "gap": gap,
            "overlap": 0,
            "data_labels": {"value": True, "num_format": number_format, "font": small},
        }
        chart.add_series(one)
    chart.set_title(
        {"name": title, "overlay": False, "name_font": {"name": FONT, "size": 10, "bold": True, "color": NAVY}}
    )
    # For bars XlsxWriter calls the axis of the names y and that of the values x.
    chart.set_y_axis({"reverse": True, "num_font": small, "line": {"color": LINE}, "major_tick_mark": "none"})
    values = {"visible": False, "major_gridlines": {"visible": False}, "min": 0}
    if largest is not None:
        values["max"] = largest
    chart.set_x_axis(values)
    if len(series) > 1:
        chart.set_legend({"position": "bottom", "font": small})
    else:
        chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": LINE}, "fill": {"color": "white"}})
    chart.set_plotarea({"fill": {"none": True}})
    return chart
