"""A workbook with everything a careless writer loses, its parts as near to what Excel writes as can be had here."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import xlsxwriter
import xlwings

ALLOCATION_ROWS = [
    ("Mortgages", 5000.0, 5200.0, 200.0, "basic"),
    ("Corporate loans", 3000.0, 2900.0, -100.0, "basic"),
    ("Government bonds", 1500.0, 1600.0, 100.0, "at maximum"),
    ("Cash", 500.0, 300.0, -200.0, "at minimum"),
    ("Deposits", 7000.0, 7000.0, 0.0, "fixed"),
]
LIMIT_ROWS = [("LCR", 1.1, 1.25), ("NSFR", 1.0, 1.08), ("Leverage", 0.03, 0.05)]
FIRST_ROW = 5  # of the body of Allocation, whose header is Results!A4
UNTOUCHED_BY_RESULTS = (
    "xl/vbaProject.bin",
    "customUI/customUI14.xml",
    "xl/media/image1.png",
    "xl/comments1.xml",
    "xl/drawings/vmlDrawing1.vml",
    "xl/slicers/slicer1.xml",
    "xl/slicerCaches/slicerCache1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/theme/theme1.xml",
    "docProps/app.xml",
)


def build(path: Path, *, macros: bool = True) -> Path:
    """Write the workbook; ``path`` ends in .xlsm with macros, in .xlsx without."""
    plain = path.with_name(f"{path.stem}-plain{path.suffix}")
    _write_plain(plain, path.parent, macros=macros)
    _inject(plain, path, ribbon=macros)
    plain.unlink()
    return path


def _picture() -> bytes:
    rows = b"".join(b"\0" + bytes([200, 30 + 4 * y, 30] * 24) for y in range(24))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 24, 24, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _vba_project(folder: Path) -> Path:
    addin = Path(xlwings.__file__).parent / "addin" / "xlwings.xlam"
    with zipfile.ZipFile(addin) as archive:
        (folder / "vbaProject.bin").write_bytes(archive.read("xl/vbaProject.bin"))
    return folder / "vbaProject.bin"


def _write_plain(path: Path, folder: Path, *, macros: bool) -> None:
    book = xlsxwriter.Workbook(path)
    if macros:
        book.add_vba_project(str(_vba_project(folder)))
    money = book.add_format({"num_format": "#,##0.0"})
    bold = book.add_format({"bold": True, "font_size": 14})
    inputs = book.add_worksheet("Input")
    results = book.add_worksheet("Results")
    dashboard = book.add_worksheet("My dashboard")
    _fill_input(inputs, money, bold)
    _fill_results(book, results, money)
    _fill_dashboard(book, dashboard, folder)
    book.define_name("OptimalBalances", f"=Results!$C${FIRST_ROW}:$C${FIRST_ROW + 4}")
    book.define_name("WholeAllocation", f"=Results!$A$4:$E${FIRST_ROW + 4}")
    book.define_name("FirstThree", f"=Results!$C${FIRST_ROW}:$C${FIRST_ROW + 2}")
    book.define_name("OptimalTotal", f"=SUM(Results!$C${FIRST_ROW}:$C${FIRST_ROW + 4})*1")
    book.close()


def _fill_input(sheet: xlsxwriter.worksheet.Worksheet, money: object, bold: object) -> None:
    sheet.write("A1", "Positions", bold)
    sheet.add_table(
        "A3:D8",
        {
            "name": "Positions",
            "columns": [
                {"header": "position"},
                {"header": "side"},
                {"header": "balance", "format": money},
                {"header": "doubled", "formula": "=Positions[[#This Row],[balance]]*2"},
            ],
            "data": [(row[0], "asset" if at < 4 else "liability", row[1]) for at, row in enumerate(ALLOCATION_ROWS)],
        },
    )
    for at, row in enumerate(ALLOCATION_ROWS):
        sheet.write_formula(3 + at, 3, "=Positions[[#This Row],[balance]]*2", None, row[1] * 2)
    sheet.write_comment("C4", "from the ledger", {"author": "treasury"})
    sheet.data_validation("B4:B8", {"validate": "list", "source": ["asset", "liability", "equity"]})
    sheet.freeze_panes(3, 1)
    sheet.write_formula("F4", "=SUM(Positions[balance])", None, 17000.0)
    sheet.write_formula("F5", "=C4+C5", None, 8000.0)
    sheet.write_formula("F6", '=IF(C4>1,"yes","no")', None, "yes")
    sheet.write_formula("F7", "=1/0", None, "#DIV/0!")


def _fill_results(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, money: object) -> None:
    last = FIRST_ROW + len(ALLOCATION_ROWS) - 1
    columns = ["position", "opening", "optimal", "change", "status"]
    sheet.add_table(
        f"A4:E{last}",
        {
            "name": "Allocation",
            "columns": [
                {"header": name, **({"format": money} if 0 < at < 4 else {})} for at, name in enumerate(columns)
            ],
            "data": ALLOCATION_ROWS,
        },
    )
    sheet.add_table(
        "H4:J8",
        {
            "name": "LimitReport",
            "total_row": True,
            "columns": [
                {"header": "limit", "total_string": "Total"},
                {"header": "bound", "total_function": "count", "total_value": 3},
                {"header": "value", "total_function": "sum", "total_value": 2.38},
            ],
            "data": LIMIT_ROWS,
        },
    )
    change, optimal = f"D{FIRST_ROW}:D{last}", f"C{FIRST_ROW}:C{last}"
    sheet.conditional_format(change, {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format(optimal, {"type": "data_bar", "data_bar_2010": True, "bar_color": "#63C384"})
    red = book.add_format({"font_color": "red"})
    sheet.conditional_format(f"B{FIRST_ROW}:B{last}", {"type": "cell", "criteria": ">", "value": 4000, "format": red})
    sheet.conditional_format("B5:B6", {"type": "cell", "criteria": "<", "value": 0, "format": red})
    sheet.data_validation(f"E{FIRST_ROW}:E{last}", {"validate": "length", "criteria": "<", "value": 40})
    sheet.set_row(FIRST_ROW - 1, 22)
    sheet.merge_range("A30:C30", "a note under the tables")
    sheet.write("H20", "something else")
    sheet.set_column("A:A", 22)


def _fill_dashboard(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, folder: Path) -> None:
    last = FIRST_ROW + len(ALLOCATION_ROWS) - 1
    column = book.add_chart({"type": "column"})
    for letter, at in (("B", 1), ("C", 2)):
        column.add_series(
            {
                "name": f"=Results!${letter}$4",
                "categories": f"=Results!$A${FIRST_ROW}:$A${last}",
                "values": f"=Results!${letter}${FIRST_ROW}:${letter}${last}",
                "categories_data": [row[0] for row in ALLOCATION_ROWS],
                "values_data": [row[at] for row in ALLOCATION_ROWS],
            }
        )
    column.set_title({"name": "Opening and optimal"})
    sheet.insert_chart("B4", column)
    pie = book.add_chart({"type": "pie"})
    pie.add_series({"categories": "=Results!$H$5:$H$7", "values": "=Results!$J$5:$J$7"})
    sheet.insert_chart("J4", pie)
    other = book.add_chart({"type": "line"})
    other.add_series({"values": "=Input!$C$4:$C$8"})
    sheet.insert_chart("B22", other)
    (folder / "logo.png").write_bytes(_picture())
    sheet.insert_image("A1", str(folder / "logo.png"))
    sheet.insert_textbox("N22", "Read the limits first")
    sheet.add_sparkline("A3", {"range": f"Results!C{FIRST_ROW}:C{last}"})
    sheet.write_formula("A4", "=SUM(Allocation[optimal])", None, 17000.0)
    sheet.write_formula("A5", "=MAX(Allocation[change])", None, 200.0)
    sheet.set_landscape()


# --- parts XlsxWriter does not write ---

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MS_RELATION = "http://schemas.microsoft.com/office"
_RIBBON = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<customUI xmlns="http://schemas.microsoft.com/office/2009/07/customui"><ribbon><tabs><tab id="alm" label="ALM">
<group id="run" label="Run"><button id="solve" label="Solve" onAction="Solve"/></group></tab></tabs></ribbon>
</customUI>"""
_SLICER = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<slicers xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><slicer name="side" \
cache="Slicer_side" caption="side" rowHeight="241300"/></slicers>"""
_SLICER_CACHE = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<slicerCacheDefinition xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" \
xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" \
name="Slicer_side" sourceName="side"><extLst><x:ext uri="{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}" \
xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main">\
<x15:tableSlicerCache tableId="1" column="2"/></x:ext></extLst></slicerCacheDefinition>"""
_SLICER_LIST = (
    '<extLst><ext uri="{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:slicerList>'
    '<x14:slicer r:id="rIdSlicer"/></x14:slicerList></ext></extLst>'
)
_CACHE_LIST = (
    '<extLst><ext uri="{46BE6895-7355-4a93-B00E-2C351335B9C9}" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"><x15:slicerCaches '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    '<x14:slicerCache r:id="rIdCache"/></x15:slicerCaches></ext></extLst>'
)


def _link(data: bytes, key: str, kind: str, target: str) -> bytes:
    link = f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>'
    return data.replace(b"</Relationships>", link.encode() + b"</Relationships>")


def _inject(source: Path, target: Path, *, ribbon: bool) -> None:
    with zipfile.ZipFile(source) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    types = [
        ("xl/calcChain.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"),
        ("xl/slicers/slicer1.xml", "application/vnd.ms-excel.slicer+xml"),
        ("xl/slicerCaches/slicerCache1.xml", "application/vnd.ms-excel.slicerCache+xml"),
    ]
    parts["xl/calcChain.xml"] = _calc_chain(parts)
    parts["xl/slicers/slicer1.xml"] = _SLICER
    parts["xl/slicerCaches/slicerCache1.xml"] = _SLICER_CACHE
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types)

    def change(name: str, edit: Callable[[bytes], bytes]) -> None:
        before = parts[name]
        parts[name] = edit(before)
        assert parts[name] != before, name

    change("[Content_Types].xml", lambda data: data.replace(b"</Types>", f"{overrides}</Types>".encode()))
    rels = "xl/_rels/workbook.xml.rels"
    change(rels, lambda data: _link(data, "rIdChain", f"{_RELATION}/calcChain", "calcChain.xml"))
    kind = f"{_MS_RELATION}/2007/relationships/slicerCache"
    change(rels, lambda data: _link(data, "rIdCache", kind, "slicerCaches/slicerCache1.xml"))
    kind = f"{_MS_RELATION}/2007/relationships/slicer"
    change("xl/worksheets/_rels/sheet1.xml.rels", lambda data: _link(data, "rIdSlicer", kind, "../slicers/slicer1.xml"))
    change("xl/workbook.xml", lambda data: data.replace(b"</workbook>", f"{_CACHE_LIST}</workbook>".encode()))
    end = b"</worksheet>"
    change("xl/worksheets/sheet1.xml", lambda data: data.replace(end, _SLICER_LIST.encode() + end))
    # XlsxWriter leaves out the table's name, which Excel writes.
    change("xl/worksheets/sheet2.xml", lambda data: re.sub(rb"(SUBTOTAL\(\d+,)\[", rb"\1LimitReport[", data))
    if ribbon:
        parts["customUI/customUI14.xml"] = _RIBBON
        kind = f"{_MS_RELATION}/2007/relationships/ui/extensibility"
        change("_rels/.rels", lambda data: _link(data, "rIdRibbon", kind, "customUI/customUI14.xml"))
    with zipfile.ZipFile(target, "w") as archive:
        for at, (name, data) in enumerate(parts.items()):
            info = zipfile.ZipInfo(name, (2026, 11, 21, 8, 30, at % 60 // 2 * 2))
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def _calc_chain(parts: dict[str, bytes]) -> bytes:
    cells = []
    for number in (1, 2, 3):
        sheet = parts[f"xl/worksheets/sheet{number}.xml"]
        cells += [(ref.decode(), number) for ref in re.findall(rb'<c r="([A-Z]+[0-9]+)"[^>]*><f>', sheet)]
    body = "".join(f'<c r="{ref}" i="{number}"/>' for ref, number in cells)
    return f'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{body}</calcChain>'.encode()
