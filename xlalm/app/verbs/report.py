"""The verb report: a solved book in another program's style, on a sheet of its own."""

from pathlib import Path

import attrs

from xlalm.app.run.arguments import ArgumentError
from xlalm.app.run.book import Source, file_of, open_book
from xlalm.app.run.solve import STOPPED_EARLY, Clock, solved
from xlalm.app.run.target import target_of
from xlalm.domain.result import Result, by_name
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress

STYLES = ("lingo",)


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
    from xlalm.reporting.analysis import run_table
    from xlalm.reporting.lingo import lingo_tables
    from xlalm.solver.solution import Planned
    from xlalm.workbook.writing import write_report

    if style not in STYLES:
        text = f'there is no report style "{style}"'
        raise ArgumentError(None, text, f"the only one is {STYLES[0]}")
    watch = Watch(progress, stop)
    watch.says("reading the book")
    watch.check()
    read = open_book(book)
    target = target_of(read, out, write=write)
    run = solved(read, Clock(), watch.part(0.9))
    result = run.result
    if run.model is not None and isinstance(run.solution, Planned):
        is_cut = STOPPED_EARLY in result.messages
        state = "cut off" if is_cut else "complete"
        line = run_table("LingoRun", "The plan in LINGO's style", state, result.messages[0])
        tables = [line, *lingo_tables(run.model, run.solution, run.known)]
        status = "feasible" if is_cut else result.status
        result = attrs.evolve(result, status=status, tables=by_name(*tables), messages=(), sheet="LINGO report")
        if target is not None:
            watch.part(0.1).says(f"writing {target.name}")
            write_report(file_of(read), target, result.sheet, tables, read.tables)
            result = attrs.evolve(result, written=str(target))
    watch.ends()
    return result
