"""Results: tables with the schema's columns, and what a run says of itself."""

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from xlalm.domain.findings import Finding
from xlalm.domain.status import EXIT_CODES, Status
from xlalm.schema.tables import table_schema

AS_AT_THE_RUN = "Inputs as at the run"
INPUTS_CHANGED = "INPUTS CHANGED since the run"
"""What a block of results says of its inputs. In a workbook a formula says it: it is written for the former."""


@attrs.frozen
class ResultTable:
    """One result table: ``rows`` hold one value per column of the schema; None is blank, NaN never appears."""

    name: str
    rows: tuple[tuple[Any, ...], ...]
    more_keys: tuple[str, ...] = ()  # columns that only this run has, such as one per goal

    @property
    def keys(self) -> tuple[str, ...]:
        """Column names in the schema's order, then those of this run."""
        return (*table_schema(self.name).columns, *self.more_keys)

    def column(self, key: str) -> list[Any]:
        """Return one column."""
        index = self.keys.index(key)
        return [row[index] for row in self.rows]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.keys, row, strict=True)) for row in self.rows]

    def with_records(self, records: Iterable[Mapping[str, Any]]) -> "ResultTable":
        """Return a table of the same columns with other rows."""
        return result_table(self.name, records, self.more_keys)


def result_table(name: str, records: Iterable[Mapping[str, Any]], more_keys: Sequence[str] = ()) -> ResultTable:
    """Build a result table; columns a record does not name are blank, numbers that are not finite too."""
    keys = (*table_schema(name).columns, *more_keys)
    rows = tuple(tuple(_clean(record.get(key)) for key in keys) for record in records)
    return ResultTable(name, rows, tuple(more_keys))


def by_name(*tables: ResultTable) -> dict[str, ResultTable]:
    """Return result tables by their names, in the order given."""
    return {table.name: table for table in tables}


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return 0.0 if value == 0 else float(value)  # no minus zero, no numpy scalar
    return value


def _read_only(tables: Mapping[str, ResultTable]) -> MappingProxyType[str, ResultTable]:
    return MappingProxyType(dict(tables))


@attrs.frozen(eq=False)
class Result:
    """What a verb gives back; nothing in it changes once it is there.

    ``sheet`` names the sheet for a report's tables that the book has no place for; it is blank where a whole run, or
    nothing, is written.
    """

    status: Status
    tables: MappingProxyType[str, ResultTable] = attrs.field(converter=_read_only)
    findings: tuple[Finding, ...] = ()
    method: str = ""
    solver: str = ""
    objective: float | None = None
    certificate: Mapping[str, Any] | None = None
    manifest: Mapping[str, Any] | None = None
    messages: tuple[str, ...] = ()
    written: str = ""
    sheet: str = ""

    @property
    def exit_code(self) -> int:
        """Process exit code of design section 7."""
        return EXIT_CODES[self.status]

    def table(self, name: str) -> ResultTable:
        """Return a result table; raises KeyError."""
        return self.tables[name]

    def with_tables(self, *tables: ResultTable) -> "Result":
        """Return the result with tables added, or put in the place of those of the same name."""
        return attrs.evolve(self, tables={**self.tables, **by_name(*tables)})

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values with the names of the contract."""
        document: dict[str, Any] = {
            "status": self.status,
            "method": self.method,
            "solver": self.solver,
            "objective": _clean(self.objective),
            "certificate": self.certificate,
            "findings": [
                {"severity": f.severity, "cell": str(f.cell) if f.cell else None, "text": f.text, "cure": f.cure}
                for f in self.findings
            ],
            "manifest": self.manifest,
        }
        document |= {name: table.records() for name, table in self.tables.items() if name != "Findings"}
        return document
