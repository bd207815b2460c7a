"""The doctor's look at the installed application: what was placed, its Python, its configuration."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from installer import addins
from installer.doctor.finding import Finding
from installer.doctor.macos import examine_macos
from installer.doctor.windows import examine_windows
from installer.excel import configuration
from installer.failures import InstallError
from installer.journal import Journal
from installer.layout import Layout
from installer.machine import EXCEL_OPTIONS, Machine

_AGAIN = "run 'python installer install' again"
_PROBE = """
import importlib, importlib.metadata as metadata, json, re, sys
found = {"versions": {}, "problems": {}}
for each in metadata.distributions():
    found["versions"][re.sub("[-_.]+", "-", each.metadata["Name"]).lower()] = each.version
for module in json.loads(sys.argv[1]):
    try:
        importlib.import_module(module)
    except BaseException as error:
        found["problems"][module] = f"{type(error).__name__}: {error}".splitlines()[0]
print("\\n" + json.dumps(found))
"""
_MODULES = ("xlalm", "attrs", "highspy", "lxml.etree", "numpy", "pandas", "python_calamine", "scipy", "xlsxwriter")
_COM = ("pythoncom", "pywintypes", "win32com.client", "win32com.server.policy")


def examine_application(machine: Machine) -> Iterator[Finding]:
    """Look at the application and at the system it lives on."""
    yield from _placed(machine)
    yield from examine_windows(machine) if machine.system == "windows" else examine_macos(machine)
    yield _synchronised(machine)


def _placed(machine: Machine) -> Iterator[Finding]:
    if not machine.journal.is_file():
        cure = "run 'python installer install'"
        yield Finding("problem", "application", f"xlalm is not installed for this user ({machine.application})", cure)
        return
    try:
        journal = Journal(machine)
    except InstallError as error:
        yield Finding("problem", "application", error.problem, error.cure)
        return
    if not journal.about:
        text = "an installation was begun and not finished"
        yield Finding("problem", "application", text, f"{_AGAIN}, it goes on where it stopped; or 'uninstall'")
        return
    yield Finding("ok", "application", str(machine.application))
    yield from _files(machine, journal)
    yield from _python(machine, journal)
    if machine.system == "windows":
        yield _registered(machine)
    yield from _configuration(machine)


def _files(machine: Machine, journal: Journal) -> Iterator[Finding]:
    wrong = dict(journal.changed_files())
    for path, what in wrong.items():
        if what == "missing" and path == machine.addin:
            text = f"{path} is gone: deleted, or quarantined by an antivirus"
            cure = f"look into the antivirus' quarantine and have IT allow the file; then {_AGAIN}"
            yield Finding("problem", "antivirus", text, cure)
        else:
            yield Finding("problem", "files", f"{path} is {what}", f"{_AGAIN}: it is put back, a changed one is kept")
    placed = [Path(entry["path"]) for entry in journal.entries if entry["kind"] == "file"]
    marked = [path for path in placed if path.is_file() and machine.is_marked(path)]
    for path in marked:
        cure = f"{_AGAIN}, or in the file's Properties tick 'Unblock'"
        yield Finding("problem", "mark of the web", f"{path} is marked as from the internet: no macro runs", cure)
    if not wrong:
        yield Finding("ok", "files", f"{len(placed)} placed files are as they were placed")
    if not marked:
        yield Finding("ok", "mark of the web", "no placed file carries it")


def _python(machine: Machine, journal: Journal) -> Iterator[Finding]:
    python = Layout(machine.application, machine.system == "windows", machine.environment).python
    modules = [*_MODULES, "xlwings", *(_COM if machine.system == "windows" else ())]
    code, output = machine.run([str(python), "-c", _PROBE, json.dumps(modules)])
    try:
        found = json.loads(output.strip().splitlines()[-1])
        versions, problems = found["versions"], found["problems"]
    except (IndexError, KeyError, TypeError, ValueError):
        last = output.strip().splitlines()[-1:] or [f"exit {code}"]
        cure = f"{_AGAIN}; if it stays, a policy (AppLocker) or an antivirus may keep it from starting: ask IT"
        yield Finding("problem", "Python", f"{python} does not run: {last[0]}", cure)
        return
    yield Finding("ok", "Python", str(python))
    for module, text in problems.items():
        subject = "COM server" if module in _COM else module
        yield Finding("problem", subject, f"{module} cannot be imported: {text}", _AGAIN)
    if machine.system == "windows" and not set(_COM) & set(problems):
        text = f"pywin32 {versions.get('pywin32', '')} loads; xlwings registers its server anew in each session"
        yield Finding("ok", "COM server", text)
    wanted = journal.about.get("packages")
    wrong = [
        f"{name} is {versions.get(name, 'missing')} where the lock file has {version}"
        for name, version in (wanted.items() if isinstance(wanted, dict) else [])
        if versions.get(name) != version
    ]
    if wrong:
        yield Finding("problem", "lock", "; ".join(wrong), f"uninstall, then {_AGAIN}")
    else:
        yield Finding("ok", "lock", f"{len(versions)} packages, those of the lock file as locked")


def _registered(machine: Machine) -> Finding:
    position = addins.position_of(machine.registry, EXCEL_OPTIONS, machine.addin)
    if position is None:
        text = "the add-in is not in Excel's list of add-ins"
        cure = f"in Excel: File > Options > Add-ins > Manage: Excel Add-ins > Go, tick xlalm; or {_AGAIN}"
        return Finding("problem", "add-in", text, cure)
    gap = addins.first_free(machine.registry, EXCEL_OPTIONS)
    if gap < position:
        text = f"Excel's list of add-ins has a gap before xlalm (OPEN{gap or ''} is missing): it may stop reading there"
        cure = "in Excel tick or untick any add-in and close Excel: it renumbers its list"
        return Finding("problem", "add-in", text, cure)
    return Finding("ok", "add-in", f"{machine.addin}, OPEN{position or ''}")


def _configuration(machine: Machine) -> Iterator[Finding]:
    layout = Layout(machine.application, machine.system == "windows", machine.environment)
    try:
        wanted = _settings(configuration(machine, layout).decode("ascii"))
        present = _settings(machine.configuration.read_text(encoding="utf-8"))
    except (OSError, StopIteration, ValueError) as error:
        yield Finding("problem", "configuration", f"{machine.configuration} cannot be read: {error}", _AGAIN)
        return
    wrong = [name for name, value in wanted.items() if present.get(name) != value]
    for name in wrong:
        text = f"{name} is {present.get(name, 'missing')!r}, not {wanted[name]!r}"
        yield Finding("problem", "configuration", text, f"{_AGAIN}; your file is kept beside the new one")
    if not wrong:
        yield Finding("ok", "configuration", str(machine.configuration))


def _settings(text: str) -> dict[str, str]:
    return {row[0].upper(): row[1] for row in csv.reader(text.splitlines()) if len(row) == 2}


def _synchronised(machine: Machine) -> Finding:
    roots = [machine.environ.get(name) for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")]
    folders = [Path(root) for root in roots if root] + [machine.home / "Library" / "CloudStorage"]
    if any(machine.documents.is_relative_to(folder) for folder in folders):
        text = f"your documents lie in OneDrive ({machine.documents}): Excel opens books there by an https address"
        cure = "turn AutoSave off or work on a copy in a folder that is not synchronised; xlalm refuses web paths"
        return Finding("note", "OneDrive", text, cure)
    return Finding("ok", "OneDrive", f"your documents lie on this machine ({machine.documents})")
