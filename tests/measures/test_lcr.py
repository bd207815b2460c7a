"""Liquidity coverage ratio: every cap worked by hand from BCBS 238 (January 2013), Annex 1 and paragraph 69.

Annex 1, on adjusted amounts (after haircuts):

- adjustment for the 15 % cap = max(L2B - 15/85·(L1 + L2A), L2B - 15/60·L1, 0)
- adjustment for the 40 % cap = max(L2A + L2B - adjustment for the 15 % cap - 2/3·L1, 0)
- HQLA = L1 + L2A + L2B - adjustment for the 15 % cap - adjustment for the 40 % cap

Paragraph 69: net outflows = outflows - min(inflows, 75 % of outflows).
"""

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import book, model_of, optimum, records
from xlalm.model.model import Model


def liquidity_book(
    level1: float, level2a: float, level2b: float, *, outflows: float = 100.0, inflows: float = 30.0, **more: Any
) -> dict[str, list[Any]]:
    """Return a bank whose stocks after haircut are the given ones (haircuts of 0, 15 and 50 %)."""
    names = ["Cash", "Covered bonds", "Shares", "Loans", "Deposits", "Capital"]
    assets = [level1, level2a / 0.85, level2b / 0.5, 1000.0]
    return {
        "position": names,
        "side": ["asset"] * 4 + ["liability", "equity"],
        "balance": [*assets, 900.0, sum(assets) - 900.0],
        "max": [10 * a + 1 for a in assets] + [20_000.0, sum(assets) - 900.0],
        "rate": [0.01, 0.02, 0.03, 0.05, 0.01, 0.0],
        "hqla_level": ["1", "2A", "2B", None, None, None],
        "hqla_haircut": [0.0, 0.15, 0.5, 0.0, 0.0, 0.0],
        "outflow_rate": [0.0, 0.0, 0.0, 0.0, outflows / 900.0, 0.0],
        "inflow_rate": [0.0, 0.0, 0.0, inflows / 1000.0, 0.0, 0.0],
    }


def figures(model: Model) -> dict[str, float]:
    names = ("hqla_adjustment_15", "hqla_adjustment_40", "hqla_level2a_counted", "hqla_level2b_counted", "hqla")
    return {name: model.compiler.at_opening(model.compiler.metric(name)) for name in names}


@attrs.frozen
class Worked:
    """Stocks after haircut, and the figures of Annex 1 written out."""

    case: str
    level1: float
    level2a: float
    level2b: float
    adjustment_15: float
    adjustment_40: float
    counted_2a: float
    counted_2b: float
    hqla: float


WORKED = [
    # 10 - 15/85·130 < 0, 10 - 15/60·100 < 0; 30 + 10 - 0 - 66.67 < 0
    Worked("no cap", 100, 30, 10, 0, 0, 30, 10, 140),
    # 34 - 15/85·85 = 19 (counted: 15 of 100 = 15 %), 34 - 15/60·80 = 14; 5 + 34 - 19 - 53.33 < 0
    Worked("15 % cap alone, limb 15/85", 80, 5, 34, 19, 0, 5, 15, 100),
    # 30 - 15/85·(60 + 25) = 15, 30 - 15/60·60 = 15: both limbs alike; 25 + 30 - 15 - 40 = 0
    Worked("15 % cap alone, both limbs alike and the 40 % cap just reached", 60, 25, 30, 15, 0, 25, 15, 100),
    # 12 - 15/85·150 < 0, 12 - 15/60·60 < 0; 90 + 12 - 0 - 40 = 62; counted: 40 of 100 = 40 %
    Worked("40 % cap alone", 60, 90, 12, 0, 62, 28, 12, 100),
    # 20 - 15/85·160 < 0, 20 - 15/60·60 = 5 (15/60 decides); 100 + 20 - 5 - 40 = 75; 15 of 100 and 25 of 100
    Worked("both caps, 15 % through limb 15/60", 60, 100, 20, 5, 75, 25, 15, 100),
    # 25 - 15/85·145 = -0.588, 25 - 15/60·60 = 10; 85 + 25 - 10 - 40 = 60: Level 2B counts 15, not 25
    Worked("the limb 15/60 finds what 15/85 does not", 60, 85, 25, 10, 60, 25, 15, 100),
    # 40 - 15/85·60 = 29.41, 40 - 15/60·60 = 25; 0 + 40 - 29.41 - 40 < 0; 10.588 of 70.588 = 15 %
    Worked("no Level 2A", 60, 0, 40, 40 - 15 / 85 * 60, 0, 0, 15 / 85 * 60, 60 / 0.85),
    # 0 - 15/85·150 < 0; 90 - 40 = 50
    Worked("no Level 2B", 60, 90, 0, 0, 50, 40, 0, 100),
    # nothing counts without Level 1: 50 - 15/85·80 = 35.88 < 50 - 0 = 50; 80 + 50 - 50 - 0 = 80
    Worked("no Level 1", 0, 80, 50, 50, 80, 0, 0, 0),
]


@pytest.mark.parametrize("worked", WORKED, ids=lambda w: w.case)
def test_caps_by_hand(worked: Worked) -> None:
    """Composition as well as total, and the shares that the caps speak of."""
    model = model_of(book(liquidity_book(worked.level1, worked.level2a, worked.level2b)))
    found = figures(model)
    assert found["hqla_adjustment_15"] == pytest.approx(worked.adjustment_15, abs=1e-9)
    assert found["hqla_adjustment_40"] == pytest.approx(worked.adjustment_40, abs=1e-9)
    assert found["hqla_level2a_counted"] == pytest.approx(worked.counted_2a, abs=1e-9)
    assert found["hqla_level2b_counted"] == pytest.approx(worked.counted_2b, abs=1e-9)
    assert found["hqla"] == pytest.approx(worked.hqla, abs=1e-9)
    assert worked.level1 + worked.counted_2a + worked.counted_2b == pytest.approx(worked.hqla)
    assert worked.counted_2b <= 0.15 * worked.hqla + 1e-9
    assert worked.counted_2a + worked.counted_2b <= 0.40 * worked.hqla + 1e-9


def test_haircuts_encumbrance_and_levels_decide_what_counts() -> None:
    """Level 1 100 with 20 % pledged, Level 2A 100 at 15 %: 80 + min(85, 2/3·80) = 133.33."""
    positions = liquidity_book(100, 85, 0) | {"encumbered": [0.2, 0, 0, 0, 0, 0]}
    assert figures(model_of(book(positions)))["hqla"] == pytest.approx(80 + 2 / 3 * 80)


@pytest.mark.parametrize(
    ("outflows", "inflows", "net"),
    [
        (100.0, 30.0, 70.0),  # inflows count in full
        (100.0, 75.0, 25.0),  # just at 75 %
        (100.0, 90.0, 25.0),  # 75 of 90 count
        (100.0, 250.0, 25.0),  # inflows beyond outflows: still a quarter of outflows
        (80.0, 0.0, 80.0),
    ],
)
def test_inflows_count_up_to_three_quarters_of_outflows(outflows: float, inflows: float, net: float) -> None:
    model = model_of(book(liquidity_book(100, 30, 10, outflows=outflows, inflows=inflows)))
    value = {n: model.compiler.at_opening(model.compiler.metric(n)) for n in ("net_outflows", "lcr")}
    assert value == pytest.approx({"net_outflows": net, "lcr": 140 / net})


stocks = st.one_of(st.just(0.0), st.floats(min_value=0.001, max_value=1e4))


def two_step(level1: float, level2a: float, level2b: float) -> tuple[float, float, float]:
    """Return HQLA and the counted parts by the two steps of Annex 1."""
    fifteen = max(level2b - 15 / 85 * (level1 + level2a), level2b - 15 / 60 * level1, 0.0)
    forty = max(level2a + level2b - fifteen - 2 / 3 * level1, 0.0)
    return level1 + level2a + level2b - fifteen - forty, level2a - forty, level2b - fifteen


@settings(max_examples=60)
@given(level1=stocks, level2a=stocks, level2b=stocks)
def test_one_line_form_is_the_two_step_formula(level1: float, level2a: float, level2b: float) -> None:
    found = figures(model_of(book(liquidity_book(level1, level2a, level2b))))
    total, counted_2a, counted_2b = two_step(level1, level2a, level2b)
    tolerance = 1e-9 * (1 + level1 + level2a + level2b)
    assert found["hqla"] == pytest.approx(total, abs=tolerance)
    assert found["hqla_level2a_counted"] == pytest.approx(counted_2a, abs=tolerance)
    assert found["hqla_level2b_counted"] == pytest.approx(counted_2b, abs=tolerance)
    assert counted_2b <= 0.15 * total + tolerance
    assert counted_2a + counted_2b <= 0.40 * total + tolerance


@settings(max_examples=500)
@given(level1=stocks, level2a=stocks, level2b=stocks)
def test_one_line_form_on_plain_numbers(level1: float, level2a: float, level2b: float) -> None:
    """The identity behind the catalogue's formula: the third piece, 1.25·L1 + L2A, is never the smallest."""
    one_line = min(level1 + level2a + level2b, 5 / 3 * level1, 100 / 85 * (level1 + level2a))
    assert one_line == pytest.approx(two_step(level1, level2a, level2b)[0], abs=1e-9 * (1 + level1 + level2a + level2b))


# --- in a plan -----------------------------------------------------------------------------------------


def test_level_2b_beyond_its_cap_earns_no_liquidity_in_a_plan() -> None:
    """Shares pay best, but the floor on LCR must be met by what counts.

    Outflows 250 and no inflows: HQLA of 250 is wanted, Level 1 is worth 1 %, shares (50 % haircut) 9 %.
    The best plan fills both caps: L1 = 150, L2A = 62.5, L2B = 37.5 after haircut would, at the least Level 1.
    """
    positions = liquidity_book(200, 50, 20, outflows=250.0, inflows=0.0) | {
        "rate": [0.01, 0.02, 0.09, 0.05, 0.01, 0.0],
        "min": [0.0, 0.0, 0.0, 1000.0, 900.0, None],
        "max": [1e4, 1e4, 1e4, 1000.0, 900.0, None],
        "balance": [200.0, 50 / 0.85, 40.0, 1000.0, 900.0, 200 + 50 / 0.85 + 40 + 1000 - 900],
    }
    tables = book(positions, [('sum(rate, side = "asset")', "max")], [("lcr", ">=", 1.0)], balance_identity="on")
    report = {name: row["optimal"] for name, row in records(tables, "MetricReport").items()}
    _, solution = optimum(tables)
    free = 200 + 50 / 0.85 + 40  # cash, covered bonds and shares share this amount
    # Level 1 at its least: 60 % of 250 is not needed if 2B is abundant; solve the cases by hand:
    # counted = min(L1 + L2A + L2B, 5/3·L1, 100/85·(L1 + L2A)) >= 250 needs L1 >= 150 and L1 + L2A >= 212.5
    # covered bonds carry L2A = 0.85·b; cheapest for the margin: 150 of Level 1, the rest of 62.5 as L2A
    # costs (62.5/0.85 = 73.53 at 2 %) against 62.5 of cash at 1 %; what is left goes into shares at 9 %
    by_bonds = 150 * 0.01 + 62.5 / 0.85 * 0.02 + (free - 150 - 62.5 / 0.85) * 0.09
    by_cash = 212.5 * 0.01 + (free - 212.5) * 0.09
    assert report["lcr"] == pytest.approx(1.0, abs=1e-9)
    assert solution.objective == pytest.approx(max(by_bonds, by_cash) + 50.0, rel=1e-9)
    assert report["hqla_level2b_counted"] == pytest.approx(37.5)
    assert report["hqla_level2b"] > 37.5
