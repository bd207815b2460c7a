"""The frame of the verbs that solve many variants of one book: how it is read, refused, answered and written."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.run.arguments import ArgumentError
from xlalm.app.run.book import Book, Source, file_of, open_book
from xlalm.app.run.changes import apply_changes
from xlalm.app.run.manifest import manifest_file, with_manifest
from xlalm.app.run.solve import model_of, options_of
from xlalm.app.run.target import target_of
from xlalm.domain.errors import Refused, StoppedError
from xlalm.domain.findings import Finding, has_errors
from xlalm.domain.result import Result, ResultTable, by_name
from xlalm.domain.status import Status
from xlalm.domain.watch import Watch
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.program.program import Basis
from xlalm.reporting.checked import checked_result
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Planned, Solution


@attrs.frozen(eq=False)
class Opened:
    """A book ready to be varied, and what was found while it was read."""

    book: Book
    model: Model
    findings: tuple[Finding, ...]

    def refused(self, *reasons: Finding) -> Result:
        """Return the result of a book that cannot be varied, with the findings that say why."""
        return checked_result(None, [*self.findings, *reasons])


@attrs.frozen(eq=False)
class Analysis:
    """What an analysis found.

    Tables that the book holds are written where they stand, the others onto ``sheet`` (named after the verb where it
    is blank). ``arguments`` are those of the verb as plain values, from which its manifest repeats it; ``findings``
    stand below those of the book.
    """

    status: Status
    tables: Sequence[ResultTable]
    messages: Sequence[str]
    arguments: Mapping[str, Any]
    method: str
    solver: str = ""
    objective: float | None = None
    certificate: dict[str, Any] | None = None
    findings: Sequence[Finding] = ()
    sheet: str = ""


def analysed(
    verb: str,
    source: Source,
    answer: Callable[[Opened, Watch], Analysis | Result],
    out: Path | None,
    write: bool,
    watch: Watch,
) -> Result:
    """Read a book, ask a question of it and write the answer, with a manifest beside it.

    Parameters
    ----------
    answer : what the verb does; a result where the book turns out unable to answer. What it raises of the book ends as
        a finding.
    out : workbook to write; by default the book itself, after a backup.
    write : False writes none.

    Raises
    ------
    Refused
        The book cannot be read or written, or the arguments make no question.
    """
    watch.says("reading the book")
    book = open_book(source)
    target = target_of(book, out, verb, write=write)
    model, findings = model_of(book)
    if model is None:
        return checked_result(None, findings)
    watch.check()
    opened = Opened(book, model, tuple(findings))
    try:
        found = answer(opened, watch.part(0.9))
    except (ArgumentError, StoppedError):
        raise
    except Refused as reason:
        watch.check()  # what was stopped is not the book's fault
        return opened.refused(reason.finding)
    if isinstance(found, Analysis):
        found = _written(opened, verb, found, target, watch.part(0.1))
    watch.ends()
    return found


def _written(opened: Opened, verb: str, found: Analysis, target: Path | None, watch: Watch) -> Result:
    result = Result(
        status=found.status,
        tables=by_name(*found.tables),
        findings=(*opened.findings, *found.findings),
        method=found.method,
        solver=found.solver,
        objective=found.objective,
        certificate=found.certificate,
        messages=tuple(found.messages),
        sheet=found.sheet or verb.capitalize(),
    )
    settings, arguments = opened.model.settings.values, dict(found.arguments)
    result = with_manifest(opened.book, settings, result, stopped=watch.must_stop, verb=verb, arguments=arguments)
    if target is None:
        return result
    from xlalm.workbook.writing import write_report

    watch.says(f"writing {target.name}")
    assert result.manifest is not None
    companion = manifest_file(result.manifest, verb)
    write_report(file_of(opened.book), target, result.sheet, found.tables, opened.book.tables, companion)
    return attrs.evolve(result, written=str(target))


# --- what analyses are put together from -----------------------------------------------------------------------


def dearest_limits(model: Model, count: int, watch: Watch) -> list[int]:
    """Return the limits whose relaxing is worth most, then the others, as far as they have a bound to move."""
    from xlalm.measures.expression import constant_of
    from xlalm.solver.prices import limit_states

    movable = [k for k, limit in enumerate(model.limits) if limit.active and constant_of(limit.right) is not None]
    worth = dict.fromkeys(movable, 0.0)
    if model.settings.method.is_one_stage:
        solution = optimise(problem_of(model), options_of(model), watch)
        watch.check()
        if isinstance(solution, Planned):
            states = limit_states(model, solution)
            worth = {k: states[k].worth or abs(states[k].price or 0.0) for k in movable}
    chosen = sorted(movable, key=lambda k: -worth[k])[:count]
    if len(chosen) < count:
        text = f"too few limits have a number as their bound ({len(chosen)} of {count} needed)"
        raise ArgumentError(None, text, "add one to Limits")
    return chosen


def varied(book: Book, changes: Sequence[str]) -> tuple[Model | None, list[Finding]]:
    """Return the model of a book with changed cells, None where errors forbid one, and all findings."""
    tables, _ = apply_changes(book.tables, changes)
    model, findings = build_model(tables)
    return (None, findings) if has_errors(findings) else (model, findings)


def solved_variant(model: Model, watch: Watch, start: Basis | None = None) -> Solution:
    """Solve a variant by the method that its settings name."""
    options = options_of(model)
    if model.settings.method.is_one_stage:
        return optimise(problem_of(model), options, watch.quietly(), start)
    return solve_goals(model, options, watch.quietly())[0]
