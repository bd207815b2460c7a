"""Which table of the contract a table looks like that is none of them: by its name, or by its headers."""

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from xlalm.domain.text import fold
from xlalm.schema.tables import INPUT_TABLES, table_schema

_PREFIX = re.compile(r"^(?:tbl|table|tab|lst)[\W_]*(?=[a-z])")
_SUFFIX = re.compile(r"(?:[\W_]*(?:old|new|copy|final|backup|bak|draft|v\d+|q[1-4]|\d+))+[\W_]*$")
_SEPARATORS = re.compile(r"[\W_]+")

ALIKE = 0.88
"""Likeness of two names from which one is taken for a slip of the other."""

_SHORTEST = 4
"""Letters of a name below which only the same name is alike."""

_SHARED = 3
"""Columns that two tables must share to be alike by their headers, where both have as many."""


def contract_table(name: str, headers: Collection[str]) -> str | None:
    """Return the input table that a table of another name looks like, None for one that looks like none.

    ``tblLimits``, ``Limit``, ``Limits2`` and ``Limits_2026`` look like ``Limits``, and so does what has its columns.

    Parameters
    ----------
    headers : normalised.
    """
    stem = _stem(name)
    by_name = next((table for table in INPUT_TABLES if _alike(stem, _stem(table))), None)
    if by_name is not None:
        return by_name
    shared = {table: _shared(table, headers) for table in INPUT_TABLES}
    best = max(INPUT_TABLES, key=shared.__getitem__)
    return best if shared[best] else None


def _stem(name: str) -> str:
    """Return a name without what people put around it: prefix, number, year, plural."""
    plain = fold(name)
    bare = _SUFFIX.sub("", _PREFIX.sub("", plain)) or plain
    return _SEPARATORS.sub("", bare).removesuffix("s")


def _alike(one: str, other: str) -> bool:
    if one == other or min(len(one), len(other)) < _SHORTEST:
        return one == other
    return SequenceMatcher(None, one, other).ratio() >= ALIKE


def _shared(table: str, headers: Collection[str]) -> int:
    """Return how many headers are columns of a table, 0 where that does not make the one look like the other."""
    schema = table_schema(table)
    shared = schema.columns.keys() & headers
    enough = len(shared) >= min(_SHARED, len(schema.columns)) or len(shared) == len(headers)
    return len(shared) if enough and len(shared) > 1 and shared.issuperset(schema.required) else 0
