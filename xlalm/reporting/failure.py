"""The answer where there is no plan: which limits cannot hold together, and the cheapest way out."""

from collections.abc import Sequence
from typing import Any

from xlalm.domain.findings import Finding
from xlalm.domain.result import Result, by_name, result_table
from xlalm.domain.watch import Watch
from xlalm.model.model import Model
from xlalm.program.problem import Problem
from xlalm.reporting.aim import goal_denominator, goal_name
from xlalm.reporting.dashboard import plan_status
from xlalm.reporting.tables import findings_table, sentences_table
from xlalm.reporting.words.no_plan import explain_conflict, explain_failure, explain_runaways, explain_vanishing
from xlalm.reporting.words.wording import SENSES, apart, outwards
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.conflicts import Conflict, find_conflict
from xlalm.solver.infeasible.members import Member
from xlalm.solver.infeasible.relaxation import Relaxation, cheapest_relaxation
from xlalm.solver.infeasible.unbounded import runaways, vanishing
from xlalm.solver.solution import NoPlan

_MEMBER_SENSES = {"min": ">=", "max": "<=", "identity": "="}


def failed_result(model: Model, solution: NoPlan, findings: list[Finding], options: Options, watch: Watch) -> Result:
    """Return the result of a solve without a plan, with ``Conflicts`` and what to do in words."""
    records: list[dict[str, Any]] = []
    sentences = explain_failure(solution.status, solution.solver)
    if solution.status == "infeasible":
        conflict = find_conflict(solution.problem, solution.build, options, watch.part(0.6))
        way = cheapest_relaxation(solution.problem, solution.build, options, watch.part(0.4))
        records = _conflict_records(solution.problem, conflict, way.relaxations)
        sentences = explain_conflict(
            _member_texts(solution.problem, conflict.members),
            [_relaxation_text(solution.problem, r) for r in way.relaxations],
            irreducible=conflict.irreducible and not solution.build.smooth_terms,
            exact=not solution.build.smooth_terms,
            settled=way.is_settled,
            when_empty=solution.problem.least_assets > 0,
        )
    elif solution.status == "unbounded":
        falling = vanishing(solution.problem, solution.build, options, watch.part(0.2))
        found = runaways(solution.problem, solution.build, options, watch) if falling is None else falling
        records = [_endless_record(member) for member in found]
        named = [f"{member.name} ({member.cell})" for member in found]
        if falling is None:
            sentences = explain_runaways(named)
        else:
            sentences = explain_vanishing(goal_name(model), goal_denominator(model), named)
    return Result(
        status=solution.status,
        tables=by_name(
            sentences_table(sentences),
            result_table("Conflicts", records),
            findings_table(findings),
            plan_status(model, solution),
        ),
        findings=tuple(findings),
        method=model.settings.text("method"),
        solver=solution.solver,
        messages=tuple(sentences),
    )


def _bound(problem: Problem, member: Member) -> tuple[str, float | None, str]:
    """Return sense, written bound and unit of a member."""
    if member.kind == "limit":
        limit = problem.limits[member.index]
        return limit.sense, limit.right.value(problem.opening), limit.unit
    sheet = problem.sheet
    if member.kind == "min":
        return ">=", float(sheet.lower[member.index]), "amount"
    if member.kind == "max":
        return "<=", float(sheet.upper[member.index]), "amount"
    return _MEMBER_SENSES.get(member.kind, ""), None, ""


def _conflict_records(problem: Problem, conflict: Conflict, relaxation: tuple[Relaxation, ...]) -> list[dict[str, Any]]:
    needed = {(r.member.kind, r.member.index): r for r in relaxation}
    inside = {(member.kind, member.index) for member in conflict.members}
    members = [*conflict.members, *(r.member for key, r in needed.items() if key not in inside)]
    records = []
    for member in members:
        sense, bound, unit = _bound(problem, member)
        give = needed.get((member.kind, member.index))
        records.append(
            {
                "kind": member.kind,
                "name": member.name,
                "sense": sense,
                "bound": bound,
                "needed": give.needed if give is not None else None,
                "unit": unit,
                "in_conflict": "yes" if (member.kind, member.index) in inside else "no",
                "cell": str(member.cell) if member.cell else "",
            }
        )
    return records


def _endless_record(member: Member) -> dict[str, Any]:
    kind, sense = ("runs away", "<=") if member.kind == "max" else ("falls to 0", ">=")
    return {"kind": kind, "name": member.name, "sense": sense, "unit": "amount", "cell": str(member.cell)}


def _member_texts(problem: Problem, members: Sequence[Member]) -> list[str]:
    """Return members with their bounds, each with the digits in which it differs from the others."""
    bounds = [_bound(problem, member) for member in members]
    told: dict[int, str] = {}
    for unit in {unit for _, _, unit in bounds}:
        alike = [at for at, (_, bound, other) in enumerate(bounds) if other == unit and bound is not None]
        told |= dict(zip(alike, apart([bounds[at][1] or 0.0 for at in alike], unit), strict=True))
    return [_member_text(member, bounds[at][0], told.get(at)) for at, member in enumerate(members)]


def _member_text(member: Member, sense: str, bound: str | None) -> str:
    where = f"{member.cell} " if member.cell else ""
    if bound is None:
        return f"{where}({member.name})" if member.kind == "identity" else f"{where}({member.kind} of {member.name})"
    name = member.name if member.kind == "limit" else f"{member.kind} of {member.name}"
    return f"{where}({name} {SENSES[sense]} {bound})"


def _relaxation_text(problem: Problem, relaxation: Relaxation) -> str:
    member, bound = relaxation.member, relaxation.bound
    _, _, unit = _bound(problem, member)
    name = member.name if member.kind == "limit" else f"the {member.kind} of {member.name}"
    needed = outwards(relaxation.needed, unit, up=relaxation.needed > bound, start=bound)
    before, after = apart((bound, needed), unit)
    return f"{name} ({member.cell}) from {before} to {after}"
