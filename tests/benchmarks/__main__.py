"""Run benchmarks and print their rows: ``python -m tests.benchmarks [start build …]`` (see BENCHMARKS)."""

import sys
from collections.abc import Callable

from tests.benchmarks import formulas, frontier, live, nonlinear, programs, start_up, tables
from tests.benchmarks.measure import Ratio

BENCHMARKS: dict[str, Callable[[], list[Ratio]]] = {
    "start": start_up.measure,
    "build": programs.measure_build,
    "warm": programs.measure_warm,
    "conflict": programs.measure_conflict,
    "tables": tables.measure,
    "nonlinear": nonlinear.measure,
    "frontier": frontier.measure,
    "formulas": formulas.measure,
    "live": live.measure,  # last: they speak to LibreOffice
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(BENCHMARKS)
    print("| what | xlalm | against | ratio | promised |\n| --- | --- | --- | --- | --- |")  # noqa: T201
    for name in names:
        for ratio in BENCHMARKS[name]():
            print(ratio.line, flush=True)  # noqa: T201
