"""Verbs around a book: new from the template, a run repeated or restored, what this installation is."""

import platform
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.run.analysis import repeated
from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.solve import Clock, Run, manifest_beside, solved
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import error, warning
from xlalm.domain.result import Result
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.domain.version import __version__
from xlalm.reporting.run_info import run_info, stamp_time
from xlalm.reporting.solved import findings_table


def rerun(manifest: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Repeat a run from its manifest and compare every figure bit for bit.

    Raises
    ------
    XlalmError
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
        raise _differs(document, run.result)
    return run, document


def _differs(document: dict[str, Any], result: Result) -> XlalmError:
    versions = ", ".join(f"{name} {text}" for name, text in document.get("versions", {}).items())
    return XlalmError(
        f"the repeated run differs from the manifest (objective {result.objective!r}, "
        f"manifest {document.get('objective')!r}); use the versions it was made with: {versions}."
    )


def template(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write a new workbook from the ALCO template; never over an existing file."""
    from xlalm.workbook.template import copy_template

    target = copy_template(Path(out))
    return Result("written", {}, messages=(f"New ALCO workbook: {target}",), written=str(target))


def guide(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write the guide, with the sample bank to try things on, as a workbook; never over an existing file."""
    from xlalm.workbook.package.package import Package
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


def doctor(*, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say what is wrong with this installation and the Excel it serves, each with its cure."""
    import json
    import subprocess
    import sys

    progress(0, 1, "looking at the installation")
    program = _installer()
    command = [sys.executable, "-B", str(program), "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603 our own
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        message = f"the doctor could not run ({last}); install xlalm again."
        raise XlalmError(message)
    found = [
        (warning if line["level"] == "note" else error)(None, f"{line['subject']}: {line['text']}", line["cure"])
        for line in lines
        if line["level"] != "ok"
    ]
    problems = sum(line["level"] == "problem" for line in lines)
    said = f"{len(lines)} things looked at, {problems or 'no'} problem{'' if problems == 1 else 's'}."
    well = [f"{line['subject']}: {line['text']}" for line in lines if line["level"] == "ok"]
    return Result("checked", {"Findings": findings_table(found)}, findings=tuple(found), messages=(*well, said))


def _installer() -> Path:
    """Return the installer that came with this xlalm: in the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_installer" / "installer", package.parent / "installer"):
        if (folder / "__main__.py").is_file():
            return folder
    message = "the installer is missing from this installation; install xlalm again."
    raise XlalmError(message)
