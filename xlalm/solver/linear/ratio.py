"""One ratio as the goal: Charnes–Cooper for linear programs.

References
----------
Charnes, A. and Cooper, W. W. (1962), Programming with linear fractional functionals, Naval Research
Logistics Quarterly 9, 181–186.
"""

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Float1D, Int1D
from xlalm.program.build import Build, dense
from xlalm.program.layout import ColumnLayout
from xlalm.program.program import Owner, Program
from xlalm.program.rows import Form


@attrs.frozen(eq=False)
class _Block:
    """Rows ``low <= entries·(y, t) <= high``; ``row`` counts from 0 within the block."""

    row: Int1D
    column: Int1D
    value: Float1D
    low: Float1D
    high: Float1D


def _scaled_by_t(
    row: Int1D, column: Int1D, value: Float1D, bound: Float1D, is_equal: Bool1D, t: int, *, is_low: bool
) -> _Block:
    """Return the rows ``a·y - bound·t`` >= 0 (lower bounds), <= 0 (upper bounds) or = 0."""
    count = len(bound)
    return _Block(
        np.concatenate([row, np.arange(count)]),
        np.concatenate([column, np.full(count, t)]),
        np.concatenate([value, -bound]),
        np.zeros(count) if is_low else np.full(count, -np.inf),
        np.where(is_equal, 0.0, np.inf) if is_low else np.zeros(count),
    )


def charnes_cooper(build: Build, goal: tuple[Form, Form]) -> Program:
    """Return the linear program in y = t·z and t = 1 / denominator whose optimum is the best ratio.

    Column n is t; a plan is y / t. Finite bounds become rows because they move with t. ``goal`` holds numerator and
    denominator.
    """
    program, t = build.program, build.program.n_columns
    numerator, n0 = dense(build, goal[0])
    denominator, d0 = dense(build, goal[1])
    rows = np.repeat(np.arange(program.n_rows), np.diff(program.start))
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
        _Block(
            np.zeros(len(used) + 1, dtype=np.int64),
            np.append(used, t),
            np.append(denominator[used], d0),
            np.ones(1),
            np.ones(1),
        )
    )
    return _assemble(program, blocks, np.append(numerator, n0))


def _assemble(program: Program, blocks: list[_Block], cost: Float1D) -> Program:
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
    zeros = np.zeros(n_columns, dtype=np.int32)
    return attrs.evolve(
        program,
        layout=ColumnLayout(zeros, zeros, zeros, zeros),
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
