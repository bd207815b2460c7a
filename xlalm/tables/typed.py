"""From raw tables to typed columns: every fault of every cell is a finding, never an exception."""

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np

from xlalm.domain.findings import Finding, cap, error, suggest, warning
from xlalm.domain.numbers import LARGEST_NUMBER, is_blank, is_number, number_meant, parse_number
from xlalm.domain.table import ErrorValue, Table, TypedTable
from xlalm.domain.text import fold, shown
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.schema.tables import TABLES, Column, TableSchema, table_schema
from xlalm.tables.plausible import meant_rate

_FLAGS = dict.fromkeys(("yes", "y", "true", "1", "on"), True) | dict.fromkeys(("no", "n", "false", "0", "off"), False)


def typed(table: Table) -> tuple[TypedTable, list[Finding]]:
    """Check a table against its schema.

    Returns the typed columns (faulty cells as blanks) and all findings.
    """
    schema = table_schema(table.name)
    findings: list[Finding] = []
    result = TypedTable(table, {}, {}, {}, {})
    for key in schema.required:
        if key not in table.columns:
            hint = suggest(key, [k for k in table.columns if k not in schema.columns])
            findings.append(
                error(
                    table.header_cell(),
                    f'table {table.name} has no column "{key}"{hint}',
                    f"add a column headed {key}: {schema.columns[key].description.lower()}",
                )
            )
    for column in schema.columns.values():
        start = len(findings)
        _read_column(table, column, result, findings)
        cap(findings, start, f"column {column.key}")
    if TABLES[table.name].more_columns:
        for key in table.columns:
            if key not in schema.columns:
                start = len(findings)
                _read_extra_column(table, key, result, findings)
                cap(findings, start, f"column {shown(key)}")
    start = len(findings)
    _check_unique(table, schema, result, findings)
    cap(findings, start, f"column {next(iter(schema.columns))}")
    return result, findings


def _read_column(table: Table, column: Column, result: TypedTable, findings: list[Finding]) -> None:
    present = column.key in table.columns
    values: Sequence[object] = table.columns[column.key] if present else [None]  # one blank stands for all rows
    rows = 1 if present else len(table)
    if present and column.required:
        for index, value in enumerate(values):
            if is_blank(value):
                findings.append(
                    error(
                        table.cell(index, column.key), f"{column.key} is empty", f"enter {column.description.lower()}"
                    )
                )
    if column.kind == "number":
        result.numbers[column.key] = np.tile(_numbers(table, column, values, findings), rows)
    elif column.kind == "flag":
        result.flags[column.key] = np.tile(_flags(table, column, values, findings), rows)
    elif column.kind == "choice":
        result.texts[column.key] = _choices(table, column, values, findings) * rows
    elif column.kind == "text":
        result.texts[column.key] = [_as_text(value, column.default) for value in values] * rows
    else:
        if column.kind == "formula":
            for index, value in enumerate(values):
                if isinstance(value, dt.date | dt.time | dt.timedelta):  # its text would read as a subtraction
                    text = f"{column.key} is a date ({shown(value)})"
                    cure = "enter a number or a formula in a cell that is not formatted as a date"
                    findings.append(error(table.cell(index, column.key), text, cure))
        result.values[column.key] = [None if isinstance(value, ErrorValue) else value for value in values] * rows


def is_readable(table: TypedTable) -> bool:
    """Whether a table has every column that it must have; a missing one is a finding already."""
    return set(table_schema(table.raw.name).required) <= set(table.raw.columns)


def number_or_none(table: TypedTable, key: str, row: int) -> float | None:
    """Return a number, None where it is blank."""
    value = float(table.numbers[key][row])
    return None if math.isnan(value) else value


def formula_text(value: object) -> str:
    """Return the text of a cell that holds a formula or a number; empty where blank."""
    if is_blank(value):
        return ""
    return repr(float(value)) if is_number(value) else str(value)


def flag_of(value: object) -> bool | None:
    """Return whether a cell says yes; None where it says neither yes nor no."""
    return value if isinstance(value, bool) else _FLAGS.get(fold(_as_text(value)))


def date_of(value: object) -> dt.date | None:
    """Return the date that a cell holds, as a date or as a text such as 2026-01-31; None where it holds none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _as_text(value: object, default: str = "") -> str:
    if is_blank(value) or isinstance(value, ErrorValue):
        return default
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _numbers(table: Table, column: Column, values: Sequence[object], findings: list[Finding]) -> Float1D:
    numbers = np.full(len(values), np.nan)
    for index, value in enumerate(values):
        if is_number(value):
            if not abs(value) <= LARGEST_NUMBER:  # NaN compares false
                findings.append(
                    error(
                        table.cell(index, column.key),
                        f"{column.key} is {shown(value)}, which is no usable number",
                        "enter a number below 1e15",
                    )
                )
                continue
            numbers[index] = value
        elif not is_blank(value) and not isinstance(value, ErrorValue):
            findings.append(_not_a_number(table, index, column, value))
    low, high, as_typed = column.minimum, column.maximum, numbers.copy()
    for bad in np.flatnonzero(_outside(numbers, low, high)):
        findings.append(_out_of_range(table, int(bad), column, float(numbers[bad]), as_typed))
        numbers[bad] = np.nan
    if column.default and not column.default.startswith("="):
        numbers[np.isnan(numbers)] = float(column.default)
    return numbers


def _outside(numbers: Float1D, low: float | None, high: float | None) -> Bool1D:
    outside = np.zeros(len(numbers), dtype=np.bool_)
    if low is not None:
        outside |= numbers < low
    if high is not None:
        outside |= numbers > high
    return outside


def _not_a_number(table: Table, index: int, column: Column, value: object) -> Finding:
    text = shown(value)
    cell = table.cell(index, column.key)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return error(cell, f"{column.key} {text} is a date", "format the cell as a number and enter it again")
    meant, number = number_meant(str(value)), parse_number(text)
    if meant is not None:
        cure = f"enter {meant.offer} as a number, not as text"
        return error(cell, f'{column.key} "{text}" is not a number: it has {meant.fault}', cure)
    cure = f"enter {number:.15g} as a number, not as text" if number is not None else f"enter {_example(column)}"
    return error(cell, f'{column.key} "{text}" is not a number', cure)


def _example(column: Column) -> str:
    if column.unit in {"share", "per year"}:
        return "a number such as 0.05 or 5%"
    return "a number such as 100"


def _out_of_range(table: Table, index: int, column: Column, value: float, as_typed: Float1D) -> Finding:
    wanted = (
        f"at least {column.minimum:g}"
        if column.maximum is None
        else (
            f"at most {column.maximum:g}"
            if column.minimum is None
            else f"between {column.minimum:g} and {column.maximum:g}"
        )
    )
    cure = f"enter a number {wanted}"
    if column.key in {"balance", "min", "max"}:
        cure = "enter the amount without a sign: side says whether it is an asset or a liability"
    elif abs(value) > 1 and not _outside(np.array([value / 100]), column.minimum, column.maximum)[0]:
        if column.unit == "per year":
            cure = f"enter {meant_rate(value, as_typed)}, or a number {wanted}"
        elif column.unit == "share":
            cure = f"enter {value:g}% or a number {wanted}"
    return error(table.cell(index, column.key), f"{column.key} is {value:g}; expected {wanted}", cure)


def _flags(table: Table, column: Column, values: Sequence[object], findings: list[Finding]) -> Bool1D:
    default = column.default == "yes"
    flags = np.full(len(values), default, dtype=np.bool_)
    for index, value in enumerate(values):
        if is_blank(value) or isinstance(value, ErrorValue):
            continue
        flag = flag_of(value)
        if flag is not None:
            flags[index] = flag
        else:
            findings.append(
                error(
                    table.cell(index, column.key),
                    f'{column.key} "{shown(value)}" is neither yes nor no',
                    "enter yes or no",
                )
            )
    return flags


def _choices(table: Table, column: Column, values: Sequence[object], findings: list[Finding]) -> list[str]:
    by_fold = {normalise_choice(choice): choice for choice in column.choices}
    known: dict[str, str | None] = {}
    result = []
    for index, value in enumerate(values):
        if is_blank(value) or isinstance(value, ErrorValue):
            result.append(column.default)
            continue
        text = _as_text(value)
        if text not in known:
            known[text] = by_fold.get(normalise_choice(text))
        choice = known[text]
        if choice is None:
            findings.append(
                error(
                    table.cell(index, column.key),
                    f'{column.key} "{shown(value)}" is not one of {", ".join(column.choices)}'
                    f"{suggest(str(value), column.choices)}",
                    "enter one of them",
                )
            )
        result.append(choice or column.default)
    return result


_CHOICE_SYNONYMS = {"≥": ">=", "≤": "<=", "==": "=", "=>": ">=", "=<": "<=", "l1": "1", "l2a": "2a", "l2b": "2b"}


def normalise_choice(text: str) -> str:
    """Return a choice folded for comparison: case, blanks, hyphens and underscores do not count."""
    folded = fold(text).replace("-", "_").replace(" ", "_")
    folded = folded.removeprefix("level_").removeprefix("level")
    return _CHOICE_SYNONYMS.get(folded, folded)


def _read_extra_column(table: Table, key: str, result: TypedTable, findings: list[Finding]) -> None:
    for index, value in enumerate(table.columns[key]):
        if isinstance(value, float) and not math.isfinite(value):
            text = f'"{shown(table.headers[key])}" is {shown(value)}, which is no usable number'
            findings.append(error(table.cell(index, key), text, "enter a number below 1e15"))
    values = [None if is_blank(v) or isinstance(v, ErrorValue) else v for v in table.columns[key]]
    numbers = [
        math.nan if value is None else value for value in values if value is None or isinstance(value, int | float)
    ]
    too_large = any(abs(number) > LARGEST_NUMBER for number in numbers)  # account numbers and the like
    if len(numbers) == len(values) and not too_large:
        result.numbers[key] = np.array(numbers, dtype=np.float64)
    else:
        result.texts[key] = [_as_text(value) for value in values]


def _check_unique(table: Table, schema: TableSchema, result: TypedTable, findings: list[Finding]) -> None:
    key = next(iter(schema.columns))
    if not TABLES[table.name].unique:
        return
    first: dict[str, int] = {}
    for index, name in enumerate(result.texts.get(key, ())):
        folded = fold(name)
        if not folded:
            continue
        if folded in first:
            findings.append(
                error(
                    table.cell(index, key),
                    f'{key} "{shown(name)}" stands already in {table.cell(first[folded], key)}',
                    "give each row its own name or delete one of them",
                )
            )
        first.setdefault(folded, index)


def unknown_columns(table: Table) -> list[Finding]:
    """Warn of near misses among extra columns: ``risk_wieght`` is welcome but probably not meant."""
    schema = table_schema(table.name)
    findings = []
    for key, header in table.headers.items():
        if key in schema.columns:
            continue
        hint = suggest(key, [k for k in schema.columns if k not in table.columns])
        if hint:
            findings.append(
                warning(
                    table.header_cell(key),
                    f'column "{shown(header)}" is not one that xlalm knows{hint}',
                    "rename the header if it was meant; otherwise it stays yours to use in formulas",
                )
            )
    return findings
