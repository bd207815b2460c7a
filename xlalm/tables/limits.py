"""Rows of ``Limits`` before their formulas are compiled."""

import numpy as np

from xlalm.domain.findings import Finding, error, warning
from xlalm.domain.limits import LimitRow
from xlalm.domain.numbers import is_blank, is_number
from xlalm.domain.table import TypedTable, normalise_header


def formula_text(value: object) -> str:
    """Return the text of a cell that holds a formula or a number; empty where blank."""
    if is_blank(value):
        return ""
    return repr(float(value)) if is_number(value) else str(value)


def limit_row(table: TypedTable, i: int) -> LimitRow:
    """Return row ``i`` of ``Limits``."""

    def number(key: str) -> float | None:
        value = float(table.numbers[key][i])
        return None if np.isnan(value) else value

    return LimitRow(
        name=table.texts["limit"][i],
        left=formula_text(table.values["left"][i]),
        sense=table.texts["sense"][i],  # type: ignore[arg-type]
        right=formula_text(table.values["right"][i]),
        unit=table.texts["unit"][i],
        early_warning=number("early_warning"),
        active=bool(table.flags["active"][i]),
        hard=bool(table.flags["hard"][i]),
        penalty=number("penalty"),
        role=table.texts["role"][i],
        scenario=table.texts["scenario"][i],
        text=table.texts["text"][i],
        lens=table.texts["lens"][i],
        owner=table.texts["owner"][i],
        source=table.texts["source"][i],
        cell=table.raw.cell(i, "right"),
        left_cell=table.raw.cell(i, "left"),
        row=i,
    )


def check_limit_row(row: LimitRow, table: TypedTable) -> list[Finding]:
    """Return what is wrong with a row that its formulas do not say."""
    findings = []
    if not row.hard and row.penalty is None and row.active:
        findings.append(
            error(
                table.raw.cell(row.row, "penalty"),
                f'soft limit "{row.name}" has no penalty',
                "enter the goal units lost per 1.00 of shortfall, or set hard to yes",
            )
        )
    if row.scenario and normalise_header(row.scenario) != "base":
        findings.append(
            error(
                table.raw.cell(row.row, "scenario"),
                f'limit "{row.name}" asks for scenario "{row.scenario}", which this version does not solve',
                "leave scenario blank, or set active to no",
            )
            if row.active
            else warning(
                table.raw.cell(row.row, "scenario"),
                f'limit "{row.name}" is shown for the base case, not for "{row.scenario}"',
                "read it as a base-case figure",
            )
        )
    return findings
