"""The answer where there is a plan: from a solution to all tables that a run writes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from xlalm.domain.findings import Finding
from xlalm.domain.prices import Ladder, PriceRange
from xlalm.domain.result import Result, by_name
from xlalm.domain.typing import Float1D
from xlalm.model.model import Model
from xlalm.model.standing import Standing
from xlalm.reporting import dashboard
from xlalm.reporting.aim import goal_name, goal_unit
from xlalm.reporting.facts import DearBound, GoalFacts, PlanFacts, Reached
from xlalm.reporting.tables import (
    allocation,
    findings_table,
    goal_report,
    limit_report,
    metric_report,
    payoff_table,
    sentences_table,
)
from xlalm.reporting.words.explanation import explain_plan
from xlalm.solver.prices import limit_states
from xlalm.solver.solution import Certificate, Planned, holds_nothing

if TYPE_CHECKING:
    from xlalm.solver.goals.methods import GoalOutcome


@attrs.frozen(eq=False)
class Sensitivity:
    """What is known beyond the prices: their ranges, ranges of goal coefficients, worths and steps solved again."""

    ranges: Mapping[int, PriceRange] = attrs.field(factory=dict)
    coefficients: tuple[Float1D, Float1D] | None = None
    worths: Mapping[int, float] = attrs.field(factory=dict)
    ladders: Mapping[int, Ladder] = attrs.field(factory=dict)
    goals: "GoalOutcome | None" = None


def solved_result(model: Model, solution: Planned, findings: Sequence[Finding], known: Sensitivity) -> Result:
    """Return the result of a solve that found a plan: all tables."""
    states = limit_states(model, solution, known.ranges, known.worths, known.ladders)
    facts = plan_facts(model, solution, states, known.goals)
    sentences = explain_plan(facts)
    tables = [
        dashboard.headline(states, facts.money),
        sentences_table(sentences),
        dashboard.top_changes(facts),
        dashboard.top_prices(facts),
        dashboard.utilisations(states),
        allocation(model, solution, known.coefficients),
        limit_report(states),
        metric_report(model, solution),
        goal_report(model, solution, known.goals),
        findings_table(findings),
        *([payoff_table(known.goals)] if known.goals is not None else []),
        dashboard.plan_status(model, solution),
    ]
    return Result(
        status=solution.status,
        tables=by_name(*tables),
        findings=tuple(findings),
        method=model.settings.text("method"),
        solver=" · ".join(filter(None, (solution.build.reason, solution.solver, solution.proof))),
        objective=solution.objective,
        certificate=certificate_record(solution.certificate),
        messages=tuple(sentences),
    )


def certificate_record(certificate: Certificate | None) -> dict[str, object] | None:
    """Return a certificate as plain values."""
    return None if certificate is None else {k: _plain(v) for k, v in attrs.asdict(certificate).items()}


def _plain(value: object) -> object:
    return float(value) if isinstance(value, np.floating) else bool(value) if isinstance(value, np.bool_) else value


# --- facts ---------------------------------------------------------------------------------------------


def plan_facts(model: Model, solution: Planned, states: Sequence[Standing], goals: "GoalOutcome | None") -> PlanFacts:
    """Return the facts of a plan; ``goals`` is what a method of several goals reached."""
    sheet = model.sheet
    return PlanFacts(
        goal=goal_name(model),
        unit=goal_unit(model) if goals is None else "",
        before=model.compiler.at_opening(solution.build.goal),
        after=solution.objective,
        names=sheet.names,
        opening=sheet.opening,
        plan=solution.plan,
        turnover=sheet.turnover(solution.plan),
        total_assets=float(solution.plan[sheet.on_side("asset")].sum()),
        money=model.settings.money,
        limits=tuple(states),
        dear_bound=_dear_bound(model, solution),
        penalty=solution.penalty,
        conditional=solution.conditional,
        proven=solution.status == "optimal",
        proof=solution.proof,
        reached=None if goals is None else _reached(model, goals),
        closed=holds_nothing(sheet, solution.plan),
        maximise=solution.build.maximise,
    )


def _reached(model: Model, outcome: "GoalOutcome") -> Reached:
    goals = tuple(
        GoalFacts(goal.row.name, goal.unit, model.compiler.at_opening(goal.expression), float(value), float(membership))
        for goal, value, membership in zip(outcome.goals, outcome.value, outcome.membership, strict=True)
    )
    return Reached(model.settings.text("method"), outcome.objective, goals, outcome.notes)


def _dear_bound(model: Model, solution: Planned) -> DearBound | None:
    sheet, prices = model.sheet, solution.bound_prices
    if prices is None:
        return None
    reduced = prices * (1.0 if solution.build.maximise else -1.0)
    free = sheet.lower < sheet.upper
    at_max = np.where(free & (solution.plan == sheet.upper), np.maximum(reduced, 0.0), 0.0)
    at_min = np.where(free & (sheet.lower > 0) & (solution.plan == sheet.lower), np.maximum(-reduced, 0.0), 0.0)
    i, j = int(at_max.argmax()), int(at_min.argmax())
    if max(at_max[i], at_min[j]) <= 1e-9:
        return None
    if at_max[i] >= at_min[j]:
        return DearBound(sheet.names[i], "maximum", float(at_max[i]))
    return DearBound(sheet.names[j], "minimum", float(at_min[j]))
