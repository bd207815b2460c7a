"""New sheets and new tables, and where there can be none."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.workbook.package.opening import findings, opened, parts, rebuilt, text_of, values
from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import NewTable


def test_a_missing_sheet_is_named(book: Path) -> None:
    with pytest.raises(Refused, match=r'has no sheet "Nowhere"; its sheets are: Input, Results, My dashboard'):
        Package.open(book).write_cells("Nowhere", {(1, 1): 1})


def test_a_new_sheet_with_tables(book: Path) -> None:
    package = Package.open(book)
    assert package.add_sheet("xlalm results") == "xlalm results"
    assert package.add_sheet("XLALM results") == "XLALM results (2)"
    rows = [("a", 0.25, dt.date(2026, 11, 21)), ("b", None, None)]
    table = NewTable("ScenarioMatrix", ["scenario", "share", "day"], rows, [None, "0.0%", None])
    package.add_table("xlalm results", table, 2, 3)
    package.write_table("ScenarioMatrix", [*rows, ("c", 0.5, dt.date(2027, 1, 1))])
    package.activate_sheet("xlalm results")
    package.save()
    workbook = opened(book)
    sheet = workbook["xlalm results"]
    assert workbook.active.title == "xlalm results"
    assert [ws.title for ws in workbook if ws.sheet_view.tabSelected] == ["xlalm results"]
    assert sheet.tables["ScenarioMatrix"].ref == "C2:E5"
    assert sheet["D5"].number_format == "0.0%"
    assert sheet["E5"].number_format == "yyyy-mm-dd"
    assert values(book, "xlalm results")[5, 5] == dt.date(2027, 1, 1)
    ids = [re.search(rb'<table [^>]*?\bid="(\d+)"', data) for name, data in parts(book).items() if "tables/" in name]
    assert len({found[1] for found in ids if found}) == 4
    assert findings(book) == Counter()


@pytest.mark.parametrize(
    ("name", "headers", "row", "why"),
    [
        ("allocation", ["a"], 40, "already has a table or name allocation"),
        ("FirstThree", ["a"], 40, "already has a table or name FirstThree"),
        ("A1", ["a"], 40, "is not a name Excel takes"),
        ("two words", ["a"], 40, "is not a name Excel takes"),
        ("T", ["a", "A"], 40, 'header "A" is blank, too long or there twice'),
        ("T", ["a"], 30, r"Results!A30: Table T is to cover A30:A31"),
        ("T", ["a"], 3, r"Results!A4: Table T is to cover A3:A4, but table Allocation is there"),
        ("T", [], 40, "does not fit"),
    ],
)
def test_a_table_that_cannot_be_is_refused(book: Path, name: str, headers: list[str], row: int, why: str) -> None:
    before = parts(book)
    package = Package.open(book)
    with pytest.raises(Refused, match=why):
        package.add_table("Results", NewTable(name, headers, []), row, 1)
    package.save()
    assert parts(book) == before


@pytest.mark.parametrize("name", ["", "a" * 32, "a/b", "[x]", "'x", "a:b"])
def test_a_sheet_name_excel_refuses_is_refused(book: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot name a sheet"):
        Package.open(book).add_sheet(name)


def test_a_protected_book_gets_no_sheet(tmp_path: Path, book: Path) -> None:
    xml = text_of(book, "xl/workbook.xml").replace("<bookViews>", '<workbookProtection lockStructure="1"/><bookViews>')
    rebuilt(book, {"xl/workbook.xml": xml.encode()})
    with pytest.raises(Refused, match="is protected against new sheets"):
        Package.open(book).add_sheet("new")


def test_a_hidden_sheet_is_not_activated(book: Path) -> None:
    xml = text_of(book, "xl/workbook.xml").replace('name="Results"', 'name="Results" state="hidden"')
    rebuilt(book, {"xl/workbook.xml": xml.encode()})
    with pytest.raises(Refused, match='Sheet "Results" is hidden'):
        Package.open(book).activate_sheet("Results")
