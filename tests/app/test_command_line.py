"""The command line as a process: what it prints where."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.reference.workbook_route import ROOT
from xlalm.cli import _quiet_solver

PRINTED_RUN = ROOT / "workbooks" / "examples" / "rwa_allocation" / "printed_run.xlsx"


def test_json_on_the_screen_is_nothing_but_json(tmp_path: Path) -> None:
    """``--json -`` of a solve parses whole, with the contract's names, and alone it writes nothing."""
    book = Path(shutil.copy(PRINTED_RUN, tmp_path))
    command = [sys.executable, "-m", "xlalm", "solve", str(book), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["status"] == "optimal"
    assert {"Allocation", "LimitReport", "objective", "certificate", "findings", "manifest"} <= set(document)
    assert [path.name for path in tmp_path.iterdir()] == [book.name]
    assert book.read_bytes() == PRINTED_RUN.read_bytes()


def test_what_the_solver_prints_does_not_reach_the_output(capfd):
    """A write to file descriptor 1 during a verb, as HiGHS makes them, is seen nowhere."""
    with _quiet_solver():
        os.write(1, b"noise")
    os.write(1, b"answer")
    out, error = capfd.readouterr()
    assert out == "answer"
    assert not error
