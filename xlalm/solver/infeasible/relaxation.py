"""The cheapest way to make an infeasible book feasible: how far each limit or bound has to give.

Notes
-----
Relaxing a ratio N/D by s turns its row into N - (r - s)·D, a product of two unknowns. It is replaced by its tangent at
the last round's plan until nothing is gained: with one ratio that is Dinkelbach's iteration and the answer the
cheapest; with several no way is left that gives less everywhere.
"""

from collections.abc import Sequence

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, Point, add
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.solver.highs.run import Options, run
from xlalm.solver.infeasible.elastic import Elastic, elastic_bounds, elastic_limits, elastic_program
from xlalm.solver.infeasible.members import Member
from xlalm.solver.infeasible.trial import feasibility, has_plan, sized, with_bounds
from xlalm.solver.linear.whole import run_whole, with_whole_numbers

ROUNDS = 30
"""Rounds in which the relaxations of ratio limits are brought up to date."""

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


def cheapest_relaxation(model: Model, build: Build, options: Options, watch: Watch | None = None) -> WayOut:
    """Return the least relaxation that makes a plan possible.

    Minimises the sum of relative relaxations (or ``penalty`` times relaxation, where a limit has one). Limits give
    first; position bounds only where limits alone are not enough.
    """
    search = _Search(model, build, sized(options, model, build), watch or unwatched())
    limits = elastic_limits(model, build)
    relaxations = search.confirmed(search.least(build, limits))
    if not relaxations:
        relaxations = search.confirmed(search.least_with_bounds([*limits, *elastic_bounds(model)]))
    return WayOut(relaxations, search.is_settled)


@attrs.frozen(eq=False)
class _Found:
    """What gives by how much, (n_elastics,), the plan that becomes possible, and what it costs."""

    elastics: Sequence[Elastic]
    gives: Float1D
    point: Point
    paid: float


@attrs.define(eq=False)
class _Search:
    """The search; ``is_settled`` becomes False where something had to be left open."""

    model: Model
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
        lower, upper = self.model.sheet.lower.copy(), self.model.sheet.upper.copy()
        for elastic in elastics:
            if elastic.member.kind == "min":
                lower[elastic.member.index] = min(0.0, elastic.bound)
            elif elastic.member.kind == "max":
                upper[elastic.member.index] += spent / elastic.cost
        return with_bounds(self.model, self.build, lower, upper)

    def least(self, build: Build, elastics: Sequence[Elastic]) -> _Found | None:
        """Return the cheapest way by some members; None where they are not enough."""
        opening = self.model.sheet.opening
        costs = np.array([elastic.cost for elastic in elastics])
        start = Point.at(opening, opening), np.zeros(len(elastics))
        point, gives = start
        most, kept_positive = np.full(len(elastics), np.inf), set[int]()
        best: _Found | None = None
        for count in range(ROUNDS if elastics else 0):
            if self.watch.must_stop:
                self.is_settled = False
                break
            self.watch.says("looking for the cheapest way out", count / ROUNDS)
            program = elastic_program(build, elastics, gives, point, most, kept_positive, self.options.amount)
            columns = self._solved(program.program)
            if columns is None:
                break
            point = Point.at(columns[: len(opening)], opening)
            gives, is_known = self._needed(elastics, program.gives(columns), point)
            if not is_known.all():
                kept_positive |= {elastics[j].member.index for j in np.flatnonzero(~is_known).tolist()}
                point, gives = start
                continue
            paid = float(costs @ gives)
            if best is not None and paid >= best.paid * (1.0 - 1e-9):
                if np.isfinite(most).all():
                    break
                gives, point = best.gives, best.point
                most = gives  # the tangent promised too much: from here on nothing may give more than it does
                continue
            best = _Found(elastics, gives, point, paid)
            most = gives if np.isfinite(most).all() else most
            if all(elastic.denominator is None for elastic in elastics):
                break
        return best

    def _solved(self, program: Program) -> Float1D | None:
        answer = run_whole(program, self.options, self.watch.stop)
        self.is_settled = self.is_settled and answer.status in {"optimal", "infeasible"}
        if answer.columns is None or not program.is_mip:
            return answer.columns
        exact = run(with_whole_numbers(program, answer.columns), self.options, self.watch.stop)
        return answer.columns if exact.columns is None else exact.columns

    def _needed(self, elastics: Sequence[Elastic], gives: Float1D, point: Point) -> tuple[Float1D, Bool1D]:
        """Return what each has to give for a plan, and whether that is known: a ratio may have no value there."""
        is_known = np.ones(len(gives), dtype=np.bool_)
        for j, elastic in enumerate(elastics):
            if elastic.denominator is None:
                continue
            reached = self.model.limits[elastic.member.index].left.value(point)
            if np.isfinite(reached):
                gives[j] = max(elastic.sign * (elastic.bound - reached), 0.0)
            else:  # met where the plan holds none of the ratio's group
                is_known[j] = gives[j] <= self._rounding(elastic)
        return gives, is_known

    def _rounding(self, elastic: Elastic) -> float:
        least = 1.0 if elastic.denominator is not None else 1e-3 * self.options.amount
        return ROUNDING * max(abs(elastic.bound), least)

    def confirmed(self, found: _Found | None) -> tuple[Relaxation, ...]:
        """Return the relaxations of what was found, if the book relaxed by them has a plan; else none."""
        if found is None:
            return ()
        pairs = zip(found.elastics, found.gives, strict=True)
        moved = [(elastic, float(give)) for elastic, give in pairs if give > self._rounding(elastic)]
        for spare in (0.0, SPARE):
            relaxations = tuple(_relaxation(elastic, give, spare) for elastic, give in moved)
            if self.watch.must_stop:
                break
            self.watch.says("checking the way out", 1.0)
            if has_plan(feasibility(_relaxed(self.model, self.build, relaxations)), self.options, self.watch):
                return relaxations
        self.is_settled = False
        return ()


def _relaxation(elastic: Elastic, give: float, spare: float) -> Relaxation:
    needed = elastic.bound - elastic.sign * give
    return Relaxation(elastic.member, elastic.bound, needed - elastic.sign * spare * max(abs(needed), give))


def _relaxed(model: Model, build: Build, relaxations: Sequence[Relaxation]) -> Build:
    """Return the program of a book with its bounds moved to what is needed."""
    limits, lower, upper = list(model.limits), model.sheet.lower.copy(), model.sheet.upper.copy()
    for relaxation in relaxations:
        index = relaxation.member.index
        if relaxation.member.kind == "limit":
            moved = Affine(relaxation.needed - relaxation.bound)
            limits[index] = attrs.evolve(limits[index], right=add(limits[index].right, moved))
        else:
            (lower if relaxation.member.kind == "min" else upper)[index] = relaxation.needed
    return with_bounds(attrs.evolve(model, limits=tuple(limits)), build, lower, upper)
