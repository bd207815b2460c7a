"""Where a limit stands: how much of it is used, what is left and its light. No solver is asked."""

import math

import attrs
import numpy as np

from xlalm.domain.prices import PriceRange
from xlalm.measures.expression import Affine, Point, Quotient
from xlalm.measures.shape import walk
from xlalm.model.model import Limit, Model

BINDING = 1e-6
"""Share of a bound within which a limit counts as reached."""

NO_VALUE = "NO VALUE"
"""The light of a limit on a ratio whose denominator is 0: it is neither kept nor broken."""


@attrs.frozen
class Standing:
    """A limit at opening and at one point; amounts in the book's unit, ratios as decimals.

    ``bound`` is the right side at that point; ``headroom`` is positive inside. ``light`` is OK, WATCH, BREACH or NO
    VALUE; then ``empty`` holds the positions that the ratio divides by, if the point holds none of them. Where the
    point is a plan, the solver adds what the bound is worth there: ``price`` is ∂goal / ∂written bound on the side that
    relaxing moves to, ``worth`` the improvement from relaxing by one unit (None for =), and ``range`` says where the
    price holds.
    """

    limit: Limit
    opening: float
    value: float
    bound: float
    headroom: float
    utilisation: float | None
    binding: bool
    light: str
    empty: tuple[int, ...] = ()
    price: float | None = None
    worth: float | None = None
    range: PriceRange | None = None

    @property
    def has_value(self) -> bool:
        """Whether both sides are numbers: no ratio in them divides by 0."""
        return self.light != NO_VALUE

    @property
    def opening_light(self) -> str:
        """The light of the opening under the bound at the point."""
        return light(self.limit, self.opening, self.bound)

    @property
    def tightness(self) -> float:
        """Room left for the size of the bound: the smaller, the tighter; without end where there is no value."""
        if not self.has_value:
            return math.inf
        return self.headroom / max(abs(self.bound), 1e-12)


def standings(model: Model, point: Point | None = None) -> list[Standing]:
    """Return where every limit stands at a point; at opening by default."""
    opening = Point.at(model.sheet.opening, model.sheet.opening)
    return [standing(limit, opening if point is None else point, opening) for limit in model.limits]


def standing(limit: Limit, point: Point, opening: Point) -> Standing:
    """Return where a limit stands."""
    value, bound = limit.left.value(point), limit.right.value(point)
    distance = bound - value
    return Standing(
        limit=limit,
        opening=limit.left.value(opening),
        value=value,
        bound=bound,
        headroom=distance if limit.sense == "<=" else -distance if limit.sense == ">=" else -abs(distance),
        utilisation=utilisation(limit.sense, value, bound),
        binding=abs(distance) <= BINDING * max(1.0, abs(bound)),
        light=light(limit, value, bound),
        empty=_empty(limit, point),
    )


def _empty(limit: Limit, point: Point) -> tuple[int, ...]:
    """Return the positions that ratios without value divide by; none where the point holds any of them."""
    used = np.zeros(len(point.stock), dtype=np.bool_)
    for side in (limit.left, limit.right):
        if math.isnan(side.value(point)):
            for ratio in (part for part in walk(side) if isinstance(part, Quotient) and math.isnan(part.value(point))):
                for part in walk(ratio.denominator):
                    if isinstance(part, Affine) and part.stock is not None:
                        used |= part.stock != 0
    return () if point.stock[used].any() else tuple(int(i) for i in np.flatnonzero(used))


def utilisation(sense: str, value: float, bound: float) -> float | None:
    """Return the share of a limit that is used; None for = and for a bound of 0."""
    if sense == "=" or bound == 0 or not math.isfinite(value):
        return None
    if sense == "<=" or bound < 0:
        return value / bound
    return bound / value if value > 0 else None


def light(limit: Limit, value: float, bound: float) -> str:
    """Return OK, WATCH (beyond the early warning), BREACH (beyond the bound) or NO VALUE."""
    tolerance = BINDING * max(1.0, abs(bound))
    warn, sense = limit.early_warning, limit.sense
    if not (math.isfinite(value) and math.isfinite(bound)):
        return NO_VALUE
    below, above = value < bound - tolerance, value > bound + tolerance
    if (sense == ">=" and below) or (sense == "<=" and above) or (sense == "=" and (below or above)):
        return "BREACH"
    if warn is not None and ((sense == ">=" and value < warn) or (sense == "<=" and value > warn)):
        return "WATCH"
    return "OK"
