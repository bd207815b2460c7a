"""Verbs around a book: new from the template, a run repeated or restored, what this installation is."""

import platform
from pathlib import Path

from xlalm.domain.errors import Refused
from xlalm.domain.findings import error, warning
from xlalm.domain.result import Result
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress
from xlalm.domain.version import __version__
from xlalm.reporting.tables import findings_table


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
        text = f"the doctor could not run ({last})"
        cure = "install xlalm again"
        raise Refused(None, text, cure)
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
    text = "the installer is missing from this installation"
    cure = "install xlalm again"
    raise Refused(None, text, cure)
