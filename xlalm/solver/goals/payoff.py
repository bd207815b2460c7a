"""What every goal reaches where one of them is best, and the ends between which it is weighed."""

import numpy as np

from xlalm.domain.typing import Float1D, Float2D
from xlalm.domain.watch import Watch
from xlalm.model.model import Goal
from xlalm.program.problem import Problem
from xlalm.solver.goals.stages import Stages
from xlalm.solver.goals.turns import KEPT, in_turn
from xlalm.solver.highs.run import Answer, Options
from xlalm.solver.solution import NoPlan, Planned

ROUNDING = 1e-9
"""Share of the gross sum of a goal's parts below which the distance of its two ends is rounding of the solves."""


def payoff_of(problem: Problem, goals: tuple[Goal, ...], options: Options, watch: Watch) -> Float2D | NoPlan:
    """Return the payoff matrix with lexicographic tie-break, or that there is no plan."""
    payoff = np.zeros((len(goals), len(goals)))
    for i in range(len(goals)):
        order = [i, *(k for k in range(len(goals)) if k != i)]
        watch.says(f"finding what {goals[i].row.name} can reach alone", i / len(goals))
        solution = in_turn(problem, [goals[k] for k in order], options, watch.quietly(), moves_least=False)
        if not isinstance(solution, Planned):
            return solution
        point = problem.point(solution.plan)
        payoff[i] = [goal.expression.value(point) for goal in goals]
    return payoff


def staged_payoff(stages: Stages, watch: Watch) -> Float2D | None:
    """Return the same matrix from the program that stays in the solver; None where that leaves a question open."""
    goals = stages.active
    payoff = np.zeros((len(goals), len(goals)))
    for i in range(len(goals)):
        watch.says(f"finding what {goals[i].row.name} can reach alone", i / len(goals))
        floors: dict[int, float] = {}
        value: Float1D = np.zeros(len(goals))
        for k in [i, *(k for k in range(len(goals)) if k != i)]:
            answer = stages.best(np.eye(len(goals))[k], floors)
            if not isinstance(answer, Answer) or not stages.is_sound(answer):
                return None
            point = stages.problem.point(stages.plan(answer))
            value = np.array([goal.expression.value(point) for goal in goals])
            reached = goals[k].row.sign * float(value[k])
            floors[k] = reached - KEPT * max(1.0, abs(reached))
            if stages.is_only(answer):  # nothing is left for the other goals to decide
                break
        payoff[i] = value
    return payoff


def ends_of(problem: Problem, goals: tuple[Goal, ...], payoff: Float2D) -> tuple[Float1D, Float1D]:
    """Return full and no satisfaction of each goal, (n_goals,) each: from the book, else from the payoff."""
    ideal, worst = np.diag(payoff).copy(), np.zeros(len(payoff))
    for k, goal in enumerate(goals):
        column = payoff[:, k]
        worst[k] = column.min() if goal.row.direction == "max" else column.max()
        if abs(ideal[k] - worst[k]) <= ROUNDING * _gross(problem, goal):
            worst[k] = ideal[k]
        if goal.row.aspiration is not None:
            ideal[k] = goal.row.aspiration
        if goal.row.worst is not None:
            worst[k] = goal.row.worst
    return ideal, worst


def _gross(problem: Problem, goal: Goal) -> float:
    """Return what the parts of a goal add up to at the opening, whatever their signs."""
    opening = problem.opening
    return float(np.abs(goal.expression.linearise(opening).position_gradient(opening)) @ np.abs(opening.stock))
