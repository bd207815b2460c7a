"""What a number in a cell was likely to mean, judged by its column: rates of another scale, rows of totals."""

import re

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.text import shown
from xlalm.domain.typing import Bool1D, Float1D, Text1D

LARGEST_RATE = 0.5
"""A rate beyond 50 % a year is odd: it was probably typed in percent or in basis points."""

TYPICAL_RATE = 0.03
"""What a rate is near to where a column has none that is believed."""

SAME_SCALE = 20.0
"""Rates of one column that differ by less than this are of one scale: 4 % on loans, 0.2 % on deposits."""

FEWEST_SUMMED = 3
"""Rows that an unnamed row must add up, to the last digit, before it is taken for a total."""

FEWEST_DIGITS = 5
"""Significant digits that such a total must have: round balances add up by chance."""

TOTALS_ROUNDING = 1e-3
"""Share of its balance by which a row named as a total may miss the sum of its rows: published figures are rounded."""

SAME = 1e-9
"""Share of a balance within which a sum is the same: what adding up in binary leaves."""

_SHARES = {"cost_of_capital": 1.0, "capital_target": 1.0, "identity_tolerance": 0.05}
"""Settings that are shares, and the largest that is believed."""

_TOTALS = re.compile(
    r"(?<!\w)(?:(?:sub|grand)?[-\s]?totals?|totale|totales|totaux|sous-total|subtotale|sum|sums|summe|zwischensumme|"
    r"bilanzsumme|gesamt|gesamtsumme|insgesamt|suma|somme|soma|summa|razem|ogółem|celkem|spolu|összesen|yhteensä|i alt|"
    r"totaal|subtotaal|toplam|jumlah|итого|всего|σύνολο)(?!\w)|[σς∑]|合计|合計|小计|小計|总计|総計|합계"
)


# --- rates -------------------------------------------------------------------------------------------------


@attrs.frozen
class OddRate:
    """A rate that no bank pays: its row, what was probably meant, and how many rows of the column are like it."""

    row: int
    value: float
    meant: str
    alike: int
    whole_column: bool


def odd_rates(column: Float1D) -> list[OddRate]:
    """Return the rates of a column (n_rows,) beyond 50 %: the first of them where the column is to blame, else each.

    It is where most of its rates are beyond 50 %, or where several are beyond 100 % and the others not of another size.
    """
    size = np.abs(np.nan_to_num(column))
    odd = np.flatnonzero(size > LARGEST_RATE)
    if not len(odd):
        return []
    usual = size[(size > 0) & (size <= LARGEST_RATE)]
    whole = len(odd) > len(usual)
    if len(odd) > 1 and not whole:
        middle = float(np.median(size[odd]))
        whole = middle > 1 and middle < SAME_SCALE * float(np.median(usual))
    told = odd[:1] if whole else odd
    scale = _scale_of(column)
    return [OddRate(int(i), float(column[i]), _meant(float(column[i]), *scale), len(odd), whole) for i in told]


def meant_rate(value: float, column: Float1D) -> str:
    """Return how a rate that is too large should be typed: ``4.5%``, or ``4.5% (450 basis points)``.

    Parameters
    ----------
    column : (n_rows,) the rates beside it, NaN where blank. Where most of them are too large they are all of one scale,
        which is the one that brings them near to 3 %; else the scale that brings ``value`` near to the others.
    """
    return _meant(value, *_scale_of(column))


def _scale_of(column: Float1D) -> tuple[float | None, float]:
    """Return the rate that speaks for all that are too large, None where each does, and what it should come near to."""
    size = np.abs(column[~np.isnan(column) & (column != 0)])
    large, usual = size[size > LARGEST_RATE], size[size <= LARGEST_RATE]
    if len(large) > len(usual):
        return float(np.median(large)), TYPICAL_RATE
    return None, float(np.median(usual)) if len(usual) else TYPICAL_RATE


def _meant(value: float, speaks: float | None, near: float) -> str:
    judged = abs(value) if speaks is None else speaks
    away = [abs(np.log(judged * scale / near)) for scale in (1e-2, 1e-4)]
    return f"{value:.12g}%" if away[0] <= away[1] else f"{value / 100:.12g}% ({value:.12g} basis points)"


# --- shares ------------------------------------------------------------------------------------------------


def odd_setting(name: str, value: object, cell: Cell) -> list[Finding]:
    """Return the error of a setting that is a share and was typed without its percent sign: 10 for 10 %."""
    most = _SHARES.get(name)
    if most is None or not isinstance(value, float) or value <= most:
        return []
    return [error(cell, f"{name} is {value:.12g}, which is {value:,.0%}", f"enter {value:.12g}%")]


# --- totals ------------------------------------------------------------------------------------------------


def totals_rows(sheet: BalanceSheet) -> list[Finding]:
    """Return a finding for each position that is the sum of others: its balance would be counted twice.

    One that is named as a total is an error where its balance is the sum of at least two rows: of a run of rows of its
    side that ends just above it or begins just below it, of its whole side, or of liabilities and equity. It is a
    warning where it repeats a single row or misses the sum by a rounding. One that is not named so is a warning where
    it adds up at least three rows just above it to the last of at least five digits.
    """
    named = np.array([bool(_TOTALS.search(name)) for name in sheet.texts["position"]]) & (sheet.opening > 0)
    side = np.array(sheet.side, dtype=object)
    findings: list[Finding] = []
    for i in map(int, np.flatnonzero(named)):
        count, exact = _rows_summed(sheet, i, ~named & (side == sheet.side[i]))
        if not exact and sheet.side[i] in {"liability", "equity"}:
            of_both = _rows_summed(sheet, i, ~named & sheet.on_side("liability", "equity"))
            count, exact = of_both if of_both[1] or not count else (count, exact)
        if count:
            findings.append(_finding(sheet, i, count, certain=exact and count > 1))
    for i, count in _unnamed_totals(sheet, named, side):
        findings.append(_finding(sheet, i, count, certain=False))
    cap(findings, 0, "column balance")
    return findings


def _finding(sheet: BalanceSheet, i: int, count: int, *, certain: bool) -> Finding:
    what = "repeats the row beside it" if count == 1 else f"is the sum of {count} other rows"
    text = f'the balance of "{shown(sheet.names[i])}", {sheet.opening[i]:,.15g}, {what} and would count twice'
    cure = "delete the row, or show the total in the table's own totals row (Table Design > Total Row)"
    return (error if certain else warning)(sheet.table.raw.cell(i, "position"), text, cure)


def _rows_summed(sheet: BalanceSheet, i: int, counted: Bool1D) -> tuple[int, bool]:
    """Return how many of the ``counted`` rows a named total adds up (0 for none) and whether to the last digit."""
    balance, rows = float(sheet.opening[i]), np.flatnonzero(counted & (sheet.opening > 0))
    least, found = TOTALS_ROUNDING * balance, 0
    for run in (rows[rows < i][::-1], rows[rows > i], rows):
        away = np.abs(np.cumsum(sheet.opening[run]) - balance)
        if len(run) and away.min() <= least:
            least, found = float(away.min()), int(away.argmin()) + 1
    return found, found > 0 and least <= SAME * balance


def _unnamed_totals(sheet: BalanceSheet, named: Bool1D, side: Text1D) -> list[tuple[int, int]]:
    """Return the rows that add up, to the last digit, a run of at least three rows just above them, and its length."""
    found = []
    for one in ("asset", "liability", "equity", "off_balance"):
        rows = np.flatnonzero((side == one) & ~named & (sheet.opening > 0))
        if len(rows) <= FEWEST_SUMMED:
            continue
        balance = sheet.opening[rows]
        above = np.concatenate([[0.0], np.cumsum(balance)[:-1]])  # what stands above each row
        start = np.searchsorted(above, above - (1 + SAME) * balance).clip(0, len(rows) - 1)
        near = np.abs(above - above[start] - balance) <= SAME * balance
        lengths = np.arange(len(rows)) - start
        for k in np.flatnonzero(near & (lengths >= FEWEST_SUMMED)):
            if len(f"{balance[k]:.12g}".replace(".", "").strip("0")) >= FEWEST_DIGITS:
                found.append((int(rows[k]), int(lengths[k])))
    return found
