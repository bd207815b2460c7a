"""The verb ``install`` where there is Excel: the application in the user's own folders, known to Excel, undoable."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

from installer.environment import Runner, ensure, fingerprint, is_current, say
from installer.failures import InstallError
from installer.journal import Journal, clear_away
from installer.layout import BUNDLE, Layout
from installer.lockfile import Target, pins
from installer.machine import EXCEL_OPTIONS, Machine
from installer.record import digest, read_json
from installer.signing import VARIABLE, command_for, is_signed, program, sign
from installer.signing import fingerprint as sign_fingerprint

_SYS_PLATFORM = {"windows": "win32", "macos": "darwin", "linux": "linux"}
_RUNNING = "Excel is running and holds the add-in and its Python open"
_CLOSE = "save your work, close every Excel window, and run the same command again"
_PROTECTED = (
    "allow the terminal to manage Excel's files: System Settings > Privacy & Security > Full Disk Access "
    "(or App Management), then run the same command again"
)


def install_for_excel(machine: Machine, source: Layout, command: str | None = None, run: Runner | None = None) -> int:
    """Install xlalm for this user; a second time nothing is left to do, an interrupted one is gone on with.

    Parameters
    ----------
    machine : where.
    source : the checkout or bundle to install from.
    command : signs the add-in (see ``installer.signing``).
    run : runs pip.
    """
    command = command_for(command, machine)
    _check(machine, source)
    layout = Layout(source.root, windows=machine.system == "windows", environment=machine.environment)
    wanted = _wanted(layout, command)
    journal = Journal(machine)
    if journal.about.get("fingerprint") == wanted and journal.in_place() and is_current(layout, "runtime"):
        say("already up to date")
        return 0
    if machine.excel_is_running():
        raise InstallError(_RUNNING, _CLOSE)
    addin = layout.addin.read_bytes()
    if command:
        addin = sign(command, addin, machine.addin.name, machine)
    elif journal.about.get("signed_with") and not is_signed(layout.addin):
        problem = "the installed add-in is signed and no command to sign this one was given"
        raise InstallError(problem, f"name it with --sign or {VARIABLE}; to install it unsigned, uninstall first")
    journal.begin()
    journal.tree(machine.environment)
    ensure(layout, "runtime", run=run)
    try:
        _place(machine, layout, journal, addin)
    except PermissionError as error:
        if machine.system == "macos":
            problem = f"macOS protects Excel's folder ({error.filename})"
            raise InstallError(problem, _PROTECTED) from error
        raise
    target = Target(_SYS_PLATFORM[machine.system], (sys.version_info[0], sys.version_info[1]))
    journal.finish(
        {
            "fingerprint": wanted,
            "addin": hashlib.sha256(addin).hexdigest(),
            "signed_with": program(command),
            "packages": {pin.name.lower(): pin.version for pin in pins(layout.lock("runtime"), target)},
        }
    )
    functions = " and the functions =ALM_…" if machine.system == "windows" else ""
    say(f"ready: start Excel; it now has the tab ALM{functions}")
    say(f"the template and the examples are in {machine.templates}")
    python = "py" if machine.system == "windows" else "python3"
    say(f"if something does not work: {python} installer doctor. To take it all away: {python} installer uninstall")
    return 0


def uninstall_from_excel(machine: Machine) -> bool:
    """Undo what ``install_for_excel`` did and nothing else; returns whether there was anything to undo."""
    if not machine.journal.is_file():
        clear_away(machine)
        return False
    if Path(sys.prefix).resolve() == machine.environment.resolve():
        problem = "this Python runs from the environment it is to remove"
        raise InstallError(problem, "run it with the Python you installed with, such as 'py installer uninstall'")
    if machine.excel_is_running():
        raise InstallError(_RUNNING, _CLOSE)
    Journal(machine).undo_all()
    return True


def configuration(machine: Machine, layout: Layout) -> bytes:
    """Write the configuration that xlwings' VBA reads (GetConfigFromFile: two quoted fields a line).

    Notes
    -----
    The workbook's own folder is kept off Python's path: a file there must not replace a module of ours.
    """
    within = [*layout.packages.relative_to(layout.venv).parts, "xlalm", "_udfs"]
    windows = machine.system == "windows"
    slash = "\\" if windows else "/"
    base = f"{machine.application_in_words}{slash}{layout.venv.name}{slash}"
    python = ["Scripts", "python.exe"] if windows else ["bin", "python"]
    settings = {
        "INTERPRETER_WIN" if windows else "INTERPRETER_MAC": base + slash.join(python),
        "PYTHONPATH": base + slash.join(within),
        "ADD_WORKBOOK_TO_PYTHONPATH": "False",
        "UDF MODULES": "xlalm_udfs",
        "DEBUG UDFS": "False",
        "USE UDF SERVER": "False",
        "SHOW CONSOLE": "False",
    }
    end = "\r\n" if windows else "\n"
    return "".join(f'"{name}","{value}"{end}' for name, value in settings.items()).encode("ascii")


def _place(machine: Machine, layout: Layout, journal: Journal, addin: bytes) -> None:
    """Place the files, then tell Excel; what an older version placed and this one does not goes."""
    placed = {machine.configuration: configuration(machine, layout), machine.addin: addin}
    if machine.system == "macos":
        scripts = sorted((layout.packages / "xlwings").glob("xlwings-*.applescript"))
        placed |= {machine.scripts / script.name: script.read_bytes() for script in scripts}
    books = {machine.templates / path.relative_to(layout.root / "workbooks"): path for path in layout.books}
    journal.retire([*placed, *books])
    for path, content in placed.items():
        if journal.file(path, content):
            say(f"placed   {path}")
    for path, book in books.items():
        if journal.file(path, book.read_bytes(), of_the_user=True):
            say(f"placed   {path}")
    if machine.system == "windows" and journal.open(EXCEL_OPTIONS, machine.addin):
        say("entered  the add-in in Excel's list of add-ins")


def _wanted(layout: Layout, command: str | None) -> str:
    """Hash all that an installation depends on."""
    parts = [fingerprint(layout, "runtime"), sign_fingerprint(command), digest(layout.addin)]
    parts += [f"{path.name} {digest(path)}" for path in layout.books]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _check(machine: Machine, source: Layout) -> None:
    """Refuse before anything is made: a Python that cannot serve Excel, or a source that is not whole."""
    if machine.system == "windows" and "WindowsApps" in re.split(r"[\\/]", str(machine.python_home)):
        problem = "this Python is from the Microsoft Store: Windows hides what it writes from Excel"
        raise InstallError(problem, "install Python from python.org (for this user, no administrator) and use that")
    if sys.maxsize < 2**32:
        problem = "this Python is 32 bit and the solver has no 32-bit build"
        raise InstallError(problem, "install a 64-bit Python; it serves a 32-bit Excel too")
    if machine.system == "macos" and " " in str(machine.application):
        problem = f"the path {machine.application} holds a blank, which Excel for Mac cannot hand to Python"
        raise InstallError(problem, "use an account whose home folder has no blank in its name")
    missing = [path for path in (source.project, source.lock("runtime")) if not path.is_file()]
    if missing:
        problem = f"{missing[0]} is missing"
        raise InstallError(problem, "this is not a whole checkout or bundle of xlalm; get it again")
    if not zipfile.is_zipfile(source.addin):
        what = "is missing" if not source.addin.exists() else "is not a whole file"
        cure = "restore it with 'git checkout udfs' or build it with 'python udfs/build_addin.py'"
        problem = f"the add-in {source.addin} {what}"
        raise InstallError(problem, "copy the bundle again" if source.is_bundle else cure)
    if source.is_bundle:
        check_bundle(machine, source)


def check_bundle(machine: Machine, source: Layout) -> None:
    """Refuse a bundle that is damaged or made for another Python."""
    bundle = read_json(source.root / BUNDLE)
    files = bundle.get("files")
    for name, wanted in files.items() if isinstance(files, dict) else []:
        path = source.root / name
        if not path.is_file() or digest(path) != wanted:
            what = "is missing" if not path.is_file() else "is not what was bundled"
            problem = f"{path} {what}"
            raise InstallError(problem, "copy the bundle again; if it stays, make it again")
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if bundle.get("python") != running:
        problem = f"the bundle is for Python {bundle.get('python')}; this is Python {running}"
        raise InstallError(problem, f"run it with Python {bundle.get('python')}, or make a bundle for {running}")
    if bundle.get("system") != machine.system:
        problem = f"the bundle is for {bundle.get('system')}; this is {machine.system}"
        raise InstallError(problem, "make a bundle for this system with 'python installer bundle --platform …'")
