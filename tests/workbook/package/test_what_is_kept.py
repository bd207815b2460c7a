"""What is not written stays byte for byte, and the result is valid."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import xlwings

from tests.workbook.package import rich_book
from tests.workbook.package.opening import NINE_ROWS, findings, opened, parts, text_of
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import NewTable


def test_an_addin_is_a_workbook_too(tmp_path: Path) -> None:
    addin = Path(xlwings.__file__).parent / "addin" / "xlwings.xlam"
    package = Package.open(addin)
    before = findings(addin)
    package.write_cells(next(iter(package.sheets)), {(1, 1): 1.0})
    package.save(tmp_path / "out.xlam")
    assert parts(tmp_path / "out.xlam")["xl/vbaProject.bin"] == parts(addin)["xl/vbaProject.bin"]
    assert findings(tmp_path / "out.xlam") == before


def test_saving_without_edits_changes_no_part(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsm"
    Package.open(book).save(out)
    assert parts(out) == parts(book)


def test_parts_not_edited_keep_bytes_order_dates_and_compression(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsm"
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.save(out)
    before, after = parts(book), parts(out)
    edited = {
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",  # its sparkline follows
        "xl/tables/table2.xml",
        "xl/charts/chart1.xml",
        "xl/workbook.xml",
    }
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == edited
    with zipfile.ZipFile(book) as a, zipfile.ZipFile(out) as b:
        kept = [(info.filename, info.date_time, info.compress_type) for info in a.infolist()]
        assert kept == [(info.filename, info.date_time, info.compress_type) for info in b.infolist()]


def test_everything_a_careless_writer_loses_is_kept(book: Path) -> None:
    before = parts(book)
    package = Package.open(book)
    package.write_table("Allocation", NINE_ROWS)
    package.write_table("LimitReport", [("LCR", 1.1, 1.2)])
    package.write_cells("Input", {(4, 3): 6000.0})
    package.save()
    after = parts(book)
    for name in rich_book.UNTOUCHED_BY_RESULTS:
        assert after[name] == before[name], name
    for name in before:
        if name.startswith(("xl/drawings/", "xl/media/", "customUI/", "docProps/", "xl/theme/", "_rels/")):
            assert after[name] == before[name], name
    assert "slicerList" in text_of(book, "xl/worksheets/sheet1.xml")
    assert "<pane " in text_of(book, "xl/worksheets/sheet1.xml")
    assert "<legacyDrawing " in text_of(book, "xl/worksheets/sheet1.xml")


def test_rows_not_written_keep_their_bytes(book: Path) -> None:
    package = Package.open(book)
    package.write_cells("Input", {(5, 3): 1.0})
    before = text_of(book, "xl/worksheets/sheet1.xml")
    package.save()
    after = text_of(book, "xl/worksheets/sheet1.xml")
    old, new = (re.findall(r"<row.*?</row>", text) for text in (before, after))
    assert [a == b for a, b in zip(old, new, strict=True)].count(False) == 1
    assert before.split("<sheetData>")[0] == after.split("<sheetData>")[0]
    assert before.split("</sheetData>")[1] == after.split("</sheetData>")[1]


@pytest.mark.parametrize("rows", [NINE_ROWS, NINE_ROWS[:2], []], ids=["grown", "shrunk", "empty"])
def test_validator_finds_nothing_new(book: Path, rows: list[tuple[object, ...]]) -> None:
    before = findings(book)
    package = Package.open(book)
    package.write_table("Allocation", rows)
    package.write_table("LimitReport", [(f"L{i}", 1.0, 2.0) for i in range(len(rows))])
    package.write_table("Positions", [(f"P{i}", "asset", 1.0, 2.0) for i in range(len(rows))])
    sheet = package.add_sheet("xlalm results")
    package.add_table(sheet, NewTable("RunInfo", ["item", "value"], [("run", dt.datetime(2026, 11, 21, 8, 0))]), 3, 2)
    package.add_table(sheet, NewTable("Findings", ["cell", "text"], [], ["0.000", None]), 3, 5)
    package.activate_sheet(sheet)
    package.save()
    assert findings(book) == before == Counter()
    assert opened(book).sheetnames[-1] == "xlalm results"


def test_styles_are_only_added_to(book: Path) -> None:
    before = text_of(book, "xl/styles.xml")
    package = Package.open(book)
    package.add_table(package.add_sheet("new"), NewTable("T", ["a"], [[1.0]], ["0.00000"]), 1, 1)
    package.save()
    after = text_of(book, "xl/styles.xml")
    after = after.replace('<numFmt numFmtId="165" formatCode="0.00000"/>', "").replace(
        'numFmts count="2"', 'numFmts count="1"'
    )
    after = re.sub(r'<xf numFmtId="165"[^>]*/>', "", after).replace('cellXfs count="4"', 'cellXfs count="3"')
    assert after.strip() == before.strip()
