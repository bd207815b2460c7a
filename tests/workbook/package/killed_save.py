"""Save a workbook and be killed at one step; run as a program by test_save.py.

``python killed_save.py BOOK OUT`` forks one child per step: the n-th child saves BOOK and is killed with SIGKILL right
before or after its n-th call into the file system or the zip writer. What then lies in BOOK's place is kept as
OUT/n.xlsx and BOOK is put back, until a child lives to the end. The last line printed is the number of children killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlalm.workbook.package.package import Package

STEPS: list[tuple[Any, str]] = [
    (tempfile, "mkstemp"),
    (zipfile.ZipFile, "writestr"),
    (zipfile.ZipFile, "close"),
    (zipfile.ZipFile, "testzip"),
    (os, "fsync"),
    (Path, "chmod"),
    (os, "replace"),
    (Path, "unlink"),
]
ROWS = [["new", 1.0], ["new", 2.0], ["new", 3.0]]


def die_at(step: int) -> None:
    """Arm every step: the process dies at the ``step``-th crossing into or out of one of them."""
    crossings = 0

    def armed(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            nonlocal crossings
            crossings += 1
            if crossings == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **options)
            crossings += 1
            if crossings == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    for owner, name in STEPS:
        setattr(owner, name, armed(getattr(owner, name)))


def main(book: Path, out: Path) -> None:
    old = book.read_bytes()
    killed = 0
    while True:
        child = os.fork()
        if child == 0:
            package = Package.open(book)
            package.write_table("T", ROWS)
            die_at(killed + 1)
            package.save()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        shutil.copy(book, out / f"{killed + 1}.xlsx")
        book.write_bytes(old)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        killed += 1
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
