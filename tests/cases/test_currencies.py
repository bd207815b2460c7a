"""Rows in several currencies are not added up as if they were one."""

from pathlib import Path
from typing import Any

import pytest

import xlalm
from tests.cases.bank import BANK, NII, workbook
from xlalm.api import Frames

FX = ({"currency": "USD", "rate": 0.9}, {"currency": "JPY", "rate": 0.006})
MIXED = "the rows are in USD, EUR and JPY, and amounts are added as they stand"


def bank(*currencies: str | None, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    rows = [row | {"currency": currency} for row, currency in zip(BANK, currencies, strict=True)]
    return {"Positions": rows, "Goals": [NII], "Settings": settings or {"method": "lp"}}


def errors(found: Frames) -> list[str]:
    return [str(finding) for finding in found.result.findings if finding.severity == "error"]


def test_dollars_and_euros_are_not_added(tmp_path: Path) -> None:
    """Rows in USD and JPY, their rates in FX: the plan added them as they stood and said nothing.

    Source: https://github.com/moneymanagerex/moneymanagerex/issues/2362 and
    https://github.com/kantorge/yaffa/issues/473.
    """
    path = workbook(
        tmp_path / "bank.xlsx",
        bank("USD", "EUR", "JPY", "EUR") | {"FX": FX, "Settings": [{"setting": "method", "value": "lp"}]},
    )
    for verb in (xlalm.check, xlalm.solve):
        found = verb(path)
        assert found.status == "bad input"
        (only,) = errors(found)
        assert only.startswith(f"Positions!H2: {MIXED}; convert every amount to EUR and leave currency blank")


@pytest.mark.parametrize(
    ("book", "says"),
    [
        (bank("USD", "EUR", "JPY", None), f"Positions, row 0, column currency: {MIXED}; convert every amount to EUR"),
        (bank(None, "usd", None, None), "Positions, row 1, column currency: the rows are in EUR and USD, and amounts"),
        (
            bank("USD", "usd ", "USD", "USD"),
            "Positions, row 0, column currency: every row is in USD, and the reporting currency is EUR; "
            "set currency to USD in Settings.",
        ),
        (
            bank("EUR", "EUR", None, "EUR", settings={"currency": "USD"}),
            "Positions, row 0, column currency: the rows are",
        ),
    ],
)
def test_any_other_currency_is_an_error_with_its_row(book: dict[str, Any], says: str) -> None:
    (only,) = errors(xlalm.solve(book))
    assert only.startswith(says)


@pytest.mark.parametrize(
    "book",
    [
        bank("EUR", None, "eur ", "EUR"),
        bank(None, None, None, None, settings={"currency": "USD"}),
        bank("USD", "USD", "USD", "USD", settings={"currency": "usd"}),
        bank("USD", "EUR", "JPY", "EUR", settings={"amounts": "Reporting"}),
    ],
)
def test_one_currency_or_a_word_that_amounts_are_in_it_solves(book: dict[str, Any]) -> None:
    found = xlalm.solve(book)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(33.625)
