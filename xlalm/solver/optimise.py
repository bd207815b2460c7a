"""From problem to solution: choose the route, solve, separate growth from reduction, price, certify."""

import time

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import Build, build_program
from xlalm.program.problem import Problem
from xlalm.program.program import Basis, Program
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.emptied import only_empty
from xlalm.solver.highs.run import Answer, NoAnswer, Options, Outcome, run
from xlalm.solver.linear.netting import churning, net_changes, without_rays
from xlalm.solver.linear.ratio import solve_ratio
from xlalm.solver.linear.whole import fix_integers, run_whole
from xlalm.solver.solution import Planned, Solution, no_plan, on_bounds

MAX_ROUNDS = 50
"""Rounds of adding binaries before giving up."""

SOLVING, CHECKING = 0.4, 0.6
"""Shares of the progress of a solve at which it solves, and checks the answer."""


def optimise(
    problem: Problem,
    options: Options,
    watch: Watch | None = None,
    start: Basis | None = None,
) -> Solution:
    """Solve a problem.

    Parameters
    ----------
    watch : a solve that is stopped gives the plan it has, ``feasible``, or none, ``stopped``.
    start : basis of a similar program, to begin from; one of another shape is not used.

    Raises
    ------
    Refused
        For a limit or goal that no solver here can hold.
    """
    watch = watch or unwatched()
    started = time.perf_counter()
    either: tuple[int, ...] = ()
    rounds = 0
    while True:
        rounds += 1
        try:
            build = build_program(problem, either)
        except NeedsNonlinearError:
            from xlalm.solver.nonlinear.search import solve_nonlinear

            return _held(problem, solve_nonlinear(problem, options, watch), options, watch)
        watch.says(f"solving {build.program.n_rows} rows × {build.program.n_columns} columns", SOLVING)
        program, answer = _solve(build, options, watch, start)
        endless = answer.status == "unbounded"
        if endless:  # growing and shrinking at once may be what has no end
            limited = attrs.evolve(build, program=without_rays(build, build.program))
            program, answer = _solve(limited, options, watch, None)
        if isinstance(answer, NoAnswer):
            return no_plan(problem, build, answer.status, answer.text, started, answer.iterations)
        at_fault = churning(build, program, answer.columns)
        if endless and not at_fault:
            at_fault = _could_churn(problem, build)
        if not at_fault or rounds == MAX_ROUNDS:
            watch.says("checking the answer", CHECKING)
            planned = _finish(problem, build, program, answer, options, watch, started)
            return _held(problem, planned, options, watch)
        either = tuple(sorted({*either, *at_fault}))


def _held(problem: Problem, solution: Solution, options: Options, watch: Watch) -> Solution:
    """Return a solution; where it is a plan that holds nothing and no other is left, that there is none."""
    none = only_empty(problem, solution, options, watch) if isinstance(solution, Planned) else None
    return solution if none is None else none


def _solve(build: Build, options: Options, watch: Watch, start: Basis | None) -> tuple[Program, Outcome]:
    """Return the program whose optimum is the answer, and the answer; a ratio goal has a route of its own."""
    if build.ratio is None:
        return build.program, run_whole(build.program, options, watch, start).outcome
    return solve_ratio(build, build.ratio, options, watch)


# --- growth and reduction ------------------------------------------------------------------------------


def _could_churn(problem: Problem, build: Build) -> tuple[int, ...]:
    """Return every position with a max that could still grow and shrink at once."""
    able = (build.program.layout.block("up").column >= 0) & np.isfinite(problem.sheet.upper)
    able[list(build.either)] = False
    return tuple(int(i) for i in np.flatnonzero(able))


# --- prices --------------------------------------------------------------------------------------------


def _finish(
    problem: Problem, build: Build, program: Program, answer: Answer, options: Options, watch: Watch, started: float
) -> Solution:
    columns = answer.columns
    row_dual, reduced, priced = answer.row_dual, answer.reduced_cost, program
    if program.is_mip:
        priced = fix_integers(program, columns)
        prices, row_dual, reduced = run(priced, options, watch), None, None
        if isinstance(prices, Answer):
            columns, row_dual, reduced = prices.columns, prices.row_dual, prices.reduced_cost
    columns = net_changes(build, columns) if build.ratio is None and not build.either else columns
    plan = on_bounds(program.plan(columns), problem.sheet)
    objective = build.goal.value(problem.point(plan))
    penalty = abs(program.objective(columns) - objective) if problem.has_soft_limits else 0.0
    certificate = certify(
        priced,
        columns,
        row_dual,
        gap=answer.gap,
        objective_difference=abs(program.objective(columns) - objective) - penalty,
    )
    if certificate.primal > TOLERANCE * priced.largest_amount(columns):  # what breaks what it must meet is no plan
        text = f"{answer.text}, but the answer breaks a limit or bound"
        return no_plan(problem, build, "failed", text, started, answer.iterations, certificate)
    proven = answer.status != "optimal" or certificate.accepted
    return Planned(
        status=answer.status if proven else "feasible",
        build=build,
        plan=plan,
        columns=columns,
        objective=objective,
        penalty=penalty,
        row_dual=row_dual,
        reduced_cost=reduced,
        conditional=program.is_mip,
        certificate=certificate,
        solver=answer.text,
        iterations=answer.iterations,
        program=priced,
        basis=None if program.is_mip else answer.basis,
        seconds=time.perf_counter() - started,
    )
