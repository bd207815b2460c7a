"""The two made-up banks that most cases change one cell of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

Row = dict[str, Any]

BANK: tuple[Row, ...] = (
    {"position": "Loans", "side": "asset", "balance": 900, "min": 800, "max": 1000, "rate": 0.045, "risk_weight": 0.5},
    {"position": "Bonds", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0.025},
    {"position": "Deposits", "side": "liability", "balance": 920, "min": 900, "max": 1100, "rate": 0.0125},
    {"position": "Equity", "side": "equity", "balance": 80, "cet1": 1},
)
CET1: Row = {"limit": "CET1", "left": "cet1_ratio", "sense": ">=", "right": "16%", "unit": "%"}
NII: Row = {"goal": "NII", "formula": "nii_12m", "direction": "max"}


def workbook(path: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """Write each entry (name of the table, its rows) as an Excel table on a sheet of its own; text stays text."""
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False})
    text = book.add_format({"num_format": "@"})
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        headers = list(dict.fromkeys(header for row in rows for header in row))
        columns = [{"header": header} for header in headers]
        sheet.add_table(0, 0, len(rows), len(headers) - 1, {"name": name, "columns": columns})
        for i, row in enumerate(rows, 1):
            for j, header in enumerate(headers):
                value = row.get(header)
                if isinstance(value, str):
                    sheet.write_string(i, j, value, text)
                elif value is not None:
                    sheet.write(i, j, value)
    book.close()
    return path


def frames(tables: Mapping[str, Sequence[Row]]) -> dict[str, pd.DataFrame]:
    """Return the same tables as DataFrames."""
    return {name: pd.DataFrame(list(rows)) for name, rows in tables.items()}


def six_lines() -> dict[str, pd.DataFrame]:
    """Return a bank of six lines with a capital ratio, a cap on turnover and NII as its goal."""
    positions = {
        "position": ["Cash", "Loans", "Bonds", "Deposits", "Wholesale", "Equity"],
        "side": ["asset", "asset", "asset", "liability", "liability", "equity"],
        "balance": [50.0, 700.0, 250.0, 700.0, 200.0, 100.0],
        "min": [20.0, 500.0, 100.0, 600.0, 50.0, 100.0],
        "max": [200.0, 900.0, 400.0, 800.0, 400.0, 100.0],
        "rate": [0.02, 0.05, 0.03, 0.01, 0.035, 0.0],
        "risk_weight": [0.0, 1.0, 0.2, 0.0, 0.0, 0.0],
        "cet1": [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    }
    limits = {
        "limit": ["CET1", "turn"],
        "left": ["cet1_ratio", "turnover()"],
        "sense": [">=", "<="],
        "right": ["12%", "200"],
    }
    goals = {"goal": ["NII"], "formula": ["nii_12m"], "direction": ["max"]}
    return {"Positions": pd.DataFrame(positions), "Limits": pd.DataFrame(limits), "Goals": pd.DataFrame(goals)}
