"""The virtual environment: made, filled from a lock file, and left alone once it is right."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from installer.failures import DISK_CURE, InstallError, diagnose_pip
from installer.layout import LOCK_PREFIXES, LOCKS, Layout, Profile
from installer.record import Record, read_json, write_json

# A command, run in the checkout, its output added to the log and each line handed on; returns (exit code, output).
Runner = Callable[[Sequence[str], Layout, Callable[[str], None]], tuple[int, str]]

_NEEDED_MB: dict[Profile, int] = {"runtime": 600, "dev": 1200}
_FOREIGN_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "VIRTUAL_ENV")


def ensure(layout: Layout, profile: Profile, *, run: Runner | None = None) -> bool:
    """Bring the environment to what the lock file of ``profile`` says.

    Returns
    -------
    whether anything had to be done.

    Notes
    -----
    The state file in the environment is written twice: first empty, which marks the environment as ours, and last
    with the fingerprint of what is installed. An interrupted installation therefore never looks finished, and the
    next run goes on with it, or builds anew what was left half-written.
    """
    if is_current(layout, profile):
        return False
    run = run or run_logged
    _refuse_foreign(layout)
    if not layout.lock(profile).is_file() or not layout.project.is_file():
        missing = layout.lock(profile) if layout.project.is_file() else layout.project
        problem = f"{missing.name} is missing"
        raise InstallError(problem, "this is not a whole checkout of xlalm; get it again")
    _check_disk(layout, profile)

    broken = why_broken(layout)
    if layout.venv.is_dir() and broken:
        say(f"rebuilding {layout.venv.name}: {broken}")
        shutil.rmtree(layout.venv)
    if not layout.venv.is_dir():
        _create(layout, run)
    else:
        say(f"going on with {layout.venv.name}")
        _mark(layout, {})

    _install(layout, profile, run)
    done: tuple[Profile, ...] = ("runtime", "dev") if profile == "dev" else ("runtime",)
    installed = {each: fingerprint(layout, each) for each in done}
    _mark(layout, installed)
    return True


def is_current(layout: Layout, profile: Profile) -> bool:
    """Tell, in milliseconds, whether the environment already is what the lock file says."""
    state = read_json(layout.state)
    installed = state.get("installed")
    return (
        isinstance(installed, dict)
        and state.get("root") == str(layout.venv.parent)
        and layout.python.exists()
        and _base_python_exists(layout)
        and layout.lock(profile).is_file()
        and installed.get(profile) == fingerprint(layout, profile)
    )


def fingerprint(layout: Layout, profile: Profile) -> str:
    """Hash the lock file and the project file (line endings do not count) and, for the application, xlalm itself."""
    whole = hashlib.sha256()
    for path in (layout.lock(profile), layout.project):
        whole.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    for path in _packed(layout) if layout.environment or layout.is_bundle else []:
        whole.update(path.relative_to(layout.root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def _packed(layout: Layout) -> list[Path]:
    """List the files that xlalm's wheel is made of, or in a bundle the wheel."""
    if layout.is_bundle:
        return [own_wheel(layout.wheels)]
    folders = [layout.root / name for name in ("installer", "udfs", "workbooks", "xlalm")]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    files = (path for path in files if path.parent.name != "__pycache__" and not path.name.startswith(LOCK_PREFIXES))
    return sorted(files)


def own_wheel(folder: Path) -> Path:
    """Find xlalm's own wheel among a bundle's."""
    found = sorted(folder.glob("xlalm-*.whl"))
    if len(found) != 1:
        problem = f"{folder} holds {len(found)} wheels of xlalm where one is needed"
        raise InstallError(problem, "make the bundle again with 'python installer bundle'")
    return found[0]


def _mark(layout: Layout, installed: dict[Profile, str]) -> None:
    """Mark the environment as the installer's and say what is installed in it."""
    write_json(layout.state, {"root": str(layout.venv.parent), "installed": installed})


def why_broken(layout: Layout) -> str | None:
    """Say why the environment cannot be gone on with, or None."""
    if not layout.venv.is_dir():
        return "it does not exist"
    if not layout.python.exists() or not _base_python_exists(layout):
        return "its Python is gone"
    if read_json(layout.state).get("root") != str(layout.venv.parent):
        return "it was made for another folder"
    made_with = _python_version(layout)
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if (layout.environment or layout.is_bundle) and made_with not in (None, running):
        return f"it was made with Python {made_with}"
    half = next(_half_installed(layout), None)
    if half:
        return f"{half} was left half-installed"
    probe = subprocess.run([str(layout.python), "-m", "pip", "--version"], capture_output=True, env=clean_environ())
    return None if probe.returncode == 0 else "it has no working pip"


def clean_environ() -> dict[str, str]:
    """Give this process's environment variables without those that would lead the virtual environment astray."""
    environ = {name: value for name, value in os.environ.items() if name.upper() not in _FOREIGN_VARIABLES}
    return environ | {"PYTHONNOUSERSITE": "1", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"xlalm installer: {text}", flush=True)


def run_logged(command: Sequence[str], layout: Layout, line_seen: Callable[[str], None]) -> tuple[int, str]:
    """Run a command in the checkout; its output goes to the log and, line by line, to ``line_seen``."""
    lines: list[str] = []
    with (
        layout.log.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            list(command),
            cwd=layout.root,
            env=clean_environ() | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            lines.append(line)
            line_seen(line)
    return process.returncode, "".join(lines)


def _refuse_foreign(layout: Layout) -> None:
    """Stop before an environment that someone else made: it is theirs to change or remove."""
    if layout.environment or not layout.venv.exists() or layout.state.is_file():
        return  # the application's own environment is in the journal
    if any(path.name != f"{layout.state.name}.partial" for path in layout.venv.iterdir()):
        problem = f"{layout.venv} exists and was not made by this installer"
        raise InstallError(problem, "move or delete it, then run the same command again; the installer makes its own")


def _check_disk(layout: Layout, profile: Profile) -> None:
    present = layout.venv.is_dir() and why_broken(layout) is None
    free = shutil.disk_usage(layout.venv.parent).free // 2**20
    if not present and free < _NEEDED_MB[profile]:
        problem = f"the disk has {free} MB free; the environment needs about {_NEEDED_MB[profile]} MB"
        raise InstallError(problem, DISK_CURE)


def _create(layout: Layout, run: Runner) -> None:
    if not has_ensurepip():
        raise missing_ensurepip()
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"creating {layout.venv.name} with Python {version}")
    if layout.environment is None:
        Record(layout).add(layout.venv, "tree")
    layout.venv.mkdir(exist_ok=True)
    _mark(layout, {})
    code, output = run([sys.executable, "-m", "venv", str(layout.venv)], layout, lambda line: None)
    if code != 0:
        if "ensurepip" in output:
            raise missing_ensurepip()
        last = output.strip().splitlines()[-1:] or ["no reason given"]
        problem = f"the virtual environment could not be made: {last[0]}"
        raise InstallError(problem, "run 'python3 installer doctor' for a full check")


def has_ensurepip() -> bool:
    """Tell whether this Python can put pip into a new environment; Debian's needs another package for that."""
    return importlib.util.find_spec("ensurepip") is not None


def missing_ensurepip() -> InstallError:
    """Name the package that brings ensurepip."""
    return InstallError(
        f"this Python ({sys.executable}) has no ensurepip, so it cannot make a virtual environment",
        "on Debian and Ubuntu run 'apt-get install python3-venv' (with sudo if you are not root); "
        "elsewhere use the Python from python.org",
    )


def _install(layout: Layout, profile: Profile, run: Runner) -> None:
    pip = [str(layout.python), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    offline = ["--no-index", "--find-links", str(layout.wheels)] if layout.is_bundle else []
    lock = LOCKS[profile]
    total = _packages_in(layout.lock(profile))
    say(f"installing {total} packages from {lock}")
    code, output = run([*pip, *offline, "--require-hashes", "-r", lock], layout, _Progress(total))
    if code != 0:
        raise diagnose_pip(output)
    if layout.is_bundle:
        own = ["--force-reinstall", *offline, str(own_wheel(layout.wheels))]
    elif layout.environment:
        own = ["--force-reinstall", "--no-build-isolation", "."]
    else:
        own = ["--no-build-isolation", "--editable", "."]
    say("installing xlalm itself" + (", editable" if "--editable" in own else ""))
    code, output = run([*pip, "--no-deps", *own], layout, lambda line: None)
    if code != 0:
        raise diagnose_pip(output)


def _packages_in(lock: Path) -> int:
    """Count the packages a lock file names for this operating system."""
    names = set()
    for line in lock.read_text(encoding="utf-8").splitlines():
        pinned = re.match(r"([A-Za-z0-9][\w.-]*)==", line)
        elsewhere = re.search(r"sys_platform == '(\w+)'", line)
        if pinned and (elsewhere is None or elsewhere[1] == sys.platform):
            names.add(pinned[1].lower())
    return len(names)


class _Progress:
    """Says where pip is, at most once a second."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._seen = 0
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        """Take one line of pip's output."""
        package = re.match(r"(?:Collecting|Requirement already satisfied:) ([^\s;]+)", line)
        if package:
            self._seen += 1
            if time.monotonic() - self._last >= 1.0:
                self._last = time.monotonic()
                say(f"  {self._seen} of {self._total}  {package[1]}")
        elif line.startswith("Installing collected packages"):
            say("  unpacking; the longest part")


def _base_python_exists(layout: Layout) -> bool:
    """Tell whether the Python that the environment was made from is still there (Windows keeps a launcher only)."""
    home = _made_from(layout, "home")
    return home is not None and Path(home).is_dir()


def _python_version(layout: Layout) -> str | None:
    """Say which Python the environment was made with, such as "3.12"."""
    version = _made_from(layout, "version")
    return ".".join(version.split(".")[:2]) if version else None


def _made_from(layout: Layout, name: str) -> str | None:
    try:
        text = (layout.venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(rf"^{name}\s*=\s*(.+?)\s*$", text, flags=re.MULTILINE)
    return found[1] if found else None


def _half_installed(layout: Layout) -> Iterator[str]:
    """Name the distributions that pip was writing when it was stopped: it writes RECORD last."""
    pattern = "Lib/site-packages" if layout.windows else "lib/python*/site-packages"
    for packages in layout.venv.glob(pattern):
        for info in packages.glob("*.dist-info"):
            if not (info / "RECORD").is_file():
                yield info.name.removesuffix(".dist-info")
                continue
            with (info / "RECORD").open(encoding="utf-8", newline="") as listing:
                for row in csv.reader(listing):
                    if row and row[0].endswith(".py") and not (packages / row[0]).exists():
                        yield info.name.removesuffix(".dist-info")
                        break
