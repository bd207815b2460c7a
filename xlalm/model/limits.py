"""Limits, compiled and checked."""

from collections.abc import Sequence

import attrs

from xlalm.domain.findings import Finding, cap_warnings, error, has_errors, warning
from xlalm.domain.limits import LimitRow
from xlalm.domain.numbers import LARGEST_NUMBER, parse_number
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.measures.expression import Expression, constant_of
from xlalm.measures.language.compiler import Compiler
from xlalm.model.formulas import Faults, compile_formula, misread_number, too_many_faults
from xlalm.model.model import Limit
from xlalm.model.units import LARGEST_SHARE, unit_of

LARGEST_PERCENT = 1000.0
"""A bound beyond this on a share whose unit nobody gave means no bound, and no percentage."""


def compile_limits(
    compiler: Compiler, rows: Sequence[LimitRow], table: Table | None
) -> tuple[tuple[Limit, ...], list[Finding]]:
    """Compile the rows of ``Limits``; returns the readable ones and all findings, which name cells of ``table``."""
    limits: list[Limit] = []
    findings: list[Finding] = []
    if table is None:
        return (), findings
    faults = Faults(findings)
    for row in rows:
        if faults.are_too_many:
            findings.append(too_many_faults(row.cell, "Limits"))
            break
        start = len(findings)
        left = compile_formula(row.left, row.left_cell, compiler.compile, compiler, findings, enforced=row.active)
        right = _compile_bound(row, compiler, findings)
        if left is None or right is None:
            continue
        metric = compiler.scope.metric(row.left)
        limit = Limit(
            name=row.name,
            left=left,
            sense=row.sense,
            right=right,
            hard=row.hard,
            penalty=row.penalty,
            active=row.active,
            unit=row.unit or unit_of(compiler, row.left, left, metric=metric, right=row.right),
            lens=row.lens or (metric.lens if metric else "other"),
            early_warning=row.early_warning,
            step=row.step,
            cell=row.cell,
            row=row,
        )
        if not has_errors(findings[start:]):
            is_guess = limit.unit == "%" and not (row.unit or (metric and metric.unit))
            usual = abs(compiler.at_opening(left)) if is_guess else None
            findings += _check_limit(limit, row, table, usual)
        limits.append(limit)
    cap_warnings(findings, "table Limits")
    return tuple(limits), findings


def _compile_bound(row: LimitRow, compiler: Compiler, findings: list[Finding]) -> Expression | None:
    number = parse_number(row.right)
    misread = misread_number(row.right, row.cell)
    if misread is not None:
        findings.append(attrs.evolve(misread, text=f"bound {misread.text}"))
        return None
    is_word = number is None and not any(ch in row.right for ch in "()+-*/_%\u2212")
    if is_word and compiler.scope.metric(row.right) is None:
        if compiler.scope.setting(row.right) is None:
            findings.append(
                error(row.cell, f'bound "{shown(row.right)}" is not a number', "enter a number such as 0.9 or 90%")
            )
            return None
    if number is not None and abs(number) > LARGEST_NUMBER:
        findings.append(error(row.cell, f"bound is {number:g}", "enter a number below 1e15"))
        return None
    return compile_formula(row.right, row.cell, compiler.compile, compiler, findings, enforced=row.active)


def _lacks_sign(number: float, usual: float | None) -> bool:
    """Whether a percentage was typed without its sign; where nobody gave the unit, only if the opening speaks for it.

    Parameters
    ----------
    usual : size of the left side at opening; None where the book gives the unit.
    """
    if usual is None:
        return abs(number) > LARGEST_SHARE
    return max(LARGEST_SHARE, 10.0 * usual) < abs(number) <= LARGEST_PERCENT


def _check_limit(limit: Limit, row: LimitRow, table: Table, usual: float | None) -> list[Finding]:
    findings = []
    bound = constant_of(limit.right)
    typed_plain = parse_number(row.right) is not None and "%" not in row.right  # not 600%, not a formula
    if limit.unit == "%" and bound is not None and _lacks_sign(bound, usual) and typed_plain:
        findings.append(
            error(row.cell, f'bound of "{row.name}" is {bound:g}, which is {bound:.0%}', f"enter {bound:g}%")
        )
    if limit.unit == "%" and row.early_warning is not None and _lacks_sign(row.early_warning, usual):
        findings.append(
            error(
                table.cell(row.row, "early_warning"),
                f'early warning of "{row.name}" is {row.early_warning:g}, which is {row.early_warning:.0%}',
                f"enter {row.early_warning:g}%",
            )
        )
    if limit.unit == "%" and row.step is not None and bound and row.step >= abs(bound):
        text = f'step of "{row.name}" is {row.step:.0%}, as much as its whole bound of {bound:.2%}'
        findings.append(warning(table.cell(row.row, "step"), text, f"enter {row.step:g}% or another smaller step"))
    left = constant_of(limit.left)
    if left is not None and bound is not None and row.active:
        findings.append(
            warning(
                row.left_cell,
                f'limit "{row.name}" compares two constants ({left:g} {row.sense} {bound:g})',
                "no plan can change it: check its formula",
            )
        )
    return findings
