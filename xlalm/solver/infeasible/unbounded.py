"""Which positions run away where the goal has no end."""

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Int1D
from xlalm.model.model import Model
from xlalm.program.build import Build
from xlalm.program.program import Owner, Program
from xlalm.solver.highs.run import NoAnswer, Options, run
from xlalm.solver.infeasible.conflicts import MOST_TESTS, Member


def runaways(model: Model, build: Build, options: Options) -> tuple[Member, ...]:
    """Return the positions that grow without end and lack a max; for an unbounded program.

    Together they are enough: with a max on each of them the goal has an end. None of them only rides along: each
    belongs to a set that grows without end and would not without it.
    """
    sheet, stock = model.sheet, build.program.layout.block("stock").columns
    open_end = np.isinf(build.program.upper[stock])
    cone = _recession(build.program, stock[open_end])
    chosen: list[int] = []
    while True:
        growing = _growth(cone, open_end, options)
        if not len(growing):
            break
        for i in growing[: MOST_TESTS if len(growing) > 1 else 0]:
            upper = cone.upper.copy()
            others = np.isin(np.arange(len(stock)), growing) & (np.arange(len(stock)) != i)
            upper[stock] = np.where(others, upper[stock], 0.0)
            if len(_growth(attrs.evolve(cone, upper=upper), open_end, options)):
                growing = growing[growing != i]
        chosen += growing.tolist()
        cone.upper[stock[growing]] = 0.0
    chosen = chosen or np.flatnonzero(open_end).tolist()
    return tuple(Member("max", i, sheet.names[i], sheet.table.raw.cell(i, "max")) for i in chosen)


def _recession(program: Program, free: Int1D) -> Program:
    """Return the program of directions that a plan can follow for ever; the columns ``free`` grow by 1 in all."""
    return attrs.evolve(
        program,
        offset=0.0,
        start=np.append(program.start, program.start[-1] + len(free)).astype(np.int32),
        index=np.append(program.index, free).astype(np.int32),
        value=np.append(program.value, np.ones(len(free))),
        row_lower=np.append(np.where(np.isfinite(program.row_lower), 0.0, -np.inf), -np.inf),
        row_upper=np.append(np.where(np.isfinite(program.row_upper), 0.0, np.inf), 1.0),
        row_owner=(*program.row_owner, Owner("goal", 0, "growth", None)),
        lower=np.where(np.isfinite(program.lower), 0.0, -np.inf),
        upper=np.where(np.isfinite(program.upper), 0.0, np.inf),
        integer=np.zeros(program.n_columns, dtype=np.bool_),
        hessian=None,
        hessian_columns=None,
    )


def _growth(cone: Program, open_end: Bool1D, options: Options) -> Int1D:
    """Return the positions that grow in the best direction, fastest first; none where no direction is better."""
    answer = run(cone, options)
    least = 1e-9 * float(np.abs(cone.cost).max(initial=0.0))
    if isinstance(answer, NoAnswer) or abs(cone.objective(answer.columns)) <= least:
        return np.zeros(0, dtype=np.int64)
    speed = np.where(open_end, cone.plan(answer.columns), 0.0)
    growing = np.flatnonzero(speed > 1e-9)
    return np.asarray(growing[np.argsort(-speed[growing], kind="stable")], dtype=np.int64)
