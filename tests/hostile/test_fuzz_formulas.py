"""A fuzzer on the formula language: whatever is typed becomes an expression or a fault at a place in the text."""

import random
import time
from collections.abc import Callable

import numpy as np
import pytest

from tests.strategies import book, model_of, random_positions, read
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Expression, Point
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.functions import FUNCTIONS
from xlalm.measures.language.tokens import MAX_DEPTH, MAX_LENGTH, MAX_TOKENS, FormulaError, caret
from xlalm.measures.shape import describe
from xlalm.regulation.catalogue import catalogue

EVERYDAY_SECONDS = 3.0
LONG_SECONDS = 60.0
MOST_SECONDS_EACH = 1.0  # of processor time
BATCH = 50

Rng = random.Random


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    tables = book(
        random_positions(np.random.default_rng(11)),
        metrics={
            "liquid": 'total(class in ("loan", "bond"))',
            "loan share": "liquid / total_assets",
            "m 3": "min(rwa, lcr)",
        },
        rwa_market=40,
    )
    return model_of(tables).compiler


# --- grammar -------------------------------------------------------------------------------------------

COLUMNS = ["rate", "risk_weight", "Risk Weight", "duration", "alpha", "BETA", "gamma", "hqla_haircut", "cet1", "max"]
TEXT_COLUMNS = ["side", "class", "currency", "counterparty", "hqla_level", "position"]
TEXTS = ['"loan"', "'asset'", '"EUR"', '"1"', '"A"', '""', '"say ""x"""', "'\u00e9'"]
METRICS = ["liquid", "loan_share", "m_3", "lcr", "nsfr", "rwa", "total_assets", "share_of_year", "rwa_market"]
JUNK = [
    *"()+-*/,;=<>%.≥≤≠−×÷ \"'^&[]{}:$!@#\\\n\t\r\0`~|?_²½٣ª",
    *[
        "**",
        "//",
        "->",
        ":=",
        "==",
        "!=",
        "...",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\U0001f4a9",
        "\ud800",
        "\uffff",
        "ﬁ",
        "ß",
    ],
    *[
        "lambda",
        "None",
        "True",
        "if",
        "else",
        "for",
        "import",
        "__import__",
        "yield",
        "await",
        "is",
        "f''",
        "0x1",
        "1_0",
    ],
    *[
        "1e308",
        "1e15",
        "9" * 40,
        "9" * 400 + "%",
        "1e-320",
        "1.",
        ".1",
        "1e",
        "01",
        "%",
        "12%%",
        "(((((",
        ")))))",
        "not not",
        "in in",
    ],
]


def expression(rng: Rng, depth: int) -> str:
    """Return a formula that is sound, or nearly."""
    if depth <= 0 or rng.random() < 0.15:
        return leaf(rng)
    inner = [expression(rng, depth - 1) for _ in range(rng.choice([1, 2, 2, 3]))]
    return rng.choice(
        [
            lambda: rng.choice([" + ", "-", "*", " / ", "−", "×", "÷"]).join(inner),
            lambda: f"({inner[0]})",
            lambda: f"{rng.choice(['min', 'MAX', 'abs', 'opening'])}({rng.choice([', ', '; ', ' ,']).join(inner)})",
            lambda: f"{rng.choice('-+')}{inner[0]}",
        ]
    )()


def leaf(rng: Rng) -> str:
    """Return a formula without operators outside its functions."""
    name = rng.choice(["sum", "net", "growth", "net_growth", "reduction", "net_reduction"])
    return rng.choice(
        [
            lambda: f"{name}({columns(rng, 2)})",
            lambda: f"{name}({columns(rng, 2)}, {condition(rng, 2)})",
            lambda: f"total({condition(rng, 2)})",
            lambda: f"turnover({rng.choice(['', condition(rng, 1)])})",
            lambda: f"largest({columns(rng, 1)}, {rng.choice(TEXT_COLUMNS)})",
            lambda: f'position("{rng.choice(["asset 0", "Asset 1", "nobody"])}")',
            lambda: f'metric("{rng.choice(METRICS)}")',
            lambda: rng.choice(METRICS),
            lambda: rng.choice(list(catalogue())),
            lambda: number(rng),
        ]
    )()


def columns(rng: Rng, depth: int) -> str:
    """Return arithmetic of columns."""
    if depth <= 0:
        return rng.choice([*COLUMNS, number(rng), f'column("{rng.choice(COLUMNS)}")'])
    return f"{columns(rng, depth - 1)}{rng.choice([' * ', '+', '-', '/'])}{columns(rng, depth - 1)}"


def condition(rng: Rng, depth: int) -> str:
    """Return a filter."""
    if depth <= 0:
        compare = rng.choice(["=", "<>", "≠", "==", "!=", "in"])
        if rng.random() < 0.5:
            return f"{rng.choice(COLUMNS)} {rng.choice(['<=', '>', '≥', '=', '<'])} {number(rng)}"
        if compare == "in":
            return f"{rng.choice(TEXT_COLUMNS)} {rng.choice(['in', 'not in'])} ({', '.join(rng.choices(TEXTS, k=2))})"
        return f"{rng.choice(TEXT_COLUMNS)} {compare} {rng.choice(TEXTS)}"
    parts = [condition(rng, depth - 1) for _ in range(2)]
    return rng.choice([f"{parts[0]} AND {parts[1]}", f"not ({parts[0]} or {parts[1]})", f"({parts[0]})", parts[0]])


def number(rng: Rng) -> str:
    """Return a number as people type it."""
    return rng.choice(["0", "1", "12%", "0.5", ".25", "1e-5", "1e15", "3.0e+2", "7 %", "100000", "1e-300", "2"])


# --- what a fuzzer makes of it -------------------------------------------------------------------------


def grammatical(rng: Rng) -> str:
    return expression(rng, rng.randint(0, 5))


def mutated(rng: Rng) -> str:
    """Damage a sound formula: pieces dropped, doubled, swapped, junk put in."""
    text = rng.choice([grammatical, lambda r: r.choice([m.formula for m in catalogue().values()])])(rng)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at, to = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        piece = text[at:to]
        new = rng.choice(["", piece * 2, piece[::-1], rng.choice(JUNK), piece + rng.choice(JUNK), piece.swapcase()])
        text = (text[:at] + new + text[to:])[: 2 * MAX_LENGTH]
    return text


def soup(rng: Rng) -> str:
    words = [
        *JUNK,
        *COLUMNS,
        *TEXTS,
        *METRICS,
        *TEXT_COLUMNS,
        *(f"{name}(" for name in FUNCTIONS),
        *") ) ) , ( and or".split(),
    ]
    return "".join(rng.choices(words, k=rng.choice([1, 3, 10, 40, 300])))


def raw_bytes(rng: Rng) -> str:
    encoding = rng.choice(["latin-1", "utf-8", "utf-16-le", "cp437"])
    return rng.randbytes(rng.choice([1, 8, 60, 500])).decode(encoding, rng.choice(["replace", "ignore"]))


def repeated(rng: Rng) -> str:
    """Long and deep ones: what exhausts a stack or takes quadratic time."""
    piece = rng.choice(
        [*JUNK, "1+", "(", "abs(", "max(1,", "not ", "-", "rate*", "lcr+", "lcr/", "'", '"', "1<", "x in ", " "]
    )
    size = rng.choice(
        [MAX_DEPTH - 1, MAX_DEPTH + 2, 300, MAX_TOKENS - 5, MAX_TOKENS + 5, MAX_LENGTH // len(piece), 40_000]
    )
    middle, closing = rng.choice(["", "1", "lcr", "net(rate)"]), rng.choice(["", ")"])
    text = piece * size + middle + closing * min(size, piece.count("(") * size)
    return rng.choice([text, f"sum({text})", f'sum(rate, class = "loan" and {text})', f"total({text})"])


MAKERS: list[Callable[[Rng], str]] = [grammatical, mutated, mutated, soup, raw_bytes, repeated]


def check(compiler: Compiler, text: str, point: Point) -> bool:
    """Compile one formula; returns whether it was sound."""
    started = time.process_time()
    try:
        made = compiler.compile(text)
    except FormulaError as refused:
        assert 0 <= refused.offset <= len(text)  # noqa: PT017
        assert refused.text  # noqa: PT017
        assert refused.cure  # noqa: PT017
        assert "▸" in caret(text, refused.offset)  # noqa: PT017
        return False
    else:
        assert isinstance(made, Expression)
        assert all(0 <= offset <= len(text) for _, offset, _ in compiler.warnings)
        for value in (compiler.at_opening(made), made.value(point)):
            assert isinstance(value, float)
        return True
    finally:
        seconds = time.process_time() - started
        assert seconds < MOST_SECONDS_EACH, f"{seconds:.2f} s"


def fuzz(compiler: Compiler, seconds: float) -> int:
    """Fuzz for so long; returns how many formulas were tried."""
    sheet = compiler.scope.sheet
    point = Point.at(sheet.lower, sheet.opening)
    end, tried, sound = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        for seed in range(tried, tried + BATCH):
            rng = Rng(seed)
            text = MAKERS[seed % len(MAKERS)](rng)
            try:
                sound += check(compiler, text, point)
            except BaseException as fault:
                message = f"seed {seed}: {text[:300]!r} ({len(text)} characters): {type(fault).__name__}: {fault}"
                raise AssertionError(message) from fault
        tried += BATCH
    assert 0.02 * tried < sound < 0.9 * tried, "a fuzzer that finds only good or only bad formulas tests nothing"
    return tried


@pytest.mark.filterwarnings("error")
def test_fuzz(compiler: Compiler) -> None:
    assert fuzz(compiler, EVERYDAY_SECONDS) >= 300


@pytest.mark.long
@pytest.mark.filterwarnings("error")
def test_fuzz_long(compiler: Compiler) -> None:
    assert fuzz(compiler, LONG_SECONDS) >= 10_000


PATTERNS = ["{0} * {0}", "{0} / {0}", "{0} + {0}", "max({0}, {0} + lcr)", "abs({0} - rwa) * {0}"]
LACKING = "1 + sum(deposit_beta) + sum(convexity)"


@pytest.mark.parametrize("first", ["min(net(rate), total_assets)", LACKING])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_metrics_that_use_each_other_twice_stay_small(pattern: str, first: str) -> None:
    """Each metric doubles the one before: after forty of them a naive reading takes 10¹² steps.

    The second book lacks the columns: what is missing must not double either.
    """
    metrics = {"fold 0": first} | {f"fold {at}": pattern.format(f"fold_{at - 1}") for at in range(1, 50)}
    positions = random_positions(np.random.default_rng(3))
    if first == LACKING:
        del positions["deposit_beta"], positions["convexity"]
    tables = book(positions, metrics=metrics)
    started = time.process_time()
    model, findings = read(tables)
    assert time.process_time() - started < 5.0
    assert model is not None or any("parts" in finding.text or "column" in finding.text for finding in findings)


@pytest.mark.parametrize(("pattern", "deepest"), list(zip(PATTERNS, [11, 11, 49, 9, 6], strict=True)))
def test_a_formula_of_many_parts_is_read_part_by_part(pattern: str, deepest: int) -> None:
    """The deepest metric that is small enough to be taken: its number, tangent, bounds and word."""
    metrics = {"fold 0": "1 + min(net(rate), total_assets) / total_assets"} | {
        f"fold {at}": pattern.format(f"fold_{at - 1}") for at in range(1, deepest + 1)
    }
    model = model_of(book(random_positions(np.random.default_rng(3)), metrics=metrics))
    expression = model.metrics[f"fold_{deepest}"][1]
    point = Point.at(model.sheet.opening, model.sheet.opening)
    started = time.process_time()
    with np.errstate(all="ignore"):
        tangent, value = expression.linearise(point), expression.value(point)
        bounds(expression, model.sheet)
    describe(expression)
    assert time.process_time() - started < 0.2
    assert tangent.value(point) == pytest.approx(value, rel=1e-6)
