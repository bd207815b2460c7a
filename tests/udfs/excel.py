"""Formulas as Excel calls them: through xlwings' own ``CallUDF`` and converters, in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

MISSING = {"missing": True}
"""An argument left out."""


def error(text: str) -> dict[str, str]:
    """Return a cell that shows an error, such as #N/A."""
    return {"error": text}


def date(text: str) -> dict[str, str]:
    """Return a date cell."""
    return {"date": text}


def decimal(text: str) -> dict[str, str]:
    """Return a cell in currency format, which COM hands over as a decimal."""
    return {"decimal": text}


def cells(rows: Sequence[Sequence[Any]], row: int = 1, column: int = 1, sheet: str = "Sheet1") -> dict[str, Any]:
    """Return a range as a formula's argument."""
    return {"range": [list(line) for line in rows], "row": row, "column": column, "sheet": sheet}


class Excel:
    """One server process; ``call`` is what a cell shows."""

    def __init__(self, python: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [python, "-m", "tests.udfs.excel_process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(
        self,
        function: str,
        *arguments: Any,
        caller: Any = None,
        module: str = "xlalm_udfs",
        tables: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the raw answer: ``value`` or ``raised``, and the ``seconds`` that ``CallUDF`` took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {
            "function": function,
            "arguments": list(arguments),
            "caller": caller,
            "module": module,
            "tables": tables or {},
        }
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the process ended with {self._process.wait(10)}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def call(self, function: str, *arguments: Any, caller: Any = None, tables: dict[str, Any] | None = None) -> Any:
        """Return what ``CallUDF`` gives; an exception out of it fails the test: a cell would show a traceback."""
        answer = self.ask(function, *arguments, caller=caller, tables=tables)
        assert "raised" not in answer, answer["raised"]
        return answer["value"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
