"""The verb ``uninstall``: takes away what the record says the installer made, and nothing else."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from installer.environment import say
from installer.failures import InstallError
from installer.layout import Layout
from installer.record import Record


def uninstall(layout: Layout, *, quiet: bool = False) -> int:
    """Remove each recorded path that is still the installer's own; say what went and what stays.

    Parameters
    ----------
    layout : the checkout.
    quiet : something was removed elsewhere, so it is nothing to remark on if nothing was made here.
    """
    if Path(sys.prefix).resolve() == layout.venv.resolve() and layout.windows:
        problem = "this Python runs from the environment it is to remove"
        raise InstallError(problem, "run it with the Python you installed with: 'py installer uninstall'")
    # Python writes this one before the installer's first line runs, so no record can precede it.
    shutil.rmtree(layout.root / "installer" / "__pycache__", ignore_errors=True)
    record = Record(layout)
    entries = list(record)
    if not entries:
        if not quiet:
            say("nothing to remove: no record of anything installed here")
        return 0
    for path, kind, _ in entries:
        name = path.relative_to(layout.root).as_posix()
        reason = _why_kept(layout, record, path, kind)
        if reason:
            say(f"left     {name}: {reason}")
        elif path.exists() or path.is_symlink():
            remove(path)
            say(f"removed  {name}")
        record.forget(path)
    say("your workbooks and everything else in this folder are as they were")
    return 0


def _why_kept(layout: Layout, record: Record, path: Path, kind: str) -> str | None:
    """Say why a recorded path is not to be touched, or None."""
    if not path.exists() or path.is_symlink():
        return None
    inside = path.resolve().is_relative_to(layout.root.resolve()) and path.resolve() != layout.root.resolve()
    if not inside:
        return "it leads outside this folder"
    if path == layout.venv and not layout.state.is_file():
        return "it was not made by this installer"
    if kind == "file" and not record.unchanged(path):
        return "it was changed since"
    if kind == "folder" and any(path.iterdir()):
        return "it holds files that are not the installer's"
    return None


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a folder with all it holds."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif sys.version_info >= (3, 12):
        shutil.rmtree(path, onexc=_unlock)
    else:
        shutil.rmtree(path, onerror=_unlock)


def _unlock(function: Callable[[str], object], name: str, _error: object) -> None:
    """Try once more without the read-only flag, which Windows does not remove files with."""
    Path(name).chmod(stat.S_IWRITE)
    function(name)
