"""Verbs around books: new from the template, the guide, what this installation is and how it does."""

import platform
from pathlib import Path

from xlalm.domain.errors import Refused
from xlalm.domain.findings import error, warning
from xlalm.domain.result import Result
from xlalm.domain.version import __version__
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.reporting.tables import findings_table

_PATIENCE_S = 0.2
"""Seconds between two looks at whether the user has pressed Stop."""


def template(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write a new workbook from the ALCO template; never over an existing file."""
    from xlalm.workbook.template import copy_template

    watch = Watch(progress, stop)
    watch.check()
    target = copy_template(Path(out))
    watch.ends()
    return Result("written", {}, messages=(f"New ALCO workbook: {target}",), written=str(target))


def guide(out: Path, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Write the guide, with the sample bank to try things on, as a workbook; never over an existing file."""
    from xlalm.workbook.package.package import Package
    from xlalm.workbook.template import copy_template

    watch = Watch(progress, stop)
    watch.check()
    target = copy_template(Path(out))
    package = Package.open(target)
    package.activate_sheet("Guide")
    package.save()
    watch.ends()
    return Result("written", {}, messages=(f"The guide: {target}",), written=str(target))


def about(*, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say what this is, and in which versions."""
    from importlib.metadata import PackageNotFoundError, version

    watch = Watch(progress, stop)
    watch.check()
    said = [f"xlalm {__version__}: optimises a bank's balance sheet in the workbook the committee reads. Apache-2.0."]
    parts = [f"Python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for package in ("highspy", "numpy", "scipy", "xlwings"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} missing")
    said.append(", ".join(parts) + ".")
    said.append("It uses no network. Doctor says what is wrong with an installation.")
    watch.ends()
    return Result("checked", {}, messages=tuple(said))


def doctor(*, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Say what is wrong with this installation and the Excel it serves, each with its cure."""
    import json
    import sys

    watch = Watch(progress, stop)
    watch.says("looking at the installation")
    said, complained = _run([sys.executable, "-B", str(_installer()), "doctor", "--json"], watch)
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    if not lines:
        last = (complained.strip().splitlines() or ["it said nothing"])[-1]
        text = f"the doctor could not run ({last})"
        cure = "install xlalm again"
        raise Refused(None, text, cure)
    found = [
        (warning if line["level"] == "note" else error)(None, f"{line['subject']}: {line['text']}", line["cure"])
        for line in lines
        if line["level"] != "ok"
    ]
    problems = sum(line["level"] == "problem" for line in lines)
    summary = f"{len(lines)} things looked at, {problems or 'no'} problem{'' if problems == 1 else 's'}."
    well = [f"{line['subject']}: {line['text']}" for line in lines if line["level"] == "ok"]
    watch.ends()
    return Result("checked", {"Findings": findings_table(found)}, findings=tuple(found), messages=(*well, summary))


def _run(command: list[str], watch: Watch) -> tuple[str, str]:
    """Return what a program of ours says on its two streams; ends it, and raises StoppedError, on Stop."""
    import subprocess

    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as process:  # noqa: S603
        while True:
            try:
                return process.communicate(timeout=_PATIENCE_S if watch.can_stop else None)
            except subprocess.TimeoutExpired:
                if watch.must_stop:
                    process.kill()
                watch.check()


def _installer() -> Path:
    """Return the installer that came with this xlalm: in the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_installer" / "installer", package.parent / "installer"):
        if (folder / "__main__.py").is_file():
            return folder
    text = "the installer is missing from this installation"
    cure = "install xlalm again"
    raise Refused(None, text, cure)
