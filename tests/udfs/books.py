"""The template's tables as a person selects them: a row of headers, then the rows."""

from pathlib import Path
from typing import Any

from xlalm.domain.table import normalise_header
from xlalm.workbook.reading import read_tables

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"
NAMES = ("Positions", "Limits", "Goals", "Settings", "Metrics")


def template_rows() -> dict[str, list[list[Any]]]:
    """Return the rows of each input table of the template, headers first."""
    tables, findings = read_tables(TEMPLATE)
    assert not findings
    return {
        name: [list(tables[name].headers.values()), *map(list, zip(*tables[name].columns.values(), strict=True))]
        for name in NAMES
    }


def column_number(rows: list[list[Any]], key: str) -> int:
    """Return the place of a column, counted from 0."""
    return [normalise_header(header) for header in rows[0]].index(key)


def with_cell(rows: list[list[Any]], row: int, key: str, value: Any) -> list[list[Any]]:
    """Return rows with one cell changed; ``row`` counts from 1 below the headers."""
    changed = [list(line) for line in rows]
    changed[row][column_number(rows, key)] = value
    return changed
