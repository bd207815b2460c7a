"""The doctor's look at Windows: Excel, what policies let macros do, Defender, and how numbers are written.

The registry values are those of Microsoft's administrative templates for Office 2016 (which cover every later version)
and of the published security guides for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from installer.doctor import powershell
from installer.doctor.finding import Finding
from installer.machine import ADDIN, OFFICE, OFFICE_POLICIES, Machine
from installer.registry import read
from installer.signing import is_signed

_HIVES = ("HKCU", "HKLM")
_EXCEL = rf"{OFFICE}\Excel"
_RULES = (
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    r"HKLM\SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
)
_BLOCKING = {
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a": "Office applications may not start other programs, so not Python",
    "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": "macros that name Windows functions are blocked, and xlwings' do",
}
_ASK_IT = (
    "ask IT to exempt xlalm's Python and add-in from this rule; until then use the file route: "
    "'xlalm solve BOOK' on the command line needs no macro"
)
_SIGN = "let IT sign the add-in ('installer install --sign COMMAND') with a certificate that your users trust"
_LABELS = (
    "a label that encrypts keeps xlalm from reading the file: use a label without encryption for model books, "
    "or work in Excel itself with the ribbon"
)


def examine_windows(machine: Machine) -> Iterator[Finding]:
    """Look at everything on Windows that has been seen to stop an Excel add-in."""
    yield from _excel(machine)
    yield from _disabled_items(machine)
    yield from _macros(machine)
    yield from _addin_policies(machine)
    yield from _child_processes(machine)
    yield from _quarantine(machine)
    yield _code_page(machine)
    yield _numbers(machine)
    yield from _labels(machine)


def _excel(machine: Machine) -> Iterator[Finding]:
    click = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
    version = read(machine.registry, click, "VersionToReport")
    bits = read(machine.registry, click, "Platform") or read(machine.registry, rf"HKLM\{OFFICE}\Outlook", "Bitness")
    paths = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
    program = read(machine.registry, paths, "")
    name = str(version or program)
    if not (version or program):
        cure = "install Excel 2016 or newer, or use the file route: 'xlalm solve BOOK' on the command line"
        yield Finding("problem", "Excel", "no Excel found on this machine", cure)
        return
    words = {"x64": "64 bit", "x86": "32 bit"}.get(str(bits).lower(), "32 or 64 bit unknown")
    if not machine.registry.exists(rf"HKCU\{_EXCEL}"):
        cure = "start Excel once as this user; if it is older than 2016 it is not supported"
        yield Finding("note", "Excel", f"{name}, {words}; never started by this user", cure)
        return
    dll = next(machine.environment.glob(f"xlwings{'32' if words == '32 bit' else '64'}-*.dll"), None)
    if machine.environment.is_dir() and dll is None:
        cure = "run 'python installer install' again; if it goes again, look into the antivirus' quarantine"
        yield Finding("problem", "Excel", f"{name}, {words}: xlwings' DLL for it is missing", cure)
        return
    yield Finding("ok", "Excel", f"{name}, {words}; results spill in 2021, 2024 and 365")


def _disabled_items(machine: Machine) -> Iterator[Finding]:
    items = machine.registry.values(rf"HKCU\{_EXCEL}\Resiliency\DisabledItems")
    ours = [data for _, data in items.values() if isinstance(data, bytes) and _holds(data, ADDIN)]
    if ours:
        cure = "in Excel: File > Options > Add-ins > Manage: Disabled Items > Go, choose xlalm, Enable, restart Excel"
        yield Finding("problem", "disabled items", "Excel put the add-in on its list after a crash", cure)
    else:
        yield Finding("ok", "disabled items", "the add-in is not on Excel's list")


def _holds(data: bytes, name: str) -> bool:
    return name.lower() in data.decode("utf-16-le", errors="replace").lower()


def _policy(machine: Machine, key: str, name: str) -> tuple[int | None, str]:
    """Read a setting that a policy may fix: (value, "policy" or "user")."""
    for hive in _HIVES:
        value = read(machine.registry, rf"{hive}\{OFFICE_POLICIES}\{key}", name)
        if isinstance(value, int):
            return value, "policy"
    value = read(machine.registry, rf"HKCU\{OFFICE}\{key}", name)
    return (value if isinstance(value, int) else None), "user"


def _macros(machine: Machine) -> Iterator[Finding]:
    level, who = _policy(machine, r"Excel\Security", "VBAWarnings")
    signed = is_signed(machine.addin)
    fixed = f"{'set by policy' if who == 'policy' else 'set by the user'}"
    if _is_trusted(machine):
        yield Finding("ok", "macros", f"{machine.addin.parent} is a trusted location: macros there run")
        level = 2
    centre = "in Excel: File > Options > Trust Center > Trust Center Settings > Macro Settings"
    if level == 4:
        cure = f"ask IT to allow the add-in (signed, or its folder {machine.addin.parent} as a trusted location)"
        cure = cure if who == "policy" else f"{centre}: choose 'Disable VBA macros with notification'"
        yield Finding("problem", "macros", f"all macros are disabled without a word ({fixed})", cure)
    elif level == 3 and not signed:
        yield Finding("problem", "macros", f"only signed macros run and the add-in is not signed ({fixed})", _SIGN)
    elif level == 3:
        cure = "if the tab ALM is missing, ask IT whether the signer is among the trusted publishers"
        yield Finding("ok", "macros", f"only signed macros run; the add-in is signed ({fixed})", cure)
    elif level == 1:
        cure = f"xlalm does not need that; {centre}: choose 'Disable VBA macros with notification'"
        yield Finding("note", "macros", f"all macros run without a question ({fixed})", cure)
    else:
        yield Finding("ok", "macros", "Excel asks before macros run (the default)")
    if _policy(machine, "Common", "VBAOFF")[0] == 1:
        text = "VBA is switched off in all of Office"
        yield Finding("problem", "macros", text, "ask IT; until then use 'xlalm solve BOOK' on the command line")
    if _policy(machine, r"Excel\Security", "blockcontentexecutionfrominternet")[0] == 1:
        text = "macros in files from the internet are blocked; the add-in was placed without that mark"
        yield Finding("ok", "macros", text)
    trusted = "is on" if _policy(machine, r"Excel\Security", "AccessVBOM")[0] == 1 else "is off"
    yield Finding("ok", "VBA projects", f"trust in access to the VBA object model {trusted}; xlalm does not need it")


def _is_trusted(machine: Machine) -> bool:
    """Tell whether the add-in's folder is one of Excel's trusted locations."""
    if _policy(machine, r"Excel\Security\Trusted Locations", "AllLocationsDisabled")[0] == 1:
        return False
    for root in (rf"HKCU\{OFFICE}", *(rf"{hive}\{OFFICE_POLICIES}" for hive in _HIVES)):
        locations = rf"{root}\Excel\Security\Trusted Locations"
        for name in machine.registry.keys(locations):
            path = read(machine.registry, rf"{locations}\{name}", "Path")
            below = read(machine.registry, rf"{locations}\{name}", "AllowSubfolders") == 1
            folder = Path(machine.expand(path)) if isinstance(path, str) and path else None
            if folder and (machine.addin.parent == folder or (below and machine.addin.is_relative_to(folder))):
                return True
    return False


def _addin_policies(machine: Machine) -> Iterator[Finding]:
    signed = is_signed(machine.addin)
    wanted = {
        "add-ins must be signed by a trusted publisher": (r"Excel\Security", "RequireAddinSig"),
        "macros that are always loaded must be signed": (r"Common\Security", "requirealwaysonmacrosig"),
    }
    for text, (key, name) in wanted.items():
        if _policy(machine, key, name)[0] == 1 and not signed:
            yield Finding("problem", "signed add-ins", f"{text}, and the add-in is not signed", _SIGN)
        elif _policy(machine, key, name)[0] == 1:
            yield Finding("ok", "signed add-ins", f"{text}; the add-in is")
    resiliency = rf"HKCU\{OFFICE_POLICIES}\Excel\Resiliency"
    managed = str(read(machine.registry, rf"{resiliency}\AddinList", ADDIN))
    if managed == "0" or (managed not in ("1", "2") and read(machine.registry, resiliency, "RestrictToList") == 1):
        text = "a policy's list of managed add-ins blocks this one"
        yield Finding("problem", "add-ins", text, f"ask IT to enter {ADDIN} in that list with the value 1")
    second = machine.addin.parents[1] / "Excel" / "XLSTART" / ADDIN
    if second.exists():
        text = f"a second copy lies in Excel's startup folder ({second}): Excel opens both"
        yield Finding("problem", "add-ins", text, "close Excel and delete the second copy")
    if _policy(machine, r"Excel\Security", "DisableAllAddins")[0] == 1:
        cure = "in Excel: File > Options > Trust Center > Add-ins, or ask IT"
        yield Finding("problem", "add-ins", "all application add-ins are disabled", cure)
    if _policy(machine, r"Excel\Security\Trusted Locations", "AllLocationsDisabled")[0] == 1:
        yield Finding("note", "add-ins", "trusted locations are switched off; only a signature helps", _SIGN)


def _child_processes(machine: Machine) -> Iterator[Finding]:
    effective = powershell.ask(machine.run, powershell.ATTACK_SURFACE_RULES)
    states: dict[str, int] = {}
    for key in reversed(_RULES):
        for name, (_, data) in machine.registry.values(key).items():
            if str(data).isdigit():
                states[name.lower()] = int(data)
    if isinstance(effective, dict):
        states |= {name.lower(): state for name, state in effective.items() if isinstance(state, int)}
    levels = {1: "blocks", 6: "warns", 2: "only reports"}
    told = False
    for rule, text in _BLOCKING.items():
        state = states.get(rule, 0)
        if state in levels:
            told = True
            level, cure = ("note", "nothing now; IT may be about to block it") if state == 2 else ("problem", _ASK_IT)
            text = f"Defender's rule {rule} {levels[state]}: {text}"
            yield Finding("note" if level == "note" else "problem", "child processes", text, cure)
    if read(machine.registry, r"HKCU\Software\Policies\Microsoft\Windows\System", "DisableCMD") in (1, 2):
        text = "a policy disables the command prompt, through which xlwings starts Python"
        yield Finding("problem", "child processes", text, _ASK_IT)
        told = True
    if not told:
        asked = "" if isinstance(effective, dict) else " (Defender itself could not be asked)"
        yield Finding("ok", "child processes", f"no rule found that keeps Excel from starting Python{asked}")


def _quarantine(machine: Machine) -> Iterator[Finding]:
    found = powershell.ask(machine.run, powershell.DETECTIONS)
    if found:
        text = f"Defender detected something in a file of ours: {found[0] if isinstance(found, list) else found}"
        cure = "show IT the file's hash in installed.json and in the release; restore it, then run 'installer install'"
        yield Finding("problem", "antivirus", text, cure)


def _code_page(machine: Machine) -> Finding:
    """Look whether the path can be written as LoadLibraryA takes it, by which xlwings' VBA loads its DLL."""
    found = read(machine.registry, r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage", "ACP")
    page = found if isinstance(found, str) else "unknown"
    codec = {"unknown": "ascii", "65001": "utf-8"}.get(page, f"cp{page}")
    try:
        str(machine.environment).encode(codec)
    except UnicodeEncodeError as error:
        letter = str(machine.environment)[error.start]
        text = f"{machine.environment} holds {letter!r}, which Windows' code page ({page}) cannot write"
        cure = "xlwings cannot load its DLL from there: ask IT for a profile folder in plain letters; files still solve"
        return Finding("problem", "path", text, cure)
    except LookupError:
        return Finding("note", "path", f"code page {page} is not known", "plain letters in the user's name are safe")
    return Finding("ok", "path", f"Windows' code page ({page}) can write {machine.environment}")


def _numbers(machine: Machine) -> Finding:
    key = r"HKCU\Control Panel\International"
    decimal, between = (read(machine.registry, key, name) for name in ("sDecimal", "sList"))
    text = f"decimal separator {decimal!r}, list separator {between!r} (unless Excel's own options say otherwise)"
    if decimal is not None and decimal == between:
        cure = "Windows Settings > Time & language > Region > Additional settings: make them differ"
        return Finding("problem", "numbers", f"{text}: Excel cannot tell arguments apart", cure)
    if decimal == ",":
        cure = f"separate arguments in cells by {between!r}; formulas in Metrics, Limits and Goals always take a point"
        return Finding("note", "numbers", text, cure)
    return Finding("ok", "numbers", text)


def _labels(machine: Machine) -> Iterator[Finding]:
    client = any(
        machine.registry.exists(rf"{hive}\Software\Microsoft\Office\Excel\Addins\MSIP.ExcelAddin") for hive in _HIVES
    )
    if client or _policy(machine, r"Common\Security\Labels", "UseOfficeForLabelling")[0] == 1:
        yield Finding("note", "labels", "sensitivity labels are in use", _LABELS)
    else:
        text = "no sign of sensitivity labels in the registry; Office 365 may show them without one"
        yield Finding("ok", "labels", text, f"if Excel shows a Sensitivity button: {_LABELS}")
