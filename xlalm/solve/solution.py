"""What a solve gives back: status, plan, prices and the proof."""

from typing import Literal

import attrs

from xlalm.domain.typing import Float1D
from xlalm.program.build import Build
from xlalm.program.program import Basis, Program

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "failed"]


@attrs.frozen
class Certificate:
    """Worst violations found outside the solver, in the book's units; ``accepted`` says whether they are small.

    ``primal`` is the worst broken row or bound, ``dual`` the worst wrong-signed reduced cost, ``slackness`` the
    largest price times slack, ``gap`` primal less dual objective relative to the objective (or the gap the
    integer search left), ``objective_difference`` the goal computed by ``value`` less the solver's.
    """

    primal: float
    dual: float | None
    slackness: float | None
    gap: float
    objective_difference: float
    accepted: bool


@attrs.frozen(eq=False)
class Solution:
    """A solved model. ``stock`` (n_positions,) is None unless the status carries a plan.

    ``row_dual`` and ``reduced_cost`` are derivatives of the goal in its own sense; None where there are none.
    ``conditional`` marks prices that hold with lots and switches kept as they are.
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
    basis: Basis | None = None  # of that program; None for integer and quadratic ones

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to show."""
        return self.stock is not None
