"""From model to solution: choose the route, solve, separate growth from reduction, price, certify."""

import math
import time

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.domain.typing import Float1D, Progress, Stop, never_stop, no_progress
from xlalm.measures.expression import Point
from xlalm.model.model import Model
from xlalm.program.build import Build, build_program, dense
from xlalm.program.limits import as_single_ratio
from xlalm.program.program import Basis, Program
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.highs.run import Answer, Options, run
from xlalm.solver.linear.netting import churning, net_changes, without_rays
from xlalm.solver.linear.ratio import charnes_cooper
from xlalm.solver.linear.whole import fix_integers, run_whole
from xlalm.solver.solution import Solution, no_plan, on_bounds

MAX_ROUNDS = 50
"""Rounds of adding binaries, and of Dinkelbach's iteration, before giving up."""


def optimise(
    model: Model,
    options: Options,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
    start: Basis | None = None,
) -> Solution:
    """Solve a model.

    Parameters
    ----------
    start : basis of a similar program, to begin from; one of another shape is not used.

    Raises
    ------
    Refused
        For a limit or goal that no solver here can hold.
    """
    started = time.perf_counter()
    either: tuple[int, ...] = ()
    for _ in range(MAX_ROUNDS):
        try:
            build = build_program(model, either)
        except NeedsNonlinearError:
            from xlalm.solver.nonlinear.search import solve_nonlinear

            return solve_nonlinear(model, options, progress, stop)
        progress(2, 5, f"solving {build.program.n_rows} rows × {build.program.n_columns} columns")
        program, answer = _solve(build, options, stop, start)
        endless = answer.status == "unbounded"
        if endless:  # growing and shrinking at once may be what has no end
            limited = attrs.evolve(build, program=without_rays(build, build.program))
            program, answer = _solve(limited, options, stop, None)
        if answer.columns is None:
            return no_plan(build, answer.status, answer.text, started, answer.iterations)
        at_fault = churning(build, program, answer.columns)
        if endless and not at_fault:
            at_fault = _could_churn(model, build)
        if not at_fault:
            break
        either = tuple(sorted({*either, *at_fault}))
    progress(3, 5, "checking the answer")
    return _finish(model, build, program, answer, options, stop, started)


# --- ratios --------------------------------------------------------------------------------------------


def _solve(build: Build, options: Options, stop: Stop, start: Basis | None) -> tuple[Program, Answer]:
    """Return the program whose optimum is the answer, and the answer; a ratio goal becomes its tangent."""
    if build.ratio is None:
        return build.program, run_whole(build.program, options, stop, start).answer
    if build.program.is_mip:
        return _dinkelbach(build, options, stop)
    homogeneous = charnes_cooper(build)
    answer = run(homogeneous, options, stop)
    if answer.columns is None:
        return build.program, _settle_ratio(build, answer, options, stop)
    if answer.columns[-1] <= 0:
        return build.program, attrs.evolve(answer, status="unbounded", columns=None)
    return _tangent(build, answer.columns[:-1] / answer.columns[-1], options, stop)


def _settle_ratio(build: Build, answer: Answer, options: Options, stop: Stop) -> Answer:
    """The homogeneous program is feasible for some unbounded cases only; ask the plain one what is wrong."""
    plain = run(attrs.evolve(build.program, cost=np.zeros(build.program.n_columns), offset=0.0), options, stop)
    return plain if plain.columns is None else answer


def _tangent(build: Build, columns: Float1D, options: Options, stop: Stop) -> tuple[Program, Answer]:
    """Solve the ratio's tangent program: its optimum is the ratio's, and its prices are the ratio's derivatives."""
    assert build.ratio is not None
    numerator, n0 = dense(build, build.ratio[0])
    denominator, d0 = dense(build, build.ratio[1])
    ratio, below = _ratio_at(build, columns)
    program = attrs.evolve(
        build.program, cost=(numerator - ratio * denominator) / below, offset=(n0 - ratio * d0) / below + ratio
    )
    return program, run_whole(program, options, stop).answer


def _dinkelbach(build: Build, options: Options, stop: Stop) -> tuple[Program, Answer]:
    """Return the best ratio over integer columns (Dinkelbach 1967, Management Science 13, 492–498)."""
    plain = attrs.evolve(build.program, cost=np.zeros(build.program.n_columns), offset=0.0)
    program, answer = plain, run(plain, options, stop)
    previous = math.nan
    for _ in range(MAX_ROUNDS):
        if answer.columns is None:
            break
        ratio, _ = _ratio_at(build, answer.columns)
        if abs(ratio - previous) <= 1e-12 * max(1.0, abs(ratio)):
            break
        previous = ratio
        program, answer = _tangent(build, answer.columns, options, stop)
    return program, answer


def _ratio_at(build: Build, columns: Float1D) -> tuple[float, float]:
    """Return the goal's ratio and its denominator by ``value``: auxiliary columns need not be tight yet."""
    parts = as_single_ratio(build.goal)
    assert parts is not None
    sheet = build.builder.sheet
    point = Point.at(columns[: len(sheet)], sheet.opening)
    below = parts[1].value(point)
    if not below > 0:
        reason = "the denominator of the goal can become 0, so that the goal has no best value"
        raise Refused(None, reason, "add a limit that keeps the denominator above 0")
    return parts[0].value(point) / below, below


# --- growth and reduction ------------------------------------------------------------------------------


def _could_churn(model: Model, build: Build) -> tuple[int, ...]:
    """Return every position with a max that could still grow and shrink at once."""
    able = (build.builder.up >= 0) & np.isfinite(model.sheet.upper)
    able[list(build.either)] = False
    return tuple(int(i) for i in np.flatnonzero(able))


# --- prices --------------------------------------------------------------------------------------------


def _finish(
    model: Model, build: Build, program: Program, answer: Answer, options: Options, stop: Stop, started: float
) -> Solution:
    assert answer.columns is not None
    columns = answer.columns
    row_dual, reduced, priced = answer.row_dual, answer.reduced_cost, program
    if program.is_mip:
        priced = fix_integers(program, columns)
        prices = run(priced, options, stop)
        row_dual, reduced = prices.row_dual, prices.reduced_cost
        if prices.columns is not None:
            columns = prices.columns
    n = len(model.sheet)
    columns = net_changes(build, columns) if build.ratio is None and not build.either else columns
    stock = on_bounds(columns[:n], model.sheet)
    point = Point.at(stock, model.sheet.opening)
    objective = build.goal.value(point)
    penalty = abs(program.objective(columns) - objective) if model.has_soft_limits else 0.0
    certificate = certify(
        priced,
        columns,
        row_dual,
        gap=answer.gap,
        objective_difference=abs(program.objective(columns) - objective) - penalty,
    )
    size = max(1.0, float(np.abs(columns[priced.money]).max(initial=0.0)))
    if certificate.primal > TOLERANCE * size:  # a plan that breaks what it must meet is no plan
        text = f"{answer.text}, but the answer breaks a limit or bound"
        return attrs.evolve(no_plan(build, "failed", text, started, answer.iterations), certificate=certificate)
    proven = answer.status != "optimal" or certificate.accepted
    return Solution(
        status=answer.status if proven else "feasible",
        build=build,
        stock=stock,
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
