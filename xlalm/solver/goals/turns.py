"""One goal after the other: stages of one problem, each keeping what the ones before it reached."""

from collections.abc import Sequence
from itertools import pairwise

import attrs

from xlalm.domain.watch import Watch
from xlalm.measures.expression import Affine, Expression, scale
from xlalm.model.model import Goal, Limit
from xlalm.program.problem import Objective, Problem
from xlalm.program.program import Owner
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan, Planned, Solution

KEPT = 1e-13
"""How much of a goal already reached a later stage may give back, relative to its size: rounding, no more."""


def solve_stage(
    problem: Problem,
    expression: Expression,
    floors: Sequence[Limit],
    options: Options,
    watch: Watch,
    *,
    is_last: bool,
) -> Solution:
    """Maximise an expression within more limits; ``is_last``: no stage follows, so that the plan moves least."""
    objective = Objective(expression, True, Owner("goal", 0, "goals together", problem.objective.owner.cell))
    stage = attrs.evolve(problem, objective=objective, limits=(*problem.limits, *floors))
    return optimise(stage, options, watch.quietly(), moves_least=is_last)


def kept(problem: Problem, number: int, expression: Expression, level: float) -> Limit:
    """Return the limit by which a later stage keeps what an earlier one reached."""
    floor = Affine(level - KEPT * max(1.0, abs(level)))
    return Limit(f"goal kept {number}", expression, ">=", floor, cell=problem.objective.owner.cell)


def cut_short(solution: Planned, after: NoPlan) -> Planned:
    """Return the plan of the last stage that has one, where the one after it has none; not the best if stopped."""
    return attrs.evolve(solution, status="feasible") if after.status == "stopped" else solution


def improving(goal: Goal) -> Expression:
    """Return a goal so that more is better."""
    return scale(goal.expression, goal.row.sign)


def in_turn(problem: Problem, goals: Sequence[Goal], options: Options, watch: Watch, *, moves_least: bool) -> Solution:
    """Optimise goals one after the other, keeping what was reached; stopped, the last plan is ``feasible``."""
    watch.says(f"optimising {goals[0].row.name}")
    last = len(goals) - 1 if moves_least else len(goals)
    solution = solve_stage(problem, improving(goals[0]), (), options, watch, is_last=last == 0)
    floors: list[Limit] = []
    for count, (before, goal) in enumerate(pairwise(goals), start=1):
        if not isinstance(solution, Planned):
            break
        floors.append(kept(problem, count, improving(before), solution.objective))
        watch.says(f"optimising {goal.row.name}", count / len(goals))
        again = solve_stage(problem, improving(goal), floors, options, watch, is_last=count == last)
        if not isinstance(again, Planned):
            return cut_short(solution, again)
        solution = again
    return solution
