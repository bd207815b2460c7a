"""One bound moved and solved again: what prices cannot say."""

import attrs

from xlalm.domain.typing import Stop, never_stop
from xlalm.measures.expression import Affine, add
from xlalm.program.model import Model
from xlalm.solve.highs import Options
from xlalm.solve.optimise import optimise
from xlalm.solve.solution import Solution

MOST_SOLVES = 40
"""Limits solved again for an integer program; the others keep the price of the fixed program."""


def resolved_worths(model: Model, solution: Solution, options: Options, stop: Stop = never_stop) -> dict[int, float]:
    """Return the improvement of the goal from relaxing each enforced inequality by one unit, by limit number."""
    if solution.objective is None or solution.build is None:
        return {}
    better = 1.0 if solution.build.maximise else -1.0
    worths: dict[int, float] = {}
    for k, limit in enumerate(model.limits):
        if not limit.row.active or limit.row.sense == "=" or len(worths) >= MOST_SOLVES or stop():
            continue
        size = 0.01 if limit.unit == "%" else 1.0
        step = size if limit.row.sense == "<=" else -size
        relaxed = attrs.evolve(limit, right=add(limit.right, Affine(step)))
        changed = attrs.evolve(model, limits=(*model.limits[:k], relaxed, *model.limits[k + 1 :]))
        again = optimise(changed, options, stop=stop)
        if again.objective is not None and again.status == "optimal":
            worths[k] = max(0.0, better * (again.objective - solution.objective))
    return worths
