"""Bad files that mean harm: bombs, hostile XML, stated numbers without measure, odd names and packing."""

from __future__ import annotations

import contextlib
import io
import random
import re
import struct
import zipfile
import zlib
from pathlib import Path

from tests.hostile.books import operate, parts_of, replaced, sheet_part, sound
from tests.hostile.case import BAD, OK, kind
from tests.hostile.kinds_files import READ_PARTS, SHEET, Made, good


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
