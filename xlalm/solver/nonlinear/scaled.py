"""A nonlinear program in units of about one, its optimality conditions, and Newton's method on them.

References
----------
Nocedal, J. and Wright, S. (2006), Numerical Optimization, 2nd ed., chapters 12 and 18.
"""

from collections.abc import Callable

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D
from xlalm.solver.nonlinear.functions import Functions, Matrix

POLISHES = 12
NEAR = (1e-6, 1e-4, 1e-9)
"""Scaled distances within which a row or bound counts as reached, tried in turn."""

SETTLED = 1e-9
"""Scaled residual of the optimality conditions at which a point is a local optimum."""

HOPELESS = 1e-2
"""Scaled violation beyond which prices say nothing."""

LARGE = 300
"""Columns beyond which only the quicker way to prices is tried."""

NEARBY = 0.1
"""Longest scaled step that still sharpens a point; a longer one leads to another, perhaps to a saddle."""

WELL = 1e-10
"""Scaled residual at which a search's own prices need no sharpening."""

ROUNDING = 1e-13
"""Scaled residual that cannot be bettered."""

FLAT = 1e-10
"""Added to second derivatives, so that columns that nothing bends leave the system regular."""


@attrs.frozen(eq=False)
class Prices:
    """Multipliers at a point in scaled units, in the sense of minimisation; ``residual`` is what they leave over."""

    row: Float1D
    bound: Float1D
    residual: float


@attrs.frozen(eq=False)
class Found:
    """Where a search ended, scaled, its iterations and, where it knows them, the prices of the rows."""

    point: Float1D
    iterations: int
    row_price: Float1D | None = None


class Scaled:
    """Functions with columns in [0, 1] where they have finite bounds, rows and goal with slopes of about one."""

    def __init__(self, functions: Functions, start: Float1D, check: Callable[[], None]) -> None:
        self.functions, self._check = functions, check
        program = functions.program
        self.column = column_scale(functions.lower, functions.upper, start)
        at = functions.at(start)
        self.row = _sizes(np.abs(at.jacobian * self.column).max(axis=1, initial=0.0))
        self.goal = float(_sizes(np.abs(at.gradient * self.column).max(initial=0.0, keepdims=True))[0])
        self.sign = -1.0 if program.maximise else 1.0
        self.low, self.high = program.row_lower / self.row, program.row_upper / self.row
        self.equal = self.low == self.high
        self.lower, self.upper = functions.lower / self.column, functions.upper / self.column

    def value(self, y: Float1D) -> float:
        """Return the goal to be minimised."""
        self._check()
        return self.sign * self.functions.at(y * self.column).goal / self.goal

    def gradient(self, y: Float1D) -> Float1D:
        """Return its gradient."""
        return np.asarray(self.sign * self.functions.at(y * self.column).gradient * self.column / self.goal)

    def rows(self, y: Float1D) -> Float1D:
        """Return the rows."""
        return np.asarray(self.functions.at(y * self.column).rows / self.row)

    def jacobian(self, y: Float1D) -> Matrix:
        """Return the rows' derivatives."""
        return np.asarray(self.functions.at(y * self.column).jacobian * self.column / self.row[:, None])

    def hessian(self, y: Float1D, goal: float, rows: Float1D) -> Matrix:
        """Return the second derivative of goal·value + rows·rows."""
        found = self.functions.hessian(y * self.column, self.sign * goal / self.goal, rows / self.row)
        return np.asarray(found * np.outer(self.column, self.column))

    def breach(self, y: Float1D) -> float:
        """Return the sum of broken rows; NaN where they are not defined."""
        rows = self.rows(y)
        return float(np.maximum(np.maximum(self.low - rows, rows - self.high), 0.0).sum())

    def violation(self, y: Float1D) -> float:
        """Return the largest broken row or bound."""
        rows = self.rows(y)
        gaps = np.concatenate([self.low - rows, rows - self.high, self.lower - y, y - self.upper])
        return float(gaps.max(initial=0.0)) if np.isfinite(rows).all() else np.inf


def column_scale(lower: Float1D, upper: Float1D, start: Float1D) -> Float1D:
    """Return the size of each column: the width of its bounds, else that of its value."""
    width = upper - lower
    typical = max(1.0, float(np.abs(start).max(initial=0.0)))
    return np.asarray(np.where(np.isfinite(width) & (width > 0), width, np.maximum(np.abs(start), 0.1 * typical)))


def _sizes(values: Float1D) -> Float1D:
    return np.where(np.isfinite(values) & (values > 0), values, 1.0)


# --- Newton on the optimality conditions ---------------------------------------------------------------


@attrs.frozen(eq=False)
class _Reached:
    """Masks of rows (n_rows,) at their lower and upper bound, and of columns (n_free,) at their min and max."""

    low: Bool1D
    high: Bool1D
    least: Bool1D
    most: Bool1D

    @classmethod
    def of(cls, scaled: Scaled, y: Float1D, near: float) -> "_Reached":
        rows = scaled.rows(y)
        return cls(
            low=rows <= scaled.low + near,
            high=rows >= scaled.high - near,
            least=y <= scaled.lower + near,
            most=y >= scaled.upper - near,
        )


def prices_at(scaled: Scaled, y: Float1D, near: float) -> Prices:
    """Return the multipliers that leave least of the goal's gradient over, and what they leave."""
    from scipy.optimize import nnls

    at = _Reached.of(scaled, y, near)
    gradient, jacobian = scaled.gradient(y), scaled.jacobian(y)
    none = Prices(np.zeros(len(jacobian)), np.zeros(len(y)), np.inf)
    if not np.isfinite(jacobian).all() or not np.isfinite(gradient).all() or scaled.violation(y) > HOPELESS:
        return none
    count = int(at.low.sum())
    held = np.concatenate([jacobian[at.low], -jacobian[at.high]])
    inside = ~(at.least | at.most)  # there the goal's slope must be the rows' alone; at a bound only its sign counts
    best = none
    unit = np.eye(len(y))
    for directions, target in (
        (held[:, inside], gradient[inside]),
        (np.concatenate([held, unit[at.least], -unit[at.most]]), gradient),
    ):
        sizes = nnls(directions.T, target, maxiter=30 * len(directions) + 100)[0] if directions.size else np.zeros(0)
        sizes = np.append(sizes, np.zeros(max(0, len(held) - len(sizes))))
        row = np.zeros(len(jacobian))
        row[at.low] += sizes[:count]
        row[at.high] -= sizes[count : len(held)]
        found = _judged(scaled, y, row)
        if found.residual < best.residual:
            best = found
        if best.residual <= SETTLED or len(y) > LARGE:
            break
    return best


def _judged(scaled: Scaled, y: Float1D, row: Float1D) -> Prices:
    """Return prices of rows with those of bounds that go with them, and what they leave over."""
    reduced, rows = scaled.gradient(y) - row @ scaled.jacobian(y), scaled.rows(y)
    worst = scaled.violation(y)
    for price, value, low, high in ((row, rows, scaled.low, scaled.high), (reduced, y, scaled.lower, scaled.upper)):
        room = np.where(price > 0, value - low, high - value)
        worst = max(worst, float((np.abs(price) * np.clip(room, 0.0, 1.0)).max(initial=0.0)))
    room = np.where(reduced > 0, y - scaled.lower, scaled.upper - y)
    return Prices(row, np.where(room <= max(NEAR), reduced, 0.0), worst)


def polished(scaled: Scaled, found: Found) -> tuple[Float1D, Prices]:
    """Sharpen what a search found by Newton's method on the rows and bounds that carry a price."""
    y = np.clip(found.point, scaled.lower, scaled.upper)
    if found.row_price is not None:
        given = _judged(scaled, y, found.row_price)
        if given.residual <= WELL:
            return y, given
    best = _best_prices(scaled, y)
    for _ in range(POLISHES):
        if best.residual <= ROUNDING:
            break
        moved = newton(scaled, y, best)
        if moved is None or np.abs(moved - y).max(initial=0.0) > NEARBY:
            break
        sharper = _best_prices(scaled, moved)
        if not sharper.residual < best.residual:
            break
        y, best = moved, sharper
    return y, best


def _best_prices(scaled: Scaled, y: Float1D) -> Prices:
    best = prices_at(scaled, y, NEAR[0])
    for near in NEAR[1:]:
        if best.residual <= SETTLED:
            break
        best = min(best, prices_at(scaled, y, near), key=lambda prices: prices.residual)
    return best


@attrs.frozen(eq=False)
class _Held:
    """What carries a price: ``rows`` held at ``target``, columns moved by ``move`` to their ends; the rest is loose."""

    rows: Bool1D
    target: Float1D
    loose: Bool1D
    move: Float1D
    jacobian: Matrix
    bend: Matrix


def _held(scaled: Scaled, y: Float1D, prices: Prices, bend: Matrix | None = None) -> _Held:
    price = 1e-9 * max(1.0, float(np.abs(prices.row).max(initial=0.0)))
    rows = scaled.equal | (np.abs(prices.row) > price)
    loose = np.abs(prices.bound) <= price
    move = np.where(loose, 0.0, np.where(prices.bound > 0, scaled.lower, scaled.upper) - y)
    jacobian = scaled.jacobian(y)
    rows &= jacobian[:, loose].any(axis=1)  # rows of held columns only say nothing about the others
    target = np.where(scaled.equal | (prices.row > 0), scaled.low, scaled.high)
    bend = scaled.hessian(y, 1.0, -prices.row) if bend is None else bend
    return _Held(rows, target, loose, move, jacobian[rows], bend)


def newton(scaled: Scaled, y: Float1D, prices: Prices, bend: Matrix | None = None) -> Float1D | None:
    """Return where one step of Newton's method leads with everything that carries a price held; None where nowhere.

    Parameters
    ----------
    bend : the second derivatives at these prices, where they are known already.
    """
    held = _held(scaled, y, prices, bend)
    loose, count = held.loose, len(held.jacobian)
    size = int(loose.sum())
    system = np.zeros((size + count, size + count))
    system[:size, :size] = held.bend[loose][:, loose]
    system[np.arange(size), np.arange(size)] += FLAT
    system[size:, :size] = held.jacobian[:, loose]
    system[:size, size:] = system[size:, :size].T
    off = (held.target - scaled.rows(y))[held.rows] - held.jacobian @ held.move
    right = np.concatenate([-(scaled.gradient(y) + held.bend @ held.move)[loose], off])
    if not np.isfinite(system).all() or not np.isfinite(right).all():
        return None
    try:
        step = np.linalg.solve(system, right)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(system, right)[0]
    if not np.isfinite(step).all():
        return None
    moved = y + held.move
    moved[loose] += step[:size]
    return np.clip(moved, scaled.lower, scaled.upper)


def bends_up(scaled: Scaled, y: Float1D, prices: Prices) -> bool:
    """Whether the second derivatives let a stationary point be a local optimum: no descent where prices are nil."""
    held = _held(scaled, y, prices)
    if not np.isfinite(held.bend).all() or not np.isfinite(held.jacobian).all():
        return False
    bend, jacobian = held.bend[held.loose][:, held.loose], held.jacobian[:, held.loose]
    if len(jacobian):
        directions, triangle = np.linalg.qr(jacobian.T, mode="complete")
        sizes = np.abs(np.diag(triangle))
        if (sizes <= 1e-10 * sizes.max(initial=0.0)).any():  # rows repeat each other: the slower way finds the rank
            _, sizes, rest = np.linalg.svd(jacobian)
            directions = rest.T
        inside = directions[:, int((sizes > 1e-10 * sizes.max(initial=0.0)).sum()) :]
        bend = inside.T @ bend @ inside
    values = np.linalg.eigvalsh(bend)
    return bool(values.min(initial=0.0) >= -1e-7 * max(1.0, float(np.abs(values).max(initial=0.0))))
