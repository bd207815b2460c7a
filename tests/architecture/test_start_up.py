"""A click starts a fresh interpreter: what a solve imports is what it costs."""

import subprocess
import sys
import tomllib

from tests.reference.workbook_route import ROOT
from xlalm.domain.version import __version__

HEAVY = ("scipy", "pandas", "xlwings", "xlsxwriter", "statsmodels", "numba", "pymoo", "matplotlib", "typer", "rich")

SOLVE = """
import sys
from xlalm.cli import main
try:
    main(["solve", "workbooks/alco_template.xlsx", "--out", sys.argv[1]])
except SystemExit as end:
    assert end.code == 0, end.code
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""

LOADED = "import sys; sys.argv = {argv!r}; {program}; print(*sorted({{name for name in sys.modules}}))"


def loaded(program: str, *arguments: str) -> set[str]:
    """Which modules are loaded after a program with these arguments of the command line."""
    code = LOADED.format(argv=["xlalm", *arguments], program=program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_version_loads_next_to_nothing():
    """Whoever asks for it waits for the interpreter: no registry, no parser of arguments, no third package."""
    more = loaded("from xlalm.__main__ import main; main()", "--version") - loaded("pass")
    assert {name for name in more if not name.startswith("xlalm")} <= {"__future__"}
    assert more >= {"xlalm", "xlalm.__main__", "xlalm.domain.version"}
    assert len(more) < 7, more


def test_the_help_of_a_verb_loads_no_verb():
    program = (
        "import contextlib, xlalm.cli\nwith contextlib.suppress(SystemExit): xlalm.cli.main(['solve', '--help'])\n"
    )
    more = loaded(f"exec({program!r})")
    assert "xlalm.app.registry" in more
    assert not [name for name in more if name.startswith(("xlalm.app.verbs", "numpy", "highspy", "lxml", "pandas"))]


def test_a_check_loads_no_solver():
    program = (
        "import contextlib, xlalm.cli\n"
        "with contextlib.suppress(SystemExit): xlalm.cli.main(['check', 'workbooks/alco_template.xlsx'])\n"
    )
    more = loaded(f"exec({program!r})")
    assert "xlalm.model.build" in more
    assert not [name for name in more if name.startswith(("highspy", "scipy", "pandas"))]


def test_the_entry_point_is_the_quick_one():
    """``xlalm --version`` goes the same way as ``python -m xlalm --version``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"xlalm": "xlalm.__main__:main"}
    command = [sys.executable, "-m", "xlalm", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"xlalm {__version__}\n"


def test_a_solve_imports_nothing_heavy(tmp_path):
    """The whole command, ranges and writing included, needs numpy, highspy, lxml and calamine only."""
    command = [sys.executable, "-c", SOLVE, str(tmp_path / "out.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.strip().splitlines()[-1].split(","))
    assert {"numpy", "highspy", "lxml", "python_calamine"} <= loaded
    assert not loaded & set(HEAVY)
