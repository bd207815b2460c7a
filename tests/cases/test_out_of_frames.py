"""``out`` with tables in memory gives a workbook that holds the inputs and the results."""

from pathlib import Path
from typing import Any

import pytest
from openxml_audit import FileFormat, OpenXmlValidator, ValidationSeverity

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames
from xlalm.app.run.book import open_book
from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package

TABLES: dict[str, Any] = frames({"Positions": BANK, "Limits": (CET1 | {"text": "=Keep 16 %"},), "Goals": (NII,)})


def test_a_solve_of_frames_is_written(tmp_path: Path) -> None:
    """It wrote nothing and said nothing."""
    path = tmp_path / "bank.xlsx"
    solved = xlalm.solve(TABLES, out=path)
    assert solved.result.written == str(path)
    faults = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(str(path)).errors
    assert [fault for fault in faults if fault.severity is ValidationSeverity.ERROR] == []
    names = [table.name for table in Package.open(path).tables()]
    assert names[:3] == ["Positions", "Limits", "Goals"]
    assert set(names[3:]) >= {"Allocation", "LimitReport", "RunInfo", "Findings"}
    assert sorted(place.name for place in tmp_path.iterdir()) == ["bank.manifest.json", "bank.xlsx"]
    again = xlalm.solve(path)
    assert (again.status, again.objective) == ("optimal", solved.objective)
    assert again["Allocation"].equals(solved["Allocation"])
    assert xlalm.rerun(tmp_path / "bank.manifest.json").objective == solved.objective


def test_every_value_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    xlalm.solve(TABLES, out=path)
    before, after = open_book(TABLES).tables, open_book(path).tables
    for name, table in before.items():
        assert after[name].columns == table.columns
        assert list(after[name].headers.values()) == list(table.headers.values())


def test_its_reports_name_the_cells_of_the_workbook(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    solved = xlalm.solve(TABLES, out=path)
    assert solved["LimitReport"]["cell"].tolist() == ["Limits, row 0, column right"]
    info = Package.open(path).table("LimitReport")
    sheet = Package.open(path).values([info.sheet])[info.sheet]
    column = info.first_column + info.headers.index("Cell")
    assert sheet.between(info.first_row + 1, column, column) == ["Limits!D2"]
    assert xlalm.check(path)["LimitReport"]["cell"].tolist() == ["Limits!D2"]


@pytest.mark.parametrize(
    ("verb", "arguments", "table"),
    [
        ("fuzzy", {"method": "fnlp"}, "Allocation"),
        ("frontier", {"limit": "CET1"}, "Frontier"),
        ("sweep", {"cell": "Positions!Bonds.max", "points": 3}, "Sweep"),
        ("report", {}, "LingoRows"),
    ],
)
def test_every_verb_that_writes_writes_frames(verb: str, arguments: dict[str, Any], table: str, tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    given = ("lingo", TABLES) if verb == "report" else (TABLES,)
    found = getattr(xlalm, verb)(*given, out=path, **arguments)
    assert found.result.written == str(path), found.findings
    assert {"Positions", table} <= {info.name for info in Package.open(path).tables()}


def test_bad_input_is_not_written(tmp_path: Path) -> None:
    found = xlalm.solve({name: table for name, table in TABLES.items() if name != "Goals"}, out=tmp_path / "bank.xlsx")
    assert found.status == "bad input"
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_with_macros_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(
        Refused, match=r"bank\.xlsm: a workbook made from tables in memory ends in \.xlsx; name it bank\.xlsx"
    ):
        xlalm.solve(TABLES, out=tmp_path / "bank.xlsm")
