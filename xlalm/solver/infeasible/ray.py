"""One contradiction of a linear program, named by a dual ray of the simplex method."""

from collections.abc import Sequence

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D
from xlalm.domain.watch import Watch
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.solver.highs.run import Options, dual_ray
from xlalm.solver.infeasible.members import Member, rows_by_member

ROUNDING = 1e-9
"""What is smaller than this share of what it is made of is rounding."""


def named_by_ray(
    build: Build, program: Program, everything: Sequence[Member], options: Options, watch: Watch
) -> tuple[list[Member], bool]:
    """Return the members that a dual ray names, and whether they are irreducible for certain.

    They are where one row contradicts bounds: without any one bound the row can be met. Where no ray proves the
    contradiction, everything is returned.

    Parameters
    ----------
    program : a linear program without a plan, of the rows and columns of ``build``.
    """
    # with the goal's own costs dual simplex ends after few steps; without any it wanders over ties
    ray = dual_ray(attrs.evolve(program, cost=build.program.cost, maximise=build.program.maximise), options)
    if ray is None and not watch.must_stop:
        ray = dual_ray(program, options)
    if ray is None:
        return list(everything), False
    gap, rows, low, high = max((_proof(program, sign * ray) for sign in (1.0, -1.0)), key=lambda proof: proof[0])
    if not gap > 0:
        return list(everything), False
    used_rows, rows_of = set(np.flatnonzero(rows).tolist()), rows_by_member(build)
    stock = program.layout.block("stock").column
    bounds = {"min": low[stock], "max": high[stock]}
    chosen = [
        member
        for member in everything
        if (
            bool(bounds[member.kind][member.index])
            if member.kind in bounds
            else not used_rows.isdisjoint(rows_of[member.key])
        )
    ]
    if not chosen:
        return list(everything), False
    switches = build.program.integer & (low | high)  # a row with a switch holds numbers made from other bounds
    return chosen, len(used_rows) == 1 and not switches.any()


def _proof(program: Program, ray: Float1D) -> tuple[float, Bool1D, Bool1D, Bool1D]:
    """Return by how much a combination of rows contradicts the bounds, and the rows and bounds it uses."""
    ray = np.where(np.abs(ray) > ROUNDING * max(1e-300, float(np.abs(ray).max(initial=0.0))), ray, 0.0)
    combined = program.transpose_product(ray)
    size = attrs.evolve(program, value=np.abs(program.value)).transpose_product(np.abs(ray))
    combined = np.where(np.abs(combined) > ROUNDING * size, combined, 0.0)  # what cancels leaves rounding behind
    rows, high, low = ray != 0, combined > 0, combined < 0
    need = np.where(ray > 0, program.row_lower, program.row_upper)[rows]
    reach = np.where(high, program.upper, program.lower)[high | low]
    if not (np.isfinite(need).all() and np.isfinite(reach).all()):
        return -np.inf, rows, low, high
    return float(ray[rows] @ need - combined[high | low] @ reach), rows, low, high
