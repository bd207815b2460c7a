"""A frontier as a curve: the best goal at every bound of one limit, regime by regime, and where it leaps."""

from functools import cached_property
from itertools import pairwise

import attrs
import numpy as np

from xlalm.domain.status import SolverStatus
from xlalm.domain.typing import Float1D, Int1D
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.solver.sensitivity.moving import Segment

SAME = 1e-6
"""Relative difference of goals on the two sides of a bound that is rounding."""


@attrs.frozen(eq=False)
class Frontier:
    """The best goal over all bounds of one limit; ``model`` is the book as it stands.

    ``segments`` are in ascending order of the bound and touch each other; before the first and after the last there is
    no plan, unless they are without end. ``notes`` are sentences about what could not be followed. ``status`` is
    that of the program where there is no plan at any bound, else optimal.
    """

    model: Model
    build: Build
    number: int
    written: float
    segments: tuple[Segment, ...]
    status: SolverStatus = "optimal"
    notes: tuple[str, ...] = ()
    cut_low: bool = False
    cut_high: bool = False

    @property
    def least(self) -> float:
        """Least bound with a plan (may be -inf)."""
        return self.segments[0].low

    @property
    def most(self) -> float:
        """Greatest bound with a plan (may be inf)."""
        return self.segments[-1].high

    def pieces(self) -> list[tuple[int, int]]:
        """Return first and last regime of every piece: neighbours whose price is one function are one piece."""
        pieces = [(0, 0)]
        for i in range(1, len(self.segments)):
            first, last = pieces[-1]
            before = self.segments[last]
            goes_on = before.without_value == self.segments[i].without_value
            if goes_on and before.joins(self.segments[i], before.high):
                pieces[-1] = (first, i)
            else:
                pieces.append((i, i))
        return pieces

    def objective_at(self, bounds: Float1D) -> Float1D:
        """Return the best goal at bounds, (n,); NaN where there is no plan."""
        bounds = np.asarray(bounds, dtype=np.float64)
        found = np.full(len(bounds), np.nan)
        place = self._places(bounds)
        for i in np.unique(place[place >= 0]):
            inside = place == i
            found[inside] = self.segments[i].objective_at(bounds[inside])
        return found

    def slope_above(self, bound: float) -> float | None:
        """Return the change of the goal per 1.00 of bound just above a bound; None where there is no plan."""
        if not self.segments or bound < self.least or bound >= self.most:
            return None
        place = int(np.searchsorted([segment.high for segment in self.segments], bound, side="right"))
        return self.segments[place].price_at(bound)

    def plan_at(self, bound: float) -> Float1D | None:
        """Return the plan's balances at a bound, (n_positions,); None where there is no plan."""
        place = int(self._places(np.array([bound]))[0])
        return None if place < 0 else self.build.program.plan(self.segments[place].columns_at(bound))

    def _places(self, bounds: Float1D) -> Int1D:
        """Return the regime of each bound; -1 where there is none."""
        if not self.segments:
            return np.full(len(bounds), -1)
        near = 1e-12 * np.maximum(1.0, np.abs(bounds))
        place = np.searchsorted(np.array([segment.high for segment in self.segments]), bounds - near)
        place[(place == len(self.segments)) | (bounds < self.least - near)] = -1
        for bound in self.jumps:  # what is better just beside it is still allowed at it
            place[np.abs(bounds - bound) <= near] = self._better_at(bound)
        return np.asarray(place)

    def sides_of(self, bound: float) -> tuple[float, float]:
        """Return the best goal just below and just above a bound at which it jumps."""
        at = int(np.argmin([abs(segment.high - bound) for segment in self.segments[:-1]]))
        below, above = (segment.objective_at(np.array([bound]))[0] for segment in self.segments[at : at + 2])
        return float(below), float(above)

    @cached_property
    def jumps(self) -> tuple[float, ...]:
        """Bounds beyond which a plan starts to hold what the limit's ratio divides by, and the goal leaps."""
        ends = [pair[0].high for pair in pairwise(self.segments) if pair[0].without_value != pair[1].without_value]
        return tuple(end for end in ends if not np.isclose(*self.sides_of(end), rtol=SAME, atol=SAME * self._size))

    @cached_property
    def _size(self) -> float:
        return max(abs(segment.objective) for segment in self.segments)

    def _better_at(self, bound: float) -> int:
        at = int(np.argmin([abs(segment.high - bound) for segment in self.segments[:-1]]))
        below, above = self.sides_of(bound)
        return at if (below > above) == self.build.maximise else at + 1
