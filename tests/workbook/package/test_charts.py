"""Charts follow the tables they show and keep no old value."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from tests.workbook.package.opening import NINE_ROWS, parts, text_of
from xlalm.workbook.package.chart_cache import refresh_chart
from xlalm.workbook.package.package import Package


def test_charts_follow_and_show_the_new_values_without_recalculation(book: Path) -> None:
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [("LCR", 1.1, 1.5), ("NSFR", 1.0, None)])
    package.save()
    chart = text_of(book, "xl/charts/chart1.xml")
    assert chart.count("<c:f>Results!$A$5:$A$13</c:f>") == 2
    assert "<c:f>Results!$C$5:$C$13</c:f>" in chart
    assert '<c:ptCount val="9"/>' in chart
    assert '<c:pt idx="8"><c:v>Line 9</c:v></c:pt>' in chart
    assert '<c:pt idx="8"><c:v>810.0</c:v></c:pt>' in chart
    assert "Mortgages" not in chart
    pie = text_of(book, "xl/charts/chart2.xml")
    assert "<c:f>Results!$J$5:$J$6</c:f>" in pie
    assert pie.count("<c:pt ") == 3  # a blank cell has no point


def test_a_chart_of_the_same_length_gets_new_values_too_and_others_keep_their_bytes(book: Path) -> None:
    before = parts(book)
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS[:5])
    package.save()
    after = parts(book)
    assert b"Line 5" in after["xl/charts/chart1.xml"]
    assert after["xl/charts/chart2.xml"] == before["xl/charts/chart2.xml"]
    assert after["xl/charts/chart3.xml"] == before["xl/charts/chart3.xml"]


CX = "http://schemas.microsoft.com/office/drawing/2014/chartex"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def refreshed(xml: str, rows: list[list[str | float | bool | None]]) -> str:
    root = etree.fromstring(xml)
    assert refresh_chart(root, lambda _sheet, _area: rows)
    return etree.tostring(root).decode()


def test_newer_charts_multi_level_categories_and_texts_for_numbers() -> None:
    waterfall = (
        f'<cx:chartData xmlns:cx="{CX}"><cx:data id="0"><cx:strDim type="cat"><cx:f>S!$A$2:$A$3</cx:f>'
        '<cx:lvl ptCount="1"><cx:pt idx="0">old</cx:pt></cx:lvl></cx:strDim></cx:data></cx:chartData>'
    )
    level = '<cx:lvl ptCount="2"><cx:pt idx="0">a</cx:pt><cx:pt idx="1">b</cx:pt></cx:lvl>'
    assert level in refreshed(waterfall, [["a"], ["b"]])
    numbers = waterfall.replace("strDim", "numDim").replace(
        '<cx:lvl ptCount="1">', '<cx:lvl ptCount="1" formatCode="0%">'
    )
    level = '<cx:lvl ptCount="2" formatCode="0%"><cx:pt idx="0">1.5</cx:pt></cx:lvl>'
    assert level in refreshed(numbers, [[1.5], ["text"]])
    levels = f'<c:cat xmlns:c="{C}"><c:multiLvlStrRef><c:f>S!$A$2:$B$3</c:f></c:multiLvlStrRef></c:cat>'
    assert re.findall(r"<c:lvl>.*?</c:lvl>", refreshed(levels, [["x", "a"], [None, "b"]])) == [
        '<c:lvl><c:pt idx="0"><c:v>a</c:v></c:pt><c:pt idx="1"><c:v>b</c:v></c:pt></c:lvl>',
        '<c:lvl><c:pt idx="0"><c:v>x</c:v></c:pt></c:lvl>',
    ]
    category = f'<c:cat xmlns:c="{C}"><c:numRef><c:f>S!$A$2:$A$4</c:f></c:numRef></c:cat>'
    assert "<c:strRef>" in refreshed(category, [["a"], [1.0], [True]])
    value = category.replace("c:cat", "c:val")
    assert [*re.findall(r"<c:v>(.*?)</c:v>", refreshed(value, [["a"], [1.0], ["#N/A"]]))] == ["1.0", "#N/A"]
