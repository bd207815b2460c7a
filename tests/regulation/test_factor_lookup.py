"""Which figure of a rule holds: item, jurisdiction and date decide, and no figure is guessed.

Expected figures are those of PADG 21/5/PADG/2019 (RIM from 1 July 2019: 84 % to 94 %, before: 80 % to 92 %) and of
Bank Indonesia's steps of the rupiah reserve requirement in 2022, as ``tests/reference/data/factors.csv`` has them.
"""

import datetime as dt

import pytest

from xlalm.domain.errors import Refused
from xlalm.regulation.factors import FACTOR_TABLES, factor, factors


def number(table: str, item: str, date: tuple[int, int, int], jurisdiction: str = "Indonesia", section: str = ""):
    return factor(table, item, jurisdiction, dt.date(*date), section=section).number


@pytest.mark.parametrize(
    ("item", "date", "value"),
    [
        ("RIM lower bound", (2019, 6, 30), 0.80),
        ("RIM lower bound", (2019, 7, 1), 0.84),
        ("RIM upper bound", (2019, 6, 30), 0.92),
        ("RIM upper bound", (2026, 1, 1), 0.94),
        ("GWM rupiah total", (2022, 3, 1), 0.05),
        ("GWM rupiah total", (2022, 6, 30), 0.06),
        ("GWM rupiah total", (2022, 7, 1), 0.075),
        ("GWM rupiah total", (2025, 1, 1), 0.09),
    ],
)
def test_the_figure_that_began_last_holds(item: str, date: tuple[int, int, int], value: float) -> None:
    assert number("indonesia_ratios", item, date) == value


def test_a_section_tells_items_of_one_name_apart() -> None:
    """CRE20: AAA to AA- weighs 0 % for a sovereign and 20 % for a bank."""
    day = (2026, 1, 1)
    assert number("risk_weights", "AAA..AA-", day, "Basel", "sovereign/central bank") == 0.0
    with pytest.raises(Refused, match=r"has several items .*AAA.*choose a section among sovereign/central bank, "):
        number("risk_weights", "AAA..AA-", day, "Basel")


def test_a_figure_that_did_not_hold_yet_is_refused() -> None:
    with pytest.raises(Refused, match=r"did not hold on 2022-02-28 yet; choose 2022-03-01 or later\."):
        number("indonesia_ratios", "GWM rupiah total", (2022, 2, 28))


def test_no_jurisdiction_takes_anothers_figure() -> None:
    with pytest.raises(Refused, match='has no "RIM lower bound" for EU; choose among Indonesia'):
        number("indonesia_ratios", "RIM lower bound", (2026, 1, 1), "EU")


def test_an_unknown_item_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Refused, match=r'has no item "LCR minimun" \(did you mean "LCR minimum"\?\)'):
        number("lcr_factors", "LCR minimun", (2026, 1, 1), "Basel")


@pytest.mark.parametrize("table", FACTOR_TABLES)
def test_every_figure_is_found_on_the_day_it_began(table: str) -> None:
    for row in factors(table):
        if row.item:
            day = row.valid_from or dt.date.min
            assert factor(table, row.item, row.jurisdiction, day, section=row.section) == row
