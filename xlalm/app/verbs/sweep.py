"""The verbs sweep and weights: one book solved again and again with another value in a cell, or other weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from xlalm.app.run.analysis import (
    MOST_POINTS,
    Asked,
    Number,
    Opened,
    answered,
    axis,
    number,
    opened,
    options_of,
    run_table,
)
from xlalm.app.run.book import Source
from xlalm.app.run.changes import apply_changes, cell_value, with_setting
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import Finding, error, has_errors, suggest
from xlalm.domain.limits import unit_size
from xlalm.domain.result import Result, result_table
from xlalm.domain.settings import METHODS
from xlalm.domain.typing import Float1D, Progress, Stop, never_stop, no_progress
from xlalm.measures.expression import Expression, Point
from xlalm.model.build import ONE_STAGE_METHODS, Goal, Model, build_model
from xlalm.program.program import Basis, NotLinearError
from xlalm.reporting.tables import goal_unit
from xlalm.reporting.words.wording import label, quantity
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Solution

WEIGHED = ("wfnlp", "wfnlp_direct", "wfagp", "weighted_sum", "weighted_sum_normalised")
"""Methods whose answer depends on the weights, in the order of the columns."""


def sweep(
    book: Source,
    *,
    cell: str,
    low: Number = None,
    high: Number = None,
    points: int = 21,
    metrics: Sequence[str] = (),
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Solve a book with one cell at many values: whatever the method, and whatever the cell.

    Parameters
    ----------
    cell : as for what-if: ``Limits!RWA ceiling``, ``Positions!Mortgages.max``, ``Settings!cost_of_capital``.
    low, high : values; by default 70 % to 130 % of what the cell holds.
    metrics : measures, limits or goals to show; by default the book's own metrics, and goals where there are several.

    Raises
    ------
    XlalmError
        The book cannot be read or written, the cell is not there, or a measure is not known.
    """
    progress(0, points, "reading the book")
    read = opened(book)
    model = read.model
    if model is None:
        return read.refused()
    values = _values(read, cell, number(low, "--from"), number(high, "--to"), points)
    shown = _measures(model, metrics)
    rows: list[dict[str, Any]] = []
    start: Basis | None = None
    for done, value in enumerate(values):
        if stop():
            break
        progress(done, points, f"{cell} = {value:g}")
        varied, findings = _varied(read, [f"{cell}={float(value)!r}"])
        if varied is None:
            return Opened(read.book, None, findings).refused()
        try:
            solution = _solved(varied, options_of(varied), start)
        except NotLinearError as reason:
            return read.refused(reason)
        start = solution.basis
        row: dict[str, Any] = {"cell": cell, "value": float(value), "status": solution.status}
        if solution.stock is not None:
            point = Point.at(solution.stock, varied.sheet.opening)
            row["objective"] = solution.objective
            row |= {name: _expression(varied, name).value(point) for name in shown}
        rows.append(row)
    sentences = _sweep_sentences(model, cell, rows)
    solved = any(row.get("objective") is not None for row in rows)
    tables = [
        run_table("SweepRun", f"Goal against {cell}", "complete" if len(rows) == points else "stopped", sentences[0]),
        result_table("Sweep", rows, shown),
    ]
    return answered(
        read.book,
        "sweep",
        "optimal" if solved else "infeasible",
        tables,
        sentences,
        (out or read.book.path) if write else None,
        Asked({"cell": cell, "low": low, "high": high, "points": points, "metrics": [*metrics]}, model.settings.values),
        findings=tuple(read.findings),
        method=model.settings.text("method"),
        solver=f"{len(rows)} solves",
    )


def _values(read: Opened, cell: str, low: float | None, high: float | None, points: int) -> Float1D:
    now = cell_value(read.book.tables, cell)  # the cell is there and takes a number, or it is said what is
    if low is None or high is None:
        if not now:
            message = f"{cell} holds no number other than 0 to go around; give --from and --to."
            raise XlalmError(message)
        around = sorted((0.7 * now, 1.3 * now))
        low, high = around[0] if low is None else low, around[1] if high is None else high
    return axis(low, high, points, cell)


def _varied(read: Opened, changes: Sequence[str]) -> tuple[Model | None, list[Finding]]:
    tables, _ = apply_changes(read.book.tables, changes)
    model, findings = build_model(tables)
    return (None, findings) if has_errors(findings) else (model, findings)


def _solved(model: Model, options: Options, start: Basis | None = None) -> Solution:
    if model.settings.text("method") in ONE_STAGE_METHODS:
        return optimise(model, options, start=start)
    return solve_goals(model, options)[0]


def _measures(model: Model, names: Sequence[str]) -> list[str]:
    """Return the measures to show as the book spells them; raises XlalmError for an unknown one."""
    known = [metric.name for metric, _ in model.metrics.values()]
    known += [limit.row.name for limit in model.limits] + [goal.row.name for goal in model.goals]
    if not names:
        own = [metric.name for metric, _ in model.metrics.values() if metric.cell is not None]
        goals = [goal.row.name for goal in model.active_goals]
        return [*(goals if len(goals) > 1 else ()), *(name for name in own if name not in goals)]
    by_fold = {name.casefold(): name for name in reversed(known)}  # a metric before a limit before a goal
    for name in names:
        if name.strip().casefold() not in by_fold:
            message = f'there is no measure "{name}"{suggest(name, known)}; name a metric, limit or goal of the book.'
            raise XlalmError(message)
    return list(dict.fromkeys(by_fold[name.strip().casefold()] for name in names))


def _expression(model: Model, name: str) -> Expression:
    for goal in model.goals:
        if goal.row.name == name:
            return goal.expression
    for metric, expression in model.metrics.values():
        if metric.name == name:
            return expression
    return next(limit.left for limit in model.limits if limit.row.name == name)


def _sweep_sentences(model: Model, cell: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    solved = [row for row in rows if row.get("objective") is not None]
    if not solved:
        return [f"No value of {cell} in the range leaves a plan."]
    goal = model.active_goals[0]
    single = len(model.active_goals) == 1
    unit, money = goal_unit(goal) if single else "", model.settings.money
    first, last = (quantity(float(row["objective"]), unit, money) for row in (solved[0], solved[-1]))
    start, end = (_cell_text(model, cell, row["value"]) for row in (solved[0], solved[-1]))
    name = label(goal.row.name) if single else f"The objective of {model.settings.text('method')}"
    said = f"{name} goes from {first} at {cell} = {start} to {last} at {end}."
    if first == last:
        said = f"{name} is {first} at both ends, from {cell} = {start} to {end}."
    if len(solved) == 1:
        said = f"{name} is {first} at {cell} = {start}."
    missing = len(rows) - len(solved)
    return [said + (f" {missing} of {len(rows)} values leave no plan." if missing else "")]


def _cell_text(model: Model, cell: str, value: float) -> str:
    """Return a cell's value; the bound of a limit in the limit's unit."""
    table, _, place = cell.casefold().partition("!")
    for limit in model.limits:
        if table.strip() == "limits" and place.strip().removesuffix(".right") == limit.row.name.casefold():
            return quantity(value, limit.unit, model.settings.money)
    return f"{value:g}"


# --- weights -------------------------------------------------------------------------------------------


def weights(
    book: Source,
    *,
    points: int = 9,
    methods: Sequence[str] = (),
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Weigh the first two goals against each other in every proportion, by several methods side by side.

    Parameters
    ----------
    points : weights of the first goal, evenly spaced between 0 and 1 and without these ends; the second has the rest.
        Further goals keep theirs. Where only one goal is active, the first two of the book are weighed.
    methods : by default all whose answer depends on the weights.

    Raises
    ------
    XlalmError
        The book cannot be read or written, or a method is not known.
    """
    for name in methods:
        if name not in WEIGHED:
            why = "does not look at the weights" if name in METHODS else "is not known"
            message = f'method "{name}" {why}{suggest(name, WEIGHED)}; choose among {", ".join(WEIGHED)}.'
            raise XlalmError(message)
    if not 2 <= points <= MOST_POINTS:
        message = f"{points} weights make no table; ask for 2 to {MOST_POINTS}."
        raise XlalmError(message)
    progress(0, points, "reading the book")
    read = opened(book)
    model = read.model
    if model is None:
        return read.refused()
    goals = model.active_goals if len(model.active_goals) > 1 else model.goals[:2]
    if len(goals) < 2:
        finding = error(goals[0].row.cell, "the book has one goal, so there is nothing to weigh", "add a second goal")
        return Opened(read.book, None, [*read.findings, finding]).refused()
    values = np.linspace(0.0, 1.0, points + 2)[1:-1]
    chosen = methods or WEIGHED
    tables = {m: with_setting(read.book.tables.get("Settings"), "method", m) for m in chosen}
    keys = [f"{method}: {goal.row.name}" for method in chosen for goal in goals]
    rows: list[dict[str, Any]] = []
    for done, weight in enumerate(values):
        row: dict[str, Any] = {"weights": f"{weight:.3g} / {1 - weight:.3g}", "leading_weight": float(weight)}
        for method in chosen:
            if stop():
                break
            progress(done, points, f"{method} at weights {row['weights']}")
            book_of_method = attrs.evolve(read.book, tables={**read.book.tables, "Settings": tables[method]})
            changes = [
                f"Goals!{goals[i].row.name}.weight={w!r}" for i, w in enumerate((float(weight), float(1 - weight)))
            ]
            changes += [f"Goals!{goal.row.name}.active=yes" for goal in goals[:2]]
            varied, findings = _varied(attrs.evolve(read, book=book_of_method), changes)
            if varied is None:
                return Opened(read.book, None, findings).refused()
            try:
                solution = _solved(varied, options_of(varied))
            except NotLinearError as reason:
                return read.refused(reason)
            if solution.stock is None:
                cell = goals[0].row.cell
                finding = error(cell, f"the book has no plan ({solution.status})", "see why with xlalm solve")
                return attrs.evolve(
                    Opened(read.book, None, [*read.findings, finding]).refused(), status=solution.status
                )
            point = Point.at(solution.stock, varied.sheet.opening)
            for goal in varied.active_goals:
                row[f"{method}: {goal.row.name}"] = goal.expression.value(point)
        rows.append(row)
    names = " and ".join(goal.row.name for goal in goals[:2])
    said = _weight_sentences(model, goals[0], chosen, rows)
    found = [
        run_table("WeightSweepRun", f"{names} by weight", "stopped" if stop() else "complete", " ".join(said)),
        result_table("WeightSweep", rows, keys),
    ]
    return answered(
        read.book,
        "weights",
        "optimal",
        found,
        said,
        (out or read.book.path) if write else None,
        Asked({"points": points, "methods": [*methods]}, model.settings.values),
        findings=tuple(read.findings),
        method=", ".join(chosen),
        solver=f"{len(rows) * len(chosen)} solves",
    )


def _weight_sentences(model: Model, goal: Goal, methods: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[str]:
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
        shown = " to ".join(quantity(float(end), goal_unit(goal), money) for end in ends)
        said.append(f"{method}: more weight on {goal.row.name} {effect} ({shown}).")
    if "wfnlp" in methods:
        said.append("wfnlp is the published form weight·μ ≥ λ, which satisfies the heavier goal less.")
    return said
