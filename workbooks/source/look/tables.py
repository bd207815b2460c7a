"""Input and result tables of the workbook contract, laid out from ``xlalm/schema``."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.look import GREEN, GREEN_FILL, INPUT_BLUE, RED, RED_FILL, Book
from xlalm.domain.cells import column_letters
from xlalm.domain.result import ResultTable
from xlalm.schema.display import OF_ITS_OWN, header, input_format, result_format
from xlalm.schema.tables import Column, table_schema

_ROWS_FOR_MORE = 200
"""Rows below a table for which choices and limits of entry are set in advance."""


@attrs.frozen
class Shown:
    """A value with a number format of its own, such as a bound in percent among amounts."""

    value: float
    number_format: str


@attrs.frozen
class Place:
    """Where a table stands: 0-based header row, first and last column, last row."""

    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def next_column(self) -> int:
        """Column of a table beside this one, after a gap."""
        return self.last_column + 2


def input_columns(table: str, extra: Sequence[Column] = (), only: Sequence[str] = ()) -> list[Column]:
    """Return a table's columns as the template shows them: required, basic, the book's own, advanced."""
    columns = list(table_schema(table).columns.values())
    if only:
        columns = [column for column in columns if column.key in only]
    ranked = [*columns, *extra]
    return sorted(ranked, key=lambda c: 0 if c.required else 2 if c.advanced else 1)


def place_input(
    book: Book,
    sheet: Worksheet,
    table: str,
    rows: Sequence[Mapping[str, object]],
    *,
    row: int,
    column: int = 0,
    extra: Sequence[Column] = (),
    only: Sequence[str] = (),
    widths: Mapping[str, float] | None = None,
    collapse: bool = False,
) -> Place:
    """Write an input table with notes on its headers, choices to pick from, and text cells for formulas.

    Parameters
    ----------
    rows : values by column key; a missing key leaves the cell blank. Formula columns take text.
    only : keys of the schema's columns to show; all by default.
    extra : columns that the book adds to the schema's.
    collapse : advanced columns are grouped and folded away.
    """
    columns = input_columns(table, extra, only)
    last_row, last_column = row + max(1, len(rows)), column + len(columns) - 1
    sheet.set_row_pixels(row, 32)
    specs = []
    for at, spec in enumerate(columns, start=column):
        specs.append(
            {"header": header(spec.key), "header_format": book.header(**_alignment(spec, {}, first=at == column))}
        )
        width = (widths or {}).get(spec.key, _width(spec))
        folded = {"level": 1, "hidden": True} if collapse and spec.advanced else {}
        sheet.set_column(at, at, width, None, folded)
    if collapse and columns[-1].advanced:
        sheet.set_column(last_column + 1, last_column + 1, None, None, {"collapsed": True})
    sheet.add_table(
        row, column, last_row, last_column, {"name": table, "columns": specs, "style": None, "autofilter": True}
    )
    for at, spec in enumerate(columns, start=column):
        _note(sheet, row, at, spec)
        _validate(sheet, row + 1, at, last_row + _ROWS_FOR_MORE, spec)
        for offset in range(max(1, len(rows))):
            value = rows[offset].get(spec.key) if rows else None
            _write(book, sheet, row + 1 + offset, at, spec, value, first=at == column)
    wrapped = [spec for spec in columns if _wraps(spec)]
    for offset, line in enumerate(rows):
        texts = [(str(line.get(spec.key, "")), (widths or {}).get(spec.key, _width(spec))) for spec in wrapped]
        book.fit_row(sheet, row + 1 + offset, texts)
    return Place(row, column, last_row, last_column)


def _width(spec: Column) -> float:
    if spec.kind == "formula":
        return 34
    if spec.kind in {"text", "any"}:
        return 18
    return 11.5 if spec.unit == "amount" or spec.kind == "choice" else 10


def _wraps(spec: Column) -> bool:
    return spec.kind == "formula" or spec.key in {"text", "description"}


def _note(sheet: Worksheet, row: int, column: int, spec: Column) -> None:
    parts = [spec.description + "."]
    if spec.choices:
        parts.append("One of: " + ", ".join(spec.choices) + ".")
    if spec.unit:
        parts.append(f"Unit: {spec.unit}.")
    if spec.required:
        parts.append("Required.")
    elif spec.default:
        parts.append(f"Blank: {spec.default.removeprefix('=')}.")
    if spec.source:
        parts.append(f"From: {spec.source}.")
    text = " ".join(parts)
    sheet.write_comment(row, column, text, {"author": "xlalm", "width": 230, "height": 34 + 15 * (len(text) // 34)})


def _validate(sheet: Worksheet, first: int, column: int, last: int, spec: Column) -> None:
    rule: dict[str, Any]
    if spec.kind == "choice":
        rule = {"validate": "list", "source": list(spec.choices), "error_title": header(spec.key)}
        rule["error_message"] = "Choose one of the list."
    elif spec.kind == "flag":
        rule = {"validate": "list", "source": ["yes", "no"], "error_message": "Enter yes or no."}
    elif spec.kind == "number" and spec.minimum is not None and spec.maximum is not None:
        rule = {"validate": "decimal", "criteria": "between", "minimum": spec.minimum, "maximum": spec.maximum}
        rule["error_message"] = f"Enter a number between {spec.minimum:g} and {spec.maximum:g}."
    elif spec.kind == "number" and spec.minimum is not None:
        rule = {"validate": "decimal", "criteria": ">=", "value": spec.minimum}
        rule["error_message"] = f"Enter a number of at least {spec.minimum:g}."
    else:
        return
    sheet.data_validation(first, column, last, column, rule | {"ignore_blank": True})


def _write(book: Book, sheet: Worksheet, row: int, column: int, spec: Column, value: object, *, first: bool) -> None:
    look: dict[str, Any] = {"font_color": INPUT_BLUE} | _alignment(spec, {}, first=first)
    if spec.kind in {"formula", "choice"} or spec.key in {"text", "description"}:
        look["num_format"] = "@"
    elif spec.kind == "number":
        look["num_format"] = input_format(spec)
    elif spec.kind == "date":
        look["num_format"] = "yyyy-mm-dd"
    if _wraps(spec):
        look["text_wrap"] = True
    if isinstance(value, Shown):
        look["num_format"], value = value.number_format, value.value
    form = book.cell(**look)
    if value is None or value == "":
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, form)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), form)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    else:
        message = f"{spec.key}: {value!r} cannot be written"
        raise TypeError(message)


def place_result(
    book: Book,
    sheet: Worksheet,
    table: str,
    *,
    row: int,
    column: int = 0,
    keys: Sequence[str] = (),
    looks: Mapping[str, Mapping[str, Any]] | None = None,
    widths: Mapping[str, float] | None = None,
    result: ResultTable | None = None,
    units: Mapping[str, str] | None = None,
) -> Place:
    """Write a result table: its headers, and its rows or one blank row, whose formats every later row takes over.

    Parameters
    ----------
    keys : columns to show, in this order; all by default.
    result : what the table holds when the book is shipped, with the columns that only it has; blank by default.
    looks : format properties by column key, over those the schema gives.
    widths : by column key; without it the sheet's columns stay as they are.
    units : cell with the unit of a column's values, by column key; without it the row's own column ``unit`` decides.
    """
    schema = dict(table_schema(table).columns)
    more = result.more_keys if result is not None else ()
    schema |= {key: Column(key, "number", display=OF_ITS_OWN) for key in more}
    columns = [schema[key] for key in keys or schema]
    records = result.records() if result is not None else []
    last_column, last_row = column + len(columns) - 1, row + max(1, len(records))
    alignments = [_alignment(c, (looks or {}).get(c.key, {}), first=at == 0) for at, c in enumerate(columns)]
    specs = [
        {"header": header(c.key), "header_format": book.header(**alignment)}
        for c, alignment in zip(columns, alignments, strict=True)
    ]
    sheet.add_table(
        row, column, last_row, last_column, {"name": table, "columns": specs, "style": None, "autofilter": False}
    )
    for at, spec in enumerate(columns, start=column):
        code = result_format(spec) or ("@" if spec.kind == "text" else None)
        look: dict[str, Any] = {"num_format": code} if code else {}
        look |= {**alignments[at - column], **(looks or {}).get(spec.key, {})}
        for down in range(row + 1, last_row + 1):
            value = records[down - row - 1][spec.key] if records else None
            sheet.write(down, at, value, book.cell(**look))
        if widths is not None:
            sheet.set_column(at, at, widths.get(spec.key, 12))
    own = [f"${column_letters(column + at + 1)}{row + 2}" for at, spec in enumerate(columns) if spec.key == "unit"]
    for at, spec in enumerate(columns, start=column):
        cells = [units[spec.key]] if units and spec.key in units else own
        if spec.display == "limit" and cells:
            _follow_unit(book, sheet, row + 1, last_row, at, cells[0])
    return Place(row, column, last_row, last_column)


def place_band(book: Book, sheet: Worksheet, *, row: int, column: int, last_column: int) -> None:
    """Write ``WhatIfBand``, a table of one cell without a header; a rule colours the row up to ``last_column``."""
    columns = [{"header": header(key)} for key in table_schema("WhatIfBand").columns]
    options = {"name": "WhatIfBand", "columns": columns, "style": None, "autofilter": False, "header_row": False}
    sheet.add_table(row, column, row, column, options)
    for at in range(column, last_column + 1):
        sheet.write_blank(row, at, None, book.format(bold=True, font_size=11))
    filled = f'=${column_letters(column + 1)}${row + 1}<>""'
    look = book.rule_format(font_color="#FFFFFF", bg_color=RED)
    sheet.conditional_format(row, column, row, last_column, {"type": "formula", "criteria": filled, "format": look})
    sheet.set_row_pixels(row, 22)


def colour_state(book: Book, sheet: Worksheet, row: int, column: int) -> None:
    """Colour a cell that says whether the inputs are still those of the run."""
    for start, colour, fill in (("Inputs as", GREEN, GREEN_FILL), ("INPUTS", RED, RED_FILL)):
        look = book.rule_format(font_color=colour, bg_color=fill)
        test = f'=EXACT(LEFT({column_letters(column + 1)}{row + 1},{len(start)}),"{start}")'
        sheet.conditional_format(row, column, row, column, {"type": "formula", "criteria": test, "format": look})


def _alignment(spec: Column, look: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    """Return how a column's header and cells stand: numbers to the right, texts a little away from them."""
    if "align" in look:
        return {"align": look["align"]}
    if spec.kind == "number":
        return {"align": "right"}
    return {"align": "left"} if first else {"align": "left", "indent": 1}


def _follow_unit(book: Book, sheet: Worksheet, row: int, last_row: int, column: int, unit: str) -> None:
    """Show a value as the unit in a cell asks: percent, an amount or years."""
    formats = ((f'={unit}="%"', "0.00%"), (f'={unit}="years"', "0.00"), (f'={unit}<>""', "#,##0.0"))
    for condition, code in formats:  # the first that holds decides
        rule = {
            "type": "formula",
            "criteria": condition,
            "stop_if_true": True,
            "format": book.rule_format(num_format=code),
        }
        sheet.conditional_format(row, column, last_row, column, rule)
