"""Convex programs by cutting planes: linear programs whose tangents close in on the curves.

Every tangent of a convex constraint cuts off no plan, so an infeasible linear program proves the model infeasible and
the last one's prices prove its plan best, tips of a value at risk included.

References
----------
Kelley, J. E. (1960), The cutting-plane method for solving convex programs, Journal of the SIAM 8, 703–712.
"""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.program.terms import SmoothTerm
from xlalm.solver.highs.run import Answer, NoAnswer, Options, Outcome, run
from xlalm.solver.nonlinear.functions import CurveRow, tangent_row, with_rows

MAX_ROUNDS = 400
CLOSE = 1e-9
"""Gap between a curve and its column, relative to the curve, at which the plan counts as on it."""


def cutting_planes(build: Build, first: Float1D, options: Options, watch: Watch) -> tuple[Program, Outcome]:
    """Return the last linear program and its answer; status ``feasible`` where the gap did not close.

    Parameters
    ----------
    first : (n_columns,) where the first tangents are taken.
    """
    program = build.program
    rows = [tangent_row(curve, first, one_sided=True) for curve in build.smooth_terms]
    cut = with_rows(program, rows)
    answer = run(cut, options, watch)
    for _ in range(MAX_ROUNDS):
        if isinstance(answer, NoAnswer) or watch.must_stop:
            break
        more = []
        for curve in build.smooth_terms:
            level = curve.value(curve.forms(answer.columns))
            gap = (answer.columns[curve.column] - level) * (1.0 if curve.need == "below" else -1.0)
            if gap > CLOSE * max(1.0, abs(level)):
                more.append(curve)
        if not more:
            return cut, answer
        cut = with_rows(cut, [tangent_row(curve, answer.columns, one_sided=True) for curve in more])
        answer = run(cut, options, watch)
    return cut, attrs.evolve(answer, status="feasible") if isinstance(answer, Answer) else answer


def relaxation(build: Build, points: list[Float1D]) -> Program:
    """Return the program with tangents of its convex curves and the envelopes of products of bounded factors.

    Every plan of the model is a plan of it, so that where it has none the model has none.

    References
    ----------
    McCormick, G. P. (1976), Computability of global solutions to factorable nonconvex programs, Mathematical
    Programming 10, 147–175.
    """
    rows: list[CurveRow] = []
    for curve in build.smooth_terms:
        if curve.is_convex_constraint:
            rows += [tangent_row(curve, point, one_sided=True) for point in points]
        elif curve.kind == "quadratic" and len(curve.weight) == 1:
            rows += _envelope(build.program, curve)
    return with_rows(build.program, rows)


def _envelope(program: Program, curve: SmoothTerm) -> list[CurveRow]:
    """Return the four planes that hold a product weight·a·b between the bounds of its factors."""
    lower, upper = program.lower[curve.index], program.upper[curve.index]
    ends = []
    for row, constant in zip(curve.matrix, curve.constant, strict=True):
        used = row != 0
        low = np.where(row > 0, row * np.where(used, lower, 0.0), row * np.where(used, upper, 0.0)).sum() + constant
        high = np.where(row > 0, row * np.where(used, upper, 0.0), row * np.where(used, lower, 0.0)).sum() + constant
        ends.append((float(low), float(high)))
    weight = float(curve.weight[0])
    (a, b), (c, d) = curve.matrix, curve.constant
    index = np.append(curve.index, curve.column)
    planes = []
    for i, k, is_low in ((0, 0, True), (1, 1, True), (0, 1, False), (1, 0, False)):
        first, second = ends[0][i], ends[1][k]
        if not np.isfinite(first) or not np.isfinite(second):
            continue
        # t/weight >= (<=) first·(b z + d) + second·(a z + c) - first·second
        level = weight * (first * d + second * c - first * second)
        above = is_low == (weight > 0)
        coefficients = np.append(-weight * (first * b + second * a), 1.0)
        planes.append(CurveRow(curve, index, coefficients, level if above else -np.inf, np.inf if above else level))
    return planes
