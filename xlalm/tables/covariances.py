"""Covariances of the positions' daily changes of value: the table ``Covariances`` as one matrix."""

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.covariance import ROUNDING, Covariance
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.table import TypedTable
from xlalm.domain.text import shown
from xlalm.tables.known import Known
from xlalm.tables.typed import is_readable

MAX_RISKY = 2000
"""Positions that ``Covariances`` may name: the matrix is dense and its eigenvalues are needed."""


def read_covariances(table: TypedTable, known: Known) -> tuple[Covariance | None, list[Finding]]:
    """Return the covariances of a book, None where its table is empty or cannot be used, and findings.

    A pair may be given once, or twice with the same number; an unknown position, two numbers for a pair, a
    negative variance and a matrix that is not positive semidefinite are errors.
    """
    if not is_readable(table) or not len(table):
        return None, []
    sheet = known.sheet
    given: dict[tuple[int, int], float] = {}
    findings: list[Finding] = []
    complete = not np.isnan(table.numbers["covariance"]).any()  # an unreadable one has its finding already
    for row in range(len(table)):
        pair = []
        for key in ("position", "with"):
            position = known.position(table, row, key, findings)
            if position is not None:
                pair.append(position)
        value = float(table.numbers["covariance"][row])
        if len(pair) < 2 or np.isnan(value):
            continue
        first, second = sorted(pair)
        cell = table.raw.cell(row, "covariance")
        if given.setdefault((first, second), value) != value:
            text = f'"{sheet.names[first]}" with "{sheet.names[second]}" was given as {given[first, second]:g} before'
            findings.append(error(cell, text, "keep one row for each pair"))
        if first == second and value < 0:
            findings.append(error(cell, f"the variance {value:g} is negative", "enter the square of the volatility"))
    cap(findings, 0, "table Covariances")
    positions = np.array(sorted({i for pair_of in given for i in pair_of}), dtype=np.int64)
    if len(positions) > MAX_RISKY:
        text = f"the table names {len(positions):,} positions"
        return None, [*findings, error(table.raw.header_cell(), text, f"name at most {MAX_RISKY:,}")]
    if findings or not complete or not len(positions):
        return None, findings
    place = {int(i): k for k, i in enumerate(positions)}
    matrix = np.zeros((len(positions), len(positions)))
    for (first, second), value in given.items():
        matrix[place[first], place[second]] = matrix[place[second], place[first]] = value
    return _semidefinite(Covariance(positions, matrix), table, sheet)


def _semidefinite(
    covariance: Covariance, table: TypedTable, sheet: BalanceSheet
) -> tuple[Covariance | None, list[Finding]]:
    values, vectors = np.linalg.eigh(covariance.matrix)
    if values[0] >= -ROUNDING * max(values[-1], 0.0):
        return covariance, []
    lacking = np.flatnonzero((np.diag(covariance.matrix) == 0.0) & covariance.matrix.any(axis=1))
    if len(lacking):
        name = shown(sheet.names[covariance.positions[lacking[0]]])
        text = f'"{name}" has a covariance with another position but no variance'
        cure = f'add a row with "{name}" in both columns and the square of its volatility'
        return None, [error(table.raw.header_cell("covariance"), text, cure)]
    worst = np.argsort(-np.abs(vectors[:, 0]), kind="stable")[:2]
    names = " and ".join(f'"{shown(sheet.names[covariance.positions[k]])}"' for k in worst)
    others = " and others" if len(covariance.positions) > 2 else ""
    text = f"these cannot be covariances: a mix of {names}{others} would have a variance of {values[0]:.3g}"
    cure = "check that each is at most the product of the two volatilities, and that no pair is missing"
    return None, [error(table.raw.header_cell("covariance"), text, cure)]
