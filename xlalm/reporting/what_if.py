"""``WhatIf``: what changed cells change in the answer."""

import math
from collections.abc import Mapping
from typing import Any

import attrs

from xlalm.domain.prices import PriceRange
from xlalm.domain.result import Result, ResultTable, result_table
from xlalm.domain.table import Table
from xlalm.model.model import Model
from xlalm.model.standing import Standing
from xlalm.reporting.aim import goal_unit
from xlalm.reporting.dashboard import headline, utilisations
from xlalm.reporting.tables import sentences_table
from xlalm.reporting.words.wording import apart, bounded, distance, quantity
from xlalm.solver.prices import limit_states
from xlalm.solver.solution import Planned, Solution

WHAT_IF = "WHAT-IF:"
"""How every line begins that marks the results of a what-if."""


@attrs.frozen(eq=False)
class Answered:
    """A run as it is compared: its model, its solution and where its prices hold."""

    model: Model
    solution: Solution
    ranges: Mapping[int, PriceRange]

    def states(self) -> list[Standing]:
        """Return its limits in the plan; none where there is no plan, whose limits would be those of the opening."""
        return limit_states(self.model, self.solution, self.ranges) if isinstance(self.solution, Planned) else []

    @property
    def objective(self) -> float | None:
        """The goal in the plan; None where there is none."""
        return self.solution.objective if isinstance(self.solution, Planned) else None


@attrs.frozen(eq=False)
class WhatIf:
    """What a run of changed inputs is measured against.

    ``text`` says what was changed; ``own`` is where the book's own limits stand in the plan, none where there is no
    plan; ``inputs`` are the tables of the book.
    """

    text: str
    own: tuple[Standing, ...]
    inputs: Mapping[str, Table]

    @property
    def band(self) -> str:
        """The line that stands wherever its results do."""
        return f"{WHAT_IF} {self.text}"


def as_what_if(result: Result, found: WhatIf, money: str) -> Result:
    """Return the result of a what-if that nobody can take for one of the book: band, status, first line, lights.

    The plan is the best under the changed inputs; lights and use are those of the book's own limits.
    """
    broken = [_breach(state, money) for state in found.own if state.limit.active and state.light == "BREACH"]
    status = result.table("PlanStatus")
    tables = [
        result_table("WhatIfBand", [{"what_if": found.band}]),
        status.with_records(record | {"status": f"{WHAT_IF} {record['status']}"} for record in status.records()),
        sentences_table([f"{found.band}.", *broken, *result.table("Explanation").column("text")]),
    ]
    if found.own:
        tables += [headline(found.own, money), utilisations(found.own)]
    return attrs.evolve(result.with_tables(*tables), messages=(*result.messages, *broken))


def _breach(state: Standing, money: str) -> str:
    limit = state.limit
    value, wanted = quantity(state.value, limit.unit, money), bounded(limit.sense, state.bound, limit.unit, money)
    return f"The plan breaks a limit of the book as it stands: {limit.name} is {value}, wanted {wanted}."


def what_if_table(base: Answered, changed: Answered) -> ResultTable:
    """Return ``WhatIf``: everything in the answer that differs from the base run; blank where a run has no plan."""
    goal, unit = changed.model.active_goals[0].row.name, goal_unit(changed.model)
    rows: list[dict[str, Any]] = [_row("goal", goal, base.objective, changed.objective, unit)]
    before, after = ({s.limit.name.casefold(): s for s in run.states()} for run in (base, changed))
    for limit in changed.model.limits:
        name = limit.name
        was, now = _figures(before.get(name.casefold())), _figures(after.get(name.casefold()))
        for i, (kind, unit) in enumerate((("limit", limit.unit), ("bound", limit.unit), ("price", ""))):
            rows.append(_row(kind, name, was[i], now[i], unit))
    old, new = base.solution, changed.solution
    if isinstance(old, Planned) and isinstance(new, Planned):
        for i, name in enumerate(changed.model.sheet.names):
            rows.append(_row("position", name, float(old.plan[i]), float(new.plan[i]), "amount"))
    differing = [row for row in rows if row["kind"] == "goal" or _differs(row["base"], row["changed"])]
    return result_table("WhatIf", differing)


def _figures(state: Standing | None) -> tuple[float | None, float | None, float | None]:
    if state is None:
        return None, None, None
    value, bound = (number if math.isfinite(number) else None for number in (state.value, state.bound))
    return value, bound, state.price


def _row(kind: str, name: str, base: float | None, changed: float | None, unit: str) -> dict[str, Any]:
    change = changed - base if base is not None and changed is not None else None
    return {"kind": kind, "name": name, "base": base, "changed": changed, "change": change, "unit": unit}


def _differs(base: float | None, changed: float | None) -> bool:
    if base is None or changed is None:
        return base is not changed
    return abs(changed - base) > 1e-9 * max(1.0, abs(base))


def what_if_sentences(table: ResultTable, money: str) -> list[str]:
    """Return ``WhatIf`` in words, each row in the unit of what changed."""
    return [_what_changed(row, money) for row in table.records()]


def _what_changed(row: Mapping[str, Any], money: str) -> str:
    name = f"{row['kind']} {row['name']}"
    if row["base"] is None or row["changed"] is None:
        there = [quantity(v, row["unit"], money) for v in (row["base"], row["changed"]) if v is not None]
        return f"{name}: {there[0]} {'no longer' if row['changed'] is None else 'is new'}"
    before, after = apart((row["base"], row["changed"]), row["unit"], money)
    more = "+" if row["change"] > 0 else ""
    return f"{name}: {before} → {after} ({more}{distance(row['change'], row['unit'], money)})"
