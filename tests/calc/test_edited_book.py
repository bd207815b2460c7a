"""A book edited part by part, opened and recalculated by a real spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calc.office import Office
from tests.workbook.package import rich_book
from tests.workbook.package.opening import NINE_ROWS, values
from xlalm.workbook.package.package import Package


@pytest.mark.calc
def test_libreoffice_opens_an_edited_book_and_agrees(office: Office, tmp_path: Path) -> None:
    path = rich_book.build(tmp_path / "book.xlsx", macros=False)
    package = Package.open(path)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [(f"L{i}", float(i), 0.5 * i) for i in range(6)])
    package.write_cells("Input", {(4, 3): 6000.0, (10, 1): "=1+1"})
    package.save()
    again = office.converted(path, tmp_path / "recalculated.xlsx")
    before, after = values(path, "Results"), values(again, "Results")
    assert {cell: value for cell, value in after.items() if cell[0] < 30} == {
        cell: value for cell, value in before.items() if cell[0] < 30
    }  # the cached totals are what LibreOffice computes
    inputs = values(again, "Input")
    assert inputs[10, 1] == "=1+1"
    assert (inputs[4, 4], inputs[4, 6], inputs[5, 6]) == (12000.0, 18000.0, 9000.0)
    dashboard = values(again, "My dashboard")
    assert (dashboard[4, 1], dashboard[5, 1]) == (sum(row[2] for row in NINE_ROWS), -10.0)
