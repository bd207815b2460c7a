"""How fast a large table is written, beside openpyxl."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.workbook.package.opening import values
from xlalm.workbook.package.package import Package


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
