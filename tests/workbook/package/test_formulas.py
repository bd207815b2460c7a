"""Formulas beside, below and within what is written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter

from tests.workbook.package.opening import findings, opened, parts, rebuilt, text_of, values
from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package


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
    assert Package.open(book).values(["Input"])["Input"].scan.uncached == {(9, 4), (10, 4)}


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


def test_a_header_a_merged_cell_or_part_of_an_array_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "guards.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("S")
    sheet.add_table("A1:B3", {"name": "T"})
    sheet.merge_range("D1:E2", "merged")
    sheet.write_array_formula("G1:G3", "{=ROW(A1:A3)}", None, 1)
    workbook.close()
    package = Package.open(path)
    for cell, why in (
        ((1, 2), "S!B1: this cell is a header of table T"),
        ((2, 4), "S!D2: this cell is inside the merged cells D1:E2"),
    ):
        with pytest.raises(Refused, match=why):
            package.write_cells("S", {cell: 1.0})
    with pytest.raises(Refused, match=r"S!G2: this cell is part of the array formula in S!G1"):
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
