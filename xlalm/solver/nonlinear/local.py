"""A local optimum of a nonlinear program from one point: a few steps, or scipy's search, then Newton's method.

References
----------
Kraft, D. (1988), A software package for sequential quadratic programming, DFVLR-FB 88-28 (SLSQP). Byrd, R., Hribar, M.
and Nocedal, J. (1999), An interior point algorithm for large-scale nonlinear programming, SIAM Journal on Optimization
9, 877–900 (trust-constr).
"""

import warnings
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.solver.nonlinear.functions import Functions, Matrix
from xlalm.solver.nonlinear.scaled import SETTLED, Found, Scaled, bends_up, polished
from xlalm.solver.nonlinear.steps import stepped

SMALL = 300
"""Free columns up to which SLSQP is used; beyond, trust-constr with exact second derivatives."""

MAX_ITERATIONS = 500
FEASIBLE = 1e-7
"""Largest scaled violation of a plan that is shown."""

ACCURACY = 1e-12


class SearchEndedError(Exception):
    """Time is up, or the user asked to stop."""


@attrs.frozen(eq=False)
class LocalOptimum:
    """A point and its prices.

    ``point`` (n_free,) and ``row_price`` (n_rows,) are in the book's units, prices in the goal's own sense.
    ``residual`` is the largest scaled violation of feasibility, stationarity and complementarity; ``is_settled`` says
    that it is small and that the second derivatives agree. ``found_by`` names the method.
    """

    point: Float1D
    goal: float
    row_price: Float1D
    residual: float
    violation: float
    is_settled: bool
    iterations: int
    found_by: str


def local_optimum(
    functions: Functions, start: Float1D, check: Callable[[], None], *, thorough: bool = True
) -> LocalOptimum:
    """Return what the steps, or else scipy, and Newton's method find from a start (n_free,).

    Parameters
    ----------
    check : called at every evaluation; raises SearchEndedError to end the search.
    thorough : whether scipy's search follows where the steps do not settle.
    """
    scaled = Scaled(functions, start, check)
    first = np.clip(start / scaled.column, scaled.lower, scaled.upper)
    tried: list[LocalOptimum] = []
    longer = ("SLSQP", slsqp) if len(start) <= SMALL else ("trust-constr", trust_region)
    for name, method in (("tangents", stepped), *([longer] if thorough else [])):
        ended = method(scaled, first)
        y, prices = polished(scaled, ended)
        settled = prices.residual <= SETTLED and bends_up(scaled, y, prices)
        local = LocalOptimum(
            point=y * scaled.column,
            goal=functions.at(y * scaled.column).goal,
            row_price=scaled.sign * prices.row * scaled.goal / scaled.row,
            residual=prices.residual,
            violation=scaled.violation(y),
            is_settled=settled,
            iterations=ended.iterations,
            found_by=name,
        )
        if settled:
            return local
        tried.append(local)
    return min(tried, key=lambda local: (local.violation > FEASIBLE, scaled.sign * local.goal))


def slsqp(scaled: Scaled, first: Float1D) -> Found:
    """Return where sequential least squares ends from a scaled point."""
    from scipy.optimize import Bounds, minimize

    equal = scaled.equal
    low, high = ~equal & np.isfinite(scaled.low), ~equal & np.isfinite(scaled.high)
    constraints: list[Any] = []
    if equal.any():
        constraints.append(
            {
                "type": "eq",
                "fun": lambda y: scaled.rows(y)[equal] - scaled.low[equal],
                "jac": lambda y: scaled.jacobian(y)[equal],
            }
        )
    if low.any() or high.any():

        def slack(y: Float1D) -> Float1D:
            rows = scaled.rows(y)
            return np.concatenate([rows[low] - scaled.low[low], scaled.high[high] - rows[high]])

        def slopes(y: Float1D) -> Matrix:
            jacobian = scaled.jacobian(y)
            return np.concatenate([jacobian[low], -jacobian[high]])

        constraints.append({"type": "ineq", "fun": slack, "jac": slopes})
    with np.errstate(all="ignore"):
        answer = minimize(
            scaled.value,
            first,
            jac=scaled.gradient,
            method="SLSQP",
            bounds=Bounds(scaled.lower, scaled.upper),
            constraints=constraints,
            options={"maxiter": MAX_ITERATIONS, "ftol": ACCURACY},
        )
    y = answer.x if np.isfinite(answer.x).all() else first
    return Found(np.asarray(y), int(answer.nit))


def trust_region(scaled: Scaled, first: Float1D) -> Found:
    """Return where the interior trust-region method ends from a scaled point."""
    from scipy.optimize import Bounds, LinearConstraint, NonlinearConstraint, OptimizeWarning, minimize

    bent = np.flatnonzero(scaled.functions.bent)
    straight = np.flatnonzero(~scaled.functions.bent)
    constraints: list[Any] = []
    if len(straight):
        matrix = scaled.jacobian(first)[straight]
        rest = scaled.rows(first)[straight] - matrix @ first
        constraints.append(LinearConstraint(matrix, scaled.low[straight] - rest, scaled.high[straight] - rest))
    if len(bent):

        def second(y: Float1D, prices: Float1D) -> Any:
            rows = np.zeros(len(scaled.low))
            rows[bent] = prices
            return scaled.hessian(y, 0.0, rows)

        constraints.append(
            NonlinearConstraint(
                lambda y: scaled.rows(y)[bent],
                scaled.low[bent],
                scaled.high[bent],
                jac=lambda y: scaled.jacobian(y)[bent],
                hess=second,  # type: ignore[arg-type]
            )
        )
    options: Any = {"maxiter": MAX_ITERATIONS, "gtol": 1e-9, "xtol": 1e-11, "barrier_tol": 1e-9}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", (OptimizeWarning, UserWarning))
        answer = minimize(  # type: ignore[call-overload]
            scaled.value,
            first,
            jac=scaled.gradient,
            hess=lambda y: scaled.hessian(y, 1.0, np.zeros(len(scaled.low))),
            method="trust-constr",
            bounds=Bounds(scaled.lower, scaled.upper),
            constraints=constraints,
            options=options,
        )
    return Found(np.asarray(answer.x), int(answer.nit))
