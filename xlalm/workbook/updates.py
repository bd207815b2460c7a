"""Result tables as changes of a workbook: in place where the book has them, else new."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from xlalm.domain.result import ResultTable
from xlalm.domain.table import normalise_header
from xlalm.schema.display import NUMBER_FORMATS, OF_ITS_OWN, header, result_format
from xlalm.schema.tables import RESULT_TABLES, TABLES, table_schema
from xlalm.workbook.ownership import is_ours, other_name, place_of
from xlalm.workbook.package.table_part import NewTable

RESULTS_SHEET = "xlalm results"


@attrs.frozen
class Update:
    """A table that is there and gets a new body: values of the columns under ``headers``; the others stay."""

    result: str
    table: str  # its name in the book, in any case
    headers: tuple[str, ...]
    rows: list[list[Any]]


def result_updates(
    present: Mapping[str, Sequence[str]], tables: Mapping[str, ResultTable]
) -> tuple[list[Update], list[NewTable]]:
    """Return what a run writes over the tables that are there, and the results that need a new place.

    Parameters
    ----------
    present : headers of every table of the book by its case-folded name; tables of the user's own are left alone.
    tables : results of the run; the result tables of a solve that it lacks are emptied.

    Raises
    ------
    Refused
        A result has no name that it could take.
    """
    of_a_solve = [tables.get(name, ResultTable(name, ())) for name in RESULT_TABLES if not TABLES[name].outlasts_solve]
    always = [table for table in of_a_solve if TABLES[table.name].place == "always" and table.name in tables]
    found = [table for table in of_a_solve if TABLES[table.name].place == "when found" and table.rows]
    wanted = [*always, *found]
    missing = report_updates(present, wanted)[1]
    names = {table.name for table in wanted}
    rest = [table for table in of_a_solve if table.name in names or _is_there(table.name, present)]
    return report_updates(present, rest)[0], missing


def _is_there(name: str, present: Mapping[str, Sequence[str]]) -> bool:
    """Whether a book has a result's table; one of the user's own is none."""
    headers = (present.get(table.casefold()) for table in (name, other_name(name)))
    return any(found is not None and is_ours(name, found) for found in headers)


def report_updates(
    present: Mapping[str, Sequence[str]], tables: Sequence[ResultTable]
) -> tuple[list[Update], list[NewTable]]:
    """Return the same for results that leave every other table as it is."""
    updates, missing = [], []
    for table in tables:
        place = place_of(table.name, present)
        if place.headers is None:
            missing.append(new_table(table, place.table))
        else:
            updates.append(_update(table, place.table, place.headers))
    return updates, missing


def _update(table: ResultTable, name: str, headers: Sequence[str]) -> Update:
    keys = {normalise_header(key): place for place, key in enumerate(table.keys)}
    columns = [(header, keys[normalise_header(header)]) for header in headers if normalise_header(header) in keys]
    rows = [[row[place] for _, place in columns] for row in table.rows]
    return Update(table.name, name, tuple(header for header, _ in columns), rows)


def new_table(table: ResultTable, name: str) -> NewTable:
    """Return how a result looks that has no table in the book."""
    columns = table_schema(table.name).columns
    headers = [*(header(key) for key in columns), *table.more_keys]
    formats = [*map(result_format, columns.values()), *(NUMBER_FORMATS[OF_ITS_OWN] for _ in table.more_keys)]
    return NewTable(name, headers, table.rows, formats)
