"""A click starts a fresh interpreter: what a solve imports is what it costs."""

import subprocess
import sys

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


def test_a_solve_imports_nothing_heavy(tmp_path):
    """The whole command, ranges and writing included, needs numpy, highspy, lxml and calamine only."""
    command = [sys.executable, "-c", SOLVE, str(tmp_path / "out.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.strip().splitlines()[-1].split(","))
    assert {"numpy", "highspy", "lxml", "python_calamine"} <= loaded
    assert not loaded & set(HEAVY)
