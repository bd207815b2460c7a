"""Which positions run away where the goal has no end."""

import attrs
import numpy as np

from xlalm.domain.typing import Bool1D, Int1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import Build
from xlalm.program.extend import NewRow, with_rows
from xlalm.program.problem import Problem
from xlalm.program.program import Owner, Program
from xlalm.program.quadratic import bending
from xlalm.solver.highs.run import Answer, NoAnswer, Options, run
from xlalm.solver.infeasible.conflicts import MOST_TESTS
from xlalm.solver.infeasible.members import Member, bound_of

LEAST_SPEED = 1e-9
"""A position that grows slower than this, where all together grow by 1, does not grow."""


ENDLESS = 1e-6
"""Gain of the goal per unit of growth, as a share of its largest coefficient, up to which it is rounding."""


def runaways(problem: Problem, build: Build, options: Options, watch: Watch | None = None) -> tuple[Member, ...]:
    """Return the positions that grow without end and lack a max; for an unbounded program.

    Together they are enough: with a max on each of them the goal has an end. None of them only rides along: each
    belongs to a set that grows without end and would not without it.

    Parameters
    ----------
    watch : a search that is stopped returns what it has, where some may only ride along and others may be missing.
    """
    watch = watch or unwatched()
    stock = build.program.layout.block("stock").columns
    open_end = np.isinf(build.program.upper[stock])
    cone = recession(build.program, stock[open_end])
    chosen: list[int] = []
    while not watch.must_stop:
        growing = _growth(cone, open_end, options, watch)
        if not len(growing):
            break
        growing = _needed(cone, open_end, growing, options, watch)
        chosen += growing.tolist()
        cone.upper[stock[growing]] = 0.0
    chosen = chosen or np.flatnonzero(open_end).tolist()
    return tuple(bound_of(problem.sheet, "max", i) for i in chosen)


def _needed(cone: Program, open_end: Bool1D, growing: Int1D, options: Options, watch: Watch) -> Int1D:
    """Return those of a set that grows without which it would not."""
    stock = cone.layout.block("stock").columns
    tested = growing[: MOST_TESTS if len(growing) > 1 else 0]
    for count, i in enumerate(tested):
        if watch.must_stop:
            break
        watch.says(f"testing {count + 1} of {len(tested)} positions that run away", count / len(tested))
        upper = cone.upper.copy()
        others = np.isin(np.arange(len(stock)), growing) & (np.arange(len(stock)) != i)
        upper[stock] = np.where(others, upper[stock], 0.0)
        if len(_growth(attrs.evolve(cone, upper=upper), open_end, options, watch)):
            growing = growing[growing != i]
    return growing


def recession(program: Program, free: Int1D) -> Program:
    """Return the program of directions that a plan can follow for ever; the columns ``free`` grow by 1 in all.

    Along them a convex quadratic goal must not bend: Q d = 0.
    """
    directions = attrs.evolve(
        program,
        offset=0.0,
        row_lower=np.where(np.isfinite(program.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(program.row_upper), 0.0, np.inf),
        lower=np.where(np.isfinite(program.lower), 0.0, -np.inf),
        upper=np.where(np.isfinite(program.upper), 0.0, np.inf),
        integer=np.zeros(program.n_columns, dtype=np.bool_),
        hessian=None,
        hessian_columns=None,
    )
    owner = Owner("goal", 0, "growth", None)
    rows = [NewRow(free, np.ones(len(free)), -np.inf, 1.0, owner)]
    if program.hessian is not None and program.hessian_columns is not None:
        bends = bending(program.hessian)
        rows += [NewRow(program.hessian_columns.astype(np.int64), bend, 0.0, 0.0, owner) for bend in bends]
    return with_rows(directions, rows)


def is_endless(program: Program, options: Options, watch: Watch) -> bool:
    """Whether a program that has a plan has no best one: proven by a direction without end that improves the goal."""
    stock = program.layout.block("stock").columns
    answer = run(recession(program, stock[np.isinf(program.upper[stock])]), options, watch)
    least = ENDLESS * float(np.abs(program.cost).max(initial=0.0))
    better = 1.0 if program.maximise else -1.0
    return isinstance(answer, Answer) and better * float(program.cost @ answer.columns) > least


def _growth(cone: Program, open_end: Bool1D, options: Options, watch: Watch) -> Int1D:
    """Return the positions that grow in the best direction, fastest first; none where no direction is better."""
    answer = run(cone, options, watch)
    least = LEAST_SPEED * float(np.abs(cone.cost).max(initial=0.0))
    if isinstance(answer, NoAnswer) or abs(cone.objective(answer.columns)) <= least:
        return np.zeros(0, dtype=np.int64)
    speed = np.where(open_end, cone.plan(answer.columns), 0.0)
    growing = np.flatnonzero(speed > LEAST_SPEED)
    return np.asarray(growing[np.argsort(-speed[growing], kind="stable")], dtype=np.int64)
