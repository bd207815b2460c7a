"""The committed books, solved, opened and recalculated by a real spreadsheet."""

import shutil
from pathlib import Path

import pytest
import python_calamine
from openxml_audit import OpenXmlValidator

from tests.calc.soffice import SOFFICE, recalculate, to_pdf
from xlalm.app.verbs.solve import solve
from xlalm.workbook.package.package import Package

BOOKS = sorted(Path("workbooks").glob("**/*.xlsx"))
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Return every committed book, solved."""
    folder = tmp_path_factory.mktemp("solved")
    books = []
    for book in BOOKS:
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
@needs_office
def test_libreoffice_recalculates_to_the_same_values(solved, tmp_path):
    """Every cell of every sheet, formulas included, shows the same after a hard recalculation."""
    for book, recalculated in zip(solved, recalculate(solved, tmp_path), strict=True):
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
                        assert again == pytest.approx(value, rel=1e-9, abs=1e-9), (book.name, sheet, r + 1, c + 1)
                    else:
                        assert str(again).strip() == str(value).strip(), (book.name, sheet, r + 1, c + 1)


@pytest.mark.calc
@needs_office
def test_the_solved_template_prints(solved, tmp_path):
    """The solved template renders to a PDF whose first page is the dashboard."""
    template = next(book for book in solved if book.name == "alco_template.xlsx")
    pdf = to_pdf(template, tmp_path)
    assert pdf.stat().st_size > 20_000
