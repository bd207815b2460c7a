"""What HiGHS's compiled code prints never reaches standard output, which belongs to the host."""

import ctypes
import os
import subprocess
import sys
import threading

import pytest

from xlalm.solver.highs import native

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="prints through the C library of Linux and macOS")


def printed(text: str) -> None:
    """Print as compiled code does: through C's buffer, and past it."""
    ctypes.CDLL(None).printf(b"%s\n", text.encode())
    os.write(1, f"{text}, unbuffered\n".encode())


def test_the_greeting_of_the_first_solver_is_dropped(capfd: pytest.CaptureFixture[str], monkeypatch):
    greetings = ["Running HiGHS"]

    class Greeting(native.highspy.Highs):
        def __init__(self) -> None:
            while greetings:
                printed(greetings.pop())
            super().__init__()

    monkeypatch.setattr(native.highspy, "Highs", Greeting)
    native._greeted.cache_clear()
    solver = native.new_solver({"threads": 1})
    os.write(1, b"answer")
    assert solver.getOptionValue("output_flag")[1] is False
    assert capfd.readouterr() == ("answer", "")


class Talking:
    """A solver that prints where HiGHS searches."""

    def __init__(self, meanwhile=lambda: None) -> None:
        self._meanwhile = meanwhile

    def run(self) -> None:
        printed("presolving")
        self._meanwhile()


def test_what_a_run_prints_goes_to_standard_error(capfd: pytest.CaptureFixture[str]):
    native.run_solver(Talking())
    os.write(1, b"answer")
    out, error = capfd.readouterr()
    assert out == "answer"
    assert sorted(error.splitlines()) == ["presolving", "presolving, unbuffered"]


def test_standard_output_comes_back_when_a_run_fails(capfd: pytest.CaptureFixture[str]):
    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        native.run_solver(Talking(fail))
    os.write(1, b"answer")
    assert capfd.readouterr().out == "answer"


def test_runs_and_new_solvers_in_other_threads_share_the_descriptor(capfd: pytest.CaptureFixture[str]):
    """The first to finish does not take the silence from the others."""
    rounds, together = 50, threading.Barrier(4)

    def work() -> None:
        together.wait()
        for _ in range(rounds):
            native.run_solver(Talking(lambda: native.new_solver({})))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"answer")
    out, error = capfd.readouterr()
    assert out == "answer"
    assert error.count("presolving, unbuffered") == 4 * rounds


@pytest.mark.parametrize("closed", [(), (1,), (2,), (1, 2)], ids=str)
def test_a_process_without_streams_solves(closed: tuple[int, ...]):
    """As under Excel, where no console is attached; without standard error the noise is dropped."""
    code = f"""
import os
from xlalm.solver.highs import native
class Talking:
    def run(self):
        if 1 not in {closed}:
            os.write(1, b"noise")
for stream in {closed}:
    os.close(stream)
native.run_solver(native.new_solver({{}}))
native.run_solver(Talking())
os._exit(7)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "" if closed else "noise")
