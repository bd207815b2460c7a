"""Bad tables: missing, doubled, empty, displaced; and books that cannot be solved."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.hostile.books import Calculated, Sheet, operate, part_of_table, replaced, sound
from tests.hostile.case import BAD, NO_PLAN, OK, kind

Made = tuple[Path, dict[str, Any]]
REQUIRED = [
    ("Positions", "Position"),
    ("Positions", "Side"),
    ("Positions", "Balance"),
    ("Metrics", "Formula"),
    ("Limits", "Limit"),
    ("Limits", "Left"),
    ("Limits", "Sense"),
    ("Limits", "Right"),
    ("Goals", "Goal"),
    ("Goals", "Formula"),
    ("Goals", "Direction"),
]


# --- missing -------------------------------------------------------------------------------------------


@kind("table missing", BAD)
def table_missing(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Goals"])
    del book.tables[name]
    return book.save(folder / "book.xlsx"), {"says": f"no table {name}"}


@kind("table misspelt", BAD)
def table_misspelt(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Goals"])
    book[name].name = rng.choice([name + "s", name[:-1], "tbl" + name])
    return book.save(folder / "book.xlsx"), {"says": f"looks like {name}, which the book lacks"}


@kind("cells but no table", BAD)
def no_tables(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    for table in book.tables.values():
        table.name = f"Range{rng.randint(1, 10**6)}"
    return book.save(folder / "book.xlsx"), {"says": "looks like Positions, which the book lacks"}


@kind("empty workbook", BAD)
def empty_workbook(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book.tables.clear()
    return book.save(folder / "book.xlsx"), {"says": "no table Positions"}


@kind("required column missing", BAD)
def column_missing(rng: random.Random, folder: Path) -> Made:
    book, (table, header) = sound(rng), rng.choice(REQUIRED)
    del book[table].columns[header]
    first = next(iter(book[table].columns))
    fields = {"address": book[table].address(first), "says": f'no column "{header.lower()}"'}
    return book.save(folder / "book.xlsx"), fields


@kind("required column misspelt", BAD)
def column_misspelt(rng: random.Random, folder: Path) -> Made:
    book, (table, header) = sound(rng), rng.choice(REQUIRED)
    columns = book[table].columns
    book[table].columns = {header[:-1] + "zz" if key == header else key: cells for key, cells in columns.items()}
    return book.save(folder / "book.xlsx"), {"says": f'no column "{header.lower()}"'}


@kind("optional column missing", OK)
def optional_missing(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    del book["Positions"].columns[rng.choice(["Duration", "Risk weight", "CET1"])]
    return book.save(folder / "book.xlsx")


@kind("no limits, metrics or settings", OK)
def bare_book(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for name in ("Limits", "Metrics", "Settings"):
        del book.tables[name]
    for cells in book["Goals"].columns.values():
        del cells[1:]
    return book.save(folder / "book.xlsx")


# --- doubled -------------------------------------------------------------------------------------------


@kind("two headers alike", BAD)
def header_twice(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    twin = rng.choice(["risk_weight", "RISK-WEIGHT", "risk weight ", "risk\u00a0weight", "ris\u200bk weight"])
    book["Positions"].columns[twin] = [0.0] * len(book["Positions"])
    return book.save(folder / "book.xlsx"), {"address": book["Positions"].address(twin), "says": "is the same as"}


@kind("name twice", BAD)
def name_twice(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    table = rng.choice(["Positions", "Metrics", "Limits", "Goals", "Settings"])
    header = next(iter(book[table].columns))
    cells = book[table].columns[header]
    cells[1] = rng.choice([str.upper, str.lower, lambda text: f" {text} "])(cells[0])
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 1), "says": "stands already in"}


@kind("name twice but for invisible characters", BAD)
def name_lookalike(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    table = rng.choice(["Positions", "Limits"])
    header = next(iter(book[table].columns))
    cells, hidden = book[table].columns[header], rng.choice("\u200b\u200e\u202e\u2060\u00ad\ufeff")
    at = rng.randint(1, len(cells[0]) - 1)
    cells[1] = cells[0][:at] + hidden + cells[0][at:]
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 1), "says": "stands already in"}


@kind("name twice but for its width", BAD)
def name_fullwidth(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    cells = book["Positions"].columns["Position"]
    cells[1] = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in cells[0])
    fields = {"address": book["Positions"].address("Position", 1), "says": "stands already in"}
    return book.save(folder / "book.xlsx"), fields


@kind("table name on two sheets", BAD)
def table_twice(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    name = rng.choice(["Positions", "Limits", "Goals"])
    twin = Sheet("Twin", {key: list(cells) for key, cells in book[name].columns.items()}, "Twin", 3, 2)
    book.tables["Twin"] = twin
    path = book.save(folder / "book.xlsx")
    other = rng.choice([name, name.lower(), name.upper()]).encode()
    part = part_of_table(path, "Twin")
    operate(path, {part: replaced((b'displayName="Twin"', b'displayName="' + other + b'"'))})
    return path, {"address": twin.address(next(iter(twin.columns))), "says": "a second table"}


# --- empty ---------------------------------------------------------------------------------------------


@kind("table without rows", BAD)
def empty_table(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Goals"])
    for cells in book[name].columns.values():
        cells.clear()
    first = next(iter(book[name].columns))
    return book.save(folder / "book.xlsx"), {"address": book[name].address(first), "says": "has no rows"}


@kind("limits without rows", OK)
def empty_limits(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for cells in book["Limits"].columns.values():
        cells.clear()
    return book.save(folder / "book.xlsx")


@kind("blank rows", OK)
def blank_rows(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for table in book.tables.values():
        for _ in range(rng.randint(1, 5)):
            at = rng.randint(0, len(table))
            for header, cells in table.columns.items():
                cells.insert(at, rng.choice([None, "", "   "]) if header in ("Position", "Class") else None)
    return book.save(folder / "book.xlsx")


@kind("totals rows", OK)
def totals_rows(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for table in book.tables.values():
        table.totals = True
    return book.save(folder / "book.xlsx")


# --- displaced -----------------------------------------------------------------------------------------


@kind("table lies outside the sheet's data", BAD)
def table_off_data(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Goals"])
    path = book.save(folder / "book.xlsx")
    width, first = len(book[name].columns), rng.choice([500, 40_000, 1_048_000])
    last = chr(ord("A") + width - 1)
    set_ref(path, name, f"A{first}:{last}{first + 9}")
    return path, {"says": "has no rows"}


@kind("table of a million rows", BAD)
def table_of_a_million(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    name = rng.choice(list(book.tables))
    path, table = book.save(folder / "book.xlsx"), book[name]
    first = table.address(next(iter(table.columns))).split("!")[1]
    last = chr(ord("A") + table.column + len(table.columns) - 1)
    set_ref(path, name, f"{first}:{last}1048576")
    return path, {"address": table.address(next(iter(table.columns))), "says": "rows"}


@kind("table with a broken range", BAD)
def table_bad_range(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Goals"])
    path = book.save(folder / "book.xlsx")
    set_ref(path, name, rng.choice(["", "A1", "#REF!", "C9:A1", "A0:K9", "XFE1:ZZZ9", "A1:K9999999", "A:K", "1:9"]))
    return path, {"says": f"no table {name}"}


def set_ref(path: Path, name: str, reference: str) -> None:
    import re

    def change(data: bytes) -> bytes:
        return re.sub(rb' ref="[^"]*"', f' ref="{reference}"'.encode(), data)

    operate(path, {part_of_table(path, name): change})


@kind("table with odd counts", OK, BAD)
def table_odd_counts(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    path, name = book.save(folder / "book.xlsx"), rng.choice(list(book.tables))
    count = rng.choice([b"0", b"2", b"-1", b"x", b"999999999", b"99999999999999"])
    attribute = rng.choice([b"headerRowCount", b"totalsRowCount"])
    mark = b' totalsRowShown="0"'
    operate(path, {part_of_table(path, name): replaced((mark, mark + b" " + attribute + b'="' + count + b'"'))})
    return path


@kind("table far from the corner", OK)
def table_far(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for table in book.tables.values():
        table.row, table.column = rng.randint(10_000, 1_000_000), rng.randint(700, 16_000)
    return book.save(folder / "book.xlsx")


@kind("a value at the far corner of the sheet", BAD)
def stray_value(rng: random.Random, folder: Path) -> Made:
    book, name = sound(rng), rng.choice(["Positions", "Limits", "Goals"])
    corner = rng.choice([(1_048_575, 16_383), (900_000, 200), (200_000, 16_000)])
    book.dress = lambda _, sheets: sheets[name].write_number(*corner, 1.0)
    return book.save(folder / "book.xlsx"), {"says": "far from the tables"}


@kind("a format at the far corner of the sheet", OK)
def stray_format(rng: random.Random, folder: Path) -> Path:
    book, name = sound(rng), rng.choice(["Positions", "Limits", "Goals"])
    book.dress = lambda made, sheets: sheets[name].write_blank(1_048_575, 16_383, None, made.add_format({"bold": 1}))
    return book.save(folder / "book.xlsx")


@kind("many columns", OK)
def many_columns(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for at in range(rng.choice([300, 1500])):
        book["Positions"].columns[f"extra {at}"] = [rng.random() for _ in range(len(book["Positions"]))]
    return book.save(folder / "book.xlsx")


# --- books that cannot be solved -----------------------------------------------------------------------


@kind("limits that cannot hold together", NO_PLAN)
def infeasible(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    level = rng.choice([1.5, 2, 10])
    book["Limits"].add(Limit="too much", Left="asset_total", Sense=">=", Right=f"{level} * opening(asset_total)")
    row = len(book["Limits"]) - 1
    return book.save(folder / "book.xlsx"), {"address": book["Limits"].address("Right", row)}


@kind("a bound out of reach", NO_PLAN)
def infeasible_bound(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    columns = book["Positions"].columns
    columns["Min"][0] = columns["Max"][0] = round(columns["Balance"][0] + 50 * sum(columns["Balance"]), 2)
    return book.save(folder / "book.xlsx")


@kind("a goal without end", NO_PLAN)
def unbounded(rng: random.Random, folder: Path) -> Made:
    book = sound(rng, limits=False)
    columns = book["Positions"].columns
    at = columns["Side"].index("liability")
    columns["Max"][1] = columns["Max"][at] = None
    columns["Rate"][1], columns["Rate"][at] = 0.09, rng.choice([0.0, 0.01])
    return book.save(folder / "book.xlsx"), {"says": columns["Position"][1]}


@kind("a book out of balance", BAD)
def imbalance(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Positions"].columns["Balance"][0] += rng.choice([50.0, -20.0, 1e6])
    return book.save(folder / "book.xlsx"), {
        "address": book["Positions"].address("Balance"),
        "says": "liabilities and equity by",
    }


@kind("goals that do not fit the method", BAD)
def goals_unfit(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Goals"].columns["Active"] = rng.choice([["no", "no"], ["yes", "yes"], [None, None]])
    return book.save(folder / "book.xlsx")


@kind("ten thousand limits", OK, heavy=True)
def many_limits(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    names = book["Positions"].columns["Position"]
    for at in range(10_000):
        name = rng.choice(names[:-1])
        left = f'position("{name}") - {at} * 0.001'
        book["Limits"].add(Limit=f"limit {at}", Left=left, Sense="<=", Right=f'{2 + at} * opening(position("{name}"))')
    return book.save(folder / "book.xlsx")


@kind("ten thousand faulty limits", BAD, heavy=True)
def many_faults(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    for at in range(10_000):
        book["Limits"].add(Limit=f"limit {at}", Left=f"nothing_{at}", Sense=rng.choice(["<=", "??"]), Right="x")
    return book.save(folder / "book.xlsx"), {"address": book["Limits"].address("Left", 3), "says": "is not known"}


@kind("twenty thousand cells of text for numbers", BAD, heavy=True)
def flood(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    table = book["Positions"]
    for at in range(20_000):
        table.add(Position=f"p{at}", Side="asset", Balance="zero", Rate="none", Min="?")
    fields = {"address": table.address("Balance", len(table) - 20_000), "says": "more findings in column"}
    return book.save(folder / "book.xlsx"), fields


@kind("three thousand positions", OK, heavy=True)
def many_positions(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for at in range(3_000):
        book["Positions"].add(Position=f"p{at}", Side=rng.choice(["asset", "liability"]), Balance=0, Max=1, Rate=0.01)
    return book.save(folder / "book.xlsx")


@kind("formula cells with values", OK)
def formulas_with_values(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for header in ("Balance", "Rate", "Max"):
        cells = book["Positions"].columns[header]
        for at in range(0, len(cells), rng.randint(1, 3)):
            cells[at] = Calculated(rng.choice(["=1+1", "=SUM(Z1:Z9)", "=[1]X!A1"]), cells[at], rng.random() < 0.5)
    return book.save(folder / "book.xlsx")
