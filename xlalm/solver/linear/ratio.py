"""One ratio as the goal: Charnes–Cooper for linear programs, Dinkelbach's iteration for integer ones.

Either ends at the tangent of the ratio at its best plan: a program whose optimum is the ratio's, and whose prices are
the ratio's derivatives as they stand.

References
----------
Charnes, A. and Cooper, W. W. (1962), Programming with linear fractional functionals, Naval Research
Logistics Quarterly 9, 181–186. Dinkelbach, W. (1967), On nonlinear fractional programming, Management Science 13,
492–498.
"""

import math

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Bool1D, Float1D, Int1D, Stop
from xlalm.measures.expression import Point
from xlalm.program.build import Build, Ratio, dense
from xlalm.program.program import Owner, Program
from xlalm.solver.highs.run import NoAnswer, Options, Outcome, run
from xlalm.solver.linear.whole import run_whole

MAX_ROUNDS = 50
"""Rounds of Dinkelbach's iteration before giving up."""


def solve_ratio(build: Build, ratio: Ratio, options: Options, stop: Stop) -> tuple[Program, Outcome]:
    """Return the program whose optimum is the best ratio, and the answer."""
    if build.program.is_mip:
        return _dinkelbach(build, ratio, options, stop)
    route = CharnesCooper.of(build, ratio)
    answer = run(route.program, options, stop)
    if isinstance(answer, NoAnswer):
        return build.program, _settled(build, answer, options, stop)
    columns = route.invert(answer.columns)
    if columns is None:
        return build.program, NoAnswer("unbounded", answer.text, answer.iterations, answer.seconds)
    return _tangent(build, ratio, columns, options, stop)


def _settled(build: Build, answer: NoAnswer, options: Options, stop: Stop) -> NoAnswer:
    """Return why there is no plan: the homogeneous program is feasible for some unbounded cases only."""
    plain = run(_without_goal(build.program), options, stop)
    return plain if isinstance(plain, NoAnswer) else answer


def _tangent(build: Build, ratio: Ratio, columns: Float1D, options: Options, stop: Stop) -> tuple[Program, Outcome]:
    """Solve the tangent of a ratio at a point (n_columns,)."""
    numerator, n0 = dense(build, ratio.numerator_form)
    denominator, d0 = dense(build, ratio.denominator_form)
    value, below = _at(build, ratio, columns)
    program = attrs.evolve(
        build.program, cost=(numerator - value * denominator) / below, offset=(n0 - value * d0) / below + value
    )
    return program, run_whole(program, options, stop).outcome


def _dinkelbach(build: Build, ratio: Ratio, options: Options, stop: Stop) -> tuple[Program, Outcome]:
    """Solve one tangent after the other until the ratio stays the same."""
    program = _without_goal(build.program)
    answer, previous = run(program, options, stop), math.nan
    for _ in range(MAX_ROUNDS):
        if isinstance(answer, NoAnswer):
            break
        value, _ = _at(build, ratio, answer.columns)
        if abs(value - previous) <= 1e-12 * max(1.0, abs(value)):
            break
        previous = value
        program, answer = _tangent(build, ratio, answer.columns, options, stop)
    return program, answer


def _without_goal(program: Program) -> Program:
    return attrs.evolve(program, cost=np.zeros(program.n_columns), offset=0.0)


def _at(build: Build, ratio: Ratio, columns: Float1D) -> tuple[float, float]:
    """Return the ratio and its denominator by ``value``: auxiliary columns need not be tight yet."""
    point = Point.at(build.program.plan(columns), build.builder.sheet.opening)
    below = ratio.denominator.value(point)
    if not below > 0:
        reason = "the denominator of the goal can become 0, so that the goal has no best value"
        raise Refused(None, reason, "add a limit that keeps the denominator above 0")
    return ratio.numerator.value(point) / below, below


# --- Charnes–Cooper ------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Rows:
    """Rows ``low <= entries·(y, t) <= high``; ``row`` counts from 0 within these."""

    row: Int1D
    column: Int1D
    value: Float1D
    low: Float1D
    high: Float1D


def _scaled_by_t(
    row: Int1D, column: Int1D, value: Float1D, bound: Float1D, is_equal: Bool1D, t: int, *, is_low: bool
) -> _Rows:
    """Return the rows ``a·y - bound·t`` >= 0 (lower bounds), <= 0 (upper bounds) or = 0."""
    count = len(bound)
    return _Rows(
        np.concatenate([row, np.arange(count)]),
        np.concatenate([column, np.full(count, t)]),
        np.concatenate([value, -bound]),
        np.zeros(count) if is_low else np.full(count, -np.inf),
        np.where(is_equal, 0.0, np.inf) if is_low else np.zeros(count),
    )


@attrs.frozen(eq=False)
class CharnesCooper:
    """The linear program in y = t·z and t = 1 / denominator whose optimum is the best ratio.

    Its last column is t, the others are y. Finite bounds became rows because they move with t.
    """

    program: Program

    @classmethod
    def of(cls, build: Build, ratio: Ratio) -> "CharnesCooper":
        """Return the program of a build whose goal is a ratio."""
        program, t = build.program, build.program.n_columns
        numerator, n0 = dense(build, ratio.numerator_form)
        denominator, d0 = dense(build, ratio.denominator_form)
        rows = program.row
        equal = program.row_lower == program.row_upper
        blocks = []
        for bound, is_low in ((program.row_lower, True), (program.row_upper, False)):
            kept = np.isfinite(bound) & (is_low | ~equal)
            number, inside = np.cumsum(kept) - 1, kept[rows]
            entries = number[rows[inside]], program.index[inside].astype(np.int64), program.value[inside]
            blocks.append(_scaled_by_t(*entries, bound[kept], equal[kept], t, is_low=is_low))
        for bound, is_low in ((program.lower, True), (program.upper, False)):
            columns = np.flatnonzero(np.isfinite(bound) & ~(is_low & (bound == 0.0)))
            ones, none = np.ones(len(columns)), np.zeros(len(columns), dtype=np.bool_)
            entries = np.arange(len(columns)), columns, ones
            blocks.append(_scaled_by_t(*entries, bound[columns], none, t, is_low=is_low))
        used = np.flatnonzero(denominator)
        blocks.append(
            _Rows(
                np.zeros(len(used) + 1, dtype=np.int64),
                np.append(used, t),
                np.append(denominator[used], d0),
                np.ones(1),
                np.ones(1),
            )
        )
        return cls(_assemble(program, blocks, np.append(numerator, n0)))

    def invert(self, point: Float1D) -> Float1D | None:
        """Return the columns z = y / t of a point; None where t is 0: the ratio has no best value."""
        return point[:-1] / point[-1] if point[-1] > 0 else None


def _assemble(program: Program, blocks: list[_Rows], cost: Float1D) -> Program:
    sizes = [len(block.low) for block in blocks]
    first = np.concatenate([[0], np.cumsum(sizes)])
    row = np.concatenate([block.row + start for block, start in zip(blocks, first[:-1], strict=True)])
    column = np.concatenate([block.column for block in blocks])
    value = np.concatenate([block.value for block in blocks])
    kept = value != 0
    row, column, value = row[kept], column[kept], value[kept]
    order = np.argsort(row, kind="stable")
    n_rows, n_columns = int(first[-1]), len(cost)
    start = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=n_rows), out=start[1:])
    return attrs.evolve(
        program,
        layout=program.layout.with_auxiliary(1),
        cost=cost,
        offset=0.0,
        start=start,
        index=column[order].astype(np.int32),
        value=value[order],
        row_lower=np.concatenate([block.low for block in blocks]),
        row_upper=np.concatenate([block.high for block in blocks]),
        row_owner=(Owner("goal", 0, "Charnes–Cooper", None),) * n_rows,
        # a lower bound of 0 stays one; every other finite bound has become a row, so y is free
        lower=np.append(np.where(program.lower == 0.0, 0.0, -np.inf), 0.0),
        upper=np.full(n_columns, np.inf),
        integer=np.zeros(n_columns, dtype=np.bool_),
        money=np.zeros(n_columns, dtype=np.bool_),
    )
