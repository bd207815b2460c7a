"""The verb frontier: the best goal as the bound of one limit moves."""

from pathlib import Path

import numpy as np

from xlalm.app.run.analysis import Asked, answered, dearest_limits, opened, options_of
from xlalm.app.run.arguments import Number, bound_typed, find_limit, number
from xlalm.app.run.book import Source
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result, result_table
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
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
    progress(0, 3, "reading the book")
    read = opened(book)
    model, low_end, high_end = read.model, number(low, "--from"), number(high, "--to")
    if low_end is not None and high_end is not None and not low_end < high_end:
        text = f"the range runs from {low_end:g} to {high_end:g}"
        cure = "give --from below --to"
        raise Refused(None, text, cure)
    if model is None:
        return read.refused()
    target = (out or read.book.path) if write else None
    try:
        k = find_limit(model, limit) if limit else dearest_limits(model, 1)[0]
        bound_typed(low, "--from", model.limits[k])
        bound_typed(high, "--to", model.limits[k])
        progress(1, 3, f"following {model.limits[k].name}")
        ends = (-np.inf if low_end is None else low_end, np.inf if high_end is None else high_end)
        found = exact_frontier(model, k, options_of(model), *ends, progress=progress, stop=stop)
    except Refused as reason:
        return read.refused(reason)
    low_end, high_end = shown_range(found, low_end, high_end)
    certificate = proof(found, options_of(model), low_end, high_end)
    sentences = [*not_as_in_book(model, [k]), *frontier_sentences(found, low_end, high_end)]
    name = model.limits[k].name
    complete = "cut off" if found.notes else "complete" if found.segments else "no plan"
    tables = [
        run_table(
            "FrontierRun",
            f"{goal_name(model)} against {name}",
            complete,
            " ".join([*not_as_in_book(model, [k]), frontier_summary(found, low_end, high_end)]),
        ),
        result_table("Frontier", frontier_records(found, low_end, high_end)),
        allocation_by_level(found, low_end, high_end),
        contributions(found),
    ]
    progress(2, 3, "writing")
    return answered(
        read.book,
        "frontier",
        found.status,
        tables,
        sentences,
        target,
        Asked({"limit": name, "low": low, "high": high}, model.settings.values),
        findings=tuple(read.findings),
        method=model.settings.text("method"),
        solver="parametric linear program, basis by basis",
        objective=goal_as_written(found),
        certificate=certificate_record(certificate),
    )
