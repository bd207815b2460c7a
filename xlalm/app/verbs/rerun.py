"""The verbs rerun and restore: a run repeated from its manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.solve import Clock, Run, solved
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.ledger.places import manifest_beside
from xlalm.reporting.run_info import run_info, stamp_time


def repeated(document: Mapping[str, Any], progress: Progress, stop: Stop) -> Result:
    """Repeat an analysis from its manifest; raises Refused for a verb that cannot be repeated."""
    from xlalm.app.registry import VERBS
    from xlalm.ledger.manifest import tables_from

    verb = VERBS.get(str(document["verb"]))
    if verb is None or not isinstance(document.get("arguments"), dict):
        text = f'''the manifest is of a verb "{document["verb"]}" that cannot be repeated'''
        cure = "use an untouched copy"
        raise Refused(None, text, cure)
    tables = tables_from(document["inputs"])
    return verb.function(tables, **document["arguments"], write=False, progress=progress, stop=stop)


def rerun(manifest: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Repeat a run from its manifest and compare every figure bit for bit.

    Raises
    ------
    Refused
        The manifest cannot be read, or the repeated run gives something else.
    """
    from xlalm.ledger.manifest import read_manifest, result_digest

    document = read_manifest(Path(manifest))
    if "verb" in document:
        result = repeated(document, progress, stop)
        if result_digest(result) != document["result_sha256"]:
            raise _differs(document, result)
    else:
        result = _repeated(Path(manifest), progress, stop)[0].result
    same = f"Repeated bit for bit: {result.status}, objective {result.objective!r}."
    return attrs.evolve(result, messages=(same, *result.messages), manifest=document)


def restore(
    book: Source,
    *,
    manifest: Path | None = None,
    out: Path | None = None,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Write the results of a book's last run again, after repeating it from its manifest.

    Parameters
    ----------
    book : path of a workbook, or its tables in memory (then nothing is written and ``manifest`` must be given).
    manifest : the run; by default the manifest beside the book.
    out : workbook to write; by default the book itself, after a backup.

    Raises
    ------
    Refused
        There is no manifest, or the repeated run gives something else; nothing is written then.
    """
    from xlalm.ledger.manifest import canonical_tables, digest
    from xlalm.workbook.writing import write_results

    progress(0, 5, "reading the book")
    opened = open_book(book)
    source = manifest or (manifest_beside(opened.path) if opened.path else None)
    if source is None or not source.exists():
        text = f"{opened.name} has no run to restore: its manifest is not beside it"
        cure = "solve it first"
        raise Refused(None, text, cure)
    run, document = _repeated(source, progress, stop)
    assert run.model is not None
    stamped = stamp_time(run.result.table("PlanStatus"), document["created"])
    tables = run_info(run.model, run.result, document, source.name), stamped
    said = [f"Restored the run of {document['created']}: {run.result.status}, objective {run.result.objective!r}."]
    if digest(canonical_tables(opened.tables)) != document["inputs_sha256"]:
        said.append("The inputs in the book have changed since that run; its results are those of the inputs of then.")
    result = attrs.evolve(run.result, messages=(*said, *run.result.messages), manifest=document)
    result = result.with_tables(*tables)
    if opened.path is None:
        return result
    target = out or opened.path
    progress(4, 5, f"writing {target.name}")
    write_results(opened.path, target, result.tables)
    return attrs.evolve(result, written=str(target))


def _repeated(manifest: Path, progress: Progress, stop: Stop) -> tuple[Run, dict[str, Any]]:
    """Solve a manifest's inputs again; raises Refused where the answer is not the manifest's to the last bit."""
    from xlalm.ledger.manifest import read_manifest, result_digest, tables_from

    document = read_manifest(manifest)
    opened = Book(str(document.get("book", "manifest")), None, tables_from(document["inputs"]))
    run = solved(opened, Clock(), progress, stop)
    if run.model is None or result_digest(run.result) != document["result_sha256"]:
        raise _differs(document, run.result)
    return run, document


def _differs(document: dict[str, Any], result: Result) -> Refused:
    versions = ", ".join(f"{name} {text}" for name, text in document.get("versions", {}).items())
    text = (
        f"the repeated run differs from the manifest (objective {result.objective!r}, "
        f"manifest {document.get('objective')!r})"
    )
    return Refused(None, text, f"use the versions it was made with: {versions}")
