"""A verb in a workbook that is open in Excel: the same verb as for a file, with tables from and into the cells."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.live.job import Job, manifest_place
from xlalm.app.run.manifest import manifest_text
from xlalm.app.verb import Verb
from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result, ResultTable
from xlalm.domain.watch import Progress, Watch
from xlalm.workbook.live.address import Address, LiveBook
from xlalm.workbook.live.reading import read_live

_MOST_CELLS = 5


def takes_book(verb: Verb) -> bool:
    """Whether a verb reads the tables of the open workbook."""
    return any(parameter.kind == "book" for parameter in verb.parameters)


def writes_book(verb: Verb) -> bool:
    """Whether a verb writes results: into the open workbook then, where the command line writes a file."""
    return takes_book(verb) and any(p.kind == "new path" and not p.required for p in verb.parameters)


def perform(verb: Verb, job: Job, book: LiveBook, progress: Progress) -> Result:
    """Run a job's verb and write its results into the open workbook, or open the workbook it made.

    Raises
    ------
    Refused
        Nothing was written: bad input, inputs edited since the click, no room, stopped.
    """
    given, watch = _arguments(verb, job), Watch(progress, lambda: job.must_stop)
    running = watch.part(0.9)
    result = verb.function(**given, progress=running.progress, stop=running.stop)
    watch.check()
    if writes_book(verb):
        result = _written(job, book, result, watch.part(0.1))
    elif result.written:
        book.app.books.open(result.written)
    if any(parameter.kind == "saved book" for parameter in verb.parameters):
        said = f"{job.address.name} was read as it was last saved."
        result = attrs.evolve(result, messages=(*result.messages, said))
    return result


def _arguments(verb: Verb, job: Job) -> dict[str, Any]:
    """Return the arguments of a click, by the kinds of the parameters; what has a default keeps it."""
    saved = any(parameter.kind == "saved book" for parameter in verb.parameters)
    given: dict[str, Any] = {}
    for parameter in verb.parameters:
        if parameter.kind == "book":
            given[parameter.name] = job.opened()
        elif parameter.kind == "saved book":
            given[parameter.name] = _saved(job.address)
        elif parameter.kind == "new path" and (parameter.required or saved):
            given[parameter.name] = _free_path(verb, job.address, saved)
        elif parameter.kind == "manifest" and manifest_place(job.address).exists():
            given[parameter.name] = manifest_place(job.address)
        elif parameter.required:
            given[parameter.name] = parameter.choices[0]
    return given


def _saved(address: Address) -> Path:
    """Return the file of an open workbook."""
    if address.path is None or not address.path.exists():
        text = f"{address.name} is not a file on this computer"
        cure = "save it to a folder first and try again"
        raise Refused(None, text, cure)
    return address.path


def _free_path(verb: Verb, address: Address, saved: bool) -> Path:
    """Return a file name that is free: beside the open workbook, or in the user's documents."""
    import os

    path = address.path
    beside = path is not None and os.access(path.parent, os.W_OK)
    documents = Path.home() / "Documents"
    folder = path.parent if path is not None and beside else documents if documents.is_dir() else Path.home()
    stem = f"{path.stem} {verb.name}" if path is not None and saved else f"xlalm {verb.name}"
    ending = path.suffix if path is not None and saved else ".xlsx"
    target, number = folder / f"{stem}{ending}", 1
    while target.exists():
        number += 1
        target = folder / f"{stem} ({number}){ending}"
    return target


# --- writing ------------------------------------------------------------------------------------------------


def _written(job: Job, book: LiveBook, result: Result, watch: Watch) -> Result:
    """Write what the file route writes: a run whole, a report on its own sheet, bad input not at all."""
    if not result.sheet and "RunInfo" not in result.tables:
        return result
    from xlalm.workbook.live.writing import write_report_live, write_results_live

    watch.says(f"writing {job.address.name}")
    _refuse_if_edited(job, book)
    if result.sheet:
        with _manifest(job, manifest_place(job.address, job.verb), result):
            write_report_live(book, result.sheet, list(result.tables.values()), job.opened().tables, job.journal)
        return attrs.evolve(result, written=job.address.fullname)
    place = manifest_place(job.address)
    beside = job.address.path is not None and place.parent == job.address.path.parent
    tables = result.tables | {"RunInfo": _with_manifest(result.tables["RunInfo"], place.name if beside else str(place))}
    with _manifest(job, place, result):
        write_results_live(book, tables, job.opened().tables, job.journal)
    return attrs.evolve(result, tables=tables, written=job.address.fullname)


def _manifest(job: Job, place: Path, result: Result) -> contextlib.AbstractContextManager[None]:
    """Put a run's manifest in its place first; where the block fails, what lay there before stands again."""
    from xlalm.workbook.writing import in_place

    if result.manifest is None:
        return contextlib.nullcontext()
    return in_place(place, manifest_text(result.manifest, job.address.name), job.address.path)


def _with_manifest(table: ResultTable, name: str) -> ResultTable:
    """Return ``RunInfo`` with the place of the manifest."""
    records = table.records()
    return table.with_records(r | {"value": name} if r["item"] == "manifest" else r for r in records)


def _refuse_if_edited(job: Job, book: LiveBook) -> None:
    """Raise ``Refused`` with the cells that were edited since the click, if any."""
    from xlalm.ledger.manifest import canonical_tables

    tables, _ = read_live(book)
    changed = list(_differences(job.inputs or {}, canonical_tables(tables)))
    if changed:
        more = f" and {len(changed) - _MOST_CELLS} more" if len(changed) > _MOST_CELLS else ""
        cells = ", ".join(changed[:_MOST_CELLS])
        text = f"inputs were edited meanwhile ({cells}{more}), so nothing was written"
        cure = "press the button again"
        raise Refused(None, text, cure)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the cells in which canonical input tables differ; a table of another shape as a whole."""
    shape = ("sheet", "header_row", "headers", "column_numbers", "rows")
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or any(old[part] != new[part] for part in shape):
            yield f"rows or columns of {name}"
            continue
        for key, column in old["columns"].items():
            for row, was, now in zip(old["rows"], column, new["columns"][key], strict=True):
                if was != now:
                    yield str(Cell(old["sheet"], row, old["column_numbers"][key]))
