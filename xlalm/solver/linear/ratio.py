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
from xlalm.domain.typing import Bool1D, Float1D, Int1D
from xlalm.domain.watch import Watch
from xlalm.measures.expression import NOTHING, Point
from xlalm.program.build import Build, Ratio, dense
from xlalm.program.program import Owner, Program
from xlalm.solver.highs.run import NoAnswer, Options, Outcome, run
from xlalm.solver.linear.whole import run_whole

MAX_ROUNDS = 50
"""Rounds of Dinkelbach's iteration before giving up."""

SAME = 1e-9
"""Relative difference of ratios that is rounding."""


def solve_ratio(build: Build, ratio: Ratio, options: Options, watch: Watch) -> tuple[Program, Outcome]:
    """Return the program whose optimum is the best ratio, and the answer."""
    if build.program.is_mip:
        return _dinkelbach(build, ratio, options, watch)
    route = CharnesCooper.of(build, ratio)
    answer = run(route.program, options, watch)
    if isinstance(answer, NoAnswer):
        return build.program, _settled(build, ratio, answer, options, watch)
    columns = route.invert(answer.columns)
    if columns is None:
        return build.program, NoAnswer("unbounded", answer.text, answer.iterations, answer.seconds)
    return _tangent_solved(build, ratio, columns, options, watch)


def _settled(build: Build, ratio: Ratio, answer: NoAnswer, options: Options, watch: Watch) -> NoAnswer:
    """Return why there is no plan: the homogeneous program is feasible for some unbounded cases only.

    Raises
    ------
    Refused
        There are plans, but in each of them the denominator is 0.
    """
    plain = run(_without_goal(build.program), options, watch)
    if isinstance(plain, NoAnswer):
        return plain
    if answer.status == "infeasible":
        raise _always_zero(ratio)
    return answer


def _always_zero(ratio: Ratio) -> Refused:
    reason = f'what the goal "{ratio.owner.name}" divides by is 0 in every plan that meets the limits'
    return Refused(ratio.owner.cell, reason, "loosen what keeps it at 0, or choose another goal")


def _tangent(build: Build, ratio: Ratio, columns: Float1D) -> Program:
    """Return the program whose goal is the tangent of a ratio at a point (n_columns,)."""
    numerator, n0 = dense(build, ratio.numerator_form)
    denominator, d0 = dense(build, ratio.denominator_form)
    above, below = _at(build, ratio, columns)
    value = above / below
    return attrs.evolve(
        build.program, cost=(numerator - value * denominator) / below, offset=(n0 - value * d0) / below + value
    )


def _tangent_solved(
    build: Build, ratio: Ratio, columns: Float1D, options: Options, watch: Watch
) -> tuple[Program, Outcome]:
    """Return the tangent at a point with a denominator, and its best plan: one that has a denominator too.

    A plan with none of it is as good where the numerator is 0 as well; where it is better the ratio has no end.
    """
    program = _tangent(build, ratio, columns)
    outcome = run_whole(program, options, watch).outcome
    if isinstance(outcome, NoAnswer) or _at(build, ratio, outcome.columns)[1] > 0:
        return program, outcome
    above, below = _at(build, ratio, columns)
    better = (program.objective(outcome.columns) - above / below) * (1.0 if program.maximise else -1.0)
    if better > SAME * max(1.0, abs(above / below)):
        return program, NoAnswer("unbounded", outcome.text, outcome.iterations, outcome.seconds)
    tight = build.builder.columns_at(Point.at(build.program.plan(columns), build.builder.sheet.opening), columns)
    return program, attrs.evolve(outcome, columns=tight, basis=None)


def _dinkelbach(build: Build, ratio: Ratio, options: Options, watch: Watch) -> tuple[Program, Outcome]:
    """Solve one tangent after the other until the ratio stays the same; stopped, the last plan is ``feasible``."""
    most = attrs.evolve(_without_goal(build.program), cost=dense(build, ratio.denominator_form)[0], maximise=True)
    program, answer, previous = build.program, run_whole(most, options, watch).outcome, math.nan
    if answer.status == "unbounded":
        answer = run(_without_goal(build.program), options, watch)
    if not isinstance(answer, NoAnswer) and not _at(build, ratio, answer.columns)[1] > 0:
        raise _always_zero(ratio)
    for _ in range(MAX_ROUNDS):
        if isinstance(answer, NoAnswer):
            break
        if watch.must_stop:
            return _tangent(build, ratio, answer.columns), attrs.evolve(answer, status="feasible")
        above, below = _at(build, ratio, answer.columns)
        value = above / below
        if abs(value - previous) <= 1e-12 * max(1.0, abs(value)):
            break
        previous = value
        program, answer = _tangent_solved(build, ratio, answer.columns, options, watch)
    return program, answer


def _without_goal(program: Program) -> Program:
    return attrs.evolve(program, cost=np.zeros(program.n_columns), offset=0.0)


def _at(build: Build, ratio: Ratio, columns: Float1D) -> tuple[float, float]:
    """Return numerator and denominator by ``value``: auxiliary columns need not be tight yet."""
    point = Point.at(build.program.plan(columns), build.builder.sheet.opening)
    below = ratio.denominator.value(point)
    is_some = below > NOTHING * ratio.denominator.size(point)
    return ratio.numerator.value(point), below if is_some else 0.0


def has_value(build: Build, columns: Float1D) -> bool:
    """Whether a ratio goal has a value at a point (n_columns,); True where the goal is none."""
    return build.ratio is None or _at(build, build.ratio, columns)[1] > 0


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
