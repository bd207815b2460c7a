"""A table gets a column at its right and rows at its end; its own cells stay as they are."""

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openxml_audit import FileFormat, OpenXmlValidator

from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A table of two columns, one of them formulas, with something standing two columns to its right."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as file:
        sheet = file.add_worksheet("Input")
        percent = file.add_format({"num_format": "0.0%"})
        columns = [{"header": "Setting"}, {"header": "Value"}]
        sheet.add_table(1, 1, 4, 2, {"name": "Settings", "columns": columns})
        for row, (name, value) in enumerate([("a", 0.1), ("b", 0.2), ("c", 0.3)], start=2):
            sheet.write_string(row, 1, name)
            sheet.write_formula(row, 2, f"={value}", percent, value)
        sheet.write_string(3, 4, "mine")
    return path


def cells(path: Path) -> dict[str, object]:
    sheet = openpyxl.load_workbook(path)["Input"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}


def saved(package: Package, path: Path) -> Path:
    package.save()
    assert OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(str(path)).errors == []
    return path


def test_a_column_is_added_and_can_be_written(book: Path) -> None:
    before = cells(book)
    package = Package.open(book)
    package.add_column("Settings", "Source")
    assert package.table("Settings").headers == ("Setting", "Value", "Source")
    package.write_table("Settings", [["x"], ["y"], ["z"]], ["Source"])
    path = saved(package, book)
    assert cells(path) == before | {"D2": "Source", "D3": "x", "D4": "y", "D5": "z"}
    table = openpyxl.load_workbook(path)["Input"].tables["Settings"]
    assert (table.ref, table.autoFilter.ref) == ("B2:D5", "B2:D5")
    assert openpyxl.load_workbook(path)["Input"]["D3"].number_format == "0.0%"


def test_a_second_column_has_no_room(book: Path) -> None:
    package = Package.open(book)
    package.add_column("Settings", "Source")
    with pytest.raises(Refused, match=r"Input!E4.*not empty"):
        package.add_column("Settings", "Note")


@pytest.mark.parametrize(
    ("header", "why"),
    [("value", "already has"), (" ", "cannot have"), ("x" * 256, "cannot have"), ("two\nlines", "cannot have")],
)
def test_headers_excel_refuses_are_refused(book: Path, header: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Package.open(book).add_column("Settings", header)


def test_appended_rows_leave_the_others_alone(book: Path) -> None:
    before = cells(book)
    package = Package.open(book)
    package.append_rows("Settings", [["d", 0.4], ["e", None]])
    path = saved(package, book)
    assert cells(path) == before | {"B6": "d", "C6": 0.4, "B7": "e"}
    sheet = openpyxl.load_workbook(path)["Input"]
    assert sheet.tables["Settings"].ref == "B2:C7"
    assert sheet["C6"].number_format == "0.0%"


def test_rows_are_not_appended_over_something(book: Path) -> None:
    package = Package.open(book)
    package.write_cells("Input", {(6, 3): "in the way"})
    with pytest.raises(Refused, match=r"Input!C6"):
        package.append_rows("Settings", [["d", 0.4]])
