"""Why there is no plan: an irreducible set of limits and bounds that cannot hold together, by cell.

A dual ray of the simplex method names the rows and bounds of one contradiction at once; a deletion filter makes the
set irreducible. HiGHS's own search for such sets is not used: on large programs it is slow and sometimes comes back
empty.

References
----------
Gleeson, J. and Ryan, J. (1990), Identifying minimally infeasible subsystems of inequalities, ORSA Journal on
Computing 2, 61–63. Chinneck, J. W. (2008), Feasibility and Infeasibility in Optimization, chapter 6.
"""

from collections.abc import Sequence

import attrs

from xlalm.domain.watch import Watch, unwatched
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.members import Member, lot_columns, members_of
from xlalm.solver.infeasible.ray import named_by_ray
from xlalm.solver.infeasible.trial import Trial, feasibility, has_plan, relaxed, sized

MOST_TESTS = 400
"""Members of a contradiction up to which each is tested by leaving it out; larger sets are as the ray gives them."""

LONGEST_TEST_S = 5.0
"""Longest test of whether whole lots can hold together; what is not settled by then stays in the set."""


@attrs.frozen
class Conflict:
    """Members that cannot hold together. ``irreducible``: every proper subset can."""

    members: tuple[Member, ...]
    irreducible: bool


def find_conflict(model: Model, build: Build, options: Options, watch: Watch | None = None) -> Conflict:
    """Return one irreducible contradiction of an infeasible program; never empty.

    Parameters
    ----------
    build : a program that ``run`` found infeasible.
    watch : a search that is stopped returns what it has, not irreducible.
    """
    watch = watch or unwatched()
    options = sized(options, model, build)
    everything = members_of(model, build)
    if watch.must_stop:
        return Conflict(tuple(everything), irreducible=False)
    watch.says("looking for a contradiction")
    program = relaxed(feasibility(build), list(lot_columns(build).values()))
    short = attrs.evolve(options, time_limit_s=min(options.time_limit_s, LONGEST_TEST_S))
    whole = Trial(model, build, short, watch, whole=True)
    if build.program.is_mip and has_plan(program, options, watch):  # only lots and switches contradict: test with them
        return _filtered(whole, everything, everything)
    if watch.must_stop:
        return Conflict(tuple(everything), irreducible=False)
    named, is_proven = named_by_ray(build, program, everything, options, watch)
    if is_proven:
        return Conflict(tuple(named), irreducible=True)
    linear = Trial(model, build, options, watch, whole=False)
    if not build.program.is_mip:
        return _filtered(linear, everything, named)
    if linear.holds(_others(everything, named)) is False:  # what is left out costs little to test so
        named = list(_filtered(linear, everything, named).members)
    return _filtered(whole, everything, named)


def _others(everything: Sequence[Member], candidates: Sequence[Member]) -> list[Member]:
    inside = {member.key for member in candidates}
    return [member for member in everything if member.key not in inside]


def _filtered(trial: Trial, everything: Sequence[Member], candidates: Sequence[Member]) -> Conflict:
    """Leave out one candidate after another; what can be left out and still contradicts is not needed."""
    unfiltered = Conflict(tuple(candidates), irreducible=False)
    kept, outside = list(candidates), _others(everything, candidates)
    if len(kept) > MOST_TESTS or trial.watch.must_stop:
        return unfiltered
    if outside and trial.holds(outside) is not False:  # the candidates were not exact: begin with everything
        kept, outside = list(everything), []
        if len(kept) > MOST_TESTS:
            return unfiltered
    is_settled, tested = True, list(kept)
    for count, member in enumerate(tested):
        if trial.watch.must_stop:
            return Conflict(tuple(kept), irreducible=False)
        trial.watch.says(f"testing {count + 1} of {len(tested)} limits and bounds", count / len(tested))
        holds = trial.holds([*outside, member]) if len(kept) > 1 else True
        is_settled = is_settled and holds is not None
        if holds is False:
            outside.append(member)
            kept.remove(member)
    return Conflict(tuple(kept), irreducible=is_settled)
