"""The command line as a process: what it prints where."""

import json
import os
import subprocess
import sys

from xlalm.cli import _quiet_solver


def test_json_on_the_screen_is_nothing_but_json():
    """``--json -`` of a solve parses whole, with the contract's names."""
    command = [
        sys.executable,
        "-m",
        "xlalm",
        "solve",
        "workbooks/examples/rwa_allocation/printed_run.xlsx",
        "--json",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["status"] == "optimal"
    assert {"Allocation", "LimitReport", "objective", "certificate", "findings", "manifest"} <= set(document)


def test_what_the_solver_prints_does_not_reach_the_output(capfd):
    """A write to file descriptor 1 during a verb, as HiGHS makes them, is seen nowhere."""
    with _quiet_solver():
        os.write(1, b"noise")
    os.write(1, b"answer")
    out, error = capfd.readouterr()
    assert out == "answer"
    assert not error
