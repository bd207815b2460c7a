"""Rows that every program holds beside its limits, by hand: changes, identity, lots, thresholds, either-or."""

import math
from typing import Any

import numpy as np
import pytest

from tests.program.test_rows import built
from tests.strategies import book, model_of
from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.errors import Refused
from xlalm.measures.algebra import extremum
from xlalm.measures.expression import Affine, scale
from xlalm.program.program import Program
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.structure import add_change_columns, add_either, add_identity, add_lots, add_thresholds

INF = math.inf
POSITIONS = {
    "position": ["Loans", "Bonds", "Swaps", "Deposits", "Capital"],
    "side": ["asset", "asset", "off_balance", "liability", "equity"],
    "balance": [20.0, 30.0, 7.0, 40.0, 10.0],
    "min": [10.0, 5.0, 0.0, 40.0, 10.0],
    "max": [40.0, 30.0, 9.0, 40.0, 10.0],
    "fixed": [None, None, None, "yes", None],
    "rate": [0.05, 0.02, 0.0, 0.01, 0.0],
}


def sheet(**columns: Any) -> BalanceSheet:
    settings = columns.pop("settings", {})
    return model_of(book(POSITIONS | columns, [("total_assets", "max")], **settings)).sheet


def program(builder: RowBuilder) -> Program:
    return builder.program(Form(Affine()), maximise=True)


def test_lots_count_from_the_opening_to_the_last_whole_one_inside() -> None:
    """Loans of 20 in lots of 5 from 11 to 40: one lot down, four up. A fixed line counts nothing."""
    lots = sheet(lot=[5.0, None, None, 5.0, None], min=[11.0, 5.0, 0.0, 40.0, 10.0])
    builder = RowBuilder(lots)
    add_lots(builder, lots)
    assert built(builder) == [("lot", {0: 1.0, 5: -5.0}, 20.0, 20.0)]
    made = program(builder)
    assert (made.lower[5:].tolist(), made.upper[5:].tolist()) == ([-1.0], [4.0])
    assert (made.integer[5:].tolist(), made.money[5:].tolist()) == ([True], [False])
    assert (made.row_owner[0].index, made.row_owner[0].name) == (0, "Loans")


@pytest.mark.parametrize(("low", "high", "counts"), [(10.0, 39.999, (-2, 3)), (10.001, 45.0, (-1, 5))])
def test_a_lot_that_just_fits_is_in(low: float, high: float, counts: tuple[int, int]) -> None:
    lots = sheet(lot=[5.0] + [None] * 4, min=[low, 5.0, 0.0, 40.0, 10.0], max=[high, 30.0, 9.0, 40.0, 10.0])
    builder = RowBuilder(lots)
    add_lots(builder, lots)
    made = program(builder)
    assert (made.lower[5], made.upper[5]) == counts


def test_a_lot_that_a_last_bit_keeps_out_is_in() -> None:
    """0.3 is not three times 0.1 to the last bit."""
    lots = sheet(lot=[0.1] + [None] * 4, min=[19.7, *POSITIONS["min"][1:]], max=[20.3, *POSITIONS["max"][1:]])
    builder = RowBuilder(lots)
    add_lots(builder, lots)
    made = program(builder)
    assert (made.lower[5], made.upper[5]) == (-3.0, 3.0)


def test_a_threshold_is_nothing_or_enough() -> None:
    """Bonds of 12 or more, at most 30, or none."""
    used = sheet(min_if_used=[None, 12.0, 0.0, 12.0, None], min=[10.0, 0.0, 0.0, 40.0, 10.0])
    builder = RowBuilder(used)
    add_thresholds(builder, used)
    assert built(builder) == [("threshold", {1: 1.0, 5: -12.0}, 0.0, INF), ("threshold", {1: 1.0, 5: -30.0}, -INF, 0.0)]
    made = program(builder)
    assert (made.integer[5], made.money[5], made.lower[5], made.upper[5]) == (True, False, 0.0, 1.0)
    assert [owner.index for owner in made.row_owner] == [1, 1]


def test_a_position_that_grows_does_not_shrink() -> None:
    """Loans of 20 between 10 and 40 could grow by 20 and shrink by 10; both have 30 more room, one of them is none."""
    loans = sheet()
    builder = RowBuilder(loans)
    add_change_columns(builder, loans, [Affine(0.0, None, np.array([1.0, 0, 0, 0, 0]))])
    add_either(builder, loans, (0,))
    change, grows, shrinks = built(builder)
    assert change == ("change", {0: 1.0, 5: -1.0, 6: 1.0}, 20.0, 20.0)
    assert grows == ("either", {5: 1.0, 7: -50.0}, -INF, 0.0)
    assert shrinks == ("either", {6: 1.0, 7: 40.0}, -INF, 40.0)
    made = program(builder)
    assert (made.integer[7], made.money[7], made.lower[7], made.upper[7]) == (True, False, 0.0, 1.0)
    endless = sheet(max=[None, 30.0, 9.0, 40.0, 10.0])
    with pytest.raises(Refused, match="it has no max"):
        add_either(RowBuilder(endless), endless, (0,))


def test_who_has_change_columns() -> None:
    """Whoever's growth or reduction any part of any formula uses, but a fixed line."""
    ours = sheet()
    growth = Affine(0.0, None, np.array([0.0, 2.0, 0.0, 1.0, 0.0]))
    fall = Affine(0.0, None, None, np.array([0.0, 0.0, 0.5, 0.0, 0.0]))
    builder = RowBuilder(ours)
    add_change_columns(builder, ours, [Affine(0.0, np.ones(5)), scale(extremum("min", [growth, fall]), -1.0)])
    assert builder.block("up").positions.tolist() == builder.block("down").positions.tolist() == [1, 2]
    made = program(builder)
    assert (made.lower[5:].tolist(), made.upper[5:].tolist()) == ([0.0] * 4, [INF] * 4)
    none = RowBuilder(ours)
    add_change_columns(none, ours, [Affine(0.0, np.ones(5))])
    assert (none.n_columns, built(none)) == (5, [])


@pytest.mark.parametrize(
    ("capital", "rest"), [(10.0, 0.0), (10.0 + 4e-8, 0.0), (10.0 + 6e-8, -6e-8), (8.0, 2.0), (13.0, -3.0)]
)
def test_assets_are_liabilities_and_equity_and_what_is_missing_stays_missing(capital: float, rest: float) -> None:
    """A thousand-millionth of assets of 50 is rounding; off-balance lines do not count."""
    balance = [*POSITIONS["balance"][:4], capital]
    ours = sheet(balance=balance, min=[None] * 5, max=[None] * 5, settings={"balance_identity": "no"})
    builder = RowBuilder(ours)
    add_identity(builder, ours)
    assert built(builder) == [
        ("identity", {0: 1.0, 1: 1.0, 3: -1.0, 4: -1.0}, pytest.approx(rest, abs=1e-12), pytest.approx(rest, abs=1e-12))
    ]
