"""Where HiGHS is made and run, so that what its compiled code prints never reaches standard output.

A solver prints without being asked, past Python and past its own settings: version 1.16 greets on standard output
while the first one is made. Standard output belongs to the host, which may speak JSON on it.
"""

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Iterator

import highspy

_STDOUT, _STDERR = 1, 2
_C = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)

Option = bool | int | float | str


def new_solver(options: dict[str, Option]) -> highspy.Highs:
    """Return a silent solver with these options."""
    _greeted()
    with _LENT.to_stderr():
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in ({"output_flag": False} | options).items():
            solver.setOptionValue(name, value)
    return solver


@functools.cache
def _greeted() -> None:
    """Drop what the first solver of a process prints: the greeting."""
    with _LENT.dropped():
        highspy.Highs()  # type: ignore[no-untyped-call]


def run_solver(solver: highspy.Highs) -> None:
    """Run a solver; what it prints goes to standard error.

    Notes
    -----
    What other threads print meanwhile goes there too. A host whose other threads answer on standard output while a verb
    runs speaks through a duplicate of the descriptor.
    """
    with _LENT.to_stderr():
        solver.run()


class _Lent:
    """The descriptor of standard output, which leads elsewhere while native code runs in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._borrowers = 0
        self._kept: int | None = None

    @contextlib.contextmanager
    def dropped(self) -> Iterator[None]:
        """Drop what is printed; other threads that come for the descriptor wait."""
        with self._lock:
            kept = _led_away(to_stderr=False)
            try:
                yield
            finally:
                _put_back(kept)

    @contextlib.contextmanager
    def to_stderr(self) -> Iterator[None]:
        """Lead to standard error until the last thread that asked has finished."""
        with self._lock:
            if self._borrowers == 0:
                self._kept = _led_away(to_stderr=True)
            self._borrowers += 1
        try:
            yield
        finally:
            with self._lock:
                self._borrowers -= 1
                if self._borrowers == 0:
                    _put_back(self._kept)


_LENT = _Lent()


def _led_away(*, to_stderr: bool) -> int | None:
    """Lead standard output away; return a duplicate to put back, None where there is no standard output."""
    try:
        kept = os.dup(_STDOUT)
    except OSError:  # a process without a console
        return None
    _C.fflush(None)
    if to_stderr and kept != _STDERR:  # which it is where there is no standard error
        with contextlib.suppress(OSError):
            os.dup2(_STDERR, _STDOUT)
            return kept
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)
    return kept


def _put_back(kept: int | None) -> None:
    """Lead standard output back; what C still holds in its buffer first goes where it was led to."""
    if kept is None:
        return
    _C.fflush(None)
    os.dup2(kept, _STDOUT)
    os.close(kept)
