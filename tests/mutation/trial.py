"""One fault in a copy of the tree: do the tests notice?"""

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.packages import tests_of

ROOT = Path(__file__).parents[2]
COPIED = ("xlalm", "tests", "udfs", "workbooks", "installer", "pyproject.toml", "README.md", "CHANGELOG.md")
PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "-p", "tests.mutation.no_shrinking", "--no-header", "--tb=line")
EVERYDAY = ("-m", "not long and not calc", "-W", "ignore::pytest.PytestAssertRewriteWarning")
PASSED, NOTHING = 0, 5
TIMEOUT = 900.0
"""Seconds after which a fault counts as noticed: it made something endless."""

os.environ["OMP_NUM_THREADS"] = "1"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["pytest", "hypothesis", "attrs", "numpy", "pandas", "highspy", "scipy.optimize", "python_calamine"]
)
"""Libraries are loaded once and not for every fault; they hold no code that is broken."""


@dataclass(frozen=True)
class Verdict:
    """What came of a fault: ``by`` is the first test that failed, or why it counts as noticed."""

    mutant: Mutant
    survived: bool
    by: str
    seconds: float


@contextlib.contextmanager
def copied_tree() -> Iterator[Path]:
    """Yield a copy of the code and the tests that may be broken."""
    with tempfile.TemporaryDirectory(prefix="xlalm-mutation-") as folder:
        for name in COPIED:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            elif source.exists():
                shutil.copy2(source, target)
        yield Path(folder)


def try_mutant(tree: Path, mutant: Mutant) -> Verdict:
    """Put a fault into the tree, run the tests that should notice, and take it out again."""
    target = tree / mutant.path
    source = target.read_bytes()
    started = time.monotonic()
    try:
        target.write_bytes(mutant.applied(source))
        _forget_bytecode(target)
        code, output = run_tests(tree, tests_of(mutant.path))
    finally:
        target.write_bytes(source)
        _forget_bytecode(target)
    seconds = time.monotonic() - started
    if code == PASSED:
        return Verdict(mutant, True, "", seconds)
    if code is None:
        return Verdict(mutant, False, "out of time", seconds)
    if code == NOTHING:
        message = f"no tests for {mutant.path}"
        raise ValueError(message)
    failed = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return Verdict(mutant, False, failed[0].split(" - ")[0] if failed else f"pytest ended with {code}", seconds)


def run_tests(tree: Path, tests: Sequence[str], timeout: float = TIMEOUT) -> tuple[int | None, str]:
    """Return pytest's exit code, None when out of time, and its output."""
    present = [test for test in tests if (tree / test).exists()]
    with tempfile.NamedTemporaryFile() as output:
        process = _FORKS.Process(target=_pytest, args=(tree, (*PYTEST, *EVERYDAY, *present), output.name))
        process.start()
        process.join(timeout)
        code = process.exitcode
        assert process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return code, output.read().decode(errors="replace")


def _pytest(tree: Path, arguments: Sequence[str], output: str) -> None:
    """Run pytest on a tree, in a process of its own that has the libraries loaded and nothing of this project."""
    os.setsid()
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path.insert(0, str(tree))
    for name in [name for name in sys.modules if name.split(".")[0] in {"tests", "xlalm"}]:
        del sys.modules[name]
    with Path(output).open("wb") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    import pytest

    code = int(pytest.main([*arguments]))
    sys.stdout.flush()
    os._exit(code)


def _forget_bytecode(module: Path) -> None:
    """A fault of the same size within the same second would pass for the compiled module."""
    for compiled in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)
