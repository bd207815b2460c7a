"""The verbs: what a user can ask for. Hosts (command line, ribbon, formulas) only pass arguments and show results."""

from collections.abc import Sequence
from pathlib import Path

import attrs

from xlalm.app.run.book import Source, open_book
from xlalm.app.run.changes import apply_changes, with_setting
from xlalm.app.run.solve import Clock, Run, finish, model_of, solved
from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.methods import METHODS
from xlalm.domain.result import Result, result_table
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.reporting.checked import checked_result
from xlalm.reporting.what_if import Answered, what_if_sentences, what_if_table
from xlalm.solver.solution import Planned


def check(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Read a book and say what is wrong, what a no-change plan scores and which limits fail already."""
    progress(0, 1, "reading the book")
    opened = open_book(book)
    model, findings = model_of(opened)
    return checked_result(model, findings)


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
    book : path of a workbook, or tables in memory (then nothing is written).
    out : workbook to write; by default the book itself, after a backup.
    changes : what-if cells such as ``Limits!LCR floor=110%``; the answer is compared with the book as it stands, and
        nothing is written unless ``out`` is given.
    write : False writes no workbook at all.

    Raises
    ------
    Refused
        The book cannot be read or written; input that can be read but not used becomes findings instead.
    """
    clock = Clock()
    progress(0, 5, "reading the book")
    opened = open_book(book)
    clock.lap("read")
    base = None
    if changes:
        write = write and out is not None
        base = solved(opened, clock, progress, stop)
        tables, _ = apply_changes(opened.tables, changes)
        opened = attrs.evolve(opened, tables=tables)
    start = base.solution.basis if base is not None and isinstance(base.solution, Planned) else None
    run = solved(opened, clock, progress, stop, start)
    if base is not None and run.model is not None:
        run = attrs.evolve(run, result=_compared(base, run, changes))
    return finish(opened, run, (out or opened.path) if write else None, clock, progress)


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
        cure = f"choose one of {', '.join(METHODS)}"
        raise Refused(None, text, cure)
    clock = Clock()
    progress(0, 5, "reading the book")
    opened = open_book(book)
    clock.lap("read")
    tables = {**opened.tables, "Settings": with_setting(opened.tables.get("Settings"), "method", method)}
    opened = attrs.evolve(opened, tables=tables)
    return finish(opened, solved(opened, clock, progress, stop), out, clock, progress)


def conflicts(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say which limits and bounds cannot hold together and the cheapest way out; writes nothing.

    A book that has a plan says so, and its ``Conflicts`` are empty.
    """
    progress(0, 5, "reading the book")
    run = solved(open_book(book), Clock(), progress, stop)
    if not isinstance(run.solution, Planned):
        return run.result
    said = "All limits can hold together: there is a plan. Press Solve to see it."
    tables = {"Conflicts": result_table("Conflicts", []), "Findings": run.result.tables["Findings"]}
    return attrs.evolve(run.result, status="checked", objective=None, tables=tables, messages=(said,))


def report(
    style: str,
    book: Source,
    *,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Solve a book and write a report in another program's style onto a sheet of its own.

    Parameters
    ----------
    style : ``lingo``: value, reduced cost, slack or surplus, dual price and ranges with LINGO's signs.
    out : workbook to write; by default the book itself, after a backup. ``write`` False writes none.
    """
    from xlalm.reporting.lingo import lingo_tables
    from xlalm.workbook.writing import write_report

    if style != "lingo":
        text = f'there is no report style "{style}"'
        cure = "the only one is lingo"
        raise Refused(None, text, cure)
    opened = open_book(book)
    run = solved(opened, Clock(), progress, stop)
    if run.model is None or not isinstance(run.solution, Planned):
        return run.result
    tables = lingo_tables(run.model, run.solution, run.known)
    by_name = {table.name: table for table in tables}
    result = attrs.evolve(run.result, tables=by_name, messages=(), sheet="LINGO report")
    if opened.path is None or not write:
        return result
    target = out or opened.path
    write_report(opened.path, target, result.sheet, tables)
    return attrs.evolve(result, written=str(target))


def _compared(base: Run, run: Run, changes: Sequence[str]) -> Result:
    """Return the result of a what-if with ``WhatIf`` and a first sentence that says what was changed."""
    assert run.model is not None
    result = run.result
    said = f"What if {' and '.join(changes)}?"
    if base.model is None or base.solution is None or run.solution is None:
        return attrs.evolve(result, messages=(said, *result.messages))
    table = what_if_table(
        Answered(base.model, base.solution, base.known.ranges), Answered(run.model, run.solution, run.known.ranges)
    )
    result = result.with_tables(table)
    if not (isinstance(base.solution, Planned) and isinstance(run.solution, Planned)):
        which = "The book as it stands" if isinstance(run.solution, Planned) else "The changed book"
        return attrs.evolve(result, messages=(said, f"{which} has no plan to compare with.", *result.messages))
    lines = what_if_sentences(table, run.model.settings.money)
    return attrs.evolve(result, messages=(said, *lines, *result.messages))
