"""The committed books, solved, opened and recalculated by a real spreadsheet."""

import math
import shutil
import subprocess
from pathlib import Path

import pytest
import python_calamine
from openxml_audit import OpenXmlValidator

from xlalm.app.verbs.solve import solve
from xlalm.workbook.package.package import Package

ROOT = Path(__file__).resolve().parents[2]
BOOKS = sorted((ROOT / "workbooks").glob("**/*.xlsx"))
LIKE_ANOTHER = {"business_plan_830.xlsx", "printed_run.xlsx"}  # built as one of the others: in the long suite
EVERY_DAY = [book for book in BOOKS if book.name not in LIKE_ANOTHER]


@pytest.fixture(scope="module", params=[EVERY_DAY, pytest.param(BOOKS, marks=pytest.mark.long)], ids=["some", "all"])
def solved(request, tmp_path_factory):
    """Return committed books, solved."""
    folder = tmp_path_factory.mktemp("solved")
    books = []
    for book in request.param:
        copy = folder / book.name
        shutil.copy(book, copy)
        assert solve(copy).status == "optimal", book
        books.append(copy)
    return books


def _values(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_an_ooxml_validator_finds_nothing(solved):
    validator = OpenXmlValidator()
    for book in solved:
        assert not [error.description for error in validator.validate(str(book)).errors], book.name


@pytest.mark.calc
def test_libreoffice_recalculates_to_the_same_values(office, solved, tmp_path):
    """Every cell of every sheet, formulas included, shows the same after a hard recalculation."""
    for book in solved:
        recalculated = office.converted(book, tmp_path / book.name)
        before, after = _values(book), _values(recalculated)
        package = Package.open(recalculated)
        assert not any(sheet.scan.errors for sheet in package.values(list(package.sheets)).values()), book.name
        for sheet, rows in before.items():
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value == "":
                        continue
                    again = after[sheet][r][c]
                    if isinstance(value, float):
                        near = math.isclose(again, value, rel_tol=1e-9, abs_tol=1e-9)
                        assert near, (book.name, sheet, r + 1, c + 1)
                    else:
                        assert str(again).strip() == str(value).strip(), (book.name, sheet, r + 1, c + 1)


@pytest.mark.calc
@pytest.mark.needs("poppler-utils")
def test_the_solved_template_prints(office, solved, tmp_path):
    """The solved template renders to a PDF whose first page is the dashboard."""
    template = next(book for book in solved if book.name == "alco_template.xlsx")
    pdf = office.converted(template, tmp_path / "template.pdf")
    command = ["pdftotext", "-f", "1", "-l", "1", str(pdf), "-"]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Balance-sheet plan" in words
