"""Verbs around a book: new from the template, a run repeated or restored, what this installation is."""

import platform
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.book import Book, Source, open_book
from xlalm.app.run_info import run_info, stamp_time
from xlalm.app.solving import Clock, Run, manifest_beside, solved
from xlalm.domain.errors import XlalmError
from xlalm.domain.result import Result
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.domain.version import __version__


def rerun(manifest: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Repeat a run from its manifest and compare every figure bit for bit.

    Raises
    ------
    XlalmError
        The manifest cannot be read, or the repeated run gives something else.
    """
    run, document = _repeated(Path(manifest), progress, stop)
    result = run.result
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
    XlalmError
        There is no manifest, or the repeated run gives something else; nothing is written then.
    """
    from xlalm.ledger.manifest import canonical_tables, digest
    from xlalm.workbook.writing import write_results

    progress(0, 5, "reading the book")
    opened = open_book(book)
    source = manifest or (manifest_beside(opened.path) if opened.path else None)
    if source is None or not source.exists():
        message = f"{opened.name} has no run to restore: its manifest is not beside it. Solve it first."
        raise XlalmError(message)
    run, document = _repeated(source, progress, stop)
    assert run.model is not None
    run.result.tables["RunInfo"] = run_info(run.model, run.result, document, source.name)
    run.result.tables["PlanStatus"] = stamp_time(run.result.tables["PlanStatus"], document["created"])
    said = [f"Restored the run of {document['created']}: {run.result.status}, objective {run.result.objective!r}."]
    if digest(canonical_tables(opened.tables)) != document["inputs_sha256"]:
        said.append("The inputs in the book have changed since that run; its results are those of the inputs of then.")
    result = attrs.evolve(run.result, messages=(*said, *run.result.messages), manifest=document)
    if opened.path is None:
        return result
    target = out or opened.path
    progress(4, 5, f"writing {target.name}")
    write_results(opened.path, target, result.tables)
    return attrs.evolve(result, written=str(target))


def _repeated(manifest: Path, progress: Progress, stop: Stop) -> tuple[Run, dict[str, Any]]:
    """Solve a manifest's inputs again; raises XlalmError where the answer is not the manifest's to the last bit."""
    from xlalm.ledger.manifest import read_manifest, result_digest, tables_from

    document = read_manifest(manifest)
    opened = Book(str(document.get("book", "manifest")), None, tables_from(document["inputs"]))
    run = solved(opened, Clock(), progress, stop)
    if run.model is None or result_digest(run.result) != document["result_sha256"]:
        versions = ", ".join(f"{name} {text}" for name, text in document.get("versions", {}).items())
        message = (
            f"the repeated run differs from the manifest (objective {run.result.objective!r}, "
            f"manifest {document.get('objective')!r}); use the versions it was made with: {versions}."
        )
        raise XlalmError(message)
    return run, document


def template(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write a new workbook from the ALCO template; never over an existing file."""
    from xlalm.workbook.template import copy_template

    target = copy_template(Path(out))
    return Result("written", {}, messages=(f"New ALCO workbook: {target}",), written=str(target))


def guide(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write the guide, with the sample bank to try things on, as a workbook; never over an existing file."""
    from xlalm.workbook.package import Package
    from xlalm.workbook.template import copy_template

    target = copy_template(Path(out))
    package = Package.open(target)
    package.activate_sheet("Guide")
    package.save()
    return Result("written", {}, messages=(f"The guide: {target}",), written=str(target))


def about(*, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say what this is, and in which versions."""
    from importlib.metadata import PackageNotFoundError, version

    said = [f"xlalm {__version__}: optimises a bank's balance sheet in the workbook the committee reads. Apache-2.0."]
    parts = [f"Python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for package in ("highspy", "numpy", "scipy", "xlwings"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} missing")
    said.append(", ".join(parts) + ".")
    said.append("It uses no network. Doctor says what is wrong with an installation.")
    return Result("checked", {}, messages=tuple(said))
