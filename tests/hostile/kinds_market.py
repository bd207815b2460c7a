"""Bad market data: what Returns and Covariances may hold, and settings of value at risk that cannot be."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.books import Book, Calculated, ErrorCell, Sheet, sound
from tests.hostile.case import BAD, OK, kind

Made = tuple[Path, dict[str, Any]]
DAYS = 120
COVARIANCE = ("var", "{book}", "--days", "1")
HISTORICAL = (*COVARIANCE, "--method", "historical")
MONTE_CARLO = (*COVARIANCE, "--method", "monte_carlo")


def with_returns(rng: random.Random, days: int = DAYS) -> Book:
    """Return a sound bank with a history of two of its positions."""
    book = sound(rng)
    columns: dict[str, list[Any]] = {"Date": [dt.date(2025, 1, 1) + dt.timedelta(days=i) for i in range(days)]}
    for name in book["Positions"].columns["Position"][1:3]:
        columns[name] = [round(rng.gauss(0.0, 0.01), 5) for _ in range(days)]
    book.tables["Returns"] = Sheet("Returns", columns, "Returns", rng.choice([0, 3]), rng.choice([0, 2]))
    return book


def with_covariances(rng: random.Random) -> Book:
    """Return a sound bank with covariances of two of its positions."""
    book = sound(rng)
    first, second = book["Positions"].columns["Position"][1:3]
    columns = {
        "Position": [first, second, first],
        "With": [first, second, second],
        "Covariance": [1e-4, 4e-4, 5e-5],
    }
    book.tables["Covariances"] = Sheet("Covariances", columns, "Covariances", rng.choice([0, 3]), rng.choice([0, 2]))
    return book


# --- a cell of Returns -----------------------------------------------------------------------------------

BAD_CHANGES: dict[str, tuple[Any, str]] = {
    "text": ("n/a", "is not a number"),
    "a percentage as text": ("0.4%", "enter 0.004 as a number"),
    "a truth value": (True, "is not a number"),
    "an error": (ErrorCell("#N/A"), "shows #N/A"),
    "a formula never calculated": (Calculated("=1+1"), "has no stored value"),
    "a number without measure": (1e200, "no usable number"),
}
BAD_DATES: dict[str, tuple[Any, str]] = {
    "text": ("31.12.2024", "is not a date"),
    "a plain number": (45000, "is not a date"),
    "nothing": (None, "date is empty"),
    "an error": (ErrorCell("#REF!"), "shows #REF!"),
    "the day before": (dt.date(2025, 1, 1), "keep one row for each day"),
}


def _one_cell(column: int, value: Any, says: str) -> Callable[[random.Random, Path], Made]:
    def make(rng: random.Random, folder: Path) -> Made:
        book = with_returns(rng)
        header, row = list(book["Returns"].columns)[column], rng.randrange(1, DAYS)
        book["Returns"].columns[header][row] = value
        fields = {"address": book["Returns"].address(header, row), "says": says, "arguments": COVARIANCE}
        return book.save(folder / "book.xlsx"), fields

    return make


for _what, (_value, _says) in BAD_CHANGES.items():
    kind(f"a change of value that is {_what}", BAD)(_one_cell(1, _value, _says))
for _what, (_value, _says) in BAD_DATES.items():
    kind(f"a date of Returns that is {_what}", BAD)(_one_cell(0, _value, _says))


# --- Returns as a whole ----------------------------------------------------------------------------------


@kind("a history of no days", BAD)
def no_days(rng: random.Random, folder: Path) -> Made:
    says = {COVARIANCE: "holds data", HISTORICAL: "needs a table Returns", MONTE_CARLO: "holds data"}
    arguments = rng.choice(list(says))
    return with_returns(rng, 0).save(folder / "book.xlsx"), {"arguments": arguments, "says": says[arguments]}


@kind("a history of one day", BAD)
def one_day(rng: random.Random, folder: Path) -> Made:
    book, arguments = with_returns(rng, 1), rng.choice([COVARIANCE, HISTORICAL, MONTE_CARLO])
    fields = {"arguments": arguments, "address": book["Returns"].address("Date")}
    return book.save(folder / "book.xlsx"), fields


@kind("a history shorter than the holding period", BAD)
def shorter_than_the_holding_period(rng: random.Random, folder: Path) -> Made:
    book = with_returns(rng)
    arguments = ("var", "{book}", "--method", "historical", "--days", str(rng.randint(DAYS + 1, 2000)))
    address = book["Returns"].address("Date")
    return book.save(folder / "book.xlsx"), {"arguments": arguments, "address": address, "says": "no window"}


@kind("a history of unknown positions", BAD)
def unknown_positions(rng: random.Random, folder: Path) -> Made:
    book = with_returns(rng)
    columns = book["Returns"].columns
    book["Returns"].columns = {f"{name} of old" if name != "Date" else name: cells for name, cells in columns.items()}
    fields = {"arguments": COVARIANCE, "address": book["Returns"].address("Date"), "says": "headed by a position"}
    return book.save(folder / "book.xlsx"), fields


@kind("a history without a full day", BAD)
def no_full_day(rng: random.Random, folder: Path) -> Made:
    book = with_returns(rng)
    name = list(book["Returns"].columns)[1]
    book["Returns"].columns[name] = [None] * DAYS
    return book.save(folder / "book.xlsx"), {"arguments": COVARIANCE, "says": "no day of Returns has a change"}


@kind("a history in disorder, with gaps and a stranger", OK)
def disorder(rng: random.Random, folder: Path) -> Made:
    book = with_returns(rng)
    columns = book["Returns"].columns
    order = rng.sample(range(DAYS), DAYS)
    for name in columns:
        columns[name] = [columns[name][i] for i in order]
    columns[list(columns)[1]][5] = None
    columns["No such line"] = [0.0] * DAYS
    arguments = rng.choice([COVARIANCE, HISTORICAL, MONTE_CARLO])
    return book.save(folder / "book.xlsx"), {"arguments": arguments, "says": "is no position"}


# --- Covariances -----------------------------------------------------------------------------------------

BAD_COVARIANCES: dict[str, tuple[str, int, Any, str]] = {
    "text": ("Covariance", 2, "abc", "is not a number"),
    "an error": ("Covariance", 1, ErrorCell("#DIV/0!"), "shows #DIV/0!"),
    "nothing": ("Covariance", 2, None, "is empty"),
    "a negative variance": ("Covariance", 0, -1e-4, "is negative"),
    "a number without measure": ("Covariance", 2, 1e300, "no usable number"),
    "of an unknown position": ("With", 2, "Nobody", "there is no position"),
    "of no position": ("Position", 2, None, "is empty"),
}


def _one_covariance(column: str, row: int, value: Any, says: str) -> Callable[[random.Random, Path], Made]:
    def make(rng: random.Random, folder: Path) -> Made:
        book = with_covariances(rng)
        book["Covariances"].columns[column][row] = value
        fields: dict[str, Any] = {"address": book["Covariances"].address(column, row), "says": says}
        fields["arguments"] = rng.choice([("solve", "{book}"), COVARIANCE, MONTE_CARLO])
        return book.save(folder / "book.xlsx"), fields

    return make


for _what, _fault in BAD_COVARIANCES.items():
    kind(f"a covariance that is {_what}", BAD)(_one_covariance(*_fault))


@kind("covariances that cannot be", BAD)
def not_semidefinite(rng: random.Random, folder: Path) -> Made:
    book = with_covariances(rng)
    book["Covariances"].columns["Covariance"][2] = rng.choice([-1, 1]) * rng.uniform(3e-4, 1.0)
    address = book["Covariances"].address("Covariance")
    fields = {"address": address, "says": "cannot be covariances", "arguments": COVARIANCE}
    return book.save(folder / "book.xlsx"), fields


@kind("a pair of two covariances", BAD)
def two_for_a_pair(rng: random.Random, folder: Path) -> Made:
    book = with_covariances(rng)
    first, second = book["Positions"].columns["Position"][1:3]
    row = book["Covariances"].add(Position=second, With=first, Covariance=6e-5)
    address = book["Covariances"].address("Covariance", row)
    return book.save(folder / "book.xlsx"), {"address": address, "says": "was given as", "arguments": COVARIANCE}


@kind("a covariance without a variance", BAD)
def no_variance(rng: random.Random, folder: Path) -> Made:
    book = with_covariances(rng)
    for cells in book["Covariances"].columns.values():
        del cells[0]
    address = book["Covariances"].address("Covariance")
    return book.save(folder / "book.xlsx"), {"address": address, "says": "but no variance", "arguments": COVARIANCE}


# --- settings --------------------------------------------------------------------------------------------

BAD_SETTINGS: dict[str, list[Any]] = {
    "var_confidence": [1, 99, 1.2, 0.3, 0.5, "high"],
    "var_days": [0, -1, 1e6, "ten"],
    "var_method": ["bootstrapped", 3],
    "var_mean": ["x"],
    "var_horizon": ["foo"],
    "var_window": [1, "long"],
    "var_draws": [10, 1e12],
}


def _setting(name: str) -> Callable[[random.Random, Path], Made]:
    def make(rng: random.Random, folder: Path) -> Made:
        book = with_returns(rng)
        row = book["Settings"].add(Setting=name, Value=rng.choice(BAD_SETTINGS[name]))
        fields = {"address": book["Settings"].address("Value", row), "arguments": ("var", "{book}")}
        return book.save(folder / "book.xlsx"), fields

    return make


for _name in BAD_SETTINGS:
    kind(f"{_name} out of range", BAD)(_setting(_name))
