"""Columns, rows and coefficients added to a program that stands already."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from xlalm.domain.typing import Float1D, Int1D
from xlalm.program.program import Owner, Program


@attrs.frozen(eq=False)
class NewRow:
    """``lower <= value · z[index] <= upper``; each column stands in ``index`` once."""

    index: Int1D
    value: Float1D
    lower: float
    upper: float
    owner: Owner


def with_columns(program: Program, upper: Float1D, cost: Float1D) -> Program:
    """Return a program with continuous auxiliary columns from 0 to ``upper`` that stand in no row yet."""
    count = len(upper)
    return attrs.evolve(
        program,
        layout=program.layout.with_auxiliary(count),
        cost=np.append(program.cost, cost),
        lower=np.append(program.lower, np.zeros(count)),
        upper=np.append(program.upper, upper),
        integer=np.append(program.integer, np.zeros(count, dtype=np.bool_)),
        money=np.append(program.money, np.zeros(count, dtype=np.bool_)),
    )


def with_rows(program: Program, rows: Sequence[NewRow]) -> Program:
    """Return a program with more rows at its end."""
    ends = program.start[-1] + np.cumsum([len(row.index) for row in rows], dtype=np.int64)
    return attrs.evolve(
        program,
        start=np.append(program.start, ends).astype(np.int32),
        index=np.concatenate([program.index, *(row.index for row in rows)]).astype(np.int32),
        value=np.concatenate([program.value, *(row.value for row in rows)]),
        row_lower=np.append(program.row_lower, [row.lower for row in rows]),
        row_upper=np.append(program.row_upper, [row.upper for row in rows]),
        row_owner=(*program.row_owner, *(row.owner for row in rows)),
    )


def with_coefficients(program: Program, added: Mapping[int, Sequence[tuple[Int1D, Float1D]]]) -> Program:
    """Return a program with coefficients added to rows.

    Parameters
    ----------
    added : by row, columns and what is added to their coefficients.
    """
    index, value = [], []
    for row in range(program.n_rows):
        own = program.entries(row)
        columns, numbers = program.index[own], program.value[own]
        if row in added:
            full = np.zeros(program.n_columns)
            np.add.at(full, columns, numbers)
            for more, amounts in added[row]:
                np.add.at(full, more, amounts)
            columns = np.flatnonzero(full).astype(np.int32)
            numbers = full[columns]
        index.append(columns)
        value.append(numbers)
    start = np.append(0, np.cumsum([len(part) for part in index], dtype=np.int64))
    return attrs.evolve(
        program,
        start=start.astype(np.int32),
        index=np.concatenate([*index, np.zeros(0, dtype=np.int32)]).astype(np.int32),
        value=np.concatenate([*value, np.zeros(0)]),
    )
