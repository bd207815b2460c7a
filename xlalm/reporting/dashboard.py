"""The short tables of the dashboard: the plan in a line, limits, changes, prices, use."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xlalm.domain.limits import is_money
from xlalm.domain.result import AS_AT_THE_RUN, ResultTable, result_table
from xlalm.domain.status import SolverStatus
from xlalm.model.model import Model
from xlalm.model.standing import Standing
from xlalm.reporting.facts import PlanFacts
from xlalm.reporting.words.wording import bounded, label, one_unit
from xlalm.solver.solution import Planned, Solution

TOP = 10
"""Rows of each table."""

SUPERVISED = ("liquidity", "capital", "irrbb")
"""Lenses of which ``Headline`` shows a second measure before it shows a second one of the others."""

LENSES = (*SUPERVISED, "profit", "other")

STATUS_WORDS: Mapping[SolverStatus, str] = {
    "optimal": "Optimal",
    "feasible": "Feasible, not proven best",
    "infeasible": "No plan meets all limits",
    "unbounded": "No best plan: growth is unbounded",
    "stopped": "Stopped before a plan was found",
    "failed": "The solver gave no plan",
}
LOCAL = "Locally optimal, not proven best"


def plan_status(model: Model, solution: Solution) -> ResultTable:
    """Return ``PlanStatus``, the line above the dashboard's numbers."""
    goals = model.active_goals
    before = model.compiler.at_opening(solution.build.goal)
    record: dict[str, Any] = {
        "status": _status_words(solution),
        "goal": goals[0].row.name if len(goals) == 1 else f"{len(goals)} goals by {model.settings.text('method')}",
        "opening": before,
        "unit": model.settings.money.strip(),
        "inputs": AS_AT_THE_RUN,
    }
    if isinstance(solution, Planned):
        record |= {
            "plan": solution.objective,
            "change": solution.objective - before,
            "moved": model.sheet.turnover(solution.plan),
        }
    return result_table("PlanStatus", [record])


def _status_words(solution: Solution) -> str:
    if solution.status == "optimal" and solution.certificate.is_global is False:
        return LOCAL
    return STATUS_WORDS[solution.status]


def headline(limits: Sequence[Standing], money: str) -> ResultTable:
    """Return ``Headline``: each limited measure against its tightest limit; every lens has its place."""
    lenses = _by_lens(limits)
    chosen = _in_turn(lenses)
    return result_table(
        "Headline",
        [
            {
                "measure": _measure_name(state),
                "opening": state.opening,
                "plan": state.value,
                "limit": bounded(state.limit.sense, state.bound, state.limit.unit),
                "headroom": state.headroom,
                "light": state.light,
                "unit": money.strip() if is_money(state.limit.unit) else state.limit.unit,
            }
            for found in lenses.values()
            for state in found
            if state in chosen
        ],
    )


def _by_lens(limits: Sequence[Standing]) -> dict[str, list[Standing]]:
    """Return the tightest floor and cap of every measure: those of a regulatory minimum first, then the tighter."""
    tightest: dict[tuple[str, str], Standing] = {}
    regulated = {state.limit.measure.casefold() for state in limits if state.limit.role == "regulatory minimum"}
    for state in limits:
        if not state.limit.active:
            continue
        key = (state.limit.measure.casefold(), "floor" if state.limit.sense == ">=" else "cap")
        if key not in tightest or state.tightness < tightest[key].tightness:
            tightest[key] = state
    lenses: dict[str, list[Standing]] = {lens: [] for lens in LENSES}
    for state in sorted(
        tightest.values(), key=lambda state: (state.limit.measure.casefold() not in regulated, state.tightness)
    ):
        lenses.setdefault(state.limit.lens, []).append(state)
    return lenses


def _in_turn(lenses: Mapping[str, Sequence[Standing]]) -> list[Standing]:
    """Take the first of each lens, then the second …; of profit and others one only while the rest has more."""
    ranked = [
        (place + (TOP if place and lens not in SUPERVISED else 0), state)
        for lens, found in lenses.items()
        for place, state in enumerate(found)
    ]
    return [state for _, state in sorted(ranked, key=lambda item: item[0])[:TOP]]


def _measure_name(state: Standing) -> str:
    measure = state.limit.measure
    return label(measure) if measure.replace("_", "").replace(" ", "").isalnum() else state.limit.name


def top_changes(facts: PlanFacts) -> ResultTable:
    """Return ``TopChanges``: the balances that move most, largest first."""
    change = facts.change
    largest = np.argsort(-np.abs(change), kind="stable")[:TOP]
    return result_table(
        "TopChanges",
        [
            {
                "position": facts.names[i],
                "opening": float(facts.opening[i]),
                "plan": float(facts.plan[i]),
                "change": float(change[i]),
            }
            for i in largest
            if change[i] != 0
        ],
    )


def top_prices(facts: PlanFacts) -> ResultTable:
    """Return ``TopPrices``: the limits whose relaxing is worth most, largest first."""
    priced = sorted((state for state in facts.limits if state.worth), key=lambda state: -(state.worth or 0.0))
    return result_table(
        "TopPrices",
        [
            {"limit": state.limit.name, "worth": state.worth, "per": one_unit(state.limit.unit, facts.money)}
            for state in priced[:TOP]
        ],
    )


def utilisations(limits: Sequence[Standing]) -> ResultTable:
    """Return ``Utilisations``: the enforced limits of which most is used, at opening and in the plan."""
    used = [state for state in limits if state.utilisation is not None and state.limit.active and state.bound > 0]
    used.sort(key=lambda state: -(state.utilisation or 0.0))
    return result_table(
        "Utilisations",
        [
            {
                "limit": state.limit.name,
                "used": state.utilisation,
                "opening": state.opening_utilisation,
            }
            for state in used[:TOP]
        ],
    )
