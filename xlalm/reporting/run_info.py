"""What a run says of itself: status, time, method, proof and manifest."""

import datetime as dt
from typing import Any

import numpy as np

from xlalm.domain.result import Result, ResultTable, result_table
from xlalm.domain.version import __version__
from xlalm.model.model import Model
from xlalm.solver.solution import Planned, Solution

STATUS_WORDS = {
    "optimal": "Optimal",
    "feasible": "Feasible, not proven best",
    "infeasible": "No plan meets all limits",
    "unbounded": "No best plan: growth is unbounded",
    "failed": "The solver gave no plan",
}
LOCAL = "Locally optimal, not proven best"


def plan_status(model: Model, solution: Solution, result: Result) -> ResultTable:
    """Return the one-line summary above the dashboard's numbers."""
    goals = model.active_goals
    before = model.compiler.at_opening(solution.build.goal)
    after = result.objective
    moved = None
    if isinstance(solution, Planned):
        on_balance = ~model.sheet.on_side("off_balance")
        moved = float(np.abs(solution.plan - model.sheet.opening)[on_balance].sum())
    return result_table(
        "PlanStatus",
        [
            {
                "status": _status_words(result),
                "goal": goals[0].row.name if len(goals) == 1 else f"{len(goals)} goals by {result.method}",
                "opening": before,
                "plan": after,
                "change": after - before if after is not None else None,
                "moved": moved,
                "unit": model.settings.money,
            }
        ],
    )


def _status_words(result: Result) -> str:
    local = result.status == "optimal" and (result.certificate or {}).get("is_global") is False
    return LOCAL if local else STATUS_WORDS.get(result.status, result.status)


def stamp_time(table: ResultTable, created: str) -> ResultTable:
    """Return ``PlanStatus`` with the local time of the run; kept apart so that repeated runs compare equal."""
    local = dt.datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    return result_table("PlanStatus", [record | {"solved_at": local} for record in table.records()])


def run_info(model: Model, result: Result, manifest: dict[str, Any], manifest_name: str) -> ResultTable:
    """Return ``RunInfo``."""
    certificate = result.certificate or {}
    rows: list[tuple[str, Any]] = [
        ("status", _status_words(result)),
        ("run at (UTC)", manifest["created"]),
        ("method", result.method),
        ("how it was solved", result.solver),
        ("objective", result.objective),
        ("amounts in", model.settings.money),
        ("as of", model.settings.text("as_of")),
        ("timing of changes", model.settings.text("timing")),
        ("positions", len(model.sheet)),
        ("limits enforced", sum(limit.row.active for limit in model.limits)),
        ("proof accepted", "yes" if certificate.get("accepted") else "no"),
        ("worst broken limit or bound", certificate.get("primal")),
        ("worst wrong-signed price", certificate.get("dual")),
        ("complementary slackness", certificate.get("slackness")),
        ("gap", certificate.get("gap")),
        *(
            [("optimality conditions, scaled residual", certificate["kkt"])]
            if certificate.get("kkt") is not None
            else []
        ),
        ("warnings", sum(f.severity == "warning" for f in result.findings)),
        ("inputs SHA-256", manifest["inputs_sha256"]),
        ("manifest", manifest_name),
        ("xlalm", __version__),
    ]
    for stage, seconds in manifest["timings_s"].items():
        rows.append((f"seconds: {stage}", seconds))
    return result_table("RunInfo", [{"item": item, "value": value} for item, value in rows])
