"""A native surface chart, which XlsxWriter does not know: its own chart type between XlsxWriter's axes and titles."""

from collections.abc import Sequence
from typing import Any

from xlsxwriter.chart import Chart

from workbooks.source.look.charts import SMALL, finish
from workbooks.source.look.look import GREEN, LINE, NAVY, STEEL, Book

_BANDS = (NAVY, STEEL, "#8FB1D0", "#CFDDEA", "#E9D9B4", "#D9B36C", "#B26A00", GREEN)
"""Colours of the bands of the value axis, from below."""


class SurfaceChart(Chart):
    """Values over a grid: one series is one line of the grid, its name stands on the axis of depth.

    The part is written as ECMA-376 21.2.2.204 (surface3DChart) and 21.2.2.175 (serAx) say.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embedded = True
        self.depth_title = ""
        self.set_y_axis({})

    def _write_chart(self) -> None:
        self._xml_start_tag("c:chart")
        self._write_title(self.title)
        self._xml_empty_tag("c:autoTitleDeleted", [("val", 0)])
        self._xml_start_tag("c:view3D")
        for name, value in (("rotX", 20), ("rotY", 25), ("rAngAx", 0), ("perspective", 25)):
            self._xml_empty_tag(f"c:{name}", [("val", value)])
        self._xml_end_tag("c:view3D")
        for wall in ("floor", "sideWall", "backWall"):
            self._xml_start_tag(f"c:{wall}")
            self._xml_empty_tag("c:thickness", [("val", 0)])
            self._xml_end_tag(f"c:{wall}")
        self._write_plot_area()
        self._write_legend()
        self._write_plot_vis_only()
        self._xml_empty_tag("c:dispBlanksAs", [("val", "gap")])
        self._xml_end_tag("c:chart")

    def _write_plot_area(self) -> None:
        self._xml_start_tag("c:plotArea")
        self._write_layout(None, "plot")
        self._write_chart_type({"primary_axes": True})
        axes = {"x_axis": self.x_axis, "y_axis": self.y_axis, "axis_ids": self.axis_ids}
        self._write_cat_axis(axes)
        self._write_val_axis(axes)
        self._write_depth_axis()
        self._write_sp_pr(self.plotarea)
        self._xml_end_tag("c:plotArea")

    def _write_chart_type(self, args: dict[str, Any]) -> None:
        self._add_axis_ids(args)
        self._xml_start_tag("c:surface3DChart")
        self._xml_empty_tag("c:wireframe", [("val", 0)])
        for series in self.series:
            self._write_ser(series)
        self._xml_start_tag("c:bandFmts")
        for index, colour in enumerate(_BANDS):
            self._xml_start_tag("c:bandFmt")
            self._write_idx(index)
            self._xml_start_tag("c:spPr")
            self._xml_start_tag("a:solidFill")
            self._xml_empty_tag("a:srgbClr", [("val", colour.lstrip("#"))])
            self._xml_end_tag("a:solidFill")
            self._xml_end_tag("c:spPr")
            self._xml_end_tag("c:bandFmt")
        self._xml_end_tag("c:bandFmts")
        for axis in (*self.axis_ids, self._depth_id):
            self._write_axis_id(axis)
        self._xml_end_tag("c:surface3DChart")

    @property
    def _depth_id(self) -> str:
        return str(int(self.axis_ids[1]) + 1)

    def _write_depth_axis(self) -> None:
        self._xml_start_tag("c:serAx")
        self._write_axis_id(self._depth_id)
        self._write_scaling(None, None, None, None)
        self._write_delete(0)
        self._write_axis_pos("b", None)
        self._write_title(self.x2_axis["title"])
        self._write_major_tick_mark("out")
        self._write_minor_tick_mark("none")
        self._xml_empty_tag("c:tickLblPos", [("val", "nextTo")])
        self._write_axis_font(self.x_axis.get("num_font"))
        self._write_cross_axis(self.axis_ids[0])
        self._xml_empty_tag("c:crosses", [("val", "autoZero")])
        self._xml_empty_tag("c:tickLblSkip", [("val", max(1, len(self.series) // 5))])
        self._xml_empty_tag("c:tickMarkSkip", [("val", max(1, len(self.series) // 5))])
        self._xml_end_tag("c:serAx")


def surface_chart(
    book: Book,
    title: str,
    sheet: str,
    blocks: Sequence[tuple[int, int]],
    columns: tuple[int, int, int],
    *,
    x_title: str,
    y_title: str,
    depth_title: str,
    least: float,
) -> Chart:
    """Return the surface over a table in blocks of rows.

    Parameters
    ----------
    blocks : first and last row of each line of the grid.
    least : where the value axis begins; points without a plan count as 0 and end there.
    columns : of the horizontal axis, of the axis of depth (the same within a block) and of the values.
    """
    chart = SurfaceChart()
    chart.date_1904 = book.file.date_1904
    chart.remove_timezone = book.file.remove_timezone
    book.file.charts.append(chart)
    x, depth, value = columns
    for at, (first, last) in enumerate(blocks):
        chart.add_series(
            {
                "fill": {"color": _shade(at / max(1, len(blocks) - 1))},  # for programs that draw columns instead
                "name": [sheet, first, depth],
                "categories": [sheet, first, x, last, x],
                "values": [sheet, first, value, last, value],
            }
        )
    name = {"name_font": SMALL | {"bold": False}, "num_font": SMALL, "line": {"color": LINE}}
    step = max(1, (blocks[0][1] - blocks[0][0] + 1) // 5)
    skip = {"interval_unit": step, "interval_tick": step}
    chart.set_x_axis({"name": x_title, "num_format": "#,##0"} | name | skip)
    chart.set_y_axis({"name": y_title, "num_format": "#,##0", "min": least} | name)
    chart.set_x2_axis({"name": depth_title} | name)
    finish(chart, title, legend=False)
    return chart


def _shade(share: float) -> str:
    """Return a colour between the darkest and the palest blue."""
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (NAVY, "#CFDDEA")]
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in zip(*ends, strict=True))
