"""The catalogue of measures: formulas as data."""

import csv
from functools import cache
from pathlib import Path

from xlalm.domain.metric import Metric

_CATALOGUE_FILE = Path(__file__).with_name("metrics.csv")


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
