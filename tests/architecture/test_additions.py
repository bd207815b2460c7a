"""What the page for the next engineer promises: a new verb, measure, table … is in at most three places.

Each test copies the package, adds one thing in the places that ``docs/architecture.md`` names, and sees it work from
outside. The checkout, where it is not, is the proof that taking it away leaves nothing behind.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BANK = {
    "Positions": {
        "position": ["Loans", "Bills", "Deposits"],
        "side": ["asset", "asset", "liability"],
        "balance": [60.0, 40.0, 100.0],
        "max": [80.0, 100.0, 100.0],
        "rate": [0.05, 0.02, 0.01],
    },
    "Goals": {"goal": ["earned"], "formula": ["net(rate)"], "direction": ["max"]},
}


class House:
    """A copy of the package with more in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("xlalm", "udfs"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.changed: set[str] = set()

    def add(self, name: str, text: str, before: str = "") -> None:
        """Write a new file, or add a text to one that is there: at its end, or before a line."""
        path = self.folder / name
        self.changed.add(name)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        assert before in old
        new = old.replace(before, text + before, 1) if before else old + text
        path.write_text(new, encoding="utf-8")

    def says(self, program: str) -> object:
        """Return what a program prints last, as JSON; it has the bank as BANK."""
        return told(self.folder, program)


def told(folder: Path, program: str) -> object:
    code = f"import json, xlalm\nBANK = {BANK!r}\n{program}"
    environ = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, text=True)
    if result.returncode:
        return result.stderr.strip().splitlines()[-1]
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_verb(house):
    house.add(
        "xlalm/app/verbs/count.py",
        '''"""The verb count."""

from xlalm.app.run.book import Source, open_book
from xlalm.domain.result import Result
from xlalm.domain.watch import Progress, Stop, never_stop, no_progress


def count(book: Source, *, progress: Progress = no_progress, stop: Stop = never_stop) -> Result:
    """Count the positions of a book."""
    return Result("checked", {}, messages=(f"{len(open_book(book).tables['Positions'])} positions.",))
''',
    )
    house.add(
        "xlalm/app/registry.py",
        '        Verb("count", "count", "Help", "Count the positions.", "Positions", "nothing", (_BOOK,)),\n',
        before='        Verb(\n            "check",\n',
    )
    house.add(
        "xlalm/__init__.pyi", "def count(book: Source, *, progress: Progress = ..., stop: Stop = ...) -> Frames: ...\n"
    )
    program = "print(json.dumps(list(xlalm.count(BANK).explanation)))"
    assert house.says(program) == ["3 positions."]
    assert len(house.changed) == 3
    assert "count" in str(told(ROOT, program))  # the last line of a traceback: there is no such verb


def test_a_measure(house):
    house.add("xlalm/regulation/metrics.csv", "twice_assets,2 * total_assets,amount,other,Twice the assets,test\n")
    program = """
report = xlalm.check(BANK)["MetricReport"].set_index("metric")
print(json.dumps(report["opening"].get("twice_assets")))"""
    assert house.says(program) == 200.0
    assert len(house.changed) == 1
    assert told(ROOT, program) is None


def test_an_input_table(house):
    columns = "column,type,unit,default,minimum,maximum,required,group,mixed_sides,description,source\n"
    house.add("xlalm/schema/notes.csv", f"{columns}note,text,,,,,yes,basic,,A note,test\n")
    header = (ROOT / "xlalm" / "schema" / "tables.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"table": "Notes", "file": "notes", "direction": "input"}
    house.add("xlalm/schema/tables.csv", ",".join(row.get(key, "") for key in header) + "\n")
    house.add(
        "xlalm/tables/notes.py",
        '''"""``Notes``."""

from xlalm.domain.findings import Finding, error
from xlalm.domain.table import TypedTable
from xlalm.tables.known import Known


def read_notes(table: TypedTable, known: Known) -> tuple[tuple[str, ...], list[Finding]]:
    """Return the notes; one that names no position is an error."""
    names = known.sheet.names
    bad = [i for i, note in enumerate(table.texts["note"]) if not any(name in note for name in names)]
    return tuple(table.texts["note"]), [error(table.raw.cell(i, "note"), "names no position", "name one") for i in bad]
''',
    )
    house.add("xlalm/tables/registry.py", '    "Notes": "always",\n', before='    "Covariances": "always",\n')
    house.add("xlalm/tables/registry.py", "    notes: tuple[str, ...] = ()\n", before="    metrics: ")
    program = """
found = xlalm.check(BANK | {"Notes": {"note": ["Loans grow", "nobody"]}}).findings
print(json.dumps([line for line in found if "Notes" in line]))"""
    assert house.says(program) == ["Notes!A3: names no position; name one."]
    rooms = {name.rpartition("/")[0] if "schema" in name else name for name in house.changed}
    assert len(rooms) == 3
    assert "nothing reads the table" in json.dumps(told(ROOT, program))


def test_a_formula(house):
    house.add(
        "xlalm/app/formulas/bonds.py",
        '''

@formula("Bonds")
def ALM_DISCOUNT(yld: Yield) -> float:
    """Worth today of 1 in a year.

    Returns
    -------
    Amount.

    Examples
    --------
    =ALM_DISCOUNT(5%)
    """
    return 1.0 / (1.0 + yld)
''',
    )
    program = "from udfs import xlalm_udfs\nprint(json.dumps(xlalm_udfs.ALM_DISCOUNT(0.25)))"
    assert house.says(program) == 0.8
    assert len(house.changed) == 1
    assert "ALM_DISCOUNT" in str(told(ROOT, program))


def test_a_setting(house):
    header = (ROOT / "xlalm" / "schema" / "setting_names.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"setting": "house_rate", "type": "number", "default": "0.5", "in_formulas": "yes", "description": "Test"}
    house.add("xlalm/schema/setting_names.csv", ",".join(row.get(key, "") for key in header) + "\n")
    program = """
book = BANK | {"Goals": {"goal": ["g"], "formula": ["house_rate * total_assets"], "direction": ["max"]}}
print(json.dumps(xlalm.solve(book).objective))"""
    assert house.says(program) == 50.0
    assert len(house.changed) == 1
    assert told(ROOT, program) is None


def test_a_scenario_kind(house):
    path = house.folder / "xlalm" / "schema" / "scenarios.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("stress|stochastic", "stress|reverse|stochastic"), "utf-8")
    program = """
found = xlalm.check(BANK | {"Scenarios": {"scenario": ["S"], "kind": ["reverse"]}}).findings
print(json.dumps([line for line in found if "reverse" in line]))"""
    assert house.says(program) == []
    assert told(ROOT, program) != []


def test_a_way_of_weighing_goals(house):
    house.add(
        "xlalm/domain/methods.py",
        '        Method("heaviest_first", "in turn", "as given"),\n',
        before='        Method("lexicographic"',
    )
    program = """
goals = {"goal": ["a", "b"], "formula": ["net(rate)", 'position("Bills")'], "direction": ["max"] * 2, "weight": [1, 2]}
settings = {"setting": ["method"], "value": ["heaviest_first"]}
print(json.dumps(xlalm.solve(BANK | {"Goals": goals, "Settings": settings}).objective))"""
    assert house.says(program) == 100.0  # of the heavier goal: all bills
    assert len(house.changed) == 1
    assert told(ROOT, program) is None
