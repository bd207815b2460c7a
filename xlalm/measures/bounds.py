"""Proven bounds of an expression over the bounds of its positions."""

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.measures.expression import Affine, Expression, Extremum, Norm, Product, Quotient, add, scale, split


def bounds(expression: Expression, sheet: BalanceSheet) -> tuple[float, float]:
    """Return proven lower and upper bounds of an expression over the position bounds (may be infinite)."""
    return _Bounds(sheet).of(expression)


class _Bounds:
    """Bounds over one balance sheet; those of a part are found once, however often others use it."""

    def __init__(self, sheet: BalanceSheet) -> None:
        self._sheet = sheet
        self._known: dict[Expression, tuple[float, float]] = {}

    def of(self, expression: Expression) -> tuple[float, float]:
        if expression not in self._known:
            self._known[expression] = self._found(expression)
        return self._known[expression]

    def _found(self, expression: Expression) -> tuple[float, float]:
        if isinstance(expression, Affine):
            return _affine_bounds(expression, self._sheet)
        if isinstance(expression, Extremum):
            ranges = [self.of(argument) for argument in expression.arguments]
            pick = min if expression.kind == "min" else max
            return pick(low for low, _ in ranges), pick(high for _, high in ranges)
        if isinstance(expression, Product | Quotient | Norm):
            return self._of_curve(expression)
        affine, terms = split(expression)
        factor, term = terms[0]
        if len(terms) == 1 and isinstance(term, Extremum):  # exact: the affine part moves into the pieces
            kind = term.kind if factor > 0 else ("max" if term.kind == "min" else "min")
            moved = tuple(add(affine, scale(argument, factor)) for argument in term.arguments)
            return self.of(Extremum(kind, moved))
        low, high = _affine_bounds(affine, self._sheet)
        for factor, term in terms:
            ends = [factor * end for end in self.of(term)]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def _of_curve(self, curve: Product | Quotient | Norm) -> tuple[float, float]:
        """Return bounds by interval arithmetic."""
        if isinstance(curve, Norm):
            sides = [_affine_bounds(Affine(0.0, row), self._sheet) for row in curve.matrix]
            return 0.0, float(np.sqrt(sum(max(low * low, high * high) for low, high in sides)))
        first, second = (self.of(part) for part in curve.parts)
        if isinstance(curve, Product):
            ends = [a * b if a and b else 0.0 for a in first for b in second]  # 0 · ∞ is 0 here
            square = curve.left is curve.right
            return (max(min(ends), 0.0) if square else min(ends)), max(ends)
        if second[0] <= 0:
            return -np.inf, np.inf
        ends = [a / b if np.isfinite(b) else 0.0 for a in first for b in second]
        return min(ends), max(ends)


def _affine_bounds(affine: Affine, sheet: BalanceSheet) -> tuple[float, float]:
    low = high = affine.constant
    zero = np.zeros(len(sheet))
    for vector, least, most in (
        (affine.stock, sheet.lower, sheet.upper),
        (affine.up, zero, np.maximum(sheet.upper - sheet.opening, 0.0)),
        (affine.down, zero, np.maximum(sheet.opening - sheet.lower, 0.0)),
    ):
        if vector is None:
            continue
        used = np.flatnonzero(vector)
        weights, a, b = vector[used], least[used], most[used]
        low += float(np.where(weights > 0, weights * a, weights * b).sum())
        high += float(np.where(weights > 0, weights * b, weights * a).sum())
    return low, high
