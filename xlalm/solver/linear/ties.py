"""Among equally good plans the one that moves least: a second linear program over the best plans of the first.

The best plans of a linear program are those that are complementary to any prices that prove one of them: columns with a
reduced cost stay on their bound, rows with a price on theirs. Prices and their ranges therefore stay those of the goal.

References
----------
Mangasarian, O. L. (1979), Uniqueness of solution in linear programming, Linear Algebra and its Applications 25,
151–162.
"""

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.typing import Bool1D, Float1D, Int1D
from xlalm.domain.watch import Watch
from xlalm.program.build import Build
from xlalm.program.extend import NewRow, with_rows
from xlalm.program.program import Basis, Owner, Program
from xlalm.program.quadratic import bending
from xlalm.solver.highs.run import Answer, Options, run
from xlalm.solver.linear.netting import churning
from xlalm.solver.linear.ratio import has_value
from xlalm.solver.linear.whole import run_whole

NO_PRICE = 1e-9
"""Share of what a price is the sum of below which it is 0."""

SAME = 1e-9
"""Share of the gross sum of a goal's parts by which equally good plans may differ."""


ROUNDING = 1e-11
"""The same where both points are vertices: the sums of doubles round by less."""

LEAST_SEARCH_S = 1.0
"""Seconds that an integer search for the plan that moves least may take at least."""


@attrs.frozen(eq=False)
class Prices:
    """Prices of rows (n_rows,) and columns (n_columns,) in the sense of minimisation, rounding removed."""

    row: Float1D
    column: Float1D

    @classmethod
    def of(cls, program: Program, columns: Float1D, row_dual: Float1D) -> "Prices":
        """Return the prices of a plan; those that are rounding of what they are the sum of are 0."""
        sign = -1.0 if program.maximise else 1.0
        gradient = sign * program.gradient(columns)
        row = sign * row_dual
        parts = np.abs(program.value * row[program.row])
        largest = np.abs(gradient)
        np.maximum.at(largest, program.index, parts)
        reach = np.zeros(program.n_rows)
        np.maximum.at(reach, program.row, np.abs(program.value))
        top = float(np.abs(program.cost).max(initial=0.0))
        column = gradient - program.transpose_product(row)
        return cls(
            np.where(np.abs(row) * reach <= NO_PRICE * top, 0.0, row),
            np.where(np.abs(column) <= NO_PRICE * largest, 0.0, column),
        )


def is_only(build: Build, program: Program, prices: Prices, basis: Basis | None) -> bool:
    """Whether a plan is proven to be the only best one: leaving any bound that it stands at would cost something.

    A position that would grow and shrink at once changes nothing.
    """
    movable = (program.lower < program.upper) & (prices.column == 0)
    stock = program.layout.block("stock").columns
    if program.hessian is not None and program.hessian_columns is not None:
        rank = np.linalg.matrix_rank(program.hessian, hermitian=True)
        if rank == len(program.hessian_columns):  # what bends the goal every way has one best value
            movable[program.hessian_columns] = False
    if not movable[stock].any():
        return True
    if basis is None:
        return False
    free = movable & ~basis.basic_columns
    up, down = (build.program.layout.block(part).column for part in ("up", "down"))
    both = np.flatnonzero((up >= 0) & (down >= 0))
    for one, other in ((up[both], down[both]), (down[both], up[both])):
        free[one[basis.basic_columns[other]]] = False
    loose = (program.row_lower < program.row_upper) & (prices.row == 0) & ~basis.basic_rows
    return not free.any() and not loose.any()


def least_moving(build: Build, program: Program, answer: Answer, options: Options, watch: Watch) -> Float1D:
    """Return the columns of the plan that moves least among the best ones, (n_columns,).

    Parameters
    ----------
    program : the linear program that was solved, of the build's columns.
    answer : its optimum; its own columns are returned where they are the only ones, or no others were found.
    """
    columns = answer.columns
    if answer.status != "optimal" or answer.row_dual is None or watch.must_stop:
        return columns
    prices = Prices.of(program, columns, answer.row_dual)
    if is_only(build, program, prices, answer.basis):
        return columns
    sheet = build.builder.sheet
    split = _Split.of(_best_plans(program, prices, columns), sheet)
    sized = attrs.evolve(options, amount=program.largest_amount(columns))
    found = run(split.program, sized, watch)
    if not isinstance(found, Answer):
        return columns
    least = split.joined(found.columns)
    return least if moves_less(build, program, columns, least) else columns


def least_moving_whole(build: Build, program: Program, answer: Answer, options: Options, watch: Watch) -> Answer:
    """Return the same for an integer program: solved again for the least movement with the goal kept.

    The search has as long as the first one took, a second at least, within the time limit; cut short, it may leave a
    plan that moves more than another of the same goal.
    """
    left = min(options.time_limit_s - answer.seconds, max(answer.seconds, LEAST_SEARCH_S))
    sheet, columns = build.builder.sheet, answer.columns
    if answer.status != "optimal" or left <= 0 or not sheet.moved(program.plan(columns)).any():
        return answer
    used = np.flatnonzero(program.cost)
    slack = SAME * float(np.abs(program.cost) @ np.abs(columns))
    level = program.objective(columns) - program.offset
    ends = (level - slack, np.inf) if program.maximise else (-np.inf, level + slack)
    kept = NewRow(used, program.cost[used], *ends, Owner("goal", 0, "goal kept", None))
    split = _Split.of(attrs.evolve(with_rows(program, [kept]), maximise=False, offset=0.0), sheet)
    limited = attrs.evolve(options, time_limit_s=left, amount=program.largest_amount(columns))
    found = run_whole(split.program, limited, watch).outcome
    if not isinstance(found, Answer):
        return answer
    least = split.joined(found.columns)
    return attrs.evolve(answer, columns=least) if moves_less(build, program, columns, least) else answer


def moves_less(build: Build, program: Program, columns: Float1D, other: Float1D) -> bool:
    """Whether another point is as good, moves less, and grows and shrinks no position at once to its advantage."""
    opening = build.builder.sheet.opening
    moved, less = (float(np.abs(program.plan(point) - opening).sum()) for point in (columns, other))
    if not less < moved * (1 - SAME):
        return False
    return has_value(build, other) and as_good(program, columns, other, SAME) and not churning(build, program, other)


def as_good(program: Program, columns: Float1D, other: Float1D, share: float = ROUNDING) -> bool:
    """Whether the goal of another point is no worse but for a share of the gross sum of its parts."""
    better = 1.0 if program.maximise else -1.0
    lost = better * (program.objective(columns) - program.objective(other))
    gross = float(np.abs(program.gradient(columns)) @ np.maximum(np.abs(columns), np.abs(other)))
    return lost <= share * gross


def _best_plans(program: Program, prices: Prices, columns: Float1D) -> Program:
    """Return the program whose plans are the best ones of another: complementary to its prices."""
    lower, upper = _held(prices.column, program.lower, program.upper, columns)
    row_lower, row_upper = _held(prices.row, program.row_lower, program.row_upper, program.activity(columns))
    rows = []
    if program.hessian is not None and program.hessian_columns is not None:  # all best plans bend the goal alike
        here = columns[program.hessian_columns]
        for bend in bending(program.hessian):
            level = float(bend @ here)
            rows.append(
                NewRow(program.hessian_columns.astype(np.int64), bend, level, level, Owner("goal", 0, "bend", None))
            )
    held = attrs.evolve(
        program,
        maximise=False,
        offset=0.0,
        hessian=None,
        hessian_columns=None,
        lower=lower,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
    )
    return with_rows(held, rows) if rows else held


def _held(price: Float1D, low: Float1D, high: Float1D, value: Float1D) -> tuple[Float1D, Float1D]:
    """Return bounds that hold what has a price to the bound it belongs to."""
    bound = np.where(price > 0, low, high)
    at = np.where(np.isfinite(bound), bound, value)
    return np.where(price != 0, at, low), np.where(price != 0, at, high)


@attrs.frozen(eq=False)
class _Split:
    """A program that minimises what moves: each balance is its nearest to the opening, plus growth, less reduction.

    Growth stands in the balance's own column, reduction in columns at the end, so that no row is added. Balances that
    have columns of growth and reduction already are counted there. ``at`` (n_columns,) is where the columns begin.
    """

    program: Program
    at: Float1D
    split: Int1D

    @classmethod
    def of(cls, program: Program, sheet: BalanceSheet) -> "_Split":
        layout, n = program.layout, program.n_columns
        stock = layout.block("stock").column
        is_free: Bool1D = program.lower[stock] < program.upper[stock]
        up, down = layout.block("up").column, layout.block("down").column
        cost, counted = np.zeros(n), (up >= 0) & (down >= 0)
        cost[up[counted]] = cost[down[counted]] = 1.0
        split = stock[is_free & ~counted]
        at = np.zeros(n)
        at[split] = np.clip(sheet.opening, program.lower[stock], program.upper[stock])[is_free & ~counted]
        cost[split] = 1.0
        place = np.full(n, -1, dtype=np.int64)
        place[split] = n + np.arange(len(split))
        mirrored = np.flatnonzero(place[program.index] >= 0)
        row = np.concatenate([program.row, program.row[mirrored]])
        order = np.argsort(row, kind="stable")
        moved = program.activity(at)
        upper = program.upper - at
        start = np.zeros(program.n_rows + 1, dtype=np.int32)
        np.cumsum(np.bincount(row, minlength=program.n_rows), out=start[1:])
        none = np.zeros(len(split), dtype=np.bool_)
        lower = program.lower - at
        reduced = -lower[split]
        lower[split] = 0.0
        value = np.concatenate([program.value, -program.value[mirrored]])
        index = np.concatenate([program.index, place[program.index[mirrored]]])
        made = attrs.evolve(
            program,
            layout=layout.with_auxiliary(len(split)),
            cost=np.append(cost, np.ones(len(split))),
            start=start,
            index=index[order].astype(np.int32),
            value=value[order],
            row_lower=program.row_lower - moved,
            row_upper=program.row_upper - moved,
            lower=np.append(lower, np.zeros(len(split))),
            upper=np.append(upper, reduced),
            integer=np.append(program.integer, none),
            money=np.append(program.money, ~none),
        )
        return cls(made, at, split)

    def joined(self, columns: Float1D) -> Float1D:
        """Return the columns of the program that was split, (n_columns,)."""
        n = len(self.at)
        joined = columns[:n] + self.at
        joined[self.split] -= columns[n:]
        return joined
