"""The best goal over a grid of two limits' bounds: hundreds of variants of one program for a handful of solves.

Notes
-----
Bounds of amounts, and position bounds scaled along with one of them, are right-hand sides: a basis that is optimal at
one grid point is optimal at every other where its plan, which is affine in the two bounds, keeps all bounds. Where a
combination of rows proves that there is no plan, the same combination proves it wherever its gap, affine too, is open.
So one point is solved, its basis (or proof) is held against all points not settled yet, and the next of those is
solved. The bound of a ratio stands in the matrix: its levels are gone through one by one, from the last basis.
"""

from collections.abc import Callable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Bool1D, Float1D, Float2D
from xlalm.domain.watch import Watch, unwatched
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.program.problem import Problem
from xlalm.program.program import Basis, Program
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Options, Outcome
from xlalm.solver.linear.basis import factors_of_basis
from xlalm.solver.linear.netting import basic_both_ways, churning, refusal, refuse_endless_churning
from xlalm.solver.sensitivity.frontier import linear_build, one_linear_program
from xlalm.solver.solution import holds_nothing

AT_UPPER = 2
"""Status code of what stands at its upper bound, as HiGHS counts."""

NEAR = 1e-9
"""Relative error by which a plan may pass a bound: the solver's own tolerance."""

LARGEST_DENSE = 1_000_000
"""Rows times columns up to which the matrix is held dense."""

CHUNK = 4_000_000
"""Figures held at once while bases are compared with points."""


@attrs.frozen(eq=False)
class Surface:
    """The best goal over a grid: ``objective`` (len(first), len(second)), NaN where there is no plan.

    ``unbounded`` marks points whose goal has no end. ``solves`` counts the points that needed the solver.
    """

    first: Float1D
    second: Float1D
    objective: Float2D
    unbounded: NDArray[np.bool_]
    solves: int


def surface(
    model: Model,
    numbers: tuple[int, int],
    first: Float1D,
    second: Float1D,
    options: Options,
    *,
    scale_bounds: bool = False,
    watch: Watch | None = None,
) -> Surface:
    """Return the best goal over a grid of the written bounds of two limits.

    Parameters
    ----------
    numbers : the two limits; both are enforced as hard ones whatever the book says.
    first, second : their bounds, ascending.
    scale_bounds : min and max of every position move in proportion to the second bound.

    Raises
    ------
    Refused
        For a book that is not one linear program, or a limit without a bound of its own.
    Refused
        Where it is stopped, or the solver leaves a point open: a blank would look like a point without a plan.
    """
    watch = watch or unwatched()
    problem, (a, b) = one_linear_program(model, numbers)
    grid = _grid(problem, numbers, (a, b), first, second, options, watch, scale_bounds=scale_bounds)
    found = grid.filled()
    if not grid.met_empty:
        return found
    kept = _grid(problem.keeping_assets(), numbers, (a, b), first, second, options, watch, scale_bounds=scale_bounds)
    none = np.isnan(kept.filled().objective) & ~found.unbounded
    return attrs.evolve(found, objective=np.where(none, np.nan, found.objective), solves=found.solves + kept.solves)


def _grid(
    problem: Problem,
    numbers: tuple[int, int],
    written: tuple[float, float],
    first: Float1D,
    second: Float1D,
    options: Options,
    watch: Watch,
    *,
    scale_bounds: bool,
) -> "_Grid":
    """Return the surface of a problem, to be filled."""
    build, (_, b) = linear_build(problem, numbers), written
    if scale_bounds and (build.limit_rows[numbers[1]].denominator is not None or b == 0):
        limit = problem.limits[numbers[1]]
        reason = f'position bounds cannot be scaled with "{limit.name}", whose bound is not an amount above 0'
        raise Refused(limit.cell, reason, "give as the second limit one on an amount, such as total capital")
    # presolve proves without leaving a ray
    live = LiveProgram(build.program, attrs.evolve(options, presolve=False), watch)
    return _Grid(build, numbers, written, first, second, scale_bounds, live, options, watch)


@attrs.frozen(eq=False)
class _Family:
    """Bounds of rows and columns as affine functions of (1, first bound, second bound), each (…, 3)."""

    row_lower: Float2D
    row_upper: Float2D
    lower: Float2D
    upper: Float2D

    def at(self, point: Float1D) -> tuple[Float1D, Float1D, Float1D, Float1D]:
        """Return all bounds at one point (1, first, second)."""
        return self.row_lower @ point, self.row_upper @ point, self.lower @ point, self.upper @ point


@attrs.define(eq=False)
class _Grid:
    """A surface being filled; ``met_empty``: a plan was met that holds nothing."""

    build: Build
    numbers: tuple[int, int]
    written: tuple[float, float]
    first: Float1D
    second: Float1D
    scale_bounds: bool
    live: LiveProgram
    options: Options
    watch: Watch
    solves: int = 0
    settled: int = 0
    met_empty: bool = False

    def filled(self) -> Surface:
        """Settle every point."""
        shape = (len(self.first), len(self.second))
        objective, unbounded = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
        for i, j in self._levels():
            a, b = np.meshgrid(self.first[i], self.second[j], indexing="ij")
            points = np.stack([np.ones(a.size), a.ravel(), b.ravel()])
            value, endless = self._settle(points)
            objective[i, j], unbounded[i, j] = value.reshape(a.shape), endless.reshape(a.shape)
        return Surface(self.first, self.second, objective, unbounded, self.solves)

    def _check(self) -> None:
        if self.watch.must_stop:
            text = "stopped before every point of the surface was solved"
            raise Refused(None, text, "run it to the end, or ask for fewer points (nothing was written)")

    def _levels(self) -> Iterator[tuple[slice, slice]]:
        """Put the bounds of ratios into the matrix, level by level, and return which points each level holds."""
        ratio = [self.build.limit_rows[k].denominator is not None for k in self.numbers]
        for i in range(len(self.first)) if ratio[0] else (-1,):
            if i >= 0:
                self._put(0, float(self.first[i]))
            for j in range(len(self.second)) if ratio[1] else (-1,):
                if j >= 0:
                    self._put(1, float(self.second[j]))
                yield slice(i, i + 1) if i >= 0 else slice(None), slice(j, j + 1) if j >= 0 else slice(None)

    def _put(self, which: int, bound: float) -> None:
        placed = self.build.limit_rows[self.numbers[which]]
        self.live.move_bound(self.build, placed, bound - self.written[which])

    def _family(self) -> _Family:
        """Return the bounds of the program as it stands in the solver, as functions of the two bounds."""
        program = self.build.program
        family = _Family(*(_constant(v) for v in (self.live.program.row_lower, self.live.program.row_upper)),
                         *(_constant(v) for v in (program.lower, program.upper)))  # fmt: skip
        for which, number in enumerate(self.numbers):
            placed = self.build.limit_rows[number]
            if placed.denominator is None:
                for own, original in ((family.row_lower, program.row_lower), (family.row_upper, program.row_upper)):
                    if np.isfinite(original[placed.row]):
                        own[placed.row] = 0.0
                        own[placed.row, 0] = original[placed.row] - self.written[which]
                        own[placed.row, 1 + which] = 1.0
        if self.scale_bounds:
            stock = program.layout.block("stock").columns
            for own, original in ((family.lower, program.lower), (family.upper, program.upper)):
                scaled = stock[np.isfinite(original[stock])]
                own[scaled] = 0.0
                own[scaled, 2] = original[scaled] / self.written[1]
        return family

    def _settle(self, points: Float2D) -> tuple[Float1D, Bool1D]:
        """Return the best goal at points (3, n) and whether it has no end; NaN where there is no plan."""
        family, program = self._family(), self.live.program
        value, endless = np.full(points.shape[1], np.nan), np.zeros(points.shape[1], dtype=np.bool_)
        open_points, product = np.arange(points.shape[1]), _product(program)
        while len(open_points):
            self._check()
            total = len(self.first) * len(self.second)
            self.watch.says(f"{self.settled:,} of {total:,} points settled", self.settled / total)
            here = open_points[len(open_points) // 2]  # amid its region it settles more than at the region's edge
            answer = self._solved_at(family, points[:, here])
            settled = open_points == here
            if isinstance(answer, Answer) and answer.status == "optimal":
                value[here] = program.objective(answer.columns)
                self.met_empty = self.met_empty or holds_nothing(self.build.builder.sheet, program.plan(answer.columns))
                at_fault = churning(self.build, self.live.program, answer.columns)
                if at_fault:
                    raise refusal(self.build, at_fault[0])
                plan = self._plan(product, family, answer)
                if plan is not None:
                    same = plan.keeps_bounds(points[:, open_points])
                    value[open_points[same & ~settled]] = plan.goal @ points[:, open_points[same & ~settled]]
                    settled |= same
            elif answer.status == "infeasible":
                settled |= _also_infeasible(program, family, self.live.ray(), points[:, open_points], settled)
            elif answer.status == "unbounded":
                refuse_endless_churning(self.build, self.live.program, answer, self.options, self.watch)
                self._check()
                endless[here] = True
            else:
                self._check()
                a, b = points[1:, here]
                text = f"no answer at the bounds {a:g} and {b:g} ({answer.text})"
                cure = "raise time_limit_s in Settings"
                raise Refused(None, text, cure)
            self.settled += int(settled.sum())
            open_points = open_points[~settled]
        return value, endless

    def _plan(self, product: Callable[[Float2D], Float2D], family: _Family, answer: Answer) -> "_Plan | None":
        """Return the plan of an answer's basis; None where it says nothing about other points.

        A basis with growth and reduction of one position could hold both at once elsewhere.
        """
        if answer.basis is None or len(basic_both_ways(self.build, answer.basis)):
            return None
        return _Plan.of(self.live.program, product, family, answer.basis)

    def _solved_at(self, family: _Family, point: Float1D) -> Outcome:
        self.solves += 1
        self.live.put_bounds(*family.at(point))
        return self.live.solve()


def _constant(values: Float1D) -> Float2D:
    return np.stack([values, np.zeros(len(values)), np.zeros(len(values))], axis=1)


@attrs.frozen(eq=False)
class _Plan:
    """One basis over all bounds: ``slacks`` (n, 3) are >= 0 where its plan keeps them, ``goal`` (3,) is its worth."""

    slacks: Float2D
    size: Float1D
    goal: Float1D

    @classmethod
    def of(
        cls, program: Program, product: Callable[[Float2D], Float2D], family: _Family, basis: Basis
    ) -> "_Plan | None":
        """Return the plan of a basis; None where it is singular."""
        found = factors_of_basis(program, basis)
        if found is None:
            return None
        columns, rows, factors = found
        standing = np.where((basis.column == AT_UPPER)[:, None], family.upper, family.lower)
        standing = np.where(np.isfinite(standing[:, :1]), standing, 0.0)  # free and nonbasic: at zero
        standing[columns] = 0.0
        held = np.where((basis.row == AT_UPPER)[:, None], family.row_upper, family.row_lower)[rows]
        rest = held - product(standing)[rows]
        for k in range(3):
            standing[columns, k] = factors.columns_for(rest[:, k])
        activity = product(standing)
        free = basis.basic_rows
        parts = [
            standing[columns] - family.lower[columns],
            family.upper[columns] - standing[columns],
            activity[free] - family.row_lower[free],
            family.row_upper[free] - activity[free],
        ]
        sizes = [standing[columns], standing[columns], activity[free], activity[free]]
        slacks, size = np.concatenate(parts), np.abs(np.concatenate(sizes)[:, 0])
        finite = np.isfinite(slacks[:, 0])
        goal = program.cost @ standing + np.array([program.offset, 0.0, 0.0])
        return cls(slacks[finite], NEAR * np.maximum(1.0, size[finite]), goal)

    def keeps_bounds(self, points: Float2D) -> Bool1D:
        """Return where the plan keeps every bound, (n_points,)."""
        kept = np.ones(points.shape[1], dtype=np.bool_)
        step = max(1, CHUNK // max(1, len(self.slacks)))
        for start in range(0, points.shape[1], step):
            part = slice(start, start + step)
            kept[part] = (self.slacks @ points[:, part] >= -self.size[:, None]).all(axis=0)
        return kept


def _product(program: Program) -> Callable[[Float2D], Float2D]:
    """Return what multiplies A by several columns at once, (n_columns, k) to (n_rows, k)."""
    rows = program.row
    if program.n_rows * program.n_columns <= LARGEST_DENSE:
        matrix = np.zeros((program.n_rows, program.n_columns))
        np.add.at(matrix, (rows, program.index), program.value)
        return lambda columns: np.asarray(matrix @ columns)

    def product(columns: Float2D) -> Float2D:
        terms = program.value[:, None] * columns[program.index]
        return np.stack([np.bincount(rows, term, program.n_rows) for term in terms.T], axis=1)

    return product


def _also_infeasible(program: Program, family: _Family, ray: Float1D | None, points: Float2D, here: Bool1D) -> Bool1D:
    """Return the points at which a combination of rows proves that there is no plan, as it does at ``here``."""
    if ray is None:
        return here
    for rows in (ray, -ray):
        columns = program.transpose_product(rows)
        columns[np.abs(columns) <= 1e-9 * float(np.abs(rows).max(initial=0.0))] = 0.0
        # least that the rows allow, less the most that the columns can give: open where it is > 0
        gap = np.zeros(3)
        for weight, low, high in ((rows, family.row_lower, family.row_upper), (-columns, family.lower, family.upper)):
            used = np.flatnonzero(weight)
            bounds = np.where((weight[used] > 0)[:, None], low[used], high[used])
            gap = gap + (weight[used] @ bounds if np.isfinite(bounds).all() else np.array([-np.inf, 0.0, 0.0]))
        value = gap @ points
        size = 1e-7 * max(1.0, float(np.abs(gap[:1]).max()) if np.isfinite(gap[0]) else 1.0)
        if np.isfinite(gap[0]) and (value[here] > size).all():
            return np.asarray(value > size)
    return here
