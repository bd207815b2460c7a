"""Sound books with questions that cannot be answered: bounds, cells, points and weights typed wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.books import Book, ErrorCell, sound
from tests.hostile.case import BAD, NO_PLAN, OK, kind

Made = tuple[Path, dict[str, Any]]
TURNOVER, FLOOR = "turnover cap", "liquidity floor"
FRONTIER, SURFACE = ("frontier", "{book}", "--limit"), ("surface", "{book}", "--limit", TURNOVER, "--limit")
SWEEP, WEIGHTS = ("sweep", "{book}"), ("weights", "{book}")

QUESTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "a frontier of no limit": ((*FRONTIER, "liquidity flor"), 'did you mean "liquidity floor"'),
    "a frontier from above to below": ((*FRONTIER, TURNOVER, "--from", "900", "--to", "100"), "give --from below --to"),
    "a frontier from no number": ((*FRONTIER, TURNOVER, "--from", "nan"), "is not a number"),
    "a frontier to no end": ((*FRONTIER, TURNOVER, "--to", "inf"), "is not a number"),
    "a frontier beyond measure": ((*FRONTIER, TURNOVER, "--to", "1e300"), "too large"),
    "a frontier without its percent sign": ((*FRONTIER, FLOOR, "--to", "50"), "enter 50%"),
    "a surface of one limit": (SURFACE[:-1], "needs two limits"),
    "a surface of the same limit twice": ((*SURFACE, TURNOVER.upper()), "are the same"),
    "a surface of one point": ((*SURFACE, FLOOR, "--points", "1"), "ask for 2 to 200"),
    "a surface of a milliard points": ((*SURFACE, FLOOR, "--points", "1000000000"), "ask for 2 to 200"),
    "a surface of three ends": ((*SURFACE, FLOOR, "--from", "1", "--from", "1%", "--from", "1"), "once for each"),
    "a surface without its percent sign": ((*SURFACE, FLOOR, "--to", "90000", "--to", "50"), "enter 50%"),
    "a sweep of text": ((*SWEEP, "Positions!Cash.class", "--from", "0", "--to", "1"), "takes no number"),
    "a sweep of a name": ((*SWEEP, "Settings!currency", "--from", "0", "--to", "1"), "takes no number"),
    "a sweep of a formula": ((*SWEEP, "Limits!turnover cap.left", "--from", "0", "--to", "1"), "takes no number"),
    "a sweep of a bound that is a formula": ((*SWEEP, "Limits!growth cap"), "give --from and --to"),
    "a sweep of no cell": ((*SWEEP, "cash"), "names no cell"),
    "a sweep of no table": ((*SWEEP, "Nothing!cash.max"), "no input table"),
    "a sweep of no measure": ((*SWEEP, "Positions!Cash.max", "--metric", "nothing"), "there is no measure"),
    "a sweep out of range": ((*SWEEP, "Positions!Cash.max", "--from=-9", "--to", "9"), "expected at least 0"),
    "weights of no points": ((*WEIGHTS, "--points", "0"), "ask for 2 to 200"),
    "weights of a milliard points": ((*WEIGHTS, "--points", "1000000000"), "ask for 2 to 200"),
    "weights by no method": ((*WEIGHTS, "--method", "fnlp"), "does not look at the weights"),
    "value at risk by no method": (("var", "{book}", "--method", "history"), 'did you mean "historical"'),
    "value at risk with all confidence": (("var", "{book}", "--confidence", "100%"), "below 100%"),
    "value at risk for ever": (("var", "{book}", "--days", "1e9"), "up to 2,500"),
    "value at risk without a market": (("var", "{book}"), "Covariances of the book holds data"),
}


def _question(arguments: tuple[str, ...], says: str) -> Callable[[random.Random, Path], Made]:
    def make(rng: random.Random, folder: Path) -> Made:
        return sound(rng).save(folder / "book.xlsx"), {"arguments": arguments, "says": says}

    return make


for _name, (_arguments, _says) in QUESTIONS.items():
    kind(_name, BAD)(_question(_arguments, _says))


@kind("weights of one goal", BAD)
def one_goal(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    for header, cells in book["Goals"].columns.items():
        book["Goals"].columns[header] = cells[:1]
    fields = {"arguments": WEIGHTS, "address": book["Goals"].address("Formula", 0), "says": "nothing to weigh"}
    return book.save(folder / "book.xlsx"), fields


@kind("a frontier of a book with lots", BAD)
def frontier_with_lots(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Positions"].columns["Lot"] = [5, *[None] * (len(book["Positions"]) - 1)]
    return book.save(folder / "book.xlsx"), {"arguments": (*FRONTIER, TURNOVER), "says": "integer program"}


@kind("a frontier of a limit that is not active", OK)
def frontier_of_a_monitor(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Limits"].columns["Active"][1] = "no"
    return book.save(folder / "book.xlsx"), {"arguments": (*FRONTIER, TURNOVER), "says": "is not active in the book"}


def out_of_reach(rng: random.Random) -> Book:
    """Return a bank with a limit that no plan meets."""
    book = sound(rng)
    book["Limits"].add(Limit="reach", Left='position("Cash")', Sense=">=", Right=1e7, Active="yes")
    return book


@kind("a frontier without a plan", NO_PLAN)
def frontier_without_a_plan(rng: random.Random, folder: Path) -> Made:
    path = out_of_reach(rng).save(folder / "book.xlsx")
    return path, {"arguments": (*FRONTIER, TURNOVER), "says": "other limits contradict each other"}


@kind("a surface without a plan", NO_PLAN)
def surface_without_a_plan(rng: random.Random, folder: Path) -> Made:
    path = out_of_reach(rng).save(folder / "book.xlsx")
    return path, {"arguments": (*SURFACE, FLOOR, "--points", "4"), "says": "16 of 16 points have no plan"}


@kind("a frontier without end", NO_PLAN)
def frontier_without_end(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    book["Positions"].columns["Max"] = [None] * len(book["Positions"])
    for header, cells in book["Limits"].columns.items():
        book["Limits"].columns[header] = cells[:1]
    return book.save(folder / "book.xlsx"), {"arguments": (*FRONTIER, FLOOR), "says": "The goal has no end"}


@kind("an upgrade from a version that is none", BAD)
def upgrade_from_nowhere(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    value = rng.choice([0, -1, 1.5, "one", ErrorCell("#N/A")])
    row = book["Settings"].add(Setting="schema_version", Value=value)
    fields = {"arguments": ("upgrade", "{book}"), "address": book["Settings"].address("Value", row)}
    return book.save(folder / "book.xlsx"), fields


@kind("an upgrade without settings", BAD)
def upgrade_without_settings(rng: random.Random, folder: Path) -> Made:
    book = sound(rng)
    if rng.random() < 0.5:
        del book.tables["Settings"]
    else:
        del book["Settings"].columns[rng.choice(["Setting", "Value"])]
    return book.save(folder / "book.xlsx"), {"arguments": ("upgrade", "{book}"), "says": "no table Settings"}
