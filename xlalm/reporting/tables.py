"""Result tables of a solved or opened model, with the sign conventions of design section 4."""

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from xlalm.domain.limits import unit_size
from xlalm.domain.result import ResultTable, result_table
from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Point, Quotient, constant_of, walk
from xlalm.model.build import Goal, Limit, Model
from xlalm.solver.goals.methods import GoalOutcome
from xlalm.solver.sensitivity.ranging import Range
from xlalm.solver.solution import Solution

BINDING = 1e-6


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


def goal_unit(goal: Goal) -> str:
    """Return a goal's unit; where the book gives none it is an amount, unless the goal divides by something."""
    if goal.unit:
        return goal.unit
    return "" if any(isinstance(part, Quotient) for part in walk(goal.expression)) else "amount"


def plan_point(model: Model, solution: Solution | None) -> Point:
    """Return the plan, or the opening where there is none."""
    opening = model.sheet.opening
    return Point.at(solution.stock if solution is not None and solution.stock is not None else opening, opening)


def limit_states(
    model: Model,
    solution: Solution | None,
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
    solution: Solution | None,
    found: Range | None,
    resolved_worth: float | None,
) -> LimitState:
    value, bound = limit.left.value(point), limit.right.value(point)
    sense = limit.row.sense
    distance = bound - value
    headroom = distance if sense == "<=" else -distance if sense == ">=" else -abs(distance)
    price = _price(k, point, solution) if limit.row.active else None
    if price is not None and found is not None and sense != "=":
        relaxed = found.above if sense == "<=" else found.below  # the side that relaxing moves to
        price = price if relaxed is None else relaxed
    worth = _worth(limit, price, solution) if price is not None and sense != "=" else None
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
    warn, sense = limit.row.early_warning, limit.row.sense
    if not math.isfinite(value):
        return "BREACH"
    below, above = value < bound - tolerance, value > bound + tolerance
    if (sense == ">=" and below) or (sense == "<=" and above) or (sense == "=" and (below or above)):
        return "BREACH"
    if warn is not None and ((sense == ">=" and value < warn) or (sense == "<=" and value > warn)):
        return "WATCH"
    return "OK"


def _price(k: int, point: Point, solution: Solution | None) -> float | None:
    """Return d goal / d written bound; for a ratio multiplied out the row's dual times the denominator."""
    if solution is None or solution.row_dual is None or solution.build is None:
        return None
    placed = solution.build.limit_rows.get(k)
    if placed is None:
        return None
    dual = float(solution.row_dual[placed.row])
    return dual if placed.denominator is None else dual * placed.denominator.value(point)


def _worth(limit: Limit, price: float, solution: Solution | None) -> float:
    """Return the improvement of the goal per unit of relaxation, never negative."""
    relaxing = 1.0 if limit.row.sense == "<=" else -1.0
    improving = 1.0 if solution is None or solution.build is None or solution.build.maximise else -1.0
    return max(0.0, price * relaxing * improving) * unit_size(limit.unit)


def allocation(model: Model, solution: Solution, coefficients: tuple[Float1D, Float1D] | None = None) -> ResultTable:
    """Return ``Allocation``: opening and optimal balances with reduced costs and ranges of goal coefficients."""
    sheet, stock = model.sheet, solution.stock
    assert stock is not None
    reduced = solution.reduced_cost
    near = 1e-9 * max(1.0, float(np.abs(stock).max(initial=0.0)))
    records = []
    for i, name in enumerate(sheet.names):
        x, low, high, opening = float(stock[i]), float(sheet.lower[i]), float(sheet.upper[i]), float(sheet.opening[i])
        if sheet.fixed[i] or low == high:
            status = "fixed"
        elif abs(x - low) <= near:
            status = "at minimum"
        elif abs(x - high) <= near:
            status = "at maximum"
        else:
            status = "unchanged" if abs(x - opening) <= near else "between"
        records.append(
            {
                "position": name,
                "side": sheet.side[i],
                "opening": opening,
                "optimal": x,
                "change": x - opening,
                "min": low,
                "max": high,
                "status": status,
                "reduced_cost": float(reduced[i]) if reduced is not None else None,
                "coefficient_low": float(coefficients[0][i]) if coefficients is not None else None,
                "coefficient_high": float(coefficients[1][i]) if coefficients is not None else None,
            }
        )
    return result_table("Allocation", records)


def limit_report(states: list[LimitState]) -> ResultTable:
    """Return ``LimitReport``; ranges are blank for integer and quadratic programs and for a ratio as the goal."""
    return result_table(
        "LimitReport",
        [
            {
                "limit": s.limit.row.name,
                "lens": s.limit.lens,
                "role": s.limit.row.role,
                "opening": s.opening,
                "value": s.value,
                "sense": s.limit.row.sense,
                "bound": s.bound,
                "headroom": s.headroom,
                "utilisation": s.utilisation,
                "binding": ("yes" if s.binding else "no") if s.limit.row.active else "monitor",
                "shadow_price": s.price,
                "worth_of_one_unit": s.worth,
                "unit": s.limit.unit,
                "valid_from": s.range.valid_from if s.range else None,
                "valid_to": s.range.valid_to if s.range else None,
                "price_at_from": s.range.price_at_from if s.range else None,
                "price_at_to": s.range.price_at_to if s.range else None,
                "next_limit": s.range.next_limit if s.range else None,
                "owner": s.limit.row.owner,
                "cell": str(s.limit.row.cell),
            }
            for s in states
        ],
    )


def metric_report(model: Model, solution: Solution | None) -> ResultTable:
    """Return ``MetricReport``: the book's own metrics, then every measure of the catalogue that says something."""
    point, opening = plan_point(model, solution), plan_point(model, None)
    records: list[dict[str, Any]] = []
    for metric, expression in model.metrics.values():
        if metric.cell is None and constant_of(expression) in {0.0}:
            continue  # a catalogue measure whose columns the book leaves empty
        before, after = expression.value(opening), expression.value(point)
        if not math.isfinite(before) and not math.isfinite(after):
            continue
        records.append(
            {
                "metric": metric.name,
                "opening": before,
                "optimal": after,
                "change": after - before,
                "unit": metric.unit,
                "lens": metric.lens,
            }
        )
    return result_table("MetricReport", records)


def goal_report(model: Model, solution: Solution | None, outcome: GoalOutcome | None = None) -> ResultTable:
    """Return ``GoalReport``: every goal at opening and in the plan, with its membership where goals were weighed."""
    point, opening = plan_point(model, solution), plan_point(model, None)
    records: list[dict[str, Any]] = []
    weighed = {id(goal): k for k, goal in enumerate(outcome.goals)} if outcome is not None else {}
    for goal in model.goals:
        record: dict[str, Any] = {
            "goal": goal.row.name,
            "direction": goal.row.direction,
            "weight": goal.row.weight if goal.row.active else 0.0,
            "value": goal.expression.value(point),
            "opening": goal.expression.value(opening),
        }
        k = weighed.get(id(goal))
        if outcome is not None and k is not None:
            ends = {"ideal": outcome.ideal[k], "worst": outcome.worst[k], "membership": outcome.membership[k]}
            record |= {key: float(value) for key, value in ends.items()}
        records.append(record)
    return result_table("GoalReport", records)


def payoff_table(outcome: GoalOutcome) -> ResultTable:
    """Return ``Payoff``: what every goal reaches where one of them is best."""
    names = [goal.row.name for goal in outcome.goals]
    records = [
        {"solved_for": name, **{other: float(outcome.payoff[i, k]) for k, other in enumerate(names)}}
        for i, name in enumerate(names)
    ]
    return result_table("Payoff", records, names)
