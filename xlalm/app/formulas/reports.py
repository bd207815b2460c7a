"""Solved books over ranges: allocation, prices, explanation. The same inputs are solved once, whoever asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.selection import Selection, shown_text
from xlalm.app.formulas.tables import refuse, table_of
from xlalm.app.verbs import solve as verbs
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, has_errors, suggest
from xlalm.domain.result import Result, ResultTable
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import fold, shown

Cells = Selection | None
Rows = list[list[Any]]

LIMIT_FIGURES = (
    "value",
    "opening",
    "bound",
    "headroom",
    "utilisation",
    "shadow_price",
    "worth_of_one_unit",
    "valid_from",
    "valid_to",
)
_WITH_PLAN = ("optimal", "feasible")


class Book:
    """The tables of a book as a formula was given them."""

    def __init__(self, **ranges: Cells) -> None:
        self.selections = {name: cells for name, cells in ranges.items() if cells is not None}

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
        return self._recalled("check", (), lambda tables: verbs.check(tables))

    def solve(self, changes: Sequence[str] = ()) -> Result:
        """Return the solved book, of whatever status.

        Raises
        ------
        Refused
            The input cannot be used.
        """
        return self._recalled("solve", tuple(changes), lambda tables: verbs.solve(tables, changes=changes, write=False))

    def plan(self, changes: Sequence[str] = ()) -> Result:
        """Return the solved book; raises Refused where there is no plan."""
        result = self.solve(changes)
        if result.status not in _WITH_PLAN:
            raise _no_plan(result)
        return result

    def frontier(self, limit: str, low: float | None, high: float | None) -> Result:
        """Return how the best goal moves with the bound of a limit; raises Refused where no plan is left at all."""
        from xlalm.app.verbs.frontier import frontier

        def run(tables: Mapping[str, Table]) -> Result:
            return frontier(tables, limit=limit, low=low, high=high, write=False)

        result = self._recalled("frontier", (limit, repr(low), repr(high)), run)
        if result.status not in _WITH_PLAN:
            raise _no_plan(result)
        return result

    def _recalled(self, kind: str, more: tuple[str, ...], run: Any) -> Result:
        def make() -> Result:
            tables, findings = self.tables()
            if kind != "check":
                refuse(findings)
            result: Result = run(tables)
            if kind != "check":
                refuse(result.findings)
            return _with_findings(result, findings)

        return recall(kind, self.selections, more, make, placed=True)


def _with_findings(result: Result, findings: Sequence[Finding]) -> Result:
    import attrs

    return attrs.evolve(result, findings=(*findings, *result.findings)) if findings else result


def check(book: Book) -> Rows:
    """Return a line per finding and per limit that fails already."""
    result = book.check()
    lines = [f"{finding.severity}: {finding}" for finding in result.findings]
    # With error cells read as blank the figures would be those of another book.
    return _lines([*lines, *(result.messages if not has_errors(result.findings) else ())])


def allocation(book: Book, columns: str | None, headers: bool) -> Rows:
    """Return the allocation; raises Refused where there is no plan."""
    default = ("position", "side", "opening", "optimal", "change", "status")
    return shown_columns(book.plan().table("Allocation"), columns, default, headers)


def shadow_prices(book: Book, columns: str | None, headers: bool) -> Rows:
    """Return what each limit's bound is worth and between which bounds that holds; raises Refused."""
    default = ("limit", "shadow_price", "worth_of_one_unit", "unit", "valid_from", "valid_to", "next_limit")
    return shown_columns(book.plan().table("LimitReport"), columns, default, headers)


def reduced_costs(book: Book, columns: str | None, headers: bool) -> Rows:
    """Return what each position's bound is worth; raises Refused."""
    default = ("position", "status", "reduced_cost", "coefficient_low", "coefficient_high")
    return shown_columns(book.plan().table("Allocation"), columns, default, headers)


def binding(book: Book, columns: str | None, headers: bool) -> Rows:
    """Return the limits that bind in the plan; raises Refused."""
    default = ("limit", "value", "sense", "bound", "worth_of_one_unit", "unit", "lens")
    table = book.plan().table("LimitReport")
    where = table.keys.index("binding")
    rows = tuple(row for row in table.rows if row[where] == "yes")
    if not rows:
        return _lines(["No limit binds in the plan."])
    return shown_columns(ResultTable(table.name, rows, table.more_keys), columns, default, headers)


def limit_value(book: Book, limit: str, figure: str) -> float:
    """Return one figure of one limit in the plan; raises Refused."""
    key = normalise_header(figure)
    if key not in LIMIT_FIGURES:
        known = ", ".join(LIMIT_FIGURES)
        text = f'figure "{shown(figure)}" is not known{suggest(key, LIMIT_FIGURES)}'
        cure = f"enter one of {known}"
        raise Refused(None, text, cure)
    records = {fold(record["limit"]): record for record in book.plan().table("LimitReport").records()}
    found = records.get(fold(limit))
    if found is None:
        hint = suggest(limit, [record["limit"] for record in records.values()])
        text = f'there is no limit "{shown(limit)}"{hint}'
        cure = "enter its name as in Limits"
        raise Refused(None, text, cure)
    if found[key] is None:
        text = f'limit "{shown(limit)}" has no {key} in this plan'
        cure = "=ALM_SHADOW_PRICES shows which have"
        raise Refused(None, text, cure)
    return float(found[key])


def explain(book: Book) -> Rows:
    """Return the explanation line by line, of a plan or of why there is none; raises Refused."""
    return _lines(book.solve().messages)


def conflicts(book: Book, columns: str | None, headers: bool) -> Rows:
    """Return what cannot hold together and the cheapest way out; one line where a plan exists; raises Refused."""
    result = book.solve()
    if result.status in _WITH_PLAN:
        return _lines(["A plan exists: no limits are in conflict."])
    table = result.tables.get("Conflicts")
    if table is None or not table.rows:
        return _lines(result.messages or [f"The book is {result.status}."])
    default = ("kind", "name", "sense", "bound", "needed", "unit", "in_conflict", "cell")
    return shown_columns(table, columns, default, headers)


def what_if(book: Book, changes: Selection, columns: str | None, headers: bool) -> Rows:
    """Return everything in the answer that differs once cells are changed; raises Refused."""
    default = ("kind", "name", "base", "changed", "change", "unit")
    return shown_columns(book.plan(_changes(changes)).table("WhatIf"), columns, default, headers)


def _no_plan(result: Result) -> Refused:
    said = result.messages[0].removesuffix(".") if result.messages else f"the book is {result.status}"
    return Refused(None, said, "=ALM_CONFLICTS and =ALM_EXPLAIN say more")


def _changes(cells: Selection) -> list[str]:
    """Return the changes of a range: texts with ``=`` in one column, or cell and new value in two."""
    if faults := cells.faults:
        refuse(faults)
    texts = []
    for r, row in enumerate(cells.rows):
        words = [shown_text(value) for value in row if value is not None]
        if len(words) > 2:
            raise Refused(cells.cell(r, 0), "a change has more than two cells", "give the cell and its new value")
        if words:
            texts.append("=".join(words))
    if not texts:
        message = "is empty"
        raise cells.fault(message, "enter a change such as Limits!LCR floor=110%")
    return texts


def _lines(lines: Sequence[str]) -> Rows:
    return [[line] for line in lines or ["Nothing to report."]]


def shown_columns(table: ResultTable, columns: str | None, default: Sequence[str], headers: bool) -> Rows:
    """Return the rows of a result table with the columns asked for, blank where there is no value."""
    keys = [normalise_header(word) for word in columns.replace(";", ",").split(",")] if columns else list(default)
    places: Mapping[str, int] = {key: place for place, key in enumerate(table.keys)}
    for key in keys:
        if key not in places:
            known = ", ".join(places)
            text = f'there is no column "{shown(key)}"{suggest(key, places)}'
            cure = f"choose from {known}"
            raise Refused(None, text, cure)
    rows = [[row[places[key]] for key in keys] for row in table.rows]
    return [list(keys), *rows] if headers else rows
