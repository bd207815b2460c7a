"""Regulatory factors as data: where each number stands, since when, and whether anyone has checked it."""

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from typing import Literal

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest

_FOLDER = Path(__file__).resolve().parent

FactorTable = Literal["lcr_factors", "nsfr_factors", "risk_weights", "capital_minima", "indonesia_ratios"]
FACTOR_TABLES: tuple[FactorTable, ...] = (
    "lcr_factors",
    "nsfr_factors",
    "risk_weights",
    "capital_minima",
    "indonesia_ratios",
)


@attrs.frozen
class Factor:
    """One figure of a rule.

    ``value`` is as the rule states it: mostly a share, sometimes a range, a formula or "national discretion".
    ``valid_from`` is None where nobody has looked it up; the figure then counts as older than any with a date.
    ``verified`` is False for a figure from memory.
    """

    section: str  # of the rule; for risk weights the exposure class
    item: str
    value: str
    unit: str
    paragraph: str
    jurisdiction: str
    valid_from: dt.date | None
    verified: bool
    source: str
    note: str

    @property
    def number(self) -> float | None:
        """The value as a number; None where the rule gives a range, a formula or a discretion."""
        try:
            return float(self.value)
        except ValueError:
            return None


@cache
def factors(name: FactorTable) -> tuple[Factor, ...]:
    """Return a table of ``xlalm/regulation`` in its own order; read on first use.

    Raises
    ------
    KeyError
        There is no such table.
    """
    if name not in FACTOR_TABLES:
        raise KeyError(name)
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(_factor(row) for row in csv.DictReader(stream))


def factor(name: FactorTable, item: str, jurisdiction: str, date: dt.date, *, section: str = "") -> Factor:
    """Return the figure of an item that holds in a jurisdiction on a date: the one that began last.

    Parameters
    ----------
    item, jurisdiction : as the table writes them; no jurisdiction takes another's figure.
    section : of the rule, or the exposure class; needed only where several have such an item.

    Raises
    ------
    Refused
        No figure holds, or several do.
    """
    wanted = f'"{item}"' + (f' of "{section}"' if section else "")
    there = [f for f in factors(name) if f.item == item and section in {"", f.section}]
    if not there:
        hint = suggest(item, {f.item for f in factors(name)})
        raise Refused(None, f"{name} has no item {wanted}{hint}", "correct its name")
    local = [f for f in there if f.jurisdiction == jurisdiction]
    if not local:
        others = ", ".join(dict.fromkeys(f.jurisdiction for f in there))
        raise Refused(None, f"{name} has no {wanted} for {jurisdiction}", f"choose among {others}")
    sections = dict.fromkeys(f.section for f in local)
    if len(sections) > 1:
        raise Refused(None, f"{name} has several items {wanted}", f"choose a section among {', '.join(sections)}")
    began = [f for f in local if f.valid_from is None or f.valid_from <= date]
    if not began:
        first = min(f.valid_from for f in local if f.valid_from is not None)
        raise Refused(None, f"{wanted} for {jurisdiction} did not hold on {date} yet", f"choose {first} or later")
    return max(began, key=lambda f: f.valid_from or dt.date.min)


def _factor(row: dict[str, str]) -> Factor:
    return Factor(
        section=row.get("section") or row["class"],
        item=row["item"],
        value=row["value"],
        unit=row["unit"],
        paragraph=row["paragraph"],
        jurisdiction=row["jurisdiction"],
        valid_from=dt.date.fromisoformat(row["effective"]) if row["effective"] else None,
        verified=row["verified"] == "yes",
        source=row["source"],
        note=row["note"],
    )
