"""The catalogue of measures: formulas as data."""

import csv
from functools import cache
from pathlib import Path

import attrs

from xlalm.domain.cells import Cell

_CATALOGUE_FILE = Path(__file__).with_name("metrics.csv")


@attrs.frozen
class Metric:
    """A named quantity: a row of ``Metrics`` or of the catalogue."""

    name: str
    formula: str
    unit: str
    lens: str
    description: str
    source: str
    cell: Cell | None = None


@cache
def catalogue() -> dict[str, Metric]:
    """Return the measures every book has, by name, from ``regulation/metrics.csv``."""
    with _CATALOGUE_FILE.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return {
            row["metric"]: Metric(
                row["metric"], row["formula"], row["unit"], row["lens"], row["description"], row["source"]
            )
            for row in rows
        }
