"""Tables read from an open workbook equal the tables read from its file, cell by cell."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from tests.calc.lo_engine_desk import ROOT
from xlalm.domain.table import ErrorValue, Table
from xlalm.workbook.live.reading import read_live
from xlalm.workbook.reading import read_tables

pytestmark = pytest.mark.calc

BOOKS = sorted(path for path in (ROOT / "workbooks").glob("**/*.xlsx") if path.stat().st_size < 200_000)


def plain(tables: Mapping[str, Table]) -> dict[str, object]:
    return {
        name: (
            table.name,
            table.sheet,
            dict(table.headers),
            {key: [(type(value), value) for value in column] for key, column in table.columns.items()},
            list(table.rows),
            table.header_row,
            dict(table.column_numbers),
        )
        for name, table in tables.items()
    }


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_committed_books_read_the_same_live(desk_for, path):
    """Values, types, rows and addresses."""
    desk = desk_for(path)
    live, live_findings = read_live(desk.book)
    filed, findings = read_tables(desk.path)
    assert plain(live) == plain(filed)
    assert sorted(map(str, live_findings)) == sorted(map(str, findings))


CACHED = {"=NA()": "#N/A", "=1/0": "#DIV/0!", "=C5&D5": "Cashasset", "=2*E5": 25.0}
"""Formulas of the odd book, with their stored values."""


def odd_book(path: Path) -> Path:
    """A workbook with what cells can hold, and tables as people leave them."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("My positions")
    percent, day = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "yyyy-mm-dd"})
    moment, money = (
        book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        book.add_format({"num_format": "#,##0.00 [$€-407]"}),
    )
    headers = ["Position", "Side", "Balance", "Rate", "as-of", "Note", "Balance ", ""]
    columns = [{"header": header or "Column8"} for header in headers]
    columns[2]["total_function"] = "sum"
    sheet.add_table(3, 2, 12, 9, {"name": "positions", "columns": columns, "total_row": True})
    rows = [
        ["Cash", "asset", 12.5, 0.0125, dt.datetime(2026, 9, 30), "plain"],
        ["Bonds", "asset", 1e-7, 1.5, dt.datetime(2026, 9, 30, 14, 30), True],
        [None, None, None, None, None, None],
        ["  ", None, None, None, None, None],
        ["Loans", "asset", "12%", "1-2", "2026-01-02", "#N/A"],
        ["Error", "asset", "=NA()", "=1/0", None, "=C5&D5"],
        ["=x", "liability", "=2*E5", None, None, "'quoted"],
        ["Hidden", "liability", 123456789.123456, 0, None, 3],
    ]
    for r, row in enumerate(rows, start=4):
        for c, value in enumerate(row, start=2):
            style = {3: None, 5: percent, 6: moment if r == 5 else day, 4: money}.get(c)
            if value in CACHED:
                sheet.write_formula(r, c, str(value), None, CACHED[value])
            elif isinstance(value, dt.datetime):
                sheet.write_datetime(r, c, value, style)
            elif isinstance(value, str):
                sheet.write_string(r, c, value, style)
            elif value is not None:
                sheet.write(r, c, value, style)
    sheet.set_row(11, None, None, {"hidden": True})
    settings = book.add_worksheet("Set")
    settings.add_table(
        0, 0, 2, 1, {"name": "Settings", "header_row": True, "columns": [{"header": "Setting"}, {"header": "Value"}]}
    )
    settings.write_row(1, 0, ["method", "lp"])
    settings.write_row(2, 0, ["seed", 7])
    book.close()
    return path


def test_an_odd_book_reads_the_same_live(desk_for, tmp_path):
    """Dates, times, percents, errors, text that looks like one, blank, hidden and totals rows, a header twice."""
    desk = desk_for(odd_book(tmp_path / "odd.xlsx"))
    live, live_findings = read_live(desk.book)
    filed, findings = read_tables(desk.path)
    assert plain(live) == plain(filed)
    assert list(map(str, live_findings)) == list(map(str, findings))
    table = live["Positions"]
    assert len(findings) == 3  # two error cells and a header that is there twice
    assert table.columns["position"] == ["Cash", "Bonds", "Loans", "Error", "=x", "Hidden"]
    assert table.columns["balance"][3] == ErrorValue("#N/A")
    assert table.columns["note"][2] == "#N/A"  # text, not an error
    assert table.columns["as_of"][:2] == [dt.date(2026, 9, 30), dt.datetime(2026, 9, 30, 14, 30)]
    assert str(table.cell(5, "balance")) == "'My positions'!E12"


def test_manual_calculation_is_no_reason_to_read_old_values(desk_for, tmp_path):
    desk = desk_for(odd_book(tmp_path / "odd.xlsx"))
    desk.app.calculation = "manual"
    desk.book.sheets["My positions"].range("E5").value = 100
    live, _ = read_live(desk.book)
    assert live["Positions"].columns["balance"][4] == 200.0
    assert desk.app.calculation == "manual"


def test_currency_cells_keep_all_their_digits(desk_for, tmp_path, monkeypatch):
    """Excel hands over cells in a currency format as decimals of four places; the text of the cell has them all."""
    from tests.calc import lo_engine

    desk = desk_for(odd_book(tmp_path / "odd.xlsx"))
    expected, _ = read_live(desk.book)
    raw = lo_engine.Range.raw_value

    def as_excel(cells: lo_engine.Range) -> object:
        rows = raw.fget(cells)
        if cells.r0 != 3 or not isinstance(rows, list):
            return rows
        return [
            [Decimal(f"{value:.4f}") if isinstance(value, float) and c == 2 else value for c, value in enumerate(row)]
            for row in rows
        ]

    monkeypatch.setattr(lo_engine.Range, "raw_value", property(as_excel, raw.fset))
    live, findings = read_live(desk.book)
    assert plain(live) == plain(expected)
    warned = [str(finding) for finding in findings if finding.severity == "warning"]
    assert len(warned) == 1
    assert warned[0].startswith("'My positions'!E11: Excel gives only four decimals")
