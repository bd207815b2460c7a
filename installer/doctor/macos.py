"""The doctor's look at a Mac: Excel, its sandbox, and how numbers are written."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from pathlib import Path

from installer.doctor.finding import Finding
from installer.machine import Machine

_EXCEL = Path("/Applications/Microsoft Excel.app/Contents/Info.plist")


def examine_macos(machine: Machine, excel: Path = _EXCEL) -> Iterator[Finding]:
    """Look at everything on a Mac that has been seen to stop an Excel add-in."""
    yield _excel(excel)
    yield _script(machine)
    yield _macros(machine)
    yield _numbers(machine)


def _excel(plist: Path) -> Finding:
    try:
        version = plistlib.loads(plist.read_bytes())["CFBundleShortVersionString"]
    except (OSError, KeyError, plistlib.InvalidFileException):
        cure = "install Excel for Mac 16 or newer; functions need Windows, on a Mac the ribbon works"
        return Finding("problem", "Excel", "no Excel found in Applications", cure)
    if int(str(version).split(".")[0]) < 16:
        return Finding("problem", "Excel", f"{version} is too old", "update to Excel for Mac 16 or newer")
    return Finding("ok", "Excel", f"{version}, 64 bit; the ribbon works, functions in cells need Windows")


def _script(machine: Machine) -> Finding:
    found = sorted(machine.scripts.glob("xlwings-*.applescript"))
    wanted = {path.name for path in machine.environment.glob("lib/python*/site-packages/xlwings/xlwings-*.applescript")}
    if not wanted & {path.name for path in found}:
        cure = "run 'python installer install' again"
        return Finding("problem", "AppleScript", f"xlwings' script is not in {machine.scripts}", cure)
    return Finding("ok", "AppleScript", ", ".join(path.name for path in found))


def _macros(machine: Machine) -> Finding:
    code, output = machine.run(["defaults", "read", "com.microsoft.office", "VisualBasicEntirelyDisabled"])
    if code == 0 and output.strip() == "1":
        cure = "ask IT; until then use 'xlalm solve BOOK' on the command line"
        return Finding("problem", "macros", "VBA is switched off in all of Office", cure)
    code, output = machine.run(["defaults", "read", "com.microsoft.office", "VisualBasicMacroExecutionState"])
    state = output.strip()
    if code == 0 and state == "DisabledWithoutWarnings":
        cure = "Excel > Preferences > Security: 'Disable all macros with notification'; if it is greyed out, ask IT"
        return Finding("problem", "macros", "all macros are disabled without a word", cure)
    return Finding("ok", "macros", state if code == 0 else "Excel asks before macros run (the default)")


def _numbers(machine: Machine) -> Finding:
    code, output = machine.run(["defaults", "read", "-g", "AppleLocale"])
    text = f"region {output.strip()}" if code == 0 else "region unknown"
    return Finding("ok", "numbers", f"{text}; formulas in Metrics, Limits and Goals always take a point")
