"""``Positions`` as a balance sheet."""

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.table import TypedTable
from xlalm.domain.text import fold, shown
from xlalm.domain.typing import Float1D
from xlalm.tables.typed import is_readable

TAKEN = frozenset({"position", "side", "balance", "min", "max", "fixed", "lot", "min_if_used", "currency"})
"""Columns that a run takes whether a formula names them or not."""

IDENTITY_TOLERANCE = 1e-6
"""Largest opening imbalance accepted, as a share of total assets."""


def read_positions(table: TypedTable, *, must_balance: bool = True) -> tuple[BalanceSheet | None, list[Finding]]:
    """Build the balance sheet from typed ``Positions``; None where a required column is unusable.

    Parameters
    ----------
    must_balance : whether assets that differ from liabilities plus equity at opening are an error.
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
    findings += _check_identity(sheet) if must_balance else []
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
    unbounded = np.flatnonzero(np.isinf(sheet.upper))
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


def _check_identity(sheet: BalanceSheet) -> list[Finding]:
    if not sheet.has_two_sides:
        return []
    on_balance = sheet.on_side("asset", "liability", "equity")
    imbalance = float((sheet.sign * sheet.opening)[on_balance].sum())
    if abs(imbalance) <= IDENTITY_TOLERANCE * max(sheet.total_assets, 1.0):
        return []
    return [
        error(
            sheet.table.raw.header_cell("balance"),
            f"assets exceed liabilities plus equity by {imbalance:,.6g} at opening",
            "correct a balance, or set balance_identity to off in Settings",
        )
    ]
