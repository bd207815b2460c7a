"""Replacing a workbook on disk so that a crash at any moment leaves either the old file or the new one, whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from xlalm.domain.errors import Refused

_OWNER_NAME_BYTES = 55  # Excel's owner file: length, ANSI name padded to 54 bytes, then length and UTF-16 name
_RETRIES = 5  # antivirus and indexers on Windows hold a fresh file for a moment
_STALE_SECONDS = 3600.0
_TEMPORARY = ".xlalm-new"
_ANY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
"""Without one of these a file is marked read-only (on Windows by its attribute), whatever this user may do."""

Stamp = tuple[int, int]


def stamp(path: Path) -> Stamp | None:
    """Modification time and size of a file, ``None`` if it is not there; tells whether someone else changed it."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def refuse_if_open(path: Path) -> None:
    """Raise ``Refused`` if a spreadsheet program holds the workbook open or the file must not be written."""
    owner = path.with_name(f"~${path.name}")
    if owner.exists():
        who = _owner_name(owner)
        text = f"{path.name} is open in Excel{(f' by {who}' if who else '')}"
        cure = f"close it there and try again; if nobody has it open, delete the leftover file {owner.name}"
        raise Refused(None, text, cure)
    lock = path.with_name(f".~lock.{path.name}#")
    if lock.exists():
        text = f"{path.name} is open in LibreOffice"
        cure = f"close it there and try again; if nobody has it open, delete the leftover file {lock.name}"
        raise Refused(None, text, cure)
    try:
        status = path.stat()
    except OSError:
        return  # a file that is not there yet; where its folder is not either, saving says so
    if not status.st_mode & _ANY_WRITE:
        text = f"{path.name} is read-only"
        raise Refused(None, text, "write another file (--out), or lift the protection of this one")
    try:
        with path.open("r+b"):
            pass
    except PermissionError as error:
        text = f"{path.name} is read-only or open in Excel"
        cure = "close it there, or write another file (--out)"
        raise Refused(None, text, cure) from error
    except OSError as error:
        text = f"{path.name} cannot be written ({error.strerror})"
        cure = "save under another name"
        raise Refused(None, text, cure) from error


def _owner_name(owner: Path) -> str:
    try:
        data = owner.read_bytes()
    except OSError:
        return ""
    wide = data[_OWNER_NAME_BYTES : _OWNER_NAME_BYTES + 2]
    if len(wide) == 2 and 0 < wide[0] <= 54:
        name = data[_OWNER_NAME_BYTES + 2 :][: 2 * wide[0]].decode("utf-16-le", "ignore")
    else:
        name = data[1:_OWNER_NAME_BYTES][: data[0] if data else 0].decode("ascii", "ignore")
    return "".join(character for character in name if character.isprintable()).strip()


def replace_file(
    path: Path,
    write: Callable[[BinaryIO], None],
    verify: Callable[[Path], None],
    *,
    expected: Stamp | None = None,
) -> None:
    """Write a file beside ``path``, check it, and put it in the place of ``path`` in one step.

    Parameters
    ----------
    write : writes the content to the stream.
    verify : raises if the finished file cannot be read back.
    expected : stamp the old file must still have; ``None`` if it may be any.

    Raises
    ------
    Refused
        The target is open elsewhere, was changed meanwhile, or cannot be written; the old file is as it was.
    """
    path = Path(os.path.realpath(path))  # through a link, the file it points to is replaced, not the link
    refuse_if_open(path)
    _sweep(path)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_TEMPORARY, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w+b") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        verify(temporary)
        _copy_mode(path, temporary)
        refuse_if_open(path)
        if expected is not None and stamp(path) != expected:
            text = f"{path.name} was changed by someone else since it was read; nothing was written"
            cure = "run again"
            raise Refused(None, text, cure)
        _move(temporary, path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        text = f"{path.name} could not be written ({error.strerror or error})"
        cure = "check disk space and rights, and try again; the old file is unchanged"
        raise Refused(None, text, cure) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _move(temporary: Path, path: Path) -> None:
    for attempt in range(_RETRIES):
        try:
            os.replace(temporary, path)  # noqa: PTH105  tests stop the process at this call
        except PermissionError as error:
            if attempt == _RETRIES - 1:
                text = f"{path.name} is open in another program"
                cure = "close it there and try again"
                raise Refused(None, text, cure) from error
            time.sleep(0.1 * 2**attempt)
        else:
            return


def _copy_mode(path: Path, temporary: Path) -> None:
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return
    temporary.chmod(stat.S_IMODE(old.st_mode))
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(temporary, old.st_uid, old.st_gid)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last through a power cut; Windows does that by itself."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # a network file system that cannot sync a folder has renamed already
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(path: Path) -> None:
    """Delete what a killed earlier save left behind."""
    for leftover in path.parent.glob(f".{_literal(path.name)}.*{_TEMPORARY}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                leftover.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def backup_path(path: Path, *, today: dt.date | None = None) -> Path:
    """Where a workbook's backup of the day lies, or would."""
    path = Path(os.path.realpath(path))
    return path.with_name(f"{path.stem}.backup-{(today or dt.date.today()).isoformat()}{path.suffix}")


def backup(path: Path | str, *, today: dt.date | None = None) -> Path:
    """Keep a copy of a workbook beside it, one a day: ``book.backup-2026-11-21.xlsx``.

    Only the first call of a day copies; later ones return the copy there is, so that it shows the book as it was before
    the day's first run.
    """
    path = Path(os.path.realpath(path))
    kept = backup_path(path, today=today)
    if kept.exists():
        return kept

    def copy(stream: BinaryIO) -> None:
        with path.open("rb") as source:
            shutil.copyfileobj(source, stream)

    def same_size(copied: Path) -> None:
        if copied.stat().st_size != path.stat().st_size:
            text = f"{path.name} changed while its backup was made; nothing was written"
            cure = "run again"
            raise Refused(None, text, cure)

    replace_file(kept, copy, same_size)
    return kept
