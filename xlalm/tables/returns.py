"""History of the positions' daily changes of value: the table ``Returns``, one column per position."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, cap, error, has_errors, suggest, warning
from xlalm.domain.numbers import LARGEST_NUMBER, is_blank, is_number, number_meant, parse_number
from xlalm.domain.returns import Returns
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.tables.typed import date_of

LARGEST_CHANGE = 1.0
"""A change of more than 100 % in a day is warned of: it was probably typed without its percent sign."""


def read_returns(table: Table | None, sheet: BalanceSheet) -> tuple[Returns | None, list[Finding]]:
    """Return the history of a book, None where it has no such table or it cannot be used, and findings.

    Days on which a position's change is blank are left out, with a warning. A column that is no position's is a
    warning; a date that is none or stands twice and a change that is no number are errors.
    """
    if table is None or not len(table) or "date" not in table.columns:
        return None, []
    findings: list[Finding] = []
    dates = _dates(table, findings)
    numbers = {normalise_header(name): i for i, name in enumerate(sheet.names)}
    columns: list[Float1D] = []
    positions: list[int] = []
    for key in table.columns:
        if key == "date":
            continue
        if key not in numbers:
            hint = suggest(table.headers[key], sheet.names)
            text = f'column "{shown(table.headers[key])}" of Returns is no position{hint}'
            findings.append(warning(table.header_cell(key), text, "head it as in Positions; it is not used as it is"))
            continue
        start = len(findings)
        positions.append(numbers[key])
        columns.append(_changes(table, key, findings))
        cap(findings, start, f"column {shown(table.headers[key])}")
    if not columns:
        text = "no column of Returns is headed by a position"
        findings.append(error(table.header_cell(), text, "add a column for each position that carries market risk"))
    if has_errors(findings):
        return None, findings
    order = np.argsort(np.array([day.toordinal() for day in dates]), kind="stable")
    changes = np.column_stack(columns)
    findings += _gaps(table, changes, [key for key in table.columns if key in numbers])
    kept = [int(i) for i in order if not np.isnan(changes[i]).any()]
    if not kept:
        text = "no day of Returns has a change for every position"
        return None, [*findings, error(table.header_cell(), text, "fill the blank cells or delete the column of gaps")]
    return Returns(np.array(positions, dtype=np.int64), changes[kept], tuple(dates[i] for i in kept)), findings


def _dates(table: Table, findings: list[Finding]) -> list[dt.date]:
    """Return the date of each row; today's for one that cannot be read, which is a finding."""
    dates: list[dt.date] = []
    first: dict[dt.date, int] = {}
    start = len(findings)
    for row, value in enumerate(table.columns["date"]):
        day = date_of(value)
        cell = table.cell(row, "date")
        if day is None:
            if not is_blank(value):  # a blank one has its finding already
                cure = "enter a date, such as 2026-01-31, in a cell formatted as a date"
                findings.append(error(cell, f'date "{shown(value)}" is not a date', cure))
        elif day in first:
            text = f"{day} stands already in {table.cell(first[day], 'date')}"
            findings.append(error(cell, text, "keep one row for each day"))
        else:
            first[day] = row
        dates.append(day or dt.date.min)
    cap(findings, start, "column date")
    return dates


def _changes(table: Table, key: str, findings: list[Finding]) -> Float1D:
    """Return a column's changes, NaN where blank."""
    changes = np.full(len(table), np.nan)
    header = shown(table.headers[key])
    for row, value in enumerate(table.columns[key]):
        cell = table.cell(row, key)
        if is_number(value) and not abs(value) <= LARGEST_NUMBER:  # NaN compares false
            text = f'the change of "{header}" is {value:g}, which is no usable number'
            findings.append(error(cell, text, "enter a number such as 0.004 or 0.4%"))
        elif is_number(value):
            changes[row] = value
            if abs(value) > LARGEST_CHANGE:
                text = f'the change of "{header}" is {value:g}, which is {value:.0%} in a day'
                findings.append(warning(cell, text, f"enter {value:g}% if that was meant"))
        elif not is_blank(value):
            meant, number = number_meant(str(value)), parse_number(str(value))
            typed = "" if number is None else f"{number:.15g}"
            offer = meant.offer if meant is not None else typed
            why = f": it has {meant.fault}" if meant is not None else ""
            cure = f"enter {offer} as a number" if offer else "enter a number such as 0.004 or 0.4%"
            findings.append(error(cell, f'the change of "{header}", "{shown(value)}", is not a number{why}', cure))
    return changes


def _gaps(table: Table, changes: NDArray[np.float64], keys: list[str]) -> list[Finding]:
    """Warn of days that are left out because a change is missing."""
    rows, places = np.nonzero(np.isnan(changes))
    if not len(rows):
        return []
    days = len(set(rows.tolist()))
    text = f"{days} of {len(changes)} days lack the change of some position and are left out"
    cell = table.cell(int(rows[0]), keys[int(places[0])])
    return [warning(cell, text, "fill the blank cells from here on")]
