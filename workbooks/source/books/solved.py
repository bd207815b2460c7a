"""Results that a workbook is shipped with: computed while it is built, at a fixed time, without rounding's noise."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbooks.source.look.look import CREATED
from xlalm.domain.result import Result, ResultTable

_TIMES = {"solved_at", "run_at"}
_OF_A_RUN = {"run at (UTC)", "how it was solved", "inputs", "inputs SHA-256", "manifest", "xlalm"}
"""Lines of RunInfo that another release or run would give differently."""


def tables_of(rows: Mapping[str, Sequence[Mapping[str, object]]]) -> dict[str, dict[str, list[object]]]:
    """Return input tables given row by row as xlalm takes them: column by column."""
    keys = {name: list(dict.fromkeys(key for row in table for key in row)) for name, table in rows.items()}
    return {name: {key: [row.get(key) for row in rows[name]] for key in keys[name]} for name in rows if rows[name]}


def shipped(*results: Result) -> dict[str, ResultTable]:
    """Return the tables of runs as they are shipped; raises ValueError for a run without a plan."""
    tables: dict[str, ResultTable] = {}
    for result in results:
        if result.status != "optimal":
            message = f"the shipped book is {result.status}: {[str(finding) for finding in result.findings]}"
            raise ValueError(message)
        for name, table in result.tables.items():
            rows = tuple(
                tuple(_settled(key, value) for key, value in zip(table.keys, row, strict=True)) for row in table.rows
            )
            tables[name] = ResultTable(name, rows, table.more_keys)
    if "RunInfo" in tables:
        kept = [row for row in tables["RunInfo"].rows if row[0] not in _OF_A_RUN and not row[0].startswith("seconds")]
        tables["RunInfo"] = ResultTable("RunInfo", tuple(kept))
    return tables


def _settled(key: str, value: Any) -> Any:
    """Return a value that every machine computes alike."""
    if key == "inputs":
        return None  # the formula that tells is a run's to write
    if key in _TIMES:
        return CREATED.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return 0.0 if abs(value) < 1e-9 else float(f"{value:.10g}")
    return value
