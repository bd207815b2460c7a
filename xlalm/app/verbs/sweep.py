"""The verb sweep: one book solved again and again with another value in a cell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlalm.app.run.analysis import Analysis, Opened, analysed, solved_variant, varied
from xlalm.app.run.arguments import ArgumentError, Number, axis, number
from xlalm.app.run.book import Source
from xlalm.app.run.changes import cell_value
from xlalm.domain.findings import suggest
from xlalm.domain.result import Result, result_table
from xlalm.domain.text import fold
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.measures.expression import Expression, Point
from xlalm.model.model import Model
from xlalm.program.program import Basis
from xlalm.reporting.analysis import run_table
from xlalm.reporting.checked import checked_result
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
    ends = number(low, "--from"), number(high, "--to")

    def solve_each(read: Opened, watch: Watch) -> Analysis | Result:
        values, shown = _values(read, cell, *ends, points), _measures(read.model, metrics)
        asked = {"cell": cell, "low": low, "high": high, "points": points, "metrics": [*metrics]}
        return _solved(read, watch, cell, values, shown, asked)

    return analysed("sweep", book, solve_each, out, write, Watch(progress, stop))


def _solved(
    read: Opened, watch: Watch, cell: str, values: Float1D, shown: Sequence[str], asked: dict[str, Any]
) -> Analysis | Result:
    rows: list[dict[str, Any]] = []
    start: Basis | None = None
    for value, part in zip(values, watch.parts(len(values)), strict=True):
        part.says(f"{cell} = {value:g}")
        variant, findings = varied(read.book, [f"{cell}={float(value)!r}"])
        if variant is None:
            return checked_result(None, findings)
        solution = solved_variant(variant, part, start)
        if part.must_stop:
            break
        start = solution.basis if isinstance(solution, Planned) else None
        row: dict[str, Any] = {"cell": cell, "value": float(value), "status": solution.status}
        if isinstance(solution, Planned):
            point = Point.at(solution.plan, variant.sheet.opening)
            row["objective"] = solution.objective
            row |= {name: _expression(variant, name).value(point) for name in shown}
        rows.append(row)
    if not rows:
        watch.check()
    sentences, complete = sweep_sentences(read.model, cell, rows), len(rows) == len(values)
    solved = any(row.get("objective") is not None for row in rows)
    state = "complete" if complete else "stopped"
    return Analysis(
        status=("optimal" if complete else "feasible") if solved else "infeasible",
        tables=[run_table("SweepRun", f"Goal against {cell}", state, sentences[0]), result_table("Sweep", rows, shown)],
        messages=sentences,
        arguments=asked,
        method=read.model.settings.text("method"),
        solver=f"{len(rows)} solves",
    )


def _values(read: Opened, cell: str, low: float | None, high: float | None, points: int) -> Float1D:
    now = cell_value(read.book.tables, cell)  # the cell is there and takes a number, or it is said what is
    if low is None or high is None:
        if not now:
            text = f"{cell} holds no number other than 0 to go around"
            cure = "give --from and --to"
            raise ArgumentError(None, text, cure)
        around = sorted((0.7 * now, 1.3 * now))
        low, high = around[0] if low is None else low, around[1] if high is None else high
    return axis(low, high, points, cell)


def _measures(model: Model, names: Sequence[str]) -> list[str]:
    """Return the measures to show as the book spells them; raises ArgumentError for an unknown one."""
    known = [metric.name for metric, _ in model.metrics.values()]
    known += [limit.name for limit in model.limits] + [goal.row.name for goal in model.goals]
    if not names:
        own = [metric.name for metric, _ in model.metrics.values() if metric.cell is not None]
        goals = [goal.row.name for goal in model.active_goals]
        return [*(goals if len(goals) > 1 else ()), *(name for name in own if name not in goals)]
    by_fold = {fold(name): name for name in reversed(known)}  # a metric before a limit before a goal
    for name in names:
        if fold(name) not in by_fold:
            text = f'there is no measure "{name}"{suggest(name, known)}'
            cure = "name a metric, limit or goal of the book"
            raise ArgumentError(None, text, cure)
    return list(dict.fromkeys(by_fold[fold(name)] for name in names))


def _expression(model: Model, name: str) -> Expression:
    for goal in model.goals:
        if goal.row.name == name:
            return goal.expression
    for metric, expression in model.metrics.values():
        if metric.name == name:
            return expression
    return next(limit.left for limit in model.limits if limit.name == name)
