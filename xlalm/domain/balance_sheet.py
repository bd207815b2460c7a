"""The balance sheet: positions with their opening balances, bounds and columns."""

import attrs
import numpy as np

from xlalm.domain.table import TypedTable
from xlalm.domain.typing import Bool1D, Float1D

NEAR = 1e-11
"""Share of a position's own amounts below which a distance is rounding."""

DOUBLES = 64 * float(np.finfo(np.float64).eps)
"""Share of the largest balance that sums of doubles round by: all that a balance of 0 can be told from 0 by."""


@attrs.frozen(eq=False)
class BalanceSheet:
    """Positions of a bank; every array has shape (n_positions,) and amounts are >= 0.

    ``numbers`` holds every numeric column with NaN where blank; ``texts`` every text column, folded for
    comparison (case and outer blanks do not count).
    """

    table: TypedTable
    names: tuple[str, ...]
    side: tuple[str, ...]
    sign: Float1D
    opening: Float1D
    lower: Float1D
    upper: Float1D
    fixed: Bool1D
    numbers: dict[str, Float1D]
    texts: dict[str, "np.ndarray[tuple[int], np.dtype[np.object_]]"]

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.names)

    def on_side(self, *sides: str) -> Bool1D:
        """Return the mask of positions on the given sides."""
        return np.isin(np.array(self.side, dtype=object), sides)

    @property
    def total_assets(self) -> float:
        """Opening total assets, in the book's unit."""
        return float(self.opening[self.on_side("asset")].sum())

    @property
    def in_turnover(self) -> Bool1D:
        """Positions whose changes make the turnover: all on the balance sheet."""
        return ~self.on_side("off_balance")

    def turnover(self, plan: Float1D) -> float:
        """Return what moves from the opening to a plan, (n_positions,): increases and reductions, both counted."""
        return float(np.abs(plan - self.opening)[self.in_turnover].sum())

    def rounding(self, target: Float1D, plan: Float1D) -> Float1D:
        """Return how near balances must be to targets to be them, (n_positions,): by each position's own amounts.

        Parameters
        ----------
        target : (n_positions,) openings or bounds, infinite where there is none.
        plan : (n_positions,) balances; of the book's largest one only the rounding of doubles counts.
        """
        lot = np.nan_to_num(self.numbers["lot"]) if "lot" in self.numbers else np.zeros(len(self))
        own = np.maximum(np.abs(np.where(np.isfinite(target), target, 0.0)), np.maximum(self.opening, lot))
        return np.maximum(NEAR * own, DOUBLES * float(np.abs(plan).max(initial=0.0)))

    def stands_at(self, target: Float1D, plan: Float1D) -> Bool1D:
        """Return the mask of balances that are at their target."""
        return np.asarray(np.abs(plan - target) <= self.rounding(target, plan))

    def moved(self, plan: Float1D) -> Bool1D:
        """Return the mask of balances that a plan changes."""
        return ~self.stands_at(self.opening, plan)

    @property
    def has_two_sides(self) -> bool:
        """Whether there are both assets and funding, so that the balance identity means something."""
        return bool(self.on_side("asset").any() and self.on_side("liability", "equity").any())
