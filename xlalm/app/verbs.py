"""The verbs: what a user can ask for. Hosts (command line, ribbon, formulas) only pass arguments and show results."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.answer import Sensitivity, checked_result, solved_result
from xlalm.app.book import Book, Source, open_book
from xlalm.app.changes import Answered, apply_changes, what_if_table, with_setting
from xlalm.app.run_info import plan_status, run_info, stamp_time
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import Finding, error, has_errors, suggest
from xlalm.domain.result import Result
from xlalm.domain.settings import METHODS
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.program.model import ONE_STAGE_METHODS, Model, build_model

if TYPE_CHECKING:
    from xlalm.program.program import Basis
    from xlalm.solve.goals import GoalOutcome
    from xlalm.solve.highs import Options
    from xlalm.solve.solution import Solution

MANIFEST_SUFFIX = ".manifest.json"


def check(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Read a book and say what is wrong, what a no-change plan scores and which limits fail already."""
    progress(0, 1, "reading the book")
    opened = open_book(book)
    model, findings = _model(opened)
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
    XlalmError
        The book cannot be read or written; input that can be read but not used becomes findings instead.
    """
    clock = _Clock()
    progress(0, 5, "reading the book")
    opened = open_book(book)
    clock.lap("read")
    base = None
    if changes:
        write = write and out is not None
        base = _solved(opened, clock, progress, stop)
        tables, _ = apply_changes(opened.tables, changes)
        opened = attrs.evolve(opened, tables=tables)
    run = _solved(opened, clock, progress, stop, base.solution.basis if base and base.solution else None)
    if base is not None and run.model is not None:
        run = attrs.evolve(run, result=_compared(base, run, changes))
    return _finish(opened, run, (out or opened.path) if write else None, clock, progress)


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
        message = f'there is no method "{method}"{suggest(method, METHODS)}; choose one of {", ".join(METHODS)}.'
        raise XlalmError(message)
    clock = _Clock()
    progress(0, 5, "reading the book")
    opened = open_book(book)
    clock.lap("read")
    tables = {**opened.tables, "Settings": with_setting(opened.tables.get("Settings"), "method", method)}
    opened = attrs.evolve(opened, tables=tables)
    return _finish(opened, _solved(opened, clock, progress, stop), out, clock, progress)


def report(
    style: str,
    book: Source,
    *,
    out: Path | None = None,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Solve a book and write a report in another program's style onto a sheet of its own.

    Parameters
    ----------
    style : ``lingo``: value, reduced cost, slack or surplus, dual price and ranges with LINGO's signs.
    """
    from xlalm.app.lingo import lingo_tables
    from xlalm.workbook.writing import write_report

    if style != "lingo":
        message = f'there is no report style "{style}"; the only one is lingo.'
        raise XlalmError(message)
    opened = open_book(book)
    run = _solved(opened, _Clock(), progress, stop)
    if run.model is None or run.solution is None or not run.solution.has_plan:
        return run.result
    tables = lingo_tables(run.model, run.solution, run.known)
    result = attrs.evolve(run.result, tables={table.name: table for table in tables}, messages=())
    if opened.path is None:
        return result
    target = out or opened.path
    write_report(opened.path, target, "LINGO report", tables)
    return attrs.evolve(result, written=str(target))


def rerun(manifest: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Repeat a run from its manifest and compare every figure bit for bit.

    Raises
    ------
    XlalmError
        The manifest cannot be read, or the repeated run gives something else.
    """
    from xlalm.ledger.manifest import read_manifest, result_digest, tables_from

    document = read_manifest(Path(manifest))
    opened = Book(str(document.get("book", "manifest")), None, tables_from(document["inputs"]))
    run = _solved(opened, _Clock(), progress, stop)
    result, model = run.result, run.model
    if model is None or result_digest(result) != document["result_sha256"]:
        versions = ", ".join(f"{name} {text}" for name, text in document.get("versions", {}).items())
        message = (
            f"the repeated run differs from the manifest (objective {result.objective!r}, "
            f"manifest {document.get('objective')!r}); use the versions it was made with: {versions}."
        )
        raise XlalmError(message)
    same = f"Repeated bit for bit: {result.status}, objective {result.objective!r}."
    return attrs.evolve(result, messages=(same, *result.messages), manifest=document)


def template(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write a new workbook from the ALCO template; never over an existing file."""
    from xlalm.workbook.template import copy_template

    target = copy_template(Path(out))
    return Result("written", {}, messages=(f"New ALCO workbook: {target}",), written=str(target))


# --- parts of a solve ----------------------------------------------------------------------------------


class _Clock:
    """Seconds spent in each stage of a run."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


def _model(opened: Book) -> tuple[Model | None, list[Finding]]:
    model, findings = build_model(opened.tables)
    findings = [*opened.findings, *findings]
    return (None if has_errors(findings) else model), findings


@attrs.frozen(eq=False)
class _Run:
    """A solved book: ``model`` is None where the input cannot be used, ``solution`` where nothing was solved."""

    result: Result
    model: Model | None = None
    solution: "Solution | None" = None
    known: Sensitivity = attrs.field(factory=Sensitivity)


def _solved(opened: Book, clock: _Clock, progress: Progress, stop: Stop, start: "Basis | None" = None) -> _Run:
    from xlalm.program.program import NotLinearError
    from xlalm.solve.highs import Options
    from xlalm.solve.optimise import optimise

    progress(1, 5, "compiling limits and goals")
    model, findings = _model(opened)
    if model is None:
        return _Run(checked_result(None, findings))
    clock.lap("compile")
    options = Options(model.settings.number("time_limit_s"), int(model.settings.number("seed")))
    goals: GoalOutcome | None = None
    try:
        if model.settings.text("method") in ONE_STAGE_METHODS:
            solution = optimise(model, options, progress, stop, start)
        else:
            from xlalm.solve.goals import solve_goals

            solution, goals = solve_goals(model, options, progress, stop)
    except NotLinearError as reason:
        finding = error(reason.cell, reason.reason, reason.cure)
        return _Run(checked_result(None, [*findings, finding]))
    clock.lap("solve")
    known = Sensitivity(goals=goals) if goals else _sensitivity(model, solution, options, progress, stop)
    if solution.has_plan:
        result = solved_result(model, solution, findings, known)
    else:
        from xlalm.app.failure import failed_result

        progress(3, 5, "finding out why there is no plan")
        result = failed_result(model, solution, findings, options)
    clock.lap("ranges")
    result.tables["PlanStatus"] = plan_status(model, solution, result)
    return _Run(result, model, solution, known)


def _sensitivity(model: Model, solution: "Solution", options: "Options", progress: Progress, stop: Stop) -> Sensitivity:
    if not solution.has_plan:
        return Sensitivity()
    from xlalm.solve.ranging import coefficient_ranges, limit_ranges
    from xlalm.solve.whatif import beyond_their_range, resolved_worths

    progress(3, 5, "finding where the prices hold")
    if solution.conditional:
        return Sensitivity(worths=resolved_worths(model, solution, options, stop))
    ranges = limit_ranges(model, solution, options, stop)
    short = beyond_their_range(model, solution, ranges)
    worths = resolved_worths(model, solution, options, stop, short) if short else {}
    return Sensitivity(ranges, coefficient_ranges(model, solution), worths)


def _finish(opened: Book, run: _Run, target: Path | None, clock: _Clock, progress: Progress) -> Result:
    """Return a run's result with its manifest, written to ``target`` where there is one."""
    if run.model is None:
        return run.result
    result = _with_manifest(opened, run.model, run.result, clock)
    if target is None or opened.path is None:
        return result
    progress(4, 5, f"writing {target.name}")
    return _write(opened.path, target, run.model, result, clock)


def _compared(base: _Run, run: _Run, changes: Sequence[str]) -> Result:
    """Return the result of a what-if with ``WhatIf`` and a first sentence that says what was changed."""
    assert run.model is not None
    result = run.result
    said = f"What if {' and '.join(changes)}?"
    if base.model is None or base.solution is None or run.solution is None:
        return attrs.evolve(result, messages=(said, *result.messages))
    table = what_if_table(
        Answered(base.model, base.solution, base.known.ranges), Answered(run.model, run.solution, run.known.ranges)
    )
    result.tables["WhatIf"] = table
    lines = [
        f"{row['kind']} {row['name']}: {_number(row['base'])} → {_number(row['changed'])} ({_number(row['change'])})"
        for row in table.records()
    ]
    return attrs.evolve(result, messages=(said, *lines, *result.messages))


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:,.6g}"


def _with_manifest(opened: Book, model: Model, result: Result, clock: _Clock) -> Result:
    from xlalm.ledger.manifest import build_manifest, canonical_tables

    clock.lap("report")
    inputs = canonical_tables(opened.tables)
    manifest: dict[str, Any] = build_manifest(opened.name, inputs, model.settings.values, result, clock.laps)
    result.tables["RunInfo"] = run_info(model, result, manifest, "")
    result.tables["PlanStatus"] = stamp_time(result.tables["PlanStatus"], manifest["created"])
    return attrs.evolve(result, manifest=manifest)


def _write(book: Path, target: Path, model: Model, result: Result, clock: _Clock) -> Result:
    import json

    from xlalm.workbook.writing import write_results, write_text

    assert result.manifest is not None
    manifest_path = target.with_suffix("").with_name(target.stem + MANIFEST_SUFFIX)
    result.tables["RunInfo"] = run_info(model, result, result.manifest, manifest_path.name)
    write_results(book, target, result.tables)
    clock.lap("write")
    write_text(manifest_path, json.dumps(result.manifest, ensure_ascii=False, sort_keys=True, indent=None))
    return attrs.evolve(result, written=str(target))
