"""Bad cells: text for numbers, errors, dates, figures out of range, names that bite."""
# ruff: noqa: RUF001  characters that look like others are the point

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import python_calamine

from tests.hostile.books import Book, Calculated, ErrorCell, operate, replaced, sheet_part, sound
from tests.hostile.case import BAD, OK, kind

Made = tuple[Path, dict[str, Any]]
NUMBERS = ["Balance", "Min", "Max", "Rate", "Duration", "Risk weight", "CET1"]
MARK = 123454321
MARKED = b"<v>123454321</v>"


def spoil(rng: random.Random, folder: Path, value: Any, says: str, *headers: str) -> Made:
    """Put a value into a number column of Positions."""
    book, header = sound(rng), rng.choice(headers or NUMBERS)
    at = rng.randrange(len(book["Positions"]))
    book["Positions"].columns[header][at] = value
    fields = {"address": book["Positions"].address(header, at), "says": says}
    return book.save(folder / "book.xlsx"), fields


# --- not a number --------------------------------------------------------------------------------------


@kind("text for a number", BAD)
def text_for_number(rng: random.Random, folder: Path) -> Made:
    texts = ["abc", "n/a", "-", "ten", "12 million", "1 000", "1e", "0x10", "1_000", "½", "€5", "#N/A", "TRUE", "(5)"]
    return spoil(rng, folder, rng.choice(texts), "is not a number")


@kind("a number typed as text", BAD)
def number_as_text(rng: random.Random, folder: Path) -> Made:
    texts = ["100", " 5 ", "5%", "'7", "1e3", "٣", "\uff11\uff12", "-4", "+3"]
    return spoil(rng, folder, rng.choice(texts), "is not a number")


@kind("a decimal comma in a cell", BAD)
def comma_in_cell(rng: random.Random, folder: Path) -> Made:
    return spoil(rng, folder, rng.choice(["12,5", "1.234,5", "1,234,567", "0,05%"]), "is not a number")


@kind("a very long text for a number", BAD)
def long_text_for_number(rng: random.Random, folder: Path) -> Made:
    return spoil(rng, folder, rng.choice(["x", "9", "é", "🏦", "\n"]) * 16_000 + "!", "is not a number")


@kind("a truth value for a number", BAD)
def boolean_for_number(rng: random.Random, folder: Path) -> Made:
    return spoil(rng, folder, rng.random() < 0.5, "is not a number")


@kind("a date for a number", BAD)
def date_for_number(rng: random.Random, folder: Path) -> Made:
    values = [dt.date(2024, 3, 1), dt.datetime(1999, 12, 31, 23, 59, 59), dt.time(6, 30), dt.date(9999, 12, 31)]
    return spoil(rng, folder, rng.choice(values), "is a date")


@kind("an error cell", BAD)
def error_cell(rng: random.Random, folder: Path) -> Made:
    errors = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]
    text = rng.choice(errors)
    return spoil(rng, folder, ErrorCell(text), f"shows {text}", *NUMBERS, "Position", "Side", "Class", "Own score")


@kind("an error cell in a formula column", BAD)
def error_in_limits(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    table, header = rng.choice([("Limits", "Right"), ("Limits", "Left"), ("Goals", "Formula"), ("Metrics", "Formula")])
    book[table].columns[header][0] = ErrorCell("#REF!")
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 0), "says": "shows #REF!"}


@kind("an error that Excel does not know", BAD)
def strange_error(rng: random.Random, folder: Path) -> Made:
    path, fields = spoil(rng, folder, MARK, "")
    text = rng.choice([b"#WHAT?", b"#SPILL!", b"", b"5", b"#N/A" * 900])
    strange = replaced((b">" + MARKED, b' t="e"><v>' + text + b"</v>"))
    operate(path, {"xl/worksheets/sheet1.xml": strange})
    return path, fields


@kind("a formula never calculated", BAD)
def uncached(rng: random.Random, folder: Path) -> Made:
    book, header = sound(rng), rng.choice([*NUMBERS, "Own score"])
    at, array = rng.randrange(len(book["Positions"])), rng.random() < 0.3
    book["Positions"].columns[header][at] = Calculated("=A1*2", MARK, array)
    part = sheet_part(book, "Positions")
    empty = rng.choice([b"", b"<v></v>", b"<v/>"])
    path = book.save(folder / "book.xlsx", {part: replaced((MARKED, empty))})
    return path, {"address": book["Positions"].address(header, at), "says": "has no stored value"}


@kind("not a finite number", BAD)
def not_finite(rng: random.Random, folder: Path) -> Made:
    book, header = sound(rng), rng.choice([*NUMBERS, "Own score"])
    at = rng.randrange(len(book["Positions"]))
    book["Positions"].columns[header][at] = MARK
    number = rng.choice([b"NaN", b"nan", b"INF", b"-inf", b"Infinity", b"1e999", b"-1E400"])
    part = sheet_part(book, "Positions")
    path = book.save(folder / "book.xlsx", {part: replaced((MARKED, b"<v>" + number + b"</v>"))})
    return path, {"address": book["Positions"].address(header, at)}


@kind("a number beyond all reason", BAD)
def huge_number(rng: random.Random, folder: Path) -> Made:
    return spoil(rng, folder, rng.choice([1e308, 1.1e15, -1e300, 1e16, 1.7e308]), "")


@kind("cell values that are no values", BAD)
def broken_value(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Positions"].columns["Balance"][0] = MARK
    broken = rng.choice(
        [b't="s"><v>99999</v>', b't="s"><v>-1</v>', b't="s"><v>x</v>', b't="b"><v>7</v>', b't="zzz"><v>1</v>']
    )
    part = sheet_part(book, "Positions")
    return book.save(folder / "book.xlsx", {part: replaced((b">" + MARKED, b" " + broken))})


# --- out of range --------------------------------------------------------------------------------------


@kind("a negative amount", BAD)
def negative(rng: random.Random, folder: Path) -> Made:
    return spoil(rng, folder, -rng.choice([0.01, 1.0, 500.0, 1e14]), "without a sign", "Balance", "Min", "Max")


@kind("a share above 100 %", BAD)
def share_too_large(rng: random.Random, folder: Path) -> Made:
    value = rng.choice([110.0, 35.0, 250.0])
    return spoil(rng, folder, value, f"is {value:g}", "Risk weight", "Rate", "CET1")


@kind("a percent bound typed as 110", BAD)
def percent_bound(rng: random.Random, folder: Path) -> Made:
    book, value = sound(rng), rng.choice([110, 100.0, 7.5, "110"])
    book["Limits"].columns["Right"][0] = value
    return book.save(folder / "book.xlsx"), {
        "address": book["Limits"].address("Right", 0),
        "says": f"{float(value):g}%",
    }


@kind("min above max", BAD)
def min_above_max(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    columns = book["Positions"].columns
    at = rng.randrange(3)
    columns["Min"][at], columns["Max"][at] = columns["Max"][at] + 1, columns["Min"][at]
    return book.save(folder / "book.xlsx"), {"address": book["Positions"].address("Min", at), "says": "above its max"}


@kind("a required cell blank", BAD)
def blank_required(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    places = [("Positions", "Side"), ("Positions", "Balance"), ("Positions", "Position"), ("Limits", "Right")]
    table, header = rng.choice([*places, ("Limits", "Left"), ("Limits", "Sense"), ("Goals", "Formula")])
    book[table].columns[header][0] = rng.choice([None, "", "  "])
    fields = {"address": book[table].address(header, 0), "says": f"{header.lower()} is empty"}
    return book.save(folder / "book.xlsx"), fields


@kind("a word that is not a choice", BAD)
def bad_choice(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    places: list[tuple[str, str, Any]] = [
        ("Positions", "Side", rng.choice(["assets", "debit", "Aktiva", 1, True, "x" * 30_000])),
        ("Limits", "Sense", rng.choice(["!!", "<", "at least", "=<>", 5, dt.date(2024, 1, 1)])),
        ("Goals", "Direction", rng.choice(["maximum", "up", "+", 1])),
        ("Limits", "Active", rng.choice(["maybe", "ja", 2, "yes please"])),
        ("Metrics", "Lens", rng.choice(["risk", 0.5])),
    ]
    table, header, value = rng.choice(places)
    book[table].columns[header][0] = value
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 0)}


@kind("other spellings of a choice", OK)
def other_spellings(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Limits"].columns["Sense"] = rng.choice([["≥", "≤", "=<"], ["=>", " <= ", "<="]])
    book["Limits"].columns["Active"] = [True, 1, "ON"]
    book["Positions"].columns["Side"] = [side.upper() for side in book["Positions"].columns["Side"]]
    book["Goals"].columns["Direction"][0] = rng.choice(["MAX", " Max "])
    return book.save(folder / "book.xlsx")


@kind("a setting that cannot be used", BAD)
def bad_setting(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    name, value = rng.choice(
        [
            ("method", "simplex"),
            ("method", "fnlp" * 5000),
            ("balance_identity", "perhaps"),
            ("timing", 12),
            ("time_limit_s", "soon"),
            ("time_limit_s", -1),
            ("seed", 1e300),
            ("rwa_market", "1,5"),
            ("cost_of_capital", "#N/A"),
        ]
    )
    if name in book["Settings"].columns["Setting"]:
        row = book["Settings"].columns["Setting"].index(name)
        book["Settings"].columns["Value"][row] = value
    else:
        row = book["Settings"].add(Setting=name, Value=value)
    return book.save(folder / "book.xlsx"), {"address": book["Settings"].address("Value", row)}


@kind("odd settings that do no harm", OK)
def odd_settings(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    pairs = [("no such setting", 1), ("seed", 1e14), ("currency", "€" * 3000), ("as_of", dt.date(2024, 2, 29))]
    for name, value in [*pairs, ("bank", "=cmd|' /C calc'!A0"), ("amount_unit", True), ("timing", None)]:
        if name == "currency":
            book["Settings"].columns["Value"][1] = value
        else:
            book["Settings"].add(Setting=name, Value=value)
    return book.save(folder / "book.xlsx")


@kind("a method that asks more of its goals", BAD)
def method_asks_more(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Settings"].columns["Value"][0] = "goal_programming"
    return book.save(folder / "book.xlsx"), {"says": "goal_programming"}


@kind("a lot or threshold that cannot be", BAD)
def bad_lot(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    table = book["Positions"]
    header, value = rng.choice([("Lot", 0), ("Lot", -1), ("Min if used", 10), ("Lot", "ten")])
    table.columns[header] = [None] * len(table)
    table.columns[header][1] = value
    if header == "Min if used":
        table.columns["Max"][1] = None
    return book.save(folder / "book.xlsx"), {"address": table.address(header, 1)}


@kind("a soft limit without penalty", BAD)
def soft_without_penalty(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Limits"].columns |= {"Hard": ["no", None, None], "Penalty": [rng.choice([None, "none", -1]), None, None]}
    return book.save(folder / "book.xlsx"), {"address": book["Limits"].address("Penalty", 0)}


@kind("numbers as extreme as allowed", OK)
def extreme_numbers(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    columns = book["Positions"].columns
    scale = rng.choice([1e-9, 1e-6, 1e6, 1e9])
    for header in ("Balance", "Min", "Max"):
        columns[header] = [value * scale for value in columns[header]]
    book["Limits"].columns["Right"][1] *= scale
    return book.save(folder / "book.xlsx")


# --- names that bite -----------------------------------------------------------------------------------


def renamed(rng: random.Random, folder: Path, names: list[Any], *, raw: Callable[[bytes], bytes] | None = None) -> Made:
    """Give positions, limits and metrics these names; afterwards they must stand as text in the results."""
    book = sound(rng)
    chosen = rng.sample(names, min(3, len(names)))
    for at, name in enumerate(chosen):
        book["Positions"].columns["Position"][at + 1 if at else 0] = name
    for at, name in enumerate(rng.sample(names, min(2, len(names)))):
        book["Limits"].columns["Limit"][at] = name
        book["Limits"].columns["Owner"][at] = name
    book["Goals"].columns["Goal"][0] = chosen[0]
    path = book.save(folder / "book.xlsx")
    if raw is not None:
        operate(path, {"xl/sharedStrings.xml": raw})

    def after(written: Path) -> None:
        sheet = python_calamine.CalamineWorkbook.from_path(str(written)).get_sheet_by_name("xlalm results")
        cells = [cell for row in sheet.to_python() for cell in row]
        if raw is None:
            assert all(str(name).strip() in cells for name in chosen), chosen
        own = [text for text in formulas(written) if not text.startswith("IFERROR(")]
        assert not own, "a name became a formula"

    return path, {"after": after}


def formulas(path: Path) -> list[str]:
    """Return every formula on the sheet of results; those of the checksums begin with ``IFERROR(``."""
    from tests.workbook.package.opening import opened

    sheet = opened(path)["xlalm results"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return [str(cell.value).removeprefix("=") for cell in cells]


@kind("names that look like formulas", OK)
def injection(rng: random.Random, folder: Path) -> Made:
    names = [
        "=cmd|' /C calc'!A0",
        "+1",
        "@SUM(1+1)",
        "-2",
        '=HYPERLINK("https://example.com")',
        "=1+1",
        "-2+3+cmd|'x'!A1",
    ]
    return renamed(rng, folder, [*names, "\t=1+1", "\r=2", "|x", "%0A=1", '"=1"', "{=1}", "'=1"])


@kind("names that are markup", OK)
def markup(rng: random.Random, folder: Path) -> Made:
    names = ["<script>alert(1)</script>", "]]>", "&amp;", "&#0;", "<c r='A1'/>", "%s%n%x", "{0.__class__}", "${jndi:x}"]
    return renamed(rng, folder, [*names, "../../etc/passwd", "a\\b", 'a"b', "a'b", "<![CDATA[x]]>", "_x0041_", "\\n"])


@kind("names that command a terminal", OK)
def terminal(rng: random.Random, folder: Path) -> Made:
    return renamed(
        rng, folder, ["MARKONE", "MARKTWO", "MARKTRE"], raw=lambda data: data.replace(b"MARK", rng.choice(CONTROLS))
    )


CONTROLS = [b"_x001B_[31m_x001B_[2J", b"_x0007_a", b"_x0000_", b"_x0008__x0008_", b"_x009B_2J", b"_x000D_b_x000A_c"]


@kind("names of half characters", OK)
def surrogates(rng: random.Random, folder: Path) -> Made:
    halves = [b"_xD800_", b"_xDFFF_a", b"_xD83D__xDE00_", b"_xFFFE_", b"_xFFFF_"]
    return renamed(
        rng, folder, ["MARKONE", "MARKTWO", "MARKTRE"], raw=lambda data: data.replace(b"MARK", rng.choice(halves))
    )


@kind("half characters in headers", OK)
def surrogate_headers(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Positions"].columns[f"note _x{rng.choice(['D800', 'DC00', 'DFFF'])}_"] = ["a"] * len(book["Positions"])
    return book.save(folder / "book.xlsx")


@kind("names that turn the direction of writing", OK)
def directions(rng: random.Random, folder: Path) -> Made:
    marks = ["\u202e", "\u202d", "\u2066", "\u200f", "\u061c", "\u2028"]
    return renamed(rng, folder, [f"a{mark}xslx.{at}" for at, mark in enumerate(marks)])


@kind("names in all scripts", OK)
def scripts(rng: random.Random, folder: Path) -> Made:
    names = [
        "Größe",
        "表の資産",
        "أصول",
        "עו״ש",
        "🏦💶",
        "ﬁnance",
        "e\u0301te\u0301",
        "Ｃａｓｈ２",
        "naïve Ω≈ç√",
        "ǆ",
        "İstanbul",
    ]
    return renamed(rng, folder, [*names, "a" + "\u0301" * 200, "ß", "\U0001f468\u200d\U0001f469\u200d\U0001f467"])


@kind("very long names", OK)
def long_names(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    size = rng.choice([300, 5_000, 32_767])
    for table, header in (("Positions", "Position"), ("Limits", "Limit"), ("Goals", "Goal"), ("Limits", "Owner")):
        cells = book[table].columns[header]
        for at in range(len(cells)):
            cells[at] = (f"{table}{at} " + rng.choice(["long ", "x", "表"]) * size)[:size]
    return book.save(folder / "book.xlsx")


@kind("names that are not text", OK)
def names_not_text(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    values = rng.sample([1, 2.5, True, False, dt.date(2024, 1, 1), dt.time(1, 2), 1e300, -0.0], 4)
    for table, header in (("Positions", "Position"), ("Limits", "Limit")):
        cells = book[table].columns[header]
        cells[:3] = values[:3]
    return book.save(folder / "book.xlsx")


@kind("odd values in the bank's own columns", OK)
def odd_extra_columns(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    n = len(book["Positions"])
    values = [1, "x", None, True, dt.date(2024, 1, 1), 1e16, "=1", "\u202e", 10**15, dt.datetime(1900, 1, 1, 12)]
    for at in range(5):
        book["Positions"].columns[f"own {at}"] = [rng.choice(values) for _ in range(n)]
    book["Positions"].columns["account"] = [1e17 + at for at in range(n)]
    return book.save(folder / "book.xlsx")


@kind("rich, inline and phonetic text", OK)
def rich_text(rng: random.Random, folder: Path) -> Path:
    book: Book = sound(rng)
    cell = book["Positions"].columns["Class"][0]
    book["Positions"].columns["Class"][0] = "RICHMARK"
    rich = (
        f"<si><r><t>{cell[:2]}</t></r><r><rPr><b/></rPr><t>{cell[2:]}</t></r>"
        '<rPh sb="0" eb="1"><t>phonetic</t></rPh></si>'
    )
    return book.save(
        folder / "book.xlsx", {"xl/sharedStrings.xml": replaced((b"<si><t>RICHMARK</t></si>", rich.encode()))}
    )
