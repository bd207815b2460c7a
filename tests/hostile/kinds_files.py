"""Bad files: truncated, encrypted, mislabelled, bombs, hostile XML, odd paths, random damage."""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from tests.hostile.books import operate, parts_of, replaced, sheet_part, sound
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


# --- bombs ---------------------------------------------------------------------------------------------


@kind("a zip bomb that says so", BAD)
def declared_bomb(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    operate(path, {rng.choice([SHEET, "xl/sharedStrings.xml", "xl/media/image1.png"]): b" " * (60 * 2**20)})
    return path, {"says": "unpacks to more than is safe"}


@kind("a zip bomb that hides its size", BAD)
def hidden_bomb(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    name = rng.choice([SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"])
    honest = parts_of(path)[name]
    padding = 40 * 2**20
    operate(path, {name: honest + b" " * padding})
    size, lie = len(honest) + padding, rng.choice([len(honest), 10_000, 0])
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", size), struct.pack("<I", lie)))
    return path, {"says": "damaged" if lie else ""}


@kind("a sheet of blanks between its cells", BAD)
def padded_sheet(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    pad = b"\n" * (20 * 2**20) if rng.random() < 0.5 else b"<row/>" * (4 * 2**20)
    operate(path, {SHEET: replaced((b"<sheetData>", b"<sheetData>" + pad))})
    return path


@kind("twenty thousand parts", BAD, heavy=True)
def many_parts(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    with zipfile.ZipFile(path, "a") as archive:
        for at in range(20_001):
            archive.writestr(f"xl/media/{at}.bin", b"")
    return path, {"says": "parts"}


@kind("a file above the limit", BAD)
def large_file(rng: random.Random, folder: Path) -> Made:
    path = folder / "book.xlsx"
    with path.open("wb") as stream:
        stream.truncate(101 * 2**20)  # a hole; takes no disk
    return path, {"says": "the limit is"}


@kind("document types and entities", BAD)
def entities(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = rng.choice(
        [
            f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>',
            '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
            "<!DOCTYPE x>",
        ]
    ).encode()

    def change(data: bytes) -> bytes:
        head, mark, tail = data.partition(b"?>")
        return head + mark + doctype + tail.replace(b"</t>", b"&l9;</t>", 1)

    operate(path, {rng.choice(READ_PARTS): change})
    return path, {"says": "document type or entities"}


@kind("entities behind another encoding", BAD)
def wide_entities(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-7", "utf-32", "cp037"])

    def change(data: bytes) -> bytes:
        text = data.decode().split("?>", 1)[1]
        declared = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]>' + text
        return declared.encode(encoding, "replace")

    operate(path, {rng.choice(["xl/workbook.xml", SHEET, "xl/tables/table1.xml", "xl/sharedStrings.xml"]): change})
    return path


@kind("deeply nested XML", BAD)
def nested_xml(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    depth = rng.choice([3_000, 200_000])
    name = rng.choice(["xl/workbook.xml", "xl/tables/table1.xml", "[Content_Types].xml"])
    operate(path, {name: b"<a>" * depth + b"</a>" * depth})
    return path


@kind("attributes without end", OK, BAD)
def long_tags(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    junk = rng.choice([b' t="e"', b" t", b" r=", b' x="1"', b"  "]) * 150_000
    tag = rng.choice([b"<c" + junk, b'<c r="Z99" t="str"' + junk + b">", b'<c r="Z99" t="e"' + junk + b"/>"])
    operate(path, {SHEET: replaced((b"</sheetData>", b'<row r="99">' + tag + b"</row></sheetData>"))})
    return path


@kind("stated numbers without measure", OK)
def stated_counts(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    count = rng.choice([b"99999999999", b"4294967295", b"1e9", b"-1", b"9" * 400])
    places = {
        "xl/sharedStrings.xml": rng.choice([b" uniqueCount", b" count"]),
        "xl/styles.xml": b"<cellXfs count",
        SHEET: b"<dimension ref",
        "xl/tables/table1.xml": b"<tableColumns count",
    }
    name = rng.choice(list(places))
    value = b"A1:XFD1048576" if name == SHEET else count

    def change(data: bytes) -> bytes:
        found = re.sub(re.escape(places[name]) + rb'="[^"]*"', places[name] + b'="' + value + b'"', data, count=1)
        assert found != data
        return found

    operate(path, {name: change})
    return path


@kind("references beyond the sheet", BAD)
def far_references(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    cell = rng.choice(["XFE1", "A1048577", "ZZZZZZZ99999999", "A0", "A99999999999999999999", "1A", "AAAAAAAAA1"])
    far = f'<row r="9999"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    return book.save(folder / "book.xlsx", {sheet_part(book, "Positions"): replaced((b"</sheetData>", far))})


@kind("cells written in an unusual way", OK)
def unusual_cells(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    comment = rng.choice([b"<!-- c -->", b"<?pi x?>", b"\n\n"])
    change = replaced((b"<sheetData>", comment + b"<sheetData>" + comment))
    if rng.random() < 0.5:
        change = prefixed
    return book.save(folder / "book.xlsx", {sheet_part(book, "Limits"): change})


def prefixed(data: bytes) -> bytes:
    data = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", data.split(b"?>", 1)[1])
    return b'<?xml version="1.0" encoding="UTF-8"?>' + data.replace(b" xmlns=", b" xmlns:x=", 1)


@kind("links that lead nowhere or in circles", OK, BAD)
def odd_links(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    old = b"../tables/table1.xml"
    new = rng.choice(
        [b"../worksheets/sheet1.xml", b"../../../../etc/passwd", b"", b"/", b"sheet1.xml", b"../tables/no.xml"]
    )
    operate(path, {"xl/worksheets/_rels/sheet1.xml.rels": replaced((old, new))})
    return path


@kind("hostile part names", OK)
def hostile_names(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("../../evil.txt", "/etc/evil", "C:\\evil", "xl\\evil", "con", "a" * 200, "é.xml"):
            archive.writestr(name, b"evil")
        archive.comment = rng.randbytes(rng.choice([10, 60_000])).replace(b"PK", b"xx")
    return path


@kind("bytes before the zip file", OK)
def prefixed_zip(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    return path


@kind("packed in another way", BAD)
def other_packing(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    data = bytearray(path.read_bytes())
    method = rng.choice([1, 6, 9, 93, 99])
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        for found in re.finditer(re.escape(signature), bytes(data)):
            data[found.start() + offset : found.start() + offset + 2] = struct.pack("<H", method)
    path.write_bytes(data)
    return path


@kind("a password-protected zip file", BAD)
def zip_password(rng: random.Random, folder: Path) -> Made:
    path = good(rng, folder)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(signature), bytes(data)):
            data[found.start() + offset] |= 1
    path.write_bytes(data)
    return path, {"says": "password"}


@kind("damaged compression", BAD)
def damaged_stream(rng: random.Random, folder: Path) -> Path:
    path = good(rng, folder)
    name = rng.choice(READ_PARTS)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(name)
        start = info.header_offset + 30 + len(info.filename)
        data[start : start + 8] = b"\xff" * 8
    with contextlib.suppress(zlib.error):
        zlib.decompress(bytes(data[start : start + info.compress_size]), -15)
    path.write_bytes(data)
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
