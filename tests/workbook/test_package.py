"""Editing a workbook: what is written reads back, what is not stays byte for byte."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import openpyxl
import pytest
import python_calamine
import xlsxwriter
import xlwings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator

from tests.calc.soffice import SOFFICE, recalculate
from tests.workbook import rich_book
from xlalm.domain.errors import Refused
from xlalm.workbook.package import container
from xlalm.workbook.package.chart_cache import refresh_chart
from xlalm.workbook.package.package import Package

NINE_ROWS = [(f"Line {i}", 100.0 * i, 90.0 * i, -10.0 * i, "=not a formula") for i in range(1, 10)]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rich_book.build(tmp_path_factory.mktemp("rich") / "book.xlsm")


@pytest.fixture
def book(original: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "book.xlsm"
    copy.write_bytes(original.read_bytes())
    return copy


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuilt(path: Path, changes: dict[str, bytes | None]) -> Path:
    """Replace, add or (``None``) drop parts of a file, for hostile or unusual input."""
    content: dict[str, bytes | None] = {**parts(path), **changes}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def findings(path: Path) -> Counter[str]:
    result = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(str(path))
    return Counter(f"{error.part_uri}: {error.description}" for error in result.errors)


def values(path: Path, sheet: str) -> dict[tuple[int, int], object]:
    """Cells by (row, column) as calamine, an independent reader, sees them; blanks are left out."""
    grid = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet)
    rows = grid.to_python(skip_empty_area=False)
    return {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value != ""}


def opened(path: Path) -> openpyxl.Workbook:
    """Open a book the way openpyxl does; it says of every extension that it will lose it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
    if book.vba_archive:
        book.vba_archive.close()
    return book


def text_of(path: Path, part: str) -> str:
    return parts(path)[part].decode()


# --- what is not edited ---


def test_an_addin_is_a_workbook_too(tmp_path: Path) -> None:
    addin = Path(xlwings.__file__).parent / "addin" / "xlwings.xlam"
    package = Package.open(addin)
    before = findings(addin)
    package.write_cells(next(iter(package.sheets)), {(1, 1): 1.0})
    package.save(tmp_path / "out.xlam")
    assert parts(tmp_path / "out.xlam")["xl/vbaProject.bin"] == parts(addin)["xl/vbaProject.bin"]
    assert findings(tmp_path / "out.xlam") == before


def test_saving_without_edits_changes_no_part(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsm"
    Package.open(book).save(out)
    assert parts(out) == parts(book)


def test_parts_not_edited_keep_bytes_order_dates_and_compression(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsm"
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.save(out)
    before, after = parts(book), parts(out)
    edited = {
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",  # its sparkline follows
        "xl/tables/table2.xml",
        "xl/charts/chart1.xml",
        "xl/workbook.xml",
    }
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == edited
    with zipfile.ZipFile(book) as a, zipfile.ZipFile(out) as b:
        kept = [(info.filename, info.date_time, info.compress_type) for info in a.infolist()]
        assert kept == [(info.filename, info.date_time, info.compress_type) for info in b.infolist()]


def test_everything_a_careless_writer_loses_is_kept(book: Path) -> None:
    before = parts(book)
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [("LCR", 1.1, 1.2)])
    package.write_cells("Input", {(4, 3): 6000.0})
    package.save()
    after = parts(book)
    for name in rich_book.UNTOUCHED_BY_RESULTS:
        assert after[name] == before[name], name
    for name in before:
        if name.startswith(("xl/drawings/", "xl/media/", "customUI/", "docProps/", "xl/theme/", "_rels/")):
            assert after[name] == before[name], name
    assert "slicerList" in text_of(book, "xl/worksheets/sheet1.xml")
    assert "<pane " in text_of(book, "xl/worksheets/sheet1.xml")
    assert "<legacyDrawing " in text_of(book, "xl/worksheets/sheet1.xml")


def test_rows_not_written_keep_their_bytes(book: Path) -> None:
    package = Package.open(book)
    package.write_cells("Input", {(5, 3): 1.0})
    before = text_of(book, "xl/worksheets/sheet1.xml")
    package.save()
    after = text_of(book, "xl/worksheets/sheet1.xml")
    old, new = (re.findall(r"<row.*?</row>", text) for text in (before, after))
    assert [a == b for a, b in zip(old, new, strict=True)].count(False) == 1
    assert before.split("<sheetData>")[0] == after.split("<sheetData>")[0]
    assert before.split("</sheetData>")[1] == after.split("</sheetData>")[1]


@pytest.mark.parametrize("rows", [NINE_ROWS, NINE_ROWS[:2], []], ids=["grown", "shrunk", "empty"])
def test_validator_finds_nothing_new(book: Path, rows: list[tuple[object, ...]]) -> None:
    before = findings(book)
    package = Package.open(book)
    package.write_table("Allocation", rows)
    package.write_table("LimitReport", [(f"L{i}", 1.0, 2.0) for i in range(len(rows))])
    package.write_table("Positions", [(f"P{i}", "asset", 1.0, 2.0) for i in range(len(rows))])
    sheet = package.add_sheet("xlalm results")
    package.add_table(sheet, "RunInfo", ["item", "value"], [("run", dt.datetime(2026, 11, 21, 8, 0))], 3, 2)
    package.add_table(sheet, "Findings", ["cell", "text"], [], 3, 5, number_formats={"cell": "0.000"})
    package.activate_sheet(sheet)
    package.save()
    assert findings(book) == before == Counter()
    assert opened(book).sheetnames[-1] == "xlalm results"


# --- values ---

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "'quoted",
        '"',
        "<a&b>",
        " outer ",
        "two\nlines",
        "tab\there",
        "_x000D_",
        "\r\n",
        "\0",
        "ü漢🙂",
    ]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DATES = st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31))
TIMES = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1)).map(lambda time: time.replace(microsecond=0))
CELLS = TEXTS | FLOATS | st.integers(-(2**53), 2**53) | st.booleans() | DATES | TIMES | st.none()


def as_read(value: object) -> object:
    """What an exact reader returns for a value written."""
    if value is None or value == "":
        return None
    return value if isinstance(value, (bool, str, dt.date)) else float(value)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def blank_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "blank.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Data")
    book.close()
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS, min_size=1, max_size=8))
@example(cells=[5e-324, 1e308, -1e308, 0.1 + 0.2, 1 / 3, 2**53, -1, 1.7976931348623157e308])
@example(cells=["=SUM(A1)", "+1", "-1", "@A1", "'=1", "_x0041_", "a\rb", "\x0b", "]]>", "&amp;"])
@example(cells=[True, False, dt.date(2026, 11, 21), dt.datetime(2026, 11, 21, 23, 59, 59), None, ""])
def test_values_read_back_exactly(blank_book: Path, tmp_path: Path, cells: list[object]) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(3, column): value for column, value in enumerate(cells, 2)})  # type: ignore[misc]
    package.save(out)
    got = {column: value for (_, column), value in values(out, "Data").items()}
    wanted = {column: as_read(value) for column, value in enumerate(cells, 2) if as_read(value) is not None}
    for column, value in wanted.items():
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime) and isinstance(got[column], dt.datetime):
            got[column] = got[column].date()
        if isinstance(value, dt.datetime) and not isinstance(got[column], dt.datetime):
            got[column] = dt.datetime.combine(got[column], dt.time())  # type: ignore[arg-type]
    assert got == wanted
    assert {column: type(value) is bool for column, value in got.items()} == {
        column: type(value) is bool for column, value in wanted.items()
    }
    assert "<f>" not in text_of(out, "xl/worksheets/sheet1.xml")


def test_nan_and_infinity_leave_a_cell_blank_and_numpy_numbers_are_numbers(blank_book: Path, tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    row = [math.nan, math.inf, -math.inf, np.float64("nan"), np.float64(0.1), np.int64(7), np.bool_(True), -0.0]
    package.write_cells("Data", {(1, column): value for column, value in enumerate(row, 1)})
    package.save(out)
    assert values(out, "Data") == {(1, 5): 0.1, (1, 6): 7.0, (1, 7): True, (1, 8): 0.0}
    assert "-0" not in text_of(out, "xl/worksheets/sheet1.xml")


def test_what_a_cell_cannot_hold_is_a_type_error(blank_book: Path) -> None:
    with pytest.raises(TypeError, match="a cell cannot hold a list"):
        Package.open(blank_book).write_cells("Data", {(1, 1): [1]})  # type: ignore[dict-item]


def test_long_text_ends_in_an_ellipsis_at_excels_limit(blank_book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(1, 1): "x" * 40_000, (2, 1): "🙂" * 20_000, (3, 1): "y" * 32_767})
    package.save(out)
    got = values(out, "Data")
    assert got[1, 1] == "x" * 32_766 + "…"
    assert got[2, 1] == "🙂" * 16_383 + "…"
    assert got[3, 1] == "y" * 32_767


def test_dates_in_a_book_that_counts_from_1904(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(path, {"date_1904": True})
    book.add_worksheet("Data")
    book.close()
    package = Package.open(path)
    assert package.date1904
    package.write_cells("Data", {(1, 1): dt.date(2026, 11, 21), (1, 2): dt.datetime(2026, 11, 21, 12, 0)})
    package.save()
    assert values(path, "Data") == {(1, 1): dt.date(2026, 11, 21), (1, 2): dt.datetime(2026, 11, 21, 12, 0)}


def test_dates_before_excels_calendar_become_text(blank_book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(1, 1): dt.date(1850, 1, 2)})
    package.save(out)
    assert values(out, "Data") == {(1, 1): "1850-01-02"}


def test_a_cell_keeps_its_style_and_a_date_gets_one_that_shows_it(book: Path) -> None:
    package = Package.open(book)
    package.write_cells("Results", {(5, 2): dt.date(2026, 11, 21), (5, 3): 1.0})
    package.save()
    sheet = opened(book)["Results"]
    assert sheet["B5"].number_format == "yyyy-mm-dd"
    assert sheet["C5"].number_format == "#,##0.0"


# --- tables ---


def test_tables_are_described(book: Path) -> None:
    positions, allocation, limits = Package.open(book).tables()
    assert (positions.name, positions.sheet, positions.headers) == (
        "Positions",
        "Input",
        ("position", "side", "balance", "doubled"),
    )
    assert (allocation.first_row, allocation.first_column, allocation.last_row) == (4, 1, 9)
    assert allocation.data_rows == range(5, 10)
    assert (limits.totals_rows, limits.data_rows, limits.last_column) == (1, range(5, 8), 10)


def test_a_grown_table_takes_along_what_covers_its_columns(book: Path) -> None:
    package = Package.open(book)
    package.write_table("allocation", NINE_ROWS)
    package.save()
    got = values(book, "Results")
    assert [got[5 + i, 5] for i in range(9)] == ["=not a formula"] * 9
    assert [got[5 + i, 3] for i in range(9)] == [row[2] for row in NINE_ROWS]
    table = text_of(book, "xl/tables/table2.xml")
    assert 'ref="A4:E13"' in table
    assert '<autoFilter ref="A4:E13"/>' in table
    sheet = text_of(book, "xl/worksheets/sheet2.xml")
    assert 'sqref="D5:D13"' in sheet
    assert 'sqref="E5:E13"' in sheet  # validation
    assert "<xm:sqref>C5:C13</xm:sqref>" in sheet  # data bar of Excel 2010
    assert 'sqref="B5:B6"' in sheet  # two rows were meant as two rows
    names = text_of(book, "xl/workbook.xml")
    assert '<definedName name="OptimalBalances">Results!$C$5:$C$13</definedName>' in names
    assert '<definedName name="WholeAllocation">Results!$A$4:$E$13</definedName>' in names
    assert '<definedName name="OptimalTotal">SUM(Results!$C$5:$C$13)*1</definedName>' in names
    assert '<definedName name="FirstThree">Results!$C$5:$C$7</definedName>' in names
    assert "<xm:f>Results!C5:C13</xm:f>" in text_of(book, "xl/worksheets/sheet3.xml")
    workbook = opened(book)
    assert {workbook["Results"].cell(row, 3).number_format for row in range(5, 14)} == {"#,##0.0"}


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


def test_a_shrunk_table_blanks_what_it_leaves_and_can_grow_again(book: Path) -> None:
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS[:1])
    package.save()
    got = values(book, "Results")
    assert {(row, column) for row, column in got if column <= 5 and 4 < row < 30} == {(5, c) for c in range(1, 6)}
    assert opened(book)["Results"]["C9"].number_format == "#,##0.0"
    assert 'ref="A4:E5"' in text_of(book, "xl/tables/table2.xml")
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.save()
    assert "Results!$C$5:$C$13" in text_of(book, "xl/charts/chart1.xml")
    assert "<xm:sqref>C5:C13</xm:sqref>" in text_of(book, "xl/worksheets/sheet2.xml")
    assert "Results!$C$5:$C$13" in text_of(book, "xl/workbook.xml")


def test_a_totals_row_moves_with_the_table_and_knows_its_totals(book: Path) -> None:
    package = Package.open(book)
    package.write_table("LimitReport", [(f"L{i}", float(i), 0.5 * i) for i in range(6)])
    package.save()
    got = values(book, "Results")
    assert (got[11, 8], got[11, 9], got[11, 10]) == ("Total", 6.0, 7.5)
    assert "<f>SUBTOTAL(109,LimitReport[value])</f>" in text_of(book, "xl/worksheets/sheet2.xml")
    assert 'ref="H4:J11"' in text_of(book, "xl/tables/table3.xml")
    assert '<autoFilter ref="H4:J10"/>' in text_of(book, "xl/tables/table3.xml")
    package = Package.open(book)
    package.write_table("LimitReport", [("L", 1.0, 2.0)])
    package.save()
    got = values(book, "Results")
    assert {cell: value for cell, value in got.items() if cell[1] > 5 and cell[0] > 4} == {
        (5, 8): "L", (5, 9): 1.0, (5, 10): 2.0, (6, 8): "Total", (6, 9): 1.0, (6, 10): 2.0, (20, 8): "something else",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "rows", "where"),
    [
        ("LimitReport", 15, "Results!H20"),  # a cell with text
        ("Allocation", 26, "Results!A30"),  # a merged range
    ],
)
def test_a_table_never_grows_over_what_lies_below(book: Path, table: str, rows: int, where: str) -> None:
    before = parts(book)
    package = Package.open(book)
    width = len(package.table(table).headers)
    with pytest.raises(Refused, match=re.escape(f"{where}: Table {table} needs rows 4 to")):
        package.write_table(table, [[1.0] * width] * rows)
    package.save()
    assert parts(book) == before


def test_a_table_never_grows_over_another(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    sheet.add_table("A1:B3", {"name": "Upper"})
    sheet.add_table("B6:C8", {"name": "Lower"})
    workbook.close()
    package = Package.open(path)
    package.write_table("Upper", [[1, 2]] * 4)
    with pytest.raises(Refused, match=r"S!B6: Table Upper needs rows 1 to 6, but table Lower is there"):
        package.write_table("Upper", [[1, 2]] * 5)


def test_written_formula_columns_become_values_and_the_chain_goes(book: Path) -> None:
    package = Package.open(book)
    package.write_table("Positions", [(f"P{i}", "asset", 1.0 * i, 5.0) for i in range(7)])
    package.save()
    after = parts(book)
    assert b"calculatedColumnFormula" not in after["xl/tables/table1.xml"]
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"]
    assert b"calcChain" not in after["xl/_rels/workbook.xml.rels"]
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    assert b"#This Row" not in after["xl/worksheets/sheet1.xml"]
    assert findings(book) == Counter()


def test_columns_that_are_not_written_keep_cells_and_fill_their_formula_down(book: Path) -> None:
    package = Package.open(book)
    package.write_table("Positions", [(f"P{i}", 1.0 * i) for i in range(7)], columns=["Position", "balance"])
    package.save()
    sheet = opened(book)["Input"]
    assert [sheet.cell(row, 2).value for row in range(4, 11)] == ["asset"] * 4 + ["liability", None, None]
    formulas = [sheet.cell(row, 4).value for row in range(4, 11)]
    assert formulas == ["=Positions[[#This Row],[balance]]*2"] * 7
    assert b"calculatedColumnFormula" in parts(book)["xl/tables/table1.xml"]
    assert Package.open(book).scan_cells("Input").uncached == {(9, 4), (10, 4)}


def test_a_missing_column_or_table_is_named(book: Path) -> None:
    package = Package.open(book)
    with pytest.raises(Refused, match=r"Results!A4: table Allocation has no column colour"):
        package.write_table("Allocation", [["x"]], columns=["colour"])
    with pytest.raises(Refused, match=r"has no table Nothing\. Its tables are: Positions, Allocation, LimitReport"):
        package.write_table("Nothing", [])
    with pytest.raises(ValueError, match="2 values for 5 columns"):
        package.write_table("Allocation", [[1, 2]])


def test_a_filter_is_lifted_so_that_no_new_row_is_hidden(tmp_path: Path) -> None:
    path = tmp_path / "filtered.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    sheet.add_table("A1:B4", {"name": "T", "data": [["a", 1], ["b", 2], ["a", 3]]})
    sheet.set_row(2, None, None, {"hidden": True})
    workbook.close()
    table = text_of(path, "xl/tables/table1.xml").replace(
        '<autoFilter ref="A1:B4"/>',
        '<autoFilter ref="A1:B4"><filterColumn colId="0"><filters><filter val="a"/></filters></filterColumn>'
        "</autoFilter>",
    )
    rebuilt(path, {"xl/tables/table1.xml": table.encode()})
    package = Package.open(path)
    package.write_table("T", [["b", 1], ["b", 2]])
    package.save()
    assert "filterColumn" not in text_of(path, "xl/tables/table1.xml")
    assert "hidden" not in text_of(path, "xl/worksheets/sheet1.xml")


def test_formulas_in_cells_follow_a_column_and_its_totals(tmp_path: Path) -> None:
    path = tmp_path / "formulas.xlsx"
    workbook = xlsxwriter.Workbook(path)
    results, other = workbook.add_worksheet("My results"), workbook.add_worksheet("Other")
    results.add_table(
        "A1:B4",
        {"name": "T", "total_row": True, "columns": [{"header": "a"}, {"header": "b", "total_function": "sum"}],
         "data": [["x", 1], ["y", 2]]},
    )  # fmt: skip
    results.write_formula("D1", "=SUM(B2:B3)+B3", None, 5)
    other.write_formula("A1", "=B4&\"'My results'!B4\"&'My results'!$B$4", None, "")
    other.write_formula("A2", "=VLOOKUP(\"y\",'My results'!$A$2:$B$3,2,0)", None, 2)
    workbook.close()
    package = Package.open(path)
    package.write_table("T", [["x", 1.0], ["y", 2.0], ["z", 3.0], ["w", 4.0]])
    package.save()
    sheets = opened(path)
    assert sheets["My results"]["D1"].value == "=SUM(B2:B5)+B3"
    assert sheets["Other"]["A1"].value == "=B4&\"'My results'!B4\"&'My results'!$B$6"
    assert sheets["Other"]["A2"].value == "=VLOOKUP(\"y\",'My results'!$A$2:$B$5,2,0)"


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


# --- cells ---


def test_a_header_a_merged_cell_or_part_of_an_array_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "guards.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    sheet.add_table("A1:B3", {"name": "T"})
    sheet.merge_range("D1:E2", "merged")
    sheet.write_array_formula("G1:G3", "{=ROW(A1:A3)}", None, 1)
    workbook.close()
    package = Package.open(path)
    for cell, why in (((1, 2), "S!B1 is a header of table T"), ((2, 4), "S!D2 is inside the merged cells D1:E2")):
        with pytest.raises(Refused, match=why):
            package.write_cells("S", {cell: 1.0})
    with pytest.raises(Refused, match=r"S!G2 is part of the array formula in S!G1"):
        package.write_cells("S", {(2, 7): 1.0})
    package.write_cells("S", {(1, 7): 1.0, (2, 7): 2.0, (3, 7): 3.0, (1, 4): "new"})
    package.save()
    got = values(path, "S")
    assert [got[row, 7] for row in (1, 2, 3)] == [1.0, 2.0, 3.0]
    assert got[1, 4] == "new"


def test_overwriting_the_first_cell_of_a_shared_formula_hands_its_text_on(tmp_path: Path) -> None:
    path = tmp_path / "shared.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    for row in range(5):
        sheet.write_formula(row, 1, "=A1", None, row)
    workbook.close()
    xml = text_of(path, "xl/worksheets/sheet1.xml")
    xml = re.sub(r'(<c r="B1">)<f>A1</f>', r'\1<f t="shared" ref="B1:B5" si="0">A1*$C$1+SUM(D:D)&amp;"B1"</f>', xml)
    xml = re.sub(r'(<c r="B[2-5]">)<f>A1</f>', r'\1<f t="shared" si="0"/>', xml)
    rebuilt(path, {"xl/worksheets/sheet1.xml": xml.encode()})
    package = Package.open(path)
    package.write_cells("S", {(1, 2): 1.0, (3, 2): 3.0})
    package.save()
    after = text_of(path, "xl/worksheets/sheet1.xml")
    assert '<c r="B2"><f t="shared" ref="B2:B5" si="0">A2*$C$1+SUM(D:D)&amp;"B1"</f><v>1</v></c>' in after
    assert after.count('<f t="shared" si="0"/>') == 2


def test_a_missing_sheet_is_named(book: Path) -> None:
    with pytest.raises(Refused, match=r'has no sheet "Nowhere"\. Its sheets are: Input, Results, My dashboard'):
        Package.open(book).write_cells("Nowhere", {(1, 1): 1})


def test_column_styles_reach_cells_that_were_not_there(tmp_path: Path) -> None:
    path = tmp_path / "styled.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    sheet.set_column("B:C", 12, workbook.add_format({"num_format": "0.00%"}))
    workbook.close()
    package = Package.open(path)
    package.write_cells("S", {(4, 2): 0.5, (4, 4): 0.5})
    package.save()
    got = opened(path)["S"]
    assert (got["B4"].number_format, got["D4"].number_format) == ("0.00%", "General")
    assert got.dimensions == "B4:D4"


# --- new sheets and tables ---


def test_a_new_sheet_with_tables(book: Path) -> None:
    package = Package.open(book)
    assert package.add_sheet("xlalm results") == "xlalm results"
    assert package.add_sheet("XLALM results") == "XLALM results (2)"
    rows = [("a", 0.25, dt.date(2026, 11, 21)), ("b", None, None)]
    package.add_table(
        "xlalm results", "ScenarioMatrix", ["scenario", "share", "day"], rows, 2, 3, number_formats=[None, "0.0%", None]
    )
    package.write_table("ScenarioMatrix", [*rows, ("c", 0.5, dt.date(2027, 1, 1))])
    package.activate_sheet("xlalm results")
    package.save()
    workbook = opened(book)
    sheet = workbook["xlalm results"]
    assert workbook.active.title == "xlalm results"
    assert [ws.title for ws in workbook if ws.sheet_view.tabSelected] == ["xlalm results"]
    assert sheet.tables["ScenarioMatrix"].ref == "C2:E5"
    assert sheet["D5"].number_format == "0.0%"
    assert sheet["E5"].number_format == "yyyy-mm-dd"
    assert values(book, "xlalm results")[5, 5] == dt.date(2027, 1, 1)
    ids = [re.search(rb'<table [^>]*?\bid="(\d+)"', data) for name, data in parts(book).items() if "tables/" in name]
    assert len({found[1] for found in ids if found}) == 4
    assert findings(book) == Counter()


def test_styles_are_only_added_to(book: Path) -> None:
    before = text_of(book, "xl/styles.xml")
    package = Package.open(book)
    package.add_table(package.add_sheet("new"), "T", ["a"], [[1.0]], 1, 1, number_formats=["0.00000"])
    package.save()
    after = text_of(book, "xl/styles.xml")
    after = after.replace('<numFmt numFmtId="165" formatCode="0.00000"/>', "").replace(
        'numFmts count="2"', 'numFmts count="1"'
    )
    after = re.sub(r'<xf numFmtId="165"[^>]*/>', "", after).replace('cellXfs count="4"', 'cellXfs count="3"')
    assert after.strip() == before.strip()


@pytest.mark.parametrize(
    ("name", "headers", "row", "why"),
    [
        ("allocation", ["a"], 40, "already has a table or name allocation"),
        ("FirstThree", ["a"], 40, "already has a table or name FirstThree"),
        ("A1", ["a"], 40, "is not a name Excel takes"),
        ("two words", ["a"], 40, "is not a name Excel takes"),
        ("T", ["a", "A"], 40, 'header "A" is blank, too long or there twice'),
        ("T", ["a"], 30, r"Results!A30: Table T is to cover A30:A31"),
        ("T", ["a"], 3, r"Results!A4: Table T is to cover A3:A4, but table Allocation is there"),
        ("T", [], 40, "does not fit"),
    ],
)
def test_a_table_that_cannot_be_is_refused(book: Path, name: str, headers: list[str], row: int, why: str) -> None:
    before = parts(book)
    package = Package.open(book)
    with pytest.raises(Refused, match=why):
        package.add_table("Results", name, headers, [], row, 1)
    package.save()
    assert parts(book) == before


@pytest.mark.parametrize("name", ["", "a" * 32, "a/b", "[x]", "'x", "a:b"])
def test_a_sheet_name_excel_refuses_is_refused(book: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot name a sheet"):
        Package.open(book).add_sheet(name)


def test_a_protected_book_gets_no_sheet(tmp_path: Path, book: Path) -> None:
    xml = text_of(book, "xl/workbook.xml").replace("<bookViews>", '<workbookProtection lockStructure="1"/><bookViews>')
    rebuilt(book, {"xl/workbook.xml": xml.encode()})
    with pytest.raises(Refused, match="is protected against new sheets"):
        Package.open(book).add_sheet("new")


def test_a_hidden_sheet_is_not_activated(book: Path) -> None:
    xml = text_of(book, "xl/workbook.xml").replace('name="Results"', 'name="Results" state="hidden"')
    rebuilt(book, {"xl/workbook.xml": xml.encode()})
    with pytest.raises(Refused, match='Sheet "Results" is hidden'):
        Package.open(book).activate_sheet("Results")


# --- error cells and formulas ---


def sheet_with(path: Path, rows: str, *, prefix: str = "") -> Path:
    """Give the first sheet of a book these rows."""
    declared = "xmlns" if not prefix else f"xmlns:{prefix.rstrip(':')}"
    xml = (
        f'<{prefix}worksheet {declared}="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>"
    )
    return rebuilt(path, {"xl/worksheets/sheet1.xml": xml.encode()})


@pytest.fixture
def small(blank_book: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "small.xlsx"
    copy.write_bytes(blank_book.read_bytes())
    return copy


SCANNED = (
    '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1</f><v>1</v></c><c r="C2"><f>A1</f></c>'
    '<c r="D2" t="str"><f>""</f><v></v></c><c r="E2"><f>A1</f><v></v></c><c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    '<c r="G2" t="str"><f>A1</f></c><c r="H2"><f t="shared" si="0"/><v/></c>'
    '<c r="I2" t="inlineStr"><is><t>#N/A</t></is></c></row>'
)


@pytest.mark.parametrize(
    "rows",
    [
        SCANNED,
        SCANNED.replace('"', "'"),
        f"<!-- a comment -->{SCANNED}",
        re.sub(r' r="[A-Z]?2"', "", '<row r="1"/>' + SCANNED),
        SCANNED.replace("><", ">\n <"),
    ],
    ids=["as Excel writes", "single quotes", "comment", "no references", "indented"],
)
def test_errors_formulas_and_missing_caches_are_found(small: Path, rows: str) -> None:
    scan = Package.open(sheet_with(small, rows)).scan_cells("data")
    assert scan.errors == {(2, 1): "#N/A", (2, 6): "#DIV/0!"}
    assert scan.formulas == {(2, column) for column in range(2, 9)}
    assert scan.uncached == {(2, 3), (2, 5), (2, 7), (2, 8)}


def test_a_scan_sees_what_was_just_written(book: Path) -> None:
    package = Package.open(book)
    assert package.scan_cells("Input").errors == {(7, 6): "#DIV/0!"}
    package.write_cells("Input", {(7, 6): 1.0})
    assert package.scan_cells("Input").errors == {}
    assert (7, 6) not in package.scan_cells("Input").formulas


# --- sheets other programs write ---


@pytest.mark.parametrize(
    ("rows", "prefix"),
    [
        (
            '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="3"><x:c r="C3"><x:v>3</x:v></x:c></x:row>',
            "x:",
        ),
        ("<row><c><v>1</v></c></row><row/><row><c/><c/><c><v>3</v></c></row>", ""),
        ("<row r='1'><c r='A1'><v>1</v></c></row><row r='3' spans='1:3'><c s='0' r='C3'><v>3</v></c></row>", ""),
        (
            "<!-- <row> --><row r='1'><c r='A1'><v><![CDATA[1]]></v></c></row><row r='3'><c r='C3'><v>3</v></c></row>",
            "",
        ),
    ],
    ids=["prefix", "no references", "single quotes", "comment and CDATA"],
)
def test_unusual_but_valid_sheets_are_edited(small: Path, rows: str, prefix: str) -> None:
    sheet_with(small, rows, prefix=prefix)
    package = Package.open(small)
    package.write_cells("Data", {(2, 2): "two", (3, 2): 2.5, (3, 4): True, (1, 1): 1.5})
    package.save()
    wanted = {(1, 1): 1.5, (2, 2): "two", (3, 2): 2.5, (3, 3): 3.0, (3, 4): True}
    assert values(small, "Data") == wanted
    sheet = opened(small)["Data"]
    assert {(c.row, c.column): c.value for row in sheet for c in row if c.value is not None} == wanted


def test_a_sheet_in_utf16_is_edited(small: Path) -> None:
    xml = text_of(small, "xl/worksheets/sheet1.xml").replace('encoding="UTF-8"', 'encoding="UTF-16"')
    rebuilt(small, {"xl/worksheets/sheet1.xml": xml.encode("utf-16")})
    package = Package.open(small)
    package.write_cells("Data", {(1, 1): "ü"})
    package.save()
    assert values(small, "Data") == {(1, 1): "ü"}


# --- files that are not opened ---


def test_a_missing_file_a_folder_and_a_web_address(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "none.xlsx", "is not there. Check the path"),
        (tmp_path, "is a folder"),
        ("https://bank.sharepoint.com/book.xlsx", "is a web address. Save a copy"),
    ):
        with pytest.raises(Refused, match=why):
            Package.open(path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is encrypted, label-protected or an old .xls"),
        (b"PK\x03\x04" + bytes(200), "is damaged: its end is missing"),
    ],
    ids=["empty", "csv", "ole", "half a zip"],
)
def test_files_that_are_no_workbook(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    with pytest.raises(Refused, match=why):
        Package.open(path)


def test_a_truncated_or_damaged_workbook(book: Path) -> None:
    data = book.read_bytes()
    book.write_bytes(data[: len(data) // 2])
    with pytest.raises(Refused, match="is damaged"):
        Package.open(book)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo("xl/worksheets/sheet2.xml").header_offset
    book.write_bytes(data[: at + 200] + b"\0" * 20 + data[at + 220 :])
    with pytest.raises(Refused, match=r"is damaged \(part xl/worksheets/sheet2.xml"):
        Package.open(book).write_cells("Results", {(1, 1): 1})


def test_other_office_files(small: Path) -> None:
    rebuilt(small, {"xl/workbook.xml": None, "xl/workbook.bin": b"x"})
    with pytest.raises(Refused, match=r"is a binary workbook \(.xlsb\)"):
        Package.open(small)
    rebuilt(small, {"xl/workbook.bin": None, "content.xml": b"<x/>"})
    with pytest.raises(Refused, match="is an OpenDocument file"):
        Package.open(small)
    rebuilt(small, {"content.xml": None})
    with pytest.raises(Refused, match=r"xl/workbook\.xml is missing"):
        Package.open(small)


def test_a_strict_workbook_is_refused(small: Path) -> None:
    main, strict = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    rebuilt(small, {"xl/workbook.xml": text_of(small, "xl/workbook.xml").replace(main, strict).encode()})
    with pytest.raises(Refused, match="is a Strict Open XML workbook"):
        Package.open(small)


BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_document_types_and_entities_are_refused(small: Path, encoding: str) -> None:
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        original = text_of(small, part)
        body = original.partition("?>")[2]
        rebuilt(small, {part: f"{BOMB}{body}".encode(encoding)})
        with pytest.raises(Refused, match="declares a document type or entities"):
            Package.open(small).write_cells("Data", {(1, 1): 1})
        rebuilt(small, {part: original.encode()})


def test_an_encoding_that_could_hide_a_document_type_is_refused(small: Path) -> None:
    rebuilt(small, {"xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="UTF-7"?><worksheet/>'})
    with pytest.raises(Refused, match="encoding UTF-7 is not allowed"):
        Package.open(small).write_cells("Data", {(1, 1): 1})


def test_a_zip_bomb_is_refused_before_it_is_unpacked(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuilt(small, {"xl/media/image1.png": bytes(64 * 2**20)})
    started = time.perf_counter()
    with pytest.raises(Refused, match="unpacks to more than is safe"):
        Package.open(small)
    assert time.perf_counter() - started < 0.5
    monkeypatch.setattr(container, "MAX_FILE_BYTES", 1000)
    with pytest.raises(Refused, match="the limit is"):
        Package.open(small)


def test_a_part_that_is_there_twice_is_refused(small: Path) -> None:
    with zipfile.ZipFile(small, "a") as archive:
        archive.writestr("xl/WORKBOOK.xml", b"<workbook/>")
    with pytest.raises(Refused, match=r"holds part xl/WORKBOOK\.xml twice"):
        Package.open(small)


def test_malformed_xml_is_named_not_traced(small: Path) -> None:
    rebuilt(small, {"xl/workbook.xml": b"<workbook"})
    with pytest.raises(Refused, match=r"part xl/workbook\.xml is not valid XML"):
        Package.open(small)


def test_a_damaged_part_is_a_message_never_a_traceback(original: Path, tmp_path: Path) -> None:
    random = Random(7)
    whole = parts(original)
    names = [
        name for name in whole if name.endswith((".xml", ".rels")) and not name.startswith(("docProps", "xl/theme"))
    ]
    junk = [b"", b'"', b"<", b">", b"-1", b"99999999999", b"<!--", b"&#0;", b"A1:XFD1048577", b"1.5", b"Z9"]
    path = tmp_path / "damaged.xlsm"
    outcomes: Counter[str] = Counter()
    for _ in range(80):
        name = random.choice(names)
        data = whole[name]
        places = [*re.finditer(rb'="([^"]*)"', data), *re.finditer(rb"(<[^>]*>)", data)]
        place = random.choice(places)
        path.write_bytes(original.read_bytes())
        rebuilt(path, {name: data[: place.start(1)] + random.choice(junk) + data[place.end(1) :]})
        try:
            package = Package.open(path)
            for sheet in package.sheets:
                package.scan_cells(sheet)
            package.write_table("Allocation", NINE_ROWS)
            package.write_table("LimitReport", [("L", 1.0, 2.0)])
            package.add_table(package.add_sheet("new"), "Added", ["a"], [[dt.date(2026, 1, 1)]], 1, 1)
            package.activate_sheet("new")
            package.save()
            outcomes["saved"] += 1
        except Refused:
            outcomes["refused"] += 1
    assert min(outcomes["saved"], outcomes["refused"]) > 10


def test_a_macro_book_is_not_saved_under_the_other_ending(book: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"is a .xlsm file; Excel will not open it as out.xlsx"):
        Package.open(book).save(tmp_path / "out.xlsx")


# --- other programs, speed ---


@pytest.mark.calc
@pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (soffice)")
def test_libreoffice_opens_the_result_and_agrees(tmp_path: Path) -> None:
    path = rich_book.build(tmp_path / "book.xlsx", macros=False)
    package = Package.open(path)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [(f"L{i}", float(i), 0.5 * i) for i in range(6)])
    package.write_cells("Input", {(4, 3): 6000.0, (10, 1): "=1+1"})
    package.save()
    again = recalculate(path, tmp_path / "recalculated")
    before, after = values(path, "Results"), values(again, "Results")
    assert {cell: value for cell, value in after.items() if cell[0] < 30} == {
        cell: value for cell, value in before.items() if cell[0] < 30
    }  # the cached totals are what LibreOffice computes
    inputs = values(again, "Input")
    assert inputs[10, 1] == "=1+1"
    assert (inputs[4, 4], inputs[4, 6], inputs[5, 6]) == (12000.0, 18000.0, 9000.0)
    dashboard = values(again, "My dashboard")
    assert (dashboard[4, 1], dashboard[5, 1]) == (sum(row[2] for row in NINE_ROWS), -10.0)


@pytest.mark.long
def test_a_big_table_is_written_twice_as_fast_as_by_openpyxl(tmp_path: Path) -> None:
    path = tmp_path / "big.xlsx"
    rows = [[f"position {i}", *(i * j + 0.5 for j in range(29))] for i in range(10_000)]
    workbook = xlsxwriter.Workbook(path)
    workbook.add_worksheet("Data").add_table(0, 0, len(rows), 29, {"name": "T", "data": rows})
    workbook.close()

    def ours() -> None:
        package = Package.open(path)
        assert not package.scan_cells("Data").formulas
        package.write_table("T", rows)
        package.save(tmp_path / "ours.xlsx")

    def theirs() -> None:
        book = openpyxl.load_workbook(path)
        for at, row in enumerate(rows, 2):
            for column, value in enumerate(row, 1):
                book["Data"].cell(at, column).value = value
        book.save(tmp_path / "theirs.xlsx")

    seconds = []
    for run in (ours, theirs):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    print(f"10,000 x 30: xlalm {seconds[0]:.2f} s, openpyxl {seconds[1]:.2f} s")  # noqa: T201
    assert seconds[0] < seconds[1] / 2
    assert values(tmp_path / "ours.xlsx", "Data") == values(tmp_path / "theirs.xlsx", "Data")
