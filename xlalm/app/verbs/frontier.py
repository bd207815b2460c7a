"""The verb frontier: the best goal as the bound of one limit moves."""

from pathlib import Path

import numpy as np

from xlalm.app.run.analysis import Analysis, Opened, analysed, dearest_limits
from xlalm.app.run.arguments import Number, bound_typed, ends_typed, find_limit
from xlalm.app.run.book import Source
from xlalm.app.run.solve import options_of
from xlalm.domain.result import Result, result_table
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.reporting.aim import goal_name
from xlalm.reporting.analysis import not_as_in_book, run_table
from xlalm.reporting.frontier import (
    allocation_by_level,
    contributions,
    frontier_records,
    frontier_sentences,
    frontier_summary,
    goal_as_written,
    shown_range,
)
from xlalm.reporting.solved import certificate_record
from xlalm.solver.sensitivity.frontier import exact_frontier, proof


def frontier(
    book: Source,
    *,
    limit: str = "",
    low: Number = None,
    high: Number = None,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Follow the best goal exactly as the written bound of one limit moves, from takeover to takeover.

    Parameters
    ----------
    limit : name of the limit; by default the one whose relaxing is worth most.
    low, high : range of the bound; by default from where no plan is left to where the limit stops binding.
    out : workbook to write; by default the book itself, after a backup. ``write`` False writes none.

    Raises
    ------
    Refused
        The book cannot be read or written, there is no such limit, or the range is none.
    """
    ends_typed(low, high)
    watch = Watch(progress, stop)
    return analysed("frontier", book, lambda read, part: _followed(read, part, limit, low, high), out, write, watch)


def _followed(read: Opened, watch: Watch, limit: str, low: Number, high: Number) -> Analysis:
    model, options = read.model, options_of(read.model)
    choosing = watch.part(0.2)
    k = find_limit(model, limit) if limit else dearest_limits(model, 1, choosing)[0]
    bound_typed(low, "--from", model.limits[k])
    bound_typed(high, "--to", model.limits[k])
    following, name = watch.part(0.7), model.limits[k].name
    following.says(f"following {name}")
    start, end = ends_typed(low, high)
    ends = (-np.inf if start is None else start, np.inf if end is None else end)
    found = exact_frontier(model, k, options, *ends, following)
    stopped = watch.must_stop and bool(found.notes)
    if not found.segments:
        watch.check()
    start, end = shown_range(found, start, end)
    proving = watch.part(0.1)
    proving.says("proving the plans")
    certificate = None if stopped else proof(found, options, start, end, proving)
    said = [*not_as_in_book(model, [k]), frontier_summary(found, start, end)]
    state = "cut off" if found.notes else "complete" if found.segments else "no plan"
    return Analysis(
        status="feasible" if stopped else found.status,
        tables=[
            run_table("FrontierRun", f"{goal_name(model)} against {name}", state, " ".join(said)),
            result_table("Frontier", frontier_records(found, start, end)),
            allocation_by_level(found, start, end),
            contributions(found),
        ],
        messages=[*not_as_in_book(model, [k]), *frontier_sentences(found, start, end)],
        arguments={"limit": name, "low": low, "high": high},
        method=model.settings.text("method"),
        solver="parametric linear program, basis by basis",
        objective=goal_as_written(found),
        certificate=certificate_record(certificate),
    )
