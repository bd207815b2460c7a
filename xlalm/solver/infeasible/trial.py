"""Programs that only ask whether there is a plan, with bounds let go or moved.

Switches, lots and pieces that bend the wrong way hold numbers made from the bounds of positions. Where bounds give, the
program is therefore built again with wider ones: no row may go on holding what was let go, and none gets a number that
is large against the position it switches.
"""

from collections.abc import Sequence

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch
from xlalm.model.model import Model
from xlalm.program.build import Build, build_program
from xlalm.program.problem import Objective, Problem
from xlalm.program.program import Owner, Program
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.members import Member, lot_columns, rows_by_member
from xlalm.solver.linear.whole import run_whole

NEAR = 10.0
"""How far a bound that is let go may be passed at first, as a multiple of the position's own size."""

FAR = 1e4
"""How far it may be passed at most, as a multiple of the largest amount of the book."""


def sized(options: Options, model: Model, build: Build) -> Options:
    """Return options that tell the solver how large amounts are, whatever bounds are let go.

    Maxima do not count: they allow, and may be written as large as one likes.
    """
    sheet, program = model.sheet, build.program
    needed = [np.abs(sheet.opening), np.abs(sheet.lower), own_sizes(model, with_max=False)]
    largest = np.zeros(program.n_rows)
    np.maximum.at(largest, program.row, np.abs(program.value))
    demand = np.maximum(np.maximum(program.row_lower, -program.row_upper), 0.0)
    asked = np.isfinite(demand) & (largest > 0)
    amount = float(np.concatenate([*needed, demand[asked] / largest[asked]]).max(initial=0.0))
    return attrs.evolve(options, amount=amount or float(own_sizes(model).max(initial=0.0)))


def own_sizes(model: Model, *, with_max: bool = True) -> Float1D:
    """Return how large each position is by what is written beside it, (n_positions,)."""
    sheet = model.sheet
    written = [sheet.opening, sheet.lower, sheet.numbers["lot"], sheet.numbers["min_if_used"]]
    written += [sheet.upper] if with_max else []
    sizes = np.abs(np.nan_to_num(np.array(written), nan=0.0, posinf=0.0, neginf=0.0))
    return np.asarray(sizes.max(axis=0, initial=0.0))


def feasibility(build: Build) -> Program:
    """Return a program without its goal."""
    return attrs.evolve(
        build.program,
        cost=np.zeros(build.program.n_columns),
        offset=0.0,
        maximise=False,
        hessian=None,
        hessian_columns=None,
    )


def relaxed(program: Program, lots: Sequence[int]) -> Program:
    """Return a program in which lots and switches may be broken; counts of lots hold no bounds.

    Those bounds only repeat what the position's own bounds say, and must not outlive them.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[list(lots)], upper[list(lots)] = -np.inf, np.inf
    return attrs.evolve(program, lower=lower, upper=upper, integer=np.zeros(program.n_columns, dtype=np.bool_))


def with_bounds(model: Model, build: Build, lower: Float1D, upper: Float1D) -> Build:
    """Return the program of a model with other position bounds."""
    objective = Objective(build.goal, build.maximise, Owner("goal", 0, "", None))
    sheet = attrs.evolve(model.sheet, lower=lower, upper=upper)
    problem = Problem(sheet, model.limits, objective, model.settings.flag("balance_identity"))
    return build_program(problem, build.either, curved=build.builder.curved)


def has_plan(program: Program, options: Options, watch: Watch) -> bool | None:
    """Whether a program has a plan; None where that was not settled in time."""
    found = run_whole(program, options, watch.stop)
    if found.exact is not None:
        return True
    return False if found.outcome.status == "infeasible" else None


@attrs.frozen(eq=False)
class Trial:
    """A book that is tried without some of its members.

    ``whole``: lots and switches are kept; else they may be broken, so that only a linear program is asked.
    """

    model: Model
    build: Build
    options: Options
    watch: Watch
    whole: bool

    def holds(self, left_out: Sequence[Member]) -> bool | None:
        """Whether the others can hold together; None where that was not settled in time."""
        if not self.build.program.is_mip:
            return has_plan(self._without(self.build, left_out), self.options, self.watch)
        own = own_sizes(self.model)
        far = np.full(len(own), FAR * max(self.options.amount, float(own.max(initial=0.0))))
        answer: bool | None = None
        for reach in (NEAR * own, far) if self.whole else (far,):
            answer = has_plan(self._without(self._wider(left_out, reach), left_out), self.options, self.watch)
            if answer or not self._lets_go(left_out) or self.watch.must_stop:
                break
        return answer

    def _lets_go(self, left_out: Sequence[Member]) -> bool:
        return any(member.kind in {"min", "max"} for member in left_out)

    def _wider(self, left_out: Sequence[Member], reach: Float1D) -> Build:
        """Return the build with the bounds that are left out passed by ``reach``."""
        if not self._lets_go(left_out):
            return self.build
        lower, upper = self.model.sheet.lower.copy(), self.model.sheet.upper.copy()
        for member in left_out:
            if member.kind == "min":
                lower[member.index] -= reach[member.index]
            elif member.kind == "max":
                upper[member.index] += reach[member.index]
        return with_bounds(self.model, self.build, lower, upper)

    def _without(self, build: Build, left_out: Sequence[Member]) -> Program:
        """Return the program in which the rows and bounds of some members hold nothing.

        Nor do rows that keep a denominator positive, where it is the bounds as written that do.
        """
        program, rows, lots = feasibility(build), rows_by_member(build), lot_columns(build)
        row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
        lower, upper, stock = program.lower.copy(), program.upper.copy(), program.layout.block("stock").column
        new = sorted(set(_denominators(build)) - set(_denominators(self.build)))
        held = [row for k in new for row in _denominators(build)[k]]
        row_lower[held] = -np.inf
        for member in left_out:
            if member.kind == "min":
                lower[stock[member.index]] = -np.inf
            elif member.kind == "max":
                upper[stock[member.index]] = np.inf
            else:
                own = rows[member.key]
                row_lower[own], row_upper[own] = -np.inf, np.inf
            if member.kind == "lot":  # its row is gone, and its bounds may have left no whole number
                lower[lots[member.index]] = upper[lots[member.index]] = 0.0
        program = attrs.evolve(program, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)
        return program if self.whole else relaxed(program, list(lots.values()))


def _denominators(build: Build) -> dict[int, list[int]]:
    """Return the rows that keep a denominator positive, by limit."""
    rows: dict[int, list[int]] = {}
    for row, owner in enumerate(build.program.row_owner):
        if owner.kind == "denominator":
            rows.setdefault(owner.index, []).append(row)
    return rows
