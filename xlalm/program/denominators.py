"""What ratios divide by: never negative within the bounds of the positions, 0 only where a plan holds none of it."""

from collections.abc import Iterator

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import NOTHING, Expression, Point, Quotient
from xlalm.measures.shape import walk
from xlalm.program.problem import Problem
from xlalm.program.program import Owner

LEAST = 1e-6
"""Least denominator of a ratio that must have a value, as a share of its usual size."""


def least_denominator(denominator: Expression, sheet: BalanceSheet, owner: Owner) -> float:
    """Return the least that a denominator can be within the bounds of the positions.

    Raises
    ------
    Refused
        It is negative at opening, or never above 0.
    """
    low, high = bounds(denominator, sheet)
    point = Point.at(sheet.opening, sheet.opening)
    opening = denominator.value(point)
    if low < 0 and not opening >= -NOTHING * denominator.size(point):
        reason = f'the denominator of "{owner.name}" is {opening:,g} at opening, not positive'
        raise Refused(owner.cell, reason, "check the columns the ratio divides by")
    if not high > 0:
        reason = f'what "{owner.name}" divides by is never above 0 within the bounds of its positions'
        raise Refused(owner.cell, reason, "check the columns the ratio divides by, and the max of those positions")
    return low


def usual_size(denominator: Expression, sheet: BalanceSheet) -> float:
    """Return a denominator at opening; where that is 0, the most it can be, or the book's assets where that is endless.

    Always above 0.
    """
    opening = denominator.value(Point.at(sheet.opening, sheet.opening))
    if opening > 0:
        return opening
    high = bounds(denominator, sheet)[1]
    return high if 0 < high < np.inf else max(1.0, sheet.total_assets)


def refused_denominators(problem: Problem) -> list[Finding]:
    """Return what forbids a solve because of what enforced limits and the goal divide by."""
    findings = []
    for owner, expression in _owned(problem):
        for node in walk(expression):
            if isinstance(node, Quotient):
                try:
                    least_denominator(node.denominator, problem.sheet, owner)
                except Refused as reason:
                    findings.append(reason.finding)
                    break
    return findings


def _owned(problem: Problem) -> Iterator[tuple[Owner, Expression]]:
    for k, limit in problem.enforced:
        for side in (limit.left, limit.right):
            yield Owner("limit", k, limit.name, limit.cell), side
    yield problem.objective.owner, problem.objective.expression
