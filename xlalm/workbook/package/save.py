"""Replacing a workbook on disk so that a crash at any moment leaves either the old file or the new one, whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from xlalm.domain.errors import Refused
from xlalm.workbook.package.held import refuse_if_open

_RETRIES = 5  # antivirus and indexers on Windows hold a fresh file for a moment
_STALE_SECONDS = 3600.0
_TEMPORARY = ".xlalm-new"


class ChangedError(Refused):
    """A file is not what it was when it was read: somebody else saved it."""


def fingerprint(data: bytes) -> str:
    """Return what tells the content of a file from every other: its SHA-256."""
    return hashlib.sha256(data).hexdigest()


def refuse_if_changed(path: Path, expected: str) -> None:
    """Raise ``ChangedError`` where a file does not hold what ``expected`` is the fingerprint of."""
    try:
        same = fingerprint(path.read_bytes()) == expected
    except FileNotFoundError:
        same = False
    if not same:
        text = f"{path.name} was changed by someone else since it was read; nothing was written"
        raise ChangedError(None, text, "run again")


def replace_file(
    path: Path,
    write: Callable[[BinaryIO], None],
    verify: Callable[[Path], None],
    *,
    expected: str | None = None,
    like: Path | None = None,
) -> None:
    """Write a file beside ``path``, check it, and put it in the place of ``path`` in one step.

    Parameters
    ----------
    write : writes the content to the stream.
    verify : raises if the finished file cannot be read back.
    expected : fingerprint that the old file must still have; ``None`` if it may be any.
    like : file whose mode, owner and extended attributes a new file gets; the old file's own where there is one.

    Raises
    ------
    Refused
        The target is open elsewhere, was changed meanwhile, or cannot be written; the old file is as it was.
    """
    path = Path(os.path.realpath(path))  # through a link, the file it points to is replaced, not the link
    refuse_if_open(path)
    with _finished(path, write, verify, path if path.exists() else like) as temporary:
        refuse_if_open(path)
        if expected is not None:
            refuse_if_changed(path, expected)
        _move(temporary, path)


def create_file(
    path: Path, write: Callable[[BinaryIO], None], verify: Callable[[Path], None], *, like: Path | None = None
) -> bool:
    """Write a new file as ``replace_file`` does; False, and nothing is written, where there is one of that name."""
    with _finished(path, write, verify, like) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                return False
            _move(temporary, path)
    return True


@contextlib.contextmanager
def _finished(
    path: Path, write: Callable[[BinaryIO], None], verify: Callable[[Path], None], like: Path | None
) -> Iterator[Path]:
    """Yield a finished file beside the place where it belongs; what is left of it goes with the block."""
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
        _make_like(like, temporary)
        yield temporary
        sync_folder(path.parent)
    except OSError as error:
        text = f"{path.name} could not be written ({error.strerror or error})"
        cure = "check disk space and rights, and try again; the old file is unchanged"
        raise Refused(None, text, cure) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


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


def _make_like(old: Path | None, temporary: Path) -> None:
    """Give a finished file the rights of another, as far as this user may."""
    if old is None or not old.exists():
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return
    status = old.stat()
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(temporary, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):  # a file system without them
            for name in os.listxattr(old):
                with contextlib.suppress(OSError):
                    os.setxattr(temporary, name, os.getxattr(old, name))
    temporary.chmod(stat.S_IMODE(status.st_mode))  # last, since a change of owner takes bits away


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
    """Delete what killed earlier saves of this file left behind."""
    for leftover in path.parent.glob(f".{_literal(path.name)}.*{_TEMPORARY}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                leftover.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
