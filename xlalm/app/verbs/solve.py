"""The verbs that look at a book or solve it once: check, solve, explain, fuzzy, conflicts."""

from collections.abc import Sequence
from pathlib import Path

import attrs

from xlalm.app.run.arguments import ArgumentError
from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.changes import Change, apply_changes, changes_told
from xlalm.app.run.solve import Clock, Run, as_asked, finish, model_of, solved
from xlalm.app.run.target import target_of
from xlalm.domain.findings import suggest
from xlalm.domain.methods import METHODS
from xlalm.domain.result import Result, by_name, result_table
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.model.model import Model
from xlalm.reporting.checked import checked_result
from xlalm.reporting.what_if import Answered, what_if_sentences, what_if_table
from xlalm.solver.solution import Planned
from xlalm.tables.settings import with_setting


def check(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Read a book and say what is wrong, what a no-change plan scores and which limits fail already."""
    watch = Watch(progress, stop)
    watch.says("reading the book")
    watch.check()
    model, findings = model_of(open_book(book), goals_needed=False)
    result = checked_result(model, findings)
    watch.ends()
    return result


def solve(
    book: Source,
    *,
    out: Path | None = None,
    changes: Sequence[str] = (),
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Optimise a book and write the results into it.

    Parameters
    ----------
    book : path of a workbook, or tables in memory (written, inputs and results, where ``out`` is given).
    out : workbook to write; by default the book itself, after a backup.
    changes : what-if cells such as ``Limits!LCR floor=110%``; the answer is compared with the book as it stands, and
        nothing is written unless ``out`` is given.
    write : False writes no workbook at all.

    Raises
    ------
    Refused
        The book cannot be read or written; input that can be read but not used becomes findings instead.
    StoppedError
        The user has asked to stop before there was a plan.
    """
    watch, clock = Watch(progress, stop), Clock()
    read = _read(book, watch, clock)
    target = target_of(read, out, write=write and (not changes or out is not None))
    base = None
    if changes:
        base = solved(read, clock, watch.part(0.45))
        book_tables = read.tables
        tables, cells = apply_changes(book_tables, changes)
        read = attrs.evolve(read, tables=tables)
    run = solved(read, clock, watch.part(0.45 if changes else 0.9))  # as its manifest will be: from no other basis
    if base is not None and run.model is not None:
        units = {limit.name: limit.unit for limit in run.model.limits}
        run = attrs.evolve(run, result=_compared(base, run, run.model, changes))
        run = as_asked(read, run, changes_told(book_tables, cells, units), book_tables)
    return finish(read, run, target, clock, watch.part(0.1))


def explain(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Solve a book without writing it and say in sentences what to do, what it earns and what binds."""
    return solve(book, write=False, progress=progress, stop=stop)


def fuzzy(
    book: Source,
    *,
    method: str = "fnlp",
    out: Path | None = None,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Solve a book with several goals by the method given here rather than in Settings.

    Parameters
    ----------
    method : one of the methods of Settings: fnlp, fagp, wfnlp, wfnlp_direct, wfagp, weighted_sum, lexicographic, …
    out : workbook to write; without it nothing is written, because the book itself asks for another method.
    """
    if method not in METHODS:
        text = f'there is no method "{method}"{suggest(method, METHODS)}'
        raise ArgumentError(None, text, f"choose one of {', '.join(METHODS)}")
    watch, clock = Watch(progress, stop), Clock()
    read = _read(book, watch, clock)
    target = target_of(read, out, write=out is not None)
    inputs, asked = read.tables, Change("Settings", "method", "value", method)
    tables = {**inputs, "Settings": with_setting(inputs.get("Settings"), "method", method)}
    read = attrs.evolve(read, tables=tables)
    run = as_asked(read, solved(read, clock, watch.part(0.9)), changes_told(inputs, [asked], {}), inputs)
    return finish(read, run, target, clock, watch.part(0.1))


def conflicts(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say which limits and bounds cannot hold together and the cheapest way out; writes nothing.

    A book that has a plan says so, and its ``Conflicts`` are empty.
    """
    watch, clock = Watch(progress, stop), Clock()
    run = solved(_read(book, watch, clock), clock, watch.part(1.0))
    watch.ends()
    if not isinstance(run.solution, Planned):
        return run.result
    said = "All limits can hold together: there is a plan. Press Solve to see it."
    tables = by_name(result_table("Conflicts", []), run.result.table("Findings"))
    return attrs.evolve(run.result, status="checked", objective=None, tables=tables, messages=(said,))


def _read(source: Source, watch: Watch, clock: Clock) -> Book:
    watch.says("reading the book")
    watch.check()
    book = open_book(source)
    clock.lap("read")
    return book


def _compared(base: Run, run: Run, model: Model, changes: Sequence[str]) -> Result:
    """Return the result of a what-if with ``WhatIf`` and a first sentence that says what was changed."""
    result = run.result
    said = f"What if {' and '.join(changes)}?"
    if base.model is None or base.solution is None or run.solution is None:
        return attrs.evolve(result, messages=(said, *result.messages))
    table = what_if_table(
        Answered(base.model, base.solution, base.known.ranges), Answered(model, run.solution, run.known.ranges)
    )
    result = result.with_tables(table)
    if not (isinstance(base.solution, Planned) and isinstance(run.solution, Planned)):
        which = "The book as it stands" if isinstance(run.solution, Planned) else "The changed book"
        return attrs.evolve(result, messages=(said, f"{which} has no plan to compare with.", *result.messages))
    lines = what_if_sentences(table, model.settings.money)
    return attrs.evolve(result, messages=(said, *lines, *result.messages))
