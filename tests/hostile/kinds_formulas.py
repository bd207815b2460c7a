"""Bad formulas: code, powers, depth, length, circles, invisible characters."""
# ruff: noqa: RUF001  characters that look like others are the point

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.hostile.books import Book, sound
from tests.hostile.case import BAD, OK, kind

Made = tuple[Path, dict[str, Any]]
PLACES = [("Metrics", "Formula"), ("Limits", "Left"), ("Limits", "Right"), ("Goals", "Formula")]


def with_formula(rng: random.Random, folder: Path, text: str, says: str = "") -> Made:
    """Put a formula into one of the places where formulas stand; a bound that is no formula is told so."""
    book, (table, header) = sound(rng), rng.choice(PLACES if not says else [p for p in PLACES if p[1] != "Right"])
    book[table].columns[header][0] = text
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 0), "says": says}


@kind("code in a formula", BAD)
def code(rng: random.Random, folder: Path) -> Made:
    texts = [
        '__import__("os").system("touch pwned")',
        "__import__('os')",
        'eval("1+1")',
        'exec("x=1")',
        'open("secrets")',
        "print(1)",
        "globals()",
        "sum.__class__",
        "().__class__.__bases__",
        "(lambda: 1)()",
        "lambda x: x",
        "[x for x in sum]",
        "{1: 2}",
        "f'{1}'",
        "x := 5",
        "1 if 1 else 2",
        "sum(*rate)",
        "sum(rate for rate in rate)",
        "sum(columns=rate)",
        "getattr(sum, 'x')",
        "`id`",
        "$(id)",
        "a;b",
        "import os",
        "yield 1",
        "await x",
        "...",
        "None",
        "True",
        "sum(rate)[0]",
        "1; import os",
        "# comment",
        "net(rate) # comment",
        "'' % ()",
        "sum(rate).real",
        "@x",
        "~1",
        "not 1",
        "1 == 1",
        "1 in 2",
    ]
    return with_formula(rng, folder, rng.choice(texts))


@kind("powers and shifts", BAD)
def powers(rng: random.Random, folder: Path) -> Made:
    texts = ["9**9**9", "2^10", "1<<999999", "10**10**10 * sum(rate)", "9//2", "7 % 3", '"a" * 10000000000', "2**-1"]
    return with_formula(rng, folder, rng.choice(texts))


@kind("numbers that overflow", BAD)
def overflow(rng: random.Random, folder: Path) -> Made:
    texts = ["1e400", "1e308*1e308", "9" * 400 + "%", "9" * 8000, "1e15*1e15*1e15", "0 - 1e999", "1e16", "1e-400/0"]
    return with_formula(rng, folder, rng.choice([*texts, "sum(1e15*1e15*1e15*rate)", "1/0", "net(rate)/(1-1)"]))


@kind("decimal commas", BAD)
def decimal_comma(rng: random.Random, folder: Path) -> Made:
    texts = ["1,5 * net(rate)", "sum(rate, 0,5)", "12,5%", "max(1,5; 2)", "1.000,5"]
    return with_formula(rng, folder, rng.choice(texts))


@kind("deep parentheses", BAD)
def deep(rng: random.Random, folder: Path) -> Made:
    depth = rng.choice([51, 200, 1000, 4000])
    opening, closing = rng.choice([("(", ")"), ("abs(", ")"), ("min(1, ", ")"), ("opening(", ")"), ("-(", ")")])
    size = min(depth, 8000 // len(opening + closing))
    return with_formula(rng, folder, opening * size + "net(rate)" + closing * size, "nested deeper")


@kind("signs without end", BAD)
def signs(rng: random.Random, folder: Path) -> Made:
    return with_formula(
        rng, folder, rng.choice(["-", "+", "- ", "-+", "not "]) * rng.choice([60, 1500]) + "1", "nested"
    )


@kind("a very long formula", BAD)
def long_formula(rng: random.Random, folder: Path) -> Made:
    text = rng.choice(["x", "1 + ", " ", "(", '"', "9"]) * 32_767
    return with_formula(rng, folder, text[: rng.choice([8_193, 20_000, 32_766])] + "1", "characters long")


@kind("thousands of signs", BAD)
def many_tokens(rng: random.Random, folder: Path) -> Made:
    text = rng.choice(["1+", "1 ", "a,", "1<", "lcr*", "x in "]) * 1500 + "1"
    return with_formula(rng, folder, text, "more than 2000")


@kind("as many signs as allowed", OK)
def most_tokens(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    sign = rng.choice(["+", "-"])
    book["Metrics"].columns["Formula"][2] = sign.join(["0.001"] * 997) + f"{sign}net(rate)"
    return book.save(folder / "book.xlsx")


@kind("metrics in a circle", BAD)
def circle(rng: random.Random, folder: Path) -> Made:
    book, length = sound(rng), rng.choice([1, 2, 3, 40])
    rows = [
        book["Metrics"].add(Metric=f"ring {at}", Formula=f"ring_{(at + 1) % length} + 1", Lens="other")
        for at in range(length)
    ]
    return book.save(folder / "book.xlsx"), {"address": book["Metrics"].address("Formula", rows[0]), "says": "circle"}


@kind("a long chain of metrics", BAD)
def chain(rng: random.Random, folder: Path) -> Made:
    book, length = sound(rng), rng.choice([70, 500])
    rows = list(range(length))
    for at in reversed(rows):
        formula = "net(rate)" if at == 0 else f"chain_{at - 1} + 1"
        book["Metrics"].add(Metric=f"chain {at}", Formula=formula, Lens="other")
    return book.save(folder / "book.xlsx"), {"says": "deep"}


@kind("metrics that double", OK)
def doubling_sums(rng: random.Random, folder: Path) -> Path:
    return doubling(rng, rng.choice(["{0} + {0}", "max({0}, {0})", "2 * {0} - {0}", "{0} - {0}"]), folder)[0]


@kind("metrics that double without end", BAD)
def doubling_products(rng: random.Random, folder: Path) -> Made:
    return doubling(rng, rng.choice(["{0} * {0}", "{0} / {0}", "max({0}, 2 * {0})", "{0} * {0} + {0}"]), folder)


def doubling(rng: random.Random, pattern: str, folder: Path) -> Made:
    book: Book = sound(rng)
    book["Metrics"].add(Metric="fold 0", Formula="min(net(rate), asset_total)", Lens="other")
    for at in range(1, 41):
        book["Metrics"].add(Metric=f"fold {at}", Formula=pattern.format(f"fold_{at - 1}"), Lens="other")
    return book.save(folder / "book.xlsx"), {"says": "parts"}


@kind("names that are not known", BAD)
def unknown_names(rng: random.Random, folder: Path) -> Made:
    texts = ["nothing", "sum(nothing)", 'position("Nobody")', 'metric("none")', 'column("rate")', "rate", "sum", "lcrr"]
    more = ['sum(column("none"))', "nothing()", "sum(rate, nobody = 1)", "sum(side)", "n0_", "s0_ + n1_", "x" * 4000]
    return with_formula(rng, folder, rng.choice([*texts, *more]))


@kind("wrong arguments", BAD)
def wrong_arguments(rng: random.Random, folder: Path) -> Made:
    texts = ["min()", "sum()", "sum(rate, rate, rate)", "total(rate)", "abs(1, 2)", "sum(rate, rate)", "position(rate)"]
    more = ["max(" + "1, " * 250 + "1)", "turnover(1)", "opening()", "net(net(rate))", '"text"']
    return with_formula(rng, folder, rng.choice([*texts, *more]))


@kind("broken syntax", BAD)
def broken_syntax(rng: random.Random, folder: Path) -> Made:
    texts = [
        "net(rate",
        "net rate)",
        "1 +",
        "* 2",
        "((",
        '"open',
        "'open",
        "1 2",
        "a b",
        "sum(rate,,rate)",
        "= =",
        ")(",
    ]
    return with_formula(
        rng, folder, rng.choice([*texts, "<>", "12 % 5 %", "5..2", "1e", "0x10 +", "=>", "1 +* 2", "\\"])
    )


@kind("cells and ranges in a formula", BAD)
def references(rng: random.Random, folder: Path) -> Made:
    texts = ["Sheet1!A1", "$A$1", "SUM(A1:A9)", "Positions[Rate]", "[1]Book!A1", "=net(rate)", "{1,2}", "A1#", "'x'!A1"]
    return with_formula(rng, folder, rng.choice(texts))


@kind("invisible characters in a formula", BAD)
def invisible(rng: random.Random, folder: Path) -> Made:
    mark = rng.choice("\u200b\u200e\u202e\u2060\ufeff\u00ad\u2066")
    return with_formula(rng, folder, rng.choice([f"net({mark}rate)", f"ne{mark}t(rate)"]), "invisible")


@kind("look-alike characters in a formula", BAD)
def lookalikes(rng: random.Random, folder: Path) -> Made:
    texts = [
        "n\u0435t(rate)",
        "net(r\u0430te)",
        "net（rate）",
        "net(rate) ＋ 1",
        "“loan",
        "1 ∕ 2",
        "ｎet(rate) ＊ 2",
        "٫5",
    ]
    return with_formula(rng, folder, rng.choice(texts))


@kind("full-width names in a formula", OK)
def fullwidth_names(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Metrics"].columns["Formula"][2] = rng.choice(["sum(ｒａｔｅ)", "sum(RATE × ２)", "٢ * sum(rate)"])
    return book.save(folder / "book.xlsx")


@kind("a bound that is no bound", BAD)
def bad_bound(rng: random.Random, folder: Path) -> Made:
    book, value = sound(rng), rng.choice(["ninety", "inf", "nan", "1e16", "1,5", "90 %%", "~5", "five%", "1e999", True])
    book["Limits"].columns["Right"][1] = value
    return book.save(folder / "book.xlsx"), {"address": book["Limits"].address("Right", 1)}


@kind("a metric named like something else", BAD)
def taken_name(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    row = book["Metrics"].add(Metric=rng.choice(["rate", "LCR", "Own-Score", "nii 12m"]), Formula="1", Lens="other")
    return book.save(folder / "book.xlsx"), {"address": book["Metrics"].address("Metric", row), "says": "also the name"}


@kind("metrics named like words of the language", OK)
def reserved_names(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    for name in rng.sample(
        ["sum", "class 2", "lambda", "None", "1", "é", "import", "__init__", "x" * 255, "a" * 9000], 4
    ):
        book["Metrics"].add(Metric=name, Formula="net(rate)", Lens="other")
    return book.save(folder / "book.xlsx")


@kind("products for the nonlinear solver", OK)
def nonlinear(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Limits"].columns["Left"][1] = rng.choice(["net(rate) * asset_total * turnover()", "asset_total * net(rate)"])
    book["Limits"].columns["Right"][1] = 5
    return book.save(folder / "book.xlsx")


@kind("a formula cell that is a number", OK)
def number_formula(rng: random.Random, folder: Path) -> Path:
    book = sound(rng)
    book["Metrics"].columns["Formula"][2] = rng.choice([5, 0, -3.5, 1e-300])
    book["Limits"].columns["Right"][1] = rng.choice([1e9, 5e8])
    return book.save(folder / "book.xlsx")


@kind("a formula cell that is a date or truth value", BAD)
def date_formula(rng: random.Random, folder: Path) -> Made:
    import datetime as dt

    book, (table, header) = sound(rng), rng.choice(PLACES)
    book[table].columns[header][0] = rng.choice([dt.date(2024, 5, 1), True, False, dt.time(3, 4)])
    return book.save(folder / "book.xlsx"), {"address": book[table].address(header, 0)}
