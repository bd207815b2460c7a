"""Runs in an open workbook: each has a folder of its own, through which the processes that share it speak.

The click writes what the run needs; the process that works holds a lock while it lives, so that a killed one is known
for dead; a file ``stop`` asks it to end; a file ``journal.json`` is there while it writes into the workbook.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import attrs

from xlalm.app.fault_log import state_folder
from xlalm.app.run.book import Book
from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding
from xlalm.workbook.live.address import Address

_STARTING_S = 30.0
"""Seconds that a process may take from its start to its lock."""


def _jobs_folder() -> Path:
    folder = state_folder() / "jobs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@attrs.frozen
class Job:
    """A run of one verb in one open workbook.

    ``status`` is what the status bar showed of somebody else before; ``inputs`` are the canonical input tables as read
    by the click, None for a verb that takes no book.
    """

    folder: Path
    verb: str
    address: Address
    status: str | None
    inputs: Mapping[str, Any] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def journal(self) -> Path:
        """File that is there while the workbook is written."""
        return self.folder / "journal.json"

    @property
    def must_stop(self) -> bool:
        """Whether the user has pressed Stop."""
        return (self.folder / "stop").exists()

    def stop(self) -> None:
        """Ask the run to end."""
        (self.folder / "stop").touch()

    def opened(self) -> Book:
        """Return the input tables as verbs take them."""
        from xlalm.ledger.manifest import tables_from

        return Book(self.address.name, None, tables_from(self.inputs or {}), self.findings)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the job's lock as long as the block, or this process, lasts."""
        with (self.folder / "lock").open("w") as stream:
            _lock(stream)
            yield

    @property
    def is_running(self) -> bool:
        """Whether a process works on the job, or is about to."""
        try:
            with (self.folder / "lock").open("r+") as stream:
                _lock(stream)
        except FileNotFoundError:
            with contextlib.suppress(OSError):
                return time.time() - (self.folder / "job.json").stat().st_mtime < _STARTING_S
            return False
        except OSError:
            return True
        return False

    def remove(self) -> None:
        """Forget the job, unless the next click has to undo what it left."""
        if not self.journal.exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def new_job(
    verb: str, address: Address, status: str | None, inputs: Mapping[str, Any] | None, findings: tuple[Finding, ...]
) -> Job:
    """Write down a run, readable for this user only."""
    folder = Path(tempfile.mkdtemp(prefix=f"{verb}-", dir=_jobs_folder()))
    document = {
        "verb": verb,
        "address": attrs.asdict(address),
        "status": status,
        "inputs": inputs,
        "findings": [attrs.asdict(finding) for finding in findings],
    }
    (folder / "job.json").write_text(json.dumps(document), encoding="utf-8")
    return Job(folder, verb, address, status, inputs, findings)


def read_job(folder: Path) -> Job:
    """Return the run that a folder holds; raises OSError, ValueError, KeyError or TypeError where it holds none."""
    document = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    findings = tuple(
        Finding(entry["severity"], Cell(**entry["cell"]) if entry["cell"] else None, entry["text"], entry["cure"])
        for entry in document["findings"]
    )
    address = Address(**document["address"])
    return Job(folder, document["verb"], address, document["status"], document["inputs"], findings)


def known_jobs() -> list[Job]:
    """Return every job that was not removed; folders that hold none go."""
    found = []
    for folder in sorted(_jobs_folder().iterdir()):
        try:
            found.append(read_job(folder))
        except (OSError, ValueError, KeyError, TypeError):
            shutil.rmtree(folder, ignore_errors=True)
    return found


def manifest_place(address: Address, verb: str = "") -> Path:
    """Return where the manifest of an open workbook lies: beside its file, or among the user's own files.

    Parameters
    ----------
    verb : of an analysis, whose manifest stands beside that of the last solve.

    A workbook that was never saved, lives at a web address or in a folder that may not be written has no place beside.
    """
    from xlalm.ledger.places import manifest_beside

    if address.path is not None and os.access(address.path.parent, os.W_OK):
        return manifest_beside(address.path, verb)
    folder = state_folder() / "manifests"
    folder.mkdir(mode=0o700, exist_ok=True)
    mark = hashlib.sha256(address.fullname.encode(errors="surrogatepass")).hexdigest()[:8]
    return manifest_beside(folder / f"{Path(address.name).stem}-{mark}.xlsx", verb)


def _lock(stream: TextIO) -> None:
    """Take a file's lock, which goes with the process; raises OSError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
