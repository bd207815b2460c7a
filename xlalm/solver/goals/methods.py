"""Several goals at once: payoff matrix, memberships, fuzzy programming, lexicographic order, goal programming.

Every method is a sequence of ordinary solves of the same model with another goal and a few more limits, so ratios,
capped measures, lots and certificates work as they do for one goal.

References
----------
Zimmermann, H.-J. (1978), Fuzzy programming and linear programming with several objective functions, Fuzzy Sets and
Systems 1, 45–55. Bellman, R. and Zadeh, L. (1970), Decision-making in a fuzzy environment, Management Science 17.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.limits import Sense
from xlalm.domain.methods import Form, Method
from xlalm.domain.typing import Float1D, Float2D
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.algebra import extremum
from xlalm.measures.expression import Affine, Expression, Quotient, add, scale
from xlalm.measures.membership import membership_of, no_conflict
from xlalm.measures.shape import walk
from xlalm.model.model import Goal, Limit, Model
from xlalm.program.problem import Problem, problem_of
from xlalm.solver.certify import TOLERANCE
from xlalm.solver.goals.payoff import ends_of, payoff_of, staged_payoff
from xlalm.solver.goals.stages import Stages
from xlalm.solver.goals.turns import KEPT, cut_short, improving, in_turn, kept, solve_stage
from xlalm.solver.highs.run import Answer, Options
from xlalm.solver.report import report
from xlalm.solver.solution import NoPlan, Planned, Solution

RANGING = 0.6
"""Share of the progress in which the payoff matrix is found."""


@attrs.frozen(eq=False)
class GoalOutcome:
    """What a method found; arrays have one entry per active goal, in the book's order.

    ``payoff`` (n, n): row i holds what every goal reaches where goal i is best, ties broken by the others in turn.
    ``membership`` is 0 at ``worst`` and 1 at ``ideal``; 1 for a goal in conflict with no other. ``objective`` is λ for
    the max–min forms, Σμ for fagp, Σ weight·μ for wfagp and the normalised sum, the leading goal's value for the
    lexicographic and ε-constraint methods, the weighted shortfall for goal programming. ``notes`` are sentences.
    """

    goals: tuple[Goal, ...]
    payoff: Float2D
    ideal: Float1D
    worst: Float1D
    value: Float1D
    membership: Float1D
    objective: float
    notes: tuple[str, ...]


def solve_goals(model: Model, options: Options, watch: Watch | None = None) -> tuple[Solution, GoalOutcome | None]:
    """Solve a model with several goals by the method its settings name.

    Parameters
    ----------
    watch : stopped within the method's own stages it gives the plan of the last one, ``feasible``; before, none.

    Returns
    -------
    The solution, whose prices are derivatives of the method's own objective, and the outcome; None without a plan.

    Raises
    ------
    Refused
        For a goal that is a ratio, or a limit or goal that needs the nonlinear solver.
    """
    watch = watch or unwatched()
    problem, goals = problem_of(model), model.active_goals
    for goal in goals:
        if any(isinstance(node, Quotient) for node in walk(goal.expression)):
            reason = f'goal "{goal.row.name}" is a ratio, which cannot be weighed against others linearly'
            cure = "divide by something fixed, such as opening(total_assets), or make it a limit"
            raise Refused(goal.row.cell, reason, cure)
    watch.says("finding what each goal can reach alone")
    stages, ranging = Stages.of(problem, goals, options, watch), watch.part(RANGING)
    quick = staged_payoff(stages, ranging) if stages is not None else None
    alone = quick if quick is not None else payoff_of(problem, goals, options, ranging)
    if isinstance(alone, NoPlan):
        return alone, None
    payoff, method = alone, model.settings.method
    ideal, worst = ends_of(problem, goals, payoff)
    weighing = watch.part(1.0 - RANGING)
    weighing.says("weighing the goals")
    task = _Task(problem, goals, method, ideal, worst, options, weighing, stages if quick is not None else None)
    solution, objective = _METHODS[method.form](task)
    if not isinstance(solution, Planned):
        return solution, None
    point = problem.point(solution.plan)
    value = np.array([goal.expression.value(point) for goal in goals])
    outcome = GoalOutcome(
        goals=goals,
        payoff=payoff,
        ideal=ideal,
        worst=worst,
        value=value,
        membership=membership_of(value, ideal, worst),
        objective=objective,
        notes=_notes(method, goals, ideal, worst),
    )
    return attrs.evolve(solution, objective=objective, basis=None), outcome


# --- stages --------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Task:
    """A problem with several goals, how they are weighed, and the ends of each; its own objective plays no part."""

    problem: Problem
    goals: tuple[Goal, ...]
    method: Method
    ideal: Float1D
    worst: Float1D
    options: Options
    watch: Watch
    stages: Stages | None = None  # where the book is one linear program

    @property
    def weights(self) -> Float1D:
        return np.array([goal.row.weight for goal in self.goals])

    def memberships(self) -> list[tuple[int, Expression]]:
        """Return the membership of every goal in conflict, capped at 1 where an aspiration is given."""
        found = []
        for k, goal in enumerate(self.goals):
            spread = float(self.ideal[k] - self.worst[k])
            if no_conflict(self.ideal[k], self.worst[k]):
                continue
            membership = scale(add(goal.expression, Affine(-float(self.worst[k]))), 1.0 / spread)
            capped = extremum("min", [membership, Affine(1.0)]) if goal.row.aspiration is not None else membership
            found.append((k, capped))
        return found

    def stage(self, expression: Expression, floors: Sequence[Limit] = (), *, is_last: bool = True) -> Solution:
        """Maximise an expression within more limits; the last stage ends at the plan that moves least."""
        return solve_stage(self.problem, expression, floors, self.options, self.watch, is_last=is_last)


def _notes(method: Method, goals: tuple[Goal, ...], ideal: Float1D, worst: Float1D) -> tuple[str, ...]:
    notes = [
        f"{goal.row.name} is in conflict with no other goal: it reaches its best and was not weighed."
        for k, goal in enumerate(goals)
        if no_conflict(ideal[k], worst[k])
    ]
    if method.favours_lighter:
        notes.append(
            "Method wfnlp is the published form weight·μ ≥ λ, which gives less satisfaction to the heavier goal; "
            "wfnlp_direct gives it more."
        )
    return tuple(notes)


# --- methods -------------------------------------------------------------------------------------------


def _max_min(task: _Task) -> tuple[Solution, float]:
    """Maximise the least weighted membership, then the sum of memberships among the plans that reach it."""
    weights, memberships = task.weights, task.memberships()
    if not memberships:
        return task.stage(improving(task.goals[0])), 1.0
    factors = {
        "none": np.ones(len(weights)),
        "as given": weights,
        "inverse": weights.max() / np.where(weights > 0, weights, 1.0),
    }[task.method.weighing]
    weighted = [scale(membership, float(factors[k])) for k, membership in memberships]
    quick = _staged_max_min(task, {k: float(factors[k]) for k, _ in memberships}, extremum("min", weighted))
    if quick is not None:
        return quick
    first = task.stage(extremum("min", weighted), is_last=False)
    if not isinstance(first, Planned):
        return first, 0.0
    total: Expression = Affine()
    for _, membership in memberships:
        total = add(total, membership)
    task.watch.says("raising the other memberships", 0.5)
    floors = [kept(task.problem, k, part, first.objective) for k, part in enumerate(weighted, start=1)]
    second = task.stage(total, floors)
    if not isinstance(second, Planned):
        return cut_short(first, second), first.objective
    return _with_plan(task.problem, first, second), first.objective


def _with_plan(problem: Problem, first: Planned, second: Planned) -> Planned:
    """Return the plan of a second stage with the prices of the first.

    Every plan that reaches λ is complementary to them, unless it holds other lots: then they are left out.
    """
    columns = first.build.builder.columns_at(problem.point(second.plan), first.columns)
    reported = report(problem, first.build, first.program, columns, first.row_dual)
    if reported.certificate.breach > TOLERANCE:
        own = attrs.evolve(second, build=first.build, objective=first.objective)
        return attrs.evolve(own, row_dual=None, reduced_cost=None, basis=None)
    return reported.put_in(first)


def _staged_max_min(task: _Task, factors: Mapping[int, float], goal: Expression) -> tuple[Solution, float] | None:
    """Return the same two stages from the program that stays in the solver; None where that leaves a question open."""
    stages, goals = task.stages, task.goals
    if stages is None or any(goal.row.aspiration is not None for goal in goals):
        return None
    sign = np.array([goal.row.sign for goal in goals])
    spread = sign * (task.ideal - task.worst)
    answer = stages.max_min(factors, sign * task.worst, spread)
    first = stages.solution(answer, goal) if isinstance(answer, Answer) and stages.is_sound(answer) else None
    if first is None:
        return None
    share = np.array([1.0 / spread[k] if k in factors else 0.0 for k in range(len(goals))])
    if task.watch.must_stop:
        return attrs.evolve(first, status="feasible"), first.objective
    again = stages.best_at_least(first.objective - KEPT * max(1.0, abs(first.objective)), share)
    if not isinstance(again, Answer) or not stages.is_sound(again):
        return None
    # the prices of λ stay the first stage's: every plan that reaches λ is complementary to them
    reported = report(task.problem, first.build, first.program, stages.least_moving(again), first.row_dual)
    return reported.put_in(first), first.objective


def _sum(task: _Task) -> tuple[Solution, float]:
    """Maximise the (weighted) sum of memberships."""
    weights = np.ones(len(task.weights)) if task.method.weighing == "none" else task.weights
    total: Expression = Affine()
    for k, membership in task.memberships():
        total = add(total, scale(membership, float(weights[k])))
    free = [k for k in range(len(weights)) if no_conflict(task.ideal[k], task.worst[k])]
    total = add(total, Affine(float(sum(weights[k] for k in free))))
    solution = _staged_sum(task, weights, total) or task.stage(total)
    return solution, solution.objective if isinstance(solution, Planned) else 0.0


def _staged_sum(task: _Task, weights: Float1D, total: Expression) -> Planned | None:
    """Return the best sum from the program that stays in the solver; None where that leaves a question open."""
    stages, goals = task.stages, task.goals
    if stages is None or any(goal.row.aspiration is not None for goal in goals):
        return None
    sign = np.array([goal.row.sign for goal in goals])
    weighed = np.array([not no_conflict(a, b) for a, b in zip(task.ideal, task.worst, strict=True)])
    share = np.where(weighed, weights, 0.0) / np.where(weighed, sign * (task.ideal - task.worst), 1.0)
    constant = float(weights[~weighed].sum() - share @ (sign * task.worst))
    answer = stages.best(share, {}, constant)
    if not isinstance(answer, Answer) or not stages.is_sound(answer):
        return None
    return stages.solution(answer, total, stages.least_moving(answer))


def _lexicographic(task: _Task) -> tuple[Solution, float]:
    """Optimise goals one after the other, the heaviest first; ties in the book's order."""
    goals = sorted(task.goals, key=lambda goal: -goal.row.weight)
    solution = in_turn(task.problem, goals, task.options, task.watch, moves_least=True)
    return solution, _value(task.problem, goals[0], solution)


def _goal_programming(task: _Task) -> tuple[Solution, float]:
    """Minimise the weighted shortfall from the aspirations, each relative to the range of its goal."""
    total: Expression = Affine()
    for k, goal in enumerate(task.goals):
        aspired = goal.row.aspiration or 0.0
        spread = abs(float(task.ideal[k] - task.worst[k]))
        size = spread if spread > 0 else max(1.0, abs(aspired))
        short = scale(add(improving(goal), Affine(-goal.row.sign * aspired)), goal.row.weight / size)
        total = add(total, extremum("min", [short, Affine(0.0)]))
    solution = task.stage(total)
    return solution, -solution.objective if isinstance(solution, Planned) else 0.0


def _epsilon_constraint(task: _Task) -> tuple[Solution, float]:
    """Optimise the first goal while every other reaches its aspiration."""
    first, *others = task.goals
    solution = task.stage(improving(first), [_aspired(goal) for goal in others])
    return solution, _value(task.problem, first, solution)


def _aspired(goal: Goal) -> Limit:
    """Return the limit by which a goal reaches its aspiration."""
    level = float(goal.row.aspiration or 0.0)
    bound = Affine(level - goal.row.sign * KEPT * max(1.0, abs(level)))
    sense: Sense = ">=" if goal.row.direction == "max" else "<="
    name = f"goal {goal.row.name} at its aspiration"
    return Limit(name, goal.expression, sense, bound, unit=goal.unit, cell=goal.row.cell)


def _value(problem: Problem, goal: Goal, solution: Solution) -> float:
    return goal.expression.value(problem.point(solution.plan)) if isinstance(solution, Planned) else 0.0


_METHODS: dict[Form, Callable[[_Task], tuple[Solution, float]]] = {
    "least membership": _max_min,
    "sum of memberships": _sum,
    "in turn": _lexicographic,
    "shortfall": _goal_programming,
    "floors": _epsilon_constraint,
}
