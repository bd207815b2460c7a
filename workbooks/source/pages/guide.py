"""The sheet Guide: how to use the workbook, every column of every input table, the formula language, all measures."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.look import NAVY, STEEL, Book
from xlalm.domain.settings import SETTINGS, SettingSpec
from xlalm.regulation.catalogue import catalogue
from xlalm.schema.display import header
from xlalm.schema.tables import INPUT_TABLES, Column, table_schema

_WIDTHS = (26, 24, 58, 15, 24, 78)
_STEPS = (
    "Positions holds the balance sheet: one row per line, its opening balance, and how far the plan may move it.",
    "Limits holds the rules. Left is a measure of the list below or a formula; right is 110%, 1800 or a formula.",
    "Goals says what is maximised or minimised. One goal is active; to pursue another set its Active to yes.",
    "Press Solve on the ribbon, or run  xlalm solve <this file>.  To be told first what is wrong: xlalm check.",
    "Dashboard is the page for the committee. Results holds every figure: balances, limits with prices, measures.",
    "Analysis says what frontier, var, surface and weights found; figures: Takeovers, VaR, Surface.",
    "Blue cells are inputs. Rows and columns may be added, moved, filtered, hidden: tables are found by name.",
    "Any column you add to Positions can be used in formulas: numbers to sum, texts to filter.",
    "The figures of the rules stand on Factors with paragraph, date and source; amber ones are not verified.",
)


def add_guide(book: Book) -> None:
    """Add the sheet."""
    sheet = book.sheet("Guide", tab=STEEL, gridlines=False)
    book.heading(sheet, "Guide")
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    row = 2
    for number, step in enumerate(_STEPS, start=1):
        sheet.write_string(row, 0, f"{number}.  {step}", book.format(font_size=10))
        row += 1
    row = _columns(book, sheet, row + 1)
    row = _settings(book, sheet, row + 1)
    row = _language(book, sheet, row + 1)
    _measures(book, sheet, row + 1)


def _title(book: Book, sheet: Worksheet, row: int, text: str) -> int:
    sheet.write_string(row, 0, text, book.format(bold=True, font_size=12, font_color=NAVY))
    return row + 1


def _line(book: Book, sheet: Worksheet, row: int, texts: tuple[str, ...], *, heading: bool = False) -> int:
    for column, text in enumerate(texts):
        apart: dict[str, Any] = {"align": "left", "indent": 1} if column else {"bold": True}
        look = book.header(**apart) if heading else book.cell(text_wrap=True, valign="top", **apart)
        sheet.write_string(row, column, text, look)
    book.fit_row(sheet, row, list(zip(texts, _WIDTHS, strict=False)))
    return row + 1


def _columns(book: Book, sheet: Worksheet, row: int) -> int:
    row = _title(book, sheet, row, "Columns of the input tables")
    row = _line(
        book, sheet, row, ("Table", "Column", "Meaning", "Unit", "Blank means", "Values and source"), heading=True
    )
    for table in INPUT_TABLES:
        for column in table_schema(table).columns.values():
            row = _line(book, sheet, row, (table, header(column.key), *_explained(column)))
    return row


def _explained(column: Column) -> tuple[str, str, str, str]:
    blank = "required" if column.required else column.default.replace("=", "as ") or "-"
    values = ", ".join(column.choices) or {"flag": "yes or no", "formula": "a formula, in a cell of format Text"}.get(
        column.kind, ""
    )
    return column.description, column.unit or "-", blank, "; ".join(t for t in (values, column.source) if t)


def _settings(book: Book, sheet: Worksheet, row: int) -> int:
    row = _title(book, sheet, row, "Settings")
    row = _line(book, sheet, row, ("Setting", "Default", "Meaning", "", "", "Values"), heading=True)
    for name, spec in SETTINGS.items():
        values = ", ".join(spec.choices) or spec.kind
        row = _line(book, sheet, row, (name, _default(spec), spec.description, "", "", values))
    return row


def _default(spec: SettingSpec) -> str:
    if spec.kind == "flag":
        return "on" if spec.default else "off"
    return f"{spec.default:g}" if isinstance(spec.default, float) else str(spec.default or "-")


def _language(book: Book, sheet: Worksheet, row: int) -> int:
    row = _title(book, sheet, row, "Formula language")
    row = _line(book, sheet, row, ("Write", "Kind", "To get", "", "", "Example"), heading=True)
    for entry in _language_rows():
        row = _line(book, sheet, row, (entry["write"], entry["kind"], entry["meaning"], "", "", entry["example"]))
    return row


def _language_rows() -> Iterator[dict[str, str]]:
    with Path(__file__).with_name("formula_language.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _measures(book: Book, sheet: Worksheet, row: int) -> None:
    row = _title(book, sheet, row, "Measures you can use by name")
    row = _line(book, sheet, row, ("Measure", "Lens", "Meaning", "Unit", "Source", "Formula"), heading=True)
    for metric in catalogue().values():
        texts = (metric.name, metric.lens, metric.description, metric.unit, metric.source, metric.formula)
        row = _line(book, sheet, row, texts)
