"""Results with the cells that say whether the inputs are still those of the run."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlalm.domain.result import AS_AT_THE_RUN, ResultTable
from xlalm.domain.table import Table
from xlalm.workbook.checksum import figures, state_formula
from xlalm.workbook.ownership import other_name, place_of
from xlalm.workbook.package.table_part import NewTable
from xlalm.workbook.updates import RESULTS_SHEET

STATE = "InputState"
_NAMES = (STATE, other_name(STATE))


def with_state(
    tables: Sequence[ResultTable],
    inputs: Mapping[str, Table],
    present: Mapping[str, Sequence[str]],
    *,
    date1904: bool = False,
) -> list[ResultTable]:
    """Return the results of a run with ``InputState``, and a formula over it wherever they say that inputs are as then.

    Parameters
    ----------
    inputs : the book's input tables as the run read them, before any what-if.
    present : headers of every table of the book by its case-folded name.
    date1904 : whether the book counts days from 1904.

    Raises
    ------
    Refused
        The book has no name left for ``InputState``.
    """
    at_run = figures(inputs, date1904=date1904)
    if not at_run:
        return list(tables)
    formula = state_formula(place_of(STATE, present).table, at_run)

    def row_of(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(formula if value == AS_AT_THE_RUN else value for value in row)

    told = [ResultTable(table.name, tuple(map(row_of, table.rows)), table.more_keys) for table in tables]
    state = tuple((figure.table, figure.numbers, figure.texts) for figure in at_run)
    return [*told, ResultTable(STATE, state)]


def has_results(missing: Sequence[NewTable]) -> bool:
    """Whether tables that a book lacks are more than the checksums of its inputs."""
    return any(table.name not in _NAMES for table in missing)


def sheet_for(missing: Sequence[NewTable], sheet: str) -> str:
    """Return the sheet that an analysis adds for tables that a book lacks: that of all results for checksums alone."""
    return sheet if has_results(missing) else RESULTS_SHEET
