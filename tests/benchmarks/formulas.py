"""Formulas: what xlwings' ``CallUDF`` adds to a call, a large table, recall from the cache, a recalculation of Calc."""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.measure import Ratio
from tests.needs import OFFICE, absent
from tests.udfs.books import NAMES, column_number, template_rows
from tests.udfs.excel import Excel, cells

ROWS = 10_000
FORMULA = 'sum(rate * duration, side = "asset") / total_assets'


def measure(runs: int = 5) -> list[Ratio]:
    """Return every ratio; the one in Calc only where there is LibreOffice."""
    excel = Excel()
    try:
        found = [_scalar(excel), _large_table(excel, runs), _recall(excel, runs)]
    finally:
        excel.close()
    lacking = absent([*OFFICE, "libreoffice-script-provider-python"])
    return [*found, *([] if lacking else _recalculation(runs))]


def _seconds(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _in_process(excel: Excel, function: str, *arguments: Any, times: int = 1) -> float:
    """Return the median seconds inside the process that Excel calls: ``CallUDF`` without the way there."""
    return statistics.median(excel.ask(function, *arguments)["seconds"] for _ in range(times))


def _scalar(excel: Excel) -> Ratio:
    from xlalm.valuation.bond import Bond

    def plain() -> float:
        return Bond(9.75, 0.0575, 2).price(0.065)

    arguments = [cells([[value]]) for value in (9.75, 0.0575, 0.065, 100.0, 2.0)]
    called = _in_process(excel, "ALM_PRICE", *arguments, times=300)
    direct = _seconds(plain, 300)
    name = "1,000 `=ALM_PRICE(…)` of five cells through CallUDF"
    return Ratio(name, 1000 * called, 1000 * direct, "1,000 plain Python calls", "reported")


def _book_of(rows: int) -> list[list[Any]]:
    """Return a Positions table of 12 columns."""
    keys = ["position", "side", "balance", "rate", "duration", "convexity", "risk_weight", "asf", "rsf", "class"]
    source = random.Random(1)
    lines = []
    for i in range(rows):
        numbers = [source.random() for _ in range(6)]
        kind = source.choice(["loan", "bond"])
        lines.append([f"line {i}", "liability" if i % 2 else "asset", 100.0 * (i + 1), *numbers, kind])
    return [keys, *lines]


def _large_table(excel: Excel, runs: int) -> Ratio:
    """Check, compile and value a formula over a table never seen before, against xlwings' DataFrame and pandas."""
    headers, *lines = _book_of(ROWS)
    ours, theirs = [], []
    for run in range(runs):
        lines[0][2] = 100.0 + run  # another table each time: nothing is recalled
        mine = excel.ask("ALM_METRIC", FORMULA, cells([headers, *lines]))
        other = excel.ask("carry", cells([headers, *lines]), module="tests.benchmarks.pandas_udf")
        assert abs(mine["value"] - other["value"]) < 1e-9
        ours.append(mine["seconds"])
        theirs.append(other["seconds"])
    name = f"`=ALM_METRIC(…)` over {ROWS:,} rows never seen: checked, compiled, valued"
    against = "xlwings DataFrame and pandas, unchecked"
    return Ratio(name, statistics.median(ours), statistics.median(theirs), against, "reported")


def _recall(excel: Excel, runs: int) -> Ratio:
    rows = template_rows()
    rate = column_number(rows["Positions"], "rate")
    first, again = [], []
    for _ in range(runs):
        rows["Positions"][9][rate] += 1e-6  # another input
        book = [cells(rows[name], sheet=name) for name in NAMES]
        for function, seconds in (("ALM_SOLVE", first), ("ALM_SHADOW_PRICES", again)):
            answer = excel.ask(function, *book)
            assert isinstance(answer["value"], list), answer
            seconds.append(answer["seconds"])
    name = "a second report of a solved book, recalled"
    return Ratio(name, statistics.median(again), statistics.median(first), "the first, solved", "≥ 10 ×")


def _recalculation(runs: int, count: int = 1_000) -> list[Ratio]:
    from tests.calc.formulas_in_calc import started

    seconds = []
    for formula in ("ALM_RWA", "SUMPRODUCT"):
        calc = started()
        try:
            calc.fill("Plain", [[float(i), 0.01 * (i % 100)] for i in range(1, 51)])
            column = calc.sheet("Formulas").getCellRangeByName(f"A1:A{count}")
            column.setFormulaArray(tuple((f"={formula}($Plain.$A$1:$A$50;$Plain.$B$1:$B$50)",) for _ in range(count)))
            calc.recalculate()
            seconds.append(statistics.median(calc.recalculate() for _ in range(runs)))
        finally:
            calc.close()
    name = f"{count:,} `=ALM_RWA(…)` of 50 rows recalculated in LibreOffice"
    return [Ratio(name, seconds[0], seconds[1], f"{count:,} `=SUMPRODUCT(…)`", "reported")]
