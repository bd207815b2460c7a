"""Sheets that are merged, hidden, protected or oddly named, with links and macros."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.hostile.books import Sheet, operate, replaced, sheet_part, sound
from tests.hostile.case import BAD, OK, kind
from tests.hostile.kinds_tables import Made


@kind("merged header cells", BAD)
def merged_header(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Limits", "Goals"])
    return merged(book, name, folder, book[name].row)


@kind("merged cells in a table", BAD)
def merged_body(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Limits", "Goals"])
    return merged(book, name, folder, book[name].row + 1)


def merged(book: Any, name: str, folder: Path, row: int) -> Made:
    table = book[name]
    path = book.save(folder / "book.xlsx")
    first, second = (chr(ord("A") + table.column + i) for i in (1, 2))
    range_ = f"{first}{row + 1}:{second}{row + 1}"
    merge = f'</sheetData><mergeCells count="1"><mergeCell ref="{range_}"/></mergeCells>'.encode()
    operate(path, {sheet_part(book, name): replaced((b"</sheetData>", merge))})
    return path, {"address": f"{table.sheet}!{first}{row + 1}", "says": "are merged"}


@kind("merged title above a table", OK)
def merged_title(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for table in book.tables.values():
        table.row = 3
    book.dress = lambda _, sheets: [sheet.merge_range(0, 0, 1, 6, "A title") for sheet in sheets.values()]
    return book.save(folder / "book.xlsx")


@kind("hidden sheets", OK)
def hidden_sheets(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book.tables["Notes"] = Sheet("Notes", {"Note": ["a"]}, "Notes")
    how = rng.choice(["hide", "very_hidden"])
    book.dress = lambda _, sheets: (
        sheets["Notes"].activate(),
        sheets["Notes"].set_first_sheet(),
        [getattr(sheet, how)() for name, sheet in sheets.items() if name != "Notes"],
    )
    return book.save(folder / "book.xlsx")


@kind("result tables on a hidden sheet", OK)
def hidden_results(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book.tables["PlanStatus"] = Sheet("PlanStatus", {"Status": [None], "Plan": [None]}, "Out")
    book.dress = lambda _, sheets: sheets["Out"].hide()
    return book.save(folder / "book.xlsx")


@kind("hidden and filtered rows", OK)
def hidden_rows(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book.dress = lambda _, sheets: [
        sheet.set_row(row, None, None, {"hidden": True}) for sheet in sheets.values() for row in range(1, 30, 2)
    ]
    return book.save(folder / "book.xlsx")


@kind("protected sheets", OK)
def protected(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book.dress = lambda made, sheets: (
        [sheet.protect(rng.choice(["", "secret"])) for sheet in sheets.values()],
        made.read_only_recommended(),
    )
    return book.save(folder / "book.xlsx")


@kind("a protected structure without a place for results", BAD)
def protected_structure(rng: random.Random, folder: Path) -> Made:
    book, structure = sound(rng), b'<workbookProtection lockStructure="1"/><bookViews>'
    path = book.save(folder / "book.xlsx", {"xl/workbook.xml": replaced((b"<bookViews>", structure))})
    return path, {"says": "protected against new sheets"}


@kind("external links and broken names", OK)
def external_links(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)

    def dress(made: Any, sheets: dict[str, Any]) -> None:
        made.define_name("Broken", "=#REF!$A$1")
        made.define_name("Elsewhere", "='[other book.xlsx]Sheet1'!$A$1")
        sheets["Positions"].write_url(40, 20, "https://example.com/?a=b&c=d", string="link")
        sheets["Positions"].write_url(41, 20, rf"external:..\{rng.randint(1, 99)}\book.xlsx#Sheet1!A1")
        sheets["Positions"].write_formula(42, 20, "='[other book.xlsx]Sheet1'!A1", None, 5)
        sheets["Positions"].write_comment(43, 20, "a comment")
        chart = made.add_chart({"type": "column"})
        chart.add_series({"values": "=Positions!$A$1:$A$9"})
        sheets["Positions"].insert_chart(50, 20, chart)

    book.dress = dress
    return book.save(folder / "book.xlsx")


@kind("macros present", OK)
def macros(rng: random.Random, folder: Path) -> Path:
    book, project = sound(rng), folder.parent / f"{folder.name}.bin"
    project.write_bytes(rng.randbytes(3000))
    book.dress = lambda made, _: made.add_vba_project(str(project))
    path = book.save(folder / "book.xlsm")
    project.unlink()
    return path


@kind("odd sheet names", BAD)
def odd_sheet_names(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    odd = rng.choice(["it's", "A & B <c>", "Größe", "表", "🏦 bank", "1 sheet!", "a,b;c", "=SUM(A1)", "x" * 31])
    book["Positions"].sheet = odd
    book["Positions"].columns["Balance"][0] = "abc"
    fields = {"address": book["Positions"].address("Balance", 0), "says": '"abc" is not a number'}
    return book.save(folder / "book.xlsx"), fields


@kind("table without its header row", OK)
def headerless(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Positions"].options["header_row"] = False
    return book.save(folder / "book.xlsx")


@kind("odd but sound headers", OK)
def odd_headers(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for name in ("Positions", "Limits", "Goals", "Metrics", "Settings"):
        table = book[name]
        table.columns = {dressed(rng, key): cells for key, cells in table.columns.items()}
    return book.save(folder / "book.xlsx")


def dressed(rng: random.Random, header: str) -> str:
    change = rng.choice(
        [
            str.upper,
            lambda h: f"  {h} ",
            lambda h: h.replace(" ", "-"),
            lambda h: h.replace(" ", "\n"),
            lambda h: h.replace(" ", "\u00a0"),
            lambda h: h[0] + "\u200b" + h[1:],
            lambda h: "\u202a" + h + "\u202c",
            lambda h: "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in h),
        ]
    )
    return change(header)
