"""The signing hook: the bank's own command signs the add-in, so that policies for signed macros let it run."""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
import zipfile
from pathlib import Path

from installer.environment import say
from installer.failures import InstallError
from installer.machine import Machine

VARIABLE = "XLALM_SIGN"


def command_for(given: str | None, machine: Machine) -> str | None:
    """Choose the signing command: the one given, else the environment variable XLALM_SIGN, else none."""
    return given or machine.environ.get(VARIABLE) or None


def fingerprint(command: str | None) -> str:
    """Hash the command: it may hold a secret, so it is not recorded itself."""
    return hashlib.sha256((command or "").encode()).hexdigest()


def program(command: str | None) -> str | None:
    """Name the program that a command starts."""
    return _words(command)[0] if command else None


def sign(command: str, unsigned: bytes, name: str, machine: Machine) -> bytes:
    """Let a command sign a copy of the add-in and return what it made.

    Parameters
    ----------
    command : the command line; ``{file}`` stands for the file, which is added at the end where it does not occur.
    unsigned : the add-in.
    name : the copy's name, whose ending tells signing tools what it is.
    machine : runs the command.

    Raises
    ------
    InstallError : the command fails, or leaves no signature of the macros in the file.
    """
    with tempfile.TemporaryDirectory(prefix="xlalm-sign-") as folder:
        copy = Path(folder) / name
        copy.write_bytes(unsigned)
        words = [word.replace("{file}", str(copy)) for word in _words(command)]
        if "{file}" not in command:
            words.append(str(copy))
        say(f"signing {name} with {words[0]}")
        code, output = machine.run(words)
        if code != 0:
            last = output.strip().splitlines()[-1:] or ["it said nothing"]
            problem = f"the signing command failed (exit {code}): {last[0]}"
            raise InstallError(problem, "run the command by hand on a copy of xlalm.xlam until it works")
        if not is_signed(copy):
            problem = "the signing command ended well but left no signature of the macros in the file"
            cure = "on Windows signtool needs Microsoft's Office Subject Interface Packages to sign .xlam files"
            raise InstallError(problem, cure)
        return copy.read_bytes()


def _words(command: str) -> list[str]:
    """Split a command line; on Windows a backslash is part of a path."""
    return [word.strip('"') for word in shlex.split(command, posix=os.name != "nt")]


def is_signed(path: Path) -> bool:
    """Tell whether an add-in holds a signature of its macros, in any of Office's three forms."""
    try:
        with zipfile.ZipFile(path) as file:
            return any(part.startswith("xl/vbaProjectSignature") for part in file.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
