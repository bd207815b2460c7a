"""Result tables as changes of a workbook: in place where the book has them, else new."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from xlalm.domain.result import ResultTable
from xlalm.domain.table import normalise_header
from xlalm.schema.display import NUMBER_FORMATS, OF_ITS_OWN, header, result_format
from xlalm.schema.tables import RESULT_TABLES, TABLES, table_schema
from xlalm.workbook.package.table_part import NewTable

RESULTS_SHEET = "xlalm results"


@attrs.frozen
class Update:
    """A table that is there and gets a new body: values of the columns under ``headers``; the others stay."""

    table: str  # its name, in any case
    headers: tuple[str, ...]
    rows: list[list[Any]]


def result_updates(
    present: Mapping[str, Sequence[str]], tables: Mapping[str, ResultTable]
) -> tuple[list[Update], list[ResultTable]]:
    """Return what a run writes over the tables that are there, and the results that need a new place.

    Parameters
    ----------
    present : headers of every table of the book by its case-folded name.
    tables : results of the run; the result tables of a solve that it lacks are emptied.
    """
    always = [name for name in RESULT_TABLES if TABLES[name].place == "always" and name in tables]
    found = [
        name for name in RESULT_TABLES if TABLES[name].place == "when found" and name in tables and tables[name].rows
    ]
    missing = [tables[name] for name in (*always, *found) if name.casefold() not in present]
    of_a_solve = [name for name in RESULT_TABLES if not TABLES[name].outlasts_solve]
    all_tables = [tables.get(name, ResultTable(name, ())) for name in of_a_solve]
    return report_updates(present, all_tables)[0], missing


def report_updates(
    present: Mapping[str, Sequence[str]], tables: Sequence[ResultTable]
) -> tuple[list[Update], list[ResultTable]]:
    """Return the same for results that leave every other table as it is."""
    found = [(table, present.get(table.name.casefold())) for table in tables]
    updates = [_update(table, headers) for table, headers in found if headers is not None]
    return updates, [table for table, headers in found if headers is None]


def _update(table: ResultTable, headers: Sequence[str]) -> Update:
    keys = {normalise_header(key): place for place, key in enumerate(table.keys)}
    columns = [(header, keys[normalise_header(header)]) for header in headers if normalise_header(header) in keys]
    rows = [[row[place] for _, place in columns] for row in table.rows]
    return Update(table.name, tuple(header for header, _ in columns), rows)


def new_table(table: ResultTable) -> NewTable:
    """Return how a result looks that has no table in the book."""
    columns = table_schema(table.name).columns
    headers = [*(header(key) for key in columns), *table.more_keys]
    formats = [*map(result_format, columns.values()), *(NUMBER_FORMATS[OF_ITS_OWN] for _ in table.more_keys)]
    return NewTable(table.name, headers, table.rows, formats)
