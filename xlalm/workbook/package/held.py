"""Who holds a workbook: a spreadsheet program that has it open, or another run of ours."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from xlalm.domain.errors import Refused

LOCK_ENDING = ".xlalm-lock"
_OWNER_NAME_BYTES = 55  # Excel's owner file: length, ANSI name padded to 54 bytes, then length and UTF-16 name
_ANY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
"""Without one of these a file is marked read-only (on Windows by its attribute), whatever this user may do."""
_PATIENCE_S = 20.0
_LOOK_AGAIN_S = 0.02


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


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every other run of xlalm from writing a file while the block lasts; it goes with the process.

    The lock is a file beside it. Where the file system knows no locks the block runs without one.

    Raises
    ------
    Refused
        Another run does not let go of it, or the folder may not be written.
    """
    lock = path.with_name(f".{path.name}{LOCK_ENDING}")
    try:
        descriptor = _locked(lock, path.name)
    except OSError as error:
        text = f"{path.name} could not be written ({error.strerror or error})"
        cure = "check disk space and rights, and try again; the old file is unchanged"
        raise Refused(None, text, cure) from error
    try:
        yield
    finally:
        if os.name != "nt":  # while it is held, so that nobody locks a file that has no name any more
            _forget(lock)
        os.close(descriptor)
        if os.name == "nt":
            _forget(lock)


def _locked(lock: Path, name: str) -> int:
    patience = time.monotonic() + _PATIENCE_S
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if _take(descriptor) and _is_still(lock, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() > patience:
            text = f"another run of xlalm is writing {name}"
            raise Refused(None, text, "wait for it to end and try again")
        time.sleep(_LOOK_AGAIN_S)


def _take(descriptor: int) -> bool:
    """Lock an open file; False where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a network file system without locks
        return True
    return True


def _is_still(lock: Path, descriptor: int) -> bool:
    """Whether a locked file has its name still: the run that had it before took the name away."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False


def _forget(lock: Path) -> None:
    with contextlib.suppress(OSError):
        lock.unlink()


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a Ctrl-C wait while files that belong together are put in place; after that it is too late, and lapses."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
