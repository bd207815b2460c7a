"""Two dumps compared bit for bit; every difference has its book, task, table, row and column."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_OF_A_TASK, MOST = 12, 400
"""Differences that are printed of one task, and of all."""

_TABLES_ONLY = ("status", "objective", "method")
_NOT_TABLES = ("RunInfo", "Explanation")


def compared(before: Path, after: Path, *, tables_only: bool = False) -> tuple[list[str], int]:
    """Return lines that describe the differences of two dumps, cut where they are many, and how many there are.

    Parameters
    ----------
    tables_only : compare status, objective and result tables (without RunInfo and Explanation) and the formulas;
        leave out sentences, findings, proofs, manifests, versions and written cells.
    """
    lines: list[str] = []
    total = 0
    names = [{path.relative_to(folder).as_posix() for path in folder.rglob("*.json")} for folder in (before, after)]
    for folder, found in zip((before, after), names, strict=True):
        if not found:
            message = f"{folder} holds no dump"
            raise SystemExit(message)
    for name in sorted(names[0] | names[1]):
        if name not in names[0] or name not in names[1]:
            if tables_only and name.startswith("inputs/"):
                continue
            found = [f"{name}: only in {'the first' if name in names[0] else 'the second'} dump"]
        else:
            first, second = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (before, after))
            if tables_only:
                first, second = _only_tables(first), _only_tables(second)
            found = [f"{name.removesuffix('.json')} | {line}" for line in differences(first, second)]
        total += len(found)
        lines += found[:MOST_OF_A_TASK]
        if len(found) > MOST_OF_A_TASK:
            lines.append(f"{name.removesuffix('.json')} | … and {len(found) - MOST_OF_A_TASK} more")
    return lines[:MOST], total


def _only_tables(record: dict[str, Any]) -> dict[str, Any]:
    if "steps" not in record:
        return record if "formulas" in record else {}
    kept = []
    for step in record["steps"]:
        document = step["document"] or {}
        tables = {
            key: value
            for key, value in document.items()
            if key in _TABLES_ONLY or (isinstance(value, list) and key != "findings" and key not in _NOT_TABLES)
        }
        kept.append({"command": step["command"], "exit": step["exit"], "document": tables})
    return {"steps": kept}


def differences(first: Any, second: Any, place: str = "") -> Iterator[str]:
    """Give one line per leaf that differs; numbers are the same only to the last bit, and 1 is not 1.0."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in dict.fromkeys([*first, *second]):
            here = f"{place} {key}".strip()
            if key not in first or key not in second:
                yield f"{here}: only in the {'first' if key in first else 'second'}"
            else:
                yield from differences(first[key], second[key], here)
        if list(first) != list(second) and first.keys() == second.keys():
            yield f"{place}: other order of {', '.join(map(str, second))}"
    elif isinstance(first, list) and isinstance(second, list):
        if len(first) != len(second):
            yield f"{place}: {len(first)} rows, then {len(second)}"
        for row, (one, other) in enumerate(zip(first, second, strict=False), start=1):
            yield from differences(one, other, f"{place} row {row}{_label(one)}")
    elif type(first) is not type(second) or repr(first) != repr(second):
        yield f"{place}: {_shown(first)} -> {_shown(second)}"


def _label(row: Any) -> str:
    """Return what names a row of a table: its first text."""
    if isinstance(row, dict):
        return next((f" ({value[:40]})" for value in row.values() if isinstance(value, str) and value), "")
    return ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:157]}…"
