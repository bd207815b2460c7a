"""What is written into a cell reads back exactly."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.workbook.package.opening import opened, text_of, values
from xlalm.workbook.package.package import Package

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "'quoted",
        '"',
        "<a&b>",
        " outer ",
        "two\nlines",
        "tab\there",
        "_x000D_",
        "\r\n",
        "\0",
        "ü漢🙂",
    ]
)


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DATES = st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31))
TIMES = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1)).map(lambda time: time.replace(microsecond=0))
CELLS = TEXTS | FLOATS | st.integers(-(2**53), 2**53) | st.booleans() | DATES | TIMES | st.none()


def as_read(value: object) -> object:
    """What an exact reader returns for a value written."""
    if value is None or value == "":
        return None
    return value if isinstance(value, (bool, str, dt.date)) else float(value)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS, min_size=1, max_size=20))
@example(cells=[5e-324, 1e308, -1e308, 0.1 + 0.2, 1 / 3, 2**53, -1, 1.7976931348623157e308])
@example(cells=["=SUM(A1)", "+1", "-1", "@A1", "'=1", "_x0041_", "a\rb", "\x0b", "]]>", "&amp;"])
@example(cells=[True, False, dt.date(2026, 11, 21), dt.datetime(2026, 11, 21, 23, 59, 59), None, ""])
def test_values_read_back_exactly(blank_book: Path, tmp_path: Path, cells: list[object]) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(3, column): value for column, value in enumerate(cells, 2)})  # type: ignore[misc]
    package.save(out)
    got = {column: value for (_, column), value in values(out, "Data").items()}
    wanted = {column: as_read(value) for column, value in enumerate(cells, 2) if as_read(value) is not None}
    for column, value in wanted.items():
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime) and isinstance(got[column], dt.datetime):
            got[column] = got[column].date()
        if isinstance(value, dt.datetime) and not isinstance(got[column], dt.datetime):
            got[column] = dt.datetime.combine(got[column], dt.time())  # type: ignore[arg-type]
    assert got == wanted
    assert {column: type(value) is bool for column, value in got.items()} == {
        column: type(value) is bool for column, value in wanted.items()
    }
    assert "<f>" not in text_of(out, "xl/worksheets/sheet1.xml")


def test_nan_and_infinity_leave_a_cell_blank_and_numpy_numbers_are_numbers(blank_book: Path, tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    row = [math.nan, math.inf, -math.inf, np.float64("nan"), np.float64(0.1), np.int64(7), np.bool_(True), -0.0]
    package.write_cells("Data", {(1, column): value for column, value in enumerate(row, 1)})
    package.save(out)
    assert values(out, "Data") == {(1, 5): 0.1, (1, 6): 7.0, (1, 7): True, (1, 8): 0.0}
    assert "-0" not in text_of(out, "xl/worksheets/sheet1.xml")


def test_what_a_cell_cannot_hold_is_a_type_error(blank_book: Path) -> None:
    with pytest.raises(TypeError, match="a cell cannot hold a list"):
        Package.open(blank_book).write_cells("Data", {(1, 1): [1]})  # type: ignore[dict-item]


def test_long_text_ends_in_an_ellipsis_at_excels_limit(blank_book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(1, 1): "x" * 40_000, (2, 1): "🙂" * 20_000, (3, 1): "y" * 32_767})
    package.save(out)
    got = values(out, "Data")
    assert got[1, 1] == "x" * 32_766 + "…"
    assert got[2, 1] == "🙂" * 16_383 + "…"
    assert got[3, 1] == "y" * 32_767


def test_dates_in_a_book_that_counts_from_1904(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(path, {"date_1904": True})
    book.add_worksheet("Data")
    book.close()
    package = Package.open(path)
    package.write_cells("Data", {(1, 1): dt.date(2026, 11, 21), (1, 2): dt.datetime(2026, 11, 21, 12, 0)})
    package.save()
    assert values(path, "Data") == {(1, 1): dt.date(2026, 11, 21), (1, 2): dt.datetime(2026, 11, 21, 12, 0)}


def test_dates_before_excels_calendar_become_text(blank_book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    package = Package.open(blank_book)
    package.write_cells("Data", {(1, 1): dt.date(1850, 1, 2)})
    package.save(out)
    assert values(out, "Data") == {(1, 1): "1850-01-02"}


def test_a_cell_keeps_its_style_and_a_date_gets_one_that_shows_it(book: Path) -> None:
    package = Package.open(book)
    package.write_cells("Results", {(5, 2): dt.date(2026, 11, 21), (5, 3): 1.0})
    package.save()
    sheet = opened(book)["Results"]
    assert sheet["B5"].number_format == "yyyy-mm-dd"
    assert sheet["C5"].number_format == "#,##0.0"
