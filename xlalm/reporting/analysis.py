"""What the tables and sentences of all analyses share."""

import datetime as dt
from collections.abc import Sequence

from xlalm.domain.limits import unit_size
from xlalm.domain.result import ResultTable, result_table
from xlalm.model.model import Limit, Model
from xlalm.reporting.words.wording import label, quantity


def goal_name(model: Model) -> str:
    """Return what is optimised, in a word."""
    goals = model.active_goals
    return goals[0].row.name if len(goals) == 1 else "Weighted sum of the goals"


def not_as_in_book(model: Model, numbers: Sequence[int]) -> list[str]:
    """Return a sentence for each moved limit that a solve of the book treats otherwise."""
    said = []
    for limit in (model.limits[k] for k in numbers):
        if not limit.active:
            said.append(f"{label(limit.name)} is not active in the book; here it is enforced.")
        elif not limit.hard:
            said.append(f"{label(limit.name)} is soft in the book; here it is enforced as a hard limit.")
    return said


def shown_bound(value: float, limit: Limit, money: str) -> str:
    """Return a bound in its unit; a distance to 0 that is rounding is none."""
    return quantity(value if abs(value) > 1e-9 * unit_size(limit.unit) else 0.0, limit.unit, money)


def run_table(name: str, analysis: str, status: str, text: str) -> ResultTable:
    """Return the line that stands above an analysis: what was varied, what it says, and when."""
    record = {"analysis": analysis, "status": status, "says": text}
    return result_table(name, [record | {"run_at": dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")}])
