"""The verb surface: the best goal over the bounds of two limits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xlalm.app.run.analysis import Analysis, Opened, analysed, dearest_limits
from xlalm.app.run.arguments import ArgumentError, Number, axis, bound_typed, find_limit
from xlalm.app.run.book import Source
from xlalm.app.run.solve import options_of
from xlalm.domain.result import Result, result_table
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.model.model import Model
from xlalm.reporting.aim import goal_name
from xlalm.reporting.analysis import not_as_in_book, run_table
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
    if len(limits) not in {0, 2} or max(len(low), len(high)) > 2:
        cure = "give --limit twice, and --from and --to once for each"
        raise ArgumentError(None, "a surface needs two limits", cure)

    def solve_grid(read: Opened, watch: Watch) -> Analysis:
        return _solved(read, watch, limits, low, high, points, scale_bounds)

    return analysed("surface", book, solve_grid, out, write, Watch(progress, stop))


def _solved(
    read: Opened,
    watch: Watch,
    limits: Sequence[str],
    low: Sequence[Number],
    high: Sequence[Number],
    points: int,
    scale_bounds: bool,
) -> Analysis:
    model, choosing = read.model, watch.part(0.2)
    chosen = [find_limit(model, name) for name in limits] or dearest_limits(model, 2, choosing)
    if chosen[0] == chosen[1]:
        text = f'the two limits are the same ("{model.limits[chosen[0]].name}")'
        raise ArgumentError(None, text, "give two")
    pair = chosen[0], chosen[1]
    first, second = (_axis(model, k, low[i : i + 1], high[i : i + 1], points) for i, k in enumerate(pair))
    solving = watch.part(0.8)
    solving.says(f"solving {points * points:,} points")
    found = solved_surface(model, pair, first, second, options_of(model), scale_bounds=scale_bounds, watch=solving)
    sentences = [*not_as_in_book(model, pair), *surface_sentences(model, pair, found, scale_bounds=scale_bounds)]
    names = [model.limits[k].name for k in pair]
    has_plan = bool(np.isfinite(found.objective).any())
    analysis = f"{goal_name(model)} over {names[0]} and {names[1]}"
    arguments = {"limits": names, "low": [*low], "high": [*high], "points": points, "scale_bounds": scale_bounds}
    return Analysis(
        status="optimal" if has_plan else "infeasible",
        tables=[
            run_table("SurfaceRun", analysis, "complete" if has_plan else "no plan", " ".join(sentences)),
            result_table("Surface", surface_records(model, pair, found, scale_bounds=scale_bounds)),
        ],
        messages=sentences,
        arguments=arguments,
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
        text = f'"{limit.name}" is written as 0, so there is no range around it'
        raise ArgumentError(None, text, "give --from and --to")
    around = sorted((0.7 * written, 1.3 * written))
    ends = around[0] if start is None else start, around[1] if end is None else end
    return axis(*ends, points, f'"{limit.name}"')
