"""The command line as a process: what it prints where."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reference.workbook_route import ROOT

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


# In front of the command line: compiled code that prints while a solver is made and while it runs, buffered and not.
_TALKING = """
import ctypes, os
import highspy
def talk(method):
    def talking(*given):
        ctypes.CDLL(None).printf(b"noise\\n")
        os.write(1, b"more noise\\n")
        return method(*given)
    return talking
for name in ("__init__", "run"):
    setattr(highspy.Highs, name, talk(getattr(highspy.Highs, name)))
from xlalm.__main__ import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="prints through the C library of Linux and macOS")
@pytest.mark.parametrize("book", ["rwa_allocation/printed_run.xlsx", "gsib_bank/gsib_bank.xlsx"])
def test_what_the_solver_prints_does_not_reach_the_json(tmp_path: Path, book: str):
    copy = shutil.copy(ROOT / "workbooks" / "examples" / book, tmp_path)
    command = [sys.executable, "-c", _TALKING, "solve", str(copy), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["status"] == "optimal"
    assert set(done.stderr.split("\n")) == {"noise", "more noise", ""}
