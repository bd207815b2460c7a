"""The day's backup of a workbook: made once, checked, and never taken for what it is not."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import stat
from pathlib import Path
from typing import BinaryIO

import attrs

from xlalm.domain.errors import Refused
from xlalm.workbook.package.container import Container, file_bytes
from xlalm.workbook.package.save import create_file


@attrs.frozen
class Backup:
    """Where the day's backup lies, and whether this run made it."""

    path: Path
    is_new: bool

    def take_back(self) -> None:
        """Delete it where this run made it: the book is as it was, so that it would only puzzle."""
        if self.is_new:
            with contextlib.suppress(OSError):
                self.path.unlink()


def backup(path: Path | str, data: bytes | None = None, *, today: dt.date | None = None) -> Backup:
    """Keep a copy of a workbook beside it, one a day: ``book.backup-2026-11-21.xlsx``.

    Only the first call of a day copies; later ones return the copy there is, so that it shows the book as it was before
    the day's first run. What lies there under that name and is no workbook (a folder, a link, an empty or broken file)
    is no backup; the copy gets a number then.

    Parameters
    ----------
    data : what the book holds; read from it where it is not given.

    Raises
    ------
    Refused
        There is no copy: no room, no right, or it does not read back.
    """
    path = Path(os.path.realpath(path))
    name = f"{path.stem}.backup-{(today or dt.date.today()).isoformat()}"
    for number in itertools.count(1):
        kept = path.with_name(f"{name}{f'-{number}' if number > 1 else ''}{path.suffix}")
        if not os.path.lexists(kept):
            return Backup(kept, is_new=_copied(path, path.read_bytes() if data is None else data, kept))
        if _is_workbook(kept):
            return Backup(kept, is_new=False)
    raise AssertionError


def _copied(path: Path, data: bytes, kept: Path) -> bool:
    """Write the copy; False where another run has written one at this moment."""

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    def reads_back(copied: Path) -> None:
        if copied.read_bytes() != data:
            text = f"the backup of {path.name} does not read back; nothing was written"
            raise Refused(None, text, "check the disk and try again")

    return create_file(kept, write, reads_back, like=path)


def _is_workbook(place: Path) -> bool:
    """Whether a regular file lies there that opens as a workbook."""
    try:
        if not stat.S_ISREG(place.lstat().st_mode):
            return False
        Container(file_bytes(place), place.name)
    except (OSError, Refused):
        return False
    return True
