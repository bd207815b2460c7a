"""Start-up: what a click costs, which starts a fresh interpreter."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.measure import Ratio, paired
from xlalm.app.run.book import open_book
from xlalm.model.build import build_model
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of

BOOK = Path("workbooks/examples/business_plan/business_plan_830.xlsx")

BARE = """
import sys
import numpy as np
import highspy
a = np.load(sys.argv[1])
h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.passModel(len(a["cost"]), len(a["row_lower"]), len(a["value"]), int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMaximize), 0.0, a["cost"], a["lower"], a["upper"], a["row_lower"], a["row_upper"],
            a["start"], a["index"], a["value"], a["integer"])
h.run()
assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal
"""

VERSION = "from xlalm.__main__ import main; main()"
"""What the script ``xlalm`` runs. Older pips put ``import re`` before it, which alone costs half an interpreter."""


def _save_arrays(target: Path) -> None:
    model, _ = build_model(open_book(BOOK).tables)
    assert model is not None
    program = build_program(problem_of(model)).program
    np.savez(
        target,
        cost=program.cost,
        lower=program.lower,
        upper=program.upper,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        start=program.start[:-1],
        index=program.index,
        value=program.value,
        integer=program.integer.astype(np.int32),
    )


def measure(runs: int = 9) -> list[Ratio]:
    """Return ``xlalm solve`` over a bare script, the version over a bare interpreter, our import over numpy's."""
    with tempfile.TemporaryDirectory() as folder:
        arrays, script, out = Path(folder, "arrays.npz"), Path(folder, "bare.py"), Path(folder, "out.xlsx")
        _save_arrays(arrays)
        script.write_text(BARE)

        def call(*arguments: str) -> None:
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

        ours, bare = paired(
            lambda: call("-m", "xlalm", "solve", str(BOOK), "--out", str(out)),
            lambda: call(str(script), str(arrays)),
            runs,
        )
        version, interpreter = paired(lambda: call("-c", VERSION, "--version"), lambda: call("-c", "pass"), 3 * runs)
        with_xlalm, numpy_alone = paired(
            lambda: call("-c", "import numpy, xlalm"), lambda: call("-c", "import numpy"), runs
        )
    return [
        Ratio("`xlalm solve`, 830 variables, whole process", ours, bare, "bare numpy + highspy script", "≤ 3 ×"),
        Ratio("`xlalm --version`", version, interpreter, "`python -c pass`", "≤ 1.3 ×"),
        Ratio("`import numpy, xlalm`", with_xlalm, numpy_alone, "`import numpy`", "≤ 50 ms more"),
    ]
