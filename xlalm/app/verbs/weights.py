"""The verb weights: the first two goals in every proportion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from xlalm.app.run.analysis import Analysis, Opened, analysed, solved_variant, varied
from xlalm.app.run.arguments import MOST_POINTS, ArgumentError
from xlalm.app.run.book import Source
from xlalm.domain.findings import error, suggest
from xlalm.domain.methods import METHODS
from xlalm.domain.result import Result, result_table
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.measures.expression import Point
from xlalm.model.model import Goal
from xlalm.reporting.analysis import run_table
from xlalm.reporting.checked import checked_result
from xlalm.reporting.sweep import weight_sentences
from xlalm.solver.solution import Planned
from xlalm.tables.settings import with_setting

_IN_SWEEP = sorted((method for method in METHODS.values() if method.place_in_sweep), key=lambda m: m.place_in_sweep)
WEIGHED = tuple(method.name for method in _IN_SWEEP)
"""Methods whose answer depends on the weights, in the order of the columns."""


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
    Refused
        The book cannot be read or written, or a method is not known.
    """
    for name in methods:
        if name not in WEIGHED:
            why = "does not look at the weights" if name in METHODS else "is not known"
            text = f'method "{name}" {why}{suggest(name, WEIGHED)}'
            cure = f"choose among {', '.join(WEIGHED)}"
            raise ArgumentError(None, text, cure)
    if not 2 <= points <= MOST_POINTS:
        text = f"{points} weights make no table"
        cure = f"ask for 2 to {MOST_POINTS}"
        raise ArgumentError(None, text, cure)

    def weigh(read: Opened, watch: Watch) -> Analysis | Result:
        return _weighed(read, watch, points, methods)

    return analysed("weights", book, weigh, out, write, Watch(progress, stop))


def _weighed(read: Opened, watch: Watch, points: int, methods: Sequence[str]) -> Analysis | Result:
    model, chosen = read.model, methods or WEIGHED
    goals = model.active_goals if len(model.active_goals) > 1 else model.goals[:2]
    if len(goals) < 2:
        text = "the book has one goal, so there is nothing to weigh"
        return read.refused(error(goals[0].row.cell, text, "add a second goal"))
    rows: list[dict[str, Any]] = []
    for weight, part in zip(np.linspace(0.0, 1.0, points + 2)[1:-1], watch.parts(points), strict=True):
        row = _row(read, part, goals, float(weight), chosen)
        if isinstance(row, Result):
            return row
        if watch.must_stop:
            break
        rows.append(row)
    if not rows:
        watch.check()
    said, complete = weight_sentences(model, goals[0], chosen, rows), len(rows) == points
    analysis = f"{' and '.join(goal.row.name for goal in goals[:2])} by weight"
    keys = [f"{method}: {goal.row.name}" for method in chosen for goal in goals]
    return Analysis(
        status="optimal" if complete else "feasible",
        tables=[
            run_table("WeightSweepRun", analysis, "complete" if complete else "stopped", " ".join(said)),
            result_table("WeightSweep", rows, keys),
        ],
        messages=said,
        arguments={"points": points, "methods": [*methods]},
        method=", ".join(chosen),
        solver=f"{len(rows) * len(chosen)} solves",
    )


def _row(
    read: Opened, watch: Watch, goals: Sequence[Goal], weight: float, methods: Sequence[str]
) -> dict[str, Any] | Result:
    """Return what every method reaches at a weight of the first goal, or why the book gives no answer."""
    row: dict[str, Any] = {"weights": f"{weight:.3g} / {1 - weight:.3g}", "leading_weight": weight}
    changes = [f"Goals!{goals[i].row.name}.weight={w!r}" for i, w in enumerate((weight, 1 - weight))]
    changes += [f"Goals!{goal.row.name}.active=yes" for goal in goals[:2]]
    for method, part in zip(methods, watch.parts(len(methods)), strict=True):
        if part.must_stop:
            break
        part.says(f"{method} at weights {row['weights']}")
        settings = with_setting(read.book.tables.get("Settings"), "method", method)
        book = attrs.evolve(read.book, tables={**read.book.tables, "Settings": settings})
        variant, findings = varied(book, changes)
        if variant is None:
            return checked_result(None, findings)
        solution = solved_variant(variant, part)
        if not isinstance(solution, Planned):
            if part.must_stop:
                break
            finding = error(goals[0].row.cell, f"the book has no plan ({solution.status})", "see why with xlalm solve")
            return attrs.evolve(read.refused(finding), status=solution.status)
        point = Point.at(solution.plan, variant.sheet.opening)
        for goal in variant.active_goals:
            row[f"{method}: {goal.row.name}"] = goal.expression.value(point)
    return row
