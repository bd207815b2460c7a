"""A sweep of a cell, or of weights, in sentences."""

from collections.abc import Sequence
from typing import Any

from xlalm.domain.limits import unit_size
from xlalm.domain.methods import METHODS
from xlalm.domain.text import fold
from xlalm.model.model import Goal, Model
from xlalm.reporting.aim import goal_name, goal_unit
from xlalm.reporting.words.wording import apart, figure, label, quantity


def sweep_sentences(model: Model, cell: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what a sweep says."""
    solved = [row for row in rows if row.get("objective") is not None]
    if not solved:
        return [f"No value of {cell} in the range leaves a plan."]
    single = len(model.active_goals) == 1
    unit, money = goal_unit(model), model.settings.money
    first, last = apart([float(row["objective"]) for row in (solved[0], solved[-1])], unit, money)
    start, end = (_cell_text(model, cell, row["value"]) for row in (solved[0], solved[-1]))
    name = label(goal_name(model)) if single else f"The objective of {model.settings.text('method')}"
    said = f"{name} goes from {first} at {cell} = {start} to {last} at {end}."
    if first == last:
        said = f"{name} is {first} at both ends, from {cell} = {start} to {end}."
    if len(solved) == 1:
        said = f"{name} is {first} at {cell} = {start}."
    missing = len(rows) - len(solved)
    return [said + (f" {missing} of {len(rows)} values leave no plan." if missing else "")]


def _cell_text(model: Model, cell: str, value: float) -> str:
    """Return a cell's value; the bound of a limit in the limit's unit."""
    table, _, place = cell.partition("!")
    for limit in model.limits:
        if fold(table) == "limits" and fold(place).removesuffix(".right") == fold(limit.name):
            return quantity(value, limit.unit, model.settings.money)
    return figure(value, 6)


def weight_sentences(model: Model, goal: Goal, methods: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return for each method what more weight on the first goal does to it."""
    money = model.settings.money
    said = []
    for method in methods:
        key = f"{method}: {goal.row.name}"
        ends = [row[key] for row in (rows[0], rows[-1]) if key in row]
        if len(ends) < 2:
            continue
        better = (ends[1] - ends[0]) * goal.row.sign
        near = 1e-9 * max(1.0, abs(ends[0])) * unit_size(goal.unit)
        effect = "leaves it as it is" if abs(better) <= near else "improves it" if better > 0 else "worsens it"
        shown = " to ".join(apart([float(end) for end in ends], goal.unit, money))
        said.append(f"{method}: more weight on {goal.row.name} {effect} ({shown}).")
    for method in methods:
        if METHODS[method].favours_lighter:
            said.append(f"{method} is the published form weight·μ ≥ λ, which satisfies the heavier goal less.")
    return said
