"""Bad files: truncated, encrypted, mislabelled, odd paths, random damage."""

from __future__ import annotations

import io
import os
import random
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

from tests.hostile.books import operate, parts_of, replaced, sound
from tests.hostile.case import BAD, NO_PLAN, OK, kind

Made = tuple[Path, dict[str, Any]]
SHEET = "xl/worksheets/sheet1.xml"
READ_PARTS = [
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    SHEET,
    "xl/worksheets/_rels/sheet1.xml.rels",
    "xl/tables/table1.xml",
]


def good(rng: random.Random, folder: Path, name: str = "book.xlsx") -> Path:
    return sound(rng).save(folder / name)


# --- not a workbook ------------------------------------------------------------------------------------


@kind("not a workbook at all", BAD)
def not_a_workbook(rng: random.Random, folder: Path) -> Path:
    contents = [
        b"position;balance\r\nCash;100\r\n",
        b"<html><table><tr><td>1</td></tr></table></html>",
        b'{"Positions": []}',
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
        b"PK",
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        b"\0" * 10_000,
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
        rng.randbytes(5000),
        b"",
        b"\n",
    ]
    path = folder / "book.xlsx"
    path.write_bytes(rng.choice(contents))
    return path


@kind("an empty file", BAD)
def empty_file(rng: random.Random, folder: Path) -> Made:
    path = folder / "book.xlsx"
    path.write_bytes(b"")
    return path, {"says": "is empty"}


@kind("text renamed to .xlsx", BAD)
def csv_renamed(rng: random.Random, folder: Path) -> Made:
    path = folder / "book.xlsx"
    rows = [f"Position {at};asset;{rng.random():.2f}" for at in range(50)]
    path.write_text("\n".join(rows), encoding=rng.choice(["utf-8", "utf-16", "latin-1"]))
    return path, {"says": "is not an Excel workbook"}


@kind("a workbook under another ending", BAD)
def wrong_ending(rng: random.Random, folder: Path) -> Made:
    ending = rng.choice([".xls", ".csv", ".xlsm", ".xlsb", ".txt", ".XLS", ".zip", ""])
    path = good(rng, folder)
    return path.rename(folder / f"book{ending}"), {"says": "rename it"}


@kind("encrypted or old binary", BAD)
def ole(rng: random.Random, folder: Path) -> Made:
    path = folder / rng.choice(["book.xlsx", "book.xls", "book.xlsm"])
    streams = rng.choice(["EncryptedPackage", "Workbook", "\x06DataSpaces"]).encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + streams + rng.randbytes(4000))
    return path, {"says": "remove the password"}


@kind("binary workbook (.xlsb)", BAD)
def xlsb(rng: random.Random, folder: Path) -> Made:
    path = folder / rng.choice(["book.xlsb", "book.xlsx"])
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
    )
    kind_ = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind_}" Target="xl/workbook.bin"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", rels)
        archive.writestr("xl/workbook.bin", rng.randbytes(900))
    return path, {"says": "binary workbook (.xlsb)"}


@kind("another program's zip file", BAD)
def other_zip(rng: random.Random, folder: Path) -> Path:
    path = folder / "book.xlsx"
    names = rng.choice(
        [
            ["mimetype", "content.xml", "styles.xml"],
            ["[Content_Types].xml", "word/document.xml"],
            ["Positions.csv"],
            ["META-INF/MANIFEST.MF", "A.class"],
            ["folder/"],
            [],
        ]
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"<a/>" if name.endswith(".xml") else b"text")
    return path


@kind("strict Open XML", BAD)
def strict(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    old, new = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    operate(path, {name: replaced((old, new)) for name in ("xl/workbook.xml", SHEET)})
    return path, {"says": "Strict Open XML"}


# --- damaged -------------------------------------------------------------------------------------------


@kind("cut off", BAD)
def truncated(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(1, len(data) - 20)])
    return path


@kind("wrong checksum", BAD)
def wrong_checksum(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    name = rng.choice(READ_PARTS)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(name)
    crc = struct.pack("<I", info.CRC)
    at = bytes(data).rindex(crc)
    for found in re.finditer(re.escape(crc), bytes(data)):
        at = found.start()
        data[at : at + 4] = struct.pack("<I", info.CRC ^ (1 << rng.randrange(32)))
    path.write_bytes(data)
    return path, {"says": "damaged"}


@kind("a part missing", BAD)
def part_missing(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    names = ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/tables/table1.xml"]
    operate(path, {rng.choice(names): None})
    return path


@kind("a part that is not XML", BAD)
def part_not_xml(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    names = ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/tables/table1.xml"]
    junk = rng.choice(
        [b"", b"junk", b"<a>", b"<a/><b/>", b"\xff\xfe\x00", rng.randbytes(300), b"<?xml", b"<a \xc3\x28/>"]
    )
    operate(path, {rng.choice(names): junk})
    return path


@kind("a sheet cut off", BAD)
def sheet_cut(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    operate(path, {SHEET: lambda data: data[: rng.randrange(300, len(data) - 60)]})
    return path


@kind("a part there twice", BAD)
def part_twice(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    name = rng.choice(READ_PARTS)
    with zipfile.ZipFile(path, "a") as archive:
        twin = name if rng.random() < 0.5 else name.upper()
        archive.filelist.append(zipfile.ZipInfo("x")) if False else None
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr(twin, b"<a/>")
    return path, {"says": "twice"}


@kind("random damage to the file", OK, BAD, NO_PLAN)
def random_bytes(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 3, 20, 300])):
        at = rng.randrange(len(data) or 1)
        choice = rng.random()
        if choice < 0.6 and data:
            data[at] = rng.randrange(256)
        elif choice < 0.8:
            del data[at : at + rng.randrange(1, 50)]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 50))
    path.write_bytes(data)
    return path


_TAGS = re.compile(rb"<[^<>]+>")
_ATTRIBUTES = re.compile(rb'="[^"<>]*"')


@kind("random damage to the XML", OK, BAD, NO_PLAN)
def random_xml(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book.tables["Allocation"] = type(book["Positions"])("Allocation", {"Position": ["x"], "Optimal": [1.0]}, "Out")
    path = book.save(folder / "book.xlsx")
    names = [name for name in parts_of(path) if name.endswith((".xml", ".rels"))]
    if rng.random() < 0.7:  # where it hurts
        names = [name for name in names if not name.startswith("docProps") and "theme" not in name]
    values = [
        b"",
        b"0",
        b"-1",
        b"x",
        b"99999999999",
        b"1e999",
        b"rId1",
        b"../../x",
        b"A1:XFD1048576",
        b"\xc3\xa9",
        b"&#0;",
    ]

    def damage(data: bytes) -> bytes:
        for _ in range(rng.choice([1, 1, 2, 5])):
            pattern = rng.choice([_TAGS, _ATTRIBUTES, _ATTRIBUTES])
            places = [found.span() for found in pattern.finditer(data)]
            if not places:
                break
            first, last = rng.choice(places)
            piece = data[first:last]
            if pattern is _ATTRIBUTES:
                new = b'="' + rng.choice(values) + b'"'
            else:
                new = rng.choice([b"", piece * 2, piece[:1] + b"q" + piece[1:], piece.replace(b"/", b""), b"<!-- -->"])
            data = data[:first] + new + data[last:]
        return data

    operate(path, {name: damage for name in rng.sample(names, rng.choice([1, 1, 3]))})
    return path


# --- paths ---------------------------------------------------------------------------------------------


@kind("a path with odd characters", OK)
def odd_path(rng: random.Random, folder: Path) -> Path:
    names = [
        "a b",
        "it's",
        "größe 表 🏦",
        "100%",
        "#1",
        "a;b&c",
        "a\nb",
        "$HOME",
        "`id`",
        "[x]*?",
        "-v",
        "x" * 200,
        "~$x~",
    ]
    if os.name == "nt":
        names = ["a b", "it's", "größe 表 🏦", "100%", "#1", "a;b&c"]
    return good(rng, folder, rng.choice(names) + ".xlsx")


@kind("a path that is not there", BAD)
def no_path(rng: random.Random, folder: Path) -> Made:
    names = ["none.xlsx", "none", "a/b/c.xlsx", "x" * 300 + ".xlsx", "\u202e.xlsx", "book.xlsx/inner.xlsx", "a\nb.xlsx"]
    return folder / rng.choice(names), {}


@kind("a path that is no file", BAD)
def no_file(rng: random.Random, folder: Path) -> Path:
    choice = rng.choice(["folder", "pipe", "device", "broken link", "link loop", "root"])
    path = folder / "book.xlsx"
    if choice == "folder" or os.name == "nt":
        path.mkdir()
    elif choice == "pipe":
        os.mkfifo(path)
    elif choice == "device":
        return Path("/dev/zero")
    elif choice == "root":
        return Path("/")
    else:
        path.symlink_to("nowhere.xlsx" if choice == "broken link" else "book.xlsx")
    return path


@kind("a web path", BAD)
def web_path(rng: random.Random, folder: Path) -> Made:
    return Path(rng.choice(["https://example.com/a.xlsx", "http://x/y.xlsx", "ftp://x/y.xlsx"])), {
        "says": "web address"
    }


@kind("open elsewhere", BAD)
def open_elsewhere(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    lock = folder / rng.choice(["~$book.xlsx", ".~lock.book.xlsx#"])
    lock.write_bytes(rng.choice([b"", b"\x05Alice" + b" " * 160, rng.randbytes(165)]))
    return path, {"says": "is open in"}


@kind("results to a place that cannot be", BAD)
def bad_target(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    target = rng.choice(["none/out.xlsx", "out.xlsm", "", "x" * 300 + ".xlsx"])
    return path, {"arguments": ("solve", "{book}", "--out", str(folder / target))}
