"""Proof of a nonlinear plan outside the solver: Kuhn and Tucker's conditions by the program of its tangents.

At a plan, the conditions of the nonlinear program are those of the linear program in which every curve is its tangent
there. So the linear certificate checks the plan, the prices and the curves' own multipliers; where all curves are
convex constraints their tangents are one-sided and the linear program's dual objective bounds every plan of the model.
"""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.nonlinear.functions import tangent_program
from xlalm.solver.nonlinear.scaled import column_scale
from xlalm.solver.solution import Certificate


def is_convex(build: Build) -> bool:
    """Whether a local optimum is proven to be the best plan.

    All curves are convex constraints, or the only other one is a ratio of linear forms that is the whole goal: such a
    ratio has no local optimum beside its best one.
    """
    return all(
        curve.is_convex_constraint or (curve.is_goal and curve.kind == "quotient" and not curve.is_nested)
        for curve in build.smooth_terms
    )


def certify_curved(
    build: Build, columns: Float1D, row_dual: Float1D, *, objective_difference: float = 0.0
) -> tuple[Certificate, Program]:
    """Check a plan and its prices against the program with curves; returns the program of tangents too.

    Parameters
    ----------
    columns : (n_columns,) the plan with its auxiliary columns, in the book's unit.
    row_dual : (n_rows + n_curves,) derivative of the goal by each right-hand side, curves last.
    """
    off = max(_off(columns[curve.column], curve.value(curve.forms(columns))) for curve in build.smooth_terms)
    convex = is_convex(build)
    tangents = tangent_program(build, columns, one_sided=convex)
    certificate = certify(tangents, columns, row_dual, objective_difference=objective_difference)
    kkt = max(_residual(build, tangents, columns, row_dual), off)
    accepted = certificate.accepted and kkt <= TOLERANCE
    return attrs.evolve(certificate, kkt=kkt, accepted=accepted, is_global=convex), tangents


def _off(column: float, meant: float) -> float:
    return abs(column - meant) / max(1.0, abs(meant)) if np.isfinite(column) and np.isfinite(meant) else np.inf


def _residual(build: Build, tangents: Program, columns: Float1D, row_dual: Float1D) -> float:
    """Return the largest violation of feasibility, stationarity and complementarity in scaled units."""
    if not np.isfinite(columns).all():
        return np.inf
    program, sign = tangents, -1.0 if tangents.maximise else 1.0
    size = column_scale(program.lower, program.upper, columns)
    for curve in build.smooth_terms:  # as large as what moves it
        slope = curve.slope(curve.forms(columns)) @ curve.matrix
        size[curve.column] = max(float(np.abs(slope * size[curve.index]).max(initial=0.0)), 1e-300)
    row_size = np.zeros(program.n_rows)
    np.maximum.at(row_size, program.row, np.abs(program.value) * size[program.index])
    row_size[row_size == 0] = 1.0
    goal = float(np.abs(program.cost * size).max(initial=0.0)) or 1.0
    activity = program.activity(columns) / row_size
    reduced = sign * (program.cost - program.transpose_product(row_dual)) * size / goal
    prices = sign * row_dual * row_size / goal
    worst = 0.0
    for price, value, low, high in (
        (reduced, columns / size, program.lower / size, program.upper / size),
        (prices, activity, program.row_lower / row_size, program.row_upper / row_size),
    ):
        broken = np.maximum(low - value, value - high)
        room = np.where(price > 0, value - low, high - value)
        # a price counts as far as the plan stands off the bound it belongs to
        loose = np.abs(price) * np.minimum(np.maximum(room, 0.0), 1.0)
        worst = max(worst, float(broken.max(initial=0.0)), float(loose.max(initial=0.0)))
    return worst
