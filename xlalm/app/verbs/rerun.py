"""The verbs rerun and restore: a run repeated from its manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.run.book import Book, Source, file_of, open_book
from xlalm.app.run.manifest import inputs_digest
from xlalm.app.run.memory import with_addresses
from xlalm.app.run.solve import Clock, Run, as_asked, solved, stamped
from xlalm.app.run.target import target_of
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.ledger.places import manifest_beside
from xlalm.reporting.run_info import with_inputs_changed
from xlalm.reporting.what_if import as_what_if


def rerun(manifest: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Repeat a run from its manifest and compare every figure bit for bit, or what an earlier version's can tell.

    Raises
    ------
    Refused
        The manifest cannot be read, or the repeated run gives something else.
    """
    from xlalm.ledger.manifest import agreement, read_manifest

    watch = Watch(progress, stop)
    watch.says("reading the manifest")
    watch.check()
    document = _whole(read_manifest(Path(manifest)))
    result = _analysed_again(document, watch) if "verb" in document else _solved_again(document, watch).result
    same = f"Repeated {agreement(document, result)}: {result.status}, objective {result.objective!r}."
    watch.ends()
    return attrs.evolve(result, messages=(same, *result.messages), manifest=document)


def restore(
    book: Source,
    *,
    manifest: Path | None = None,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Write the results of a book's last run again, after repeating it from its manifest.

    Parameters
    ----------
    book : path of a workbook, or its tables in memory (then ``manifest`` must be given).
    manifest : the run; by default the manifest beside the book.
    out : workbook to write; by default the book itself, after a backup. ``write`` False writes none.

    Raises
    ------
    Refused
        There is no manifest, or the repeated run gives something else; nothing is written then.
    """
    from xlalm.ledger.manifest import read_manifest
    from xlalm.workbook.writing import write_results

    watch = Watch(progress, stop)
    watch.says("reading the book")
    watch.check()
    read = open_book(book)
    target = target_of(read, out, write=write)
    source = manifest or (manifest_beside(read.path) if read.path else None)
    if source is None or not source.exists():
        text = f"{read.name} has no run to restore: its manifest is not beside it"
        cure = "solve it first"
        raise Refused(None, text, cure)
    document = _whole(read_manifest(source))
    of = str(document.get("workbook", ""))
    if manifest is None and of and of != read.name:
        text = f"{source.name} beside {read.name} is of {of}"
        raise Refused(None, text, "solve this book, or name the manifest of its run with --manifest")
    run = _solved_again(document, watch.part(0.9))
    assert run.model is not None
    asked, again, result = document.get("what_if"), _book_of(document), run.result
    then = document["inputs_sha256"]
    if isinstance(asked, dict):
        run = as_asked(again, run, str(asked.get("text", "")), read.tables)
        then = asked.get("inputs_sha256")
        if run.what_if is not None and run.model is not None:
            result = as_what_if(result, run.what_if, run.model.settings.money)
    assert run.model is not None
    result = stamped(run.model, result, document, source.name)
    said = [f"Restored the run of {document['created']}: {result.status}, objective {result.objective!r}."]
    if inputs_digest(read.tables) != then:
        said.append("The inputs in the book have changed since that run; its results are those of the inputs of then.")
        result = with_inputs_changed(result)
    result = attrs.evolve(result, messages=(*said, *result.messages), manifest=document)
    if target is not None:
        watch.part(0.1).says(f"writing {target.name}")
        write_results(file_of(read), target, with_addresses(read.tables, result.tables), read.tables)
        result = attrs.evolve(result, written=str(target))
    watch.ends()
    return result


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of a run that came to its end; raises Refused for one that was stopped."""
    if document.get("stopped"):
        text = "the run was stopped before its end, so it cannot be repeated bit for bit"
        raise Refused(None, text, "run it again")
    return document


def _analysed_again(document: Mapping[str, Any], watch: Watch) -> Result:
    """Repeat an analysis; raises Refused for what cannot be repeated, and where the answer is not the manifest's."""
    from xlalm.app.registry import VERBS
    from xlalm.ledger.manifest import agreement, tables_from

    verb, arguments = VERBS.get(str(document["verb"])), document.get("arguments")
    if verb is None or not verb.is_analysis or not isinstance(arguments, dict) or not verb.takes(arguments):
        text = f'''the manifest is of a verb "{document["verb"]}" that cannot be repeated'''
        cure = "use an untouched copy"
        raise Refused(None, text, cure)
    tables, again = tables_from(document["inputs"]), watch.part(1.0)
    result = verb.function(tables, **arguments, write=False, progress=again.progress, stop=again.stop)
    watch.check()
    if agreement(document, result) is None:
        raise _differs(document, result)
    return result


def _solved_again(document: Mapping[str, Any], watch: Watch) -> Run:
    """Solve a manifest's inputs again; raises Refused where the answer is not the manifest's to the last bit."""
    from xlalm.ledger.manifest import agreement

    run = solved(_book_of(document), Clock(), watch)
    watch.check()
    if run.model is None or agreement(document, run.result) is None:
        raise _differs(document, run.result)
    return run


def _book_of(document: Mapping[str, Any]) -> Book:
    """Return the inputs of a manifest."""
    from xlalm.ledger.manifest import tables_from

    return Book(str(document.get("book", "manifest")), None, tables_from(document["inputs"]))


def _differs(document: Mapping[str, Any], result: Result) -> Refused:
    versions = ", ".join(f"{name} {text}" for name, text in document.get("versions", {}).items())
    text = (
        f"the repeated run differs from the manifest (objective {result.objective!r}, "
        f"manifest {document.get('objective')!r})"
    )
    return Refused(None, text, f"use the versions it was made with: {versions}")
