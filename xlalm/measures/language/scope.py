"""What names in a formula mean: columns, positions, metrics, catalogue measures and settings."""

import csv
from functools import cache
from pathlib import Path

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.cells import Cell
from xlalm.domain.settings import SETTINGS, Settings
from xlalm.domain.table import normalise_header
from xlalm.domain.text import fold
from xlalm.tables.covariances import Covariance

_CATALOGUE_FILE = Path(__file__).resolve().parents[2] / "regulation" / "metrics.csv"


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


@attrs.frozen(eq=False)
class Scope:
    """Everything a formula may name. ``metrics`` are the book's own, by normalised name.

    ``covariance`` holds the book's table ``Covariances``; None without one.
    """

    sheet: BalanceSheet
    settings: Settings
    metrics: dict[str, Metric]
    position_index: dict[str, int]
    covariance: Covariance | None = None

    @classmethod
    def of(
        cls, sheet: BalanceSheet, settings: Settings, metrics: dict[str, Metric], covariance: Covariance | None = None
    ) -> "Scope":
        """Return the scope of a book."""
        return cls(sheet, settings, metrics, {fold(name): i for i, name in enumerate(sheet.names)}, covariance)

    def metric(self, name: str) -> Metric | None:
        """Return the metric of a name, the book's own first."""
        key = normalise_header(name)
        return self.metrics.get(key) or catalogue().get(key)

    def setting(self, name: str) -> float | None:
        """Return the number of a setting that formulas may use."""
        key = normalise_header(name)
        if key == "share_of_year":
            return 1.0 if self.settings.text("timing") == "start" else 0.5
        spec = SETTINGS.get(key)
        return self.settings.number(key) if spec is not None and spec.in_formulas else None

    @property
    def column_names(self) -> list[str]:
        """Names of all columns."""
        return [*self.sheet.numbers, *self.sheet.texts]

    @property
    def scalar_names(self) -> list[str]:
        """Names of all metrics, measures and numeric settings."""
        return [*self.metrics, *catalogue()]
