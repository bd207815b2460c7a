"""From a workbook file to raw tables, every cell with its address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.likeness import contract_table
from xlalm.domain.table import ErrorValue, Table, normalise_header
from xlalm.domain.text import shown
from xlalm.schema.tables import INPUT_TABLES, RESULT_TABLES
from xlalm.workbook.ownership import own_tables
from xlalm.workbook.package.container import file_bytes
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.sheet_values import SheetValues
from xlalm.workbook.package.table_part import TableInfo

MAX_ROWS = 200_000
"""Rows of one input table; a larger one is a mistake or an attack."""


@attrs.frozen(eq=False)
class BookFile:
    """A workbook file as it was when it was read, once: all that is read of it and written into it starts from here."""

    path: Path
    data: bytes = attrs.field(repr=False)

    @classmethod
    def open(cls, path: Path) -> "BookFile":
        """Read a file; every way in which there is none to read is a ``Refused`` with a cure."""
        return cls(path, file_bytes(path))

    def package(self) -> Package:
        """Return the workbook for reading and editing."""
        return Package(self.data, self.path)


def read_tables(book: BookFile | Path) -> tuple[dict[str, Table], list[Finding]]:
    """Read every input table of design section 4 from a workbook.

    Returns
    -------
    Tables by their proper names, those that look like one under another name with their headers alone, and findings for
    error cells, formulas without cached values, merged cells, tables that are there twice and unusable headers.

    Raises
    ------
    Refused
        The file cannot be read as a workbook.
    """
    if isinstance(book, Path):
        book = BookFile.open(book)
    package = book.package()
    _check_ending(book.path, package.extension)

    def values(wanted: Sequence[TableInfo]) -> dict[str, SheetValues]:
        sheets = package.values(list(dict.fromkeys(info.sheet for info in wanted)))
        return {info.name: sheets[info.sheet] for info in wanted}

    return input_tables(package.tables(), values)


def input_tables(
    infos: Iterable[TableInfo], values: Callable[[Sequence[TableInfo]], Mapping[str, SheetValues]]
) -> tuple[dict[str, Table], list[Finding]]:
    """Return the input tables among those of a book, in a file or open, as ``read_tables`` does.

    Parameters
    ----------
    infos : every table of the book, in sheet order.
    values : gives what the cells of tables show, by the names of the tables.
    """
    infos = tuple(infos)
    proper = {name.casefold(): name for name in INPUT_TABLES}
    ours = {name.casefold() for name in RESULT_TABLES}
    findings = own_tables(infos)
    wanted: dict[str, TableInfo] = {}
    alike: dict[str, Table] = {}
    for info in infos:
        name = proper.get(info.name.casefold(), "")
        if not name and info.name.casefold() not in ours:
            alike |= _alike(info)
        if name in wanted:
            text = f"a second table {name}; the first is in {wanted[name].cell}"
            findings.append(error(info.cell, text, "rename or delete one"))
        elif name:
            _check_rows(name, info)
            wanted[name] = info
    shown_values = values(list(wanted.values()))
    read = {name: _table(name, info, shown_values[info.name], findings) for name, info in wanted.items()}
    return read | alike, findings


def _alike(info: TableInfo) -> dict[str, Table]:
    """Return a table under its own name where it looks like one of the contract: its headers, and no rows."""
    headers, numbers = _headers(info.name, info, [])
    if contract_table(info.name, headers) is None:
        return {}
    columns: dict[str, list[object]] = {key: [] for key in headers}
    return {info.name: Table(info.name, info.sheet, headers, columns, [], info.first_row, numbers)}


def _check_ending(path: Path, wanted: str | None) -> None:
    """Refuse a workbook under another kind's name: Excel does not open it, and results could not be saved to it."""
    if wanted is not None and path.suffix.lower() != wanted:
        text = f"{path.name} is a {wanted} workbook by its content"
        cure = f"rename it to {path.stem}{wanted} and try again"
        raise Refused(None, text, cure)


def _check_rows(name: str, info: TableInfo) -> None:
    if len(info.data_rows) > MAX_ROWS:
        text = f"table {name} has {len(info.data_rows):,} rows, and xlalm reads up to {MAX_ROWS:,}"
        raise Refused(info.cell, text, "delete its empty rows")


def _table(name: str, info: TableInfo, sheet: SheetValues, findings: list[Finding]) -> Table:
    headers, numbers = _headers(name, info, findings)
    _check_merged(name, info, sheet, findings)
    spoiled = _spoiled(info, sheet, findings)
    rows: list[int] = []
    columns: dict[str, list[object]] = {key: [] for key in headers}
    places = [(columns[key], number, number - info.first_column) for key, number in numbers.items()]
    held = range(sheet.first_row, sheet.first_row + len(sheet.rows))
    for row in info.data_rows:
        if row not in held and row not in spoiled:
            continue
        cells = sheet.between(row, info.first_column, info.last_column)
        if row not in spoiled and all(_is_blank(cell) for cell in cells):
            continue
        rows.append(row)
        for number, error_value in spoiled.get(row, {}).items():
            cells[number - info.first_column] = error_value
        for column, _, place in places:
            value = cells[place]
            column.append(None if isinstance(value, str) and value == "" else value)
    return Table(name, info.sheet, headers, columns, rows, info.first_row, numbers)


def _is_blank(cell: object) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _headers(name: str, info: TableInfo, findings: list[Finding]) -> tuple[dict[str, str], dict[str, int]]:
    headers: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for number, header in enumerate(info.headers, start=info.first_column):
        key = normalise_header(header)
        cell = Cell(info.sheet, info.first_row, number)
        if not key:
            continue
        if key in headers:
            findings.append(
                error(
                    cell,
                    f'column "{shown(header)}" of {name} is the same as "{shown(headers[key])}" '
                    "(blanks, hyphens, underscores and case do not count)",
                    "rename one of them",
                )
            )
            continue
        headers[key], numbers[key] = header, number
    return headers, numbers


def _check_merged(name: str, info: TableInfo, sheet: SheetValues, findings: list[Finding]) -> None:
    """A merged range shows one value for many cells; in a table the others are blank without anyone seeing it."""
    start = len(findings)
    for area in sheet.merged:
        if area.overlaps(info.area):
            cell = Cell(info.sheet, area.first_row, area.first_column)
            cure = "unmerge them (Home > Merge & Center) and fill every cell"
            findings.append(error(cell, f"cells {area} of table {name} are merged", cure))
    cap(findings, start, f"table {name}")


def _spoiled(info: TableInfo, sheet: SheetValues, findings: list[Finding]) -> dict[int, dict[int, ErrorValue]]:
    """Return the cells of a table's body that hold errors or were never calculated, each with its finding."""
    spoiled: dict[int, dict[int, ErrorValue]] = {}
    start = len(findings)
    for row, column, text in _within(info, [(*place, text) for place, text in sheet.scan.errors.items()]):
        spoiled.setdefault(row, {})[column] = ErrorValue(text)
        header = shown(info.headers[column - info.first_column])
        text = f'"{header}" shows {shown(text)}'
        findings.append(error(Cell(info.sheet, row, column), text, "correct the formula or enter the value"))
    cap(findings, start, f"table {info.name}")
    start = len(findings)
    for row, column, _ in _within(info, [(*place, "") for place in sorted(sheet.scan.uncached)]):
        spoiled.setdefault(row, {})[column] = ErrorValue("not calculated")
        text = f'the formula in "{shown(info.headers[column - info.first_column])}" has no stored value'
        cure = "open the book in Excel, let it calculate, save it and try again"
        findings.append(error(Cell(info.sheet, row, column), text, cure))
    cap(findings, start, f"table {info.name}")
    return spoiled


def _within(info: TableInfo, cells: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the cells that lie in the body of a table."""
    body, columns = info.data_rows, range(info.first_column, info.last_column + 1)
    return [cell for cell in cells if cell[0] in body and cell[1] in columns]
