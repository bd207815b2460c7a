"""The manifest of a run: made and written here, whatever ran and whatever host asked."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.book import Book
from xlalm.domain.result import Result
from xlalm.domain.table import Table
from xlalm.ledger.places import manifest_beside

if TYPE_CHECKING:
    from xlalm.workbook.writing import Companion


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


def manifest_text(manifest: Mapping[str, Any], workbook: str) -> str:
    """Return what a manifest's file holds, with the name of the workbook it lies beside."""
    return json.dumps({**manifest, "workbook": workbook}, ensure_ascii=False, sort_keys=True, indent=None)


def manifest_file(manifest: Mapping[str, Any], verb: str = "") -> "Companion":
    """Return a manifest as the file that is put in place with its workbook; ``verb`` as in ``manifest_beside``."""
    from xlalm.workbook.writing import Companion

    return Companion(lambda target: manifest_beside(target, verb), lambda name: manifest_text(manifest, name))
