"""What a run says of itself: status, time, method, proof and manifest."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from xlalm.domain.result import AS_AT_THE_RUN, INPUTS_CHANGED, Result, ResultTable, result_table
from xlalm.domain.version import __version__
from xlalm.model.model import Model


def stamp_time(table: ResultTable, created: str) -> ResultTable:
    """Return ``PlanStatus`` with the local time of the run; kept apart so that repeated runs compare equal."""
    local = dt.datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    return table.with_records(record | {"solved_at": local} for record in table.records())


def run_info(model: Model, result: Result, manifest: Mapping[str, Any], manifest_name: str) -> ResultTable:
    """Return ``RunInfo``."""
    certificate = result.certificate or {}
    rows: list[tuple[str, Any]] = [
        ("status", result.table("PlanStatus").column("status")[0]),
        ("run at (UTC)", manifest["created"]),
        ("method", result.method),
        ("how it was solved", result.solver),
        ("objective", result.objective),
        ("bank", model.settings.text("bank")),
        ("amounts in", model.settings.money.strip()),
        ("as of", model.settings.text("as_of")),
        ("timing of changes", model.settings.text("timing")),
        ("seconds allowed", model.settings.number("time_limit_s")),
        ("seed", model.settings.number("seed")),
        ("positions", len(model.sheet)),
        ("limits enforced", sum(limit.active for limit in model.limits)),
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
        ("inputs", AS_AT_THE_RUN),
        ("inputs SHA-256", manifest["inputs_sha256"]),
        ("manifest", manifest_name),
        ("xlalm", __version__),
    ]
    for stage, seconds in manifest["timings_s"].items():
        rows.append((f"seconds: {stage}", seconds))
    return result_table("RunInfo", [{"item": item, "value": value} for item, value in rows])


def with_inputs_changed(result: Result) -> Result:
    """Return the result of a run whose inputs are no longer those of the book."""
    tables = (
        ResultTable(
            table.name,
            tuple(tuple(INPUTS_CHANGED if cell == AS_AT_THE_RUN else cell for cell in row) for row in table.rows),
            table.more_keys,
        )
        for table in result.tables.values()
    )
    return result.with_tables(*tables)
