"""Prices of limits: what a written bound is worth to the goal, beside where the limit stands."""

from collections.abc import Mapping

import attrs

from xlalm.domain.limits import unit_size
from xlalm.measures.expression import Point
from xlalm.model.model import Limit, Model
from xlalm.model.standing import Standing, standings
from xlalm.solver.sensitivity.ranging import Range
from xlalm.solver.solution import Planned


@attrs.frozen
class Price:
    """What one limit's bound is worth; None where that is not known.

    ``price`` is ∂goal / ∂written bound, on the side that relaxing moves to; ``worth`` the improvement from relaxing by
    one unit, None for =. ``range`` says where the price holds.
    """

    price: float | None = None
    worth: float | None = None
    range: Range | None = None


@attrs.frozen
class LimitState(Standing):
    """Where a limit stands in a plan, and what its bound is worth there."""

    price: float | None = None
    worth: float | None = None
    range: Range | None = None


def plan_point(model: Model, solution: Planned | None) -> Point:
    """Return the plan, or the opening where there is none."""
    opening = model.sheet.opening
    return Point.at(opening if solution is None else solution.plan, opening)


def limit_states(
    model: Model,
    solution: Planned | None,
    ranges: Mapping[int, Range] | None = None,
    worths: Mapping[int, float] | None = None,
) -> list[LimitState]:
    """Return every limit at opening and in the plan; without a plan it stands at opening and has no price.

    Parameters
    ----------
    ranges : where each limit's price holds, by limit number.
    worths : worth of one unit by limit number, where it was found by solving again (integer programs).
    """
    found = standings(model, plan_point(model, solution))
    prices = limit_prices(model.limits, solution, ranges or {}, worths or {}) if solution is not None else {}
    return [
        LimitState(
            **attrs.asdict(standing, recurse=False),
            **attrs.asdict(prices.get(k, Price()), recurse=False),
        )
        for k, standing in enumerate(found)
    ]


def limit_prices(
    limits: tuple[Limit, ...], solution: Planned, ranges: Mapping[int, Range], worths: Mapping[int, float]
) -> dict[int, Price]:
    """Return the prices of limits in a plan, by limit number; the parameters are those of ``limit_states``."""
    point = Point.at(solution.plan, solution.build.builder.sheet.opening)
    prices = {}
    for k, limit in enumerate(limits):
        found, price, worth = ranges.get(k), _price(k, solution, point), None
        if price is not None and limit.sense != "=":
            if found is not None:
                relaxed = found.above if limit.sense == "<=" else found.below  # the side that relaxing moves to
                price = price if relaxed is None else relaxed
            worth = _worth(limit, price, maximise=solution.build.maximise)
        prices[k] = Price(price, worths.get(k, worth), found)
    return prices


def _price(k: int, solution: Planned, point: Point) -> float | None:
    """Return ∂goal / ∂written bound as the plan's own basis has it; None for a limit that is only watched."""
    placed = solution.build.limit_rows.get(k)
    if placed is None or solution.row_dual is None:
        return None
    return placed.price(float(solution.row_dual[placed.row]), placed.multiplier(point))


def _worth(limit: Limit, price: float, *, maximise: bool) -> float:
    """Return the improvement of the goal per unit of relaxation, never negative."""
    relaxing = 1.0 if limit.sense == "<=" else -1.0
    improving = 1.0 if maximise else -1.0
    return max(0.0, price * relaxing * improving) * unit_size(limit.unit)
