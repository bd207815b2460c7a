"""A solve from opened book to written result; verbs are put together from these parts."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.book import Book
from xlalm.app.run.manifest import with_manifest, write_manifest
from xlalm.domain.errors import Refused, StoppedError
from xlalm.domain.findings import Finding, has_errors
from xlalm.domain.result import Result
from xlalm.domain.watch import Watch
from xlalm.ledger.places import manifest_beside
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.reporting.checked import checked_result
from xlalm.reporting.run_info import run_info, stamp_time
from xlalm.reporting.solved import Sensitivity, solved_result

if TYPE_CHECKING:
    from xlalm.program.problem import Problem
    from xlalm.program.program import Basis
    from xlalm.solver.goals.methods import GoalOutcome
    from xlalm.solver.highs.run import Options
    from xlalm.solver.solution import Planned, Solution

STOPPED_EARLY = "Stopped before every price was looked at: ranges and worths of some limits are missing or rough."


class Clock:
    """Seconds spent in each stage of a run."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


def model_of(book: Book) -> tuple[Model | None, list[Finding]]:
    """Return the compiled model of a book, None where errors forbid one, and all findings."""
    model, findings = build_model(book.tables)
    findings = [*book.findings, *findings]
    if model is not None:
        findings += _refused(model)
    return (None if has_errors(findings) else model), findings


def _refused(model: Model) -> list[Finding]:
    """Return what a solve would refuse of limits and goal, so that a check says it too."""
    from xlalm.program.denominators import refused_denominators
    from xlalm.program.problem import problem_of

    return refused_denominators(problem_of(model)) if model.active_goals else []


def options_of(model: Model) -> "Options":
    """Return how the book wants to be solved."""
    from xlalm.solver.highs.run import Options

    return Options(model.settings.number("time_limit_s"), int(model.settings.number("seed")))


@attrs.frozen(eq=False)
class Run:
    """A solved book: ``model`` is None where the input cannot be used, ``solution`` where nothing was solved."""

    result: Result
    model: Model | None = None
    solution: "Solution | None" = None
    known: Sensitivity = attrs.field(factory=Sensitivity)


def solved(book: Book, clock: Clock, watch: Watch, start: "Basis | None" = None) -> Run:
    """Compile and solve a book's tables, with ranges of the prices, or say why there is no plan.

    Raises
    ------
    StoppedError
        The user has asked to stop before there was a plan.
    """
    from xlalm.program.problem import problem_of
    from xlalm.solver.optimise import optimise
    from xlalm.solver.solution import Planned

    watch.part(0.1).says("compiling limits and goals")
    model, findings = model_of(book)
    if model is None:
        return Run(checked_result(None, findings))
    clock.lap("compile")
    watch.check()
    problem, options, solving = problem_of(model), options_of(model), watch.part(0.6)
    goals: GoalOutcome | None = None
    try:
        if model.settings.method.is_one_stage:
            solution = optimise(problem, options, solving, start)
        else:
            from xlalm.solver.goals.methods import solve_goals

            solution, goals = solve_goals(model, options, solving)
    except StoppedError:
        raise
    except Refused as reason:
        return Run(checked_result(None, [*findings, reason.finding]))
    clock.lap("solve")
    if not isinstance(solution, Planned):
        watch.check()
    looking, known = watch.part(0.3), Sensitivity()
    if isinstance(solution, Planned):
        known = Sensitivity(goals=goals) if goals else _sensitivity(problem, solution, options, looking)
        result = solved_result(model, solution, findings, known)
        if looking.must_stop:
            result = attrs.evolve(result, messages=(*result.messages, STOPPED_EARLY))
    else:
        from xlalm.reporting.failure import failed_result

        looking.says("finding out why there is no plan")
        result = failed_result(model, solution, findings, options, looking)
    clock.lap("ranges")
    return Run(result, model, solution, known)


def _sensitivity(problem: "Problem", solution: "Planned", options: "Options", watch: Watch) -> Sensitivity:
    from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges
    from xlalm.solver.sensitivity.worths import beyond_their_range, resolved_worths

    watch.says("finding where the prices hold")
    if solution.conditional:
        return Sensitivity(worths=resolved_worths(problem, solution, options, watch))
    ranges = limit_ranges(problem, solution, options, watch.part(0.4))
    short, again = beyond_their_range(problem, solution, ranges), watch.part(0.3)
    worths = resolved_worths(problem, solution, options, again, short) if short else {}
    return Sensitivity(ranges, coefficient_ranges(problem, solution, watch=watch.part(0.3)), worths)


def finish(book: Book, run: Run, target: Path | None, clock: Clock, watch: Watch) -> Result:
    """Return a run's result with its manifest, written to ``target`` where there is one."""
    result = run.result
    if run.model is not None:
        result = _with_manifest(book, run.model, result, clock, stopped=watch.must_stop)
        if target is not None and book.path is not None:
            watch.says(f"writing {target.name}")
            result = _written(book.path, target, run.model, result, clock)
    watch.ends()
    return result


def _with_manifest(book: Book, model: Model, result: Result, clock: Clock, *, stopped: bool) -> Result:
    clock.lap("report")
    result = with_manifest(book, model.settings.values, result, clock.laps, stopped=stopped)
    assert result.manifest is not None
    return stamped(model, result, result.manifest, "")


def stamped(model: Model, result: Result, manifest: Mapping[str, Any], name: str) -> Result:
    """Return a result with ``RunInfo``, and the time of the run above the numbers, as its manifest has them.

    Parameters
    ----------
    name : of the manifest's file.
    """
    time = stamp_time(result.table("PlanStatus"), manifest["created"])
    return result.with_tables(run_info(model, result, manifest, name), time)


def _written(book: Path, target: Path, model: Model, result: Result, clock: Clock) -> Result:
    from xlalm.workbook.writing import write_results

    assert result.manifest is not None
    place = manifest_beside(target)
    result = stamped(model, result, result.manifest, place.name)
    write_results(book, target, result.tables)
    clock.lap("write")
    write_manifest(place, result.manifest)
    return attrs.evolve(result, written=str(target))
