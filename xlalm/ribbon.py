"""The ribbon's buttons: what the add-in calls in a fresh interpreter, and the process that long verbs run in.

A click says something in the status bar before anything heavy is loaded, reads the tables in one go, and for a long
verb hands them to a process of its own, so that Excel is free again; that process writes when it is done.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlalm.domain.errors import Refused
from xlalm.workbook.live.address import LiveBook, address_of, calling_book, connect
from xlalm.workbook.live.status import own_status, restore_status, show_status

if TYPE_CHECKING:
    from xlalm.app.live.job import Job
    from xlalm.app.verb import Verb
    from xlalm.domain.result import Result

STOP = "stop"
"""Name of the button that ends what runs."""

_LAST_WORD_S = 6.0
_SILENCE_S = 0.1

Start = Callable[[Path], object]
"""Starts the process that works on a job's folder."""


def click(name: str, start: Start | None = None) -> None:
    """Do what the button of a verb says, in the workbook in front; faults end in one clear message.

    Parameters
    ----------
    name : a verb of the registry, or ``stop``.
    start : how to start the process of a long verb; by default this interpreter, detached.
    """
    try:
        book = calling_book()
        status = own_status(book.app)
        show_status(book.app, f"{name} …")
    except Exception as fault:  # no workbook, and so no place to say it but the add-in's own message
        raise SystemExit(_words(fault)) from None
    handed_over = False
    try:
        running, status = _survey(book, status)
        handed_over = _click(name, book, running, status, start or start_worker)
    except Exception as fault:
        restore_status(book.app, status)
        _tell(book.app, name, [_words(fault)], critical=True)
    else:
        if not handed_over:
            restore_status(book.app, status)


def _survey(book: LiveBook, status: str | None) -> tuple[list[Job], str | None]:
    """Clear up after processes that died, and return what runs in this workbook.

    The status text is somebody else's: the one given, or the one that a dead process had taken the place of.
    """
    from xlalm.app.live.job import known_jobs

    here, running = address_of(book), []
    for job in known_jobs():
        if job.is_running:
            running += [job] if job.address == here else []
        else:
            _clear(job)
            status = status or (job.status if job.address.pid == here.pid else None)
    return running, status


def _click(name: str, book: LiveBook, running: list[Job], status: str | None, start: Start) -> bool:
    """Return whether another process has taken over, status bar included."""
    from xlalm.app.live.job import new_job
    from xlalm.app.live.perform import takes_book
    from xlalm.app.registry import VERBS

    if name == STOP:
        return _stop(running, book, status)
    verb = VERBS[name]
    if running and takes_book(verb):
        text = f"{running[0].verb} is still running in {book.name}. Wait for it, or press Stop."
        _tell(book.app, name, [text])
        return True  # the status bar is the running job's
    inputs, findings = None, ()
    if takes_book(verb):
        inputs, findings = _read(book)
    job = new_job(name, address_of(book), status, inputs, findings)
    if verb.button is not None and verb.button.long:
        try:
            start(job.folder)
        except OSError:
            job.remove()
            raise
        return True
    try:
        with job.held():
            result = _performed(verb, job, book)
    finally:
        job.remove()
    restore_status(book.app, status)
    _report(verb, result, book.app)
    return False


def _read(book: LiveBook) -> tuple[Any, Any]:
    from xlalm.ledger.manifest import canonical_tables
    from xlalm.workbook.live.reading import read_live

    tables, findings = read_live(book)
    return canonical_tables(tables), tuple(findings)


def _stop(running: list[Job], book: LiveBook, status: str | None) -> bool:
    for job in running:
        job.stop()
    if running:
        show_status(book.app, f"stopping {running[0].verb} …")
        return True
    restore_status(book.app, status)
    _tell(book.app, STOP, [f"Nothing is running in {book.name}."])
    return False


def _clear(job: Job) -> None:
    """Clear up after a job whose process has died: what it left half written is undone, settings are given back."""
    from xlalm.workbook.live.undo import repair

    try:
        book = connect(job.address)
    except Refused:  # the workbook is closed: there is nothing left to repair
        job.journal.unlink(missing_ok=True)
    else:
        if job.journal.exists():
            try:
                repair(book, job.journal)
            except Exception:  # the user has changed what was to be undone; it must not stand in every click's way
                from xlalm.app.fault_log import log_fault

                log_fault()
                job.journal.unlink(missing_ok=True)
        restore_status(book.app, job.status)
    job.remove()


# --- the process of a long verb -----------------------------------------------------------------------------


def start_worker(folder: Path) -> subprocess.Popen[bytes]:
    """Start a process of its own for a job; it has no window and outlives this one."""
    command = [sys.executable, "-P", "-m", "xlalm.ribbon", str(folder)]
    quiet = subprocess.DEVNULL
    flags, apart = 0, True
    if sys.platform == "win32":
        flags, apart = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP, False
    return subprocess.Popen(  # noqa: S603  (its own interpreter and its own folder)
        command, stdin=quiet, stdout=quiet, stderr=quiet, creationflags=flags, start_new_session=apart
    )


def work(folder: Path) -> None:
    """Do a job in the process that was started for it, and report in the workbook's status bar."""
    from xlalm.app.live.job import read_job

    job = read_job(folder)
    try:
        with job.held():
            _work(job)
    except Exception:  # no workbook is left to say it in
        from xlalm.app.fault_log import log_fault

        log_fault()
    finally:
        job.remove()


def _work(job: Job) -> None:
    from xlalm.app.registry import VERBS
    from xlalm.domain.errors import StoppedError
    from xlalm.reporting.said import unsaid

    verb = VERBS[job.verb]
    book = connect(job.address)
    try:
        result = _performed(verb, job, book)
    except StoppedError:
        _finish(job, book, f"{job.verb} stopped; nothing was written.")
    except Exception as fault:
        text = _words(fault)
        _finish(job, book)
        _tell(book.app, job.verb, [text], critical=True)
    else:
        done = bool(result.written) and result.exit_code == 0
        _finish(job, book, f"{job.verb}: {result.messages[0]}" if done and result.messages else "")
        if not done:
            _report(verb, result, book.app)
        elif len(unsaid(result)) > 1:
            _tell(book.app, job.verb, unsaid(result))


def _performed(verb: Verb, job: Job, book: LiveBook) -> Result:
    from xlalm.app.live.perform import perform

    last, shown_at = "", 0.0

    def progress(done: int, total: int, text: str) -> None:
        nonlocal last, shown_at
        if text == last and time.monotonic() - shown_at < _SILENCE_S:
            return
        with contextlib.suppress(Exception):  # Excel may be busy; the work does not wait for the status bar
            show_status(book.app, f"{verb.name}: {text} ({100 * done // total}%)")
        last, shown_at = text, time.monotonic()

    return perform(verb, job, book, progress)


def _finish(job: Job, book: LiveBook, last_word: str = "") -> None:
    """Forget the job, then give the status bar back, after a last word that can be read."""
    job.remove()
    if last_word:
        show_status(book.app, last_word)
        shown = book.app.status_bar
        time.sleep(_LAST_WORD_S)
        if book.app.status_bar != shown:  # another run has it now
            return
    restore_status(book.app, job.status)


# --- messages -----------------------------------------------------------------------------------------------


def _report(verb: Verb, result: Result, app: Any) -> None:
    from xlalm.reporting.said import box_lines

    _tell(app, verb.name, box_lines(result, verb.all_clear), critical=result.exit_code in (2, 3))


def _tell(app: Any, name: str, lines: list[str], *, critical: bool = False) -> None:
    """Show lines in a message box."""
    from xlalm.domain.text import one_line

    text = "\n".join(one_line(line) for line in lines)
    app.alert(text, title=f"xlalm {name}", mode="critical" if critical else "info")


def _words(fault: Exception) -> str:
    """Return a fault in one line; one of xlalm's own leaves its traceback in the log file."""
    if isinstance(fault, Refused):
        return str(fault)
    from xlalm.app.fault_log import log_fault

    return f"a fault of xlalm's own ({type(fault).__name__}); please report {log_fault()}"


if __name__ == "__main__":
    work(Path(sys.argv[1]))
