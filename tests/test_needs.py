"""What a test needs of the machine: skipped by the package's name where it is absent, a failure in CI, which has it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs
from tests.needs import PIECES, absent

ROOT = Path(__file__).resolve().parents[1]
FORMULAS = "tests/calc/test_formulas_in_calc.py::test_the_allocation_is_that_of_a_solve"
EDITED = "tests/calc/test_edited_book.py"

LACKING = {EDITED: "python3-uno", FORMULAS: "libreoffice-script-provider-python"}

# pytest on a machine without those
_WITHOUT = """
import sys
import pytest
from tests import needs
lacking, *tests = sys.argv[1:]
needs.PIECES = needs.PIECES | {name: lambda: False for name in lacking.split()}
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *tests]))
"""


def test_in_ci_a_test_fails_by_the_name_of_the_package() -> None:
    command = [sys.executable, "-c", _WITHOUT, " ".join(LACKING.values()), *LACKING]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"CI": "true"}, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    assert all(words in done.stdout for words in ("2 errors", "not installed", *LACKING.values())), done.stdout


def test_elsewhere_it_is_skipped_by_the_name_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(needs, "PIECES", {"git": lambda: False, "python3-uno": lambda: True})
    with pytest.raises(pytest.skip.Exception, match=r"^not installed: git$"):
        needs.require(["python3-uno", "git"])
    needs.require(["python3-uno"])


def test_every_piece_is_looked_for_where_programs_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On an empty path no program is found; UNO is a module, found elsewhere."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert absent(PIECES.keys() - {"python3-uno"}) == list(PIECES.keys() - {"python3-uno"})


def test_ci_installs_every_piece() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    wanted = re.search(r"^wanted=\((.*?)\)", script, flags=re.MULTILINE | re.DOTALL)
    assert wanted is not None
    assert PIECES.keys() <= set(wanted[1].split())
