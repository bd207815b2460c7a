"""Several goals over one linear program that stays in the solver: every stage starts from the last one's basis.

Notes
-----
The program is built once, with one row per goal. A stage frees or floors these rows and changes the objective; the
max–min form needs one more column λ, whose coefficient in the row of a goal is the range of that goal over its factor:
factor·(g - worst) / range >= λ is g - (range / factor)·λ >= worst.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch
from xlalm.measures.expression import Affine, Expression, scale
from xlalm.model.model import Goal
from xlalm.program.build import Build, build_program, dense
from xlalm.program.problem import Problem, owner_of, weighted_sum
from xlalm.program.rows import Form
from xlalm.solver.certify import TOLERANCE
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Options, Outcome
from xlalm.solver.linear.netting import churning
from xlalm.solver.linear.ties import Prices, is_only, least_moving
from xlalm.solver.report import report
from xlalm.solver.solution import Planned, holds_nothing, on_bounds


@attrs.define(eq=False)
class Stages:
    """A book with several goals, ready to be solved stage by stage.

    ``first`` is the row of the first goal and ``least`` the column λ; ``goals`` (n_goals, n_columns) and ``constants``
    are the goals turned so that more is better.
    """

    problem: Problem
    active: tuple[Goal, ...]
    build: Build
    live: LiveProgram
    first: int
    least: int
    goals: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
    constants: Float1D
    options: Options
    watch: Watch

    @classmethod
    def of(cls, problem: Problem, goals: tuple[Goal, ...], options: Options, watch: Watch) -> "Stages | None":
        """Return the stages of a problem; None where it is not one linear program with goals that are amounts."""
        turned = [scale(goal.expression, goal.row.sign) for goal in goals]
        improving = [expression for expression in turned if isinstance(expression, Affine)]
        if problem.has_soft_limits or len(improving) < len(turned):
            return None
        try:
            build = build_program(attrs.evolve(problem, objective=weighted_sum(goals, [1.0] * len(goals))))
        except Refused:
            return None
        if build.program.is_mip or build.program.hessian is not None or build.ratio is not None:
            return None
        builder, first = build.builder, build.program.n_rows
        least = builder.add_column(0.0, 0.0, money=False)
        for goal, expression in zip(goals, improving, strict=True):
            builder.add_row(Form(expression, {least: -1.0}), -np.inf, np.inf, owner_of((goal,)))
        build = attrs.evolve(build, program=builder.program(Form(Affine()), maximise=True))
        rows = [dense(build, Form(expression)) for expression in improving]
        quick = attrs.evolve(options, presolve=False)  # one solve of several; the others start from a basis anyway
        vectors, constants = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
        live = LiveProgram(build.program, quick, watch)
        return cls(problem, goals, build, live, first, least, vectors, constants, options, watch)

    def best(self, weights: Float1D, floors: Mapping[int, float], constant: float = 0.0) -> Outcome:
        """Maximise the weighted sum of the goals, plus a constant, while some stay at or above a floor.

        Parameters
        ----------
        weights : (n_goals,), for goals turned so that more is better.
        floors : by goal.
        """
        for k in range(len(self.goals)):
            self.live.move_row(self.first + k, floors.get(k, -np.inf) - self.constants[k], np.inf)
        self.live.move_cost(weights @ self.goals, float(weights @ self.constants) + constant)
        return self.live.solve()

    def max_min(self, factors: Mapping[int, float], worst: Float1D, spread: Float1D) -> Outcome:
        """Maximise the least of factor·(goal - worst) / spread over some goals."""
        for k in range(len(self.goals)):
            low = worst[k] - self.constants[k] if k in factors else -np.inf
            self.live.move_row(self.first + k, low, np.inf)
            if k in factors:
                self.live.move_coefficient(self.first + k, self.least, -float(spread[k]) / factors[k])
        self.live.move_column(self.least, -np.inf, np.inf)
        cost = np.zeros(self.live.program.n_columns)
        cost[self.least] = 1.0
        self.live.move_cost(cost, 0.0)
        return self.live.solve(with_basis=False)

    def best_at_least(self, level: float, weights: Float1D) -> Outcome:
        """Maximise the weighted sum of the goals among the plans that reach a level of the max–min form."""
        self.live.move_column(self.least, level, np.inf)
        self.live.move_cost(weights @ self.goals, float(weights @ self.constants))
        return self.live.solve()

    def is_sound(self, answer: Answer) -> bool:
        """Whether an answer's plan holds something, and does not grow and shrink a position at once to its gain."""
        if answer.status != "optimal" or answer.row_dual is None:
            return False
        if holds_nothing(self.problem.sheet, self.plan(answer)):
            return False
        return not churning(self.build, self.live.program, answer.columns)

    def is_only(self, answer: Answer) -> bool:
        """Whether an answer is the only best plan: leaving any bound that it stands at would cost something."""
        if answer.basis is None or answer.row_dual is None:
            return False
        program = self.live.program
        return is_only(self.build, program, Prices.of(program, answer.columns, answer.row_dual), answer.basis)

    def least_moving(self, answer: Answer) -> Float1D:
        """Return the columns of the plan that moves least among those as good as the last answer, (n_columns,)."""
        return least_moving(self.build, self.live.program, answer, self.options, self.watch.quietly())

    def plan(self, answer: Answer) -> Float1D:
        """Return the balances of an answer, (n_positions,)."""
        return on_bounds(self.build.program.plan(answer.columns), self.problem.sheet)

    def solution(self, answer: Answer, goal: Expression, columns: Float1D | None = None) -> Planned | None:
        """Return an answer as the solution of maximising ``goal``, certified; None where its proof is refused.

        Parameters
        ----------
        columns : (n_columns,) of another plan that is as good; the answer's own by default.
        """
        program, own = self.live.program, answer.columns if columns is None else columns
        build = attrs.evolve(self.build, program=program, goal=goal, maximise=True)
        reported = report(self.problem, build, program, own, answer.row_dual)
        certificate, objective = reported.certificate, reported.objective
        away = certificate.objective_difference
        if not certificate.accepted or away > TOLERANCE * max(1.0, abs(objective)):
            return None
        return Planned(
            status=answer.status,
            build=build,
            plan=reported.plan,
            columns=reported.columns,
            objective=objective,
            penalty=0.0,
            row_dual=answer.row_dual,
            reduced_cost=answer.reduced_cost,
            conditional=False,
            certificate=certificate,
            solver=answer.text,
            iterations=answer.iterations,
            seconds=answer.seconds,
            program=program,
        )
