"""The verb weights: the first two goals in every proportion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from xlalm.app.run.analysis import Asked, Opened, answered, opened, options_of, solved_variant, varied
from xlalm.app.run.arguments import MOST_POINTS
from xlalm.app.run.book import Source
from xlalm.app.run.changes import with_setting
from xlalm.domain.errors import Refused
from xlalm.domain.findings import error, suggest
from xlalm.domain.methods import METHODS
from xlalm.domain.result import Result, result_table
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.measures.expression import Point
from xlalm.reporting.analysis import run_table
from xlalm.reporting.sweep import weight_sentences
from xlalm.solver.solution import Planned

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
            raise Refused(None, text, cure)
    if not 2 <= points <= MOST_POINTS:
        text = f"{points} weights make no table"
        cure = f"ask for 2 to {MOST_POINTS}"
        raise Refused(None, text, cure)
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
            variant, findings = varied(attrs.evolve(read, book=book_of_method), changes)
            if variant is None:
                return Opened(read.book, None, findings).refused()
            try:
                solution = solved_variant(variant, options_of(variant))
            except Refused as reason:
                return read.refused(reason)
            if not isinstance(solution, Planned):
                cell = goals[0].row.cell
                finding = error(cell, f"the book has no plan ({solution.status})", "see why with xlalm solve")
                return attrs.evolve(
                    Opened(read.book, None, [*read.findings, finding]).refused(), status=solution.status
                )
            point = Point.at(solution.plan, variant.sheet.opening)
            for goal in variant.active_goals:
                row[f"{method}: {goal.row.name}"] = goal.expression.value(point)
        rows.append(row)
    names = " and ".join(goal.row.name for goal in goals[:2])
    said = weight_sentences(model, goals[0], chosen, rows)
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
