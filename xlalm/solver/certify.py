"""Proof of a solution outside the solver: feasibility, prices, complementary slackness and gap."""

import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.program.program import Program
from xlalm.solver.solution import Certificate

TOLERANCE = 1e-6

LEAST = 1e-6
"""Share of the largest amount that every amount counts as at least: below it the sums of doubles round."""


def certify(
    program: Program,
    columns: Float1D,
    row_dual: Float1D | None,
    *,
    gap: float = 0.0,
    objective_difference: float = 0.0,
    tolerance: float = TOLERANCE,
) -> Certificate:
    """Check a point and its prices against the program.

    Parameters
    ----------
    columns : (n_columns,) the point, in the book's unit.
    row_dual : (n_rows,) derivative of the objective by each right-hand side, or None.
    gap : what an integer search left open, relative.

    Notes
    -----
    Violations are judged against ``tolerance`` times the row's or bound's own amounts, prices against ``tolerance``
    times the largest goal coefficient.
    """
    size = program.largest_amount(columns)
    activity = program.activity(columns)
    column_size = np.maximum(np.abs(columns), LEAST * np.where(program.money, size, 1.0))
    row_size = _row_sizes(program, column_size)
    uneven = _worst(np.abs(columns - np.round(columns))[program.integer])
    broken_rows = np.maximum(program.row_lower - activity, activity - program.row_upper)
    broken_bounds = np.maximum(program.lower - columns, columns - program.upper)
    primal = max(_worst(broken_rows), _worst(broken_bounds), uneven)
    breach = max(_worst(broken_rows / row_size), _worst(broken_bounds / column_size), uneven)
    objective = program.objective(columns)
    if row_dual is None:
        accepted = breach <= tolerance
        return Certificate(primal, None, None, gap, objective_difference, accepted, breach=breach)
    # in the sense of minimisation: a price of a lower bound is >= 0, of an upper bound <= 0
    sign = -1.0 if program.maximise else 1.0
    gradient = sign * program.gradient(columns)
    duals = sign * row_dual
    reduced = gradient - program.transpose_product(duals)
    dual = max(
        _wrong_sign(reduced, columns, program.lower, program.upper, tolerance * column_size),
        _wrong_sign(duals, activity, program.row_lower, program.row_upper, tolerance * row_size),
    )
    slackness = max(
        _slackness(reduced, columns, program.lower, program.upper),
        _slackness(duals, activity, program.row_lower, program.row_upper),
    )
    bound = _bound_value(reduced, program.lower, program.upper) + _bound_value(
        duals, program.row_lower, program.row_upper
    )
    curvature = sign * (program.objective(columns) - program.offset) - float(gradient @ columns)
    away = abs(sign * objective - (bound + curvature + sign * program.offset))
    difference = away / max(1.0, abs(objective))
    largest = float(np.abs(program.cost).max(initial=0.0))
    # a goal that is a share of something large has coefficients far below 1, and prices to match
    price = max(1.0, largest) if program.hessian is not None or largest == 0.0 else largest
    worth = max(min(1.0, size * price), abs(objective))
    accepted = (
        breach <= tolerance
        and dual <= tolerance * price
        and slackness <= tolerance * max(worth, size * price)
        and away <= 10 * tolerance * worth
    )
    return Certificate(primal, dual, slackness, max(gap, difference), objective_difference, accepted, breach=breach)


def _row_sizes(program: Program, column_size: Float1D) -> Float1D:
    """Return what the activity of every row is measured by, (n_rows,): the largest of its terms and bounds."""
    sizes = np.full(program.n_rows, np.finfo(np.float64).tiny)
    for bound in (program.row_lower, program.row_upper):
        sizes = np.maximum(sizes, np.where(np.isfinite(bound), np.abs(bound), 0.0))
    np.maximum.at(sizes, program.row, np.abs(program.value) * column_size[program.index])
    return sizes


def _worst(violation: Float1D) -> float:
    return float(max(violation.max(initial=0.0), 0.0))


def _wrong_sign(price: Float1D, value: Float1D, low: Float1D, high: Float1D, near: Float1D) -> float:
    """Return the largest price that pushes away from where the value stands."""
    at_low, at_high = value <= low + near, value >= high - near
    wrong = np.where(at_low & at_high, 0.0, np.where(at_low, -price, np.where(at_high, price, np.abs(price))))
    return float(wrong.max(initial=0.0))


def _slackness(price: Float1D, value: Float1D, low: Float1D, high: Float1D) -> float:
    with np.errstate(invalid="ignore"):
        distance = np.where(price > 0, value - low, high - value)
        product = np.where(price == 0, 0.0, np.abs(price) * np.where(np.isfinite(distance), np.abs(distance), 0.0))
    return float(product.max(initial=0.0))


def _bound_value(price: Float1D, low: Float1D, high: Float1D) -> float:
    """Return the contribution of bounds to the dual objective; prices on missing bounds count as rounding."""
    bound = np.where(price > 0, low, high)
    return float(np.where(np.isfinite(bound), price * np.where(np.isfinite(bound), bound, 0.0), 0.0).sum())
