"""Where a limit stands: its use, what is left, its light; and which positions open outside. No solver is asked."""

import math
from typing import Literal

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.cells import Cell
from xlalm.domain.limits import unit_size
from xlalm.domain.prices import Ladder, PriceRange
from xlalm.domain.typing import Bool1D
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

    ``bound`` is the right side at that point, ``opening_bound`` at opening; ``headroom`` is positive inside. ``light``
    is OK, WATCH, BREACH or NO VALUE; then ``empty`` holds the positions that the ratio divides by, if the point holds
    none of them. Where the point is a plan, the solver adds what the bound is worth there: ``price`` is ∂goal / ∂bound
    as written, on the side that relaxing moves to, ``marginal`` the same per unit as people count it (>= 0, None for
    =), ``worth`` the gain of relaxing by one whole unit (None for =), ``is_solved`` where that was found by solving
    again and not from the price, ``range`` says where the price holds and ``ladder`` what steps do.
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
    empty: tuple[int, ...] = ()
    price: float | None = None
    marginal: float | None = None
    worth: float | None = None
    is_solved: bool = False
    range: PriceRange | None = None
    ladder: Ladder | None = None

    @property
    def has_value(self) -> bool:
        """Whether both sides are numbers: no ratio in them divides by 0."""
        return self.light != NO_VALUE

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
        """Room left for the size of the bound: the smaller, the tighter; without end where there is no value."""
        if not self.has_value:
            return math.inf
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


@attrs.frozen
class Outside:
    """A position that opens where its own row of ``Positions`` lets no plan be.

    ``edge`` is the column that it breaks and ``level`` what stands there; ``opening`` is its balance. One that is
    ``fixed`` stays there, and its min and max count for nothing. For ``lot`` no number of lots leads back inside.
    """

    name: str
    opening: float
    edge: Literal["min", "max", "min_if_used", "lot"]
    level: float
    fixed: bool
    cell: Cell


def outside(sheet: BalanceSheet) -> list[Outside]:
    """Return the positions that open outside their bounds, below min_if_used, or off every lot that is inside."""
    opening, numbers = sheet.opening, sheet.numbers
    slack = BINDING * np.where(opening > 0, opening, np.nan_to_num(numbers["min"]))
    low, high = np.maximum(sheet.lower, 0.0), sheet.upper
    size = np.where(numbers["lot"] > 0, numbers["lot"], np.nan)
    with np.errstate(invalid="ignore"):
        fewest, most = np.ceil((low - opening) / size - 1e-9), np.floor((high - opening) / size + 1e-9)
        broken: dict[Literal["min", "max", "min_if_used", "lot"], Bool1D] = {
            "min": opening < numbers["min"] - slack,
            "max": opening > numbers["max"] + slack,
            "min_if_used": (opening > 0) & (opening < numbers["min_if_used"] - slack),
            "lot": (fewest > most) & (low <= high) & ~sheet.fixed,
        }
    return [
        Outside(
            name=sheet.names[i],
            opening=float(opening[i]),
            edge=edge,
            level=float(numbers[edge][i]),
            fixed=bool(sheet.fixed[i]),
            cell=sheet.table.raw.cell(int(i), edge),
        )
        for edge, rows in broken.items()
        for i in np.flatnonzero(rows)
    ]
