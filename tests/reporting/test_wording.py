"""How numbers and names read in sentences, at every change of digits."""

import math
import re

import pytest

from xlalm.reporting.words.no_plan import explain_conflict, explain_failure, explain_runaways
from xlalm.reporting.words.wording import (
    amount,
    apart,
    bound_text,
    bounded,
    counted,
    distance,
    figure,
    label,
    listed,
    one_unit,
    outwards,
    percent,
    quantity,
    share,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1,234,567"),
        (1000.0, "1,000"),
        (999.9, "999.9"),
        (10.0, "10.0"),
        (9.99, "9.99"),
        (0.095, "0.10"),
        (0.0949, "0.0949"),
        (0.0, "0.00"),
        (-1000.4, "-1,000"),
        (-0.05, "-0.0500"),
        (-12.34, "-12.3"),
    ],
)
def test_amounts_have_sensible_digits(value: float, text: str) -> None:
    assert amount(value) == text
    assert amount(value, "EUR") == f"EUR {text}"
    assert amount(value, "EUR units") == f"EUR {text} units"
    if not 0 < abs(value) < 0.1:
        assert amount(value, "EUR million") == f"EUR {text} million"


@pytest.mark.parametrize(
    ("value", "money", "text"),
    [
        (0.0996, "EUR million", "EUR 0.10 million"),
        (0.0994, "EUR million", "EUR 99 thousand"),
        (0.0392, "EUR million", "EUR 39 thousand"),
        (0.00392, "EUR million", "EUR 3.9 thousand"),
        (-0.000392, "EUR million", "EUR -392"),
        (0.0000051, "EUR million", "EUR 5.1"),
        (0.000000051, "EUR million", "EUR 0.051"),
        (0.0392, "JPY billion", "JPY 39 million"),
        (0.0392, "IDR trillion", "IDR 39 billion"),
        (0.0392, "EUR Thousand", "EUR 39"),
        (0.0392, "EUR Mio", "EUR 0.0392 Mio"),
        (0.0392, "EUR", "EUR 0.0392"),
        (0.0392, "", "0.0392"),
        (350e6, "EUR", "EUR 350,000,000"),
        (0.0, "EUR million", "EUR 0.00 million"),
    ],
)
def test_small_amounts_are_said_in_the_next_smaller_unit(value: float, money: str, text: str) -> None:
    assert amount(value, money) == text


@pytest.mark.parametrize(
    ("values", "unit", "texts"),
    [
        ((1000.0, 1000.0004), "amount", ["EUR 1,000 million", "EUR 1,000.0004 million"]),
        ((1000.0, 1000.0), "amount", ["EUR 1,000 million"] * 2),
        ((1000.0, 1001.0), "amount", ["EUR 1,000 million", "EUR 1,001 million"]),
        ((10.0, 10.000000011), "amount", ["EUR 10.0 million", "EUR 10.000000011 million"]),
        ((0.0392, 0.0392004), "amount", ["EUR 39.2 thousand", "EUR 39.2004 thousand"]),
        ((0.16, 0.1600004), "%", ["16.00%", "16.00004%"]),
        ((2.0, 2.00000013, 3.0), "years", ["2 years", "2.00000013 years", "3 years"]),
        ((1.0, 1.0 + 1e-16), "years", ["1 years"] * 2),
        ((-1e-13, 0.0), "%", ["0.00%", "0.00%"]),
        ((math.nan, 1.0), "%", ["not defined", "100.00%"]),
    ],
)
def test_values_are_told_apart(values: tuple[float, ...], unit: str, texts: list[str]) -> None:
    assert apart(values, unit, "EUR million") == texts


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.04, "%", "4.00 points"),
        (-0.001, "%", "-0.10 points"),
        (0.00012, "%", "1.2 basis points"),
        (0.0, "%", "0.00 points"),
        (5.0, "amount", "EUR 5.00"),
        (0.5, "years", "0.5 years"),
        (math.nan, "%", "not defined"),
    ],
)
def test_distances(value: float, unit: str, text: str) -> None:
    assert distance(value, unit, "EUR") == text


UNITS = ("%", "amount", "amount per year", "bp", "years", "", "pieces {a}")
MONEYS = ("", "EUR", "EUR million", "EUR thousand", "JPY billion", "CHF trillion", "EUR Mio", "EUR {}")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("money", MONEYS)
def test_no_figure_has_an_exponent_or_a_sign_of_nothing(unit: str, money: str) -> None:
    """From a thousand-millionth to ten million millions, and at the values where the number of digits changes."""
    values = [m * 10.0**e for e in range(-9, 14) for m in (1.0, 1.5, 9.4999, 9.96, 9.99999)]
    for value in [*values, *(-value for value in values), 0.0, -0.0, -1e-17, 1e-300, math.nan, math.inf]:
        near = apart([value, value * (1 + 1e-9)], unit, money)
        texts = [
            quantity(value, unit, money),
            distance(value, unit, money),
            amount(value, money) if value < 1e300 else "",
        ]
        for text in [*texts, *near, figure(value) if abs(value) < 1e300 else "", bounded("<=", value, unit, money)]:
            assert not re.search(r"\d[eE][-+]?\d|nan|inf|-0(\.0+)?(?![.\d])", text), text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 4, "0"),
        (12345.6, 4, "12,346"),
        (1.8e4, 2, "18,000"),
        (0.0153, 2, "0.015"),
        (2.0, 2, "2"),
        (1e-20, 4, "0"),
        (-1e-20, 4, "0"),
    ],
)
def test_plain_figures(value: float, digits: int, text: str) -> None:
    assert figure(value, digits) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.12345, "%", "12.35%"),
        (-0.5, "%", "-50.00%"),
        (12.345, "amount", "USD 12.3 thousand"),
        (12.345, "years", "12.35 years"),
        (12345.6, "", "12,346"),
        (0.5, "", "0.5"),
        (math.nan, "%", "not defined"),
        (math.inf, "amount", "not defined"),
    ],
)
def test_quantities(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit, "USD thousand") == text


@pytest.mark.parametrize(
    ("value", "unit", "down", "up"),
    [
        (0.123456, "%", 0.1234, 0.1235),
        (-0.123456, "%", -0.1235, -0.1234),
        (0.1234, "%", 0.1234, 0.1234),
        (123.456, "amount", 123.4, 123.5),
        (12.0 + 1e-12, "amount", 12.0, 12.0),  # a last bit is no reason to go further
        (12.0 - 1e-12, "amount", 12.0, 12.0),
        (1234.56, "amount", 1234.0, 1235.0),
        (1.2345, "amount", 1.23, 1.24),
        (0.012345, "amount", 0.0123, 0.0124),
        (1.23456, "years", 1.234, 1.235),
        (123.456, "years", 123.4, 123.5),
        (0.00123456, "", 0.001234, 0.001235),
        (0.0, "", 0.0, 0.0),
    ],
)
def test_a_bound_is_rounded_to_the_side_that_gives_more_room(value: float, unit: str, down: float, up: float) -> None:
    assert outwards(value, unit, up=False) == pytest.approx(down, rel=1e-12)
    assert outwards(value, unit, up=True) == pytest.approx(up, rel=1e-12)


def test_a_bound_that_moves_by_little_keeps_the_digits_of_the_way() -> None:
    assert outwards(1000.0, "amount", up=False, start=1000.0004) == 1000.0
    assert outwards(1000.00037, "amount", up=True, start=1000.0) == pytest.approx(1000.00037, rel=1e-12)
    assert outwards(0.1552372, "%", up=False, start=0.16) == 0.1552


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("%", "one percentage point"),
        ("amount", "EUR 1 million"),
        ("years", "one year"),
        ("year", "one year"),
        ("", "one unit"),
        ("years squared", "one year squared"),
        ("bp", "one basis point"),
        ("amount per year", "EUR 1 million"),
    ],
)
def test_one_unit(unit: str, text: str) -> None:
    assert one_unit(unit, "EUR million") == text
    assert one_unit("amount", "EUR") == "EUR 1"
    assert one_unit("amount") == "1"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cet1_ratio", "CET1 ratio"),
        ("tier1_ratio", "Tier 1 ratio"),
        ("nii_12m", "NII 12 months"),
        ("Risk adjusted margin", "Risk adjusted margin"),
        ("lcr", "LCR"),
        ("LCR", "LCR"),
        ("", ""),
    ],
)
def test_labels(name: str, text: str) -> None:
    assert label(name) == text


def test_bounds() -> None:
    assert [bounded(sense, 1.5, "%") for sense in (">=", "<=", "=")] == ["≥ 150.00%", "≤ 150.00%", "= 150.00%"]
    assert bounded("<=", 120.0, "amount", "EUR million") == "≤ EUR 120.0 million"
    assert bound_text(1e-10, "amount") == "0.00"
    assert bound_text(2e-9, "amount") == "0.00000000200"
    assert bound_text(2e-9, "amount", "EUR") == "EUR 0.00000000200"
    assert bound_text(0.5e-11, "%") == "0.00%"
    assert bound_text(-0.5e-9, "years") == "0 years"
    assert bound_text(-3e-9, "years") == "-0.000000003 years"


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ("a", "a"),
        ("ab", "a and b"),
        ("abc", "a, b and c"),
        ("abcd", "a, b, c and 1 more"),
        ("abcdef", "a, b, c and 3 more"),
    ],
)
def test_lists(items: str, text: str) -> None:
    assert listed(items, 3) == text
    assert listed(items, 3, "others", last=", ") == text.replace(" and c", ", c").replace(" and b", ", b").replace(
        "more", "others"
    )
    assert listed(items) == listed(items, 6)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (0.99, "99%"),
        (1 - 0.99, "1%"),
        (0.975, "97.5%"),
        (1.0, "100%"),
        (1 - 1e-12, "more than 99.9999%"),
        (1e-12, "less than 0.0001%"),
        (0.0, "0%"),
    ],
)
def test_percent_has_the_digits_it_needs(part: float, text: str) -> None:
    assert percent(part) == text


def test_shares_and_counts() -> None:
    assert [share(0.125), share(0.2664, 1), share(0.128, 1, signed=True)] == ["12%", "26.6%", "+12.8%"]
    assert share(-0.128, 1, signed=True) == "-12.8%"
    assert [counted(k, "exception") for k in (0, 1, 2)] == ["0 exceptions", "1 exception", "2 exceptions"]


def test_conflicts_of_one_of_eight_and_of_more() -> None:
    names = [f"m{k}" for k in range(1, 11)]
    assert explain_conflict(names[:1], ["r"], irreducible=True) == [
        "No plan meets all limits. This cannot hold by itself: m1.",
        "The cheapest way out, enough: move r.",
    ]
    eight = explain_conflict(names[:8], ["r", "s"], irreducible=True)
    assert eight == [
        "No plan meets all limits. These 8 cannot hold together: m1, m2, m3, m4, m5, m6, m7 and m8.",
        "Without any one of them the others can hold together.",
        "The cheapest way out, enough together: move r and s.",
    ]
    ten = explain_conflict(names, [], irreducible=False)
    assert ten == [
        "No plan meets all limits. These 10 cannot hold together: "
        "m1, m2, m3, m4, m5, m6, m7, m8 and 2 more (see Conflicts).",
        "No relaxation of limits and position bounds alone is enough: look at lots and fixed lines.",
    ]


def test_five_relaxations_are_named_and_the_others_counted() -> None:
    found = explain_conflict(["a", "b"], list("rstuvwx"), irreducible=False, exact=False)
    assert found[1:] == [
        "The cheapest way out, at least so far, and more where products and values at risk ask for it: "
        "move r, s, t, u and v.",
        "And 2 more, listed in Conflicts.",
    ]
    assert not any("And " in text for text in explain_conflict(["a", "b"], list("rstuv"), irreducible=False))


def test_a_search_that_ended_early_promises_nothing() -> None:
    early = explain_conflict(["a"], ["r"], irreducible=False, settled=False)
    assert early[1] == "A way out, perhaps not the cheapest, enough: move r."
    assert explain_conflict(["a"], [], irreducible=False, settled=False)[1:] == [
        "No way out was found before the search ended.",
    ]
    assert len(explain_conflict(["a", "b"], ["r"], irreducible=False)) == 2


def test_failures() -> None:
    assert explain_failure("failed", "HiGHS: error") == ["The solver gave no plan (HiGHS: error)."]
    assert explain_failure("stopped", "HiGHS: time") == [
        "Time was up before a plan was found (HiGHS: time).",
        "Raise time_limit_s in Settings and solve again.",
    ]
    assert explain_runaways([]) == explain_failure("unbounded", "")
    six = explain_runaways([f"p{k}" for k in range(1, 7)])
    assert six[0].startswith("The goal can grow without end: p1, p2, p3, p4 and p5 can grow")
