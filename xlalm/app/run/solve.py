"""A solve from opened book to written result; verbs are put together from these parts."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.book import Book
from xlalm.domain.findings import Finding, error, has_errors
from xlalm.domain.methods import ONE_STAGE_METHODS
from xlalm.domain.result import Result
from xlalm.domain.typing import Progress, Stop
from xlalm.ledger.places import manifest_beside
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.reporting.run_info import plan_status, run_info, stamp_time
from xlalm.reporting.solved import Sensitivity, checked_result, solved_result

if TYPE_CHECKING:
    from xlalm.program.program import Basis
    from xlalm.solver.goals.methods import GoalOutcome
    from xlalm.solver.highs.run import Options
    from xlalm.solver.solution import Solution


class Clock:
    """Seconds spent in each stage of a run."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


def model_of(opened: Book) -> tuple[Model | None, list[Finding]]:
    """Return the compiled model of a book, None where errors forbid one, and all findings."""
    model, findings = build_model(opened.tables)
    findings = [*opened.findings, *findings]
    return (None if has_errors(findings) else model), findings


@attrs.frozen(eq=False)
class Run:
    """A solved book: ``model`` is None where the input cannot be used, ``solution`` where nothing was solved."""

    result: Result
    model: Model | None = None
    solution: "Solution | None" = None
    known: Sensitivity = attrs.field(factory=Sensitivity)


def solved(opened: Book, clock: Clock, progress: Progress, stop: Stop, start: "Basis | None" = None) -> Run:
    """Compile and solve a book's tables, with ranges of the prices, or say why there is no plan."""
    from xlalm.domain.errors import Refused
    from xlalm.solver.highs.run import Options
    from xlalm.solver.optimise import optimise

    progress(1, 5, "compiling limits and goals")
    model, findings = model_of(opened)
    if model is None:
        return Run(checked_result(None, findings))
    clock.lap("compile")
    options = Options(model.settings.number("time_limit_s"), int(model.settings.number("seed")))
    goals: GoalOutcome | None = None
    try:
        if model.settings.text("method") in ONE_STAGE_METHODS:
            solution = optimise(model, options, progress, stop, start)
        else:
            from xlalm.solver.goals.methods import solve_goals

            solution, goals = solve_goals(model, options, progress, stop)
    except Refused as reason:
        finding = error(reason.cell, reason.text, reason.cure)
        return Run(checked_result(None, [*findings, finding]))
    clock.lap("solve")
    known = Sensitivity(goals=goals) if goals else _sensitivity(model, solution, options, progress, stop)
    if solution.has_plan:
        result = solved_result(model, solution, findings, known)
    else:
        from xlalm.domain.watch import Watch
        from xlalm.reporting.failure import failed_result

        progress(3, 5, "finding out why there is no plan")
        result = failed_result(model, solution, findings, options, Watch(progress, stop))
    clock.lap("ranges")
    result.tables["PlanStatus"] = plan_status(model, solution, result)
    return Run(result, model, solution, known)


def _sensitivity(model: Model, solution: "Solution", options: "Options", progress: Progress, stop: Stop) -> Sensitivity:
    if not solution.has_plan:
        return Sensitivity()
    from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges
    from xlalm.solver.sensitivity.worths import beyond_their_range, resolved_worths

    progress(3, 5, "finding where the prices hold")
    if solution.conditional:
        return Sensitivity(worths=resolved_worths(model, solution, options, stop))
    ranges = limit_ranges(model, solution, options, stop)
    short = beyond_their_range(model, solution, ranges)
    worths = resolved_worths(model, solution, options, stop, short) if short else {}
    return Sensitivity(ranges, coefficient_ranges(model, solution), worths)


def finish(opened: Book, run: Run, target: Path | None, clock: Clock, progress: Progress) -> Result:
    """Return a run's result with its manifest, written to ``target`` where there is one."""
    if run.model is None:
        return run.result
    result = _with_manifest(opened, run.model, run.result, clock)
    if target is None or opened.path is None:
        return result
    progress(4, 5, f"writing {target.name}")
    return _write(opened.path, target, run.model, result, clock)


def _with_manifest(opened: Book, model: Model, result: Result, clock: Clock) -> Result:
    from xlalm.ledger.manifest import build_manifest, canonical_tables

    clock.lap("report")
    inputs = canonical_tables(opened.tables)
    manifest: dict[str, Any] = build_manifest(opened.name, inputs, model.settings.values, result, clock.laps)
    result.tables["RunInfo"] = run_info(model, result, manifest, "")
    result.tables["PlanStatus"] = stamp_time(result.tables["PlanStatus"], manifest["created"])
    return attrs.evolve(result, manifest=manifest)


def _write(book: Path, target: Path, model: Model, result: Result, clock: Clock) -> Result:
    import json

    from xlalm.workbook.writing import write_results, write_text

    assert result.manifest is not None
    manifest_path = manifest_beside(target)
    result.tables["RunInfo"] = run_info(model, result, result.manifest, manifest_path.name)
    write_results(book, target, result.tables)
    clock.lap("write")
    write_text(manifest_path, json.dumps(result.manifest, ensure_ascii=False, sort_keys=True, indent=None))
    return attrs.evolve(result, written=str(target))
