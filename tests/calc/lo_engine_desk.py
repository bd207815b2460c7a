"""An analyst's desk: a workbook open in a live Calc, the ribbon's buttons, and what the user sees of it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import xlwings

from tests.calc import lo_engine
from tests.calc.office import Office, property_values
from xlalm import ribbon
from xlalm.workbook.live.table import LiveTable, live_tables

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"
_PATIENCE_S = 60.0


class Desk:
    """An open copy of a workbook; the environment names the office and the folder of xlalm's state."""

    def __init__(self, office: Office, folder: Path, source: Path = TEMPLATE, *, saved: bool = True) -> None:
        lo_engine.activate()
        self.path = folder / "bank.xlsx"
        if source != self.path:
            shutil.copy(source, self.path)
        self.state = folder / "state" / "xlalm"
        self.state.mkdir(parents=True, exist_ok=True)
        self.app = xlwings.engines[lo_engine.NAME].apps[office.process.pid]
        self.book = self.app.books.open(str(self.path)) if saved else self._new_from(self.path)
        self.book.set_mock_caller()
        self._alerts_before = len(self.app.impl.noted("alert"))
        self._status_before = len(self.app.impl.noted("status_bar"))
        self.workers: list[subprocess.Popen[bytes]] = []
        self.moment = ""  # where workers wait for the test

    def _new_from(self, path: Path) -> xlwings.Book:
        options = property_values(Hidden=True, AsTemplate=True)
        document = self.app.api.loadComponentFromURL(path.as_uri(), "_blank", 0, options)
        lo_engine.Books(self.app.impl).note_columns(path)
        book = lo_engine.Book(self.app.impl, document)
        book.activate()
        return xlwings.Book(impl=book)

    # --- what the user does ---

    def click(self, name: str) -> None:
        """Press a button and wait until everything it started has ended."""
        self.press(name)
        self.wait()

    def press(self, name: str) -> None:
        ribbon.click(name, self._start)

    def _start(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.calc.lo_engine_worker", str(folder), self.moment]
        with (self.state / "worker.log").open("ab") as log:
            self.workers.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))

    def wait(self) -> None:
        for worker in self.workers:
            worker.wait(_PATIENCE_S)

    def until(self, moment: str) -> None:
        """Wait until a worker has reached a moment; it waits there for ``go_on``."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (self.state / f"at-{moment}").exists():
            assert time.monotonic() < deadline, (self.state / "worker.log").read_text()
            time.sleep(0.02)

    def go_on(self) -> None:
        (self.state / "go-on").touch()

    def scribble(self) -> None:
        """Put something of the user's own on every sheet, out of the tables' way: a number, a formula, a comment."""
        for sheet in self.book.sheets:
            place = sheet.range((1, 400))
            place.value = 42
            sheet.range((2, 400)).formula = "=2*OJ1"
            address = place.api.getCellByPosition(0, 0).CellAddress
            sheet.api.Annotations.insertNew(address, f"a comment on {sheet.name}")

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        for book in list(self.app.books):
            book.close()

    # --- what the user sees ---

    @property
    def alerts(self) -> list[str]:
        return self.app.impl.noted("alert")[self._alerts_before :]

    @property
    def status_texts(self) -> list[Any]:
        return self.app.impl.noted("status_bar")[self._status_before :]

    def place(self, table: str) -> LiveTable:
        return next(found for found in live_tables(self.book) if found.name == table)

    def table(self, name: str) -> list[list[Any]]:
        """What a table shows, header first; blank cells are blank text."""
        return self.place(name).table.range.options(ndim=2, empty="", err_to_str=True).value

    def tables(self) -> dict[str, list[list[Any]]]:
        """What every table shows."""
        return {
            found.name: found.table.range.options(ndim=2, empty="", err_to_str=True).value
            for found in live_tables(self.book)
        }

    def cells(self) -> dict[str, list[list[str]]]:
        """What every sheet holds: formulas where there are some, else constants."""
        found = {}
        for sheet in self.book.sheets:
            cursor = sheet.api.createCursor()
            cursor.gotoEndOfUsedArea(False)
            end = cursor.RangeAddress
            area = sheet.api.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
            found[sheet.name] = [list(row) for row in area.getFormulaArray()]
        return found

    def charts(self) -> list[tuple[str, str, str]]:
        """Sheet, name and data of every chart."""
        found = []
        for sheet in self.book.sheets:
            charts = sheet.api.Charts
            for at in range(charts.Count):
                chart = charts.getByIndex(at)
                sequences = chart.EmbeddedObject.FirstDiagram.CoordinateSystems[0].ChartTypes[0].DataSeries
                data = [
                    labelled.Values.SourceRangeRepresentation
                    for series in sequences
                    for labelled in series.DataSequences
                ]
                found.append((sheet.name, chart.Name, " ".join(data)))
        return found

    def comments(self) -> list[tuple[str, int, int, str]]:
        found = []
        for sheet in self.book.sheets:
            notes = sheet.api.Annotations
            for at in range(notes.Count):
                note = notes.getByIndex(at)
                found.append((sheet.name, note.Position.Row, note.Position.Column, note.String))
        return found

    def settings(self) -> dict[str, Any]:
        chosen = self.app.selection
        return {
            "calculation": self.app.calculation,
            "screen updating": self.app.screen_updating,
            "events": self.app.enable_events,
            "alerts": self.app.display_alerts,
            "status bar": self.app.status_bar,
            "sheet": self.book.sheets.active.name,
            "cells": chosen.address if chosen is not None else None,
        }
