"""The manifest of a run: made and written here, whatever ran and whatever host asked."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from xlalm.app.run.book import Book
from xlalm.domain.result import Result
from xlalm.domain.table import Table


def with_manifest(
    book: Book,
    settings: Mapping[str, object],
    result: Result,
    timings: Mapping[str, float] = MappingProxyType({}),
    *,
    stopped: bool = False,
    **asked: Any,
) -> Result:
    """Return a result with its manifest.

    Parameters
    ----------
    stopped : the run was asked to stop, so that repeating it may give more.
    asked : what the manifest holds beyond inputs and settings: ``verb`` and ``arguments`` of an analysis.
    """
    from xlalm.ledger.manifest import build_manifest, canonical_tables

    document = build_manifest(book.name, canonical_tables(book.tables), settings, result, timings) | asked
    if stopped:
        document["stopped"] = True
    return attrs.evolve(result, manifest=document)


def inputs_digest(tables: Mapping[str, Table]) -> str:
    """Return the hash of input tables that a manifest of them holds."""
    from xlalm.ledger.manifest import canonical_tables, digest

    return digest(canonical_tables(tables))


def write_manifest(place: Path, manifest: Mapping[str, Any] | None) -> None:
    """Write a manifest in one step; nothing for a run that has none."""
    from xlalm.workbook.writing import write_text

    if manifest is not None:
        write_text(place, json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=None))
