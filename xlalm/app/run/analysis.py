"""What the verbs share that solve many variants of one book: which limit, which numbers, how the answer is written."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.solve import manifest_beside, model_of
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import Finding, error, suggest
from xlalm.domain.limits import unit_size
from xlalm.domain.result import Result, ResultTable, result_table
from xlalm.domain.typing import Float1D, Progress, Stop
from xlalm.model.build import LARGEST_SHARE, ONE_STAGE_METHODS, Limit, Model
from xlalm.program.program import NotLinearError
from xlalm.reporting.solved import checked_result
from xlalm.reporting.words.wording import label, quantity
from xlalm.solver.highs.run import Options
from xlalm.tables.typed import LARGEST_NUMBER, parse_number

MOST_POINTS = 200
"""Points of one axis: beyond that a chart shows nothing more."""

Number = float | str | None


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

    def refused(self, reason: NotLinearError | None = None) -> Result:
        """Return the result of a book that cannot be varied, with the findings that say why."""
        found = [] if reason is None else [error(reason.cell, reason.reason, reason.cure)]
        return checked_result(None, [*self.findings, *found])


def opened(source: Source) -> Opened:
    """Read and compile a book."""
    book = open_book(source)
    return Opened(book, *model_of(book))


def options_of(model: Model) -> Options:
    """Return how the book wants to be solved."""
    return Options(model.settings.number("time_limit_s"), int(model.settings.number("seed")))


def goal_name(model: Model) -> str:
    """Return what is optimised, in a word."""
    goals = model.active_goals
    return goals[0].row.name if len(goals) == 1 else "Weighted sum of the goals"


def find_limit(model: Model, name: str) -> int:
    """Return a limit by its name in any case; raises XlalmError with the names there are."""
    names = [limit.row.name for limit in model.limits]
    wanted = name.strip().casefold()
    for k, known in enumerate(names):
        if known.strip().casefold() == wanted:
            return k
    if not names:
        message = "the book has no limit whose bound could move; add a row to Limits."
        raise XlalmError(message)
    known = ", ".join(f'"{name}"' for name in names[:20]) + (", …" if len(names) > 20 else "")
    message = f'there is no limit "{name}"{suggest(name, names)}; choose one of {known}.'
    raise XlalmError(message)


def dearest_limits(model: Model, count: int) -> list[int]:
    """Return the limits whose relaxing is worth most, then the others, as far as they have a bound to move."""
    from xlalm.measures.expression import constant_of
    from xlalm.reporting.tables import limit_states
    from xlalm.solver.optimise import optimise

    movable = [k for k, limit in enumerate(model.limits) if limit.row.active and constant_of(limit.right) is not None]
    worth = dict.fromkeys(movable, 0.0)
    if model.settings.text("method") in ONE_STAGE_METHODS:
        solution = optimise(model, options_of(model))
        if solution.has_plan:
            states = limit_states(model, solution)
            worth = {k: states[k].worth or abs(states[k].price or 0.0) for k in movable}
    chosen = sorted(movable, key=lambda k: -worth[k])[:count]
    if len(chosen) < count:
        message = f"too few limits have a number as their bound ({len(chosen)} of {count} needed); add one to Limits."
        raise XlalmError(message)
    return chosen


def number(value: Number, what: str, example: str = "0.9 or 90%") -> float | None:
    """Return a number typed on a command line, such as 110%; None where it was left out; raises XlalmError."""
    if value is None or value == "":
        return None
    parsed = parse_number(value) if isinstance(value, str) else float(value)
    if parsed is None or not np.isfinite(parsed):
        message = f'{what} "{value}" is not a number; enter one such as {example}.'
        raise XlalmError(message)
    if abs(parsed) > LARGEST_NUMBER:
        message = f"{what} {parsed:g} is too large; enter a number below 1e15."
        raise XlalmError(message)
    return parsed


def bound_typed(value: Number, what: str, limit: Limit) -> float | None:
    """Return a bound typed on a command line; raises XlalmError, also for a percentage without its sign."""
    parsed = number(value, what)
    if parsed is not None and limit.unit == "%" and abs(parsed) > LARGEST_SHARE:
        message = f'{what} {parsed:g} is {parsed:.0%} of "{limit.row.name}", which is in %; enter {parsed:g}%.'
        raise XlalmError(message)
    return parsed


def not_as_in_book(model: Model, numbers: Sequence[int]) -> list[str]:
    """Return a sentence for each moved limit that a solve of the book treats otherwise."""
    said = []
    for row in (model.limits[k].row for k in numbers):
        if not row.active:
            said.append(f"{label(row.name)} is not active in the book; here it is enforced.")
        elif not row.hard:
            said.append(f"{label(row.name)} is soft in the book; here it is enforced as a hard limit.")
    return said


def shown_bound(value: float, limit: Limit, money: str) -> str:
    """Return a bound in its unit; a distance to 0 that is rounding is none."""
    return quantity(value if abs(value) > 1e-9 * unit_size(limit.unit) else 0.0, limit.unit, money)


def axis(low: float, high: float, points: int, what: str) -> Float1D:
    """Return evenly spaced values; raises XlalmError for a range or a number of points that makes none."""
    if not 2 <= points <= MOST_POINTS:
        message = f"{points} points cannot be shown; ask for 2 to {MOST_POINTS}."
        raise XlalmError(message)
    if not low < high:
        message = f"the range of {what} runs from {low:g} to {high:g}; give --from below --to."
        raise XlalmError(message)
    return np.asarray(np.linspace(low, high, points))


def run_table(name: str, analysis: str, status: str, text: str) -> ResultTable:
    """Return the line that stands above an analysis: what was varied, what it says, and when."""
    record = {"analysis": analysis, "status": status, "says": text}
    return result_table(name, [record | {"run_at": dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")}])


def answered(
    book: Book,
    verb: str,
    status: str,
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


def repeated(document: Mapping[str, Any], progress: Progress, stop: Stop) -> Result:
    """Repeat an analysis from its manifest; raises XlalmError for a verb that cannot be repeated."""
    from xlalm.app.registry import VERBS
    from xlalm.ledger.manifest import tables_from

    verb = VERBS.get(str(document["verb"]))
    if verb is None or not isinstance(document.get("arguments"), dict):
        message = f'the manifest is of a verb "{document["verb"]}" that cannot be repeated; use an untouched copy.'
        raise XlalmError(message)
    tables = tables_from(document["inputs"])
    return verb.function(tables, **document["arguments"], write=False, progress=progress, stop=stop)
