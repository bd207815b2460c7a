"""The table Returns: what is read, in which order, and what is said of every fault."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from tests.strategies import model_of
from xlalm.domain.findings import Finding
from xlalm.domain.returns import Returns
from xlalm.domain.table import table_from_columns
from xlalm.tables.returns import read_returns

POSITIONS = {
    "position": ["Long bonds", "Short bonds", "Deposits"],
    "side": ["asset", "asset", "liability"],
    "balance": [60.0, 40.0, 100.0],
    "max": [100.0, 100.0, 200.0],
    "rate": [0.04, 0.03, 0.01],
}
GOALS = {"goal": ["margin"], "formula": ["net(rate)"], "direction": ["max"]}


def read(columns: dict[str, list[Any]]) -> tuple[Returns | None, list[Finding]]:
    sheet = model_of({"Positions": POSITIONS, "Goals": GOALS}).sheet
    return read_returns(table_from_columns("Returns", columns), sheet)


def days(count: int) -> list[dt.date]:
    return [dt.date(2026, 1, 1) + dt.timedelta(day) for day in range(count)]


def test_columns_find_their_positions_and_days_their_order() -> None:
    history, findings = read(
        {
            "Date": [dt.datetime(2026, 1, 3, 17), "2026-01-01", dt.date(2026, 1, 2)],
            "DEPOSITS": [3, 1, 2],
            "long-bonds": [0.3, 0.1, 0.2],
        }
    )
    assert history is not None
    assert history.positions.tolist() == [2, 0]
    assert history.changes.tolist() == [[1.0, 0.1], [2.0, 0.2], [3.0, 0.3]]
    assert history.dates == tuple(days(3))
    assert [str(f) for f in findings if f.severity == "error"] == []


def test_days_with_gaps_are_left_out_with_a_warning() -> None:
    nan = None
    history, (finding,) = read({"date": days(4), "Long bonds": [0.1, nan, 0.3, 0.4], "Deposits": [0.0, 0.0, " ", 0.0]})
    assert history is not None
    assert history.changes.tolist() == [[0.1, 0.0], [0.4, 0.0]]
    assert history.dates == (days(4)[0], days(4)[3])
    assert finding.severity == "warning"
    assert str(finding.cell) == "Returns!B3"
    assert finding.text.startswith("2 of 4 days")


@pytest.mark.parametrize("columns", [{"date": []}, {"Long bonds": [0.1]}])
def test_a_table_without_days_is_no_history(columns: dict[str, list[Any]]) -> None:
    assert read(columns) == (None, [])


@pytest.mark.parametrize(
    ("columns", "cell", "text", "usable"),
    [
        ({"Long bond": [0.1, 0.2], "Deposits": [0.1, 0.2]}, "Returns!B1", 'did you mean "Long bonds"', True),
        ({"Long bonds": [0.1, 1.2]}, "Returns!B3", "which is 120% in a day; enter 1.2% if", True),
        (
            {"Long bonds": [0.1, "0,2"]},
            "Returns!B3",
            '"0,2", is not a number: it has a decimal comma; enter 0.2',
            False,
        ),
        ({"Long bonds": [0.1, "0.2%"]}, "Returns!B3", "enter 0.002 as a number", False),
        ({"Long bonds": [0.1, True]}, "Returns!B3", "is not a number", False),
        ({"Long bonds": [0.1, float("inf")]}, "Returns!B3", "is inf, which is no usable number", False),
        ({"Other": [0.1, 0.2]}, "Returns!A1", "no column of Returns is headed by a position", False),
        ({"Long bonds": [0.1, None], "Deposits": [None, 0.1]}, "Returns!A1", "no day of Returns has a change", False),
        ({"date": [46000, 46001], "Long bonds": [0.1, 0.2]}, "Returns!A2", 'date "46000" is not a date', False),
        ({"date": ["1.2.2026", "2026-02-02"], "Long bonds": [0.1, 0.2]}, "Returns!A2", "is not a date", False),
        ({"date": days(1) * 2, "Long bonds": [0.1, 0.2]}, "Returns!A3", "stands already in Returns!A2", False),
    ],
)
def test_faults_by_cell(columns: dict[str, list[Any]], cell: str, text: str, usable: bool) -> None:
    history, findings = read({"date": days(2)} | columns)
    assert (history is not None) == usable
    found = [f for f in findings if str(f.cell) == cell]
    assert any(text in str(f) for f in found), [str(f) for f in findings]
    assert any(f.severity == "error" for f in findings) != usable


def test_a_column_of_faults_is_one_fault() -> None:
    _, findings = read({"date": days(300), "Long bonds": ["x"] * 300})
    assert len(findings) == 51
    assert "250 more findings in column Long bonds" in findings[-1].text


def test_history_does_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(1)
    order = rng.permutation(50)
    values = rng.normal(size=50)
    straight, _ = read({"date": days(50), "Long bonds": list(values)})
    mixed, _ = read({"date": [days(50)[i] for i in order], "Long bonds": [values[i] for i in order]})
    assert straight is not None
    assert mixed is not None
    assert (straight.changes == mixed.changes).all()
