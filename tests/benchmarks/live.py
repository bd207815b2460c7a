"""How long a click stays without a word: a fresh interpreter, xlwings, the open workbook found, the status bar set.

The spreadsheet is a live LibreOffice behind ``tests.calc.lo_engine``; its cost (UNO instead of COM) is part of ours.
Both sides see only the packages of ``requirements.lock``: what developers have installed besides is hidden from them.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.benchmarks.measure import Ratio
from tests.calc.office import DEBIAN, Office

TEMPLATE = Path("workbooks/alco_template.xlsx")

LEAN = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hidden())
"""
BARE = "import xlwings, time; print(time.time())"
# What xlwings' RunPython runs; the two lines in between put LibreOffice in Excel's place.
CLICK = """
import xlwings.utils; xlwings.utils.prepare_sys_path("false;;;;;;")
from tests.calc import lo_engine; lo_engine.activate()
import xlwings; xlwings.books.active.set_mock_caller()
import xlalm.ribbon; xlalm.ribbon.click('about')
"""


def _hidden() -> set[str]:
    """Modules of packages that the lock of the installation does not name."""
    lock = Path("requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)} | {"xlalm"}
    owners = packages_distributions()
    return {module for module, names in owners.items() if not {n.lower().replace("_", "-") for n in names} & locked}


def measure(runs: int = 9) -> list[Ratio]:
    """Return a cold click up to its first status text over the bare import of xlwings."""
    lean = LEAN.format(hidden=_hidden())
    office = Office()
    with tempfile.TemporaryDirectory() as folder:
        try:
            book = Path(folder, "bank.xlsx")
            shutil.copy(TEMPLATE, book)
            environment = {**os.environ, **office.environment, "XDG_STATE_HOME": folder, "PYTHONPATH": f".:{DEBIAN}"}
            _run(lean + _opening(book), environment)
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(runs):
                seen = len(office.log.read_text(encoding="utf-8").splitlines())
                started = time.time()
                _run(lean + CLICK, environment)
                times[0].append(_first_status(office, seen) - started)
                started = time.time()
                times[1].append(float(_run(lean + BARE, environment)) - started)
        finally:
            office.close()
    ours, bare = map(statistics.median, times)
    name = "cold click to its first status text (over LibreOffice)"
    return [Ratio(name, ours, bare, "bare `import xlwings`", "≤ 1.5 ×")]


def _opening(book: Path) -> str:
    opened = f"xlwings.apps[xlwings.apps.keys()[0]].books.open({str(book)!r})"
    return f"import xlwings\nfrom tests.calc import lo_engine; lo_engine.activate()\n{opened}\n"


def _run(program: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-B", "-c", program]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _first_status(office: Office, seen: int) -> float:
    """Return when the first status text after ``seen`` entries of the log was set."""
    lines = office.log.read_text(encoding="utf-8").splitlines()[seen:]
    return next(entry["at"] for entry in map(json.loads, lines) if entry["what"] == "status_bar" and entry["value"])
