"""LibreOffice reads what is written; openpyxl is slower at it."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.calc.soffice import SOFFICE, recalculate
from tests.workbook.package import rich_book
from tests.workbook.package.opening import NINE_ROWS, values
from xlalm.workbook.package.package import Package


@pytest.mark.calc
@pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (soffice)")
def test_libreoffice_opens_the_result_and_agrees(tmp_path: Path) -> None:
    path = rich_book.build(tmp_path / "book.xlsx", macros=False)
    package = Package.open(path)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [(f"L{i}", float(i), 0.5 * i) for i in range(6)])
    package.write_cells("Input", {(4, 3): 6000.0, (10, 1): "=1+1"})
    package.save()
    (again,) = recalculate([path], tmp_path / "recalculated")
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
        assert not package.values(["Data"])["Data"].scan.formulas
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
