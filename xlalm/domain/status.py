"""How a run ends: one vocabulary for solvers, results, manifests and exit codes."""

from collections.abc import Mapping
from typing import Literal

PlanStatus = Literal["optimal", "feasible"]
"""A plan: proven best, or not."""

NoPlanStatus = Literal["infeasible", "unbounded", "stopped", "failed"]
"""No plan: none can be, none is best, time was up before one was found, or the solver gave none."""

SolverStatus = Literal[PlanStatus, NoPlanStatus]

Status = Literal[SolverStatus, "checked", "written", "bad input"]
"""What a verb gives back: what the solver said, or what was done without one."""

EXIT_CODES: Mapping[Status, int] = {
    "optimal": 0,
    "checked": 0,
    "written": 0,
    "failed": 1,
    "bad input": 2,
    "infeasible": 3,
    "unbounded": 3,
    "feasible": 4,
    "stopped": 5,
}
"""Process exit codes of design section 7."""
