"""The formula language of design section 5: what is understood, what is refused, and where the caret stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import book, model_of, random_positions, read
from xlalm.measures.expression import Expression, Point
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.functions import FUNCTIONS
from xlalm.measures.language.tokens import MAX_LENGTH, MAX_TOKENS, FormulaError, caret, parse
from xlalm.regulation.catalogue import catalogue

POSITIONS = {
    "position": ["Cash", "Loans", "Bonds 5y", "Swap", "Deposits", "Capital"],
    "side": ["asset", "asset", "asset", "off_balance", "liability", "equity"],
    "balance": [100.0, 600.0, 300.0, 50.0, 900.0, 100.0],
    "max": [400.0, 900.0, 500.0, 80.0, 1200.0, 100.0],
    "rate": [0.01, 0.05, 0.03, 0.002, 0.015, 0.0],
    "class": ["cash", "Loan", " BOND ", None, "deposit", None],
    "12m rate": [0.011, 0.052, 0.031, 0.0, 0.016, 0.0],
    "Größe": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    "in": [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "lambda": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    "repricing years": [0.0, 1.0, 5.0, None, 0.5, None],
    "risk_weight": [0.0, 1.0, 0.2, 0.1, 0.0, 0.0],
    "hqla_level": ["1", None, "2A", None, None, None],
    "account": ["1000234", "100", "0.5", "x1", None, None],
}
BALANCE = np.array(POSITIONS["balance"])


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    tables = book(
        POSITIONS,
        metrics={"liquid": 'total(class in ("cash", "bond"))', "Loan share": 'position("Loans") / total_assets'},
        rwa_market=40,
    )
    return model_of(tables).compiler


def number(compiler: Compiler, text: str) -> float:
    return compiler.at_opening(compiler.compile(text))


def fault(compiler: Compiler, text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        compiler.compile(text)
    return caught.value


# --- what is understood --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("position(„Loans“)", 600.0),
        ("position(“Loans”)", 600.0),
        ("position(”Loans”)", 600.0),
        ("position(«Loans»)", 600.0),
        ("position(»Loans«)", 600.0),
        ("position(\u2018Loans\u2019)", 600.0),
        ("position(\u201aLoans\u2018)", 600.0),
        ("position(\u2039Loans\u203a)", 600.0),
        ("position(\uff02Loans\uff02)", 600.0),
        ('position("Bonds  5y")', 300.0),
        ('position("Bonds\u00a05y")', 300.0),
        ("12%", 0.12),
        ("12 %", 0.12),
        ("1/12%", 1 / 0.12),
        ("50%*50%", 0.25),
        ("100%-5%", 0.95),
        ("-2%", -0.02),
        (".5%", 0.005),
        ("1e-5", 1e-5),
        ("1E+3", 1000.0),
        (".5", 0.5),
        ("2 − 3", -1.0),
        ("2 × 3 ÷ 4", 1.5),
        ("1 - 2 - 3", -4.0),
        ("8 / 4 / 2", 1.0),
        ("2 + 3 * 4", 14.0),
        ("-(2 + 3) * -2", 10.0),
        ("+5", 5.0),
        ("  \t7\n ", 7.0),
        ("min(3; 2, 5)", 2.0),
        ("MAX(3,  2)", 3.0),
        ("max(4)", 4.0),
        ("Abs(0 - 3)", 3.0),
        ("abs(-3)", 3.0),
        ("sum(rate)", 100 * 0.01 + 600 * 0.05 + 300 * 0.03 + 50 * 0.002 + 900 * 0.015),
        ("net(rate)", 100 * 0.01 + 600 * 0.05 + 300 * 0.03 + 50 * 0.002 - 900 * 0.015),
        ("SUM(Rate, Side = 'ASSET')", 40.0),
        ('sum(rate; side = "asset")', 40.0),
        ('sum(1 / 12%, side = "asset")', 1000 / 0.12),
        ('total(side = "asset")', 1000.0),
        ('total(side <> "asset")', 1050.0),
        ('total(side ≠ "asset")', 1050.0),
        ('total(side != "asset")', 1050.0),
        ('total(side == "asset" AND rate ≥ 3%)', 900.0),
        ('total(side = "asset" And Not rate => 3%)', 100.0),
        ('total(side = "asset" and rate =< 0.03)', 400.0),
        ('total(side = "asset" and rate ≤ 3%)', 400.0),
        ('total(side = "equity" OR class = "cash")', 200.0),
        ('total(class = "loan")', 600.0),
        ('total(class = "  LOAN ")', 600.0),
        ('total(class = "bond")', 300.0),
        ('total(class in ("loan", "bond"))', 900.0),
        ('total(class IN ("loan"))', 600.0),
        ('total(class not in ("loan", "bond", "deposit") and side = "asset")', 100.0),
        ('total(class In ("loan"; "bond"))', 900.0),
        ("total(0 < repricing_years <= 5)", 600.0 + 300.0 + 900.0),
        ("total(5 >= repricing_years > 0.5)", 900.0),
        ("total(repricing years in (1, 5))", None),  # two words are no name: refused below
        ("total(repricing-years <= 1)", None),
        ("total(repricing_years <= 1)", 100.0 + 600.0 + 900.0),  # blanks (Swap, Capital) are not <= 1
        ("total(repricing_years > 1)", 300.0),
        ("total(repricing_years in (1, 5))", 900.0),
        ("total(hqla_level = 1)", 100.0),
        ('total(hqla_level = "1")', 100.0),
        ('total(hqla_level = "2a")', 300.0),
        ("total(account = 1000234)", 100.0),
        ("total(account in (100, 0.5))", 900.0),
        ('total("loan" = class)', 600.0),
        ("sum(12m_rate)", 1.1 + 31.2 + 9.3 + 14.4),
        ('sum(column("12m rate"))', 1.1 + 31.2 + 9.3 + 14.4),
        ('sum(COLUMN("12M-Rate"))', 1.1 + 31.2 + 9.3 + 14.4),
        ("sum(Größe)", 100 + 1200 + 900 + 200 + 4500 + 600),
        ("sum(GRÖSSE)", 100 + 1200 + 900 + 200 + 4500 + 600),
        ("sum(lambda)", 600.0),
        ("sum(rate / lambda, lambda > 0)", 30.0),  # what the filter leaves out may be 0 below
        ('sum(column("in"))', 100.0),
        ('sum(rate * Größe - 2%, side = "asset")', 1 + 60 + 27 - 20.0),
        ('sum(-rate, side = "asset")', -40.0),
        ('position("loans")', 600.0),
        ('position(" Bonds 5Y ")', 300.0),
        ("position('Cash')", 100.0),
        ("liquid", 400.0),
        ("LIQUID * 2", 800.0),
        ("loan_share", 0.6),
        ('metric("Loan share")', 0.6),
        ('metric("loan-SHARE") * 100%', 0.6),
        ("total_assets", 1000.0),
        ("rwa_market", 40.0),
        ("rwa", 600 + 60 + 5 + 40.0),
        ("opening(total_assets) * 2", 2000.0),
        ("turnover()", 0.0),
        ('turnover(side = "off_balance")', 0.0),
        ("growth(rate) + reduction(rate) + net_growth(rate) - net_reduction(1)", 0.0),
        ('largest(1, class, side = "asset")', 600.0),
        ('total(class = "say ""x""")', 0.0),
    ],
)
def test_what_is_typed_means_what_it_says(compiler: Compiler, text: str, value: float | None) -> None:
    if value is None:
        fault(compiler, text)
    else:
        assert number(compiler, text) == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_flows_against_the_opening(compiler: Compiler) -> None:
    """Growth and reduction, two-sided turnover, and off-balance only where the filter names it."""
    moved = BALANCE + np.array([50.0, -100.0, 0.0, 20.0, 30.0, 0.0])
    point = Point.at(moved, BALANCE)
    expected = {
        "turnover()": 180.0,
        'turnover(side = "off_balance")': 20.0,
        'turnover(side = "asset")': 150.0,
        "growth(1)": 100.0,
        "reduction(1)": 100.0,
        "net_growth(1)": 50.0 + 20.0 - 30.0,
        "net_reduction(1)": 100.0,
        'growth(rate, side = "asset")': 0.5,
        "opening(total_assets)": 1000.0,
        "total_assets": 950.0,
        "total_assets - opening(total_assets)": -50.0,
    }
    for text, value in expected.items():
        assert compiler.compile(text).value(point) == pytest.approx(value, rel=1e-12), text


@pytest.mark.parametrize("header", ["class 2", "and", "or", "not", "if", "12", "3 + 4", "über rate", "a.b", "{x}", "é"])
def test_any_header_can_be_reached(header: str) -> None:
    model = model_of(book({**POSITIONS, header: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}))
    text = f'sum(column("{header}"), side = "asset")'
    assert number(model.compiler, text) == pytest.approx(100 + 1200 + 900)


# --- carets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "message", "cure"),
    [
        # unknown names, with suggestions
        ("sum(ratee)", "ratee", 'no column "ratee" in Positions (did you mean "rate"?)', "add the column"),
        ("  1 + sum(ratee)", "ratee", 'no column "ratee"', "correct the name"),
        ("12% + 5% * lcrr", "lcrr", '"lcrr" is not known (did you mean "lcr"?)', "Metrics"),
        ("größe ≥ 1", "größe", "condition", "filter"),
        ("12%+größ", "größ", '"größ" is not known', "correct the name"),
        ('1 + position("Loanz")', '"Loanz"', 'no position "Loanz" (did you mean "Loans"?)', "correct the name"),
        ('2*metric("liqid")', '"liqid"', 'no measure "liqid" (did you mean "liquid"?)', "Metrics"),
        ("summ(rate)", "summ", 'no function "summ" (did you mean "sum"?)', "Guide"),
        ('total(side = "asset" and raet > 1)', "raet", 'no column "raet" in Positions (did you mean "rate"?)', "add"),
        ('total(NOT class = "a" AND clas = "b")', "clas ", 'no column "clas"', "correct"),
        # characters without meaning
        ("rate^2", "^", '"^" has no meaning', "multiply"),
        ("[rate]", "[", "no meaning", "without brackets"),
        ("{1, 2}", "{", "no meaning", "(…)"),
        ("a & b", "&", "no meaning", "and"),
        ("a | b", "|", "no meaning", "or"),
        ("$A$1", "$", "no meaning", "not cells"),
        ("Limits!A1", "!", "no meaning", "not cells"),
        ("A1:B2", ":", "no meaning", "not cells"),
        ("sum(rate) %", "%", "no meaning", "follows a number"),
        ("“loan", "“", "no meaning", "straight"),
        ("1 + „loan", "„", "no meaning", "straight"),
        ("loan»", "»", "no meaning", "straight"),
        ('total(class = "loan)', '"loan)', "no meaning", "close the quotation mark"),
        ("total(class = 'loan)", "'loan)", "no meaning", "close the quotation mark"),
        ("sum.rate", ".", "no meaning", "no dots"),
        ("5. + 1", ".", "no meaning", "need a digit"),
        ("a @ b", "@", "no meaning", "delete it"),
        ("a \\ b", "\\", "no meaning", "delete it"),
        ("# note", "#", "no meaning", "delete it"),
        # functions of Excel
        ("if(total_assets>900,1,0)", "if", 'no function "if"', "use one of sum, net"),
        ("1 + Round(min(1, 2) * 3,2)", "Round", 'no function "Round"', "turnover"),
        ("sumproduct(sum(1,5))", "sumproduct", 'no function "sumproduct"', "use one of sum"),
        # numbers
        ("1,5", ",5", "decimal comma", "1.5"),
        ("sum(1,5)", ",5", "decimal comma", "blank after a comma"),
        ("12% + 0,5 * lcr", ",5", "decimal comma", "1.5"),
        ("1e400", "1e400", "too large", "1e15"),
        ("5 + 1e999", "1e999", "too large", "1e15"),
        ("1 / 0", "0", "division by zero", "not 0"),
        ("rwa / (2 - 2)", "2 - 2", "division by zero", "not 0"),
        ("1e15 * 1e15 * 1e15", "1e15", "beyond all bounds", "smaller"),
        ("1e15 * 1e10 * sum(1e10 * rate)", "1e15", "beyond all bounds", "smaller"),
        ("1 + sum(1e10 * rate) / 1e-40", "sum", "beyond all bounds", "smaller"),
        ("sum(1e15 * 1e15 * 1e15 * rate)", "1e15", 'no number for "Cash"', "never 0"),
        ("abs(rwa) / 1e-310", "abs", "beyond all bounds", "smaller"),
        # a number where a text belongs, and the other way round
        ("rate", "rate", '"rate" is a column', "sum(rate)"),
        ("1 + class", "class", "is a column", "sum(class)"),
        ('1 + "loan"', '"loan"', "a text stands where a number", "quotation"),
        ("sum(class)", "class", 'column "class" holds text', "filter"),
        ("sum(rate, class > 3)", "class", "only be compared with =", "in for texts"),
        ('sum(rate, class < "a")', "class", "only be compared with =", "in for texts"),
        ('total(rate = "high")', "rate", "number column is compared with a text", "numbers with numbers"),
        ("total(rate)", "rate", "not a condition", "class ="),
        ('total("loan")', '"loan"', "not a condition", "class ="),
        ("total(sum(rate) > 3)", "sum", "cannot stand among columns", "inside sum"),
        ("sum(lcr)", "lcr", 'no column "lcr"', "add the column"),
        ("sum(sum(rate))", "sum(rate)", "cannot stand among columns", "inside sum"),
        ("sum(min(rate, 1))", "min", "cannot stand among columns", "inside sum"),
        ("sum(1 / In_x)", "In_x", 'no column "In_x"', "add"),
        ("1 + lcr", "lcr", 'measure "lcr" has no value in this book: division by zero', "a column headed outflow_rate"),
        ("sum(rate / lambda)", "rate / lambda", 'no number for "Cash"', "never 0"),
        ("position(Loans)", "Loans", "takes a name in quotation marks", 'position("name")'),
        ("metric(liquid)", "liquid", "takes a name in quotation marks", 'metric("name")'),
        ("sum(column(rate))", "rate", "takes a name in quotation marks", 'column("name")'),
        ('sum(column("a", "b"))', "column", "takes one name", 'column("header")'),
        ('column("rate")', "column", "outside a sum", "sum(column"),
        ("largest(1, rate)", "rate", "a text column is wanted", "counterparty"),
        # functions
        ("sum", "sum", "sum is a function", "sum(…)"),
        ("1 + turnover", "turnover", "is a function", "turnover(…)"),
        ("sum()", "sum", "wrong number of arguments", "sum(columns)"),
        ("sum(rate, rate > 1, rate)", "sum", "wrong number of arguments", "sum(columns, filter)"),
        ("total()", "total", "wrong number", "total(filter)"),
        ("abs(1, 2)", "abs", "wrong number", "abs(formula)"),
        ("min()", "min", "wrong number", "min(a, b"),
        ("turnover(rate > 1, 2)", "turnover", "wrong number", "turnover(filter)"),
        ('position("Cash", "Loans")', "position", "wrong number", 'position("name")'),
        # conditions outside filters
        ("lcr > 1", "lcr", "condition stands where a number", "filter"),
        ("lcr and nsfr", "lcr", "condition stands where a number", "filter"),
        ("1 = 1", "1", "condition stands where a number", "filter"),
        # grammar
        ("", "", "empty", "enter"),
        ("   ", "   ", "empty", "enter"),
        ("1 +", None, "cannot be read", "operators"),
        ("1 + * 2", "* 2", "cannot be read", "operators"),
        ("(1 + 2", "(1", "cannot be read", "parentheses"),
        ("12% + (1 + 2", "(1", "cannot be read", "parentheses"),
        ("1 + 2)", ")", "cannot be read", "parentheses"),
        ("total assets", "total", "cannot be read", "operators"),
        ("1 2", "1", "cannot be read", "operators"),
        ("5%5", "5%", "cannot be read", "operators"),
        ("lcr nsfr", "lcr", "cannot be read", "operators"),
        ("a = = b", "=", "cannot be read", "operators"),
    ],
)
def test_caret_is_true_to_what_was_typed(
    compiler: Compiler, text: str, at: str | None, message: str, cure: str
) -> None:
    found = fault(compiler, text)
    assert message in found.text
    assert cure in found.cure
    expected = len(text) if at is None else text.index(at)
    if "cannot be read" in message and at is not None:  # Python's parser chooses within the faulty piece
        assert expected <= found.offset <= len(text)
    elif at is None:
        assert found.offset <= len(text)
    else:
        assert found.offset == expected, caret(text, found.offset)


@pytest.mark.parametrize("before", ["12%+", "≥", "−", "größe+", "  ", '"ß"+', "x≤", "1e-5*", "NOT "])
def test_rewriting_never_moves_the_caret(before: str) -> None:
    """Whatever is rewritten to something longer or shorter, a bad character after it is found where it stands."""
    text = before + "^"
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.offset == len(before)


def test_caret_shows_the_place_and_shortens_long_texts() -> None:
    assert caret("sum(rate blance)", 9) == "sum(rate ▸blance)"
    assert caret("a" * 100, 60) == "…" + "a" * 40 + "▸" + "a" * 30 + "…"


def test_settings_that_formulas_may_use(compiler: Compiler) -> None:
    assert number(compiler, "rwa_market") == 40.0
    assert number(compiler, "capital_target") == 0.13
    assert number(compiler, "sum(cost_of_capital)") == pytest.approx(0.1 * BALANCE.sum())
    assert number(compiler, "share_of_year") == 0.5
    started = model_of(book(POSITIONS, timing="start")).compiler
    assert number(started, "share_of_year") == 1.0
    for name in ("seed", "var_days", "time_limit_s", "timing"):
        assert fault(compiler, name).text.startswith(f'"{name}" is not known')
        assert "there is no column" in fault(compiler, f"sum({name})").text


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "lcr.value",
        "().__class__",
        "(1).real",
        "rate[0]",
        '"a"[0]',
        "lambda x: x",
        "[x for x in (1, 2)]",
        "(x for x in (1, 2))",
        "{1: 2}",
        "2 ** 3",
        "7 // 2",
        "7 % 2",
        "1 << 2",
        "1 >> 2",
        "~1",
        "not 1",
        'f"{rate}"',
        "f'x'",
        'b"x"',
        "sum(rate)(1)",
        "min(1, 2)(3)",
        '"sum"(rate)',
        "(sum)(rate)(2)",
        '__import__("os")',
        'eval("1")',
        'exec("1")',
        "print(1)",
        "open('x')",
        "sum(columns=rate)",
        "min(a=1)",
        "sum(*rate)",
        "sum(**rate)",
        "min(*(1, 2))",
        "(1, 2)",
        "()",
        "1 if 2 else 3",
        "x := 3",
        "x = 3",
        "True",
        "None",
        "...",
        "await x",
        "yield 1",
        "1; 2",
        "1\n2",
        "import os",
        "0x10",
        "1_000",
        "1j",
        "1e",
        'sum(rate, (class = "a", class = "b"))',
        "sum((rate, rate))",
        "sum(rate if rate else rate)",
        "sum(rate ** 2)",
        "sum(rate // 2)",
        "sum(not rate)",
        "sum(rate > 1)",
        "total(rate < (1, 2))",
        'total(class is "loan")',
        "total(not)",
        "\x00",
        "1 + \ufeff2",
    ],
)
def test_nothing_but_the_language_is_read(compiler: Compiler, text: str) -> None:
    found = fault(compiler, text)
    assert 0 <= found.offset <= len(text)
    assert found.text
    assert found.cure


@pytest.mark.parametrize(
    ("character", "what"),
    [
        ("\u200b", "the invisible character U+200B"),
        ("\x07", "the invisible character U+0007"),
        ("\u20ac", '"\u20ac"'),
        ("$", '"$"'),
    ],
)
def test_a_character_that_cannot_be_seen_is_named_by_its_number(compiler: Compiler, character: str, what: str) -> None:
    found = fault(compiler, f"1 +{character}2")
    assert (found.text, found.offset) == (f"{what} has no meaning in a formula", 3)


def test_too_long_too_many_too_deep(compiler: Compiler) -> None:
    found = fault(compiler, "1" + " " * MAX_LENGTH)
    assert (found.offset, "characters long" in found.text) == (MAX_LENGTH, True)
    assert "more than 2000 names" in fault(compiler, "+".join("1" * (MAX_TOKENS // 2 + 1))).text
    deep = "(" * 60 + "1" + ")" * 60
    assert (fault(compiler, deep).offset, "deeper than 50" in fault(compiler, deep).text) == (50, True)
    assert "deeper than 50" in fault(compiler, "-" * 60 + "1").text
    assert "deeper than 50" in fault(compiler, "total(" + "not " * 60 + "rate > 1)").text
    assert number(compiler, "(" * 50 + "1" + ")" * 50) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "**".join(["2"] * 600),  # a chain that Python nests to the right
        ("-" * 45 + "(") * 40 + "1" + ")" * 40,
        "sum(" + ("-" * 45 + "(") * 40 + "1" + ")" * 40 + ")",
        "total(" + ("not " * 40 + "(") * 40 + "rate > 1" + ")" * 40 + ")",
        "/".join(["lcr"] * 900),
        "*".join(["lcr"] * 900),
    ],
    ids=["powers", "signs", "column signs", "nots", "ratios", "products"],
)
def test_no_formula_exhausts_the_stack(compiler: Compiler, text: str) -> None:
    """Either it compiles and has a number, or it is refused as a formula: never a RecursionError."""
    try:
        expression = compiler.compile(text)
    except FormulaError as refused:
        assert refused.cure  # noqa: PT017
    else:
        compiler.at_opening(expression)


def test_long_sums_compile(compiler: Compiler) -> None:
    """Sums as long as a formula may be, of amounts, of columns and of pieces; 1,500 terms need two Metrics rows."""
    n = MAX_TOKENS // 2 - 5
    assert number(compiler, "+".join(["liquid"] * n)) == pytest.approx(400 * n)
    assert number(compiler, "sum(" + "+".join(["rate"] * n) + ', side = "asset")') == pytest.approx(40 * n)
    some = MAX_TOKENS // 5 - 1
    assert number(compiler, "+".join(["abs(rwa)"] * some)) == pytest.approx(705 * some)
    assert number(compiler, "total(" + " or ".join(['side = "asset"'] * 400) + ")") == pytest.approx(1000)
    half = " + ".join(["total_assets"] * 500)
    halves = {f"part {i}": half for i in range(3)}
    model = model_of(book(POSITIONS, metrics={**halves, "whole": "part_0 + part_1 + part_2"}))
    assert number(model.compiler, "whole") == pytest.approx(1500 * 1000)
    assert "split it into Metrics rows" in fault(compiler, "+".join(["1"] * 1500)).cure


# --- metrics -------------------------------------------------------------------------------------------


def test_metrics_in_any_order_and_cycles_named() -> None:
    tables = book(POSITIONS, metrics={"c": "b + 1", "b": "a * 2", "a": "total_assets"})
    assert number(model_of(tables).compiler, "c") == 2001.0
    _, findings = read(book(POSITIONS, metrics={"a": "b + 1", "b": "2 * c", "c": "a - 1", "d": "d"}))
    texts = [str(f) for f in findings]
    assert any("circle: b → c → a → b" in text and text.startswith("Metrics!B2") for text in texts)
    assert any("circle: d → d" in text and text.startswith("Metrics!B5") for text in texts)


def test_metric_chain_has_an_end() -> None:
    long = {f"m{i}": f"m{i + 1} + 1" for i in range(80)} | {"m80": "1"}
    _, findings = read(book(POSITIONS, metrics=long))
    assert any("more than 60 deep" in f.text for f in findings)
    fits = {f"m{i}": f"m{i + 1} + 1" for i in range(50)} | {"m50": "1"}
    assert number(model_of(book(POSITIONS, metrics=fits)).compiler, "m0") == 51.0


def test_fault_inside_a_metric_names_the_metric_and_its_cell() -> None:
    tables = book(POSITIONS, goals=[("outer", "max")], metrics={"outer": "inner * 2", "inner": "sum(ratee)"})
    _, findings = read(tables)
    goal = next(f for f in findings if f.cell is not None and f.cell.sheet == "Goals")
    assert 'metric "inner" (Metrics!B3) has a fault: there is no column "ratee"' in goal.text


def test_a_metric_is_compiled_once_and_shared(compiler: Compiler) -> None:
    assert compiler.metric("liquid") is compiler.metric("LIQUID")
    assert compiler.compile("liquid") is compiler.metric("liquid")


def test_catalogue_compiles_on_a_full_book_and_names_no_function() -> None:
    model = model_of(book(random_positions(np.random.default_rng(1))))
    assert set(model.metrics) >= set(catalogue())
    assert not set(catalogue()) & set(FUNCTIONS)


# --- warnings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("sum(rate)", True),
        ("sum(Größe)", True),
        ("total(rate >= 0)", False),  # a filter says that it is meant
        ("net(rate)", False),
        ('sum(rate, side = "asset")', False),
        ("sum(risk_weight)", False),  # a weight by nature
        ("sum(lambda)", False),  # only loans carry it
        ("1 + 2 * sum(rate)", True),
        ("growth(rate)", True),
    ],
)
def test_sum_over_both_sides_is_a_warning(compiler: Compiler, text: str, warned: bool) -> None:
    compiler.compile(text)
    found = [w for w in compiler.warnings if "adds assets and liabilities" in w[0]]
    assert bool(found) is warned
    if warned:
        assert text[found[0][1] :].startswith(("sum", "growth"))


def test_each_sum_is_warned_of_by_itself() -> None:
    """Weights by nature stay weights beside a sum of something else."""
    both = model_of(book(POSITIONS | {"fee_rate": [0.01] * 6})).compiler
    for text in ("sum(fee_rate)", "net(rate) + sum(fee_rate)", "sum(fee_rate) + net(rate)"):
        both.compile(text)
        assert both.warnings == []
    both.compile("sum(fee_rate) + sum(rate)")
    assert [offset for _, offset, _ in both.warnings] == [16]


def test_filter_that_matches_nothing_is_a_gap(compiler: Compiler) -> None:
    compiler.compile('1 + total(class = "nothing") + total(class = "nothing")')
    (gap,) = compiler.gaps
    assert (gap.kind, gap.what, gap.offset) == ("empty filter", 'class = "nothing"', len("1 + total("))
    assert compiler.warnings == []


# --- fuzz ----------------------------------------------------------------------------------------------

_SIGNS = [*"()+-*/,;=<>%.≥≤≠−×÷ \"'^&[]{}:$!@#\\\n\t", "**", "//", "<>", ">=", ")", ")", ", ", " = ", "\u2028"]
_WORDS = (
    "and OR not in if else for lambda is True None __import__ _ x rate class größe 12m_rate hqla_level side lcr rwa"
)
_FUNCTIONS = "sum( net( total( position( column( metric( opening( min( max( abs( turnover() largest( growth( liquid"
_LITERALS = '1 0 12% 1e-5 1e300 .5 5. 1e400 "loan" "Cash" \'asset\' "rate" ª ² ٣ ﬁ'
_PIECES = st.sampled_from([*_SIGNS, " and ", *_WORDS.split(), *_FUNCTIONS.split(), *_LITERALS.split()])
FUZZ = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join))


def check_fuzz(compiler: Compiler, text: str) -> None:
    try:
        expression = compiler.compile(text)
    except FormulaError as refused:
        assert 0 <= refused.offset <= len(text)  # noqa: PT017
        assert refused.text  # noqa: PT017
        assert refused.cure  # noqa: PT017
        assert "▸" in caret(text, refused.offset)  # noqa: PT017
    else:
        assert isinstance(expression, Expression)
        for _, offset, _ in compiler.warnings:
            assert 0 <= offset < len(text)


@settings(max_examples=400)
@given(text=FUZZ)
def test_any_text_compiles_or_is_refused(compiler: Compiler, text: str) -> None:
    check_fuzz(compiler, text)


@pytest.mark.long
@settings(max_examples=20_000)
@given(text=FUZZ)
def test_any_text_compiles_or_is_refused_long(compiler: Compiler, text: str) -> None:
    check_fuzz(compiler, text)


def test_products_inside_each_other_are_counted(compiler: Compiler) -> None:
    """A product of 100 factors is 99 products around a balance: 100 deep, and one more is too many."""
    factor = 'position("Cash")'
    assert number(compiler, " * ".join([factor] * 100)) == pytest.approx(1e200)
    assert "nested too deeply" in str(fault(compiler, " * ".join([factor] * 101)))
