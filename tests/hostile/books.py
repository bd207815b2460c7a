"""A small sound bank as tables, a writer of tables to workbooks, and surgery on the finished file."""

from __future__ import annotations

import datetime as dt
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import xlsxwriter

from xlalm.domain.cells import Cell

Surgery = Mapping[str, bytes | Callable[[bytes], bytes] | None]


@attrs.frozen
class Calculated:
    """A formula cell: its text, its cached value (None: never calculated), and the range of an array formula."""

    text: str
    value: Any = None
    array: bool = False


@attrs.frozen
class ErrorCell:
    """A cell that shows an error."""

    text: str


@attrs.define
class Sheet:
    """One table on one sheet: where it stands and what it holds, column by column."""

    name: str
    columns: dict[str, list[Any]]
    sheet: str = ""
    row: int = 0  # 0-based corner of the header
    column: int = 0
    totals: bool = False
    options: dict[str, Any] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return max((len(values) for values in self.columns.values()), default=0)

    def address(self, header: str, index: int | None = None) -> str:
        """Address of a cell by header and row (0-based; None: the header itself)."""
        column = self.column + list(self.columns).index(header) + 1 if header in self.columns else self.column + 1
        return str(Cell(self.sheet, self.row + 1 + (0 if index is None else index + 1), column))

    def add(self, **values: Any) -> int:
        """Append a row; returns its index."""
        for header, cells in self.columns.items():
            cells.append(values.get(header))
        return len(self) - 1


@attrs.define
class Book:
    """A workbook in the making."""

    tables: dict[str, Sheet]
    dress: Callable[[xlsxwriter.Workbook, dict[str, Any]], None] | None = None

    def __getitem__(self, name: str) -> Sheet:
        return self.tables[name]

    def save(self, path: Path, surgery: Surgery | None = None, options: Mapping[str, Any] | None = None) -> Path:
        """Write the workbook; ``surgery`` then changes parts of the file."""
        book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_numbers": False, **(options or {})})
        sheets: dict[str, Any] = {}
        for table in self.tables.values():
            if table.sheet not in sheets:
                sheets[table.sheet] = book.add_worksheet(table.sheet)
            write_table(book, sheets[table.sheet], table)
        if not sheets:
            book.add_worksheet()
        if self.dress is not None:
            self.dress(book, sheets)
        book.close()
        if surgery:
            operate(path, surgery)
        return path


def write_table(book: xlsxwriter.Workbook, sheet: Any, table: Sheet) -> None:
    """Write a table and its cells; text is text whatever it begins with."""
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    headers = list(table.columns)
    rows = max(len(table), 1)
    last = table.row + rows + (1 if table.totals else 0)
    columns = [{"header": header} for header in headers]
    if table.totals:
        for entry in columns[1:]:
            entry["total_function"] = "sum"
    options = {"name": table.name, "columns": columns, "total_row": table.totals, **table.options}
    sheet.add_table(table.row, table.column, last, table.column + len(headers) - 1, options)
    for at, header in enumerate(headers):
        for index, value in enumerate(table.columns[header]):
            write_cell(sheet, table.row + 1 + index, table.column + at, value, date)


def write_cell(sheet: Any, row: int, column: int, value: Any, date: Any = None) -> None:
    """Write one value as the type it is."""
    if value is None:
        return
    if isinstance(value, Calculated):
        if value.array:
            sheet.write_array_formula(row, column, row, column, value.text, None, value.value or "")
        else:
            sheet.write_formula(row, column, value.text, None, "" if value.value is None else value.value)
    elif isinstance(value, ErrorCell):
        sheet.write_formula(row, column, "=NA()", None, value.text)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, dt.date | dt.time | dt.timedelta):
        sheet.write_datetime(row, column, value, date)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def sound(rng: random.Random, *, assets: int = 0, limits: bool = True) -> Book:
    """Return a bank that can be solved; figures, sizes and the places of its tables come from ``rng``."""
    assets = assets or rng.randint(3, 6)
    names = ["Cash", *[f"Asset {i}" for i in range(1, assets)], "Deposits", "Bonds issued", "Capital"]
    n = len(names)
    side = ["asset"] * assets + ["liability", "liability", "equity"]
    balance = [float(rng.randint(50, 900)) for _ in range(assets)]
    total = sum(balance)
    funding = [round(0.6 * total, 2), round(0.3 * total, 2)]
    balance += [*funding, round(total - sum(funding), 2)]
    positions: dict[str, list[Any]] = {
        "Position": names,
        "Side": side,
        "Balance": balance,
        "Min": [round(0.5 * b, 2) for b in balance[:-1]] + [balance[-1]],
        "Max": [round(1.6 * b, 2) for b in balance[:-1]] + [balance[-1]],
        "Rate": [round(rng.uniform(0.0, 0.09), 4) for _ in range(n)],
        "Class": ["cash", *rng.choices(["loan", "bond"], k=assets - 1), "deposit", "wholesale", None],
        "Duration": [round(rng.uniform(0.0, 7.0), 2) if s != "equity" else 0.0 for s in side],
        "Risk weight": [0.0, *[rng.choice([0.2, 0.5, 1.0]) for _ in range(assets - 1)], 0.0, 0.0, 0.0],
        "CET1": [0.0] * (n - 1) + [1.0],
        "Own score": [float(rng.randint(1, 9)) for _ in range(n)],
    }
    metrics: dict[str, list[Any]] = {
        "Metric": ["liquid share", "asset total", "mean score"],
        "Formula": ['total(class = "cash") / asset_total', 'total(side = "asset")', "sum(own_score) / asset_total"],
        "Unit": ["%", "amount", None],
        "Lens": ["liquidity", "other", "other"],
    }
    rules: dict[str, list[Any]] = {
        "Limit": ["liquidity floor", "turnover cap", "growth cap"],
        "Left": ["liquid_share", "turnover()", "asset_total"],
        "Sense": [">=", "<=", "<="],
        "Right": ["0.1%", 0.6 * total, "1.3 * opening(asset_total)"],
        "Unit": ["%", None, None],
        "Active": ["yes", "yes", "yes"],
        "Owner": ["ALCO", None, None],
    }
    goals: dict[str, list[Any]] = {
        "Goal": ["margin", "score"],
        "Formula": ["net(rate)", "mean_score"],
        "Direction": ["max", "min"],
        "Weight": [1.0, 1.0],
        "Active": ["yes", "no"],
    }
    settings: dict[str, list[Any]] = {
        "Setting": ["method", "currency", "time_limit_s"],
        "Value": ["lp", rng.choice(["EUR", "USD"]), 30],
    }
    tables = {"Positions": positions, "Metrics": metrics, "Limits": rules, "Goals": goals, "Settings": settings}
    if not limits:
        del tables["Limits"]
    book = Book({})
    for name, columns in tables.items():
        book.tables[name] = Sheet(name, columns, name, rng.choice([0, 2, 7]), rng.choice([0, 1, 4]))
    return book


# --- surgery -------------------------------------------------------------------------------------------


def parts_of(path: Path) -> dict[str, bytes]:
    """Return the parts of a zip file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def operate(path: Path, surgery: Surgery) -> None:
    """Write a zip file anew with parts replaced, changed (a function of the bytes), added or left out (None)."""
    parts: dict[str, bytes | None] = dict(parts_of(path))
    for name, change in surgery.items():
        parts[name] = change(parts.get(name) or b"") if callable(change) else change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)


def replaced(*pairs: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Return a change that replaces bytes, each of which must be there."""

    def change(data: bytes) -> bytes:
        for old, new in pairs:
            assert old in data, old
            data = data.replace(old, new, 1)
        return data

    return change


def part_of_table(path: Path, name: str) -> str:
    """Return the part that describes a table."""
    mark = f'displayName="{name}"'.encode()
    return next(part for part, data in parts_of(path).items() if part.startswith("xl/tables/") and mark in data)


def sheet_part(book: Book, table: str) -> str:
    """Return the part of the sheet a table stands on; XlsxWriter numbers sheets in their order."""
    sheets: Sequence[str] = list(dict.fromkeys(sheet.sheet for sheet in book.tables.values()))
    return f"xl/worksheets/sheet{sheets.index(book[table].sheet) + 1}.xml"
