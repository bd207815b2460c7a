"""Where a limit stands: how much of it is used, what is left and its light. No solver is asked."""

import math

import attrs

from xlalm.domain.prices import PriceRange
from xlalm.measures.expression import Point
from xlalm.model.model import Limit, Model

BINDING = 1e-6
"""Share of a bound within which a limit counts as reached."""


@attrs.frozen
class Standing:
    """A limit at opening and at one point; amounts in the book's unit, ratios as decimals.

    ``bound`` is the right side at that point, ``opening_bound`` at opening; ``headroom`` is positive inside. ``light``
    is OK, WATCH or BREACH. Where the point is a plan, the solver adds what the bound is worth there: ``price`` is
    ∂goal / ∂written bound on the side that relaxing moves to, ``worth`` the improvement from relaxing by one unit (None
    for =), and ``range`` says where the price holds.
    """

    limit: Limit
    opening: float
    opening_bound: float
    value: float
    bound: float
    headroom: float
    utilisation: float | None
    binding: bool
    light: str
    price: float | None = None
    worth: float | None = None
    range: PriceRange | None = None

    @property
    def opening_light(self) -> str:
        """The light of the opening, under the right side at opening."""
        return light(self.limit, self.opening, self.opening_bound)

    @property
    def opening_utilisation(self) -> float | None:
        """The share of the limit that is used at opening, of its right side at opening."""
        return utilisation(self.limit.sense, self.opening, self.opening_bound)

    @property
    def tightness(self) -> float:
        """Room left for the size of the bound: the smaller, the tighter."""
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
        opening_bound=limit.right.value(opening),
        value=value,
        bound=bound,
        headroom=distance if limit.sense == "<=" else -distance if limit.sense == ">=" else -abs(distance),
        utilisation=utilisation(limit.sense, value, bound),
        binding=abs(distance) <= BINDING * max(1.0, abs(bound)),
        light=light(limit, value, bound),
    )


def utilisation(sense: str, value: float, bound: float) -> float | None:
    """Return the share of a limit that is used; None for = and for a bound of 0."""
    if sense == "=" or bound == 0 or not math.isfinite(value):
        return None
    if sense == "<=" or bound < 0:
        return value / bound
    return bound / value if value > 0 else None


def light(limit: Limit, value: float, bound: float) -> str:
    """Return OK, WATCH (beyond the early warning) or BREACH (beyond the bound)."""
    tolerance = BINDING * max(1.0, abs(bound))
    warn, sense = limit.early_warning, limit.sense
    if not math.isfinite(value):
        return "BREACH"
    below, above = value < bound - tolerance, value > bound + tolerance
    if (sense == ">=" and below) or (sense == "<=" and above) or (sense == "=" and (below or above)):
        return "BREACH"
    if warn is not None and ((sense == ">=" and value < warn) or (sense == "<=" and value > warn)):
        return "WATCH"
    return "OK"
