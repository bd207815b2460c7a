"""The pages of the papers' workbooks: shipped complete, true to certified figures, bound to tables that grow."""

import re
import zipfile
from pathlib import Path

import pytest
import python_calamine

from tests.reference.workbook_route import ROOT
from workbooks.source.pages.fuzzy_pages import _BONDS, _PRINTED, dominated_by, duration_and_convexity
from xlalm.app.verbs.frontier import frontier

EXAMPLES = ROOT / "workbooks" / "examples"
RWA = EXAMPLES / "rwa_allocation" / "table_instance.xlsx"
FUZZY = EXAMPLES / "fuzzy_alm" / "fuzzy_alm.xlsx"

# item: duration and convexity of a bond at par with interest each month, by exact arithmetic (case 001A)
CERTIFIED = {
    "X32": (11.664394857003595, 150.19536512963),
    "X42": (5.930265943395888, 41.34965656749491),
    "X43": (11.680188085740674, 150.46795517498447),
    "Y32": (2.9951952834671403, 11.974376557008632),
    "Y33": (11.877248907292525, 153.87397270163365),
    "Y41": (11.8723801359058, 153.78971523180647),
    "Y42": (23.363910166132296, 578.8424582064421),
}


def rows(path: Path, table: str) -> list[list[object]]:
    return python_calamine.CalamineWorkbook.from_path(str(path), load_tables=True).get_table_by_name(table).to_python()


def charts(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return [
            book.read(name).decode() for name in sorted(book.namelist()) if re.search(r"charts/chart\d+\.xml", name)
        ]


@pytest.mark.parametrize("bond", _BONDS, ids=lambda bond: bond.item)
def test_durations_and_convexities(bond):
    """Tables 3 and 4 of paper 001 under the convention that reproduces sixteen of their twenty figures."""
    expected = CERTIFIED.get(bond.item, (1.0, 2.0))
    assert duration_and_convexity(bond.rate, bond.months) == pytest.approx(expected, rel=1e-12)


def test_the_page_names_the_four_misprints():
    sheet = python_calamine.CalamineWorkbook.from_path(str(FUZZY)).get_sheet_by_name("Tables 3 to 6").to_python()
    wrong = {row[0]: row[4] for row in sheet if str(row[4]).startswith("misprint")}
    assert wrong == {
        "X43": "misprint: duration and convexity",
        "Y33": "misprint: duration",
        "Y42": "misprint: convexity",
    }


def test_ten_of_the_fifteen_printed_points_are_dominated():
    assert sum(bool(dominated_by(place)) for place in range(len(_PRINTED))) == 10


@pytest.mark.parametrize(
    ("book", "tables"),
    [
        (
            RWA,
            {
                "Allocation": 5,
                "Frontier": 6,
                "AllocationByLevel": 21,
                "Contributions": 5,
                "Surface": 900,
                "WeightSweep": 9,
            },
        ),
        (FUZZY, {"Allocation": 17, "WeightSweep": 9, "Payoff": 2}),
    ],
    ids=["rwa_allocation", "fuzzy_alm"],
)
def test_the_examples_open_complete(book, tables):
    """Every table that a chart shows is filled, and every chart has the figures in it that previewers draw."""
    assert {name: len(rows(book, name)) for name in tables} == tables
    for chart in charts(book):
        values = re.findall(r"<c:val>.*?</c:val>|<c:yVal>.*?</c:yVal>", chart, re.DOTALL)
        assert values
        assert any("<c:v>" in value for value in values)


def test_the_rwa_example_has_every_kind_of_chart():
    """Frontier and weights as curves, allocation by level as areas, rankings as bars, and a native surface."""
    kinds = [re.findall(r"<c:(\w+)Chart>", chart)[0] for chart in charts(RWA)]
    assert sorted(kinds) == ["area", *["bar"] * 6, "scatter", "scatter", "scatter", "surface3D"]
    surface = next(chart for chart in charts(RWA) if "surface3DChart" in chart)
    assert surface.count("<c:ser>") == 30


def test_the_charts_follow_another_frontier(tmp_path):
    """Another limit has another number of corners; the curve covers them all, and shows them."""
    out = tmp_path / "out.xlsx"
    frontier(RWA, limit="Capital", out=out)
    count = len(rows(out, "Frontier"))
    assert count != len(rows(RWA, "Frontier"))
    curve = next(chart for chart in charts(out) if "Exact frontier" in chart)
    first, last = re.findall(r"<c:xVal>.*?<c:f>Frontier!\$\w+\$(\d+):\$\w+\$(\d+)</c:f>", curve, re.DOTALL)[0]
    assert int(last) - int(first) + 1 == count
    assert f'<c:ptCount val="{count}"/>' in curve
