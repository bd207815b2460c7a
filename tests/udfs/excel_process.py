"""The process that Excel would talk to: requests come as lines of JSON, each is one ``CallUDF``.

``python -m tests.udfs.excel_process``; a request is ``{"function", "arguments", "caller"}`` with arguments as
``tests.udfs.excel`` writes them, an answer is ``{"value"}`` or ``{"raised"}``.
"""

import datetime as dt
import importlib
import json
import os
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.udfs import winstub

UDFS = Path(__file__).resolve().parents[2] / "udfs"


def _cell(value: Any) -> Any:
    """Return what COM hands over for a cell."""
    if not isinstance(value, dict):
        return float(value) if type(value) is int else value
    kind, text = next(iter(value.items()))
    if kind == "error":
        return winstub.ERRORS[text]
    if kind == "date":
        return winstub.TimeType.fromisoformat(text).replace(tzinfo=dt.UTC)
    return Decimal(text)


def _caller(given: dict[str, Any], tables: dict[str, Any]) -> winstub.ComRange:
    """Return the calling cell, in a workbook with these tables: another one for other tables."""
    book = f"Book {sorted(tables)}.xlsx" if tables else "Book.xlsx"
    return winstub.ComRange(given["range"], given["row"], given["column"], given["sheet"], book, tables)


def _argument(given: Any) -> Any:
    if given == {"missing": True}:
        return winstub.MISSING
    if isinstance(given, dict) and "range" in given:
        rows = [[_cell(value) for value in row] for row in given["range"]]
        return winstub.ComRange(rows, given["row"], given["column"], given["sheet"])
    if isinstance(given, list):  # an array constant or another formula's array
        return tuple(tuple(_cell(value) for value in row) for row in given)
    return _cell(given)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.datetime) else value


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not stand between the answers
    server = winstub.install()
    sys.path.insert(0, str(UDFS))  # xlwings imports the formulas as a top-level module
    for line in sys.stdin:
        request = json.loads(line)
        arguments = [_argument(given) for given in request["arguments"]]
        name = request.get("module", "xlalm_udfs")
        wanted = getattr(importlib.import_module(name), request["function"]).__xlfunc__["args"]
        arguments += [winstub.MISSING] * (len(wanted) - 1 - len(arguments))
        tables = {key: _argument(given) for key, given in request["tables"].items()}
        caller = _caller(request["caller"] or {"range": [[0]], "row": 1, "column": 1, "sheet": "Sheet1"}, tables)
        answer: dict[str, Any] = {}
        started = time.perf_counter()
        try:
            # A wrapper passes every argument, and Nothing for the caller, whom xlwings puts in its place.
            value = server.CallUDF(name, request["function"], (*arguments, None), None, caller)
            answer = {"value": _plain(value)}
        except Exception as fault:
            answer = {"raised": f"{type(fault).__name__}: {fault}"}
        answer["seconds"] = time.perf_counter() - started
        answers.write(json.dumps(answer, allow_nan=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
