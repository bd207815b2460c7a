"""Regulatory factors as data: where each number stands, since when, and whether anyone has checked it."""

import csv
from functools import cache
from pathlib import Path
from typing import Literal

import attrs

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
    ``effective`` is an ISO date, blank where it is not known. ``verified`` is False for a figure from memory.
    """

    section: str  # of the rule; for risk weights the exposure class
    item: str
    value: str
    unit: str
    paragraph: str
    jurisdiction: str
    effective: str
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


def factor(name: FactorTable, section: str, item: str) -> Factor:
    """Return one figure by its section (or class) and item; raises KeyError."""
    for found in factors(name):
        if (found.section, found.item) == (section, item):
            return found
    message = f"{name}: {section}, {item}"
    raise KeyError(message)


def _factor(row: dict[str, str]) -> Factor:
    return Factor(
        section=row.get("section") or row["class"],
        item=row["item"],
        value=row["value"],
        unit=row["unit"],
        paragraph=row["paragraph"],
        jurisdiction=row["jurisdiction"],
        effective=row["effective"],
        verified=row["verified"] == "yes",
        source=row["source"],
        note=row["note"],
    )
