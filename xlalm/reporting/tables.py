"""The full result tables of a solved or opened model, with the sign conventions of design section 4."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xlalm.domain.findings import Finding
from xlalm.domain.result import ResultTable, result_table
from xlalm.domain.typing import Float1D
from xlalm.measures.expression import constant_of
from xlalm.model.model import Model
from xlalm.model.standing import Standing
from xlalm.solver.prices import plan_point
from xlalm.solver.solution import Planned

if TYPE_CHECKING:
    from xlalm.solver.goals.methods import GoalOutcome


def allocation(model: Model, solution: Planned, coefficients: tuple[Float1D, Float1D] | None = None) -> ResultTable:
    """Return ``Allocation``: opening and optimal balances with reduced costs and ranges of goal coefficients."""
    sheet, plan = model.sheet, solution.plan
    reduced = solution.bound_prices
    at_low, at_high = sheet.stands_at(sheet.lower, plan), sheet.stands_at(sheet.upper, plan)
    moved, records = sheet.moved(plan), []
    for i, name in enumerate(sheet.names):
        x, low, high, opening = float(plan[i]), float(sheet.lower[i]), float(sheet.upper[i]), float(sheet.opening[i])
        if sheet.fixed[i] or low == high:
            status = "fixed"
        elif at_low[i]:
            status = "at minimum"
        elif at_high[i]:
            status = "at maximum"
        else:
            status = "between" if moved[i] else "unchanged"
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


def limit_report(states: Sequence[Standing]) -> ResultTable:
    """Return ``LimitReport``; ranges are blank for integer and quadratic programs and for a ratio as the goal."""
    return result_table("LimitReport", [_limit_record(state) for state in states])


def _limit_record(s: Standing) -> dict[str, Any]:
    record: dict[str, Any] = {
        "limit": s.limit.name,
        "lens": s.limit.lens,
        "role": s.limit.role,
        "opening": s.opening,
        "value": s.value,
        "sense": s.limit.sense,
        "bound": s.bound,
        "headroom": s.headroom,
        "utilisation": s.utilisation,
        "binding": ("yes" if s.binding else "no") if s.limit.active else "monitor",
        "shadow_price": s.price,
        "marginal_price": s.marginal,
        "worth_of_one_unit": s.worth,
        "unit": s.limit.unit,
        "owner": s.limit.responsible,
        "text": s.limit.sentence,
        "source": s.limit.source,
        "cell": str(s.limit.cell),
    }
    if s.range is not None:
        record |= {key: getattr(s.range, key) for key in _RANGE}
    if s.ladder is not None:
        record |= {"step": s.ladder.step, "step_note": s.ladder.note}
        record |= dict(zip(("gain_looser_1", "gain_looser_2"), s.ladder.looser, strict=True))
        record |= dict(zip(("loss_tighter_1", "loss_tighter_2"), s.ladder.tighter, strict=True))
    return record


_RANGE = ("valid_from", "valid_to", "price_at_from", "price_at_to", "next_limit")


def metric_report(model: Model, solution: Planned | None) -> ResultTable:
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
                "description": metric.description,
            }
        )
    return result_table("MetricReport", records)


def goal_report(model: Model, solution: Planned | None, outcome: "GoalOutcome | None" = None) -> ResultTable:
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


def payoff_table(outcome: "GoalOutcome") -> ResultTable:
    """Return ``Payoff``: what every goal reaches where one of them is best."""
    names = [goal.row.name for goal in outcome.goals]
    records = [
        {"solved_for": name, **{other: float(outcome.payoff[i, k]) for k, other in enumerate(names)}}
        for i, name in enumerate(names)
    ]
    return result_table("Payoff", records, names)


def sentences_table(sentences: Sequence[str]) -> ResultTable:
    """Return ``Explanation``."""
    return result_table("Explanation", [{"line": i, "text": text} for i, text in enumerate(sentences, start=1)])


def findings_table(findings: Sequence[Finding]) -> ResultTable:
    """Return ``Findings``."""
    return result_table(
        "Findings",
        [
            {"severity": f.severity, "cell": str(f.cell) if f.cell else "", "text": f.text, "cure": f.cure}
            for f in findings
        ],
    )
