"""A solve from opened book to written result; verbs are put together from these parts."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.book import Book, file_of
from xlalm.app.run.manifest import inputs_digest, manifest_file, with_manifest
from xlalm.app.run.memory import with_addresses
from xlalm.domain.errors import Refused, StoppedError
from xlalm.domain.findings import Finding, has_errors
from xlalm.domain.result import Result
from xlalm.domain.table import Table
from xlalm.domain.watch import Watch
from xlalm.ledger.places import manifest_beside
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.model.unread import unread
from xlalm.reporting.checked import checked_result
from xlalm.reporting.run_info import run_info, stamp_time
from xlalm.reporting.solved import Sensitivity, solved_result
from xlalm.reporting.what_if import WhatIf, as_what_if

if TYPE_CHECKING:
    from xlalm.program.problem import Problem
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


def model_of(book: Book, *, goals_needed: bool = True) -> tuple[Model | None, list[Finding]]:
    """Return the compiled model of a book, None where errors forbid one, and all findings.

    Parameters
    ----------
    goals_needed : False where nothing is optimised: the book may lack ``Goals``.
    """
    model, found = build_model(book.tables, goals_needed=goals_needed)
    findings = [*book.findings, *found]
    if model is not None:
        findings += _refused(model)
    if model is None or has_errors(findings):
        return None, findings
    return model, [*findings, *unread(model, book.tables)]


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
    what_if: WhatIf | None = None


def solved(book: Book, clock: Clock, watch: Watch) -> Run:
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
            solution = optimise(problem, options, solving)
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
    from xlalm.solver.sensitivity.ladder import ladders
    from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges
    from xlalm.solver.sensitivity.worths import resolved_worths

    watch.says("finding where the prices hold")
    if solution.conditional:
        worths = resolved_worths(problem, solution, options, watch.part(0.5))
        return Sensitivity(worths=worths, ladders=ladders(problem, solution, options, watch.part(0.5), worths=worths))
    ranges = limit_ranges(problem, solution, options, watch.part(0.4))
    steps = ladders(problem, solution, options, watch.part(0.3), ranges)
    return Sensitivity(ranges, coefficient_ranges(problem, solution, watch=watch.part(0.3)), ladders=steps)


def as_asked(book: Book, run: Run, text: str, inputs: Mapping[str, Table]) -> Run:
    """Return a run of changed inputs with what it is measured against.

    Parameters
    ----------
    text : what was changed.
    inputs : the tables of the book, whose own limits the plan is judged by.
    """
    if run.model is None or not text:
        return run
    from xlalm.model.standing import Standing, standings
    from xlalm.solver.prices import plan_point
    from xlalm.solver.solution import Planned

    own: list[Standing] = []
    if isinstance(run.solution, Planned):
        judge = run.model
        if inputs.get("Limits") is not book.tables.get("Limits"):
            kept = {name: table for name, table in book.tables.items() if name != "Limits"}
            limits = {"Limits": inputs["Limits"]} if "Limits" in inputs else {}
            judge = model_of(attrs.evolve(book, tables=kept | limits))[0] or run.model
        own = standings(judge, plan_point(judge, run.solution))
    return attrs.evolve(run, what_if=WhatIf(text, tuple(own), inputs))


def finish(book: Book, run: Run, target: Path | None, clock: Clock, watch: Watch) -> Result:
    """Return a run's result with its manifest, written to ``target`` where there is one."""
    result = run.result
    if run.model is not None:
        result = _with_manifest(book, run, run.model, clock, stopped=watch.must_stop)
        inputs = run.what_if.inputs if run.what_if is not None else book.tables
        if target is not None:
            watch.says(f"writing {target.name}")
            result = _written(book, inputs, target, run.model, result)
    watch.ends()
    return result


def _with_manifest(book: Book, run: Run, model: Model, clock: Clock, *, stopped: bool) -> Result:
    """Return the result with the manifest of its inputs, which repeats them whether or not they were a what-if's."""
    clock.lap("report")
    asked: dict[str, Any] = {}
    if run.what_if is not None:
        asked["what_if"] = {"text": run.what_if.text, "inputs_sha256": inputs_digest(run.what_if.inputs)}
    result = with_manifest(book, model.settings.values, run.result, clock.laps, stopped=stopped, **asked)
    manifest = result.manifest
    assert manifest is not None
    if run.what_if is not None:
        result = as_what_if(result, run.what_if, model.settings.money)
    return stamped(model, result, manifest, "")


def stamped(model: Model, result: Result, manifest: Mapping[str, Any], name: str) -> Result:
    """Return a result with ``RunInfo``, and the time of the run above the numbers, as its manifest has them.

    Parameters
    ----------
    name : of the manifest's file.
    """
    time = stamp_time(result.table("PlanStatus"), manifest["created"])
    return result.with_tables(run_info(model, result, manifest, name), time)


def _written(book: Book, inputs: Mapping[str, Table], target: Path, model: Model, result: Result) -> Result:
    from xlalm.workbook.writing import write_results

    manifest = result.manifest
    assert manifest is not None
    result = stamped(model, result, manifest, manifest_beside(target).name)
    tables = with_addresses(book.tables, result.tables)
    write_results(file_of(book), target, tables, inputs, manifest_file(manifest))
    return attrs.evolve(result, written=str(target))
