"""Linear programs that find what binds, and Newton's method on it: a few steps where a plan is mostly a vertex.

Within a trust region the linear program of the tangents says which rows and bounds are reached; Newton's method then
solves the optimality conditions with those held. Whichever of the two points lowers goal and violation together is
taken. What it does not settle is left to the general search.

References
----------
Byrd, R., Gould, N., Nocedal, J. and Waltz, R. (2004), An algorithm for nonlinear optimization using linear programming
and equality constrained subproblems, Mathematical Programming 100, 27–48.
"""

import attrs
import highspy
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.solver.highs.native import new_solver, run_solver
from xlalm.solver.nonlinear.scaled import Found, Prices, Scaled, newton

MAX_STEPS = 40
LEAST_RADIUS = 1e-9
FAR = 0.05
"""Promise, in units of the goal's scale, above which Newton's method would hold what will not bind in the end."""

STILL = 1e-12
"""Improvement that the linear program promises, at which a point is taken for stationary."""


@attrs.frozen(eq=False)
class _Step:
    """What the linear program of the tangents says: a step, its promise, and the prices without the trust region's.

    ``promise`` is what goal and weighed violation together would fall by if the tangents were the functions.
    """

    step: Float1D
    promise: float
    prices: Prices


class Tangents:
    """The linear program of the tangents, kept in HiGHS from point to point."""

    def __init__(self, scaled: Scaled) -> None:
        self._scaled = scaled
        self._solver = new_solver(
            {
                "threads": 1,
                "presolve": "off",
                "solver": "simplex",
                "primal_feasibility_tolerance": 1e-9,
                "dual_feasibility_tolerance": 1e-9,
            }
        )
        self._basis: highspy.HighsBasis | None = None

    def step(self, y: Float1D, radius: float, weight: float) -> _Step | None:
        """Return the best step within a radius; where the tangents cannot all hold there, one that breaks them least.

        Parameters
        ----------
        weight : what a unit of violation costs in units of the goal.
        """
        found = self._solve(y, radius, None)
        return found if found is not None else self._solve(y, radius, weight)

    def _solve(self, y: Float1D, radius: float, weight: float | None) -> _Step | None:
        scaled = self._scaled
        gradient, rows, jacobian = scaled.gradient(y), scaled.rows(y), scaled.jacobian(y)
        if not (np.isfinite(gradient).all() and np.isfinite(rows).all() and np.isfinite(jacobian).all()):
            return None
        low, high = np.maximum(scaled.lower - y, -radius), np.minimum(scaled.upper - y, radius)
        n, m, cost, matrix = len(y), len(rows), gradient, jacobian
        if weight is not None:  # every row may be missed on either side
            matrix = np.hstack([jacobian, np.eye(m), -np.eye(m)])
            cost = np.append(gradient, np.full(2 * m, weight))
            low, high = np.append(low, np.zeros(2 * m)), np.append(high, np.full(2 * m, np.inf))
        where, columns = np.nonzero(matrix)
        start = np.zeros(m + 1, dtype=np.int32)
        np.cumsum(np.bincount(where, minlength=m), out=start[1:])
        self._solver.passModel(
            len(cost),
            m,
            len(where),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            cost,
            low,
            high,
            scaled.low - rows,
            scaled.high - rows,
            start[:-1],
            columns.astype(np.int32),
            matrix[where, columns],
            np.zeros(len(cost), dtype=np.int32),
        )
        if weight is None and self._basis is not None:
            self._solver.setBasis(self._basis)
        run_solver(self._solver)
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        if weight is None:
            self._basis = self._solver.getBasis()
        found = self._solver.getSolution()
        step, reduced = np.array(found.col_value), np.array(found.col_dual)[:n]
        own = np.where(reduced > 0, low[:n] > -radius, high[:n] < radius)  # a bound of the model, not of the region
        prices = Prices(np.array(found.row_dual), np.where(own, reduced, 0.0), 0.0)
        return _Step(step[:n], -float(cost @ step), prices)


def stepped(scaled: Scaled, y: Float1D) -> Found:
    """Return where the steps lead from a start, with the prices of the rows where nothing was left to gain."""
    tangents, radius, weight = Tangents(scaled), 1.0, 1.0
    for count in range(1, MAX_STEPS + 1):
        found = tangents.step(y, radius, 10.0 * weight)
        if found is None:
            return Found(y, count)
        weight = max(weight, 2.0 * float(np.abs(found.prices.row).max(initial=0.0)))
        broken = scaled.breach(y)
        promise = found.promise + weight * broken
        if promise <= STILL or radius < LEAST_RADIUS:
            return Found(y, count, found.prices.row)
        here = scaled.value(y) + weight * broken
        trials = _trials(scaled, y, found, promise)
        reached = [scaled.value(trial) + weight * scaled.breach(trial) for trial in trials]
        best = int(np.nanargmin(reached)) if np.isfinite(reached).any() else 0
        gained = here - reached[best]
        if gained > 1e-4 * promise:
            moved = float(np.abs(trials[best] - y).max())
            if best == 0:
                radius = min(1.0, 2.0 * radius) if gained > 0.75 * promise else max(moved, radius / 2.0)
            else:
                radius = min(1.0, max(2.0 * moved, radius / 10.0, 1e-6))
            y = trials[best]
        else:
            radius = min(radius, float(np.abs(found.step).max())) / 4.0
    return Found(y, MAX_STEPS)


def _trials(scaled: Scaled, y: Float1D, found: _Step, promise: float) -> list[Float1D]:
    """Return the step, the part of it up to where its own curvature turns it, and Newton's point."""
    trials = [np.clip(y + found.step, scaled.lower, scaled.upper)]
    bend = scaled.hessian(y, 1.0, -found.prices.row)
    along = float(found.step @ bend @ found.step)
    if along > promise:
        trials.append(np.clip(y + promise / along * found.step, scaled.lower, scaled.upper))
    sharp = newton(scaled, y, found.prices, bend) if promise < FAR else None
    return trials if sharp is None else [*trials, sharp]
