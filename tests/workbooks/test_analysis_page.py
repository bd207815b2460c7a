"""The template's places for analyses: filled where they stand, charts that follow, bounds in their limit's unit."""

import re
import zipfile

import pytest
import python_calamine

from tests.reference.workbook_route import ROOT
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.value_at_risk import var
from xlalm.workbook.package.package import Package

TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"
PLACED = {
    "Analysis": {"FrontierRun", "VarRun", "SurfaceRun", "WeightSweepRun"},
    "Takeovers": {"Frontier", "Contributions"},
    "VaR": {"VarReport", "VarComponents", "VarBacktest"},
    "Surface": {"Surface"},
}


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    book = tmp_path_factory.mktemp("analysed") / TEMPLATE.name
    book.write_bytes(TEMPLATE.read_bytes())
    frontier(book)
    var(book)
    return book


def test_results_stand_where_the_template_has_put_them(analysed):
    tables = Package.open(analysed).tables()
    assert {sheet: {t.name for t in tables if t.sheet == sheet} for sheet in PLACED} == PLACED
    assert {t.name for t in tables if t.sheet == "Frontier"} == {"AllocationByLevel"}  # a column a position


def test_both_charts_follow_their_tables(analysed):
    with zipfile.ZipFile(analysed) as book:
        charts = "".join(book.read(name).decode() for name in book.namelist() if "charts/chart" in name)
    tables = {table.name: table for table in Package.open(analysed).tables()}
    for name, sheet, column in (("Frontier", "Takeovers", "C"), ("VarComponents", "VaR", None)):
        last = tables[name].last_row
        ends = {
            int(end)
            for letter, end in re.findall(rf"<c:f>'?{sheet}'?!\$([A-Z]+)\$6:\$[A-Z]+\$(\d+)</c:f>", charts)
            if column in (None, letter)
        }
        assert ends == {last}, name


def test_a_bound_is_shown_in_the_unit_of_its_limit():
    """The unit stands above the column by a formula, and a rule of the column asks it for a percentage."""
    with zipfile.ZipFile(TEMPLATE) as book:
        names = python_calamine.CalamineWorkbook.from_path(str(TEMPLATE)).sheet_names
        sheet = book.read(f"xl/worksheets/sheet{names.index('Takeovers') + 1}.xml").decode()
    cell = re.search(r'<c r="B3"[^>]*><f>(.*?)</f>', sheet)
    assert cell is not None
    assert cell[1].startswith("IFERROR(INDEX(Limits[Unit],MATCH(A6,Limits[Limit],0))")
    assert re.search(r'<conditionalFormatting sqref="B6"><cfRule[^>]*><formula>\$B\$3="%"</formula>', sheet)
