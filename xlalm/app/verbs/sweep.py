"""The verbs sweep and weights: one book solved again and again with another value in a cell, or other weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlalm.app.run.analysis import Asked, Opened, answered, opened, options_of, solved_variant, varied
from xlalm.app.run.arguments import Number, axis, number
from xlalm.app.run.book import Source
from xlalm.app.run.changes import cell_value
from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.result import Result, result_table
from xlalm.domain.typing import Float1D, Progress, Stop, never_stop, no_progress
from xlalm.measures.expression import Expression, Point
from xlalm.model.model import Model
from xlalm.program.program import Basis
from xlalm.reporting.analysis import run_table
from xlalm.reporting.sweep import sweep_sentences
from xlalm.solver.solution import Planned


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
    Refused
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
        variant, findings = varied(read, [f"{cell}={float(value)!r}"])
        if variant is None:
            return Opened(read.book, None, findings).refused()
        try:
            solution = solved_variant(variant, options_of(variant), start)
        except Refused as reason:
            return read.refused(reason)
        start = solution.basis if isinstance(solution, Planned) else None
        row: dict[str, Any] = {"cell": cell, "value": float(value), "status": solution.status}
        if isinstance(solution, Planned):
            point = Point.at(solution.plan, variant.sheet.opening)
            row["objective"] = solution.objective
            row |= {name: _expression(variant, name).value(point) for name in shown}
        rows.append(row)
    sentences = sweep_sentences(model, cell, rows)
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
            text = f"{cell} holds no number other than 0 to go around"
            cure = "give --from and --to"
            raise Refused(None, text, cure)
        around = sorted((0.7 * now, 1.3 * now))
        low, high = around[0] if low is None else low, around[1] if high is None else high
    return axis(low, high, points, cell)


def _measures(model: Model, names: Sequence[str]) -> list[str]:
    """Return the measures to show as the book spells them; raises Refused for an unknown one."""
    known = [metric.name for metric, _ in model.metrics.values()]
    known += [limit.row.name for limit in model.limits] + [goal.row.name for goal in model.goals]
    if not names:
        own = [metric.name for metric, _ in model.metrics.values() if metric.cell is not None]
        goals = [goal.row.name for goal in model.active_goals]
        return [*(goals if len(goals) > 1 else ()), *(name for name in own if name not in goals)]
    by_fold = {name.casefold(): name for name in reversed(known)}  # a metric before a limit before a goal
    for name in names:
        if name.strip().casefold() not in by_fold:
            text = f'there is no measure "{name}"{suggest(name, known)}'
            cure = "name a metric, limit or goal of the book"
            raise Refused(None, text, cure)
    return list(dict.fromkeys(by_fold[name.strip().casefold()] for name in names))


def _expression(model: Model, name: str) -> Expression:
    for goal in model.goals:
        if goal.row.name == name:
            return goal.expression
    for metric, expression in model.metrics.values():
        if metric.name == name:
            return expression
    return next(limit.left for limit in model.limits if limit.row.name == name)
