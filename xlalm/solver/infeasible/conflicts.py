"""Why there is no plan: an irreducible set of limits and bounds that cannot hold together, by cell.

A dual ray of the simplex method names the rows and bounds of one contradiction at once; a deletion filter makes the
set irreducible. HiGHS's own search for such sets is not used: on large programs it is slow and sometimes comes back
empty.

References
----------
Gleeson, J. and Ryan, J. (1990), Identifying minimally infeasible subsystems of inequalities, ORSA Journal on
Computing 2, 61–63. Chinneck, J. W. (2008), Feasibility and Infeasibility in Optimization, chapter 6.
"""

from typing import Literal

import attrs
import numpy as np

from xlalm.domain.cells import Cell
from xlalm.domain.typing import Bool1D, Float1D, Stop, never_stop
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.solver.highs.run import Options, dual_ray, run

MOST_TESTS = 400
"""Members of a contradiction up to which each is tested by leaving it out; larger sets are as the ray gives them."""


LONGEST_TEST_S = 5.0
"""Longest test of whether whole lots can hold together; what is not settled by then stays in the set."""

MORE_LOTS = 1000.0
"""Lots by which a position may pass a bound that is left out."""


@attrs.frozen
class Member:
    """A limit, a position bound or the identity; ``index`` counts limits or positions."""

    kind: Literal["limit", "identity", "lot", "threshold", "min", "max"]
    index: int
    name: str
    cell: Cell | None


@attrs.frozen(eq=False)
class Conflict:
    """Members that cannot hold together. ``irreducible``: every proper subset can."""

    members: tuple[Member, ...]
    irreducible: bool


def find_conflict(model: Model, build: Build, options: Options, stop: Stop = never_stop) -> Conflict:
    """Return one irreducible contradiction of an infeasible program; never empty.

    Parameters
    ----------
    build : a program that ``run`` found infeasible.
    """
    program = feasibility(build, np.inf)
    everything = _members(model, build)
    relaxed = attrs.evolve(program, integer=np.zeros(program.n_columns, dtype=np.bool_))
    candidates = everything
    if program.is_mip and _holds(relaxed, options):
        relaxed = feasibility(build, 0.0)  # only whole lots and switches contradict: test with them
        options = attrs.evolve(options, time_limit_s=min(options.time_limit_s, LONGEST_TEST_S))
    else:
        candidates, proven = _from_ray(build, relaxed, everything, options)
        if proven:
            return Conflict(tuple(candidates), irreducible=True)
    if len(candidates) > MOST_TESTS:
        return Conflict(tuple(candidates), irreducible=False)
    return _filter(build, relaxed, everything, candidates, options, stop)


def feasibility(build: Build, more_lots: float) -> Program:
    """Return a program without its goal; counts of lots may pass their bounds by so many.

    Those bounds only repeat what the position's own bounds say, and must not outlive them.
    """
    program = build.program
    lower, upper = program.lower.copy(), program.upper.copy()
    counts = np.array(list(_counts(program).values()), dtype=np.int64)
    lower[counts] -= more_lots
    upper[counts] += more_lots
    return attrs.evolve(
        program,
        cost=np.zeros(program.n_columns),
        offset=0.0,
        maximise=False,
        lower=lower,
        upper=upper,
        hessian=None,
        hessian_columns=None,
    )


def _counts(program: Program) -> dict[int, int]:
    """Return the column that counts lots, by position."""
    counts = {}
    for row, owner in enumerate(program.row_owner):
        if owner.kind == "lot":
            index = program.index[program.entries(row)]
            counts[owner.index] = int(index[program.layout.position[index] < 0][0])
    return counts


def _holds(program: Program, options: Options) -> bool | None:
    """Whether a program has a plan; None where that was not settled in time."""
    status = run(program, options).status
    return True if status == "optimal" else False if status == "infeasible" else None


def _members(model: Model, build: Build) -> list[Member]:
    """Return everything a person wrote that a plan must meet, limits first."""
    members = [
        Member("limit", k, model.limits[k].name, model.limits[k].cell) for k in build.limit_rows if model.limits[k].hard
    ]
    seen: set[tuple[str, int]] = set()
    structural: tuple[Literal["identity", "lot", "threshold"], ...] = ("identity", "lot", "threshold")
    for owner in build.program.row_owner:
        for own in structural:
            if owner.kind == own and (own, owner.index) not in seen:
                seen.add((own, owner.index))
                members.append(Member(own, owner.index, owner.name, owner.cell))
    sheet = model.sheet
    for i, name in enumerate(sheet.names):
        for end, bound in _ends(sheet.lower[i], sheet.upper[i]):
            if np.isfinite(bound):
                members.append(Member(end, i, name, sheet.table.raw.cell(i, end)))
    return members


def _ends(low: float, high: float) -> tuple[tuple[Literal["min", "max"], float], ...]:
    return ("min", low), ("max", high)


def _rows_of(build: Build, member: Member) -> list[int]:
    if member.kind == "limit":
        return [build.limit_rows[member.index].row]
    return [
        row
        for row, owner in enumerate(build.program.row_owner)
        if owner.kind == member.kind and owner.index == member.index
    ]


def _without(build: Build, program: Program, left_out: list[Member]) -> Program:
    """Return a program without some members: their rows and bounds hold nothing."""
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    lower, upper, value = program.lower.copy(), program.upper.copy(), program.value.copy()
    counts, thresholds = _counts(program), threshold_positions(program)
    stock = program.layout.block("stock").column
    for member in left_out:
        count = counts.get(member.index, -1)
        if member.kind == "min":
            lower[stock[member.index]] = -np.inf
            lower[count] -= MORE_LOTS if count >= 0 else 0.0
        elif member.kind == "max":
            upper[stock[member.index]] = np.inf
            upper[count] += MORE_LOTS if count >= 0 else 0.0
            if member.index in thresholds:
                widen_threshold(program, member.index, value)
        else:
            rows = _rows_of(build, member)
            row_lower[rows], row_upper[rows] = -np.inf, np.inf
            if member.kind == "lot":
                lower[count] = upper[count] = 0.0  # its row is gone, and its bounds may have left no whole number
    return attrs.evolve(program, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper, value=value)


def threshold_positions(program: Program) -> set[int]:
    """Return the positions that have a threshold."""
    return {owner.index for owner in program.row_owner if owner.kind == "threshold"}


def widen_threshold(program: Program, position: int, value: Float1D) -> None:
    """Take a position's max out of the row ``x <= max·used`` that switches its threshold."""
    for row, owner in enumerate(program.row_owner):
        if owner.kind == "threshold" and owner.index == position and np.isfinite(program.row_upper[row]):
            own = program.entries(row)
            switch = program.layout.position[program.index[own]] < 0
            finite = program.upper[: program.n_columns][np.isfinite(program.upper)]
            value[own] = np.where(switch, -100.0 * max(1.0, float(np.abs(finite).max(initial=0.0))), value[own])


def _filter(
    build: Build, program: Program, everything: list[Member], candidates: list[Member], options: Options, stop: Stop
) -> Conflict:
    """Leave out one candidate after another; what can be left out and still contradicts is not needed."""
    kept, settled = list(candidates), True
    inside = {(member.kind, member.index) for member in candidates}
    outside = [member for member in everything if (member.kind, member.index) not in inside]
    if outside and _holds(_without(build, program, outside), options) is not False:
        kept, outside = list(everything), []  # the ray was not exact: begin with everything
        if len(kept) > MOST_TESTS:
            return Conflict(tuple(candidates), irreducible=False)
    for member in [*kept]:
        if stop():
            return Conflict(tuple(kept), irreducible=False)
        holds = _holds(_without(build, program, [*outside, member]), options) if len(kept) > 1 else True
        settled = settled and holds is not None
        if holds is False:
            outside.append(member)
            kept.remove(member)
    return Conflict(tuple(kept), irreducible=settled)


# --- the ray -------------------------------------------------------------------------------------------


def _from_ray(build: Build, program: Program, everything: list[Member], options: Options) -> tuple[list[Member], bool]:
    """Return the members that a dual ray names, and whether they are irreducible for certain.

    They are where one row contradicts bounds: without any one bound the row can be met. Where no ray proves the
    contradiction, everything is returned.
    """
    # with the goal's own costs dual simplex ends after few steps; without any it wanders over ties
    ray = dual_ray(attrs.evolve(program, cost=build.program.cost, maximise=build.program.maximise), options)
    ray = dual_ray(program, options) if ray is None else ray
    if ray is None:
        return everything, False
    best = max((_proof(program, sign * ray) for sign in (1.0, -1.0)), key=lambda proof: proof[0])
    gap, rows, low, high = best
    stock = program.layout.block("stock").column
    if not gap > 0:
        return everything, False
    used_rows = set(np.flatnonzero(rows).tolist())
    chosen = []
    for member in everything:
        if member.kind == "min":
            used = bool(low[stock[member.index]])
        elif member.kind == "max":
            used = bool(high[stock[member.index]])
        else:
            used = not used_rows.isdisjoint(_rows_of(build, member))
        if used:
            chosen.append(member)
    return (chosen, len(used_rows) == 1) if chosen else (everything, False)


def _proof(program: Program, ray: Float1D) -> tuple[float, Bool1D, Bool1D, Bool1D]:
    """Return by how much a combination of rows contradicts the bounds, and the rows and bounds it uses."""
    ray = np.where(np.abs(ray) > 1e-9 * max(1e-300, float(np.abs(ray).max(initial=0.0))), ray, 0.0)
    combined = program.transpose_product(ray)
    size = attrs.evolve(program, value=np.abs(program.value)).transpose_product(np.abs(ray))
    combined = np.where(np.abs(combined) > 1e-9 * size, combined, 0.0)  # what cancels leaves rounding behind
    rows, high, low = ray != 0, combined > 0, combined < 0
    need = np.where(ray > 0, program.row_lower, program.row_upper)[rows]
    reach = np.where(high, program.upper, program.lower)[high | low]
    if not (np.isfinite(need).all() and np.isfinite(reach).all()):
        return -np.inf, rows, low, high
    return float(ray[rows] @ need - combined[high | low] @ reach), rows, low, high
