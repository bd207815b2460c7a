"""From selected ranges to the tables of a book, every value with the cell it was read from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest

import attrs

from xlalm.app.formulas.selection import Selection, Value
from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, cap, error, has_errors
from xlalm.domain.numbers import parse_number
from xlalm.domain.table import ErrorValue, Table, normalise_header
from xlalm.domain.text import fold, shown
from xlalm.schema.tables import table_schema

MAX_ROWS = 200_000
"""Rows of one table, as in a workbook file."""


@attrs.frozen(eq=False)
class SelectedTable(Table):
    """A table made of ranges: ``place`` gives the cell of a row (None: the header) and column key."""

    place: Callable[[int | None, str], Cell]

    def cell(self, index: int, key: str) -> Cell:
        """Return the cell of row ``index`` (0-based among kept rows) in column ``key``."""
        return self.place(index, key)

    def header_cell(self, key: str = "") -> Cell:
        """Return the cell of a header (the first one where the column is missing)."""
        return self.place(None, key)


def has_headers(selection: Selection, table: str) -> bool:
    """Whether a range is a table: several columns, with headers in the first row."""
    known = table_schema(table).columns
    headers = [value for value in selection.head if isinstance(value, str) and normalise_header(value) in known]
    return len(selection.head) > 1 and bool(headers)


def table_of(name: str, selection: Selection) -> tuple[Table, list[Finding]]:
    """Return a range with headers as a table, with findings for its headers and its error cells.

    Blank rows and the totals row of an Excel Table are left out.

    Raises
    ------
    Refused
        The range holds no table of this kind.
    """
    if not has_headers(selection, name):
        keys = ", ".join(table_schema(name).required)
        text = f"is no {name} table: its first row holds none of the headers"
        raise selection.fault(text, f"select the table with its header row ({keys}, …), such as {name}[#All]")
    if len(selection.rows) > MAX_ROWS:
        message = f"has {len(selection.rows):,} rows"
        raise selection.fault(message, f"a table holds up to {MAX_ROWS:,}")
    headers, columns, findings = _headers(name, selection)
    kept = [i for i, row in enumerate(selection.rows) if i and any(value is not None for value in row)]
    values = {key: [selection.rows[i][column] for i in kept] for key, column in columns.items()}
    if kept and _is_totals_row(name, values):
        kept.pop()
        values = {key: column[:-1] for key, column in values.items()}

    def place(index: int | None, key: str) -> Cell:
        inside = 0 if index is None or index >= len(kept) else kept[index]
        return selection.cell(inside, columns.get(key, 0))

    return _table(name, headers, values, place), findings + _error_cells(values, place)


def _headers(name: str, selection: Selection) -> tuple[dict[str, str], dict[str, int], list[Finding]]:
    headers: dict[str, str] = {}
    columns: dict[str, int] = {}
    findings = []
    for column, header in enumerate(selection.rows[0]):
        if isinstance(header, ErrorValue):
            cure = "correct the formula or enter the header"
            findings.append(error(selection.cell(0, column), f"a header of {name} shows {header.text}", cure))
            continue
        key = normalise_header(str(header)) if header is not None else ""
        if key in headers:
            text = f'column "{shown(header)}" of {name} is the same as "{shown(headers[key])}"'
            findings.append(error(selection.cell(0, column), text, "rename one of them"))
        elif key:
            headers[key], columns[key] = str(header), column
    return headers, columns, findings


def _is_totals_row(name: str, values: Mapping[str, Sequence[Value]]) -> bool:
    """Whether the last row is the one Excel adds under a table: "Total", with blanks where every line has a value."""
    first, *others = table_schema(name).required
    label = values[first][-1] if first in values else None
    if not isinstance(label, str) or fold(label) != "total":
        return False
    return any(key in values and values[key][-1] is None for key in others)


@attrs.frozen
class SideRanges:
    """Plain ranges that become positions of one side: ``columns`` maps keys to ranges of the same size or one value."""

    side: str
    columns: Mapping[str, Selection | Value]


def plain_positions(sides: Sequence[SideRanges]) -> tuple[Table, list[Finding]]:
    """Return ``Positions`` made of ranges without headers; rows blank in every range of a side are left out.

    Raises
    ------
    Refused
        Ranges of one side differ in size.
    """
    values: dict[str, list[Value]] = {"position": [], "side": []}
    for given in sides:
        values |= {key: [] for key in given.columns if key not in values}
    spots: list[dict[str, _Spot]] = []
    for given in sides:
        for row in _rows_of(given):
            record = {key: value for key, (value, _) in row.items()}
            record |= {"position": f"{given.side} {len(spots) + 1}", "side": given.side}
            for key, column in values.items():
                column.append(record.get(key))
            spots.append({key: spot for key, (_, spot) in row.items() if spot is not None})

    def place(index: int | None, key: str) -> Cell:
        found = spots[index or 0] if spots else {}
        spot = found.get(key) or next(iter(found.values()), None)
        return Cell("Positions", 1, 1) if spot is None else spot[0].cell(spot[1], spot[2])

    return _table("Positions", {key: key for key in values}, values, place), _error_cells(values, place)


_Spot = tuple[Selection, int, int]


def _rows_of(side: SideRanges) -> Iterator[dict[str, tuple[Value, _Spot | None]]]:
    """Give the cells of a side line by line, each with where it stands; a single value stands on every line."""
    ranges = {key: given for key, given in side.columns.items() if isinstance(given, Selection)}
    single = {key: (given, None) for key, given in side.columns.items() if not isinstance(given, Selection)}
    if len({given.size for given in ranges.values()}) > 1:
        said = " and ".join(f"{given.name} has {given.size:,} cells" for given in ranges.values())
        cure = "select ranges of the same size"
        raise Refused(None, said, cure)
    lines = zip_longest(*map(_flat, ranges.values()), fillvalue=(None, None))  # blank rows at the end are not read
    for number, line in enumerate(lines):
        row = dict(zip(ranges, line, strict=True))
        blank = all(value is None for value, _ in line)
        if not blank and not (number == 0 and _is_heading(row)):
            yield {**row, **single}


def _is_heading(row: Mapping[str, tuple[Value, object]]) -> bool:
    """Whether the first cells of plain ranges are their headers: words where every line has numbers."""
    schema = table_schema("Positions").columns
    cells = [(key, value) for key, (value, _) in row.items() if schema[key].kind == "number"]
    words = [key for key, value in cells if isinstance(value, str) and parse_number(value) is None]
    known = normalise_header(str(row["balance"][0])) == "balance"
    return len(words) == len(cells) and (known or len(cells) > 1)


def _flat(selection: Selection) -> Iterator[tuple[Value, _Spot]]:
    for r, row in enumerate(selection.rows):
        for c, value in enumerate(row):
            yield value, (selection, r, c)


def _table(
    name: str,
    headers: Mapping[str, str],
    values: Mapping[str, Sequence[Value]],
    place: Callable[[int | None, str], Cell],
) -> SelectedTable:
    rows = range(2, 2 + len(next(iter(values.values()), ())))
    numbers = {key: number for number, key in enumerate(values, start=1)}
    return SelectedTable(name, name, headers, values, rows, 1, numbers, place)


def _error_cells(values: Mapping[str, Sequence[Value]], place: Callable[[int | None, str], Cell]) -> list[Finding]:
    findings: list[Finding] = []
    for key, column in values.items():
        start = len(findings)
        for index, value in enumerate(column):
            if isinstance(value, ErrorValue):
                text = f"{key} shows {value.text}"
                findings.append(error(place(index, key), text, "correct the formula or enter the value"))
        cap(findings, start, f"column {key}")
    return findings


def refuse(findings: Sequence[Finding]) -> None:
    """Stop a formula whose input has faults: the first one, and how many more there are; raises Refused."""
    if has_errors(findings):
        errors = [finding for finding in findings if finding.severity == "error"]
        more = f" ({len(errors) - 1} more: =ALM_CHECK lists them)" if len(errors) > 1 else ""
        first = errors[0]
        raise Refused(first.cell, first.text, f"{first.cure}{more}")
