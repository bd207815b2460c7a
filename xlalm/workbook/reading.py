"""From a workbook file to raw tables, every cell with its address."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import python_calamine

from xlalm.domain.cells import Cell
from xlalm.domain.errors import WorkbookError
from xlalm.domain.findings import Finding, error
from xlalm.domain.schema import INPUT_TABLES
from xlalm.domain.table import ErrorValue, Table, normalise_header
from xlalm.domain.validation import shown
from xlalm.workbook.package import CellScan, Package, TableInfo

MAX_ROWS = 200_000
"""Rows of one input table; a larger one is a mistake or an attack."""


def read_tables(path: Path) -> tuple[dict[str, Table], list[Finding]]:
    """Read every input table of design section 4 from a workbook.

    Returns
    -------
    Tables by their proper names, and findings for error cells, formulas without cached values and unusable headers.

    Raises
    ------
    WorkbookError
        The file cannot be read as a workbook.
    """
    package = Package.open(path)
    proper = {name.casefold(): name for name, _ in INPUT_TABLES}
    wanted = [info for info in package.tables() if info.name.casefold() in proper]
    findings: list[Finding] = []
    if not wanted:
        return {}, findings
    grids, scans = _grids(path, {info.sheet for info in wanted}), {}
    tables = {}
    for info in wanted:
        if info.sheet not in scans:
            scans[info.sheet] = package.scan_cells(info.sheet)
        name = proper[info.name.casefold()]
        tables[name] = _table(name, info, grids[info.sheet], scans[info.sheet], findings)
    return tables, findings


def _grids(path: Path, sheets: set[str]) -> Mapping[str, Sequence[Sequence[object]]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return {name: list(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in sheets}
    except (python_calamine.CalamineError, OSError, ValueError) as fault:
        message = f"{path.name} cannot be read ({fault}); open it in Excel, save it as .xlsx and try again."
        raise WorkbookError(message) from fault


def _table(
    name: str, info: TableInfo, grid: Sequence[Sequence[object]], scan: CellScan, findings: list[Finding]
) -> Table:
    headers, numbers = _headers(name, info, findings)
    if len(info.data_rows) > MAX_ROWS:
        message = f"table {name} has {len(info.data_rows):,} rows; xlalm reads up to {MAX_ROWS:,}: delete empty rows."
        raise WorkbookError(message)
    spoiled = _spoiled(info, scan, findings)
    rows: list[int] = []
    columns: dict[str, list[object]] = {key: [] for key in headers}
    first, last = info.first_column - 1, info.last_column
    for row in info.data_rows:
        cells = grid[row - 1][first:last] if row <= len(grid) else []
        if all(cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells) and row not in spoiled:
            continue
        rows.append(row)
        for key, number in numbers.items():
            place = number - info.first_column
            value = cells[place] if place < len(cells) else ""
            if row in spoiled and number in spoiled[row]:
                value = spoiled[row][number]
            columns[key].append(None if isinstance(value, str) and value == "" else value)
    return Table(name, info.sheet, headers, columns, rows, info.first_row, numbers)


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


def _spoiled(info: TableInfo, scan: CellScan, findings: list[Finding]) -> dict[int, dict[int, ErrorValue]]:
    """Return the cells of a table's body that hold errors or were never calculated, each with its finding."""
    body, columns = info.data_rows, range(info.first_column, info.last_column + 1)
    spoiled: dict[int, dict[int, ErrorValue]] = {}
    for (row, column), text in scan.errors.items():
        if row in body and column in columns:
            spoiled.setdefault(row, {})[column] = ErrorValue(text)
            header = shown(info.headers[column - info.first_column])
            cell = Cell(info.sheet, row, column)
            findings.append(error(cell, f'"{header}" shows {text}', "correct the formula or enter the value"))
    for row, column in scan.uncached:
        if row in body and column in columns:
            spoiled.setdefault(row, {})[column] = ErrorValue("not calculated")
            header = shown(info.headers[column - info.first_column])
            cell = Cell(info.sheet, row, column)
            text = f'the formula in "{header}" has no stored value'
            findings.append(error(cell, text, "open the book in Excel, let it calculate, save it and try again"))
    return spoiled
