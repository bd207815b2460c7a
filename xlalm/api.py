"""The verbs in Python, with result tables as DataFrames; pandas is imported only here."""

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from xlalm.app.run.book import Source
from xlalm.app.verbs import solve as verbs
from xlalm.domain.result import Result, ResultTable
from xlalm.domain.typing import Progress, Stop, never_stop, no_progress

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(eq=False)
class Frames:
    """A result whose tables are DataFrames; every other attribute is the result's own."""

    result: Result
    tables: "dict[str, pd.DataFrame]"

    @property
    def status(self) -> str:
        """Solver status, ``checked`` or ``bad input``."""
        return self.result.status

    @property
    def objective(self) -> float | None:
        """Value of the goal in the plan."""
        return self.result.objective

    @property
    def explanation(self) -> tuple[str, ...]:
        """Sentences of the explanation."""
        return self.result.messages

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings, one line each."""
        return tuple(str(finding) for finding in self.result.findings)

    def __getitem__(self, table: str) -> "pd.DataFrame":
        """Return a result table; raises KeyError."""
        return self.tables[table]


def solve(
    book: Source, *, out: str | Path | None = None, progress: Progress = no_progress, stop: Stop = never_stop
) -> Frames:
    """Optimise a workbook or tables in memory.

    Parameters
    ----------
    book : path, or a mapping from table name (``Positions``, ``Limits``, ``Goals``, …) to a DataFrame.
    out : workbook to write the results to (a copy of ``book``); nothing is written without it.

    Raises
    ------
    Refused
        A file that cannot be read or written. Faults in the tables are ``findings`` instead.
    """
    target = Path(out) if out is not None else None
    return _frames(verbs.solve(book, out=target, write=out is not None, progress=progress, stop=stop))


def check(book: Source) -> Frames:
    """Say what is wrong in a book and what a no-change plan scores."""
    return _frames(verbs.check(book))


def _frames(result: Result) -> Frames:
    return Frames(result, {name: _frame(table) for name, table in result.tables.items()})


def _frame(table: ResultTable) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(list(table.rows), columns=list(table.keys))
