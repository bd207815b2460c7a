"""Solved books over ranges. The same inputs are solved once, whoever asks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from xlalm.app.formulas.arguments import GoalsTable, LimitsTable, MetricsTable, PositionsTable, SettingsTable
from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.declared import Several
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import refuse, table_of
from xlalm.app.verbs import solve as verbs
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, suggest
from xlalm.domain.result import Result, ResultTable
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import shown

Spill = list[list[Any]]
"""What a formula fills several cells with."""

WITH_PLAN = ("optimal", "feasible")


@attrs.frozen(eq=False)
class TableRanges(Several):
    """The tables of a book as a formula was given them; a table more is a line more."""

    positions: PositionsTable
    limits: LimitsTable
    goals: GoalsTable
    settings: SettingsTable = None
    metrics: MetricsTable = None

    @property
    def selections(self) -> dict[str, Selection]:
        """The ranges that are given, by argument."""
        fields = attrs.asdict(self, recurse=False)
        return {name: cells for name, cells in fields.items() if cells is not None}

    def tables(self) -> tuple[dict[str, Table], list[Finding]]:
        """Return the tables with findings for headers and error cells; raises Refused for a range that is none."""
        tables, findings = {}, []
        for name, cells in self.selections.items():
            proper = name.capitalize()
            tables[proper], found = table_of(proper, cells)
            findings += found
        return tables, findings

    def check(self) -> Result:
        """Return the findings, and what a no-change plan scores; raises Refused."""

        def make() -> Result:
            tables, findings = self.tables()
            result = verbs.check(tables)
            return attrs.evolve(result, findings=(*findings, *result.findings))

        return recall("check", self.selections, (), make, placed=True)

    def solve(self, changes: Sequence[str] = ()) -> Result:
        """Return the solved book, of whatever status.

        Raises
        ------
        Refused
            The input cannot be used.
        """
        return self._run("solve", tuple(changes), lambda tables: verbs.solve(tables, changes=changes, write=False))

    def plan(self, changes: Sequence[str] = ()) -> Result:
        """Return the solved book; raises Refused where there is no plan."""
        return _with_plan(self.solve(changes))

    def frontier(self, limit: str, low: float | None, high: float | None) -> Result:
        """Return how the best goal moves with the bound of a limit; raises Refused where no plan is left at all."""
        from xlalm.app.verbs.frontier import frontier

        def run(tables: Mapping[str, Table]) -> Result:
            return frontier(tables, limit=limit, low=low, high=high, write=False)

        return _with_plan(self._run("frontier", (limit, repr(low), repr(high)), run))

    def _run(self, kind: str, more: tuple[str, ...], run: Callable[[Mapping[str, Table]], Result]) -> Result:
        """Return what a verb answers, remembered; raises Refused for tables with faults."""

        def make() -> Result:
            tables, findings = self.tables()
            refuse(findings)
            result = run(tables)
            refuse(result.findings)
            return attrs.evolve(result, findings=(*findings, *result.findings))

        return recall(kind, self.selections, more, make, placed=True)


def _with_plan(result: Result) -> Result:
    if result.status in WITH_PLAN:
        return result
    said = result.messages[0].removesuffix(".") if result.messages else f"the book is {result.status}"
    raise Refused(None, said, "=ALM_CONFLICTS and =ALM_EXPLAIN say more")


def lines(texts: Sequence[str]) -> Spill:
    """Return one line of text per row."""
    return [[text] for text in texts or ["Nothing to report."]]


def shown_columns(table: ResultTable, columns: str, headers: bool) -> Spill:
    """Return the rows of a result table with the columns asked for, blank where there is no value; raises Refused."""
    keys = [normalise_header(word) for word in columns.replace(";", ",").split(",")]
    places: Mapping[str, int] = {key: place for place, key in enumerate(table.keys)}
    for key in keys:
        if key not in places:
            known = ", ".join(places)
            text = f'there is no column "{shown(key)}"{suggest(key, places)}'
            cure = f"choose from {known}"
            raise Refused(None, text, cure)
    rows = [[row[places[key]] for key in keys] for row in table.rows]
    return [list(keys), *rows] if headers else rows
