"""Full, closed and missing streams, and Ctrl-C: one line where there is a place for it, never a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_python_api import sample, write_book

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full and a POSIX shell")
FULL = "xlalm: standard output cannot be written (No space left on device)\n"
NONE = "xlalm: standard output cannot be written (there is none)\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("streams") / "bank.xlsx", sample())


def shell(command: str) -> tuple[int, str]:
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("check BOOK > /dev/full", 1, FULL),
        ("check BOOK --json - > /dev/full", 1, FULL),
        ("--version > /dev/full", 1, FULL),
        ("check BOOK >&-", 1, NONE),
        ("--version >&-", 1, NONE),
        ("check NONE 2>&-", 2, ""),
        ("check NONE 2> /dev/full", 2, ""),
        ("check BOOK > /dev/full 2> /dev/full", 1, ""),
        ("check BOOK >&- 2>&- <&-", 1, ""),
    ],
)
def test_streams_that_take_nothing(book: Path, command: str, code: int, said: str) -> None:
    command = command.replace("BOOK", str(book)).replace("NONE", str(book.with_name("none.xlsx")))
    assert shell(f"{sys.executable} -m xlalm {command}") == (code, said)


def test_a_reader_that_has_seen_enough(book: Path) -> None:
    assert shell(f"{sys.executable} -m xlalm solve --help | head -c 5") == (0, "usage")


@pytest.mark.parametrize("wait", [0.02, 0.08, 0.15, 0.3, 0.6])
def test_ctrl_c_at_start_up(book: Path, wait: float) -> None:
    """Before Python runs our first line its own traceback is out of our hands, so that is let pass."""
    command = [sys.executable, "-c", "print(flush=True); from xlalm.__main__ import main; main()", "explain", str(book)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            _, complaint = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGINT)
            _, complaint = process.communicate()
    assert process.returncode in {0, 130, -signal.SIGINT}
    assert process.returncode == 0 or complaint in {"", "xlalm: stopped; nothing was written\n"}
