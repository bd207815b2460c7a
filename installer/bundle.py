"""The verb ``bundle``: a folder from which xlalm installs on a machine without a network."""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from platform import mac_ver
from platform import machine as processor

from installer.environment import Runner, ensure, own_wheel, run_logged, say
from installer.failures import InstallError, diagnose_pip
from installer.layout import BUNDLE, Layout
from installer.lockfile import Target, pins
from installer.machine import Machine, System
from installer.record import digest, read_json, write_json
from installer.signing import command_for, sign

_SYSTEMS: dict[str, tuple[str, System]] = {
    "win": ("win32", "windows"),
    "macosx": ("darwin", "macos"),
    "manylinux": ("linux", "linux"),
    "linux": ("linux", "linux"),
}
_README = """\
xlalm {version} for Python {python} on {platform}

Install, with no network and no administrator:

  Windows   py -{python} installer install
  macOS     python{python} installer install
  Linux     python{python} installer install

Check, and take away again:

  ... installer doctor
  ... installer uninstall

Every file's hash is in bundle.json; a changed file is refused.
"""


@dataclass(frozen=True)
class Options:
    """What is to be bundled.

    Parameters
    ----------
    folder : where the bundle goes.
    platform : pip's name of the platform, such as win_amd64 or macosx_12_0_arm64.
    python : the version of Python, such as "3.12".
    command : signs the add-in (see ``installer.signing``).
    """

    folder: Path
    platform: str
    python: str
    command: str | None = None


def here(folder: Path, platform: str | None = None, python: str | None = None, command: str | None = None) -> Options:
    """Fill in this machine's platform and Python where none is named."""
    own = sysconfig.get_platform()
    if own.startswith("macosx"):  # names the system this Python was built on, and all processors it can run on
        own = f"macosx_{mac_ver()[0].split('.')[0]}_0_{processor()}"
    platform = (platform or own).replace("-", "_").replace(".", "_")
    return Options(folder, platform, python or f"{sys.version_info[0]}.{sys.version_info[1]}", command)


def bundle(machine: Machine, layout: Layout, options: Options, *, run: Runner | None = None) -> int:
    """Fill a folder with the wheels the lock file names for a platform, with xlalm's own, and with the installer.

    Notes
    -----
    ``bundle.json`` is written last: a folder without it is no bundle. What was downloaded stays, so an interrupted
    run is gone on with.
    """
    run = run or run_logged
    target, system = _target(options)
    folder = options.folder.resolve()
    if layout.is_bundle:
        problem = "this is a bundle itself"
        raise InstallError(problem, "run it in a checkout of xlalm, or copy the folder as it is")
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        problem = f"{folder} holds files that are no bundle"
        raise InstallError(problem, "name a new or empty folder")
    if not layout.addin.is_file():
        cure = "build it with 'python udfs/build_addin.py'"
        problem = f"the add-in {layout.addin.relative_to(layout.root)} is missing"
        raise InstallError(problem, cure)
    ensure(layout, "runtime", run=run)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text("not complete: run 'python installer bundle' again\n", encoding="utf-8")
    (folder / BUNDLE).unlink(missing_ok=True)
    wanted = pins(layout.lock("runtime"), target)
    _download(layout, folder, options, [pin.lines for pin in wanted], run)
    _drop_others(wheels, {(_plain(pin.name), pin.version) for pin in wanted})
    _build(layout, wheels, run)
    _copy(layout, folder)
    if command := command_for(options.command, machine):
        book = folder / layout.addin.relative_to(layout.root)
        book.write_bytes(sign(command, book.read_bytes(), book.name, machine))
    version = own_wheel(wheels).name.split("-")[1]
    words = {"version": version, "python": options.python, "platform": options.platform}
    (folder / "README.txt").write_text(_README.format(**words), encoding="utf-8")
    files = {path.relative_to(folder).as_posix(): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    write_json(folder / BUNDLE, words | {"system": system, "files": files})
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    say(f"bundled {len(files)} files, {size:.0f} MB, in {folder}")
    python = f"py -{options.python}" if system == "windows" else f"python{options.python}"
    say(f"on the other machine: {python} {folder.name}/installer install")
    return 0


def _target(options: Options) -> tuple[Target, System]:
    family = re.match(r"[a-z]+", options.platform)
    python = re.fullmatch(r"3\.(1[1-4])", options.python)
    if family is None or family[0] not in _SYSTEMS or options.platform == "win32":
        known = "win_amd64, macosx_12_0_arm64, macosx_12_0_x86_64, manylinux_2_28_x86_64"
        problem = f"unknown platform {options.platform}"
        raise InstallError(problem, f"name one as pip does: {known}")
    if python is None:
        problem = f"xlalm has no lock for Python {options.python}"
        raise InstallError(problem, "use 3.11, 3.12, 3.13 or 3.14")
    sys_platform, system = _SYSTEMS[family[0]]
    return Target(sys_platform, (3, int(python[1]))), system


def _download(layout: Layout, folder: Path, options: Options, lines: list[str], run: Runner) -> None:
    """Let pip fetch every wheel of the lock file with its hash; nothing is built and nothing more is resolved."""
    lock = folder / "wheels.lock"
    lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"downloading {len(lines)} wheels for {options.platform}, Python {options.python}")
    fetch = ["download", "--no-input", "--only-binary", ":all:", "--dest", str(folder / "wheels")]
    platforms = ["--python-version", options.python, "--implementation", "cp"]
    for name in _platforms(options.platform):
        platforms += ["--platform", name]
    command = [str(layout.python), "-m", "pip", *fetch, *platforms, "--no-deps", "--require-hashes", "-r", str(lock)]
    code, output = run(command, layout, lambda line: None)
    lock.unlink()
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if code != 0 and missing:
        problem = f"the package index has no ready-made {missing[1]} for {options.platform}, Python {options.python}"
        raise InstallError(problem, "name a newer platform (pip's names), and check that the index can be reached")
    if code != 0:
        raise diagnose_pip(output)


def _platforms(platform: str) -> list[str]:
    """Name the platforms whose wheels run on one: on Linux every older manylinux, which pip does not work out."""
    linux = re.fullmatch(r"(?:many)?linux(?:_2_(\d+))?_(\w+)", platform)
    if linux is None:
        return [platform]
    newest = int(linux[1] or 28)
    older = [f"manylinux_2_{minor}_{linux[2]}" for minor in range(newest, 4, -1)]
    return [*older, f"manylinux2014_{linux[2]}", f"linux_{linux[2]}"]


def _drop_others(wheels: Path, wanted: set[tuple[str, str]]) -> None:
    """Drop wheels that an earlier bundle in the same folder needed."""
    for path in wheels.glob("*.whl"):
        name, version = path.name.split("-")[:2]
        if (_plain(name), version) not in wanted:
            path.unlink()


def _build(layout: Layout, wheels: Path, run: Runner) -> None:
    say("building xlalm's own wheel")
    build = ["wheel", "--no-input", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), "."]
    code, output = run([str(layout.python), "-m", "pip", *build], layout, lambda line: None)
    if code != 0:
        raise diagnose_pip(output)


def _copy(layout: Layout, folder: Path) -> None:
    """Copy the installer and what it places."""
    files = [layout.lock("runtime"), layout.project, layout.root / "LICENSE", layout.addin, *layout.books]
    files += [path for path in (layout.root / "installer").rglob("*") if path.suffix in (".py", ".md")]
    for path in files:
        target = folder / path.relative_to(layout.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _is_ours(folder: Path) -> bool:
    readme = folder / "README.txt"
    return bool(read_json(folder / BUNDLE)) or (readme.is_file() and "installer bundle" in readme.read_text("utf-8"))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
