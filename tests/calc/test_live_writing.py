"""Results written into an open workbook: all or none, in place, nothing of the user's harmed."""

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.calc import lo_engine
from tests.cases.bank import BANK, CET1, NII, workbook
from xlalm.app.run.book import Book
from xlalm.app.verbs.solve import solve
from xlalm.domain.errors import Refused
from xlalm.domain.result import AS_AT_THE_RUN, INPUTS_CHANGED, ResultTable, result_table
from xlalm.workbook.live import undo as live_undo
from xlalm.workbook.live import writing as live_write
from xlalm.workbook.live.reading import read_live
from xlalm.workbook.live.undo import repair
from xlalm.workbook.live.writing import write_report_live, write_results_live

pytestmark = pytest.mark.calc

TRICKY = [
    "=1+1",
    "+1",
    "-x",
    "@name",
    "12%",
    "1-2",
    "March 5",
    "TRUE",
    "#N/A",
    "'quoted",
    "1e5",
    "plain",
    "3 pm",
    "false",
]


def small_book(path: Path, *, below: str = "") -> Path:
    """Findings with a user's column in the middle and a totals row, RunInfo beside it, notes around them."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Out")
    columns: list[dict[str, Any]] = [
        {"header": "Severity"},
        {"header": "Cell"},
        {"header": "Mine"},
        {"header": "Text", "total_function": "count"},
        {"header": "Cure"},
    ]
    data = [["old", "A1", 1, "x", "y"], ["old", "A2", 2, "x", "y"]]
    sheet.add_table(2, 1, 5, 5, {"name": "Findings", "columns": columns, "data": data, "total_row": True})
    info = {"name": "RunInfo", "columns": [{"header": "Item"}, {"header": "Value"}], "data": [["a", 1]] * 6}
    sheet.add_table(2, 8, 8, 9, info)
    sheet.write("A1", "title")
    sheet.write_formula("A2", "=COUNTA(B4:B5)", None, 2)
    sheet.write_comment("A1", "keep me")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Out!$D$4:$D$5"})
    sheet.insert_chart("M2", chart)
    if below:
        sheet.write(below, "in the way")
    book.close()
    return path


def findings(texts: list[str]) -> ResultTable:
    return result_table("Findings", [{"severity": "note", "cell": "", "text": text, "cure": ""} for text in texts])


def info(rows: int) -> ResultTable:
    return result_table("RunInfo", [{"item": f"item {r}", "value": r + 0.5} for r in range(rows)])


def test_text_stays_text_and_the_table_grows_in_place(desk_for, tmp_path):
    """A user's column keeps its cells, the totals row moves along, formats continue."""
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    charts, comments, settings = desk.charts(), desk.comments(), desk.settings()
    totals = desk.place("Findings").table.range.formula[-1][3]
    assert totals.startswith("=SUBTOTAL(")
    write_results_live(desk.book, {"Findings": findings(TRICKY), "RunInfo": info(2)}, {}, tmp_path / "journal")
    shown = desk.table("Findings")
    last = len(TRICKY)
    assert [row[3] for row in shown[1 : last + 1]] == TRICKY
    assert [row[2] for row in shown[1 : last + 1]] == [1, 2, *[""] * (last - 2)]
    assert desk.place("Findings").totals_rows == 1
    texts = desk.place("Findings").table.range.formula
    assert [row[3] for row in texts if row[3].startswith("=")][1:] == [totals]
    cell = desk.book.sheets["Out"].range("E4").impl.cells.getCellByPosition(0, 0)
    assert (cell.Type.value, cell.String) == ("TEXT", "=1+1")
    assert desk.table("RunInfo") == [["Item", "Value"], ["item 0", 0.5], ["item 1", 1.5]]
    assert desk.book.sheets["Out"].range("I6:J9").value == [[None, None]] * 4  # vacated
    assert desk.book.sheets["Out"].range("A1").value == "title"
    assert (desk.charts(), desk.comments(), desk.settings()) == (charts, comments, settings)
    assert not (tmp_path / "journal").exists()


def test_result_tables_a_run_lacks_are_emptied(desk_for, tmp_path):
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    write_results_live(desk.book, {"RunInfo": info(1)}, {}, tmp_path / "journal")
    assert desk.table("Findings")[1] == ["", "", 1, "", ""]
    assert desk.place("Findings").rows == 3


def test_a_report_leaves_the_other_tables(desk_for, tmp_path):
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    before = desk.table("Findings")
    write_report_live(desk.book, "Report", [info(3)], {}, tmp_path / "journal")
    assert desk.table("Findings") == before
    assert desk.place("RunInfo").rows == 4
    assert [sheet.name for sheet in desk.book.sheets] == ["Out"]


@pytest.mark.parametrize(("below", "named"), [("F9", "Out!F9"), ("B12", "Out!B12")])
def test_a_table_never_grows_over_what_lies_below(desk_for, tmp_path, below, named):
    """The finding names the cell; not one cell of any table is written."""
    desk = desk_for(small_book(tmp_path / "small.xlsx", below=below))
    before = desk.cells()
    with pytest.raises(Refused, match=f"^{named}: Table Findings needs rows 3 to 18.*nothing was written"):
        write_results_live(desk.book, {"Findings": findings(TRICKY), "RunInfo": info(1)}, {}, tmp_path / "journal")
    assert desk.cells() == before
    assert desk.place("Findings").rows == 4


def test_a_table_never_grows_over_another_or_over_merged_cells(desk_for, tmp_path):
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    sheet = desk.book.sheets["Out"]
    sheet.range("D15:E15").impl.cells.merge(True)
    with pytest.raises(Refused, match=r"Out!B7: Table Findings .* cells there are merged"):
        write_results_live(desk.book, {"Findings": findings(TRICKY)}, {}, tmp_path / "journal")
    sheet.range("D15:E15").impl.cells.merge(False)
    sheet.tables.add(source=sheet.range("A10:B11"), name="User")
    with pytest.raises(Refused, match=r"Out!B10: Table Findings .* but table User is there"):
        write_results_live(desk.book, {"Findings": findings(TRICKY)}, {}, tmp_path / "journal")


def test_missing_tables_get_a_sheet_and_the_view_stays(desk_for, tmp_path):
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    desk.book.sheets["Out"].range("C4:D5").select()
    settings = desk.settings()
    allocation = result_table(
        "Allocation", [{"position": "=x", "optimal": 12.25}, {"position": "Cash", "optimal": 3.0}]
    )
    explanation = result_table("Explanation", [{"line": 1, "text": "= 3 % more"}])
    for number in (1, 2):
        results = {"Findings": findings([]), "RunInfo": info(1), "Allocation": allocation, "Explanation": explanation}
        write_results_live(desk.book, results, {}, tmp_path / "journal")
        assert [sheet.name for sheet in desk.book.sheets] == ["Out", "xlalm results"], number
        assert [row[:4] for row in desk.table("Allocation")[1:]] == [["=x", "", "", 12.25], ["Cash", "", "", 3.0]]
        assert desk.table("Explanation") == [["Line", "Text"], [1, "= 3 % more"]]
    place = desk.place("Allocation")
    assert place.sheet.range((1, place.first_column)).value == "Allocation"
    assert place.sheet.range((place.body_first, place.first_column + 3)).number_format == "#,##0.0"
    assert desk.settings() == settings


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_fault_in_the_middle_is_undone(desk_for, tmp_path, monkeypatch, at):
    """Whichever write Excel refuses: every cell, table and setting is as before, and one clear line says so."""

    class RefusedError(OSError):
        __module__ = "pywintypes"

    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    desk.book.sheets["Out"].range("F4").value = "'=kept"
    desk.app.calculation = "manual"
    before, settings, raw = desk.cells(), desk.settings(), lo_engine.Range.raw_value
    written = 0

    def refuse(cells: lo_engine.Range, value: object) -> None:
        nonlocal written
        written += 1
        if written == at:
            message = "0x800A03EC"
            raise RefusedError(message)
        raw.fset(cells, value)

    monkeypatch.setattr(lo_engine.Range, "raw_value", property(raw.fget, refuse))
    explanation = result_table("Explanation", [{"line": 1, "text": "x"}])
    results = {"Findings": findings(TRICKY), "RunInfo": info(2), "Explanation": explanation}
    with pytest.raises(Refused, match=r"0x800A03EC.*nothing was written"):
        write_results_live(desk.book, results, {}, tmp_path / "journal")
    assert desk.cells() == before
    assert desk.settings() == settings
    assert [sheet.name for sheet in desk.book.sheets] == ["Out"]
    assert not (tmp_path / "journal").exists()


def test_the_journal_stays_where_undoing_fails_and_repair_finishes_it(desk_for, tmp_path, monkeypatch):
    desk = desk_for(small_book(tmp_path / "small.xlsx"))
    before, settings, journal = desk.cells(), desk.settings(), tmp_path / "journal"

    def fail(*_arguments: object) -> None:
        message = "gone"
        raise RuntimeError(message)

    with monkeypatch.context() as broken:
        broken.setattr(live_write, "_add_tables", fail)
        broken.setattr(live_undo, "_undo", fail)
        results = {"Findings": findings(TRICKY), "Explanation": result_table("Explanation", [])}
        with pytest.raises(RuntimeError, match="gone"):
            write_results_live(desk.book, results, {}, journal)
    assert desk.cells() != before
    assert desk.settings() == settings
    assert json.loads(journal.read_text())["modes"]["calculation"] == "automatic"
    repair(desk.book, journal)
    assert desk.cells() == before
    assert not journal.exists()


def test_whether_inputs_changed_is_told_by_a_formula(desk_for, tmp_path):
    """The cell is alive in the open workbook; a user's own table of a result's name is left as it is."""
    own = [{"No": 1, "Audit finding": "Model not validated", "Owner": "CRO"}]
    tables = {"Positions": BANK, "Limits": [CET1], "Goals": [NII], "Findings": own}
    desk = desk_for(workbook(tmp_path / "small.xlsx", tables))
    kept = desk.table("Findings")
    inputs, said = read_live(desk.book)
    assert [finding.severity for finding in said] == ["warning"]
    result = solve(Book("small.xlsx", None, inputs))
    write_results_live(desk.book, result.tables, inputs, tmp_path / "journal")
    place = desk.place("PlanStatus")
    at = place.headers().index("Inputs")

    def state() -> str:
        return str(desk.table("PlanStatus")[1][at])

    assert state() == AS_AT_THE_RUN
    bound = desk.book.sheets["Limits"].range("D2")
    bound.value = "'17%"
    assert state() == f"{INPUTS_CHANGED}: Limits"
    bound.value = "'16%"
    assert state() == AS_AT_THE_RUN
    assert desk.table("Findings") == kept
    assert desk.place("xlalm_Findings").headers() == ("Severity", "Cell", "Text", "Cure")
