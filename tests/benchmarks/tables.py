"""A table of 10,000 × 30 read and written, over openpyxl."""

import tempfile
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.benchmarks.measure import Ratio, paired
from xlalm.workbook.package.package import Package

ROWS, COLUMNS = 10_000, 30


def _book(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Data")
    headers = [{"header": f"c{k}"} for k in range(COLUMNS)]
    data = [[f"line {i}", *(float(i * k) + 0.25 for k in range(1, COLUMNS))] for i in range(ROWS)]
    sheet.add_table(0, 0, ROWS, COLUMNS - 1, {"name": "Data", "columns": headers, "data": data})
    book.close()


def measure(runs: int = 3) -> list[Ratio]:
    """Return reading and writing one large table in place, over openpyxl."""
    rows = [[f"row {i}", *(float(i * k) + 0.5 for k in range(1, COLUMNS))] for i in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "big.xlsx"), Path(folder, "out.xlsx")
        _book(path)

        def ours() -> None:
            package = Package.open(path)
            assert len(package.values(["Data"])["Data"].rows) == ROWS + 1
            package.write_table("Data", rows)
            package.save(out)

        def theirs() -> None:
            book = openpyxl.load_workbook(path)
            sheet = book["Data"]
            assert sum(1 for _ in sheet.iter_rows(values_only=True)) == ROWS + 1
            for i, row in enumerate(rows, start=2):
                for j, value in enumerate(row, start=1):
                    sheet.cell(i, j).value = value
            book.save(out)

        mine, alternative = paired(ours, theirs, runs)
    return [Ratio("read and write a 10,000 × 30 table in place", mine, alternative, "openpyxl", "≥ 2 ×")]
