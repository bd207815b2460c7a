"""Formulas are functions of their arguments, and never of a hidden default: a table left out that matters is said."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.udfs.books import template_rows
from tests.udfs.excel import MISSING, Excel, cells
from xlalm.app.formulas import FORMULAS
from xlalm.app.formulas.guard import MARKER
from xlalm.app.formulas.selection import Rectangle, Selection

ROWS = template_rows()
CALLER = cells([[0]], row=9, column=5, sheet="Dashboard")
CALL = '=ALM_CAPITAL_RATIO(Positions[#All], "Tier1", , , , Settings[#All])'


def table(name: str) -> dict[str, Any]:
    return cells(ROWS[name], row=4, column=2, sheet=name)


BOOK = {name: table(name) for name in ("Positions", "Settings", "Metrics")}


@pytest.fixture(scope="module")
def excel() -> Iterator[Excel]:
    running = Excel()
    yield running
    running.close()


def test_a_table_left_out_that_changes_the_answer_is_an_error_with_the_call(excel: Excel) -> None:
    """The sheet showed 17.33 % where the dashboard shows 15.93 %."""
    shown = excel.call("ALM_CAPITAL_RATIO", table("Positions"), "Tier1", caller=CALLER, tables=BOOK)
    assert str(shown).startswith(MARKER)
    assert "Settings of this workbook would change the answer" in shown
    assert CALL in shown
    full = excel.call(
        "ALM_CAPITAL_RATIO", table("Positions"), "Tier1", *[MISSING] * 3, table("Settings"), caller=CALLER, tables=BOOK
    )
    assert full == pytest.approx(0.1593, abs=5e-5)


def test_a_workbook_without_the_table_hides_nothing(excel: Excel) -> None:
    alone = {"Positions": table("Positions")}
    for tables in (alone, None):
        shown = excel.call("ALM_CAPITAL_RATIO", table("Positions"), "Tier1", caller=CALLER, tables=tables)
        assert shown == pytest.approx(0.1733, abs=5e-5)


def test_what_the_table_does_not_change_may_leave_it_out(excel: Excel) -> None:
    lcr = excel.call("ALM_METRIC", "lcr", table("Positions"), caller=CALLER, tables=BOOK)
    assert lcr == excel.call("ALM_LCR", table("Positions"), caller=CALLER, tables=BOOK)
    other = excel.call("ALM_RWA", table("Positions"), MISSING, 0.0, caller=CALLER, tables=BOOK)
    assert other > 0.0  # risk-weighted assets given by hand, and be it none: nothing is left to Settings


def test_a_metric_of_the_workbook_asks_for_the_tables(excel: Excel) -> None:
    shown = excel.call("ALM_METRIC", "cre_share", table("Positions"), caller=CALLER, tables=BOOK)
    assert shown.startswith(MARKER)
    assert '=ALM_METRIC("cre_share", Positions[#All], Settings[#All], Metrics[#All])' in shown


def test_both_orders_of_settings_and_metrics_are_read(excel: Excel) -> None:
    new = excel.call("ALM_METRIC", "cre_share", table("Positions"), table("Settings"), table("Metrics"))
    old = excel.call("ALM_METRIC", "cre_share", table("Positions"), table("Metrics"), table("Settings"))
    assert new == old
    alone = excel.call("ALM_METRIC", "cre_share", table("Positions"), table("Metrics"))
    assert alone == new


def test_settings_stand_before_metrics_everywhere() -> None:
    for function in FORMULAS.values():
        names = [argument.name for argument in function.arguments]
        if "metrics" in names:
            assert names.index("settings") == names.index("metrics") - 1, function.name


def test_every_example_passes_all_tables() -> None:
    for function in FORMULAS.values():
        for name in ("settings", "metrics"):
            if name in [argument.name for argument in function.arguments]:
                assert f"{name.capitalize()}[#All]" in function.example, function.name


def test_without_a_host_the_workbook_may_be_passed() -> None:
    tables = {name: Selection.of(name.casefold(), ROWS[name]) for name in BOOK}
    given = {"positions": ROWS["Positions"], "kind": "Tier1"}
    place = Rectangle("b", "s", 1, 1)
    shown = str(FORMULAS["ALM_CAPITAL_RATIO"].answer(given, lambda: place, tables.get))
    assert shown.startswith(MARKER)
    assert CALL in shown
    ranges = {"positions": [[100.0]], "kind": "CET1", "risk_weights": [[0.5]], "capital": [[8.0]]}
    shown = str(FORMULAS["ALM_CAPITAL_RATIO"].answer(ranges, lambda: place, tables.get))
    assert '=ALM_CAPITAL_RATIO(100, "CET1", 0.5, 8, , Settings[#All])' in shown


@pytest.mark.parametrize("name", ["ALM_PRICE", "ALM_DURATION", "ALM_CONVEXITY"])
@pytest.mark.parametrize(("rate", "yld", "cure"), [(5, 5, "enter 5%"), (0.05, 4.5, "enter 4.5%"), (1, 0.05, "1%")])
def test_a_rate_without_its_percent_sign_is_refused(name: str, rate: float, yld: float, cure: str) -> None:
    """ALM_PRICE(5,5,5) was the price at 500 %."""
    first = "rate" if name == "ALM_PRICE" else "coupon"
    shown = str(FORMULAS[name].answer({"years": 5, first: rate, "yld": yld}, lambda: None))
    assert shown.startswith(MARKER)
    assert cure in shown
