"""Why there is no plan: every reported set and every relaxation judged by scipy, never by xlalm's own solver."""

from itertools import combinations

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.solver.programs import Case, Member, UnboundedError, random_case
from tests.strategies import book, model_of, seeds
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.conflicts import Conflict, find_conflict
from xlalm.solver.infeasible.relaxation import Relaxation, cheapest_relaxation
from xlalm.solver.infeasible.unbounded import runaways
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan


def failed(case: Case) -> tuple[Model, NoPlan]:
    model = model_of(case.tables())
    solution = optimise(problem_of(model), Options())
    assert solution.status == "infeasible"
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
    conflict = find_conflict(model, solution.build, Options())
    named, everything = members_of(conflict), all_members(case)
    whole = case.lot is not None
    assert conflict.irreducible or whole  # a test of whole lots may take longer than it is allowed to
    assert named
    assert len(named) == len(conflict.members)
    assert named <= everything
    assert not case.is_feasible(everything - named), f"{sorted(named)} can hold together"
    for member in named if conflict.irreducible else ():
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
    way = cheapest_relaxation(model, solution.build, Options())
    relaxation = way.relaxations
    assert way.is_settled or case.lot is not None
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
        np.random.default_rng(draw(seeds)),
        ratios=ratios and draw(st.booleans()),
        whole=whole,
        coarse=draw(st.booleans()),
    )


def infeasible_case(rng: np.random.Generator, *, ratios: bool, whole: bool, coarse: bool) -> Case:
    kinds = ("amount", "moving", "ratio", "capped", "turnover") if ratios else ("amount", "moving", "turnover")
    case = random_case(
        rng, coarse=coarse, unit=float(rng.choice([1.0, 100.0, 1e5])), kinds=kinds, rules=int(rng.integers(2, 5))
    )
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


@given(infeasible())
@settings(max_examples=40)
def test_conflict_is_irreducible(case: Case) -> None:
    check_conflict(case)


@given(infeasible(whole=True))
@settings(max_examples=25)
def test_conflict_of_lots_is_irreducible(case: Case) -> None:
    check_conflict(case)


@given(infeasible())
@settings(max_examples=40)
def test_relaxation_is_cheapest(case: Case) -> None:
    check_relaxation(case)


@given(infeasible(whole=True))
@settings(max_examples=25)
def test_relaxation_of_lots_is_cheapest(case: Case) -> None:
    check_relaxation(case)


@pytest.mark.long
@given(infeasible())
@settings(max_examples=200)
def test_many_conflicts_and_relaxations(case: Case) -> None:
    check_conflict(case)
    check_relaxation(case)


@pytest.mark.long
@given(infeasible(whole=True))
@settings(max_examples=200)
def test_many_conflicts_and_relaxations_of_lots(case: Case) -> None:
    check_conflict(case)
    check_relaxation(case)


def test_cheapest_relaxation_of_one_ratio() -> None:
    """a / (a + b) >= 60 % with a <= 4 and b >= 4: the best that can be had is 50 %, and the other limits stay."""
    positions = {"position": ["a", "b"], "side": ["asset"] * 2, "balance": [1.0, 9.0], "min": [0, 4], "max": [4, 9]}
    model = model_of(book(positions, [("sum(1)", "max")], [('position("a") / sum(1)', ">=", 0.6)]))
    solution = optimise(problem_of(model), Options())
    assert solution.status == "infeasible"
    (item,) = cheapest_relaxation(model, solution.build, Options()).relaxations
    assert (item.member.name, item.bound) == ("limit 0", 0.6)
    assert item.needed == pytest.approx(0.5, abs=1e-9)


def test_lot_that_does_not_fit_under_the_max() -> None:
    """A floor above a max is their conflict, whatever the lots; without whole lots the floor could be met."""
    positions = {"position": ["a"], "side": ["asset"], "balance": [10.0], "min": [0], "max": [100], "lot": [7.0]}
    for floor, kinds in ((101, {"limit", "max"}), (99, {"limit", "max", "lot"})):
        model = model_of(book(positions, [("sum(1)", "min")], [("sum(1)", ">=", floor)]))
        solution = optimise(problem_of(model), Options())
        conflict = find_conflict(model, solution.build, Options())
        assert {member.kind for member in conflict.members} == kinds
        assert conflict.irreducible


@pytest.mark.long
def test_one_row_conflict_of_a_large_program() -> None:
    """20,000 positions, 400 limits, one of which asks for more than its positions can hold."""
    rng = np.random.default_rng(7)
    n, count = 20_000, 400
    opening = np.round(rng.uniform(1, 9, n), 2)
    positions = {
        "position": [f"P{i}" for i in range(n)],
        "side": ["asset"] * n,
        "balance": opening.tolist(),
        "min": (0.5 * opening).tolist(),
        "max": (1.5 * opening).tolist(),
        "gain": rng.uniform(0, 0.05, n).tolist(),
        "family": rng.integers(0, 50, n).tolist(),
    } | {f"w{j}": np.round(rng.uniform(0, 1, n) * (rng.random(n) < 0.1), 3).tolist() for j in range(20)}
    limits = []
    family, weights = np.array(positions["family"]), {j: np.array(positions[f"w{j}"]) for j in range(20)}
    for k in range(count):
        column, group = k % 20, k % 50
        most = float((weights[column] * 1.5 * opening)[family == group].sum())
        asked = 1.01 * most if k == 123 else 0.6 * most
        limits.append((f"sum(w{column}, family = {group})", ">=", round(asked, 3)))
    model = model_of(book(positions, [("sum(gain)", "max")], limits))
    solution = optimise(problem_of(model), Options())
    assert solution.status == "infeasible"
    conflict = find_conflict(model, solution.build, Options())
    inside = np.flatnonzero((family == 123 % 50) & (weights[123 % 20] > 0))
    assert [m.name for m in conflict.members if m.kind == "limit"] == ["limit 123"]
    assert {m.kind for m in conflict.members} == {"limit", "max"}
    assert {m.index for m in conflict.members if m.kind == "max"} == set(inside.tolist())
    assert conflict.irreducible
    (item,) = cheapest_relaxation(model, solution.build, Options()).relaxations
    most = float((weights[123 % 20] * 1.5 * opening)[inside].sum())
    assert (item.member.name, item.needed) == ("limit 123", pytest.approx(most, rel=1e-9))


# --- unbounded -----------------------------------------------------------------------------------------


def has_end(case: Case, stays: set[int]) -> bool:
    """Whether the goal has an end once the positions ``stays`` have a max."""
    high = case.high.copy()
    high[list(stays)] = 10 * case.unit
    try:
        attrs.evolve(case, high=np.where(np.isfinite(high), np.maximum(high, case.opening), high)).optimum()
    except UnboundedError:
        return False
    return True


def check_runaways(case: Case) -> None:
    model = model_of(case.tables())
    solution = optimise(problem_of(model), Options())
    assert solution.status == "unbounded"
    named = [member.index for member in runaways(model, solution.build, Options())]
    assert named
    assert len(set(named)) == len(named)
    open_ends = set(np.flatnonzero(np.isinf(case.high)).tolist())
    assert set(named) <= open_ends
    assert has_end(case, set(named)), "with a max on each named position the goal still has no end"
    ended = {
        kept: has_end(case, open_ends - set(kept))
        for size in range(len(open_ends) + 1)
        for kept in combinations(sorted(open_ends), size)
    }
    for i in named:  # some set of open ends runs away with it and does not without it
        assert any(not ended[kept] and ended[tuple(j for j in kept if j != i)] for kept in ended if i in kept), (
            f"position {i} only rides along"
        )


def unbounded_case(rng: np.random.Generator) -> Case:
    case = random_case(
        rng, coarse=bool(rng.random() < 0.5), rules=int(rng.integers(0, 4)), costs=bool(rng.random() < 0.3)
    )
    for _ in range(20):
        open_end = (rng.random(case.n) < rng.uniform(0.2, 0.8)) & (np.array(case.side) != "equity")
        found = attrs.evolve(case, high=np.where(open_end, np.inf, case.high))
        if not has_end(found, set()):
            return found
    assume(False)
    raise AssertionError


@given(seeds)
@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much])
def test_runaways(seed: int) -> None:
    check_runaways(unbounded_case(np.random.default_rng(seed)))


@pytest.mark.long
@given(seeds)
@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_many_runaways(seed: int) -> None:
    check_runaways(unbounded_case(np.random.default_rng(seed)))
