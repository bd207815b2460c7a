"""Where a limit stands: light, headroom, utilisation and whether it binds, at, inside and beyond its bound."""

from typing import Any

import pytest

import xlalm
from tests.figures.bank import bank, limit, row, solved

LOANS = 'position("Loans")'  # 100 at opening
TOLERANCE = 1e-4
"""A bound of 100 is met to a millionth of itself."""


def standing(rule: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the light at opening, from the sentences of a check, and the row of the report."""
    found = xlalm.check(bank(rule))
    assert found.status == "checked", found.findings
    fails = any(f"{rule['limit']} fails at opening" in text for text in found.explanation)
    warns = any(f"{rule['limit']} is beyond its early warning at opening" in text for text in found.explanation)
    assert ("Every limit holds at opening." in found.explanation) == (not fails)
    assert not (fails and warns)
    return "BREACH" if fails else "WATCH" if warns else "OK", row(found, "LimitReport", "limit")


@pytest.mark.parametrize(
    ("sense", "bound", "warning", "light"),
    [
        # at, just inside, just beyond the bound and its tolerance
        ("<=", 100.0, None, "OK"),
        ("<=", 100.0 - 0.9 * TOLERANCE, None, "OK"),
        ("<=", 100.0 - 1.1 * TOLERANCE, None, "BREACH"),
        ("<=", 101.0, None, "OK"),
        ("<=", 99.0, None, "BREACH"),
        (">=", 100.0, None, "OK"),
        (">=", 100.0 + 0.9 * TOLERANCE, None, "OK"),
        (">=", 100.0 + 1.1 * TOLERANCE, None, "BREACH"),
        (">=", 99.0, None, "OK"),
        (">=", 101.0, None, "BREACH"),
        ("=", 100.0, None, "OK"),
        ("=", 100.0 + 0.9 * TOLERANCE, None, "OK"),
        ("=", 100.0 - 0.9 * TOLERANCE, None, "OK"),
        ("=", 100.0 + 1.1 * TOLERANCE, None, "BREACH"),
        ("=", 100.0 - 1.1 * TOLERANCE, None, "BREACH"),
        # the early warning has no tolerance; at it all is well
        ("<=", 120.0, 100.0, "OK"),
        ("<=", 120.0, 100.0001, "OK"),
        ("<=", 120.0, 99.9999, "WATCH"),
        ("<=", 120.0, 110.0, "OK"),
        ("<=", 99.0, 90.0, "BREACH"),
        (">=", 80.0, 100.0, "OK"),
        (">=", 80.0, 99.9999, "OK"),
        (">=", 80.0, 100.0001, "WATCH"),
        (">=", 80.0, 90.0, "OK"),
        (">=", 101.0, 110.0, "BREACH"),
        ("=", 100.0, 90.0, "OK"),
        ("=", 100.0, 110.0, "OK"),
    ],
)
def test_lights(sense: str, bound: float, warning: float | None, light: str) -> None:
    assert standing(limit(LOANS, sense, bound, early_warning=warning))[0] == light


@pytest.mark.parametrize(
    ("sense", "bound", "warning", "light"),
    [
        ("<=", -100.0, None, "OK"),
        ("<=", -100.00005, None, "OK"),
        ("<=", -100.0002, None, "BREACH"),
        (">=", -100.0, None, "OK"),
        (">=", -99.99995, None, "OK"),
        (">=", -99.9998, None, "BREACH"),
        (">=", -120.0, -100.0, "OK"),
        (">=", -120.0, -99.0, "WATCH"),
        (">=", -120.0, -101.0, "OK"),
        ("<=", -80.0, -101.0, "WATCH"),
    ],
)
def test_lights_of_negative_figures(sense: str, bound: float, warning: float | None, light: str) -> None:
    assert standing(limit(f"0 - {LOANS}", sense, bound, early_warning=warning))[0] == light


@pytest.mark.parametrize(
    ("bound", "light"),
    [(2.0, "OK"), (2.0000019, "OK"), (2.0000021, "BREACH"), (2.5, "BREACH")],
)
def test_a_small_bound_above_one_is_met_to_a_millionth_of_itself(bound: float, light: str) -> None:
    assert standing(limit(f'{LOANS} / position("Bonds")', ">=", bound, unit="number"))[0] == light


@pytest.mark.parametrize(("bound", "light"), [(0.5000009, "OK"), (0.5000011, "BREACH")])
def test_a_bound_below_one_is_met_to_a_millionth(bound: float, light: str) -> None:
    found, report = standing(limit(f'position("Bonds") / {LOANS}', ">=", bound, unit="number"))
    assert found == light
    assert report["binding"] == ("yes" if light == "OK" else "no")


@pytest.mark.parametrize(
    ("sign", "sense", "bound", "headroom", "used"),
    [
        (1, "<=", 125.0, 25.0, 0.8),
        (1, "<=", 80.0, -20.0, 1.25),
        (1, "<=", -50.0, -150.0, -2.0),
        (1, "<=", 0.0, -100.0, None),
        (1, ">=", 80.0, 20.0, 0.8),
        (1, ">=", 125.0, -25.0, 1.25),
        (1, ">=", 0.0, 100.0, None),
        (1, ">=", -50.0, 150.0, -2.0),
        (1, "=", 125.0, -25.0, None),
        (1, "=", 80.0, -20.0, None),
        (-1, ">=", -125.0, 25.0, 0.8),
        (-1, ">=", -80.0, -20.0, 1.25),
        (-1, ">=", 80.0, -180.0, None),
        (-1, "<=", -80.0, 20.0, 1.25),
        (-1, "<=", -125.0, -25.0, 0.8),
        (-1, "<=", 50.0, 150.0, -2.0),
        (0, ">=", 80.0, -80.0, None),
    ],
)
def test_headroom_and_utilisation(sign: int, sense: str, bound: float, headroom: float, used: float | None) -> None:
    """Headroom is positive inside; what is used is value/bound of a cap or a negative floor, bound/value of a floor."""
    left = {1: LOANS, -1: f"0 - {LOANS}", 0: f"{LOANS} - opening({LOANS})"}[sign]
    _, report = standing(limit(left, sense, bound))
    assert report["opening"] == report["value"] == 100.0 * sign
    assert (report["bound"], report["sense"]) == (bound, sense)
    assert report["headroom"] == pytest.approx(headroom)
    assert report["utilisation"] == (None if used is None else pytest.approx(used))
    assert report["cell"] == "Limits!D2"


@pytest.mark.parametrize("sense", ["<=", ">=", "="])
@pytest.mark.parametrize(
    ("away", "binding"), [(0.0, "yes"), (0.9, "yes"), (-0.9, "yes"), (1.1, "no"), (-1.1, "no"), (1e5, "no")]
)
def test_binding(sense: str, away: float, binding: str) -> None:
    assert standing(limit(LOANS, sense, 100.0 + away * TOLERANCE))[1]["binding"] == binding


def test_a_limit_that_is_not_active_is_a_monitor() -> None:
    light, report = standing(limit(LOANS, "<=", 90.0, active="no"))
    assert (light, report["binding"], report["headroom"]) == ("BREACH", "monitor", -10.0)
    found = solved(bank(limit(LOANS, "<=", 90.0, active="no")))
    assert row(found, "LimitReport", "limit")["shadow_price"] is None
    assert found["Headline"].empty


def test_a_right_side_with_balances_is_its_value() -> None:
    _, report = standing(limit(LOANS, "<=", '0.5 * position("Deposits") + position("Bonds")'))
    assert (report["bound"], report["headroom"]) == (115.0, 15.0)


def test_what_a_check_says() -> None:
    rules = [
        limit(LOANS, "<=", 90.0, limit="Cap", unit="amount"),
        limit(f"{LOANS} / total_assets", "<=", "70%", limit="Share", unit="%", early_warning=0.6),
        limit('position("Bonds")', ">=", 10.0, limit="Floor", early_warning=20.0),
    ]
    assert xlalm.check(bank(*rules)).explanation == (
        "No-change plan: Goal 0 is EUR 4.70 million.",
        "Limits!D2: Cap fails at opening: EUR 100.0 million, wanted ≤ EUR 90.0 million.",
        "Limits!D3: Share is beyond its early warning at opening: 66.67%, wanted ≤ 70.00%.",
    )
