"""The answer of a check: findings, and what a plan that changes nothing scores."""

from collections.abc import Collection, Sequence
from functools import cache

from xlalm.domain.findings import Finding
from xlalm.domain.numbers import is_blank
from xlalm.domain.result import Result, by_name
from xlalm.model.model import Model
from xlalm.model.standing import Outside, Standing, outside, standings
from xlalm.model.unread import names_in
from xlalm.regulation.catalogue import catalogue
from xlalm.reporting.tables import findings_table, goal_report, limit_report, metric_report
from xlalm.reporting.words.no_value import without_value
from xlalm.reporting.words.wording import SENSES, amount, apart, label, listed, quantity
from xlalm.schema.tables import table_schema

MOST_OPENINGS = 5
"""Positions that open outside their bounds which get a sentence each."""

_NAMED = 8
"""Measures or columns that a sentence names."""


def checked_result(model: Model | None, findings: Sequence[Finding]) -> Result:
    """Return the result of a check; ``bad input`` with the findings alone where there is no model."""
    found = findings_table(findings)
    if model is None:
        return Result("bad input", by_name(found), tuple(findings))
    states, report = standings(model), metric_report(model, None)
    return Result(
        status="checked",
        tables=by_name(found, limit_report(states), report, goal_report(model, None)),
        findings=tuple(findings),
        method=model.settings.text("method"),
        messages=tuple(_sentences(model, states, report.column("metric"))),
    )


def _sentences(model: Model, states: Sequence[Standing], scored: Sequence[str]) -> list[str]:
    money = model.settings.money
    said = [
        f"No-change plan: {label(goal.row.name)} is "
        f"{quantity(model.compiler.at_opening(goal.expression), goal.unit, money)}."
        for goal in model.goals
    ]
    if not model.goals:
        said.insert(0, "The book has no goal: measures and limits are scored, and a solve needs one.")
    said += [_standing(state, model.sheet.names, money) for state in states if state.light != "OK"]
    opens_outside = outside(model.sheet)
    said += [_opening(found, money) for found in opens_outside[:MOST_OPENINGS]]
    if len(opens_outside) > MOST_OPENINGS:
        others = listed([found.name for found in opens_outside[MOST_OPENINGS:]], MOST_OPENINGS)
        said.append(f"{others} open outside their bounds too.")
    fails = opens_outside or any(state.light == "BREACH" for state in states)
    if any(limit.active for limit in model.limits) and not fails:
        said.append("Every limit holds at opening.")
    return said if model.goals else [*said, *_not_scored(model, scored)]


def _not_scored(model: Model, scored: Collection[str]) -> list[str]:
    """Return which measures of the catalogue the book cannot tell, and the columns of Positions that they wait for.

    Measures that are only parts of others are not named.
    """
    rows, schema = model.sheet.table.raw.columns, table_schema("Positions").columns
    empty = {key for key in schema if all(map(is_blank, rows.get(key, ())))}
    parts = frozenset[str]().union(*(names_in(metric.formula) for metric in catalogue().values()))
    waits = {key: empty & _columns_of(key) for key in catalogue() if key not in {*scored, *parts}}
    measures = [key for key, columns in waits.items() if columns]
    if not measures:
        return []
    columns = [key for key in schema if any(key in waits[name] for name in measures)]
    return [f"Not scored: {_first(measures)}, because Positions says nothing of {_first(columns)}."]


def _first(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return listed([*names[:_NAMED], f"{rest} more"] if rest > 1 else names)


@cache
def _columns_of(measure: str) -> frozenset[str]:
    """Return the columns of the contract that a measure of the catalogue reads, itself or through others."""
    names = names_in(catalogue()[measure].formula)
    below = (_columns_of(name) for name in names & catalogue().keys())
    columns = {key for key, column in table_schema("Positions").columns.items() if not column.default.startswith("=")}
    return frozenset(names & columns).union(*below)


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
    value, bound = apart((state.value, state.bound), limit.unit, money)
    return f"{limit.cell}: {limit.name} {kind} at opening: {value}, wanted {SENSES[limit.sense]} {bound}."
