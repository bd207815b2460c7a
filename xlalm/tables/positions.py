"""``Positions`` as a balance sheet."""

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.numbers import is_blank
from xlalm.domain.table import TypedTable
from xlalm.domain.text import fold, shown
from xlalm.domain.typing import Float1D
from xlalm.tables.plausible import totals_rows
from xlalm.tables.typed import is_readable

TAKEN = frozenset({"position", "side", "balance", "min", "max", "fixed", "lot", "min_if_used", "currency"})
"""Columns that a run takes whether a formula names them or not."""


def read_positions(
    table: TypedTable, *, identity_tolerance: float | None = 0.0
) -> tuple[BalanceSheet | None, list[Finding]]:
    """Build the balance sheet from typed ``Positions``; None where a required column is unusable.

    Parameters
    ----------
    identity_tolerance : share of assets up to which a difference from liabilities plus equity at opening is a warning
        and kept in every plan; a larger one is an error. None where the two need not balance.
    """
    findings: list[Finding] = []
    if not is_readable(table):
        return None, findings
    if not len(table):
        cure = "enter one row per balance-sheet line"
        return None, [error(table.raw.header_cell(), "table Positions has no rows", cure)]
    names = tuple(table.texts["position"])
    side = tuple(table.texts["side"])
    opening = np.nan_to_num(table.numbers["balance"])
    is_equity = np.array([s == "equity" for s in side])
    fixed = table.flags["fixed"]
    lower = np.where(np.isnan(table.numbers["min"]), np.where(is_equity, opening, 0.0), table.numbers["min"])
    upper = np.where(np.isnan(table.numbers["max"]), np.where(is_equity, opening, np.inf), table.numbers["max"])
    texts = {key: np.array([fold(t) for t in column], dtype=object) for key, column in table.texts.items()}
    sheet = BalanceSheet(
        table=table,
        names=names,
        side=side,
        sign=np.array([1.0 if s in {"asset", "off_balance"} else -1.0 for s in side]),
        opening=opening,
        lower=np.where(fixed, opening, lower),
        upper=np.where(fixed, opening, upper),
        fixed=fixed,
        numbers=dict(table.numbers),
        texts=texts,
    )
    findings += _check_bounds(sheet, lower, upper)
    findings += totals_rows(sheet)
    findings += [] if identity_tolerance is None else _check_identity(sheet, identity_tolerance)
    return sheet, findings


def _check_bounds(sheet: BalanceSheet, lower: Float1D, upper: Float1D) -> list[Finding]:
    raw, findings = sheet.table.raw, list[Finding]()
    for i in np.flatnonzero(lower > upper):
        findings.append(
            error(
                raw.cell(int(i), "min"),
                f'min {lower[i]:,g} of "{shown(sheet.names[i])}" is above its max {upper[i]:,g}',
                "lower min or raise max",
            )
        )
    cap(findings, 0, "column min")
    blank = np.array([is_blank(value) for value in raw.columns.get("max", [None] * len(sheet))])
    unbounded = np.flatnonzero(np.isinf(sheet.upper) & blank)  # what cannot be read is a finding already
    if len(unbounded):
        shown_names = ", ".join(shown(sheet.names[i]) for i in unbounded[:3]) + (" …" if len(unbounded) > 3 else "")
        findings.append(
            warning(
                raw.cell(int(unbounded[0]), "max"),
                f"{len(unbounded)} position(s) have no max ({shown_names})",
                "enter the largest balance you could really reach: unbounded growth is not a plan",
            )
        )
    threshold = sheet.numbers["min_if_used"]
    start = len(findings)
    for i in np.flatnonzero(~np.isnan(threshold) & np.isinf(sheet.upper)):
        findings.append(
            error(
                raw.cell(int(i), "min_if_used"), f'min_if_used of "{shown(sheet.names[i])}" needs a max', "enter a max"
            )
        )
    cap(findings, start, "column min_if_used")
    start = len(findings)
    for i in np.flatnonzero(sheet.numbers["lot"] == 0):
        findings.append(error(raw.cell(int(i), "lot"), "lot is 0", "enter the size of one lot or leave it blank"))
    cap(findings, start, "column lot")
    return findings


def _check_identity(sheet: BalanceSheet, tolerance: float) -> list[Finding]:
    """Return a warning of a difference that may be rounding, an error of a larger one."""
    difference, assets = sheet.opening_difference, sheet.total_assets
    if not sheet.has_two_sides or difference == 0:
        return []
    size, cell = abs(difference), sheet.table.raw.header_cell("balance")
    amount = f"{size:,.6g}" if size < 1e6 else f"{size:,.0f}"
    side, word = ("asset", "fall short of") if difference < 0 else ("liability", "exceed")
    text = f"assets {word} liabilities and equity by {amount} at opening"
    if abs(difference) <= tolerance * assets * (1 + 1e-9):
        return [warning(cell, text, "every plan keeps this difference; correct a balance to be rid of it")]
    cure = f"correct a balance, or add the lines that are missing (a fixed {side} of {amount} closes the gap)"
    return [error(cell, text, cure)]
