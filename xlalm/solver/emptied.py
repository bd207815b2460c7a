"""Plans that hold nothing: where limits hold only in a plan without assets, there is no plan.

Notes
-----
A share of nothing has no value, so a ratio multiplied out holds where everything is 0. Whether limits hold otherwise
too is asked of a program that has to keep some assets: what plans can hold is convex, so that a plan with more of them
leaves one with as few.
"""

import time

from xlalm.domain.watch import Watch
from xlalm.program.build import build_program
from xlalm.program.problem import Problem
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.trial import feasibility, has_plan, sized
from xlalm.solver.solution import NoPlan, Planned, holds_nothing, no_plan


def only_empty(problem: Problem, solution: Planned, options: Options, watch: Watch) -> NoPlan | None:
    """Return that there is no plan, where the one found holds nothing and every other breaks a limit; else None."""
    if problem.least_assets > 0 or not holds_nothing(problem.sheet, solution.plan):
        return None
    started, kept = time.perf_counter(), problem.keeping_assets()
    build = build_program(kept, solution.build.either, curved=solution.build.builder.curved)
    if has_plan(feasibility(build), sized(options, kept, build), watch) is not False:
        return None
    return no_plan(kept, build, "infeasible", f"{solution.solver}: only a plan that holds nothing", started)
