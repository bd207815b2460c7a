"""From a solver's point to the plan that is reported: on its bounds first, then certified."""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.program.build import Build
from xlalm.program.problem import Problem
from xlalm.program.program import Program
from xlalm.solver.certify import certify
from xlalm.solver.solution import Certificate, Planned, on_bounds, within_bounds


@attrs.frozen(eq=False)
class Reported:
    """The plan that is reported, (n_positions,), the columns (n_columns,) that say it, its goal and their proof."""

    plan: Float1D
    columns: Float1D
    objective: float
    penalty: float
    certificate: Certificate

    def put_in(self, solution: Planned) -> Planned:
        """Return a solution with this plan, its prices as they are."""
        return attrs.evolve(
            solution,
            plan=self.plan,
            columns=self.columns,
            objective=self.objective,
            penalty=self.penalty,
            certificate=self.certificate,
        )


def report(
    problem: Problem,
    build: Build,
    program: Program,
    columns: Float1D,
    row_dual: Float1D | None,
    *,
    gap: float = 0.0,
) -> Reported:
    """Return what is reported of a point: the solver's last bits removed, unless that would break a limit or the proof.

    Parameters
    ----------
    program : the one whose optimum the point is; its prices ``row_dual`` (n_rows,) may come from another optimum.
    gap : what an integer search left open, relative.
    """
    solved = program.plan(columns)
    snapped = on_bounds(solved, problem.sheet)
    reported = _certified(problem, build, program, columns, snapped, row_dual, gap)
    kept = within_bounds(solved, problem.sheet)
    if reported.certificate.accepted or np.array_equal(snapped, kept):
        return reported
    unsnapped = _certified(problem, build, program, columns, kept, row_dual, gap)
    return unsnapped if unsnapped.certificate.accepted else reported


def _certified(
    problem: Problem,
    build: Build,
    program: Program,
    columns: Float1D,
    plan: Float1D,
    row_dual: Float1D | None,
    gap: float,
) -> Reported:
    point = problem.point(plan)
    own = build.builder.columns_at(point, columns)
    objective = build.goal.value(point)
    away = abs(program.objective(own) - objective)
    penalty = away if problem.has_soft_limits else 0.0
    certificate = certify(program, own, row_dual, gap=gap, objective_difference=away - penalty)
    return Reported(plan, own, objective, penalty, certificate)
