"""At most ten sentences: what to do, what it earns, what binds and what relaxing it is worth."""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.reporting.words.wording import amount, label, one_unit, quantity, relation

MOST_SENTENCES = 10
MOVES_NAMED = 4
LENS_NAMES = {
    "irrbb": "interest-rate risk",
    "liquidity": "liquidity",
    "capital": "capital",
    "profit": "profit",
    "other": "balance sheet",
}
LENSES = ("irrbb", "liquidity", "capital")


@attrs.frozen
class LimitFacts:
    """What the explanation needs to know of a limit; ratios as decimals, ``worth`` in goal units per unit."""

    name: str
    lens: str
    sense: str
    unit: str
    opening_ok: bool
    value: float
    bound: float
    headroom: float
    binding: bool
    worth: float | None
    valid_from: float | None
    valid_to: float | None
    enforced: bool
    hard: bool
    ok: bool


@attrs.frozen
class PlanFacts:
    """What the explanation needs to know of a plan; amounts in the book's unit."""

    goal: str
    goal_unit: str
    direction: str
    goal_before: float
    goal_after: float
    names: tuple[str, ...]
    change: Float1D
    counted_in_turnover: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    total_assets: float
    money: str
    limits: tuple[LimitFacts, ...]
    best_bound: tuple[str, str, float] | None  # position, "maximum" or "minimum", worth of one unit
    penalty: float
    conditional: bool
    proven: bool
    proof: str = ""  # of a nonlinear plan: proven global, or the best of several local optima
    goal_sentences: tuple[str, ...] = ()  # what several goals reached together, in place of the first sentence


def explain_plan(facts: PlanFacts) -> list[str]:
    """Return the sentences for a plan."""
    proof = [f"The plan is {facts.proof}."] if facts.proof else []
    sentences = [*(facts.goal_sentences or (_headline(facts),)), *proof, *_moves(facts)]
    repaired = [limit.name for limit in facts.limits if limit.enforced and not limit.opening_ok and limit.ok]
    if repaired:
        sentences.append(f"It brings back inside what was broken at opening: {_listed(repaired)}.")
    sentences += _binding(facts)
    sentences += _quiet_lenses(facts)
    soft = [limit for limit in facts.limits if limit.enforced and not limit.hard and not limit.ok]
    if soft:
        names = _listed([limit.name for limit in soft])
        sentences.append(f"Soft limits given up: {names}, at a penalty of {facts.penalty:,.4g} goal units.")
    if facts.best_bound is not None and facts.best_bound[2] > 0:
        name, which, worth = facts.best_bound
        unit = one_unit("amount", facts.money)
        earns = _earns(worth, facts)
        sentences.append(f"Of the position bounds the {which} of {name} costs most: {unit} more room {earns}.")
    if facts.conditional:
        sentences.append("Prices hold with the chosen lots and switches kept; worths were found by solving again.")
    if not facts.proven:
        sentences.append(
            "The plan meets every limit but is not proven best: the solver was stopped, or its proof was not accepted."
        )
    return sentences[:MOST_SENTENCES]


def _headline(facts: PlanFacts) -> str:
    before = quantity(facts.goal_before, facts.goal_unit, facts.money)
    after = quantity(facts.goal_after, facts.goal_unit, facts.money)
    gain = facts.goal_after - facts.goal_before
    name = label(facts.goal)
    if abs(gain) <= 1e-9 * max(1.0, abs(facts.goal_before)):
        return f"{name} cannot be improved: it stays at {after}."
    verb = "rises" if gain > 0 else "falls"
    relative = f" ({gain / abs(facts.goal_before):+.1%})" if facts.goal_before else ""
    return f"{name} {verb} from {before} to {after}{relative}."


def _moves(facts: PlanFacts) -> list[str]:
    order = np.argsort(-np.abs(facts.change), kind="stable")
    size = 1e-9 * max(1.0, facts.total_assets)
    moves = [int(i) for i in order if abs(facts.change[i]) > size]
    if not moves:
        return ["No balance changes: the opening is already the best plan under these limits."]
    named = [_move(facts.names[i], float(facts.change[i])) for i in moves[:MOVES_NAMED]]
    rest = len(moves) - len(named)
    turnover = float(np.abs(facts.change[facts.counted_in_turnover]).sum())
    others = f" and {rest} smaller ones" if rest else ""
    share = f"{turnover / max(facts.total_assets, 1e-12):.1%}"
    return [
        f"The largest changes are {_listed(named)}{others}.",
        f"In all {amount(turnover, facts.money)} moves, {share} of assets, both directions counted.",
    ]


def _move(name: str, change: float) -> str:
    return f"{name} {'up' if change > 0 else 'down'} by {amount(abs(change))}"


def _binding(facts: PlanFacts) -> list[str]:
    binding = [limit for limit in facts.limits if limit.enforced and limit.binding and limit.sense != "="]
    binding.sort(key=lambda limit: -(limit.worth or 0.0))
    sentences = []
    for limit in binding[:3]:
        bound = f"{limit.name} ({relation(limit.sense)} {quantity(limit.bound, limit.unit, facts.money)})"
        lens = LENS_NAMES.get(limit.lens, limit.lens)
        if not limit.worth:
            sentences.append(f"In {lens}, {bound} is reached, but relaxing it alone would earn nothing.")
            continue
        unit = one_unit(limit.unit, facts.money)
        sentences.append(
            f"In {lens}, {bound} binds: relaxing it by {unit} {_earns(limit.worth, facts)}{_holds(limit, facts)}."
        )
    rest = [f"{limit.name}{_worth_in_brackets(limit, facts)}" for limit in binding[3:] if limit.worth]
    if rest:
        sentences.append(f"Also binding: {_listed(rest[:5])}.")
    return sentences


def _worth_in_brackets(limit: LimitFacts, facts: PlanFacts) -> str:
    unit = facts.money if facts.goal_unit == "amount" else ""
    return f" ({amount(limit.worth or 0.0, unit)} per {one_unit(limit.unit, facts.money).removeprefix('one ')})"


def _holds(limit: LimitFacts, facts: PlanFacts) -> str:
    """Return where the price holds; a price without its range misleads."""
    low, high = (
        None if v is None else quantity(v, limit.unit, facts.money) for v in (limit.valid_from, limit.valid_to)
    )
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f" (marginal price valid {f'above {low}' if high is None else f'below {high}'})"
    return f" (marginal price valid from {low} to {high})"


def _earns(worth: float, facts: PlanFacts) -> str:
    if facts.goal_unit != "amount":
        what = "the overall result" if facts.goal_sentences else "the goal"
        return f"would improve {what} by {quantity(worth, facts.goal_unit, facts.money)}"
    points = worth / facts.total_assets * 1e4 if facts.total_assets else 0.0
    return f"is worth {amount(worth, facts.money)} a year, {points:.2g} basis points of margin on assets"


def _quiet_lenses(facts: PlanFacts) -> list[str]:
    """Name the nearest limit of each lens in which nothing binds."""
    sentences = []
    for lens in LENSES:
        limits = [limit for limit in facts.limits if limit.lens == lens and limit.enforced and limit.sense != "="]
        if not limits or any(limit.binding for limit in limits):
            continue
        nearest = min(limits, key=lambda limit: limit.headroom / max(abs(limit.bound), 1e-12))
        room = quantity(nearest.headroom, nearest.unit, facts.money)
        sentences.append(f"Nothing binds in {LENS_NAMES[lens]}; the nearest is {nearest.name} with {room} to spare.")
    return sentences


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def explain_failure(status: str, broken_at_opening: list[str], solver: str) -> list[str]:
    """Return the sentences where there is no plan."""
    if status == "infeasible":
        sentences = ["No plan meets all hard limits together; nothing was changed."]
        if broken_at_opening:
            sentences.append(f"Already broken at opening: {_listed(broken_at_opening)}.")
        else:
            sentences.append(
                "The opening itself meets every limit, so a position bound, a lot or a fixed line stands in the way."
            )
        return [*sentences, "Relax a limit, widen a min or max, or make a limit soft with a penalty, and solve again."]
    if status == "unbounded":
        return [
            "The goal can grow without end: some position has no max and no limit holds it.",
            "Enter the largest balance you could really reach in the max column and solve again.",
        ]
    return [f"The solver gave no plan ({solver}); nothing was changed."]


def explain_conflict(
    members: list[str], relaxations: list[str], *, irreducible: bool, exact: bool = True, settled: bool = True
) -> list[str]:
    """Return the sentences for an infeasible book: what cannot hold together and the cheapest way out.

    Parameters
    ----------
    exact : False where the limits were judged by a linear relaxation, which may still need more.
    settled : False where the search for the cheapest way out ended before it was proven.
    """
    shown = members[:8] + ([f"{len(members) - 8} more (see Conflicts)"] if len(members) > 8 else [])
    if len(members) == 1:
        sentences = [f"No plan meets all limits. This cannot hold by itself: {members[0]}."]
    else:
        sentences = [f"No plan meets all limits. These {len(members)} cannot hold together: {_listed(shown)}."]
    if irreducible and len(members) > 1:
        sentences.append("Without any one of them the others can hold together.")
    if relaxations:
        way = "enough" if len(relaxations) == 1 else "enough together"
        way = way if exact else "at least so far, and more where products and values at risk ask for it"
        which = "The cheapest way out" if settled else "A way out, perhaps not the cheapest"
        sentences.append(f"{which}, {way}: move {_listed(relaxations[:5])}.")
        if len(relaxations) > 5:
            sentences.append(f"And {len(relaxations) - 5} more, listed in Conflicts.")
    elif settled:
        sentences.append("No relaxation of limits and position bounds alone is enough: look at lots and fixed lines.")
    else:
        sentences.append("No way out was found before the search ended.")
    return [*sentences, "Nothing was changed."]


def explain_runaways(positions: list[str]) -> list[str]:
    """Return the sentences for an unbounded book."""
    if not positions:
        return explain_failure("unbounded", [], "")
    return [
        f"The goal can grow without end: {_listed(positions[:5])} can grow and no max or limit holds.",
        "Enter the largest balance you could really reach in that cell and solve again; nothing was changed.",
    ]
