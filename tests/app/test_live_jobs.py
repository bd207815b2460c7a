"""Runs in an open workbook as files: what they hold, who may read them, whether they live; and the worker's process."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xlalm import ribbon
from xlalm.app.fault_log import state_folder
from xlalm.app.live.job import Job, known_jobs, manifest_place, new_job, read_job
from xlalm.app.run.book import open_book
from xlalm.domain.cells import Cell
from xlalm.domain.findings import error, warning
from xlalm.ledger.manifest import canonical_tables
from xlalm.workbook.live.address import Address

ADDRESS = Address("no such program", 7, "/srv/alm/bank.xlsx")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "xlalm"


def job() -> Job:
    inputs = canonical_tables(open_book("workbooks/alco_template.xlsx").tables)
    findings = (error(Cell("Limits", 3, 4), "wrong", "right"), warning(None, "odd", "even"))
    return new_job("solve", ADDRESS, "mine", inputs, findings)


def test_another_process_reads_what_the_click_wrote():
    written = job()
    assert read_job(written.folder) == written
    book = read_job(written.folder).opened()
    filed = open_book("workbooks/alco_template.xlsx").tables
    assert canonical_tables(book.tables) == canonical_tables(filed)
    assert (book.name, book.path, len(book.findings)) == ("bank.xlsx", None, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps each user's folder private by itself")
def test_nobody_else_may_read_a_job():
    folder = job().folder
    for place in (folder, folder.parent, state_folder()):
        assert place.stat().st_mode & 0o077 == 0, place


def test_a_job_lives_as_long_as_a_process_holds_it():
    running = job()
    assert running.is_running  # about to start
    with running.held():
        assert running.is_running
    assert not running.is_running
    running.remove()
    assert not running.is_running
    late = job()
    os.utime(late.folder / "job.json", (time.time() - 60, time.time() - 60))
    assert not late.is_running  # its process never came


def test_a_killed_process_no_longer_holds_its_job():
    running = job()
    program = (
        "import sys, time; from pathlib import Path; from xlalm.app.live.job import read_job\n"
        "with read_job(Path(sys.argv[1])).held(): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(running.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert running.is_running
        process.kill()
    assert not running.is_running


def test_a_job_with_a_journal_stays_until_it_is_repaired(state):
    left = job()
    left.journal.write_text("{}")
    left.remove()
    assert known_jobs() == [left]
    (state / "jobs" / "rubbish").mkdir()
    left.journal.unlink()
    left.remove()
    assert known_jobs() == []
    assert not list((state / "jobs").iterdir())


def test_the_manifest_lies_beside_the_file_where_it_may(state, tmp_path):
    assert manifest_place(Address("excel", 1, str(tmp_path / "b.xlsx"))) == tmp_path / "b.manifest.json"
    places = {manifest_place(Address("excel", 1, name)) for name in ("Book1", "https://a.example/Book1", "/none/Book1")}
    assert len(places) == 3
    assert {place.parent for place in places} == {state / "manifests"}


def test_the_worker_is_a_process_of_its_own_that_logs_what_it_cannot_show(state, monkeypatch):
    """Started as the ribbon starts it; the program that held the workbook is gone, so only the log can say so."""
    monkeypatch.setenv("PYTHONPATH", str(Path(ribbon.__file__).parents[1]))  # for a checkout that is not installed
    left = job()
    with ribbon.start_worker(left.folder) as process:
        assert process.wait(60) == 0
    assert not left.folder.exists()
    assert "the program that held bank.xlsx has ended; open the workbook" in (state / "xlalm.log").read_text()


def test_importing_the_ribbon_loads_nothing_heavy():
    """The first word in the status bar must not wait for what only solving needs."""
    program = "import sys, xlalm.ribbon; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "lxml", "xlwings", "pandas", "highspy", "python_calamine", "scipy"}
