"""Whose table it is: a result table is xlalm's by its headers, and a user's own of the same name is left alone."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, warning
from xlalm.domain.table import normalise_header
from xlalm.schema.tables import RESULT_TABLES, TABLES, table_schema
from xlalm.workbook.package.table_part import TableInfo

MOST_KNOWN = 0.75
"""Share of the schema's columns that a table with columns of the user's own must still have."""

_RESULTS = {name.casefold(): name for name in RESULT_TABLES}


def is_ours(name: str, headers: Sequence[str]) -> bool:
    """Whether the headers of a table called like a result say that it is the result.

    It has the columns that tell the result (``told_by`` of the schema) and beside columns of the schema no others, in
    any order and however few; or it has nearly all columns of the schema, and then the user's own beside them.
    """
    keys, schema = {normalise_header(header) for header in headers}, set(table_schema(name).columns)
    if not set(TABLES[name].told_by) <= keys:
        return False
    return keys <= schema or len(keys & schema) >= MOST_KNOWN * len(schema)


@attrs.frozen
class Place:
    """Where a result goes: the table of this name, which has these headers; None where it is yet to be made."""

    table: str
    headers: Sequence[str] | None


def other_name(name: str) -> str:
    """Return the name that a result takes where a table of its own name is the user's."""
    return f"xlalm_{name}"


def place_of(name: str, present: Mapping[str, Sequence[str]]) -> Place:
    """Return where a result goes in a book.

    Parameters
    ----------
    present : headers of every table of the book by its case-folded name.

    Raises
    ------
    Refused
        Both names that the result could take are those of the user's own tables.
    """
    free = ""
    for table in (name, other_name(name)):
        headers = present.get(table.casefold())
        if headers is not None and is_ours(name, headers):
            return Place(table, headers)
        free = free or ("" if headers is not None else table)
    if not free:
        text = f"the tables {name} and {other_name(name)} hold other columns than xlalm's {name}"
        raise Refused(None, text, "rename one of them (nothing was written)")
    return Place(free, None)


def own_tables(infos: Iterable[TableInfo]) -> list[Finding]:
    """Return a warning for each table that is called like a result and is the user's own."""
    found = []
    for info in infos:
        name = _RESULTS.get(info.name.casefold())
        if name is not None and not is_ours(name, info.headers):
            text = f"table {info.name} has other columns than xlalm's {name}, so nothing is written into it"
            elsewhere = f"; the result goes to a table {other_name(name)}" if TABLES[name].place else ""
            found.append(warning(info.cell, text + elsewhere, "rename it to keep the two apart"))
    return found
