"""Files that are no workbook, damaged or hostile are refused in a line, never a traceback."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.workbook.package.opening import NINE_ROWS, parts, rebuilt, text_of
from xlalm.domain.errors import Refused
from xlalm.workbook.package import container
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import NewTable


def test_a_missing_file_a_folder_and_a_web_address(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "none.xlsx", "is not there; check the path"),
        (tmp_path, "is a folder"),
        ("https://bank.sharepoint.com/book.xlsx", "is a web address; save a copy"),
    ):
        with pytest.raises(Refused, match=why):
            Package.open(path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is encrypted, label-protected or an old .xls"),
        (b"PK\x03\x04" + bytes(200), "is damaged: its end is missing"),
    ],
    ids=["empty", "csv", "ole", "half a zip"],
)
def test_files_that_are_no_workbook(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    with pytest.raises(Refused, match=why):
        Package.open(path)


def test_a_truncated_or_damaged_workbook(book: Path) -> None:
    data = book.read_bytes()
    book.write_bytes(data[: len(data) // 2])
    with pytest.raises(Refused, match="is damaged"):
        Package.open(book)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo("xl/worksheets/sheet2.xml").header_offset
    book.write_bytes(data[: at + 200] + b"\0" * 20 + data[at + 220 :])
    with pytest.raises(Refused, match=r"is damaged \(part xl/worksheets/sheet2.xml"):
        Package.open(book).write_cells("Results", {(1, 1): 1})


def test_other_office_files(small: Path) -> None:
    rebuilt(small, {"xl/workbook.xml": None, "xl/workbook.bin": b"x"})
    with pytest.raises(Refused, match=r"is a binary workbook \(.xlsb\)"):
        Package.open(small)
    rebuilt(small, {"xl/workbook.bin": None, "content.xml": b"<x/>"})
    with pytest.raises(Refused, match="is an OpenDocument file"):
        Package.open(small)
    rebuilt(small, {"content.xml": None})
    with pytest.raises(Refused, match=r"xl/workbook\.xml is missing"):
        Package.open(small)


def test_a_strict_workbook_is_refused(small: Path) -> None:
    main, strict = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    rebuilt(small, {"xl/workbook.xml": text_of(small, "xl/workbook.xml").replace(main, strict).encode()})
    with pytest.raises(Refused, match="is a Strict Open XML workbook"):
        Package.open(small)


BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_document_types_and_entities_are_refused(small: Path, encoding: str) -> None:
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        original = text_of(small, part)
        body = original.partition("?>")[2]
        rebuilt(small, {part: f"{BOMB}{body}".encode(encoding)})
        with pytest.raises(Refused, match="declares a document type or entities"):
            Package.open(small).write_cells("Data", {(1, 1): 1})
        rebuilt(small, {part: original.encode()})


def test_an_encoding_that_could_hide_a_document_type_is_refused(small: Path) -> None:
    rebuilt(small, {"xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="UTF-7"?><worksheet/>'})
    with pytest.raises(Refused, match="encoding UTF-7 is not allowed"):
        Package.open(small).write_cells("Data", {(1, 1): 1})


def test_a_zip_bomb_is_refused_before_it_is_unpacked(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuilt(small, {"xl/media/image1.png": bytes(64 * 2**20)})
    started = time.perf_counter()
    with pytest.raises(Refused, match="unpacks to more than is safe"):
        Package.open(small)
    assert time.perf_counter() - started < 0.5
    monkeypatch.setattr(container, "MAX_FILE_BYTES", 1000)
    with pytest.raises(Refused, match="the limit is"):
        Package.open(small)


def test_a_part_that_is_there_twice_is_refused(small: Path) -> None:
    with zipfile.ZipFile(small, "a") as archive:
        archive.writestr("xl/WORKBOOK.xml", b"<workbook/>")
    with pytest.raises(Refused, match=r"holds part xl/WORKBOOK\.xml twice"):
        Package.open(small)


def test_malformed_xml_is_named_not_traced(small: Path) -> None:
    rebuilt(small, {"xl/workbook.xml": b"<workbook"})
    with pytest.raises(Refused, match=r"part xl/workbook\.xml is not valid XML"):
        Package.open(small)


def test_a_damaged_part_is_a_message_never_a_traceback(original: Path, tmp_path: Path) -> None:
    random = Random(7)
    whole = parts(original)
    names = [
        name for name in whole if name.endswith((".xml", ".rels")) and not name.startswith(("docProps", "xl/theme"))
    ]
    junk = [b"", b'"', b"<", b">", b"-1", b"99999999999", b"<!--", b"&#0;", b"A1:XFD1048577", b"1.5", b"Z9"]
    path = tmp_path / "damaged.xlsm"
    outcomes: Counter[str] = Counter()
    for _ in range(80):
        name = random.choice(names)
        data = whole[name]
        places = [*re.finditer(rb'="([^"]*)"', data), *re.finditer(rb"(<[^>]*>)", data)]
        place = random.choice(places)
        damaged = {name: data[: place.start(1)] + random.choice(junk) + data[place.end(1) :]}
        path.write_bytes(original.read_bytes())
        rebuilt(path, damaged, zipfile.ZIP_STORED)  # and saved as it was packed: fast
        try:
            package = Package.open(path)
            package.values(list(package.sheets))
            package.write_table("Allocation", NINE_ROWS)
            package.write_table("LimitReport", [("L", 1.0, 2.0)])
            package.add_table(package.add_sheet("new"), NewTable("Added", ["a"], [[dt.date(2026, 1, 1)]]), 1, 1)
            package.activate_sheet("new")
            package.save()
            outcomes["saved"] += 1
        except Refused:
            outcomes["refused"] += 1
    assert min(outcomes["saved"], outcomes["refused"]) > 10


def test_a_macro_book_is_not_saved_under_the_other_ending(book: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"is a .xlsm file; Excel will not open it as out.xlsx"):
        Package.open(book).save(tmp_path / "out.xlsx")
