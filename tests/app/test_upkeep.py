"""Verbs around a book: a run restored, the guide, and why nothing fits."""

import shutil
from pathlib import Path

import pytest

from tests.reference.workbook_route import ROOT
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs import upkeep
from xlalm.app.verbs.rerun import restore
from xlalm.cli import main
from xlalm.domain.errors import Refused
from xlalm.workbook.package.package import Package
from xlalm.workbook.reading import read_tables

TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"


def solved_copy(folder: Path) -> Path:
    book = folder / "bank.xlsx"
    shutil.copyfile(TEMPLATE, book)
    verbs.solve(book)
    return book


def allocation(book: Path) -> list[object]:
    from openpyxl import load_workbook

    for sheet in load_workbook(book, data_only=True).worksheets:
        if "Allocation" in sheet.tables:
            return [[cell.value for cell in row] for row in sheet[sheet.tables["Allocation"].ref]]
    message = "no table Allocation"
    raise AssertionError(message)


def clear(book: Path) -> None:
    """Empty the first rows of the results, as a careless user would."""
    package = Package.open(book)
    package.write_table("Allocation", [[None] * len(package.table("Allocation").headers)])
    package.save()


def test_a_lost_result_is_restored(tmp_path: Path) -> None:
    book = solved_copy(tmp_path)
    before = allocation(book)
    clear(book)
    assert allocation(book) != before
    result = restore(book)
    assert allocation(book) == before
    assert result.messages[0].startswith("Restored the run of ")
    assert not any("have changed" in line for line in result.messages)


def test_inputs_that_changed_since_are_said(tmp_path: Path) -> None:
    book = solved_copy(tmp_path)
    before = allocation(book)
    tables, _ = read_tables(book)
    goals = tables["Goals"]
    package = Package.open(book)
    package.write_cells(goals.sheet, {(goals.rows[0], goals.column_numbers["weight"]): 0.5})
    package.save()
    result = restore(book)
    assert any("have changed since that run" in line for line in result.messages)
    assert allocation(book) == before


def test_a_book_without_a_run_is_told_to_solve(tmp_path: Path) -> None:
    book = tmp_path / "fresh.xlsx"
    shutil.copyfile(TEMPLATE, book)
    with pytest.raises(Refused, match="solve it first"):
        restore(book)


def test_tables_in_memory_are_restored_from_a_given_manifest(tmp_path: Path) -> None:
    book = solved_copy(tmp_path)
    tables, _ = read_tables(book)
    result = restore(tables, manifest=tmp_path / "bank.manifest.json")
    assert result.written == ""
    assert result.table("Allocation").rows


def test_the_guide_opens_on_its_sheet(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    result = upkeep.guide(tmp_path / "guide.xlsx")
    assert load_workbook(result.written).active.title == "Guide"
    with pytest.raises(Refused, match="exists already"):
        upkeep.guide(tmp_path / "guide.xlsx")


def test_conflicts_of_a_book_that_has_a_plan_are_none() -> None:
    result = verbs.conflicts(TEMPLATE)
    assert result.exit_code == 0
    assert result.table("Conflicts").rows == ()
    assert "there is a plan" in result.messages[0]


def test_conflicts_of_a_book_without_one_are_the_solves(tmp_path: Path) -> None:
    book = tmp_path / "tight.xlsx"
    shutil.copyfile(TEMPLATE, book)
    tables, _ = read_tables(book)
    limits = tables["Limits"]
    row = next(i for i, left in enumerate(limits.columns["left"]) if left == "nsfr")
    package = Package.open(book)
    package.write_cells(limits.sheet, {(limits.rows[row], limits.column_numbers["right"]): 3.0})
    package.save()
    before = book.read_bytes()
    result = verbs.conflicts(book)
    assert result.exit_code == 3
    assert result.table("Conflicts").rows == verbs.solve(book, write=False).table("Conflicts").rows != ()
    assert book.read_bytes() == before


def test_about_names_the_versions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["about"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("xlalm", "Python", "highspy", "xlwings"))


def test_the_doctor_looks_at_this_installation(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor"])
    said = capsys.readouterr()
    assert "things looked at" in said.out
    assert "Traceback" not in said.out + said.err
    result = upkeep.doctor()
    seen = [*result.messages, *(finding.text for finding in result.findings)]
    assert any(line.startswith("Python: ") or line.startswith("python: ") for line in seen)
    assert all(finding.cure for finding in result.findings if finding.severity == "error")
