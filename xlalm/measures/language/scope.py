"""What names in a formula mean: columns, positions, metrics, catalogue measures and settings."""

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.covariance import Covariance
from xlalm.domain.metric import Metric
from xlalm.domain.numbers import is_blank
from xlalm.domain.settings import SETTINGS, Settings
from xlalm.domain.table import normalise_header
from xlalm.domain.text import fold
from xlalm.domain.typing import Bool1D
from xlalm.regulation.catalogue import catalogue
from xlalm.schema.tables import table_schema


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
    _sides: dict[tuple[str, ...], Bool1D] = attrs.field(factory=dict, init=False)

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

    def on_side(self, *sides: str) -> Bool1D:
        """Return the mask of positions on the given sides, which is found once."""
        if sides not in self._sides:
            self._sides[sides] = self.sheet.on_side(*sides)
        return self._sides[sides]

    def is_filled(self, key: str, rows: Bool1D) -> bool:
        """Whether some of the positions ``rows`` have something in a column, typed or computed from one that has.

        A number other than 0 says so at once; only a column of blanks and zeros is read cell by cell.
        """
        numbers, texts = self.sheet.numbers.get(key), self.sheet.texts.get(key)
        if numbers is not None and np.nan_to_num(numbers[rows]).any():
            return True
        if texts is not None:
            return any(texts[i] for i in np.flatnonzero(rows))
        column = table_schema("Positions").columns.get(key)
        typed = self.sheet.table.raw.columns.get(key)
        if typed is None and column is None:
            return numbers is not None and not np.isnan(numbers[rows]).all()
        if typed is not None and any(not is_blank(typed[int(i)]) for i in np.flatnonzero(rows)):
            return True
        source = column.default if column is not None else ""
        return source.startswith("=") and self.is_filled(source.removeprefix("="), rows)

    @property
    def column_names(self) -> list[str]:
        """Names of all columns."""
        return [*self.sheet.numbers, *self.sheet.texts]

    @property
    def scalar_names(self) -> list[str]:
        """Names of all metrics, measures and numeric settings."""
        return [*self.metrics, *catalogue()]
