"""What a check says of limits, goals and metrics that cannot be meant: cell and sentence, and when it is silent."""

from typing import Any

import pytest

import xlalm
from tests.figures.bank import bank, limit

LOANS = 'position("Loans")'
SHARE = f"{LOANS} / total_assets"
KEPT = f'Limits!D2: bound of "limit" is {{}}, and {SHARE} is a share, at most 100%: every plan keeps it; {{}}.'


def findings(*limits: dict[str, Any], settings: Any = None, **tables: Any) -> tuple[str, ...]:
    """Return what a check finds, but for what it says of a book that has no limits or watches them only."""
    made = bank(*limits, settings=settings)
    made.update(tables)
    return tuple(line for line in xlalm.check(made).findings if "is bounded only by min and max" not in line)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            limit(LOANS, "<=", 120.0, hard="no"),
            'Limits!A2: soft limit "limit" has no penalty; enter the goal units lost per 1.00 of shortfall, '
            "or set hard to yes.",
        ),
        (limit(LOANS, "<=", 120.0, hard="no", penalty=1.0), ""),
        (limit(LOANS, "<=", 120.0, hard="no", active="no"), ""),
        (
            limit(LOANS, "<=", 120.0, scenario="stress"),
            'Limits!E2: limit "limit" asks for scenario "stress", which this version does not solve; '
            "leave scenario blank, or set active to no.",
        ),
        (
            limit(LOANS, "<=", 120.0, scenario="stress", active="no"),
            'Limits!E2: limit "limit" is shown for the base case, not for "stress"; read it as a base-case figure.',
        ),
        (limit(LOANS, "<=", 120.0, scenario=" BASE"), ""),
        (limit(LOANS, "<=", "ninety"), 'Limits!D2: bound "ninety" is not a number; enter a number such as 0.9 or 90%.'),
        (
            limit(LOANS, "<=", 1e15),
            f'Limits!D2: bound of "limit" is 1,000,000,000,000,000, and {LOANS} stays between 0 and 200: every plan '
            "keeps it; enter one between 0 and 200.",
        ),
        (limit(LOANS, "<=", 1.001e15), "Limits!D2: bound is 1.001e+15; enter a number below 1e15."),
        (limit(LOANS, ">=", -1e16), "Limits!D2: bound is -1e+16; enter a number below 1e15."),
        (limit(SHARE, "<=", 5.0, unit="%"), KEPT.format("5", "enter 5% if that was meant")),
        (limit(SHARE, "<=", 5.01, unit="%"), 'Limits!D2: bound of "limit" is 5.01, which is 501%; enter 5.01%.'),
        (limit(SHARE, ">=", -6.0, unit="%"), 'Limits!D2: bound of "limit" is -6, which is -600%; enter -6%.'),
        (limit(SHARE, "<=", "600%", unit="%"), KEPT.format("6, which is 600%", "enter a share below 100%")),
        (limit(SHARE, "<=", "2 * 3", unit="%"), KEPT.format("6, which is 600%", "enter a share below 100%")),
        (
            limit(SHARE, "<=", 90.0, unit="number"),
            KEPT.format("90, which is 9,000%", "enter 90% if that was meant"),
        ),
        (
            limit(SHARE, "<=", 0.9, unit="%", early_warning=5.0),
            'Limits!F2: early warning of "limit", 5, lies beyond its bound of 0.9: the light is red before it is '
            "amber; enter a level below 0.9.",
        ),
        (
            limit(SHARE, "<=", 0.9, unit="%", early_warning=80.0),
            'Limits!F2: early warning of "limit" is 80, which is 8000%; enter 80%.',
        ),
        (
            limit(SHARE, "<=", 0.9, unit="%", early_warning=-5.01),
            'Limits!F2: early warning of "limit" is -5.01, which is -501%; enter -5.01%.',
        ),
        (limit(LOANS, "<=", 190.0, unit="amount", early_warning=180.0), ""),
        (
            limit("1", "<=", 2.0),
            'Limits!B2: limit "limit" compares two constants (1 <= 2); no plan can change it: check its formula.',
        ),
        (limit("1", "<=", 2.0, active="no"), ""),
        (limit("1", "<=", LOANS), ""),
        (limit(LOANS, "<=", f"{LOANS} + 1"), ""),
    ],
)
def test_limits(rule: dict[str, Any], says: str) -> None:
    assert findings(rule) == ((says,) if says else ())


def goals(*rows: tuple[str, str], **more: list[Any]) -> dict[str, list[Any]]:
    return {
        "goal": [f"goal {i}" for i in range(len(rows))],
        "formula": [formula for formula, _ in rows],
        "direction": [direction for _, direction in rows],
        **more,
    }


MARGIN, RISK = ("net(rate)", "max"), ('sum(rate, side = "asset")', "min")


@pytest.mark.parametrize(
    ("method", "table", "says"),
    [
        ("lp", goals(MARGIN, active=["no"]), ("Goals!D1: no goal is active; set active to yes for one goal.",)),
        (
            "lp",
            goals(MARGIN, RISK),
            (
                "Goals!B3: method lp takes one active goal but 2 are active; set active to no for the others, "
                "or method to weighted_sum in Settings.",
            ),
        ),
        ("lp", goals(MARGIN, RISK, active=["yes", "no"]), ()),
        ("weighted_sum", goals(MARGIN, RISK), ()),
        (
            "wfnlp",
            goals(MARGIN, RISK, weight=[0.0, 1.0]),
            ('Goals!D2: weight of "goal 0" is 0; wfnlp needs weights above 0.',),
        ),
        ("wfnlp", goals(MARGIN, RISK, weight=[0.1, 1.0]), ()),
        ("fnlp", goals(MARGIN, RISK, weight=[0.0, 1.0]), ()),
        (
            "goal_programming",
            goals(MARGIN, RISK, aspiration=[5.0, None]),
            ('Goals!D3: "goal 1" has no aspiration, which goal_programming needs; '
             "enter the level that this goal has to reach.",),
        ),
        ("goal_programming", goals(MARGIN, RISK, aspiration=[5.0, 0.0]), ()),
        (
            "epsilon_constraint",
            goals(MARGIN, RISK, aspiration=[None, None]),
            ('Goals!D3: "goal 1" has no aspiration, which epsilon_constraint needs; '
             "enter the level that this goal has to reach.",),
        ),
        ("epsilon_constraint", goals(MARGIN, RISK, aspiration=[None, 5.0]), ()),
    ],
)  # fmt: skip
def test_goals(method: str, table: dict[str, list[Any]], says: tuple[str, ...]) -> None:
    assert findings(settings={"method": method}, Goals=table) == says


def test_metrics() -> None:
    table = {"metric": ["rate", "lcr", "fine"], "formula": ["1", "2", "3"]}
    assert findings(Metrics=table) == (
        'Metrics!A2: metric "rate" is also the name of a column of Positions; give the metric another name.',
        'Metrics!A3: metric "lcr" is also the name of a measure of the catalogue; give the metric another name.',
    )
