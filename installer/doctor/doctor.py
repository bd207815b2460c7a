"""The verb ``doctor``: what is here, what is wrong, and the cure of each wrong thing."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from installer.doctor.application import examine_application
from installer.doctor.finding import Finding
from installer.environment import clean_environ, has_ensurepip, is_current, missing_ensurepip, why_broken
from installer.failures import from_os_error
from installer.layout import SAMPLE, Layout
from installer.machine import Machine, this_machine

# Where a distribution's name is not the name it is imported by.
_IMPORT_NAMES = {"python-calamine": "python_calamine", "xlsxwriter": "xlsxwriter"}

_PROBE = """
import importlib, importlib.metadata, json, sys
found = {}
for distribution, module in json.loads(sys.argv[1]):
    try:
        importlib.import_module(module)
        found[distribution] = ["ok", importlib.metadata.version(distribution)]
    except BaseException as error:
        found[distribution] = ["problem", f"{type(error).__name__}: {error}".splitlines()[0]]
print("\\n" + json.dumps(found))
"""


def doctor(layout: Layout, machine: Machine | None = None, *, as_json: bool = False) -> int:
    """Print every finding, as text or as one JSON object a line; 0 if none is a problem."""
    problems = 0
    for finding in examine(layout, machine):
        print(finding.json() if as_json else finding, flush=True)
        problems += finding.level == "problem"
    if not as_json:
        print("All is well." if problems == 0 else f"{problems} problem{'s' if problems > 1 else ''} found.")
    return int(problems > 0)


def examine(layout: Layout, machine: Machine | None = None) -> Iterator[Finding]:
    """Look at one thing after the other, the ground first.

    Notes
    -----
    The wheel carries the installer too, for the ribbon's Doctor button; there is no checkout to look at then.
    """
    machine = machine or this_machine()
    yield Finding("ok", "system", f"{platform.platform()}, {platform.machine()}")
    yield _python()
    if layout.project.is_file():
        yield from _checkout(layout, machine)
    if machine.has_excel:
        yield from examine_application(machine)
    elif not layout.project.is_file():
        text = "there is no Excel for Linux; books are solved as files ('xlalm solve BOOK')"
        yield Finding("ok", "Excel", text)


def _checkout(layout: Layout, machine: Machine) -> Iterator[Finding]:
    """Look at what a developer needs, or a user of the command line."""
    yield _write_permission(layout)
    yield _disk(layout)
    if machine.has_excel and not layout.venv.is_dir():
        yield Finding("ok", "environment", "no .venv here; the application has its own, 'demo' and 'test' make one")
        return
    yield from _environment(layout)
    if layout.python.exists():
        yield from _packages(layout)
    yield _sample(layout)
    yield _optional("LibreOffice", ("soffice", "libreoffice"), "live-spreadsheet tests are skipped", "libreoffice-calc")
    yield _optional("pdftoppm", ("pdftoppm",), "tests that read printed pages are skipped", "poppler-utils")


def _python() -> Finding:
    text = f"{platform.python_version()} ({platform.python_implementation()}, {sys.executable})"
    if not has_ensurepip():
        return Finding("problem", "Python", f"{text} has no ensurepip", missing_ensurepip().cure)
    if sys.maxsize < 2**32:
        return Finding(
            "problem", "Python", f"{text} is 32 bit", "install a 64-bit Python: the solver has no 32-bit build"
        )
    return Finding("ok", "Python", text)


def _write_permission(layout: Layout) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=layout.root):
            return Finding("ok", "checkout", f"{layout.root} can be written to")
    except OSError as error:
        return Finding("problem", "checkout", f"{layout.root} cannot be written to", from_os_error(error).cure)


def _disk(layout: Layout) -> Finding:
    free = shutil.disk_usage(layout.root).free / 2**30
    if free < 1 and not layout.python.exists():
        return Finding("problem", "disk", f"{free:.1f} GB free", "free at least 1 GB for the environment")
    return Finding("ok", "disk", f"{free:.1f} GB free")


def _environment(layout: Layout) -> Iterator[Finding]:
    setup = "run 'python3 installer demo' (or 'install')"
    if not layout.venv.is_dir():
        yield Finding("problem", "environment", ".venv does not exist", setup)
        return
    if not layout.state.is_file():
        cure = "move or delete it, then run 'python3 installer install'; or keep it and look after it yourself"
        yield Finding("problem", "environment", ".venv was not made by this installer", cure)
        return
    broken = why_broken(layout)
    if broken:
        yield Finding("problem", "environment", f".venv is broken: {broken}", f"{setup}; it is rebuilt")
        return
    yield Finding("ok", "environment", f"{layout.venv}")
    if is_current(layout, "dev"):
        yield Finding("ok", "lock", "runtime and development packages are as locked")
    elif is_current(layout, "runtime"):
        yield Finding(
            "ok", "lock", "runtime packages are as locked; 'python3 installer test' adds the development ones"
        )
    else:
        text = "the packages are not those of the lock file (it changed, or an installation was interrupted)"
        yield Finding("problem", "lock", text, setup)


def _packages(layout: Layout) -> Iterator[Finding]:
    """Import each runtime package in the environment, and xlalm itself."""
    wanted = [(name, _IMPORT_NAMES.get(name.lower(), name)) for name in [*runtime_packages(layout), "xlalm"]]
    command = [str(layout.python), "-c", _PROBE, json.dumps(wanted)]
    probe = subprocess.run(
        command, cwd=layout.root, env=clean_environ() | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True
    )
    try:
        found = json.loads(probe.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = probe.stderr.strip().splitlines()[-1:] or ["no output"]
        yield Finding("problem", "packages", f"cannot be looked at: {last[0]}", "run 'python3 installer install'")
        return
    for name, (level, text) in found.items():
        cure = "" if level == "ok" else "run 'python3 installer install'; if it stays, delete .venv and run it again"
        yield Finding(level, name, text, cure)


def runtime_packages(layout: Layout) -> list[str]:
    """Name the packages that the project file asks for at run time."""
    try:
        project = tomllib.loads(layout.project.read_text(encoding="utf-8"))
    except OSError:
        return []
    return [re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0] for line in project["project"]["dependencies"]]


def _sample(layout: Layout) -> Finding:
    if layout.sample.is_file():
        return Finding("ok", "sample", SAMPLE.as_posix())
    cure = "restore it with 'git checkout workbooks' or 'python workbooks/build_workbooks.py'"
    return Finding("problem", "sample", f"{SAMPLE.as_posix()} is missing", cure)


def _optional(subject: str, programs: tuple[str, ...], without: str, package: str) -> Finding:
    path = next((found for found in map(shutil.which, programs) if found), None) or _mac_application(subject)
    if path:
        return Finding("ok", subject, path)
    cure = f"optional; on Debian and Ubuntu 'apt-get install {package}'"
    return Finding("note", subject, f"not found; {without}", cure)


def _mac_application(subject: str) -> str | None:
    program = Path(f"/Applications/{subject}.app/Contents/MacOS/soffice")
    return str(program) if os.name == "posix" and program.exists() else None
