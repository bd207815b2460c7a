"""Why there is no plan: every reported set and every relaxation judged by scipy, never by xlalm's own solver."""

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.solve.programs import Case, Member, random_case
from tests.strategies import model_of, seeds
from xlalm.program.model import Model
from xlalm.solve.conflicts import Conflict, find_conflict
from xlalm.solve.highs import Options
from xlalm.solve.optimise import optimise
from xlalm.solve.relaxation import Relaxation, cheapest_relaxation
from xlalm.solve.solution import Solution


def failed(case: Case) -> tuple[Model, Solution]:
    model = model_of(case.tables())
    solution = optimise(model, Options())
    assert solution.status == "infeasible"
    assert solution.build is not None
    return model, solution


def members_of(conflict: Conflict) -> frozenset[Member]:
    return frozenset((member.kind, member.index) for member in conflict.members)


def all_members(case: Case) -> frozenset[Member]:
    everything: set[Member] = {("limit", k) for k, rule in enumerate(case.rules) if rule.penalty is None}
    everything |= {("identity", 0)} if case.identity else set()
    for i in range(case.n):
        everything |= {("min", i)} | ({("max", i)} if np.isfinite(case.high[i]) else set())
        for kind, column in (("lot", case.lot), ("threshold", case.threshold)):
            if column is not None and not np.isnan(column[i]):
                everything.add((kind, i))
    return frozenset(everything)


def check_conflict(case: Case) -> None:
    model, solution = failed(case)
    assert solution.build is not None
    conflict = find_conflict(model, solution.build, Options())
    named, everything = members_of(conflict), all_members(case)
    assert conflict.irreducible
    assert named
    assert len(named) == len(conflict.members)
    assert named <= everything
    assert not case.is_feasible(everything - named), f"{sorted(named)} can hold together"
    for member in named:
        assert case.is_feasible(everything - named | {member}), f"{member} is not needed in {sorted(named)}"


def relative_cost(case: Case, member: Member, bound: float) -> float:
    """The unit of a relaxation: relative to its bound, small bounds relative to total assets (ratios: to 0.1 %)."""
    assets = float(case.opening[[side == "asset" for side in case.side]].sum())
    is_ratio = member[0] == "limit" and case.rules[member[1]].is_ratio
    return 1.0 / max(abs(bound), 1e-3 if is_ratio else 1e-6 * assets, 1e-6)


def written(case: Case, member: Member) -> float:
    if member[0] != "limit":
        return float((case.low if member[0] == "min" else case.high)[member[1]])
    rule = case.rules[member[1]]
    return rule.bound + (float(rule.vectors[1] @ case.opening) if rule.kind == "moving" else 0.0)


def relaxed(case: Case, relaxation: tuple[Relaxation, ...], share: float, spare: float = 0.0) -> Case:
    """Return the case with its bounds moved ``share`` of the way to what is needed; ``spare`` is for rounding."""
    rules, low, high = list(case.rules), case.low.copy(), case.high.copy()
    for item in relaxation:
        kind, index = item.member.kind, item.member.index
        moved = share * (item.needed - item.bound)
        if kind != "limit" or rules[index].sense != "=":
            moved += float(np.copysign(spare * max(abs(item.needed), 1e-3), moved))
        if kind == "limit":
            rules[index] = attrs.evolve(rules[index], bound=rules[index].bound + moved)
        else:
            end = low if kind == "min" else high
            end[index] += moved
    return attrs.evolve(case, rules=tuple(rules), low=low, high=high)


def check_relaxation(case: Case) -> None:
    model, solution = failed(case)
    assert solution.build is not None
    relaxation = cheapest_relaxation(model, solution.build, Options())
    limits = {member for member in all_members(case) if member[0] == "limit"}
    ends = {m for m in all_members(case) if m[0] in {"min", "max"} and not (m[0] == "min" and written(case, m) == 0)}
    reachable, best = limits, case.optimum(elastic=costs(case, limits))
    if best is None:
        reachable = limits | ends
        best = case.optimum(elastic=costs(case, reachable))
    if best is None:
        assert relaxation == ()
        return
    assert relaxation
    for item in relaxation:
        member = (item.member.kind, item.member.index)
        assert member in reachable
        assert item.bound == pytest.approx(written(case, member), rel=1e-9, abs=1e-9)
        assert item.needed != item.bound
    assert relaxed(case, relaxation, 1.0, spare=1e-8).is_feasible(), "the relaxation is not enough"
    assert not relaxed(case, relaxation, 0.99).is_feasible(), "less would have been enough"
    if not any(rule.is_ratio for rule in case.rules):
        paid = sum(
            relative_cost(case, (item.member.kind, item.member.index), item.bound) * abs(item.needed - item.bound)
            for item in relaxation
        )
        assert paid == pytest.approx(best.goal, rel=1e-6)


def costs(case: Case, members: set[Member]) -> dict[Member, float]:
    return {member: relative_cost(case, member, written(case, member)) for member in members}


@st.composite
def infeasible(draw: st.DrawFn, *, ratios: bool = True, whole: bool = False) -> Case:
    """Draw a bank program without a plan: limits tightened, bounds that leave no room, lots that do not fit."""
    return infeasible_case(
        np.random.default_rng(draw(seeds)), ratios=ratios and draw(st.booleans()), whole=whole, coarse=draw(st.booleans())
    )


def infeasible_case(rng: np.random.Generator, *, ratios: bool, whole: bool, coarse: bool) -> Case:
    kinds = ("amount", "moving", "ratio", "capped", "turnover") if ratios else ("amount", "moving", "turnover")
    case = random_case(rng, coarse=coarse, unit=float(rng.choice([1.0, 100.0, 1e5])), kinds=kinds, rules=int(rng.integers(2, 5)))
    if whole:
        chosen = rng.random((2, case.n)) < 0.3
        movable = case.low < case.high
        lot = np.where(chosen[0] & movable, np.round(rng.uniform(0.02, 0.4, case.n), 2) * case.unit, np.nan)
        threshold = np.where(chosen[1] & movable & np.isnan(lot), case.opening * rng.uniform(0.1, 0.8, case.n), np.nan)
        case = attrs.evolve(case, lot=lot, threshold=threshold)
    for _ in range(30):
        if not case.is_feasible():
            return case
        case = tighter(rng, case)
    assume(False)
    raise AssertionError


def tighter(rng: np.random.Generator, case: Case) -> Case:
    if rng.random() < 0.25:
        i, share = int(rng.integers(case.n)), float(rng.uniform(0.0, 0.5))
        low, high = case.low.copy(), case.high.copy()
        if rng.random() < 0.5:
            low[i] = np.round(low[i] + (1 - share) * (high[i] - low[i]), 6)
        else:
            high[i] = np.round(low[i] + share * (high[i] - low[i]), 6)
        return attrs.evolve(case, low=low, high=high)
    k = int(rng.integers(len(case.rules)))
    rule = case.rules[k]
    size = max(abs(rule.bound), 0.1) if rule.is_ratio else max(abs(rule.bound), 0.1 * case.unit)
    step = float(rng.uniform(0.05, 0.5)) * size * (1.0 if rule.sense == ">=" else -1.0)
    rules = list(case.rules)
    rules[k] = attrs.evolve(rule, bound=max(rule.bound + step, 0.0) if rule.is_ratio else rule.bound + step)
    return attrs.evolve(case, rules=tuple(rules))
