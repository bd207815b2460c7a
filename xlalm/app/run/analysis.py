"""What the verbs share that solve many variants of one book: which limit, which numbers, how the answer is written."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.changes import apply_changes
from xlalm.app.run.solve import model_of
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, error, has_errors
from xlalm.domain.result import Result, ResultTable
from xlalm.domain.status import Status
from xlalm.ledger.places import manifest_beside
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.program.program import Basis
from xlalm.reporting.solved import checked_result
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Planned, Solution


@attrs.frozen
class Asked:
    """What an analysis was asked for: the arguments of its verb as plain values, and the settings of the book."""

    arguments: dict[str, Any]
    settings: Mapping[str, object]


@attrs.frozen(eq=False)
class Opened:
    """A book ready to be varied; ``model`` is None where its input cannot be used."""

    book: Book
    model: Model | None
    findings: list[Finding]

    def refused(self, reason: Refused | None = None) -> Result:
        """Return the result of a book that cannot be varied, with the findings that say why."""
        found = [] if reason is None else [error(reason.cell, reason.text, reason.cure)]
        return checked_result(None, [*self.findings, *found])


def opened(source: Source) -> Opened:
    """Read and compile a book."""
    book = open_book(source)
    return Opened(book, *model_of(book))


def options_of(model: Model) -> Options:
    """Return how the book wants to be solved."""
    return Options(model.settings.number("time_limit_s"), int(model.settings.number("seed")))


def dearest_limits(model: Model, count: int) -> list[int]:
    """Return the limits whose relaxing is worth most, then the others, as far as they have a bound to move."""
    from xlalm.measures.expression import constant_of
    from xlalm.solver.optimise import optimise
    from xlalm.solver.prices import limit_states

    movable = [k for k, limit in enumerate(model.limits) if limit.row.active and constant_of(limit.right) is not None]
    worth = dict.fromkeys(movable, 0.0)
    if model.settings.method.is_one_stage:
        solution = optimise(model, options_of(model))
        if isinstance(solution, Planned):
            states = limit_states(model, solution)
            worth = {k: states[k].worth or abs(states[k].price or 0.0) for k in movable}
    chosen = sorted(movable, key=lambda k: -worth[k])[:count]
    if len(chosen) < count:
        text = f"too few limits have a number as their bound ({len(chosen)} of {count} needed)"
        cure = "add one to Limits"
        raise Refused(None, text, cure)
    return chosen


def answered(
    book: Book,
    verb: str,
    status: Status,
    tables: Sequence[ResultTable],
    messages: Sequence[str],
    target: Path | None,
    asked: Asked,
    sheet: str = "",
    **more: Any,
) -> Result:
    """Return the result of an analysis, written to ``target`` where there is one, with a manifest beside it.

    Tables that the book holds are written where they stand, the others onto ``sheet`` (named after the verb).

    Parameters
    ----------
    asked : what the manifest holds beyond the inputs.
    """
    by_name = {table.name: table for table in tables}
    result = Result(status, by_name, messages=tuple(messages), sheet=sheet or verb.capitalize(), **more)
    from xlalm.ledger.manifest import build_manifest, canonical_tables

    document = build_manifest(book.name, canonical_tables(book.tables), asked.settings, result, {})
    document |= {"verb": verb, "arguments": asked.arguments}
    result = attrs.evolve(result, manifest=document)
    if target is None or book.path is None:
        return result
    from xlalm.workbook.writing import write_report, write_text

    write_report(book.path, target, result.sheet, tables)
    write_text(manifest_beside(target, verb), json.dumps(document, ensure_ascii=False, sort_keys=True, indent=None))
    return attrs.evolve(result, written=str(target))


def varied(read: Opened, changes: Sequence[str]) -> tuple[Model | None, list[Finding]]:
    """Return the model of a book with changed cells, None where errors forbid one, and all findings."""
    tables, _ = apply_changes(read.book.tables, changes)
    model, findings = build_model(tables)
    return (None, findings) if has_errors(findings) else (model, findings)


def solved_variant(model: Model, options: Options, start: Basis | None = None) -> Solution:
    """Solve a variant by the method that its settings name."""
    if model.settings.method.is_one_stage:
        return optimise(model, options, start=start)
    return solve_goals(model, options)[0]
