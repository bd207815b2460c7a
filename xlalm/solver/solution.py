"""What a solve gives back: status, plan, prices and the proof."""

import time
from typing import Literal

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.typing import Float1D
from xlalm.program.build import Build
from xlalm.program.program import Basis, Program

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "failed"]


@attrs.frozen
class Certificate:
    """Worst violations found outside the solver, in the book's units; ``accepted`` says whether they are small.

    ``primal`` is the worst broken row or bound, ``dual`` the worst wrong-signed reduced cost, ``slackness`` the
    largest price times slack, ``gap`` primal less dual objective relative to the objective (or the gap the
    integer search left), ``objective_difference`` the goal computed by ``value`` less the solver's. ``kkt`` is the
    largest scaled residual of the optimality conditions of a nonlinear program, and ``is_global`` says whether they
    prove the best plan or a local one; both are None for other programs, whose proof is always of the best plan.
    """

    primal: float
    dual: float | None
    slackness: float | None
    gap: float
    objective_difference: float
    accepted: bool
    kkt: float | None = None
    is_global: bool | None = None


@attrs.frozen(eq=False)
class Solution:
    """A solved model. ``stock`` (n_positions,) is None unless the status carries a plan.

    ``row_dual`` and ``reduced_cost`` are derivatives of the goal in its own sense; None where there are none.
    ``conditional`` marks prices that hold with lots and switches kept as they are. ``proof`` says of a nonlinear plan
    whether it is proven best or the best of several local optima.
    """

    status: Status
    build: Build | None
    stock: Float1D | None
    columns: Float1D | None
    objective: float | None
    penalty: float
    row_dual: Float1D | None
    reduced_cost: Float1D | None
    conditional: bool
    certificate: Certificate | None
    solver: str
    iterations: int
    seconds: float
    program: Program | None = None  # whose optimum the plan is: a ratio goal's tangent, lots kept as they are
    basis: Basis | None = None  # of that program; None for integer, quadratic and nonlinear ones
    proof: str = ""

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to show."""
        return self.stock is not None


def no_plan(build: Build, status: Status, text: str, started: float, iterations: int = 0) -> Solution:
    """Return the solution of a model without a plan; ``started`` is a reading of ``time.perf_counter``."""
    seconds = time.perf_counter() - started
    return Solution(status, build, None, None, None, 0.0, None, None, False, None, text, iterations, seconds)


def on_bounds(stock: Float1D, sheet: BalanceSheet) -> Float1D:
    """Return balances with the solver's last bits removed: exactly on a bound or the opening where that close."""
    size = 1e-9 * max(1.0, float(np.abs(stock).max(initial=0.0)))
    for target in (sheet.opening, sheet.lower, sheet.upper):
        stock = np.where(np.abs(stock - target) <= size, target, stock)
    return np.asarray(np.clip(stock, sheet.lower, sheet.upper))
