"""The template's inputs, read from ``template/*.csv`` with the types of the schema."""

import csv
import datetime as dt
from pathlib import Path

from workbooks.source.look.tables import Shown
from xlalm.schema.tables import Column, table_schema

FOLDER = Path(__file__).with_name("template")

POSITION_COLUMNS = (
    Column("segment", "text", description="Line of business, for filters and shares", source="bank ledger"),
    Column(
        "lcr_item",
        "text",
        advanced=True,
        description="Row of the sheet Factors behind hqla_haircut, outflow_rate or inflow_rate",
        source="BCBS 238",
    ),
    Column(
        "due_30d",
        "number",
        unit="share",
        advanced=True,
        description="Share that is due within 30 days; the LCR factor applies to it; blank = all",
        source="bank ledger",
    ),
    Column(
        "nsfr_item", "text", advanced=True, description="Row of the sheet Factors behind asf or rsf", source="BCBS 295"
    ),
    Column("risk_weight_item", "text", advanced=True, description="Row of the sheet Factors", source="BCBS d424"),
    Column(
        "ccf_item",
        "text",
        advanced=True,
        description="Credit conversion factor that multiplies the risk weight, a row of the sheet Factors",
        source="BCBS d424",
    ),
)
"""Columns that the template adds to Positions."""


def return_columns() -> tuple[Column, ...]:
    """Return the columns of Returns that are headed by positions."""
    with (FOLDER / "returns.csv").open(encoding="utf-8", newline="") as stream:
        _, *positions = next(csv.reader(stream))
    text = "Relative change in value on that day per unit of amount; invented, replace it with the bank's own history"
    return tuple(Column(name, "number", unit="daily change", description=text) for name in positions)


def rows(table: str) -> list[dict[str, object]]:
    """Return the rows of an input table; blanks are left out.

    Parameters
    ----------
    table : name of the contract, such as ``ScenarioEffects``.
    """
    columns = dict(table_schema(table).columns)
    if table == "Positions":
        columns |= {column.key: column for column in POSITION_COLUMNS}
    if table == "Returns":
        columns |= {column.key: column for column in return_columns()}
    with (FOLDER / f"{_file(table)}.csv").open(encoding="utf-8", newline="") as stream:
        return [_typed(row, columns) for row in csv.DictReader(stream)]


def _file(table: str) -> str:
    name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in table).lstrip("_")
    return {"f_x": "fx"}.get(name, name)


def _typed(row: dict[str, str], columns: dict[str, Column]) -> dict[str, object]:
    typed: dict[str, object] = {}
    for key, text in row.items():
        if text == "":
            continue
        kind = columns[key].kind
        if kind == "number":
            typed[key] = _shown(key, float(text), row)
        elif kind == "date":
            typed[key] = dt.date.fromisoformat(text)
        elif kind == "any":
            typed[key] = _number(text)
        else:
            typed[key] = text
    return typed


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _shown(key: str, number: float, row: dict[str, str]) -> float | Shown:
    """Give a number that has its row's unit the format of that unit."""
    if key != "early_warning":
        return number
    return Shown(number, {"%": "0.0%", "years": "0.00"}.get(row.get("unit", ""), "#,##0.0"))
