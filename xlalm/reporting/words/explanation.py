"""At most ten sentences: what to do, what it earns, what binds and what relaxing it is worth."""

import math

import numpy as np

from xlalm.model.model import Limit
from xlalm.model.standing import Standing
from xlalm.reporting.facts import DearBound, PlanFacts, Reached
from xlalm.reporting.words.no_value import without_value
from xlalm.reporting.words.wording import amount, bounded, counted, label, listed, one_unit, quantity, share

MOST_SENTENCES = 10
MOVES_NAMED = 4
VALUELESS_NAMED = 3
LENS_NAMES = {
    "irrbb": "interest-rate risk",
    "liquidity": "liquidity",
    "capital": "capital",
    "profit": "profit",
    "other": "balance sheet",
}
LENSES = ("irrbb", "liquidity", "capital")


def explain_plan(facts: PlanFacts) -> list[str]:
    """Return the sentences for a plan."""
    sentences = _reached(facts.reached, facts.money) if facts.reached is not None else [_goal(facts)]
    if facts.proof:
        sentences.append(f"The plan is {facts.proof}.")
    sentences += [*_moves(facts), *_valueless(facts), *_repaired(facts), *_binding(facts)]
    sentences += [*_quiet_lenses(facts), *_given_up(facts)]
    if facts.dear_bound is not None:
        sentences.append(_dear_bound(facts.dear_bound, facts))
    if facts.conditional:
        sentences.append(_kept_lots(facts))
    if not facts.proven:
        what = (
            "meets every limit but" if any(state.limit.active for state in facts.limits) else "keeps to min and max but"
        )
        sentences.append(f"The plan {what} is not proven best: the solver was stopped, or its proof was not accepted.")
    return sentences[:MOST_SENTENCES]


# --- what is reached, and by which moves ---------------------------------------------------------------


def _goal(facts: PlanFacts) -> str:
    before = quantity(facts.before, facts.unit, facts.money)
    after = quantity(facts.after, facts.unit, facts.money)
    gain = facts.after - facts.before
    name = label(facts.goal)
    if not math.isfinite(gain):
        return f"{name} reaches {after}; at opening it has no value."
    if abs(gain) <= 1e-9 * max(1.0, abs(facts.before)):
        return f"{name} cannot be improved: it stays at {after}."
    verb = "rises" if gain > 0 else "falls"
    relative = f" ({share(gain / abs(facts.before), 1, signed=True)})" if facts.before else ""
    return f"{name} {verb} from {before} to {after}{relative}."


def _reached(reached: Reached, money: str) -> list[str]:
    """Return what the method reached, goal by goal."""
    parts = [
        f"{label(goal.name)} goes from {quantity(goal.before, goal.unit, money)} to "
        f"{quantity(goal.after, goal.unit, money)} ({share(goal.membership)} satisfied)"
        for goal in reached.goals
    ]
    first = f"Method {reached.method} reaches {quantity(reached.objective, '')}."
    return [first, "; ".join(parts) + ".", *reached.notes]


def _moves(facts: PlanFacts) -> list[str]:
    change = facts.change
    moves = [int(i) for i in np.argsort(-np.abs(change), kind="stable") if change[i] != 0]
    if not moves:
        return ["No balance changes: the opening is already the best plan under these limits."]
    named = [_move(facts.names[i], float(change[i])) for i in moves[:MOVES_NAMED]]
    rest = len(moves) - len(named)
    others = f" and {rest} smaller ones" if rest else ""
    of_assets = f", {share(facts.turnover / facts.total_assets, 1)} of assets" if facts.total_assets > 0 else ""
    said = [
        f"The largest changes are {listed(named)}{others}.",
        f"In all {amount(facts.turnover, facts.money)} moves{of_assets}, both directions counted.",
    ]
    return [*said, "The plan holds no assets at all: under these limits none earns its keep."] if facts.closed else said


def _move(name: str, change: float) -> str:
    return f"{name} {'up' if change > 0 else 'down'} by {amount(abs(change))}"


# --- limits --------------------------------------------------------------------------------------------


def _valueless(facts: PlanFacts) -> list[str]:
    """Return the enforced limits on ratios that divide by 0, in one sentence."""
    states = [state for state in facts.limits if state.limit.active and not state.has_value]
    said = [without_value(state, facts.names, "the plan") for state in states[:VALUELESS_NAMED]]
    rest = len(states) - len(said)
    return [". ".join(said) + (f". So it is with {rest} more limits" if rest else "") + "."] if said else []


def _repaired(facts: PlanFacts) -> list[str]:
    names = [
        state.limit.name
        for state in facts.limits
        if state.limit.active and state.opening_light == "BREACH" and state.light in {"OK", "WATCH"}
    ]
    return [f"It brings back inside what was broken at opening: {listed(names)}."] if names else []


def _given_up(facts: PlanFacts) -> list[str]:
    names = [
        state.limit.name
        for state in facts.limits
        if state.limit.active and not state.limit.hard and state.light == "BREACH"
    ]
    penalty = quantity(facts.penalty, "")
    return [f"Soft limits given up: {listed(names)}, at a penalty of {penalty} goal units."] if names else []


def _binding(facts: PlanFacts) -> list[str]:
    """Return the binding limits, what is worth most first: three in a sentence each, five more by name."""
    binding = [state for state in facts.limits if _takes_sides(state.limit) and state.binding]
    binding.sort(key=lambda state: -(state.worth or 0.0))
    sentences = [_binds(state, facts) for state in binding[:3]]
    rest = [f"{state.limit.name}{_worth_in_brackets(state, facts)}" for state in binding[3:] if state.worth]
    return [*sentences, f"Also binding: {listed(rest[:5])}."] if rest else sentences


def _takes_sides(limit: Limit) -> bool:
    """Whether a limit is enforced and leaves room on one side, so that binding and headroom mean something."""
    return limit.active and limit.sense != "="


def _binds(state: Standing, facts: PlanFacts) -> str:
    limit = state.limit
    written = f"{limit.name} ({bounded(limit.sense, state.bound, limit.unit, facts.money)})"
    start = f"In {LENS_NAMES[limit.lens]}, {written}"
    if not state.worth:
        return f"{start} is reached, but relaxing it alone would earn nothing."
    unit = one_unit(limit.unit, facts.money)
    return f"{start} binds: relaxing it by {unit} {_earns(state.worth, facts)}{_holds(state, facts)}."


def _worth_in_brackets(state: Standing, facts: PlanFacts) -> str:
    money = facts.money if facts.unit == "amount" else ""
    per = one_unit(state.limit.unit, facts.money).removeprefix("one ")
    return f" ({amount(state.worth or 0.0, money)} per {per})"


def _holds(state: Standing, facts: PlanFacts) -> str:
    """Return where the price holds; a price without its range misleads."""
    if state.range is None:
        return ""
    low, high = (
        None if end is None else quantity(end, state.limit.unit, facts.money)
        for end in (state.range.valid_from, state.range.valid_to)
    )
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f" (marginal price valid {f'above {low}' if high is None else f'below {high}'})"
    return f" (marginal price valid from {low} to {high})"


def _earns(worth: float, facts: PlanFacts) -> str:
    if facts.unit != "amount":
        what = "the goal" if facts.reached is None else "the overall result"
        return f"would improve {what} by {quantity(worth, facts.unit, facts.money)}"
    points = worth / facts.total_assets * 1e4 if facts.total_assets else 0.0
    return f"is worth {amount(worth, facts.money)} a year, {points:.2g} basis points of margin on assets"


def _quiet_lenses(facts: PlanFacts) -> list[str]:
    """Name the nearest limit of each lens in which nothing binds."""
    sentences = []
    for lens in LENSES:
        states = [state for state in facts.limits if state.limit.lens == lens and _takes_sides(state.limit)]
        states = [state for state in states if state.has_value]
        if not states or any(state.binding for state in states):
            continue
        nearest = min(states, key=lambda state: state.tightness)
        room = quantity(nearest.headroom, nearest.limit.unit, facts.money)
        name = nearest.limit.name
        sentences.append(f"Nothing binds in {LENS_NAMES[lens]}; the nearest is {name} with {room} to spare.")
    return sentences


def _kept_lots(facts: PlanFacts) -> str:
    """Return what prices beside lots mean, and of how many limits the worth is not known."""
    unknown = sum(_takes_sides(state.limit) and state.worth is None for state in facts.limits)
    rest = f"; those of {counted(unknown, 'limit')} were not looked for" if unknown else ""
    return f"Prices hold with the chosen lots and switches kept; worths were found by solving again{rest}."


def _dear_bound(bound: DearBound, facts: PlanFacts) -> str:
    unit, earns = one_unit("amount", facts.money), _earns(bound.worth, facts)
    return f"Of the position bounds the {bound.end} of {bound.position} costs most: {unit} more room {earns}."
