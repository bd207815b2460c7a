"""From a solution to a result: all tables a run writes."""

from collections.abc import Mapping

import attrs
import numpy as np

from xlalm.domain.findings import Finding
from xlalm.domain.result import Result, ResultTable, result_table
from xlalm.domain.typing import Float1D
from xlalm.model.model import Model
from xlalm.model.standing import goal_unit, light, utilisation
from xlalm.reporting import tables as reports
from xlalm.reporting.words.explanation import LimitFacts, PlanFacts, explain_plan
from xlalm.reporting.words.wording import label, one_unit, quantity, relation
from xlalm.solver.goals.methods import GoalOutcome
from xlalm.solver.prices import LimitState, limit_states, plan_point
from xlalm.solver.sensitivity.ranging import Range
from xlalm.solver.solution import Certificate, Planned

TOP = 10
"""Rows of the short tables on the dashboard."""

HEADLINE_LENSES = ("liquidity", "capital", "irrbb", "profit", "other")


@attrs.frozen(eq=False)
class Sensitivity:
    """What is known beyond the prices: their ranges, ranges of goal coefficients, worths found by solving again."""

    ranges: Mapping[int, Range] = attrs.field(factory=dict)
    coefficients: tuple[Float1D, Float1D] | None = None
    worths: Mapping[int, float] = attrs.field(factory=dict)
    goals: GoalOutcome | None = None


def solved_result(model: Model, solution: Planned, findings: list[Finding], known: Sensitivity) -> Result:
    """Return the result of a solve that found a plan: all tables."""
    states = limit_states(model, solution, known.ranges, known.worths)
    change = solution.plan - model.sheet.opening
    facts = _plan_facts(model, solution, states)
    if known.goals is not None:
        facts = attrs.evolve(facts, goal_sentences=_goal_sentences(model, known.goals), goal_unit="")
    sentences = explain_plan(facts)
    tables = [
        _headline(states, model.settings.money),
        sentences_table(sentences),
        _top_changes(model, solution, change),
        _top_prices(model, states),
        _utilisations(states),
        reports.allocation(model, solution, known.coefficients),
        reports.limit_report(states),
        reports.metric_report(model, solution),
        reports.goal_report(model, solution, known.goals),
        findings_table(findings),
    ]
    if known.goals is not None:
        tables.append(reports.payoff_table(known.goals))
    return Result(
        status=solution.status,
        tables={table.name: table for table in tables},
        findings=tuple(findings),
        method=model.settings.text("method"),
        solver=" · ".join(filter(None, (solution.build.reason, solution.solver, solution.proof))),
        objective=solution.objective,
        certificate=certificate_record(solution.certificate),
        messages=tuple(sentences),
    )


def checked_result(model: Model | None, findings: list[Finding]) -> Result:
    """Return the result of a check: findings, and what a no-change plan scores."""
    tables = {"Findings": findings_table(findings)}
    if model is None:
        return Result("bad input", tables, tuple(findings))
    states = limit_states(model, None)
    messages = [
        f"No-change plan: {label(goal.row.name)} is "
        f"{quantity(model.compiler.at_opening(goal.expression), goal_unit(goal), model.settings.money)}."
        for goal in model.goals
    ]
    for state in states:
        if state.light != "OK":
            row = state.limit.row
            kind = "fails" if state.light == "BREACH" else "is beyond its early warning"
            messages.append(
                f"{row.cell}: {row.name} {kind} at opening: "
                f"{quantity(state.value, state.limit.unit, model.settings.money)}, wanted {relation(row.sense)} "
                f"{quantity(state.bound, state.limit.unit, model.settings.money)}."
            )
    if not any(state.light == "BREACH" for state in states):
        messages.append("Every limit holds at opening.")
    tables |= {
        t.name: t
        for t in (reports.limit_report(states), reports.metric_report(model, None), reports.goal_report(model, None))
    }
    return Result("checked", tables, tuple(findings), model.settings.text("method"), messages=tuple(messages))


def certificate_record(certificate: Certificate | None) -> dict[str, object] | None:
    """Return a certificate as plain values."""
    return None if certificate is None else {k: _plain(v) for k, v in attrs.asdict(certificate).items()}


def _plain(value: object) -> object:
    return float(value) if isinstance(value, np.floating) else bool(value) if isinstance(value, np.bool_) else value


# --- short tables --------------------------------------------------------------------------------------


def sentences_table(sentences: list[str]) -> ResultTable:
    """Return ``Explanation``."""
    return result_table("Explanation", [{"line": i, "text": text} for i, text in enumerate(sentences, start=1)])


def findings_table(findings: list[Finding]) -> ResultTable:
    """Return ``Findings``."""
    return result_table(
        "Findings",
        [
            {"severity": f.severity, "cell": str(f.cell) if f.cell else "", "text": f.text, "cure": f.cure}
            for f in findings
        ],
    )


def _limit_text(state: LimitState) -> str:
    return f"{relation(state.limit.row.sense)} {quantity(state.bound, state.limit.unit)}"


def _tightness(state: LimitState) -> float:
    return state.headroom / max(abs(state.bound), 1e-12)


def _headline(states: list[LimitState], money: str) -> ResultTable:
    """One line per limited measure, against its tightest limit; every lens has its place, in the usual order."""
    by_measure: dict[tuple[str, str], LimitState] = {}
    regulated = {s.limit.row.left.casefold() for s in states if s.limit.row.role == "regulatory minimum"}
    for state in states:
        if not state.limit.row.active:
            continue
        direction = "floor" if state.limit.row.sense == ">=" else "cap"
        key = (state.limit.row.left.casefold(), direction)
        if key not in by_measure or _tightness(state) < _tightness(by_measure[key]):
            by_measure[key] = state
    lenses: dict[str, list[LimitState]] = {lens: [] for lens in HEADLINE_LENSES}
    for state in sorted(
        by_measure.values(), key=lambda s: (s.limit.row.left.casefold() not in regulated, _tightness(s))
    ):
        lenses.setdefault(state.limit.lens, []).append(state)
    chosen = _in_turn(lenses, TOP)
    return result_table(
        "Headline",
        [
            {
                "measure": _measure_name(s),
                "opening": s.opening,
                "plan": s.value,
                "limit": _limit_text(s),
                "headroom": s.headroom,
                "light": s.light,
                "unit": money if s.limit.unit == "amount" else s.limit.unit,
            }
            for found in lenses.values()
            for s in found
            if s in chosen
        ],
    )


def _in_turn(lenses: dict[str, list[LimitState]], most: int) -> list[LimitState]:
    """Take the first of each lens, then the second …; of profit and others one only while the rest has more."""
    ranked = [
        (place + (most if place and lens not in HEADLINE_LENSES[:3] else 0), state)
        for lens, found in lenses.items()
        for place, state in enumerate(found)
    ]
    return [state for _, state in sorted(ranked, key=lambda item: item[0])[:most]]


def _measure_name(state: LimitState) -> str:
    left = state.limit.row.left
    return label(left) if left.replace("_", "").replace(" ", "").isalnum() else state.limit.row.name


def _top_changes(model: Model, solution: Planned, change: np.ndarray) -> ResultTable:
    order = [int(i) for i in np.argsort(-np.abs(change), kind="stable")[:TOP] if abs(change[i]) > 1e-9]
    return result_table(
        "TopChanges",
        [
            {
                "position": model.sheet.names[i],
                "opening": float(model.sheet.opening[i]),
                "plan": float(solution.plan[i]),
                "change": float(change[i]),
            }
            for i in order
        ],
    )


def _top_prices(model: Model, states: list[LimitState]) -> ResultTable:
    priced = sorted((s for s in states if s.worth), key=lambda s: -(s.worth or 0.0))
    return result_table(
        "TopPrices",
        [
            {
                "limit": s.limit.row.name,
                "worth": s.worth,
                "per": one_unit(s.limit.unit, model.settings.money),
            }
            for s in priced[:TOP]
        ],
    )


def _utilisations(states: list[LimitState]) -> ResultTable:
    used = [s for s in states if s.utilisation is not None and s.limit.row.active and s.bound > 0]
    used.sort(key=lambda s: -(s.utilisation or 0.0))
    records = []
    for s in used[:TOP]:
        opening = utilisation(s.limit.row.sense, s.opening, s.bound)
        records.append({"limit": s.limit.row.name, "used": s.utilisation, "opening": opening})
    return result_table("Utilisations", records)


# --- facts for the explanation -------------------------------------------------------------------------


def _plan_facts(model: Model, solution: Planned, states: list[LimitState]) -> PlanFacts:
    sheet, goals = model.sheet, model.active_goals
    point = plan_point(model, solution)
    total_assets = float(point.stock[sheet.on_side("asset")].sum())
    single = len(goals) == 1
    return PlanFacts(
        goal=goals[0].row.name if single else "weighted sum of the goals",
        goal_unit=goal_unit(goals[0]) if single else "",
        direction=goals[0].row.direction if single else "max",
        goal_before=model.compiler.at_opening(solution.build.goal),
        goal_after=solution.objective,
        names=sheet.names,
        change=solution.plan - sheet.opening,
        counted_in_turnover=~sheet.on_side("off_balance"),
        total_assets=total_assets,
        money=model.settings.money,
        limits=tuple(_facts(state) for state in states),
        best_bound=_best_bound(model, solution),
        penalty=solution.penalty,
        conditional=solution.conditional,
        proven=solution.status == "optimal",
        proof=solution.proof,
    )


def _goal_sentences(model: Model, outcome: GoalOutcome) -> tuple[str, ...]:
    """Return what the method reached, goal by goal."""
    method = model.settings.text("method")
    sentences = [f"Method {method} reaches {outcome.objective:,.4g}."]
    parts = []
    for k, goal in enumerate(outcome.goals):
        unit, money = goal_unit(goal), model.settings.money
        before = quantity(model.compiler.at_opening(goal.expression), unit, money)
        after = quantity(float(outcome.value[k]), unit, money)
        parts.append(f"{label(goal.row.name)} goes from {before} to {after} ({outcome.membership[k]:.0%} satisfied)")
    return (*sentences, "; ".join(parts) + ".", *outcome.notes)


def _facts(state: LimitState) -> LimitFacts:
    row = state.limit.row
    return LimitFacts(
        name=row.name,
        lens=state.limit.lens,
        sense=row.sense,
        unit=state.limit.unit,
        opening_ok=light(state.limit, state.opening, state.bound) != "BREACH",
        value=state.value,
        bound=state.bound,
        headroom=state.headroom,
        binding=state.binding,
        worth=state.worth,
        valid_from=state.range.valid_from if state.range is not None else None,
        valid_to=state.range.valid_to if state.range is not None else None,
        enforced=row.active,
        hard=row.hard,
        ok=state.light != "BREACH",
    )


def _best_bound(model: Model, solution: Planned) -> tuple[str, str, float] | None:
    if solution.reduced_cost is None:
        return None
    sheet = model.sheet
    reduced = solution.reduced_cost[: len(sheet)] * (1.0 if solution.build.maximise else -1.0)
    free = sheet.lower < sheet.upper
    at_max = np.where(free & (solution.plan == sheet.upper), np.maximum(reduced, 0.0), 0.0)
    at_min = np.where(free & (sheet.lower > 0) & (solution.plan == sheet.lower), np.maximum(-reduced, 0.0), 0.0)
    i, j = int(at_max.argmax()), int(at_min.argmax())
    if max(at_max[i], at_min[j]) <= 1e-9:
        return None
    best = (sheet.names[i], "maximum", float(at_max[i]))
    return best if at_max[i] >= at_min[j] else (sheet.names[j], "minimum", float(at_min[j]))
