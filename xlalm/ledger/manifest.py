"""The manifest of a run: canonical inputs and their hash, versions, settings, seed, timings, certificate."""

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.domain.table import ErrorValue, Table
from xlalm.domain.version import __version__
from xlalm.schema.tables import RESULT_TABLES, TABLES, table_schema

FORMAT = 1
_LARGEST_MANIFEST = 200_000_000


def canonical_tables(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return the tables of a book as plain values, so that the same book always gives the same text."""
    return {
        name: {
            "sheet": table.sheet,
            "header_row": table.header_row,
            "headers": dict(table.headers),
            "column_numbers": dict(table.column_numbers),
            "rows": list(table.rows),
            "columns": {key: [_plain(value) for value in column] for key, column in table.columns.items()},
            **({} if table.labels is None else {"labels": list(table.labels)}),
        }
        for name, table in sorted(tables.items())
    }


def _plain(value: object) -> object:
    if isinstance(value, ErrorValue):
        return {"error": value.text}
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return {"date": value.isoformat() if not isinstance(value, dt.timedelta) else str(value)}
    return value


def tables_from(canonical: Mapping[str, Any]) -> dict[str, Table]:
    """Return the tables that ``canonical_tables`` was given; raises Refused for anything else."""
    try:
        return {name: _table_from(name, entry) for name, entry in canonical.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        text = "the manifest holds something else than input tables"
        cure = "use an untouched copy"
        raise Refused(None, text, cure) from fault


def _table_from(name: str, entry: Mapping[str, Any]) -> Table:
    rows = [int(row) for row in entry["rows"]]
    columns = {str(key): [_revive(value) for value in column] for key, column in entry["columns"].items()}
    if any(len(column) != len(rows) for column in columns.values()):
        message = f"columns of {name} differ in length"
        raise ValueError(message)
    return Table(
        name=name,
        sheet=str(entry["sheet"]),
        headers={key: str(entry["headers"][key]) for key in columns},
        columns=columns,
        rows=rows,
        header_row=int(entry["header_row"]),
        column_numbers={str(key): int(number) for key, number in entry["column_numbers"].items()},
        labels=None if entry.get("labels") is None else [str(label) for label in entry["labels"]],
    )


def _revive(value: object) -> object:
    if not isinstance(value, dict | str | float | int | None):
        message = "a cell holds a list"
        raise TypeError(message)
    if isinstance(value, dict) and "error" in value:
        return ErrorValue(str(value["error"]))
    if isinstance(value, dict):
        text = str(value["date"])
        try:
            return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
        except ValueError:
            return text
    return value


def digest(document: object) -> str:
    """Return the SHA-256 of a document's canonical JSON."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def result_digest(result: Result) -> str:
    """Return the hash of everything a repeated run must give again; times are left out."""
    tables = {name: table.rows for name, table in result.tables.items() if TABLES[name].repeatable}
    return digest({"status": result.status, "objective": result.objective, "tables": tables})


def result_layout() -> str:
    """Return the hash of the columns of all results that a repeated run must give again."""
    columns = {name: list(table_schema(name).columns) for name in RESULT_TABLES if TABLES[name].repeatable}
    return digest(columns)


def agreement(document: Mapping[str, Any], result: Result) -> str | None:
    """Return in what a repeated run is the one of a manifest, in words; None where it is another.

    The manifest holds one hash of all results. Where it was made under another layout of the results (of an earlier
    version), the hash cannot be had again, and only status and objective are compared.
    """
    if document.get("result_layout") == result_layout():
        return "bit for bit" if result_digest(result) == document["result_sha256"] else None
    if (result.status, result.objective) != (document.get("status"), document.get("objective")):
        return None
    return "in status and objective (the results have other columns since, so the rest cannot be compared)"


def build_manifest(
    book: str, inputs: dict[str, Any], settings: Mapping[str, object], result: Result, timings: Mapping[str, float]
) -> dict[str, Any]:
    """Return the manifest of a run."""
    return {
        "format": FORMAT,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "book": book,
        "inputs_sha256": digest(inputs),
        "result_sha256": result_digest(result),
        "result_layout": result_layout(),
        "status": result.status,
        "objective": result.objective,
        "settings": dict(settings),
        "versions": {
            "xlalm": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "solver": result.solver,
        },
        "platform": f"{platform.system()} {platform.machine()}",
        "timings_s": {name: round(seconds, 4) for name, seconds in timings.items()},
        "certificate": result.certificate,
        "inputs": inputs,
    }


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a manifest from its file, or from the JSON of a solve that embeds it; raises Refused."""
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            text = f"{path.name} is too large for a manifest"
            cure = "give the .manifest.json beside the solved book"
            raise Refused(None, text, cure)
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        text = f"{path.name} cannot be read as a manifest ({fault})"
        cure = "give the .manifest.json beside the solved book"
        raise Refused(None, text, cure) from fault
    if isinstance(document, dict) and isinstance(document.get("manifest"), dict):
        document = document["manifest"]
    if not isinstance(document, dict) or "inputs" not in document or "result_sha256" not in document:
        text = f"{path.name} holds no manifest of xlalm"
        cure = "give the .manifest.json beside the solved book"
        raise Refused(None, text, cure)
    if digest(document["inputs"]) != document.get("inputs_sha256"):
        text = f"the inputs in {path.name} do not match their hash: the manifest was edited"
        cure = "use an untouched copy"
        raise Refused(None, text, cure)
    return document
