"""From problem to solution: choose the route, solve, separate growth from reduction, price, certify."""

import time
from collections.abc import Iterator

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError
from xlalm.domain.status import NoPlanStatus
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import Build, build_program
from xlalm.program.problem import Problem
from xlalm.program.program import Basis, Program
from xlalm.solver.certify import TOLERANCE
from xlalm.solver.emptied import only_empty
from xlalm.solver.highs.run import Answer, NoAnswer, Options, Outcome, run
from xlalm.solver.linear.netting import churning, net_changes, without_rays
from xlalm.solver.linear.ratio import solve_ratio
from xlalm.solver.linear.ties import as_good, least_moving, least_moving_whole
from xlalm.solver.linear.whole import EXACT, fix_integers, run_whole, undecidable
from xlalm.solver.report import report
from xlalm.solver.solution import Planned, Solution, no_plan

MAX_ROUNDS = 50
"""Rounds of adding binaries before giving up."""

SOLVING, CHECKING = 0.4, 0.6
"""Shares of the progress of a solve at which it solves, and checks the answer."""


def optimise(
    problem: Problem,
    options: Options,
    watch: Watch | None = None,
    start: Basis | None = None,
    *,
    moves_least: bool = True,
) -> Solution:
    """Solve a problem.

    Parameters
    ----------
    watch : a solve that is stopped gives the plan it has, ``feasible``, or none, ``stopped``.
    start : basis of a similar program, to begin from; one of another shape is not used.
    moves_least : whether the plan must be the one that moves least among equally good ones; False where only the goal
        is asked for.

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
        if program.hessian is not None and answer.status not in {"optimal", "infeasible"}:
            other = _bent(problem, program, answer, options, watch)
            if isinstance(other, Planned):
                return _held(problem, other, options, watch)
            answer = other
        endless = answer.status == "unbounded"
        if endless:  # growing and shrinking at once may be what has no end
            limited = attrs.evolve(build, program=without_rays(build, build.program))
            if program.hessian is not None and _runs_away(limited.program, options, watch):
                return no_plan(problem, build, "unbounded", answer.text, started, answer.iterations)
            program, answer = _solve(limited, options, watch, None)
        if isinstance(answer, NoAnswer):
            unlike = undecidable(build) if program.is_mip and answer.status == "infeasible" else None
            if unlike is not None:
                raise unlike
            return no_plan(problem, build, answer.status, answer.text, started, answer.iterations)
        at_fault = churning(build, program, answer.columns)
        if endless and not at_fault:
            at_fault = _could_churn(problem, build)
        if not at_fault or rounds == MAX_ROUNDS:
            watch.says("checking the answer", CHECKING)
            planned = _finish(problem, build, program, answer, _Asked(options, watch, moves_least), started)
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


def _bent(problem: Problem, program: Program, answer: Outcome, options: Options, watch: Watch) -> Outcome | Planned:
    """Return the plan of a convex quadratic goal that HiGHS did not prove, by the nonlinear route; else what is known.

    Without end is only what a direction without end proves.
    """
    from xlalm.solver.nonlinear.search import solve_nonlinear

    if watch.must_stop:
        return answer
    if _runs_away(program, options, watch):
        return NoAnswer("unbounded", answer.text, answer.iterations, answer.seconds)
    other = solve_nonlinear(problem, options, watch)
    if isinstance(other, Planned) and other.certificate.accepted and other.status == "optimal":
        return other
    if isinstance(answer, Answer):
        return answer
    why: NoPlanStatus = "stopped" if answer.status == "stopped" else "failed"
    return NoAnswer(why, answer.text, answer.iterations, answer.seconds)


def _runs_away(program: Program, options: Options, watch: Watch) -> bool:
    from xlalm.solver.infeasible.unbounded import is_endless

    return is_endless(program, options, watch)


# --- growth and reduction ------------------------------------------------------------------------------


def _could_churn(problem: Problem, build: Build) -> tuple[int, ...]:
    """Return every position with a max that could still grow and shrink at once."""
    able = (build.program.layout.block("up").column >= 0) & np.isfinite(problem.sheet.upper)
    able[list(build.either)] = False
    return tuple(int(i) for i in np.flatnonzero(able))


# --- prices --------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Asked:
    """How a solve was asked for."""

    options: Options
    watch: Watch
    moves_least: bool


def _with_whole_numbers(build: Build, program: Program, answer: Answer, asked: _Asked) -> tuple[Program, Answer]:
    """Return the linear program with the whole numbers kept, and its optimum with prices: the one that moves least."""
    for point in _whole_plans(build, program, answer, asked):
        fixed = fix_integers(program, point.columns)
        priced = run(fixed, asked.options, asked.watch)
        if isinstance(priced, Answer) and (point is answer or as_good(program, answer.columns, priced.columns)):
            named = attrs.evolve(priced, status=answer.status, text=answer.text, iterations=answer.iterations)
            return fixed, named
    return fixed, attrs.evolve(answer, row_dual=None, reduced_cost=None, basis=None)


def _whole_plans(build: Build, program: Program, answer: Answer, asked: _Asked) -> Iterator[Answer]:
    """Give the answer that moves least, if it is another, then the answer itself."""
    least = least_moving_whole(build, program, answer, asked.options, asked.watch) if asked.moves_least else answer
    if least is not answer:
        yield least
    yield answer


def _finish(
    problem: Problem, build: Build, program: Program, answer: Answer, asked: _Asked, started: float
) -> Solution:
    is_mip, whole = program.is_mip, answer
    if is_mip:
        program, whole = _with_whole_numbers(build, program, answer, asked)
    columns = whole.columns
    if asked.moves_least:
        columns = least_moving(build, program, whole, asked.options, asked.watch)
    reported = report(problem, build, program, columns, whole.row_dual, gap=answer.gap)
    unlike = undecidable(build) if is_mip else None
    if unlike is not None and reported.certificate.breach > EXACT:
        raise unlike
    if reported.certificate.breach > TOLERANCE:  # what breaks what it must meet is no plan
        text = f"{answer.text}, but the answer breaks a limit or bound"
        return no_plan(problem, build, "failed", text, started, answer.iterations, reported.certificate)
    proven = answer.status != "optimal" or (reported.certificate.accepted and unlike is None)
    return Planned(
        status=answer.status if proven else "feasible",
        build=build,
        plan=reported.plan,
        columns=reported.columns,
        objective=reported.objective,
        penalty=reported.penalty,
        row_dual=whole.row_dual,
        reduced_cost=whole.reduced_cost,
        conditional=is_mip,
        certificate=reported.certificate,
        solver=answer.text,
        iterations=answer.iterations,
        program=program,
        basis=None if is_mip else answer.basis,
        vertex=None if is_mip else net_changes(build, answer.columns),
        seconds=time.perf_counter() - started,
    )
