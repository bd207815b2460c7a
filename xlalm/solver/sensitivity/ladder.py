"""What a bound one and two steps looser or tighter, or a whole unit looser, does to the goal: solved again.

Notes
-----
Three answers need no solve: a bound that stays clear of the plan changes nothing; neither does relaxing one whose
price is 0, of whatever convex program (its multipliers stay optimal), so that steps beyond a plan with that price gain
what it gained; and within its regime (``Segment``) the basis itself says what a move is worth. Anything else is
solved: from the last basis in the program that stays in the solver, or anew where a move asks for binaries, lots, a
quadratic goal or a ratio as the goal.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs
import numpy as np

from xlalm.domain.limits import unit_size
from xlalm.domain.prices import Ladder, PriceRange
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, Point, add
from xlalm.model.model import Limit
from xlalm.model.standing import BINDING, step_of
from xlalm.program.limits import PlacedLimit
from xlalm.program.problem import Problem
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Options
from xlalm.solver.linear.basis import OpenBasis
from xlalm.solver.linear.netting import churning
from xlalm.solver.optimise import optimise
from xlalm.solver.sensitivity.moving import MovingLimit, Segment
from xlalm.solver.solution import Planned

MOST_LIMITS = 40
"""Limits that are solved again, the dearest and then the nearest first."""

MOST_COLUMNS = 100_000
"""Columns of all limits' programs together: of a large book fewer limits are solved again, but ``LEAST_LIMITS``."""

LEAST_LIMITS = 5

MOST_ANEW = 40
"""Solves from building to proof; together they take no longer than the book's time limit."""

NO_PLAN = "no plan"
NO_END = "no end"
NOT_PROVEN = "not proven"
TOO_MANY = "not solved again: too many limits are near"
ENOUGH = "not solved again for want of time:"
NONLINEAR = "not solved again: a nonlinear program"
_STEPS = ("one step", "two steps")


@attrs.frozen
class Found:
    """A change of the goal less penalties, > 0 for the better; None and why. ``is_last``: relaxing on gains no more."""

    change: float | None
    why: str = ""
    is_last: bool = False


NOTHING = Found(0.0, is_last=True)


def ladders(
    problem: Problem,
    solution: Planned,
    options: Options,
    watch: Watch | None = None,
    ranges: Mapping[int, PriceRange] | None = None,
    worths: Mapping[int, float] | None = None,
) -> dict[int, Ladder]:
    """Return the ladder of every enforced inequality by limit number; none for a ratio that the plan gives no value.

    Parameters
    ----------
    watch : stopped, the limits looked at so far are returned.
    ranges : where prices hold; a price of 0 on the side that relaxing moves to needs no solve.
    worths : worth of one unit by limit number, where it was found by solving again.
    """
    watch = watch or unwatched()
    moves = _Moves(problem, solution, options, watch, ranges or {}, worths or {})
    known = [_Rung.of(moves, k, limit) for k, limit in problem.enforced if limit.sense != "="]
    known = [rung for rung in known if math.isfinite(rung.headroom)]
    near = sorted(
        (rung for rung in known if rung.is_near),
        key=lambda rung: (-rung.price, rung.headroom / max(abs(rung.bound), 1e-12)),
    )
    found = {rung.k: rung.untouched() for rung in known if not rung.is_near}
    most = max(LEAST_LIMITS, min(MOST_LIMITS, MOST_COLUMNS // solution.program.n_columns))
    for at, rung in enumerate(near):
        if watch.must_stop:
            break
        watch.says(f"solving again with the bound of {rung.limit.name} moved", at / len(near))
        refused = NONLINEAR if solution.build.smooth_terms else TOO_MANY if at >= most else ""
        ladder = Ladder(rung.step, note=refused) if refused else rung.ladder()
        if not watch.must_stop:
            found[rung.k] = ladder
    return dict(sorted(found.items()))


@attrs.define(eq=False)
class _Moves:
    """A solved problem whose bounds are moved one at a time, and what was spent on solves anew."""

    problem: Problem
    solution: Planned
    options: Options
    watch: Watch
    ranges: Mapping[int, PriceRange]
    worths: Mapping[int, float]
    solves: int = 0
    seconds: float = 0.0

    @cached_property
    def opened(self) -> OpenBasis | None:
        """The optimal basis; None for integer, quadratic and nonlinear programs and for a ratio as the goal."""
        solution = self.solution
        if solution.basis is None or solution.vertex is None or solution.build.ratio is not None:
            return None
        return OpenBasis.of(solution.program, solution.vertex, solution.basis)

    @cached_property
    def point(self) -> Point:
        """The plan."""
        return self.problem.point(self.solution.plan)

    @cached_property
    def live(self) -> LiveProgram:
        """The program, kept in the solver."""
        return LiveProgram(self.solution.program, self.options, self.watch)

    @property
    def better(self) -> float:
        """+1 where more of the goal is better, -1 where less is."""
        return 1.0 if self.solution.build.maximise else -1.0

    def anew(self, k: int, by: float) -> Found:
        """Return the change of the goal where the bound of a limit moves by ``by``, from building to proof."""
        left = self.options.time_limit_s - self.seconds
        if self.solves >= MOST_ANEW or left <= 0.0:
            return Found(None, ENOUGH)
        limit, solution = self.problem.limits[k], self.solution
        moved = attrs.evolve(limit, right=add(limit.right, Affine(by)))
        limits = (*self.problem.limits[:k], moved, *self.problem.limits[k + 1 :])
        options = attrs.evolve(self.options, time_limit_s=left)
        again = optimise(attrs.evolve(self.problem, limits=limits), options, self.watch.quietly(), solution.basis)
        self.solves, self.seconds = self.solves + 1, self.seconds + again.seconds
        if isinstance(again, Planned):
            gained = self.better * (again.objective - solution.objective) - (again.penalty - solution.penalty)
            return Found(gained) if again.status == "optimal" else Found(None, NOT_PROVEN)
        why = {"infeasible": NO_PLAN, "unbounded": NO_END}.get(again.status, NOT_PROVEN)
        return Found(None, why)

    def kept(self, placed: PlacedLimit, k: int, by: float) -> Found:
        """Return the same from the program that stays in the solver."""
        live, build = self.live, self.solution.build
        live.move_bound(build, placed, by)
        answer, program = live.solve(with_basis=False), live.program
        if isinstance(answer, Answer) and answer.status == "optimal" and answer.row_dual is not None:
            if churning(build, program, answer.columns):
                return self.anew(k, by)
            before = self.solution.columns if self.solution.vertex is None else self.solution.vertex
            gained = self.better * (program.objective(answer.columns) - program.objective(before))
            return Found(gained, is_last=answer.row_dual[placed.row] == 0.0)
        return Found(None, NO_PLAN) if answer.status == "infeasible" else self.anew(k, by)


@attrs.frozen(eq=False)
class _Rung:
    """One limit of a ladder: where it stands, its step, and its price on the side that relaxing moves to."""

    moves: _Moves
    k: int
    limit: Limit
    bound: float
    headroom: float
    step: float
    price: float

    @classmethod
    def of(cls, moves: _Moves, k: int, limit: Limit) -> "_Rung":
        """Return a limit as it stands in the plan."""
        bound = limit.right.value(moves.point)
        headroom = (bound - limit.left.value(moves.point)) * (1.0 if limit.sense == "<=" else -1.0)
        placed, prices = moves.solution.build.limit_rows.get(k), moves.solution.row_dual
        price = 0.0 if placed is None or prices is None else abs(float(prices[placed.row]))
        return cls(moves, k, limit, bound, headroom, step_of(limit, bound), price)

    @property
    def is_near(self) -> bool:
        """Whether two steps tighter reach the plan, or relaxing may gain."""
        return self._binds or not self._clears(2 * self.step)

    @property
    def _binds(self) -> bool:
        lots = self.moves.solution.conditional and self.moves.worths.get(self.k) != 0.0
        return self.price > 0.0 or abs(self.headroom) <= BINDING * max(1.0, abs(self.bound)) or lots

    def _clears(self, by: float) -> bool:
        return self.headroom >= by

    def untouched(self) -> Ladder:
        """Return the ladder of a limit that no step reaches."""
        return Ladder(self.step, (0.0, 0.0), (0.0, 0.0), 0.0)

    def ladder(self) -> Ladder:
        """Return what each step does, the wider only as far as the narrower says nothing of it."""
        unit = unit_size(self.limit.unit)
        looser = self._looser(sorted({self.step, 2 * self.step, unit}))
        first = self._tighter(self.step)
        second = first if first.change is None else self._tighter(2 * self.step)
        self._put_back()
        sides = {"looser": (looser[self.step], looser[2 * self.step]), "tighter": (first, second)}
        notes = [
            f"{found.why} {_STEPS[at]} {side}"
            for side, pair in sides.items()
            for at, found in enumerate(pair)
            if found.why and not (at and pair[0].why == found.why)
        ]
        return Ladder(
            self.step, _rising(*sides["looser"]), _rising(*sides["tighter"]), looser[unit].change, "; ".join(notes)
        )

    def _looser(self, distances: Sequence[float]) -> dict[float, Found]:
        """Return what relaxing by each of several distances, in rising order, gains."""
        found: dict[float, Found] = {}
        last = NOTHING if not self._can_gain else None
        for by in distances:
            found[by] = last or self._worth_known(by) or self._change(self._away * by, 1.0)
            last = found[by] if found[by].is_last else last
        return found

    def _tighter(self, by: float) -> Found:
        """Return what tightening loses."""
        return NOTHING if self._clears(by) else self._change(-self._away * by, -1.0)

    def _worth_known(self, by: float) -> Found | None:
        """Return the gain where the worth of a whole unit, found before, says it."""
        worth, unit = self.moves.worths.get(self.k), unit_size(self.limit.unit)
        return Found(worth) if worth is not None and (by == unit or (worth == 0.0 and by < unit)) else None

    @property
    def _away(self) -> float:
        return 1.0 if self.limit.sense == "<=" else -1.0

    @property
    def _can_gain(self) -> bool:
        """Whether relaxing may gain: not where a convex program has a price of 0."""
        if self.moves.solution.conditional or self.moves.solution.row_dual is None:
            return True
        held = self.moves.ranges.get(self.k)
        relaxed = None if held is None else held.above if self.limit.sense == "<=" else held.below
        return self.price > 0.0 and relaxed != 0.0

    def _change(self, by: float, sign: float) -> Found:
        """Return the change of the goal for a move of the bound; ``sign`` -1 counts losses."""
        found = self._moved(by)
        return found if found.change is None else attrs.evolve(found, change=max(0.0, sign * found.change))

    def _moved(self, by: float) -> Found:
        placed, segment = self._placed, self._segment
        if placed is None or self.moves.opened is None:
            return self.moves.anew(self.k, by)
        target = self.bound + by
        if segment is not None and segment.low <= target <= segment.high:
            ends = segment.objective_at(np.array([target, segment.base]))
            return Found(self.moves.better * float(ends[0] - ends[1]))
        bends = placed.denominator is not None and not isinstance(placed.denominator, Affine)
        if bends and (placed.denominator_form is None or target * self.bound <= 0):
            return self.moves.anew(self.k, by)
        return self.moves.kept(placed, self.k, by)

    def _put_back(self) -> None:
        """Leave the bound in the solver as it is written."""
        if self._placed is not None and self.moves.opened is not None:
            self.moves.live.move_bound(self.moves.solution.build, self._placed, 0.0)

    @property
    def _placed(self) -> PlacedLimit | None:
        return self.moves.solution.build.limit_rows.get(self.k)

    @cached_property
    def _segment(self) -> Segment | None:
        """The regime of the plan's own basis, from which a move inside it is read; None where it says nothing."""
        placed, opened, solution = self._placed, self.moves.opened, self.moves.solution
        if placed is None or opened is None or (placed.denominator is not None and placed.denominator_form is None):
            return None
        size, bound = opened.program.largest_amount(opened.point, 0.0), self.bound
        moving = MovingLimit(solution.build, self.limit, placed, bound, size, self.moves.live, looks_on=False)
        found = moving.segment(opened, bound)
        return None if moving.churning(found) else found


def _rising(near: Found, far: Found) -> tuple[float | None, float | None]:
    """Return two steps as numbers: the second is never less than the first, whatever the rounding."""
    first, second = near.change, far.change
    return first, second if first is None or second is None else max(first, second)
