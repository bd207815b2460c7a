"""The cell that says whether the inputs changed, computed by a real spreadsheet."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.calc.office import Office, property_values
from tests.cases.bank import BANK, CET1, NII, workbook
from workbooks.source.books import template
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.solve import solve
from xlalm.domain.result import AS_AT_THE_RUN, INPUTS_CHANGED
from xlalm.schema.tables import INPUT_TABLES
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import TableInfo

pytestmark = pytest.mark.calc


@attrs.frozen
class Open:
    """A workbook in a running office."""

    document: Any
    tables: dict[str, TableInfo]

    def cell(self, sheet: str, row: int, column: int) -> Any:
        return self.document.Sheets.getByName(sheet).getCellByPosition(column - 1, row - 1)

    def said(self, table: str) -> str:
        """What the column Inputs of a table's first row shows."""
        info = self.tables[table]
        column = info.first_column + [header.casefold() for header in info.headers].index("inputs")
        return str(self.cell(info.sheet, info.data_rows[0], column).String)


@pytest.fixture
def opened(office: Office) -> Iterator[Any]:
    documents = []

    def open_book(path: Path) -> Open:
        desktop = office.service("com.sun.star.frame.Desktop")
        document = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, property_values(Hidden=True))
        documents.append(document)
        document.calculateAll()
        return Open(document, {table.name: table for table in Package.open(path).tables()})

    yield open_book
    for document in documents:
        document.close(True)


@pytest.mark.parametrize("count", [3, pytest.param(40, marks=(pytest.mark.long, pytest.mark.night))])
def test_any_cell_of_the_template_is_noticed(opened, tmp_path, count):
    """Python's checksum is the spreadsheet's; each changed cell shows, and is forgotten once it is as it was."""
    book = tmp_path / "bank.xlsx"
    template.build(book)
    solve(book)
    live = opened(book)
    assert live.said("PlanStatus") == AS_AT_THE_RUN
    rng = random.Random(count)
    for name in INPUT_TABLES:
        info = live.tables[name]
        cells = [(row, c) for row in info.data_rows for c in range(info.first_column, info.last_column + 1)]
        for row, column in rng.sample(cells, min(count, len(cells))):
            cell = live.cell(info.sheet, row, column)
            kind, text, number = cell.Type.value, cell.String, cell.Value
            if kind == "TEXT":
                at = rng.randrange(len(text))
                cell.String = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
            elif kind == "VALUE":
                cell.Value = number * 1.001 if number else 1e-3
            else:
                cell.Value = 0  # not the same as blank
            assert live.said("PlanStatus") == f"{INPUTS_CHANGED}: {name}", (info.sheet, row, column, kind, text)
            if kind == "VALUE":
                cell.Value = number
            elif kind == "TEXT":
                cell.String = text
            else:
                cell.clearContents(1 | 2 | 4 | 16)
            assert live.said("PlanStatus") == AS_AT_THE_RUN, (info.sheet, row, column, kind, text)


def test_rows_swapped_and_a_table_moved(opened, tmp_path):
    book = workbook(tmp_path / "bank.xlsx", {"Positions": BANK, "Limits": [CET1], "Goals": [NII]})
    frontier(book, limit="CET1")
    solve(book)
    live = opened(book)
    assert (live.said("PlanStatus"), live.said("FrontierRun")) == (AS_AT_THE_RUN, AS_AT_THE_RUN)
    loans, bonds = (live.cell("Positions", row, 3) for row in (2, 3))
    loans.Value, bonds.Value = bonds.Value, loans.Value
    assert live.said("PlanStatus") == f"{INPUTS_CHANGED}: Positions"
    assert live.said("FrontierRun") == f"{INPUTS_CHANGED}: Positions"
    loans.Value, bonds.Value = bonds.Value, loans.Value
    assert live.said("PlanStatus") == AS_AT_THE_RUN
    sheet = live.document.Sheets.getByName("Limits")
    sheet.Rows.insertByIndex(0, 3)  # a title above the table changes no input
    assert live.said("PlanStatus") == AS_AT_THE_RUN


def test_a_block_of_older_inputs_is_told_from_one_of_today(opened, tmp_path):
    """An analysis of changed inputs renews the checksums; the plan, which was not solved again, says so."""
    book = workbook(tmp_path / "bank.xlsx", {"Positions": BANK, "Limits": [CET1], "Goals": [NII]})
    solve(book)
    package = Package.open(book)
    package.write_cells("Positions", {(2, column): 2.0 * value for column, value in ((3, 900.0), (5, 1000.0))})
    package.write_cells("Positions", {(4, 3): 1820.0, (4, 5): 2000.0})
    package.save()
    frontier(book, limit="CET1")
    live = opened(book)
    assert live.said("PlanStatus") == f"{INPUTS_CHANGED}: Positions"
    assert live.said("FrontierRun") == AS_AT_THE_RUN


def test_odd_cells_have_the_same_checksum(opened, tmp_path):
    """Letters of every kind, TRUE and FALSE, dates, numbers of every size, blanks."""
    odd = {
        "texts": ["é–\u2018x\u2019\nnew line", "日本" * 150, "a\U0001f600b", " ", "'quoted", "=no formula", "100%"],
        "flags": [True, False, None, True, False, True, False],
        "dates": [dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 12), None, None, None, None, None],
        "blanks": [None, 0, -1e-9, 1e12, None, 1 / 3, 0.1 + 0.2],
    }
    rows = [
        {"curve": "EUR", "tenor_years": at + 1, "zero_rate": 0.02} | {kind: values[at] for kind, values in odd.items()}
        for at in range(7)
    ]
    book = workbook(tmp_path / "bank.xlsx", {"Positions": BANK, "Limits": [CET1], "Goals": [NII], "Curves": rows})
    result = solve(book)
    assert result.written, result.findings
    assert opened(book).said("PlanStatus") == AS_AT_THE_RUN
