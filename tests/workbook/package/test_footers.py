"""A line in printed footers: on every kind of page that a sheet prints, and gone again without a trace."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.workbook.package.opening import findings, opened, parts, rebuilt, values
from xlalm.workbook.package.cell_xml import Formula
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import NewTable

LINE = "WHAT-IF: R&D book, max 5 instead of 7"
EXTRAS = '<headerFooter differentOddEven="1" differentFirst="1"><oddHeader>&amp;Lx</oddHeader>{}</headerFooter>'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    made.add_worksheet("Plain").write("A1", 1)
    made.add_worksheet("Signed").set_footer("&LOurs&CMiddle &D&RPage &P")
    made.add_worksheet("Odd").set_footer("&LOurs")
    made.close()
    return tmp_path / "book.xlsx"


def test_the_line_stands_beside_what_is_there_and_goes_again(book: Path) -> None:
    before = parts(book)
    package = Package.open(book)
    for sheet in package.sheets:
        package.set_footer_line(sheet, LINE)
        package.set_footer_line(sheet, LINE)  # in the place of the first
    package.save()
    shown = [sheet.oddFooter for sheet in opened(book).worksheets]
    assert all("WHAT-IF: R" in str(footer.center.text) for footer in shown)
    assert (shown[1].left.text, shown[1].right.text) == ("Ours", "Page &P")
    assert str(shown[1].center.text).endswith("Middle &D")
    assert not findings(book)
    package = Package.open(book)
    for sheet in package.sheets:
        package.set_footer_line(sheet, "")
    package.save()
    for name, data in before.items():
        if name.startswith("xl/worksheets/sheet"):
            kept = data[data.find(b"<headerFooter") :] if b"<headerFooter" in data else b""
            again = parts(book)[name]
            assert (again[again.find(b"<headerFooter") :] if b"<headerFooter" in again else b"") == kept


def test_first_and_even_pages_have_it_too(book: Path) -> None:
    sheet = parts(book)["xl/worksheets/sheet3.xml"].decode()
    start, end = sheet.index("<headerFooter>"), sheet.index("</headerFooter>") + len("</headerFooter>")
    footer = "<oddFooter>&amp;Lodd</oddFooter><firstFooter>&amp;Lfirst</firstFooter>"
    rebuilt(book, {"xl/worksheets/sheet3.xml": (sheet[:start] + EXTRAS.format(footer) + sheet[end:]).encode()})
    package = Package.open(book)
    package.set_footer_line("Odd", LINE)
    package.save()
    found = opened(book)["Odd"]
    for shown in (found.oddFooter, found.evenFooter, found.firstFooter):
        assert "WHAT-IF" in str(shown.center.text)
    assert not findings(book)
    package = Package.open(book)
    package.set_footer_line("Odd", "")
    package.save()
    assert EXTRAS.format(footer).encode() in parts(book)["xl/worksheets/sheet3.xml"]


def test_a_sheet_without_the_line_is_not_touched(book: Path) -> None:
    before = parts(book)
    package = Package.open(book)
    package.set_footer_line("Signed", "")
    package.save()
    assert parts(book) == before


def test_a_formula_is_written_with_the_value_it_has(book: Path) -> None:
    package = Package.open(book)
    rows = [("a & b", Formula('"a"&" & b"', "a & b"), Formula("1+1", 2.0), Formula("NOW()"))]
    package.add_table("Plain", NewTable("T", ["text", "said", "sum", "open"], rows), 3, 1)
    package.save()
    assert {cell: value for cell, value in values(book, "Plain").items() if cell[0] == 4} == {
        (4, 1): "a & b",
        (4, 2): "a & b",
        (4, 3): 2.0,
    }
    row = [cell.value for cell in opened(book)["Plain"][4]]
    assert row == ["a & b", '="a"&" & b"', "=1+1", "=NOW()"]
