"""Prices of limits: duals as derivatives by the written bound."""

from collections.abc import Mapping

import attrs

from xlalm.domain.limits import unit_size
from xlalm.measures.expression import Point
from xlalm.model.model import Limit, Model
from xlalm.model.standing import BINDING, light, utilisation
from xlalm.solver.sensitivity.ranging import Range
from xlalm.solver.solution import Planned


@attrs.frozen
class LimitState:
    """A limit at opening and in the plan; amounts in the book's unit, ratios as decimals."""

    limit: Limit
    opening: float
    value: float
    bound: float
    headroom: float
    utilisation: float | None
    binding: bool
    price: float | None
    worth: float | None
    light: str
    range: Range | None = None

    @property
    def opening_light(self) -> str:
        """The light of the opening under the plan's bound."""
        return light(self.limit, self.opening, self.bound)

    @property
    def tightness(self) -> float:
        """Room left for the size of the bound: the smaller, the tighter."""
        return self.headroom / max(abs(self.bound), 1e-12)


def plan_point(model: Model, solution: Planned | None) -> Point:
    """Return the plan, or the opening where there is none."""
    opening = model.sheet.opening
    return Point.at(opening if solution is None else solution.plan, opening)


def limit_states(
    model: Model,
    solution: Planned | None,
    ranges: Mapping[int, Range] | None = None,
    resolved_worth: Mapping[int, float] | None = None,
) -> list[LimitState]:
    """Return every limit at opening and in the plan.

    Parameters
    ----------
    ranges : where each limit's price holds, by limit number.
    resolved_worth : worth of one unit by limit number, where it was found by solving again (integer programs).
    """
    point, opening = plan_point(model, solution), plan_point(model, None)
    return [
        _limit_state(model, k, limit, point, opening, solution, (ranges or {}).get(k), (resolved_worth or {}).get(k))
        for k, limit in enumerate(model.limits)
    ]


def _limit_state(
    model: Model,
    k: int,
    limit: Limit,
    point: Point,
    opening: Point,
    solution: Planned | None,
    found: Range | None,
    resolved_worth: float | None,
) -> LimitState:
    value, bound = limit.left.value(point), limit.right.value(point)
    sense = limit.sense
    distance = bound - value
    headroom = distance if sense == "<=" else -distance if sense == ">=" else -abs(distance)
    price = _price(k, point, solution) if limit.active and solution is not None else None
    if price is not None and found is not None and sense != "=":
        relaxed = found.above if sense == "<=" else found.below  # the side that relaxing moves to
        price = price if relaxed is None else relaxed
    worth = None
    if price is not None and sense != "=" and solution is not None:
        worth = _worth(limit, price, maximise=solution.build.maximise)
    if resolved_worth is not None:
        worth = resolved_worth
    return LimitState(
        limit=limit,
        opening=limit.left.value(opening),
        value=value,
        bound=bound,
        headroom=headroom,
        utilisation=utilisation(sense, value, bound),
        binding=abs(distance) <= BINDING * max(1.0, abs(bound)),
        price=price,
        worth=worth,
        light=light(limit, value, bound),
        range=found,
    )


def _price(k: int, point: Point, solution: Planned) -> float | None:
    """Return d goal / d written bound; for a ratio multiplied out the row's dual times the denominator."""
    placed = solution.build.limit_rows.get(k)
    if placed is None or solution.row_dual is None:
        return None
    dual = float(solution.row_dual[placed.row])
    return dual if placed.denominator is None else dual * placed.denominator.value(point)


def _worth(limit: Limit, price: float, *, maximise: bool) -> float:
    """Return the improvement of the goal per unit of relaxation, never negative."""
    relaxing = 1.0 if limit.sense == "<=" else -1.0
    improving = 1.0 if maximise else -1.0
    return max(0.0, price * relaxing * improving) * unit_size(limit.unit)
