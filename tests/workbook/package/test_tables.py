"""A table's body is replaced in place: it grows and shrinks, and nothing in the way is overwritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xlsxwriter

from tests.workbook.package.opening import NINE_ROWS, opened, parts, rebuilt, text_of, values
from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package


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


def test_a_missing_column_or_table_is_named(book: Path) -> None:
    package = Package.open(book)
    with pytest.raises(Refused, match=r"Results!A4: table Allocation has no column colour"):
        package.write_table("Allocation", [["x"]], columns=["colour"])
    with pytest.raises(Refused, match=r"has no table Nothing; its tables are: Positions, Allocation, LimitReport"):
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
