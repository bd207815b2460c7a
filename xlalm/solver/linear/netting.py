"""Growth and reduction of one position at once: where an answer gains by it, only a binary can forbid it."""

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Float1D, Int1D
from xlalm.domain.watch import Watch
from xlalm.program.build import Build
from xlalm.program.layout import Part
from xlalm.program.program import Basis, Program
from xlalm.solver.highs.run import Options, Outcome, run

CHANGES: tuple[Part, Part] = ("up", "down")

NEAR = 1e-7
"""Share of the largest amount below which growth, reduction or a broken row is rounding."""


def net_changes(build: Build, columns: Float1D) -> Float1D:
    """Return the point with growth and reduction of each position netted."""
    up, down, _ = _change_columns(build)
    netted = columns.copy()
    least = np.minimum(columns[up], columns[down])
    netted[up] -= least
    netted[down] -= least
    return netted


def moves_both_ways(build: Build, columns: Float1D) -> Int1D:
    """Return the positions that a point grows and shrinks at once, needed or not."""
    up, down, both = _change_columns(build)
    return both[np.minimum(columns[up], columns[down]) > NEAR * build.program.largest_amount(columns)]


def basic_both_ways(build: Build, basis: Basis) -> Int1D:
    """Return the positions of which a basis may grow and shrink at once at some bounds."""
    up, down, both = _change_columns(build)
    return both[basis.basic_columns[up] & basis.basic_columns[down]]


def churning(build: Build, program: Program, columns: Float1D) -> tuple[int, ...]:
    """Return positions that an answer grows and shrinks at once to its advantage.

    An answer that does so without need (netting loses nothing and breaks no row) is not at fault.

    Parameters
    ----------
    program : the program that was solved, of the build's columns.
    """
    suspects = tuple(int(i) for i in moves_both_ways(build, columns) if i not in build.either)
    if not suspects:
        return ()
    netted = net_changes(build, columns)
    worse = (program.objective(columns) - program.objective(netted)) * (1.0 if program.maximise else -1.0)
    activity = program.activity(netted)
    broken = np.maximum(program.row_lower - activity, activity - program.row_upper).max(initial=0.0)
    near = 1e-9 * max(1.0, abs(program.objective(columns)))
    needless = worse <= near and broken <= NEAR * program.largest_amount(columns)
    return () if needless else suspects


def without_rays(build: Build, program: Program) -> Program:
    """Return a program with growth and reduction held to what the balance's own bounds allow."""
    sheet, layout, upper = build.builder.sheet, build.program.layout, program.upper.copy()
    layout.block("up").put(upper, np.maximum(sheet.upper - sheet.opening, 0.0))
    layout.block("down").put(upper, np.maximum(sheet.opening - sheet.lower, 0.0))
    return attrs.evolve(program, upper=upper)


def refusal(build: Build, position: int) -> Refused:
    """Return, to be raised, that a family of linear programs cannot be followed because of a position."""
    sheet = build.builder.sheet
    reason = f'it would pay to grow and shrink "{sheet.names[position]}" at once, which only an integer program forbids'
    cure = "make new_rate no better than exit_rate, or sample with xlalm sweep"
    return Refused(sheet.table.raw.cell(position, "max"), reason, cure)


def refuse_endless_churning(build: Build, program: Program, answer: Outcome, options: Options, watch: Watch) -> None:
    """Raise Refused where a program without end has one once growth and reduction at once are held.

    Nothing is known, and nothing raised, where the user has asked to stop.
    """
    able = build.program.layout.block("up").positions
    if answer.status != "unbounded" or not len(able):
        return
    held = run(without_rays(build, program), options, watch)
    if held.status != "unbounded" and not watch.must_stop:
        raise refusal(build, int(able[0]))


def _change_columns(build: Build) -> tuple[Int1D, Int1D, Int1D]:
    """Return growth columns, reduction columns and numbers, (k,) each, of the positions that have both."""
    up, down = (build.program.layout.block(part).column for part in CHANGES)
    both = np.flatnonzero((up >= 0) & (down >= 0))
    return up[both], down[both], both
