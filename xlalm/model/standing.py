"""Where a limit stands: how much of it is used, what is left and its light. No solver is asked."""

import math

import attrs

from xlalm.domain.limits import unit_size
from xlalm.domain.prices import Ladder, PriceRange
from xlalm.measures.expression import Point
from xlalm.model.model import Limit, Model

BINDING = 1e-6
"""Share of a bound within which a limit counts as reached."""


@attrs.frozen
class Standing:
    """A limit at opening and at one point; amounts in the book's unit, ratios as decimals.

    ``bound`` is the right side at that point, ``opening_bound`` at opening; ``headroom`` is positive inside. ``light``
    is OK, WATCH or BREACH. Where the point is a plan, the solver adds what the bound is worth there: ``price`` is
    ∂goal / ∂written bound on the side that relaxing moves to, ``marginal`` the same per unit as people count it (>= 0,
    None for =), ``worth`` the gain of relaxing by one whole unit (None for =), ``is_solved`` where that was found by
    solving again and not from the price, ``range`` says where the price holds and ``ladder`` what steps do.
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
    marginal: float | None = None
    worth: float | None = None
    is_solved: bool = False
    range: PriceRange | None = None
    ladder: Ladder | None = None

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


CAPITAL_STEP, LIQUIDITY_STEP, OTHER_STEP = 0.0025, 0.05, 0.01
"""One step of a price ladder: of a capital ratio, of a liquidity ratio, and of any other bound as a share of it."""


def step_of(limit: Limit, bound: float) -> float:
    """Return one step of a limit's price ladder, > 0, in the limit's own unit, at its bound."""
    if limit.step is not None:
        return limit.step
    if limit.unit == "%" and limit.lens in {"capital", "liquidity"}:
        return CAPITAL_STEP if limit.lens == "capital" else LIQUIDITY_STEP
    return OTHER_STEP * abs(bound) or unit_size(limit.unit)


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
