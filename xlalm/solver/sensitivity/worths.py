"""One bound moved and solved again: what prices cannot say."""

import time

import attrs

from xlalm.domain.limits import unit_size
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, add
from xlalm.model.standing import standing
from xlalm.program.problem import Problem
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Planned

MOST_SOLVES = 40
"""Limits solved again, those nearest to the plan first; of the others nothing is said."""


def resolved_worths(
    problem: Problem,
    solution: Planned,
    options: Options,
    watch: Watch | None = None,
) -> dict[int, float]:
    """Return the improvement of the goal less penalties from relaxing inequalities by one unit, by limit number.

    Those nearest to the plan come first, wherever they stand in the book; all together take no longer than the time
    limit of the options. What was not solved again by then is left out.

    Parameters
    ----------
    watch : stopped, the limits solved again so far are returned.
    """
    watch = watch or unwatched()
    better = 1.0 if solution.build.maximise else -1.0
    worths: dict[int, float] = {}
    point, started = problem.point(solution.plan), time.perf_counter()
    chosen = [(k, limit) for k, limit in problem.enforced if limit.sense != "="]
    chosen.sort(key=lambda numbered: standing(numbered[1], point, problem.opening).tightness)
    for at, (k, limit) in enumerate(chosen):
        left = options.time_limit_s - (time.perf_counter() - started)
        if at >= MOST_SOLVES or left <= 0 or watch.must_stop:
            break
        watch.says(f"solving again with one unit more of {limit.name}", at / len(chosen))
        step = unit_size(limit.unit) * (1.0 if limit.sense == "<=" else -1.0)
        relaxed = attrs.evolve(limit, right=add(limit.right, Affine(step)))
        changed = attrs.evolve(problem, limits=(*problem.limits[:k], relaxed, *problem.limits[k + 1 :]))
        again = optimise(
            changed, attrs.evolve(options, time_limit_s=left), watch.quietly(), solution.basis, moves_least=False
        )
        if isinstance(again, Planned) and again.status == "optimal":
            gained = better * (again.objective - solution.objective) - (again.penalty - solution.penalty)
            worths[k] = max(0.0, gained)
    return worths
