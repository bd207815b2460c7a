"""Prices of limits: what a written bound is worth to the goal, beside where the limit stands."""

from collections.abc import Mapping

import attrs

from xlalm.domain.limits import unit_size
from xlalm.domain.prices import Ladder, PriceRange
from xlalm.measures.expression import Point
from xlalm.model.model import Limit, Model
from xlalm.model.standing import Standing, standings
from xlalm.solver.solution import Planned


def plan_point(model: Model, solution: Planned | None) -> Point:
    """Return the plan, or the opening where there is none."""
    opening = model.sheet.opening
    return Point.at(opening if solution is None else solution.plan, opening)


def limit_states(
    model: Model,
    solution: Planned,
    ranges: Mapping[int, PriceRange] | None = None,
    worths: Mapping[int, float] | None = None,
    ladders: Mapping[int, Ladder] | None = None,
) -> list[Standing]:
    """Return where every limit stands in the plan, and what its bound is worth there.

    Parameters
    ----------
    ranges : where each limit's price holds, by limit number.
    worths : worth of one unit by limit number, where it was found by solving again (integer programs).
    ladders : what steps of a bound do, by limit number; their worth of one unit was found by solving again too.
    """
    point = plan_point(model, solution)
    steps, solved = ladders or {}, {k: ladder.worth for k, ladder in (ladders or {}).items()} | dict(worths or {})
    return [
        attrs.evolve(
            _priced(standing, _price(k, solution, point), (ranges or {}).get(k), solved.get(k), solution),
            ladder=steps.get(k) if standing.has_value else None,
        )
        for k, standing in enumerate(standings(model, point))
    ]


def _priced(
    standing: Standing, price: float | None, holds: PriceRange | None, worth: float | None, solution: Planned
) -> Standing:
    """Return where a limit stands with its price, of the side that relaxing moves to."""
    limit, marginal = standing.limit, None
    if not standing.has_value:  # nothing is earned by moving the bound of what is not there
        return standing
    if price is not None and limit.sense != "=":
        relaxed = None if holds is None else holds.above if limit.sense == "<=" else holds.below
        price = price if relaxed is None else relaxed
        marginal = _per_unit(limit, price, maximise=solution.build.maximise)
    is_solved = worth is not None
    if worth is None and not solution.conditional:  # a price that keeps the lots says nothing of a whole unit
        worth = marginal
    return attrs.evolve(standing, price=price, marginal=marginal, worth=worth, is_solved=is_solved, range=holds)


def _price(k: int, solution: Planned, point: Point) -> float | None:
    """Return ∂goal / ∂written bound as the plan's own basis has it; None for a limit that is only watched."""
    placed = solution.build.limit_rows.get(k)
    if placed is None or solution.row_dual is None:
        return None
    return placed.price_at(solution.row_dual, point)


def _per_unit(limit: Limit, price: float, *, maximise: bool) -> float:
    """Return the improvement of the goal per unit of relaxation, never negative."""
    relaxing = 1.0 if limit.sense == "<=" else -1.0
    improving = 1.0 if maximise else -1.0
    return max(0.0, price * relaxing * improving) * unit_size(limit.unit)
