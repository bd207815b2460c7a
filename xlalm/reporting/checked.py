"""The answer of a check: findings, and what a plan that changes nothing scores."""

from collections.abc import Sequence

from xlalm.domain.findings import Finding
from xlalm.domain.result import Result, by_name
from xlalm.model.model import Model
from xlalm.model.standing import Outside, Standing, outside, standings
from xlalm.reporting.tables import findings_table, goal_report, limit_report, metric_report
from xlalm.reporting.words.no_value import without_value
from xlalm.reporting.words.wording import amount, bounded, label, listed, quantity

MOST_OPENINGS = 5
"""Positions that open outside their bounds which get a sentence each."""


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
    said += [_standing(state, model.sheet.names, money) for state in states if state.light != "OK"]
    opens_outside = outside(model.sheet)
    said += [_opening(found, money) for found in opens_outside[:MOST_OPENINGS]]
    if len(opens_outside) > MOST_OPENINGS:
        others = listed([found.name for found in opens_outside[MOST_OPENINGS:]], MOST_OPENINGS)
        said.append(f"{others} open outside their bounds too.")
    if not opens_outside and not any(state.light == "BREACH" for state in states):
        said.append("Every limit holds at opening.")
    return said


def _opening(found: Outside, money: str) -> str:
    """Return where a position opens that no plan can leave it, or, fixed, is left against its own row."""
    opening, level = amount(found.opening, money), amount(found.level, money)
    if found.edge == "lot":
        return f"{found.cell}: no whole number of lots of {level} brings {found.name} from {opening} inside its bounds."
    where = f"{'above' if found.edge == 'max' else 'below'} its {found.edge} of {level}"
    return f"{found.cell}: {found.name} {'is fixed' if found.fixed else 'opens'} at {opening}, {where}."


def _standing(state: Standing, names: Sequence[str], money: str) -> str:
    """Return where a limit that is not OK stands at opening."""
    limit = state.limit
    if not state.has_value:
        return f"{limit.cell}: {without_value(state, names, 'the opening')}."
    kind = "fails" if state.light == "BREACH" else "is beyond its early warning"
    return (
        f"{limit.cell}: {limit.name} {kind} at opening: {quantity(state.value, limit.unit, money)}, "
        f"wanted {bounded(limit.sense, state.bound, limit.unit, money)}."
    )
