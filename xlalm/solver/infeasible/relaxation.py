"""The cheapest way to make an infeasible book feasible: how far each limit or bound has to give.

Notes
-----
Relaxing a ratio N/D by s turns its row into N - (r - s)·D, a product of two unknowns. It is replaced by its tangent at
the last round's plan until nothing is gained. Where one ratio is all that gives, that is Dinkelbach's iteration and the
answer the cheapest. Where other limits give beside it, the iteration may end before a way that is cheaper as a whole:
it is therefore begun again where the ratios give all that could be of use, and at shares of that.
"""

from collections.abc import Sequence

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, Point, add
from xlalm.program.build import Build
from xlalm.program.problem import Problem
from xlalm.program.program import Program
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.elastic import Elastic, Iterate, elastic_bounds, elastic_limits, elastic_program
from xlalm.solver.infeasible.members import Member
from xlalm.solver.infeasible.trial import feasibility, has_plan, sized, with_bounds
from xlalm.solver.linear.whole import run_whole

ROUNDS = 30
"""Rounds in which the relaxations of ratio limits are brought up to date."""

SHARES = (1.0, 0.75, 0.5, 0.25)
"""Shares of the most that ratios could usefully give at which the rounds begin again."""

GAIN = 1e-9
"""Share by which a way has to be cheaper than another to be another."""

SPENT = (1.0, 1e3, 1e6)
"""What the relaxation of a book with switches or lots may cost, tried in turn: 1 moves one bound by its own size."""

SPARE = 1e-9
"""Share by which a relaxation may go beyond what was found, where that alone is not enough to the last bit."""

ROUNDING = 1e-9
"""A bound that gives less than this share of itself does not give."""


@attrs.frozen
class Relaxation:
    """A member's bound as written and as it has to be, in its own unit."""

    member: Member
    bound: float
    needed: float


@attrs.frozen
class WayOut:
    """Relaxations that were found, by solving again, to be enough together.

    ``is_settled``: nothing cheaper is enough; where there are none, nothing is.
    """

    relaxations: tuple[Relaxation, ...]
    is_settled: bool


def cheapest_relaxation(problem: Problem, build: Build, options: Options, watch: Watch | None = None) -> WayOut:
    """Return the least relaxation that makes a plan possible.

    Minimises the sum of relative relaxations (or ``penalty`` times relaxation, where a limit has one). Limits give
    first; position bounds only where limits alone are not enough.
    """
    search = _Search(problem, build, sized(options, problem, build), watch or unwatched())
    limits = elastic_limits(problem, build)
    relaxations = search.confirmed(search.least(build, limits))
    if not relaxations:
        relaxations = search.confirmed(search.least_with_bounds([*limits, *elastic_bounds(problem.sheet)]))
    return WayOut(relaxations, search.is_settled)


@attrs.frozen(eq=False)
class _Found:
    """Members that give, how far and at which plan, and what it costs."""

    elastics: Sequence[Elastic]
    place: Iterate
    paid: float


@attrs.define(eq=False)
class _Search:
    """The search; ``is_settled`` becomes False where something had to be left open."""

    problem: Problem
    build: Build
    options: Options
    watch: Watch
    is_settled: bool = True

    def least_with_bounds(self, elastics: Sequence[Elastic]) -> _Found | None:
        """Return the cheapest way by limits and position bounds.

        No bound gives more than the cheapest way costs. So switches and lots need only reach as far as what may be
        spent allows, which keeps their numbers small.
        """
        if not self.build.program.is_mip:
            return self.least(self.build, elastics)
        for spent in SPENT:
            found = self.least(self._reaching(elastics, spent), elastics)
            if found is not None and found.paid > spent:
                again = self.least(self._reaching(elastics, found.paid), elastics)
                return again if again is not None and again.paid < found.paid else found
            if found is not None or self.watch.must_stop:
                return found
        return None

    def _reaching(self, elastics: Sequence[Elastic], spent: float) -> Build:
        lower, upper = self.problem.sheet.lower.copy(), self.problem.sheet.upper.copy()
        for elastic in elastics:
            if elastic.member.kind == "min":
                lower[elastic.member.index] = min(0.0, elastic.bound)
            elif elastic.member.kind == "max":
                upper[elastic.member.index] += spent / elastic.cost
        return with_bounds(self.problem, self.build, lower, upper)

    def least(self, build: Build, elastics: Sequence[Elastic]) -> _Found | None:
        """Return the cheapest way by some members; None where they are not enough."""
        if not elastics:
            return None
        start = Iterate(self.problem.opening, np.zeros(len(elastics)))
        descent = _Descent(self, build, elastics, start)
        best = descent.run(start)
        is_ratio = np.array([elastic.is_ratio for elastic in elastics], dtype=np.bool_)
        if best is None or not is_ratio.any():
            return best
        useful = descent.freely(is_ratio, np.full(len(elastics), np.inf))
        if useful is None or not useful.gives[is_ratio].any():
            return best
        for share in SHARES:
            begun = descent.freely(is_ratio, np.where(is_ratio, share * useful.gives, np.inf))
            found = descent.run(begun) if begun is not None else None
            if found is not None and found.paid < best.paid * (1.0 - GAIN):
                best = found
        return best

    def solved(self, program: Program) -> Float1D | None:
        """Return the best columns of a program, None where there are none."""
        found = run_whole(program, self.options, self.watch)
        if found.outcome.status != "infeasible" and (found.outcome.status != "optimal" or found.exact is None):
            self.is_settled = False
        return found.exact

    def stops(self) -> bool:
        """Whether the search has to end, which leaves it open."""
        if self.watch.must_stop:
            self.is_settled = False
            return True
        return False

    def rounding(self, elastic: Elastic) -> float:
        """Return what is no relaxation."""
        least = 1.0 if elastic.is_ratio else 1e-3 * self.options.amount
        return ROUNDING * max(abs(elastic.bound), least)

    def confirmed(self, found: _Found | None) -> tuple[Relaxation, ...]:
        """Return the relaxations of what was found, if the book relaxed by them has a plan; else none."""
        if found is None:
            return ()
        pairs = zip(found.elastics, found.place.gives, strict=True)
        moved = [(elastic, float(give)) for elastic, give in pairs if give > self.rounding(elastic)]
        for spare in (0.0, SPARE):
            relaxations = tuple(_relaxation(elastic, give, spare) for elastic, give in moved)
            if self.watch.must_stop:
                break
            self.watch.says("checking the way out", 1.0)
            if has_plan(feasibility(_relaxed(self.problem, self.build, relaxations)), self.options, self.watch):
                return relaxations
        self.is_settled = False
        return ()


@attrs.define(eq=False)
class _Descent:
    """Rounds of tangents, each at the plan of the last."""

    search: _Search
    build: Build
    elastics: Sequence[Elastic]
    start: Iterate
    kept_positive: set[int] = attrs.field(factory=set)

    def run(self, place: Iterate) -> _Found | None:
        """Return the best way found from a place on."""
        costs = np.array([elastic.cost for elastic in self.elastics])
        most = np.full(len(costs), np.inf)
        best: _Found | None = None
        for _ in range(ROUNDS):
            reached = self._step(place, costs, most)
            if reached is None:
                break
            place = reached
            paid = float(costs @ place.gives)
            if best is not None and not paid < best.paid * (1.0 - GAIN):
                if np.isfinite(most).all():
                    break
                place = best.place
                most = place.gives  # the tangent promised too much: from here on nothing may give more than it does
                continue
            best = _Found(self.elastics, place, paid)
            most = place.gives if np.isfinite(most).all() else most
            if not any(elastic.is_ratio for elastic in self.elastics):
                break
        return best

    def freely(self, free: Bool1D, most: Float1D) -> Iterate | None:
        """Return where the others give least if some give at no cost, none more than ``most``."""
        costs = np.where(free, 0.0, [elastic.cost for elastic in self.elastics])
        bounded = np.where(np.isfinite(most), most, 0.0)
        return self._step(Iterate(self.start.point, bounded), costs, most)

    def _step(self, place: Iterate, costs: Float1D, most: Float1D) -> Iterate | None:
        """Return the plan of the program of least relaxation, with what it really needs; None where there is none."""
        search = self.search
        while not search.stops():
            search.watch.says("looking for the cheapest way out")
            program = elastic_program(
                self.build, self.elastics, place, costs, most, self.kept_positive, search.options.amount
            )
            columns = search.solved(program.program)
            if columns is None:
                return None
            point = search.problem.point(program.program.plan(columns))
            gives, is_known = self._needed(program.gives(columns), point)
            undefined = {self.elastics[j].member.index for j in np.flatnonzero(~is_known).tolist()}
            if undefined <= self.kept_positive:
                return Iterate(point, gives) if is_known.all() else None
            self.kept_positive |= undefined
            place = self.start
        return None

    def _needed(self, gives: Float1D, point: Point) -> tuple[Float1D, Bool1D]:
        """Return what each has to give for a plan, and whether that is known: a ratio may have no value there."""
        is_known = np.ones(len(gives), dtype=np.bool_)
        for j, elastic in enumerate(self.elastics):
            if not elastic.is_ratio:
                continue
            reached = self.search.problem.limits[elastic.member.index].left.value(point)
            if np.isfinite(reached):
                gives[j] = max(elastic.sign * (elastic.bound - reached), 0.0)
            else:  # met where the plan holds none of the ratio's group
                is_known[j] = gives[j] <= self.search.rounding(elastic)
        return gives, is_known


def _relaxation(elastic: Elastic, give: float, spare: float) -> Relaxation:
    needed = elastic.bound - elastic.sign * give
    return Relaxation(elastic.member, elastic.bound, needed - elastic.sign * spare * max(abs(needed), give))


def _relaxed(problem: Problem, build: Build, relaxations: Sequence[Relaxation]) -> Build:
    """Return the program of a book with its bounds moved to what is needed."""
    limits, lower, upper = list(problem.limits), problem.sheet.lower.copy(), problem.sheet.upper.copy()
    for relaxation in relaxations:
        index = relaxation.member.index
        if relaxation.member.kind == "limit":
            moved = Affine(relaxation.needed - relaxation.bound)
            limits[index] = attrs.evolve(limits[index], right=add(limits[index].right, moved))
        else:
            (lower if relaxation.member.kind == "min" else upper)[index] = relaxation.needed
    return with_bounds(attrs.evolve(problem, limits=tuple(limits)), build, lower, upper)
