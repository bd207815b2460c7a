"""The machine as the installer sees it: its folders, its registry and its programs; a test passes one of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from installer.environment import clean_environ
from installer.registry import NoRegistry, Registry, WindowsRegistry, read

System = Literal["windows", "macos", "linux"]

ADDIN = "xlalm.xlam"
CONFIGURATION = "xlalm.conf"
# Excel 2016, 2019, 2021, 2024 and 365 all call themselves 16.0 in the registry.
OFFICE = r"Software\Microsoft\Office\16.0"
OFFICE_POLICIES = r"Software\Policies\Microsoft\Office\16.0"
EXCEL_OPTIONS = rf"HKCU\{OFFICE}\Excel\Options"
_SHELL_FOLDERS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"


def run_quietly(command: Sequence[str]) -> tuple[int, str]:
    """Run a short command; returns (exit code, output and errors), and 127 where it cannot be started."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environ() | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=120,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # the ribbon's Doctor has no console
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Machine:
    """One user's side of one machine.

    Parameters
    ----------
    system : which of the systems xlalm knows.
    home : the user's own folder.
    environ : the environment variables.
    registry : the registry, on Windows.
    run : runs a command and returns (exit code, output).
    python_home : the folder of the Python that runs the installer.
    """

    system: System
    home: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    registry: Registry = field(default_factory=NoRegistry)
    run: Callable[[Sequence[str]], tuple[int, str]] = run_quietly
    python_home: Path = field(default_factory=lambda: Path(sys.base_prefix))

    @property
    def has_excel(self) -> bool:
        """Whether Excel exists for this system."""
        return self.system != "linux"

    @property
    def application(self) -> Path:
        """The application folder, which needs no administrator.

        Notes
        -----
        On a Mac it is not below "Application Support": xlwings' AppleScript hands the interpreter's path to the shell
        without quotes, so the path may hold no blank.
        """
        if self.system == "windows":
            return Path(self.environ["LOCALAPPDATA"]) / "xlalm"
        return self.home / "Library" / "xlalm" if self.system == "macos" else self.home / ".local" / "share" / "xlalm"

    @property
    def application_in_words(self) -> str:
        """The application folder as the configuration file names it: xlwings expands it, and it is plain ASCII."""
        return "%LOCALAPPDATA%\\xlalm" if self.system == "windows" else "$HOME/Library/xlalm"

    @property
    def environment(self) -> Path:
        """The application's own virtual environment."""
        return self.application / "environment"

    @property
    def journal(self) -> Path:
        """The record of everything the installer did on this machine."""
        return self.application / "installed.json"

    @property
    def addin(self) -> Path:
        """Where the add-in lies: Excel's folder for the user's add-ins; on a Mac the one it opens at start."""
        if self.system == "windows":
            return Path(self.environ["APPDATA"]) / "Microsoft" / "AddIns" / ADDIN
        office = self.home / "Library" / "Group Containers" / "UBF8T346G9.Office"
        return office / "User Content.localized" / "Startup.localized" / "Excel" / ADDIN

    @property
    def configuration(self) -> Path:
        """Where xlwings' custom add-in reads the user's configuration (GetConfigFilePath in its VBA)."""
        if self.system == "windows":
            return Path(self.environ["USERPROFILE"]) / ".xlalm" / CONFIGURATION
        return self.home / "Library" / "Containers" / "com.microsoft.Excel" / "Data" / CONFIGURATION

    @property
    def scripts(self) -> Path:
        """Where Excel for Mac lets an add-in's AppleScript be called from."""
        return self.home / "Library" / "Application Scripts" / "com.microsoft.Excel"

    @property
    def documents(self) -> Path:
        """The user's documents, where Windows says they are (they may lie in OneDrive)."""
        moved = read(self.registry, _SHELL_FOLDERS, "Personal")
        return Path(self.expand(moved)) if isinstance(moved, str) and moved else self.home / "Documents"

    @property
    def templates(self) -> Path:
        """Where the user finds the template and the examples."""
        return self.documents / "xlalm"

    def expand(self, text: str) -> str:
        """Replace each ``%NAME%`` by the environment variable, as Windows does."""
        known = {name.upper(): value for name, value in self.environ.items()}
        return re.sub(r"%(\w+)%", lambda name: known.get(name[1].upper(), name[0]), text)

    def excel_is_running(self) -> bool:
        """Tell whether this user has Excel open; other users of the same machine do not count."""
        if self.system == "windows":
            query = ["tasklist", "/FO", "CSV", "/NH", "/FI", "IMAGENAME eq EXCEL.EXE"]
            user = self.environ.get("USERNAME")
            _, output = self.run([*query, "/FI", f"USERNAME eq {user}"] if user else query)
            return '"EXCEL.EXE"' in output.upper()
        if self.system == "macos":
            return self.run(["pgrep", "-x", "-u", str(os.getuid()), "Microsoft Excel"])[0] == 0
        return False

    def is_marked(self, path: Path) -> bool:
        """Tell whether a file carries the mark of the web, which keeps Excel from running its macros."""
        if self.system == "windows":
            return _zone(path).exists()
        return self.system == "macos" and self.run(["xattr", "-p", "com.apple.quarantine", str(path)])[0] == 0

    def unmark(self, path: Path) -> None:
        """Take the mark of the web from a file."""
        if self.is_marked(path) and self.system == "windows":
            _zone(path).unlink()
        elif self.is_marked(path):
            self.run(["xattr", "-d", "com.apple.quarantine", str(path)])


def this_machine() -> Machine:
    """Describe the machine and the user this runs for."""
    if sys.platform == "win32":
        return Machine("windows", Path.home(), registry=WindowsRegistry())
    return Machine("macos" if sys.platform == "darwin" else "linux", Path.home())


def _zone(path: Path) -> Path:
    """Name the stream that holds the mark of the web (NTFS: a file's second stream is named after a colon)."""
    return Path(f"{path}:Zone.Identifier")
