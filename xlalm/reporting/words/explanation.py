"""At most ten sentences: what to do, what it earns, what binds and what relaxing it is worth."""

import math

import numpy as np

from xlalm.domain.limits import A_YEAR, AMOUNT
from xlalm.model.model import Limit
from xlalm.model.standing import Standing
from xlalm.reporting.facts import DearBound, PlanFacts, Reached
from xlalm.reporting.words.no_value import without_value
from xlalm.reporting.words.wording import (
    amount,
    apart,
    bounded,
    counted,
    distance,
    figure,
    label,
    listed,
    one_unit,
    quantity,
    share,
)

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
MOST_TIMES = 10.0
"""A change beyond ten times what it is measured by is not said in percent: that was hardly anything."""


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
    before, after = apart((facts.before, facts.after), facts.unit, facts.money)
    gain = facts.after - facts.before
    name = label(facts.goal)
    if not math.isfinite(gain):
        return f"{name} reaches {after}; at opening it has no value."
    if abs(gain) <= 1e-9 * max(1.0, abs(facts.before)):
        return f"{name} cannot be improved: it stays at {quantity(facts.after, facts.unit, facts.money)}."
    verb = "rises" if gain > 0 else "falls"
    return f"{name} {verb} from {before} to {after}{_relative(gain, abs(facts.before))}."


def _relative(gain: float, size: float) -> str:
    """Return a change in percent, in brackets; nothing where a percentage says nothing."""
    if not 0.0005 * size <= abs(gain) <= MOST_TIMES * size:
        return ""
    return f" ({share(gain / size, 1, signed=True)})"


def _reached(reached: Reached, money: str) -> list[str]:
    """Return what the method reached, goal by goal."""
    parts = []
    for goal in reached.goals:
        before, after = apart((goal.before, goal.after), goal.unit, money)
        parts.append(f"{label(goal.name)} goes from {before} to {after} ({share(goal.membership)} satisfied)")
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
    measured = 0.0 <= facts.turnover <= MOST_TIMES * facts.total_assets
    of_assets = f" {share(facts.turnover / facts.total_assets, 1)} of assets," if measured else ""
    said = [
        f"The largest changes are {listed(named)}{others}.",
        f"In all {amount(facts.turnover, facts.money)} moves,{of_assets} both directions counted.",
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
    """Return by how much each soft limit is missed, and at what penalty."""
    missed = [state for state in facts.limits if _is_given_up(state)]
    if not missed:
        return []
    names, parts = [state.limit.name for state in missed], [_missed(state, facts.money) for state in missed]
    penalty = f"at a penalty of {figure(facts.penalty)}"
    if len(missed) == 1:
        return [f"Soft limit {names[0]} is missed by {parts[0]}, {penalty}."]
    each = "; ".join(f"{name} by {part}" for name, part in zip(names, parts, strict=True))
    return [f"Soft limits are missed, together {penalty}: {each}."]


def _missed(state: Standing, money: str) -> str:
    unit = state.limit.unit
    reached, wanted = apart((state.value, state.bound), unit, money)
    return f"{distance(abs(state.value - state.bound), unit, money)} ({reached} for {wanted})"


def _is_given_up(state: Standing) -> bool:
    return state.limit.active and not state.limit.hard and state.light == "BREACH"


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
    """Return what a whole unit of relaxing gains; the marginal price, another number, has a sentence of its own."""
    limit = state.limit
    written = f"{limit.name} ({bounded(limit.sense, state.bound, limit.unit, facts.money)})"
    start = f"In {LENS_NAMES[limit.lens]}, {written}"
    if not state.worth:
        return f"{start} is reached, but relaxing it alone would earn nothing."
    unit = one_unit(limit.unit, facts.money)
    margin = "" if state.is_solved else "at the margin "
    return f"{start} binds: {margin}relaxing it by {unit} {_earns(state.worth, facts)}.{_marginal(state, facts)}"


def _marginal(state: Standing, facts: PlanFacts) -> str:
    """Return the marginal price where it is known between which bounds it holds; without them it misleads."""
    if state.range is None or state.marginal is None or (state.range.valid_from is state.range.valid_to is None):
        return ""
    unit = state.limit.unit
    ends = [end for end in (state.range.valid_from, state.range.valid_to) if end is not None]
    texts = apart(ends, unit, facts.money)
    if len(ends) == 2:
        holds = f"from {texts[0]} to {texts[1]}"
    else:
        holds = f"above {texts[0]}" if state.range.valid_to is None else f"below {texts[0]}"
    price, worth = (_price(value, facts) for value in (state.marginal, state.worth or 0.0))
    same = "the same" if price == worth else f"{price} per {_per(unit, facts.money)}"
    return f" Its marginal price is {same}, valid {holds}."


def _worth_in_brackets(state: Standing, facts: PlanFacts) -> str:
    return f" ({_price(state.worth or 0.0, facts)} per {_per(state.limit.unit, facts.money)})"


def _per(unit: str, money: str) -> str:
    return one_unit(unit, money).removeprefix("one ")


def _price(worth: float, facts: PlanFacts) -> str:
    """Return what something is worth to the goal, in the goal's unit."""
    text = distance(worth, facts.unit, facts.money)
    return f"{text} a year" if facts.unit == A_YEAR else text


def _earns(worth: float, facts: PlanFacts) -> str:
    """Return what a gain does; only money per year is an income, with a margin on assets."""
    if facts.reached is not None:
        return f"would improve the overall result by {figure(worth)}"
    if facts.unit != A_YEAR:
        return f"would {'raise' if facts.maximise else 'lower'} the goal by {_price(worth, facts)}"
    margin = ""
    if 0.0 < worth <= facts.total_assets:
        margin = f", {figure(worth / facts.total_assets * 1e4, 2)} basis points of margin on assets"
    return f"is worth {_price(worth, facts)}{margin}"


def _quiet_lenses(facts: PlanFacts) -> list[str]:
    """Name the nearest limit of each lens in which nothing binds; one that is given up is told elsewhere."""
    sentences = []
    for lens in LENSES:
        states = [state for state in facts.limits if state.limit.lens == lens and _takes_sides(state.limit)]
        states = [state for state in states if state.has_value]
        kept = [state for state in states if not _is_given_up(state)]
        if not kept or any(state.binding for state in states):
            continue
        nearest = min(kept, key=lambda state: state.tightness)
        room = distance(nearest.headroom, nearest.limit.unit, facts.money)
        nothing = "Nothing" if len(kept) == len(states) else "Nothing else"
        sentences.append(
            f"{nothing} binds in {LENS_NAMES[lens]}; the nearest is {nearest.limit.name} with {room} to spare."
        )
    return sentences


def _kept_lots(facts: PlanFacts) -> str:
    """Return what prices beside lots mean, and of how many limits the worth is not known."""
    unknown = sum(_takes_sides(state.limit) and state.worth is None for state in facts.limits)
    rest = f"; those of {counted(unknown, 'limit')} were not looked for" if unknown else ""
    return f"Prices hold with the chosen lots and switches kept; worths were found by solving again{rest}."


def _dear_bound(bound: DearBound, facts: PlanFacts) -> str:
    unit, earns = one_unit(AMOUNT, facts.money), _earns(bound.worth, facts)
    return (
        f"Of the position bounds the {bound.end} of {bound.position} costs most: "
        f"at the margin relaxing it by {unit} {earns}."
    )
