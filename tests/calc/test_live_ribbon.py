"""The ribbon's buttons in a workbook that is open in a real spreadsheet, compared with the file route."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.calc.lo_engine_desk import ROOT, Desk
from xlalm.app.live import perform as app_live
from xlalm.app.live.perform import takes_book
from xlalm.app.registry import VERBS
from xlalm.app.verb import Verb
from xlalm.domain.result import Result
from xlalm.reporting.said import box_lines, unsaid
from xlalm.schema.tables import RESULT_TABLES
from xlalm.workbook.live.table import live_tables
from xlalm.workbook.package.package import Package
from xlalm.workbook.state import STATE

pytestmark = pytest.mark.calc

FUZZY = ROOT / "workbooks" / "examples" / "fuzzy_alm" / "fuzzy_alm.xlsx"
BUTTONS = [name for name, verb in VERBS.items() if verb.button is not None]
EVERYDAY = ("about", "check", "solve")
PASSING = ("run at (UTC)", "seconds: ", "manifest")  # rows of RunInfo that tell one run from the next


def file_route(verb: Verb, book: Path, out: Path) -> Result:
    """Run a verb on a file, as a click runs it on the open workbook."""
    given: dict[str, Any] = {}
    for parameter in verb.parameters:
        if parameter.kind in {"book", "saved book"}:
            given[parameter.name] = book
        elif parameter.kind == "new path":
            given[parameter.name] = out
        elif parameter.required:
            given[parameter.name] = parameter.choices[0]
    return verb.function(**given)


def file_tables(path: Path) -> dict[str, list[list[object]]]:
    """Every table of a workbook file, header first."""
    package = Package.open(path)
    sheets = package.values(list(package.sheets))
    return {
        info.name: [
            sheets[info.sheet].between(row, info.first_column, info.last_column)
            for row in range(info.first_row, info.last_row + 1)
        ]
        for info in package.tables()
    }


def steady(name: str, rows: list[list[Any]]) -> list[list[Any]]:
    """A table without what differs from run to run, its dates as days."""
    if name == "RunInfo":
        rows = [row for row in rows if not str(row[0]).startswith(PASSING)]
    times = [at for at, header in enumerate(rows[0]) if header in {"Solved at", "Run at"}]
    rows = [[cell for at, cell in enumerate(row) if at not in times] for row in rows]
    return [[cell.date() if isinstance(cell, dt.datetime) else cell for cell in row] for row in rows]


def in_a_file(name: str, rows: list[list[Any]]) -> list[list[Any]]:
    """What ``steady`` gives of a live table where a file has these rows.

    Checksums of a file are Python's sums and those of an open book the spreadsheet's, equal up to what the cell that
    compares them forgives.
    """
    rows = steady(name, rows)
    if name != STATE:
        return rows
    return [[pytest.approx(c, rel=1e-12, abs=1e-9) if isinstance(c, float) else c for c in row] for row in rows]


def said(lines: list[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize(
    "name", [name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.long) for name in BUTTONS]
)
def test_a_button_does_what_the_file_route_does(desk_for, tmp_path, name):
    """Same cells, same words; nothing beside the result tables changes; settings are given back."""
    verb, book, out = VERBS[name], tmp_path / "file" / "bank.xlsx", tmp_path / "file" / "out.xlsx"
    desk: Desk = desk_for(FUZZY if name == "fuzzy" else ROOT / "workbooks" / "alco_template.xlsx")
    book.parent.mkdir()
    shutil.copy(desk.path, book)
    if name == "restore":
        desk.click("solve")
        shutil.copy(desk.path.with_name("bank.manifest.json"), book.parent)
    result = file_route(verb, book, out)
    desk.scribble()
    before, settings = desk.cells(), desk.settings()
    charts, comments = desk.charts(), desk.comments()
    assert len(comments) >= len(before)

    desk.click(name)

    after = desk.cells()
    if takes_book(verb) and result.written:
        assert desk.alerts == ([said(unsaid(result))] if len(unsaid(result)) > 1 else [])
        expected, shown = file_tables(out), desk.tables()
        for table, rows in expected.items():
            assert steady(table, shown[table]) == in_a_file(table, rows), table
        assert str(desk.status_texts[-2]).endswith(result.messages[0] if result.messages else "")
    else:
        assert after == before
        lines = box_lines(result, verb.all_clear)
        if any(parameter.kind == "saved book" for parameter in verb.parameters):
            lines.append("bank.xlsx was read as it was last saved.")
        if not result.written:
            assert desk.alerts == [said(lines)]
        else:
            assert len(desk.alerts) == 1
            assert len(desk.app.books) == 2  # the new workbook is open
    written = {key: rows for key, rows in after.items() if before.get(key) != rows}
    results = {place.sheet.name for place in live_tables(desk.book) if place.name in RESULT_TABLES}
    assert set(written) <= results
    for sheet, rows in written.items():  # the user's own
        assert [row[399:400] for row in rows[:2]] == ([["42"], ["=2*OJ1"]] if sheet in before else [[], []]), sheet
    assert desk.charts() == charts
    assert desk.comments() == comments
    if not result.written or takes_book(verb):
        assert desk.settings() == settings


@pytest.mark.long
def test_the_manifest_lies_beside_the_workbook(desk_for):
    """A live run can be repeated bit for bit from its manifest, as a run on a file."""
    desk = desk_for()
    desk.click("solve")
    manifest = desk.path.with_name("bank.manifest.json")
    assert json.loads(manifest.read_text())["book"] == "bank.xlsx"
    assert ["manifest", "bank.manifest.json"] in desk.table("RunInfo")
    assert VERBS["rerun"].function(manifest).status == "optimal"


@pytest.mark.long
def test_an_analysis_leaves_a_manifest_of_its_own(desk_for):
    desk = desk_for()
    desk.click("frontier")
    manifest = desk.path.with_name("bank.frontier.manifest.json")
    assert VERBS["rerun"].function(manifest).exit_code == 0


@pytest.mark.long
def test_a_workbook_never_saved_has_its_manifest_among_the_users_own_files(desk_for, tmp_path):
    desk = desk_for(saved=False)
    desk.click("solve")
    assert desk.alerts == []
    place = Path(next(row[1] for row in desk.table("RunInfo") if row[0] == "manifest"))
    assert place.parent == tmp_path / "state" / "xlalm" / "manifests"
    assert place.stat().st_mode & 0o077 == 0 or place.parent.stat().st_mode & 0o077 == 0
    assert json.loads(place.read_text())["result_sha256"]
    desk.click("restore")
    assert desk.alerts == []


@pytest.mark.long
def test_restoring_over_other_inputs_says_so(desk_for):
    desk = desk_for()
    desk.click("solve")
    solved = desk.table("Allocation")
    limits = desk.place("Limits")
    headers = [header.lower() for header in limits.headers()]
    limits.sheet.range((limits.body_first, limits.first_column + headers.index("active"))).value = "no"
    desk.click("solve")
    desk.path.with_name("bank.manifest.json").unlink()
    desk.click("restore")
    assert "has no run to restore" in desk.alerts[0]
    limits.sheet.range((limits.body_first, limits.first_column + headers.index("active"))).value = "yes"
    desk.click("solve")
    limits.sheet.range((limits.body_first, limits.first_column + headers.index("active"))).value = "no"
    desk.click("restore")
    assert desk.table("Allocation") == solved
    assert len(desk.alerts) == 2
    assert "The inputs in the book have changed since that run" in desk.alerts[1]


@pytest.mark.long
def test_an_infeasible_book_says_so_in_the_tables_and_in_words(desk_for, tmp_path):
    """Status, findings and explanation as the file route writes them; the old allocation is gone."""
    desk = desk_for()
    desk.click("solve")
    assert desk.table("Allocation")[1][3] != ""
    limits = desk.place("Limits")
    headers = [header.lower() for header in limits.headers()]
    limits.sheet.range((limits.body_first, limits.first_column + headers.index("right"))).value = "'900%"
    book, out = tmp_path / "file.xlsx", tmp_path / "out.xlsx"
    shutil.copy(desk.path, book)
    package = Package.open(book)
    place = (limits.body_first, limits.first_column + headers.index("right"))
    package.write_cells(limits.sheet.name, {place: "900%"})
    package.save()
    result = VERBS["solve"].function(book, out=out)
    assert result.status == "infeasible"
    desk.click("solve")
    assert desk.alerts == [said(box_lines(result, VERBS["solve"].all_clear))]
    shown = desk.tables()
    for table, rows in file_tables(out).items():
        assert steady(table, shown[table]) == in_a_file(table, rows), table
    assert desk.table("Allocation")[1] == [""] * len(desk.table("Allocation")[0])


def test_bad_input_changes_no_cell_and_names_the_cell(desk_for):
    desk = desk_for()
    limits = desk.place("Limits")
    headers = [header.lower() for header in limits.headers()]
    cell = limits.sheet.range((limits.body_first + 1, limits.first_column + headers.index("right")))
    cell.value = "=NA()"
    before, settings = desk.cells(), desk.settings()
    desk.click("solve")
    assert desk.cells() == before
    assert desk.settings() == settings
    assert len(desk.alerts) == 1
    assert f"Limits!{cell.get_address(False, False)}" in desk.alerts[0]
    assert "#N/A" in desk.alerts[0]


def test_inputs_edited_meanwhile_are_reported_and_nothing_is_written(desk_for):
    desk = desk_for()
    settings = desk.settings()
    desk.moment = "solving"
    desk.press("solve")
    desk.until("solving")
    positions = desk.place("Positions")
    cell = positions.sheet.range((positions.body_first, positions.first_column + 2))
    cell.value = 12.5
    before = desk.cells()
    desk.go_on()
    desk.wait()
    assert desk.cells() == before
    assert desk.settings() == settings
    assert len(desk.alerts) == 1
    assert f"Positions!{cell.get_address(False, False)}" in desk.alerts[0]
    assert "nothing was written" in desk.alerts[0]


def test_stop_ends_a_run_before_it_writes(desk_for):
    """A second click meanwhile says what runs; Stop ends it; what was there stays."""
    desk = desk_for()
    before, settings = desk.cells(), desk.settings()
    desk.moment = "solving"
    desk.press("solve")
    desk.until("solving")
    desk.press("check")
    assert desk.alerts == ["solve is still running in bank.xlsx. Wait for it, or press Stop."]
    desk.press("stop")
    assert desk.app.status_bar == "xlalm: stopping solve …"
    desk.go_on()
    desk.wait()
    assert "xlalm: solve stopped; nothing was written." in desk.status_texts
    assert desk.cells() == before
    assert desk.settings() == settings
    assert not list((desk.state / "jobs").iterdir())
    desk.press("stop")
    assert desk.alerts[1:] == ["Nothing is running in bank.xlsx."]


@pytest.mark.parametrize("moment", [pytest.param("solving", marks=pytest.mark.long), "writing"])
def test_a_killed_run_leaves_nothing_behind_after_the_next_click(desk_for, moment):
    """Killed while it solves: nothing changed. Killed in the middle of writing: the next click undoes it."""
    desk = desk_for()
    desk.app.status_bar = "mine"
    before, settings = desk.cells(), desk.settings()
    desk.moment = moment
    desk.press("solve")
    desk.until(moment)
    desk.workers[0].kill()
    desk.wait()
    if moment == "solving":
        changed = {"status bar"}  # only what the dead process last said
        assert desk.cells() == before
    else:
        changed = {"status bar", "calculation", "screen updating", "events"}
        assert desk.cells() != before
    now = desk.settings()
    assert {name for name in now if now[name] != settings[name]} == changed
    desk.moment = ""
    desk.press("about")
    assert desk.cells() == before
    assert desk.settings() == settings
    assert not list((desk.state / "jobs").iterdir())
    desk.click("solve")
    assert desk.table("Allocation")[1][3] != ""


@pytest.mark.long
def test_a_killed_run_that_cannot_be_undone_does_not_stand_in_the_way(desk_for):
    """The user has deleted a table that was half written: settings are given back all the same, the log says why."""
    desk = desk_for()
    settings = desk.settings()
    desk.moment = "writing"
    desk.press("solve")
    desk.until("writing")
    desk.workers[0].kill()
    desk.wait()
    desk.book.api.DatabaseRanges.removeByName("Allocation")
    desk.press("about")
    assert desk.settings() == settings
    assert "Allocation" in (desk.state / "xlalm.log").read_text()
    assert not list((desk.state / "jobs").iterdir())


def test_a_fault_of_our_own_goes_to_the_log_and_one_line_to_the_user(desk_for, monkeypatch):
    def fail(*_arguments: object, **_options: object) -> None:
        message = "a surprise"
        raise RuntimeError(message)

    desk = desk_for()
    before, settings = desk.cells(), desk.settings()
    monkeypatch.setattr(app_live, "perform", fail)
    desk.click("check")
    log = desk.state / "xlalm.log"
    assert desk.alerts == [f"a fault of xlalm's own (RuntimeError); please report {log}"]
    assert "a surprise" in log.read_text()
    assert desk.cells() == before
    assert desk.settings() == settings


COLD_CLICK = """
import xlwings.utils; xlwings.utils.prepare_sys_path("false;;;;;;")
import xlwings; xlwings.books.active.set_mock_caller()
import xlalm.ribbon; xlalm.ribbon.click('solve')
"""
"""What RunPython runs, with the workbook in front in place of Excel's arguments."""


@pytest.mark.long
def test_a_cold_click_and_its_own_worker(desk_for, tmp_path):
    """Fresh interpreters all the way and the worker started as in Excel; only the engine comes in from outside."""
    desk, place = desk_for(), tmp_path / "site"
    place.mkdir()
    (place / "sitecustomize.py").write_text("from tests.calc import lo_engine\nlo_engine.activate()\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
    settings, status = desk.settings(), desk.app.status_bar  # text of another test's, or none
    subprocess.run([sys.executable, "-B", "-c", COLD_CLICK], env=environment, check=True, cwd=tmp_path)
    assert str(desk.status_texts[0]) == "xlalm: solve …"
    assert desk.settings() != settings  # Excel is free, the run goes on
    deadline, log = time.monotonic() + 120, desk.state / "xlalm.log"
    while desk.app.status_bar != status:
        left = [str(place) for place in (desk.state / "jobs").rglob("*")]
        assert time.monotonic() < deadline, (desk.status_texts[-1], left, log.read_text() if log.exists() else "no log")
        time.sleep(0.2)
    assert desk.settings() == settings
    assert desk.alerts == []
    assert "rises from" in str(desk.status_texts[-2])
    assert desk.table("Allocation")[1][3] != ""
    assert desk.path.with_name("bank.manifest.json").exists()


@pytest.mark.long
def test_a_workbook_closed_meanwhile_ends_the_run(desk_for):
    desk = desk_for()
    other = desk.app.books.add()
    desk.moment = "solving"
    desk.press("solve")
    desk.until("solving")
    desk.book.close()
    desk.go_on()
    desk.wait()
    assert desk.workers[0].returncode == 0
    assert not list((desk.state / "jobs").iterdir())
    assert len(desk.app.books) == 1
    assert other.sheets[0].range("A1").value is None
