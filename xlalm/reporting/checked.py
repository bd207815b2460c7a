"""The answer of a check: findings, and what a plan that changes nothing scores."""

from collections.abc import Sequence

from xlalm.domain.findings import Finding
from xlalm.domain.result import Result, by_name
from xlalm.model.model import Model
from xlalm.model.standing import Standing, standings
from xlalm.reporting.tables import findings_table, goal_report, limit_report, metric_report
from xlalm.reporting.words.wording import SENSES, apart, label, quantity


def checked_result(model: Model | None, findings: Sequence[Finding]) -> Result:
    """Return the result of a check; ``bad input`` with the findings alone where there is no model."""
    found = findings_table(findings)
    if model is None:
        return Result("bad input", by_name(found), tuple(findings))
    states = standings(model)
    return Result(
        status="checked",
        tables=by_name(found, limit_report(states), metric_report(model, None), goal_report(model, None)),
        findings=tuple(findings),
        method=model.settings.text("method"),
        messages=tuple(_sentences(model, states)),
    )


def _sentences(model: Model, states: Sequence[Standing]) -> list[str]:
    money = model.settings.money
    said = [
        f"No-change plan: {label(goal.row.name)} is "
        f"{quantity(model.compiler.at_opening(goal.expression), goal.unit, money)}."
        for goal in model.goals
    ]
    said += [_standing(state, money) for state in states if state.light != "OK"]
    if not any(state.light == "BREACH" for state in states):
        said.append("Every limit holds at opening.")
    return said


def _standing(state: Standing, money: str) -> str:
    """Return where a limit that is not OK stands at opening."""
    limit = state.limit
    kind = "fails" if state.light == "BREACH" else "is beyond its early warning"
    value, bound = apart((state.value, state.bound), limit.unit, money)
    return f"{limit.cell}: {limit.name} {kind} at opening: {value}, wanted {SENSES[limit.sense]} {bound}."
