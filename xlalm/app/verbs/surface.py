"""The verb surface: the best goal over the bounds of two limits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xlalm.app.run.analysis import Asked, answered, dearest_limits, opened, options_of
from xlalm.app.run.arguments import Number, axis, bound_typed, find_limit
from xlalm.app.run.book import Source
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result, result_table
from xlalm.domain.status import Status
from xlalm.domain.typing import Float1D, Progress, Stop, never_stop, no_progress
from xlalm.model.model import Model
from xlalm.reporting.analysis import goal_name, not_as_in_book, run_table
from xlalm.reporting.surface import surface_records, surface_sentences
from xlalm.solver.sensitivity.surface import surface as solved_surface


def surface(
    book: Source,
    *,
    limits: Sequence[str] = (),
    low: Sequence[Number] = (),
    high: Sequence[Number] = (),
    points: int = 30,
    scale_bounds: bool = False,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Solve a book over a grid of the bounds of two limits.

    Parameters
    ----------
    limits : names of the two limits; by default those whose relaxing is worth most.
    low, high : ranges, one per limit in the same order; by default 70 % to 130 % of the bound as written.
    points : on each axis.
    scale_bounds : min and max of every position move in proportion to the second bound.

    Raises
    ------
    Refused
        The book cannot be read or written, there is no such limit, or a range is none.
    """
    progress(0, 3, "reading the book")
    read = opened(book)
    if len(limits) not in {0, 2} or max(len(low), len(high)) > 2:
        cure = "give --limit twice, and --from and --to once for each"
        raise Refused(None, "a surface needs two limits", cure)
    model = read.model
    if model is None:
        return read.refused()
    chosen = [find_limit(model, name) for name in limits] or dearest_limits(model, 2)
    if chosen[0] == chosen[1]:
        text = f'the two limits are the same ("{model.limits[chosen[0]].row.name}")'
        cure = "give two"
        raise Refused(None, text, cure)
    pair = chosen[0], chosen[1]
    first, second = (_axis(model, k, low[i : i + 1], high[i : i + 1], points) for i, k in enumerate(pair))
    progress(1, 3, f"solving {points * points:,} points")
    try:
        found = solved_surface(model, pair, first, second, options_of(model), scale_bounds=scale_bounds, stop=stop)
    except Refused as reason:
        return read.refused(reason)
    sentences = [*not_as_in_book(model, pair), *surface_sentences(model, pair, found, scale_bounds=scale_bounds)]
    names = [model.limits[k].row.name for k in pair]
    status: Status = "optimal" if np.isfinite(found.objective).any() else "infeasible"
    tables = [
        run_table(
            "SurfaceRun",
            f"{goal_name(model)} over {names[0]} and {names[1]}",
            "complete" if status == "optimal" else "no plan",
            " ".join(sentences),
        ),
        result_table("Surface", surface_records(model, pair, found, scale_bounds=scale_bounds)),
    ]
    progress(2, 3, "writing")
    return answered(
        read.book,
        "surface",
        status,
        tables,
        sentences,
        (out or read.book.path) if write else None,
        Asked(
            {"limits": names, "low": [*low], "high": [*high], "points": points, "scale_bounds": scale_bounds},
            model.settings.values,
        ),
        findings=tuple(read.findings),
        method=model.settings.text("method"),
        solver=f"{found.solves} of {found.objective.size} points solved, the others settled by their bases",
    )


def _axis(model: Model, k: int, low: Sequence[Number], high: Sequence[Number], points: int) -> Float1D:
    limit = model.limits[k]
    written = model.compiler.at_opening(limit.right)
    start, end = (
        bound_typed(ends[0] if ends else None, option, limit) for ends, option in ((low, "--from"), (high, "--to"))
    )
    if written == 0 and (start is None or end is None):
        text = f'"{limit.row.name}" is written as 0, so there is no range around it'
        cure = "give --from and --to"
        raise Refused(None, text, cure)
    around = sorted((0.7 * written, 1.3 * written))
    ends = around[0] if start is None else start, around[1] if end is None else end
    return axis(*ends, points, f'"{limit.row.name}"')
