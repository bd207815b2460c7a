"""Convex quadratic programs by an interior point, ended at the active set that it finds.

Mehrotra's predictor and corrector lead to a point near the best plan whatever the goal's rank; the optimality
conditions of the bounds and rows that are reached there are then solved as equations, which gives prices to the last
digits. Nothing here is a proof: the certificate judges the answer.

References
----------
Mehrotra, S. (1992), On the implementation of a primal-dual interior point method, SIAM Journal on Optimization 2,
575–601. Stellato, B. et al. (2020), OSQP, Mathematical Programming Computation 12, 637–672 (section 4, polish).
"""

from collections.abc import Iterator

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D, Float2D
from xlalm.program.program import Program

MOST_STEPS = 100

MOST_CELLS = 25_000_000
"""Cells of the dense system of equations up to which the method is tried."""

SMALL = 1e-13
"""Scaled residual and product of prices and distances at which a point is good enough to end at."""

REGULAR = 1e-12
"""Added to the diagonal, so that a goal without a bend and rows that say the same leave one solution."""

PASSES, WIDE = 3, 10.0
"""Passes, each scaled by no more than so many times the largest balance that the one before found."""

BACK = 0.995
"""Share of the way to the nearest bound that a step goes."""


def interior_point(program: Program) -> Iterator[tuple[Float1D, Float1D]]:
    """Give columns (n_columns,) and row prices (n_rows,) in the goal's own sense, what is likelier proven first.

    Bounds much wider than the plan blur what is reached, so that a second pass is scaled by what the first one found.
    """
    most = np.inf
    for _ in range(PASSES):
        scaled = _Scaled.of(program, most)
        if scaled is None:
            return
        with np.errstate(all="ignore"):
            point = _followed(scaled)
            ended = None if point is None else _polished(scaled, point)
        for one in (ended, point):
            if one is not None and one.is_finite:
                columns, prices = scaled.unscaled(one)
                most = WIDE * float(np.abs(columns).max(initial=0.0)) or np.inf
                yield columns, prices


@attrs.frozen(eq=False)
class _Point:
    """Columns (n,), prices of rows (m,), and prices of lower and upper bounds (n,), all scaled; minimisation."""

    x: Float1D
    y: Float1D
    below: Float1D
    above: Float1D

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.x).all() and np.isfinite(self.y).all())


@attrs.frozen(eq=False)
class _Scaled:
    """min ½ x·Q x + c·x over A x = b and bounds; an inequality's activity is a column of its own, after the program's.

    ``free`` are the columns that can move, (n_free,); ``size`` (n,), ``row_size`` (m,) and ``goal`` undo the scaling.
    """

    program: Program
    hessian: Float2D
    cost: Float1D
    matrix: Float2D
    right: Float1D
    lower: Float1D
    upper: Float1D
    size: Float1D
    row_size: Float1D
    goal: float

    @classmethod
    def of(cls, program: Program, most: float) -> "_Scaled | None":
        m, n = program.n_rows, program.n_columns
        slack = np.flatnonzero(program.row_lower < program.row_upper)
        total = n + len(slack)
        if program.hessian is None or program.hessian_columns is None or (total + m) ** 2 > MOST_CELLS:
            return None
        size = np.ones(n)
        for bound in (program.lower, program.upper):
            size = np.maximum(size, np.where(np.isfinite(bound), np.abs(bound), 0.0))
        size = np.minimum(size, most)
        matrix = np.zeros((m, total))
        np.add.at(matrix, (program.row, program.index), program.value * size[program.index])
        row_size = np.abs(matrix).max(axis=1, initial=0.0)
        row_size[row_size == 0] = 1.0
        matrix /= row_size[:, None]
        matrix[slack, n + np.arange(len(slack))] = -1.0
        sign = -1.0 if program.maximise else 1.0
        hessian, at = np.zeros((total, total)), program.hessian_columns
        hessian[np.ix_(at, at)] = sign * program.hessian * np.outer(size[at], size[at])
        cost = np.append(sign * program.cost * size, np.zeros(len(slack)))
        goal = max(float(np.abs(cost).max()), float(np.abs(hessian).max())) or 1.0
        equal = np.where(program.row_lower == program.row_upper, program.row_lower, 0.0)
        return cls(
            program,
            hessian / goal,
            cost / goal,
            matrix,
            equal / row_size,
            np.append(program.lower / size, program.row_lower[slack] / row_size[slack]),
            np.append(program.upper / size, program.row_upper[slack] / row_size[slack]),
            size,
            row_size,
            goal,
        )

    def unscaled(self, point: _Point) -> tuple[Float1D, Float1D]:
        """Return columns and row prices of the program."""
        sign = -1.0 if self.program.maximise else 1.0
        columns = np.clip(point.x[: len(self.size)] * self.size, self.program.lower, self.program.upper)
        return columns, sign * self.goal * point.y / self.row_size


@attrs.frozen(eq=False)
class _Room:
    """Distances from the lower and upper bounds, (n,), infinite where there is none."""

    below: Float1D
    above: Float1D

    @classmethod
    def of(cls, scaled: _Scaled, x: Float1D) -> "_Room":
        return cls(x - scaled.lower, scaled.upper - x)


def _followed(scaled: _Scaled) -> _Point | None:
    """Return where the central path leads; None where the equations gave out at once."""
    lower, upper = scaled.lower, scaled.upper
    fixed = lower >= upper
    has_low, has_high = np.isfinite(lower) & ~fixed, np.isfinite(upper) & ~fixed
    both = has_low & has_high
    x = np.where(has_low, lower + 1.0, np.where(has_high, upper - 1.0, 0.0))
    x = np.where(both, 0.5 * (lower + upper), np.where(fixed, lower, x))
    point = _Point(x, np.zeros(len(scaled.right)), has_low.astype(float), has_high.astype(float))
    best: tuple[float, _Point] | None = None
    for _ in range(MOST_STEPS):
        room = _Room.of(scaled, point.x)
        dual = scaled.hessian @ point.x + scaled.cost - scaled.matrix.T @ point.y - point.below + point.above
        dual[fixed] = 0.0
        primal = scaled.right - scaled.matrix @ point.x
        gap = np.where(has_low, point.below * room.below, 0.0) + np.where(has_high, point.above * room.above, 0.0)
        mean = float(gap.sum()) / max(1, int(has_low.sum() + has_high.sum()))
        size = 1.0 + float(np.abs(point.x).max(initial=0.0))
        residual = max(float(np.abs(dual).max(initial=0.0)), float(np.abs(primal).max(initial=0.0)) / size, mean)
        if not np.isfinite(residual):
            break
        if best is None or residual < best[0]:
            best = residual, point
        if residual <= SMALL:
            break
        step = _Newton.of(scaled, point, room, (has_low, has_high, fixed), dual, primal)
        if step is None:
            break
        ahead = step.towards(0.0, None)
        length = _length(point, room, ahead)
        after = _moved(point, ahead, length)
        wide = _Room.of(scaled, after.x)
        left = np.where(has_low, after.below * wide.below, 0.0) + np.where(has_high, after.above * wide.above, 0.0)
        target = mean * min(1.0, max(float(left.sum()) / max(float(gap.sum()), 1e-300), 0.0)) ** 3
        way = step.towards(target, ahead)
        point = _moved(point, way, BACK * _length(point, room, way))
    return None if best is None else best[1]


@attrs.frozen(eq=False)
class _Newton:
    """The equations of one step, factored once for predictor and corrector."""

    scaled: _Scaled
    point: _Point
    room: _Room
    has_low: Bool1D
    has_high: Bool1D
    fixed: Bool1D
    dual: Float1D
    primal: Float1D
    inverse: Float2D

    @classmethod
    def of(
        cls,
        scaled: _Scaled,
        point: _Point,
        room: _Room,
        kinds: tuple[Bool1D, Bool1D, Bool1D],
        dual: Float1D,
        primal: Float1D,
    ) -> "_Newton | None":
        has_low, has_high, fixed = kinds
        n, m = len(point.x), len(point.y)
        weight = np.where(has_low, point.below / room.below, 0.0) + np.where(has_high, point.above / room.above, 0.0)
        system = np.zeros((n + m, n + m))
        system[:n, :n] = scaled.hessian
        system[np.arange(n), np.arange(n)] += weight + REGULAR
        system[:n, n:], system[n:, :n] = -scaled.matrix.T, scaled.matrix
        system[n + np.arange(m), n + np.arange(m)] = REGULAR
        system[:n][fixed] = 0.0
        system[np.flatnonzero(fixed), np.flatnonzero(fixed)] = 1.0
        try:
            inverse = np.asarray(np.linalg.inv(system), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return cls(scaled, point, room, has_low, has_high, fixed, dual, primal, inverse)

    def towards(self, target: float, ahead: _Point | None) -> _Point:
        """Return the step to a mean product of prices and distances; ``ahead`` is the predictor to correct by."""
        n, point, room = len(self.point.x), self.point, self.room
        low = target - (0.0 if ahead is None else ahead.x * ahead.below)
        high = target + (0.0 if ahead is None else ahead.x * ahead.above)
        to_low = np.where(self.has_low, low / room.below - point.below, 0.0)
        to_high = np.where(self.has_high, high / room.above - point.above, 0.0)
        wanted = -self.dual + to_low - to_high
        wanted[self.fixed] = 0.0
        way = self.inverse @ np.append(wanted, self.primal)
        x = way[:n]
        below = np.where(self.has_low, to_low - point.below / room.below * x, 0.0)
        above = np.where(self.has_high, to_high + point.above / room.above * x, 0.0)
        return _Point(x, way[n:], below, above)


def _moved(point: _Point, way: _Point, length: float) -> _Point:
    return _Point(
        point.x + length * way.x,
        point.y + length * way.y,
        point.below + length * way.below,
        point.above + length * way.above,
    )


def _length(point: _Point, room: _Room, way: _Point) -> float:
    """Return how far a step can go before a distance or a price becomes 0, at most 1."""
    length = 1.0
    for value, change in (
        (room.below, way.x),
        (room.above, -way.x),
        (point.below, way.below),
        (point.above, way.above),
    ):
        falls = change < 0
        length = min(length, float((value[falls] / -change[falls]).min(initial=np.inf)))
    return length


def _polished(scaled: _Scaled, point: _Point) -> _Point:
    """Return the solution of the optimality conditions with what the point has reached held: nearest to the point."""
    room = _Room.of(scaled, point.x)
    at_low = (point.below > room.below) | (scaled.lower >= scaled.upper)
    at_high = (point.above > room.above) & ~at_low
    held = at_low | at_high
    x = np.where(at_low, scaled.lower, np.where(at_high, scaled.upper, point.x))
    n, m, free = int((~held).sum()), len(point.y), np.flatnonzero(~held)
    system = np.zeros((n + m, n + m))
    system[:n, :n] = scaled.hessian[np.ix_(free, free)]
    system[:n, n:], system[n:, :n] = -scaled.matrix[:, free].T, scaled.matrix[:, free]
    slope = scaled.hessian @ x + scaled.cost - scaled.matrix.T @ point.y
    away = np.append(-slope[free], scaled.right - scaled.matrix @ x)
    way = np.linalg.lstsq(system, away, rcond=1e-13)[0] if n + m else away
    x[free] += way[:n]
    return _Point(x, point.y + way[n:], point.below, point.above)
