"""From model to solution: choose the route, solve, separate growth from reduction, price, certify."""

import math
import time

import attrs
import numpy as np

from xlalm.domain.typing import Float1D, Progress, Stop, never_stop, no_progress
from xlalm.measures.expression import Point
from xlalm.program.build import Build, as_single_ratio, build_program
from xlalm.program.model import Model
from xlalm.program.program import Basis, CurvedError, NotLinearError, Program
from xlalm.solve.certify import TOLERANCE, certify
from xlalm.solve.highs import Answer, Options, run
from xlalm.solve.ratio import charnes_cooper, dense
from xlalm.solve.solution import Solution, on_bounds

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
    NotLinearError
        For a limit or goal that no solver here can hold.
    """
    started = time.perf_counter()
    either: tuple[int, ...] = ()
    for _ in range(MAX_ROUNDS):
        try:
            build = build_program(model, either)
        except CurvedError:
            from xlalm.solve.nonlinear import solve_nonlinear

            return solve_nonlinear(model, options, progress, stop)
        progress(2, 5, f"solving {build.program.n_rows} rows × {build.program.n_columns} columns")
        program, answer = _solve(build, options, stop, start)
        endless = answer.status == "unbounded"
        if endless:  # growing and shrinking at once may be what has no end
            program, answer = _solve(_without_churn_rays(model, build), options, stop, None)
        if answer.columns is None:
            return _without_plan(build, answer, started)
        churning = _churning(model, build, program, answer.columns)
        if endless and not churning:
            churning = _could_churn(model, build)
        if not churning:
            break
        either = tuple(sorted({*either, *churning}))
    progress(3, 5, "checking the answer")
    return _finish(model, build, program, answer, options, stop, started)


def _without_plan(build: Build, answer: Answer, started: float) -> Solution:
    seconds = time.perf_counter() - started
    return Solution(
        answer.status, build, None, None, None, 0.0, None, None, False, None, answer.text, answer.iterations, seconds
    )


# --- ratios --------------------------------------------------------------------------------------------


def _solve(build: Build, options: Options, stop: Stop, start: Basis | None) -> tuple[Program, Answer]:
    """Return the program whose optimum is the answer, and the answer; a ratio goal becomes its tangent."""
    if build.ratio is None:
        return build.program, run(build.program, options, stop, start)
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
    return program, run(program, options, stop)


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
        raise NotLinearError(reason, None, "add a limit that keeps the denominator above 0")
    return parts[0].value(point) / below, below


# --- growth and reduction ------------------------------------------------------------------------------


def _without_churn_rays(model: Model, build: Build) -> Build:
    """Return the program with growth and reduction held to what the balance's own bounds allow."""
    sheet, builder, upper = model.sheet, build.builder, build.program.upper.copy()
    for columns, room in ((builder.up, sheet.upper - sheet.opening), (builder.down, sheet.opening - sheet.lower)):
        upper[columns[columns >= 0]] = np.maximum(room[columns >= 0], 0.0)
    return attrs.evolve(build, program=attrs.evolve(build.program, upper=upper))


def _could_churn(model: Model, build: Build) -> tuple[int, ...]:
    """Return every position with a max that could still grow and shrink at once."""
    able = (build.builder.up >= 0) & np.isfinite(model.sheet.upper)
    able[list(build.either)] = False
    return tuple(int(i) for i in np.flatnonzero(able))


def _churning(model: Model, build: Build, program: Program, columns: Float1D) -> tuple[int, ...]:
    """Return positions that the answer grows and shrinks at once to its advantage.

    An answer that does so without need (nothing is lost by netting the two) is not at fault.
    """
    up, down = build.builder.up, build.builder.down
    both = np.flatnonzero((up >= 0) & (down >= 0))
    if not len(both):
        return ()
    least = np.minimum(columns[up[both]], columns[down[both]])
    size = max(1.0, float(np.abs(columns).max()))
    suspects = both[least > 1e-7 * size]
    suspects = np.array([i for i in suspects if i not in build.either], dtype=np.int64)
    if not len(suspects):
        return ()
    netted = net_changes(build, columns)
    worse = (program.objective(columns) - program.objective(netted)) * (1.0 if program.maximise else -1.0)
    activity = program.activity(netted)
    broken = max(
        float((program.row_lower - activity).max(initial=0)), float((activity - program.row_upper).max(initial=0))
    )
    if worse <= 1e-9 * max(1.0, abs(program.objective(columns))) and broken <= 1e-7 * size:
        return ()
    return tuple(int(i) for i in suspects)


def net_changes(build: Build, columns: Float1D) -> Float1D:
    """Return the point with growth and reduction of each position netted."""
    up, down = build.builder.up, build.builder.down
    both = np.flatnonzero((up >= 0) & (down >= 0))
    netted = columns.copy()
    least = np.minimum(columns[up[both]], columns[down[both]])
    netted[up[both]] -= least
    netted[down[both]] -= least
    return netted


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
    penalty = abs(program.objective(columns) - objective) if _is_soft(model) else 0.0
    certificate = certify(
        priced,
        columns,
        row_dual,
        gap=answer.gap,
        objective_difference=abs(program.objective(columns) - objective) - penalty,
    )
    size = max(1.0, float(np.abs(columns[priced.money]).max(initial=0.0)))
    if certificate.primal > TOLERANCE * size:  # a plan that breaks what it must meet is no plan
        broken = attrs.evolve(answer, status="failed", text=f"{answer.text}, but the answer breaks a limit or bound")
        return attrs.evolve(_without_plan(build, broken, started), certificate=certificate)
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


def _is_soft(model: Model) -> bool:
    return any(limit.row.active and not limit.row.hard for limit in model.limits)


def fix_integers(program: Program, columns: Float1D) -> Program:
    """Return the linear program with lots and switches kept as they are at a point."""
    fixed = np.where(program.integer, np.round(columns), 0.0)
    return attrs.evolve(
        program,
        lower=np.where(program.integer, fixed, program.lower),
        upper=np.where(program.integer, fixed, program.upper),
        integer=np.zeros(program.n_columns, dtype=np.bool_),
    )
