"""How a run ends: one vocabulary for solvers, results, manifests and exit codes."""

from typing import Literal

PlanStatus = Literal["optimal", "feasible"]
"""A plan: proven best, or not."""

NoPlanStatus = Literal["infeasible", "unbounded", "failed"]
"""No plan: none can be, none is best, or none was found."""

SolverStatus = Literal[PlanStatus, NoPlanStatus]

Status = Literal[SolverStatus, "checked", "written", "bad input"]
"""What a verb gives back: what the solver said, or what was done without one."""

EXIT_CODES: dict[Status, int] = {
    "optimal": 0,
    "checked": 0,
    "written": 0,
    "failed": 1,
    "bad input": 2,
    "infeasible": 3,
    "unbounded": 3,
    "feasible": 4,
}
"""Process exit codes of design section 7."""
