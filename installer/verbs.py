"""The verbs, and how their failures are told."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from installer.bundle import bundle, here
from installer.checks import test
from installer.demo import demo
from installer.doctor.doctor import doctor
from installer.environment import ensure, say
from installer.excel import check_bundle, install_for_excel, uninstall_from_excel
from installer.failures import InstallError, from_os_error
from installer.layout import Layout, checkout
from installer.machine import Machine, this_machine
from installer.removal import uninstall as remove_from_checkout

USAGE = """\
usage: python3 installer VERB

  demo        set up what is needed, solve the sample workbook, say what to open
  install     Windows, macOS: install the add-in and its Python for this user, no administrator; elsewhere set up
              what is needed, no more
                --from FOLDER   install from a folder that 'bundle' made
                --sign COMMAND  sign the add-in; {file} stands for the file (or set XLALM_SIGN)
  bundle [FOLDER]
              make a folder to install from without a network
                --platform NAME such as win_amd64 or macosx_12_0_arm64   --python 3.12   --sign COMMAND
  test [...]  set up the development tools and run every check; further arguments go to pytest
  doctor      say what is here, what is wrong and how to cure it; --json: one finding a line
  uninstall   remove what this installer made, and nothing else

On Windows: py installer VERB. All but install's add-in goes into this folder (.venv, xlalm-demo).
"""

# The options of each verb, and whether a value follows.
_OPTIONS: dict[str, dict[str, bool]] = {
    "demo": {},
    "install": {"--from": True, "--sign": True},
    "bundle": {"--platform": True, "--python": True, "--sign": True},
    "doctor": {"--json": False},
    "uninstall": {},
}


def install(layout: Layout, machine: Machine, options: dict[str, str]) -> int:
    """Install for Excel, or set up the runtime environment where there is no Excel."""
    source = Layout(Path(options["--from"]).resolve()) if "--from" in options else layout
    if "--from" in options and not source.is_bundle:
        problem = f"{source.root} is not a bundle"
        raise InstallError(problem, "make one with 'python installer bundle FOLDER'")
    if machine.has_excel:
        return install_for_excel(machine, source, options.get("--sign"))
    if source.is_bundle:
        check_bundle(machine, source)
    did = ensure(source, "runtime")
    say("ready" if did else "already up to date")
    say("there is no Excel on this system: books are solved as files")
    say(f'use it with: "{source.python}" -m xlalm --help')
    return 0


def uninstall(layout: Layout, machine: Machine) -> int:
    """Undo the installation for Excel, then take away what was made in this checkout."""
    undone = machine.has_excel and uninstall_from_excel(machine)
    code = remove_from_checkout(layout, quiet=undone)
    if undone:
        say("xlalm is no longer installed for this user")
    return code


def main(arguments: Sequence[str], layout: Layout | None = None, machine: Machine | None = None) -> int:
    """Carry out one verb; returns the exit code (0 done, 1 failed, 2 wrong usage, 130 stopped by the user)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Windows console may lack a letter of a path
    verb, extra = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if verb in ("-h", "--help", "help") or (verb in _OPTIONS and extra in (["-h"], ["--help"])):
        print(USAGE, end="")
        return 0
    options = {} if verb == "test" else _options(verb, extra)
    if options is None:
        print(USAGE, end="", file=sys.stderr)
        wrong = f"unknown verb {verb!r}" if verb and verb not in _OPTIONS else f"{verb or 'no verb'} {extra or ''}"
        print(f"not understood: {wrong.strip()}", file=sys.stderr)
        return 2
    try:
        return _carry_out(verb, extra, options, layout or checkout(), machine or this_machine())
    except InstallError as error:
        failure = error
    except OSError as error:
        failure = from_os_error(error)
    except KeyboardInterrupt:
        say("stopped; run the same command again to go on")
        return 130
    print(f"xlalm installer: {failure.problem}\n  cure: {failure.cure}", file=sys.stderr, flush=True)
    return 1


def _carry_out(verb: str, extra: list[str], options: dict[str, str], layout: Layout, machine: Machine) -> int:
    if verb == "test":
        return test(layout, extra)
    if verb == "demo":
        return demo(layout)
    if verb == "install":
        return install(layout, machine, options)
    if verb == "bundle":
        folder = Path(options.get("", "xlalm-bundle"))
        asked = here(folder, options.get("--platform"), options.get("--python"), options.get("--sign"))
        return bundle(machine, layout, asked)
    if verb == "doctor":
        return doctor(layout, machine, as_json="--json" in options)
    return uninstall(layout, machine)


def _options(verb: str, words: Sequence[str]) -> dict[str, str] | None:
    """Read what follows a verb as option → value; bundle's folder has the empty name; None if not understood."""
    if verb not in _OPTIONS:
        return None
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        known = word in _OPTIONS[verb]
        name, takes_value = (word, _OPTIONS[verb][word]) if known else ("", False)
        folder = verb == "bundle" and not word.startswith("-")
        if name in options or not (known or folder) or (takes_value and not rest):
            return None
        options[name] = rest.pop(0) if takes_value else word
    return options
