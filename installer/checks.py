"""The verb ``test``: every check a change must pass, in the environment the lock file describes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from installer.environment import clean_environ, ensure, say
from installer.layout import Layout
from installer.record import Record


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    code: int
    seconds: float


def steps(layout: Layout, extra: Sequence[str], environ: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """List the checks in order, cheap ones first; ``extra`` goes to pytest.

    Notes
    -----
    The long suite runs where the variable ``CI`` is set, or where ``extra`` asks for it with a ``-m`` of its own.
    """
    python = str(layout.python)
    suite = ["-m", "not night" if environ.get("CI") else "not long"]
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
        ("lint-imports", [str(layout.script("lint-imports"))]),
        ("pytest", [python, "-m", "pytest", "-n", "2", "--durations=25", *suite, *extra]),
    ]


def test(layout: Layout, extra: Sequence[str]) -> int:
    """Set up the development environment, run every check, and sum up; 0 if all passed."""
    ensure(layout, "dev")
    outcomes = []
    with Record(layout).watching_caches():
        for name, command in steps(layout, extra, os.environ):
            say(name)
            started = time.monotonic()
            code = subprocess.run(command, cwd=layout.root, env=clean_environ()).returncode
            outcomes.append(Outcome(name, code, time.monotonic() - started))
    return summarise(outcomes)


def summarise(outcomes: Sequence[Outcome]) -> int:
    """Print one line per check; return 0 if all passed, else 1."""
    say("summary")
    for outcome in outcomes:
        verdict = "passed" if outcome.code == 0 else f"FAILED (exit {outcome.code})"
        say(f"  {outcome.name:<13} {outcome.seconds:7.1f} s  {verdict}")
    return int(any(outcome.code for outcome in outcomes))
