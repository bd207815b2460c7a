"""One bound moved and solved again: what prices cannot say."""

import attrs

from xlalm.domain.limits import unit_size
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, add
from xlalm.program.problem import Problem
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Planned

MOST_SOLVES = 40
"""Limits solved again; the others keep what their price says."""


def resolved_worths(
    problem: Problem,
    solution: Planned,
    options: Options,
    watch: Watch | None = None,
) -> dict[int, float]:
    """Return the improvement of the goal less penalties from relaxing inequalities by one unit, by limit number.

    Parameters
    ----------
    watch : stopped, the limits solved again so far are returned.
    """
    watch = watch or unwatched()
    better = 1.0 if solution.build.maximise else -1.0
    worths: dict[int, float] = {}
    chosen = [(k, limit) for k, limit in problem.enforced if limit.sense != "="]
    for at, (k, limit) in enumerate(chosen):
        if len(worths) >= MOST_SOLVES or watch.must_stop:
            break
        watch.says(f"solving again with one unit more of {limit.name}", at / len(chosen))
        step = unit_size(limit.unit) * (1.0 if limit.sense == "<=" else -1.0)
        relaxed = attrs.evolve(limit, right=add(limit.right, Affine(step)))
        changed = attrs.evolve(problem, limits=(*problem.limits[:k], relaxed, *problem.limits[k + 1 :]))
        again = optimise(changed, options, watch.quietly(), solution.basis)
        if isinstance(again, Planned) and again.status == "optimal":
            gained = better * (again.objective - solution.objective) - (again.penalty - solution.penalty)
            worths[k] = max(0.0, gained)
    return worths
