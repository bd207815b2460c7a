"""Sound random banks give no finding; with one thing spoiled they give that finding, with its cure. 30 banks a kind."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.seeds import more
from tests.strategies import random_positions, read
from xlalm.app.run.book import open_book
from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding
from xlalm.domain.numbers import number_meant
from xlalm.domain.settings import default_settings
from xlalm.tables.typed import typed as typed_table

Book = dict[str, dict[str, list[Any]]]

COLUMNS = ("limit", "left", "sense", "right", "early_warning")
SEEDS = range(30)
MORE = more(30, 300)
NUMBERS = ("balance", "min", "max", "rate", "expected_loss", "risk_weight", "duration", "alpha")


def bank(seed: int) -> tuple[Book, np.random.Generator]:
    """Return a random bank of one currency that breaks no limit by far, and where its figures come from."""
    rng = np.random.default_rng(seed)
    positions = random_positions(rng) | {"currency": None}
    positions = {key: list(column) for key, column in positions.items() if column is not None}
    assets = sum(b for b, s in zip(positions["balance"], positions["side"], strict=True) if s == "asset")
    limits = [
        ("CET1", "cet1_ratio", ">=", "2%", None),
        ("Size", "total_assets", "<=", round(float(assets * rng.uniform(1.0, 1.5)), 2), None),
        ("Turnover", "turnover()", "<=", round(float(assets * rng.uniform(0.2, 0.6)), 2), None),
        ("Loans", 'total(class = "loan") / total_assets', "<=", "95%", 0.9),
        ("Leverage", "leverage_ratio", ">=", "1%", 0.02),
    ]
    book: Book = {
        "Positions": positions,
        "Limits": {key: [row[i] for row in limits] for i, key in enumerate(COLUMNS)},
        "Goals": {"goal": ["NII"], "formula": ["nii_12m"], "direction": ["max"]},
        "Settings": {"setting": ["currency", "amount_unit"], "value": ["EUR", "million"]},
    }
    return book, rng


def findings(book: Book) -> list[Finding]:
    return read(book)[1]


def one(book: Book) -> Finding:
    found = findings(book)
    assert len(found) == 1, [str(f) for f in found]
    return found[0]


def column(book: Book, key: str) -> list[Any]:
    return book["Positions"][key]


@pytest.mark.parametrize("seed", [*SEEDS, *MORE])
def test_a_sound_bank_has_no_findings(seed: int) -> None:
    assert [str(f) for f in findings(bank(seed)[0])] == []


# --- rates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scale", "offer"), [(100.0, "{:.12g}%"), (10000.0, "({:.12g} basis points)")])
def test_a_column_of_rates_of_another_scale(seed: int, scale: float, offer: str) -> None:
    book, _ = bank(seed)
    book["Positions"]["rate"] = typed = [round(scale * rate, 6) for rate in column(book, "rate")]
    found = findings(book)
    side = np.array([{"asset": 1.0, "off_balance": 1.0}.get(s, -1.0) for s in column(book, "side")])
    earned = float((side * np.array(typed) * np.array(column(book, "balance"))).sum())
    beyond = abs(earned) > 0.15 * sum(np.array(column(book, "balance"))[np.array(column(book, "side")) == "asset"])
    assert any(f.severity == "error" for f in found) == (beyond or max(typed) > 10)
    for finding in found:
        assert finding.cell is not None
        assert offer.format(typed[finding.cell.row - 2]) in finding.cure


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scale", "offer"), [(100.0, "{:.12g}%"), (10000.0, "({:.12g} basis points)")])
def test_one_rate_of_another_scale_than_its_column(seed: int, scale: float, offer: str) -> None:
    book, rng = bank(seed)
    rates = column(book, "rate")
    row = int(rng.choice([i for i, rate in enumerate(rates) if rate > 0.006]))
    rates[row] = round(scale * rates[row], 6)
    finding = one(book)
    assert finding.severity == ("error" if rates[row] > 10 else "warning")
    assert finding.cell is not None
    assert finding.cell.row == row + 2
    assert offer.format(rates[row]) in finding.cure


# --- bounds ------------------------------------------------------------------------------------------------


def set_bound(book: Book, limit: int, value: object) -> None:
    book["Limits"]["right"][limit] = value


@pytest.mark.parametrize("seed", SEEDS)
def test_a_share_without_its_percent_sign(seed: int) -> None:
    book, rng = bank(seed)
    typed = int(rng.integers(6, 100))
    book["Limits"]["early_warning"][3] = None
    set_bound(book, 3, typed if rng.random() < 0.5 else str(typed))
    finding = one(book)
    assert (str(finding.cell), finding.severity) == ("Limits!D5", "error")
    assert f"enter {typed}%" in finding.cure


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bound_that_no_balance_comes_near(seed: int) -> None:
    book, rng = bank(seed)
    factor = float(rng.choice([1e3, 1e6]))
    meant = book["Limits"]["right"][1]
    set_bound(book, 1, meant * factor)
    finding = one(book)
    assert (str(finding.cell), finding.severity) == ("Limits!D3", "warning")
    assert f"enter {meant:.12g} if that was meant" in finding.cure


@pytest.mark.parametrize("seed", SEEDS)
def test_an_early_warning_on_the_wrong_side(seed: int) -> None:
    book, rng = bank(seed)
    limit, warn = (3, rng.uniform(0.96, 0.99)) if seed % 2 else (4, rng.uniform(0.001, 0.009))
    book["Limits"]["early_warning"][limit] = float(warn)
    finding = one(book)
    assert (str(finding.cell), finding.severity) == (f"Limits!E{limit + 2}", "warning")
    assert "red before it is amber" in finding.text


# --- numbers as text ---------------------------------------------------------------------------------------

CLOTHES: list[tuple[str, Callable[[float], str]]] = [
    ("brackets", lambda n: f"({n})"),
    ("typographic minus", lambda n: f"\u2212{n}"),
    ("behind it", lambda n: f"{n}-"),
    ("currency", lambda n: f"€ {n}"),
    ("decimal comma", lambda n: str(n).replace(".", ",")),
    ("non-breaking blank", lambda n: f"{n:,.2f}".replace(",", "\u00a0")),
    ("thin blank", lambda n: f"{n:,.2f}".replace(",", "\u2009")),
    ("blank", lambda n: f"{n:,.2f}".replace(",", " ")),
    ("doubled blank", lambda n: f"{n:,.2f}".replace(",", "  ")),
    ("thousands", lambda n: f"{n:,.2f}".replace(",", "'")),
    ("commas", lambda n: f"{n:,.2f}"),
    ("dots", lambda n: f"{n:,.2f}".translate(str.maketrans(",.", ".,"))),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("fault", "dress"), CLOTHES)
def test_a_number_in_other_clothes(seed: int, fault: str, dress: Callable[[float], str]) -> None:
    book, rng = bank(seed)
    key = str(rng.choice(NUMBERS[:-1]))
    number = round(float(rng.uniform(1e3, 1e9)), 2) + 0.01
    typed = dress(round(number, 2))
    row = int(rng.integers(len(column(book, key))))
    column(book, key)[row] = typed
    at = list(book["Positions"]).index(key)
    (table,) = open_book({"Positions": book["Positions"]}).tables.values()
    found = typed_table(table)[1]
    assert len(found) == 1
    assert found[0].cell == Cell("Positions", row + 2, at + 1)
    assert found[0].severity == "error"
    assert fault in found[0].text
    offered = re.search(r"enter (\S+) ", found[0].cure)
    assert offered is not None
    meant = -number if fault in {"brackets", "typographic minus", "behind it"} else number
    assert float(offered[1]) == pytest.approx(meant, abs=0.006)


@pytest.mark.parametrize("seed", range(300))
def test_plain_numbers_are_left_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = float(rng.normal() * 10.0 ** rng.integers(-6, 12))
    for text in (repr(number), f"{number:g}", f"{number:.2f}%", f" {number:.1f} "):
        meant = number_meant(text)
        assert meant is None or meant.other  # 1.125 may be 1125


# --- totals ------------------------------------------------------------------------------------------------

NAMES = ["Total", "TOTAL ASSETS", "Sub-total loans", "Summe", "Zwischensumme", "Σ Aktiva", "Totale attivo", "Suma"]


def insert(book: Book, at: int, **row: Any) -> None:
    blank = {"rate": 0.0, "expected_loss": 0.0, "max": row["balance"]}
    for key, cells in book["Positions"].items():
        cells.insert(at, (blank | row).get(key))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_named_total_among_positions(seed: int) -> None:
    book, rng = bank(seed)
    side = column(book, "side")
    rows = [i for i, s in enumerate(side) if s == "asset"]
    start, end = 0, int(rng.integers(2, len(rows) + 1))
    if rng.random() < 0.5:
        start = int(rng.integers(0, end - 1))
    total = float(sum(column(book, "balance")[i] for i in rows[start:end]))
    insert(book, end, position=str(rng.choice(NAMES)), side="asset", balance=total)
    insert(book, len(side), position="Other funding", side="liability", balance=total)
    book.pop("Limits")
    found = [f for f in findings(book) if f.severity == "error"]
    assert [str(f.cell) for f in found] == [f"Positions!A{end + 2}"]
    assert f"is the sum of {end - start} other rows" in found[0].text
    assert "delete the row" in found[0].cure


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unnamed_total_among_positions(seed: int) -> None:
    book, _ = bank(seed)
    rows = [i for i, s in enumerate(column(book, "side")) if s == "asset"]
    balance = column(book, "balance")
    change = 1000.01 - sum(balance[i] for i in rows) % 1  # a total of five digits and more
    for i in (0, column(book, "side").index("equity")):
        balance[i] += change
        column(book, "min")[i], column(book, "max")[i] = 0.0 if i == 0 else balance[i], balance[i]
    total = float(sum(balance[i] for i in rows))
    insert(book, len(rows), position="Aktiva", side="asset", balance=total)
    insert(book, len(column(book, "side")), position="Other funding", side="liability", balance=total)
    book.pop("Limits")
    finding = one(book)
    assert (str(finding.cell), finding.severity) == (f"Positions!A{len(rows) + 2}", "warning")
    assert f"is the sum of {len(rows)} other rows" in finding.text


# --- openings and the identity -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("edge", ["min", "max", "min_if_used", "fixed"])
def test_an_opening_outside(seed: int, edge: str) -> None:
    book, rng = bank(seed)
    n = len(column(book, "balance"))
    book.pop("Limits")
    row = int(rng.choice([i for i, s in enumerate(column(book, "side")) if s == "asset"]))
    balance = column(book, "balance")[row]
    level = round(balance * float(rng.uniform(0.5, 0.95) if edge == "max" else rng.uniform(1.05, 1.5)), 2)
    if edge in {"min_if_used", "fixed"}:
        book["Positions"][edge] = [None] * n
    column(book, "min" if edge == "fixed" else edge)[row] = level
    if edge == "fixed":
        column(book, "fixed")[row] = "yes"
    column(book, "max")[row] = level if edge == "max" else 2 * balance
    if edge == "max":
        column(book, "min")[row] = 0.0
    finding = one(book)
    assert finding.severity == "warning"
    assert finding.cell is not None
    assert finding.cell.row == row + 2
    assert f"{'is fixed' if edge == 'fixed' else 'opens'} at {balance:,.12g}" in finding.text
    assert f"of {level:,.12g}" in finding.text


@pytest.mark.parametrize("seed", SEEDS)
def test_a_difference_at_opening(seed: int) -> None:
    """Within the tolerance a warning and a constant of the identity, beyond it an error; each says the direction."""
    book, rng = bank(seed)
    balance, side = column(book, "balance"), column(book, "side")
    assets = sum(b for b, s in zip(balance, side, strict=True) if s == "asset")
    tolerance = default_settings().number("identity_tolerance")
    share = float(rng.uniform(0.1, 0.9) if seed % 2 else rng.uniform(1.2, 50.0)) * tolerance
    sign = 1.0 if rng.random() < 0.5 else -1.0
    row = int(np.argmax(column(book, "max")[: side.index("liability")]))
    balance[row] += sign * share * assets
    column(book, "min")[row], column(book, "max")[row] = 0.0, 2 * assets
    (finding,) = [f for f in findings(book) if f.cell is not None and f.cell.row == 1]
    assert finding.severity == ("warning" if seed % 2 else "error")
    word = "exceed" if sign > 0 else "fall short of"
    assert f"assets {word} liabilities and equity by {share * assets:,.6g} at opening" in finding.text
    assert "closes the gap" in finding.cure or seed % 2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_unit_of_a_book_in_single_units(seed: int) -> None:
    book, _ = bank(seed)
    for key in ("balance", "min", "max"):
        book["Positions"][key] = [1e7 * v for v in column(book, key)]
    for limit in (1, 2):
        set_bound(book, limit, 1e7 * book["Limits"]["right"][limit])
    assets = sum(b for b, s in zip(column(book, "balance"), column(book, "side"), strict=True) if s == "asset")
    finding = one(book)
    assert (str(finding.cell), finding.severity) == ("Settings!B3", "warning")
    assert re.fullmatch(r"assets are [\d,.]+ million, more than any bank has", finding.text)
    assert float(re.sub("[^0-9.]", "", finding.text.partition(" million")[0])) == pytest.approx(assets, rel=1e-9)
    book["Settings"]["value"][1] = ""
    assert findings(book) == []
