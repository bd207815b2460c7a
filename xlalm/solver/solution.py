"""What a solve gives back: a plan with its prices and proof, or why there is none."""

import time

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.status import NoPlanStatus, PlanStatus
from xlalm.domain.typing import Float1D
from xlalm.program.build import Build
from xlalm.program.problem import Problem
from xlalm.program.program import Basis, Program

HELD_BY_NONE = 1e-5
"""Share of the opening's assets up to which a plan holds none."""


@attrs.frozen
class Certificate:
    """Worst violations found outside the solver, in the book's units; ``accepted`` says whether they are small.

    ``primal`` is the worst broken row or bound, ``breach`` the worst as a share of the row's or bound's own amounts,
    ``dual`` the worst wrong-signed reduced cost, ``slackness`` the largest price times slack, ``gap`` primal less dual
    objective relative to the objective (or the gap the integer search left), ``objective_difference`` the goal computed
    by ``value`` less the solver's. ``kkt`` is the largest scaled residual of the optimality conditions of a nonlinear
    program, and ``is_global`` says whether they prove the best plan or a local one; both are None for other programs,
    whose proof is always of the best plan.
    """

    primal: float
    dual: float | None
    slackness: float | None
    gap: float
    objective_difference: float
    accepted: bool
    kkt: float | None = None
    is_global: bool | None = None
    breach: float = 0.0


@attrs.frozen(eq=False)
class Planned:
    """A plan: balances ``plan`` (n_positions,) and the columns (n_columns,) of the program that gave them.

    ``row_dual`` (n_rows,) and ``reduced_cost`` (n_columns,) are derivatives of the goal in its own sense; None where
    there are none. ``penalty`` is what broken soft limits cost. ``conditional`` marks prices that hold with lots and
    switches kept as they are. ``program`` is the one whose optimum the plan is: a ratio goal's tangent, lots kept as
    they are; ``basis`` is that program's, None for integer, quadratic and nonlinear ones, and ``vertex`` (n_columns,)
    are the columns of that basis: another plan where several are equally good. ``proof`` says of a nonlinear plan
    whether it is proven best or the best of several local optima.
    """

    status: PlanStatus
    build: Build
    plan: Float1D
    columns: Float1D
    objective: float
    penalty: float
    row_dual: Float1D | None
    reduced_cost: Float1D | None
    conditional: bool
    certificate: Certificate
    solver: str
    iterations: int
    seconds: float
    program: Program
    basis: Basis | None = None
    vertex: Float1D | None = None
    proof: str = ""

    @property
    def bound_prices(self) -> Float1D | None:
        """``reduced_cost`` of the balances alone, (n_positions,): what a position's own bound is worth."""
        return None if self.reduced_cost is None else self.program.plan(self.reduced_cost)


@attrs.frozen(eq=False)
class NoPlan:
    """A problem without a plan; ``build`` is its program that has none.

    ``certificate`` is that of an answer which breaks what it must meet; None where there was no answer.
    """

    status: NoPlanStatus
    problem: Problem
    build: Build
    solver: str
    iterations: int
    seconds: float
    certificate: Certificate | None = None


Solution = Planned | NoPlan


def no_plan(
    problem: Problem,
    build: Build,
    status: NoPlanStatus,
    text: str,
    started: float,
    iterations: int = 0,
    certificate: Certificate | None = None,
) -> NoPlan:
    """Return the solution of a problem without a plan; ``started`` is a reading of ``time.perf_counter``."""
    return NoPlan(status, problem, build, text, iterations, time.perf_counter() - started, certificate)


def on_bounds(plan: Float1D, sheet: BalanceSheet) -> Float1D:
    """Return balances with the solver's last bits removed: on the opening or a bound where that close to it.

    How close is measured by each position's own amounts, so that a small balance beside a large one stays.
    """
    near = plan
    for target in (sheet.opening, sheet.lower, sheet.upper):
        near = np.where(sheet.stands_at(target, plan), target, near)
    return within_bounds(near, sheet)


def within_bounds(plan: Float1D, sheet: BalanceSheet) -> Float1D:
    """Return balances with what a solver's tolerance lets beyond a bound cut off."""
    return np.asarray(np.clip(plan, sheet.lower, sheet.upper))


def holds_nothing(sheet: BalanceSheet, plan: Float1D) -> bool:
    """Whether a plan (n_positions,) holds no assets although the opening has some."""
    held = float(plan[sheet.on_side("asset")].sum())
    return sheet.total_assets > 0 and held <= HELD_BY_NONE * sheet.total_assets
