"""Rows under construction: from expressions to linear forms, with auxiliary columns where pieces need them.

A *form* is an affine expression of positions plus coefficients of auxiliary columns. A concave
expression that must be large, or a convex one that must be small, costs one auxiliary column and one
row per piece; the other way round needs binaries and finite bounds. A curve costs one auxiliary column.
"""

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.domain.typing import Float1D
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import (
    Affine,
    Expression,
    Extremum,
    Norm,
    Point,
    Product,
    Quotient,
    Sum,
    add,
    scale,
)
from xlalm.program.denominators import LEAST, least_denominator, usual_size
from xlalm.program.layout import PARTS, Block, ColumnLayout, Part
from xlalm.program.program import Owner, Program
from xlalm.program.terms import Kind, Matrix, Need, SmoothTerm, products

_FLIP: dict[Need, Need] = {"below": "above", "above": "below", "exact": "exact"}


@attrs.frozen(eq=False)
class Form:
    """A linear form: an affine expression of positions plus auxiliary columns."""

    affine: Affine
    extra: dict[int, float] = attrs.field(factory=dict)

    def plus(self, other: "Form", factor: float = 1.0) -> "Form":
        """Return this form plus ``factor`` times another."""
        extra = dict(self.extra)
        for column, coefficient in other.extra.items():
            extra[column] = extra.get(column, 0.0) + factor * coefficient
        affine = add(self.affine, scale(other.affine, factor))
        assert isinstance(affine, Affine)
        return Form(affine, extra)


class RowBuilder:
    """Collects columns and rows; the balances come first, in the order of the sheet.

    ``curved``: products, ratios and norms become curves; otherwise they raise NeedsNonlinearError.
    """

    def __init__(self, sheet: BalanceSheet, *, curved: bool = False) -> None:
        n = len(sheet)
        self.sheet, self.curved = sheet, curved
        self.smooth_terms: list[SmoothTerm] = []
        self._meaning: list[tuple[int, Expression]] = []  # of auxiliary columns, inner ones first
        self._blocks: dict[Part, Block] = {"stock": Block("stock", 0, 0, np.arange(n, dtype=np.int64))}
        self._lower: list[Float1D] = [sheet.lower]
        self._upper: list[Float1D] = [sheet.upper]
        self._integer: list[np.ndarray[tuple[int], np.dtype[np.bool_]]] = [np.zeros(n, dtype=np.bool_)]
        self._money: list[np.ndarray[tuple[int], np.dtype[np.bool_]]] = [np.ones(n, dtype=np.bool_)]
        self._position = [np.arange(n, dtype=np.int32)]
        self._part = [np.zeros(n, dtype=np.int32)]
        self.n_columns = n
        self._indices: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        self._values: list[Float1D] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []
        self.owners: list[Owner] = []
        self._pieces: dict[tuple[int, str], int] = {}
        self._kept: list[Expression] = []  # keeps expressions alive while their ids are keys
        self.used_binaries = False

    # --- columns ---------------------------------------------------------------------------------------

    def block(self, part: Part) -> Block:
        """Return the columns of one part of the plan."""
        return self._blocks.get(part) or Block(part, 0, 0, np.full(len(self.sheet), -1, dtype=np.int64))

    def add_columns(
        self, positions: np.ndarray[tuple[int], np.dtype[np.int64]], part: Part, lower: Float1D, upper: Float1D
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Add amount columns of some positions; returns their numbers."""
        added = self._append(positions, part, lower, upper, integer=False, money=True)
        column = self.block(part).column.copy()
        column[positions] = added
        self._blocks[part] = Block(part, 0, 0, column)
        return added

    def add_column(self, lower: float, upper: float, *, integer: bool = False, money: bool = True) -> int:
        """Add one auxiliary column; returns its number."""
        none = np.array([-1], dtype=np.int64)
        bounds = np.array([lower]), np.array([upper])
        return int(self._append(none, "auxiliary", *bounds, integer=integer, money=money)[0])

    def _append(
        self,
        positions: np.ndarray[tuple[int], np.dtype[np.int64]],
        part: Part,
        lower: Float1D,
        upper: Float1D,
        *,
        integer: bool,
        money: bool,
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        count = len(positions)
        self._lower.append(lower)
        self._upper.append(upper)
        self._integer.append(np.full(count, integer))
        self._money.append(np.full(count, money))
        self._position.append(positions.astype(np.int32))
        self._part.append(np.full(count, PARTS.index(part), dtype=np.int32))
        first = self.n_columns
        self.n_columns += count
        return np.arange(first, self.n_columns)

    # --- rows ------------------------------------------------------------------------------------------

    def add_row(self, form: Form, lower: float, upper: float, owner: Owner) -> None:
        """Add ``lower <= form <= upper``; the form's constant moves to the bounds."""
        index, value, constant = self.entries(form)
        self._indices.append(index)
        self._values.append(value)
        self._row_lower.append(lower - constant)
        self._row_upper.append(upper - constant)
        self.owners.append(owner)

    def entries(self, form: Form) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Float1D, float]:
        """Return a form's column numbers, coefficients and constant."""
        indices: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        values: list[Float1D] = []
        affine = form.affine
        parts: tuple[tuple[Part, Float1D | None], ...] = (
            ("stock", affine.stock),
            ("up", affine.up),
            ("down", affine.down),
        )
        for part, vector in parts:
            if vector is not None:
                column = self.block(part).column
                # the comparison first: finding true flags is much faster; a fixed line has no change columns
                nonzero = np.flatnonzero((vector != 0) & (column >= 0))
                indices.append(column[nonzero])
                values.append(vector[nonzero])
        if form.extra:
            indices.append(np.fromiter(form.extra.keys(), dtype=np.int64))
            values.append(np.fromiter(form.extra.values(), dtype=np.float64))
        if not indices:
            return np.zeros(0, dtype=np.int64), np.zeros(0), affine.constant
        return np.concatenate(indices), np.concatenate(values), affine.constant

    # --- from expressions to forms ---------------------------------------------------------------------

    def linear(self, expression: Expression, need: Need, owner: Owner) -> Form:
        """Return a linear form of an expression; raises NeedsNonlinearError for products, ratios and norms."""
        if isinstance(expression, Affine):
            return Form(expression)
        if isinstance(expression, Sum):
            form, terms = Form(expression.affine), expression.terms
            pairs = tuple(weighted for weighted in terms if _is_quadratic(weighted[1]))
            if self.curved and len(pairs) > 1:  # together they may bend one way though each alone does not
                terms = tuple(weighted for weighted in terms if not _is_quadratic(weighted[1]))
                form = form.plus(self._curve(Sum(Affine(), pairs), need, owner))
            for factor, term in terms:
                form = form.plus(self.linear(term, need if factor > 0 else _FLIP[need], owner), factor)
            return form
        if isinstance(expression, Extremum):
            return Form(Affine(), {self._piece(expression, need, owner): 1.0})
        if self.curved:
            return self._curve(expression, need, owner)
        what = {Product: "a product of balances", Norm: "a value at risk"}.get(type(expression))
        reason = f'"{owner.name}" holds {what or "a ratio inside a larger formula"}, which is nonlinear'
        raise NeedsNonlinearError(owner.cell, reason, "write it as one ratio against a number")

    # --- curves ----------------------------------------------------------------------------------------

    def _curve(self, expression: Expression, need: Need, owner: Owner) -> Form:
        """Return the column of a curve: a quadratic sum of products, a product, a ratio or a norm."""
        known = self._pieces.get((id(expression), need))
        if known is not None:
            return Form(Affine(), {known: 1.0})
        weight = np.ones(0)
        kind: Kind
        if isinstance(expression, Norm):
            kind, forms = "norm", [Form(Affine(0.0, row)) for row in expression.matrix]
        elif isinstance(expression, Quotient):
            kind, forms = "quotient", self._ratio_forms(expression, need, owner)
        else:
            kind = "quadratic"
            pairs = products(expression)
            weight = np.array([factor for factor, _ in pairs])
            forms = []
            for factor, product in pairs:
                forms += self._factor_forms(product, need if factor > 0 else _FLIP[need], owner)
        column = self.add_column(-np.inf, np.inf, money=False)
        self._pieces[id(expression), need] = column
        self._kept.append(expression)
        self._meaning.append((column, expression))
        index, matrix, constant = self._stacked(forms)
        nested = not {curve.column for curve in self.smooth_terms}.isdisjoint(index.tolist())
        piece = Owner("curve", owner.index, owner.name, owner.cell)
        self.smooth_terms.append(SmoothTerm(column, kind, index, matrix, constant, weight, need, nested, piece))
        return Form(Affine(), {column: 1.0})

    def _factor_forms(self, product: Product, need: Need, owner: Owner) -> list[Form]:
        """Return the factors of a product; where one never changes sign the other need not be exact."""
        forms = []
        for factor, other in ((product.left, product.right), (product.right, product.left)):
            low, high = bounds(other, self.sheet)
            own: Need = need if low >= 0 else _FLIP[need] if high <= 0 else "exact"
            forms.append(self.linear(factor, own, owner))
        return forms

    def _ratio_forms(self, ratio: Quotient, need: Need, owner: Owner) -> list[Form]:
        low, high = bounds(ratio.numerator, self.sheet)
        own: Need = _FLIP[need] if low >= 0 else need if high <= 0 else "exact"
        above, below = self.linear(ratio.numerator, need, owner), self.linear(ratio.denominator, own, owner)
        least_denominator(ratio.denominator, self.sheet, owner)
        least = LEAST * usual_size(ratio.denominator, self.sheet)
        self.add_row(below, least, np.inf, Owner("denominator", owner.index, owner.name, owner.cell))
        return [above, below]

    def _stacked(self, forms: list[Form]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Matrix, Float1D]:
        entries = [self.entries(form) for form in forms]
        index = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(found[0] for found in entries)]))
        matrix = np.zeros((len(forms), len(index)))
        for row, (columns, values, _) in enumerate(entries):
            np.add.at(matrix[row], np.searchsorted(index, columns), values)
        return index, matrix, np.array([constant for _, _, constant in entries])

    def columns_at(self, point: Point, slacks: Float1D | None = None) -> Float1D:
        """Return the program's columns at a plan, (n_columns,): pieces and curves by their meaning.

        Parameters
        ----------
        slacks : (n_columns,) columns from which those without a meaning are taken, and pieces where binaries have
            chosen an argument of one; 0 by default.
        """
        columns = np.zeros(self.n_columns) if slacks is None else slacks.copy()
        parts: tuple[tuple[Part, Float1D], ...] = (("stock", point.stock), ("up", point.up), ("down", point.down))
        for part, amount in parts:
            self.block(part).put(columns, amount)
        for column, expression in self._meaning:
            if slacks is None or not self.used_binaries:
                columns[column] = expression.value(point)
        return columns

    def _piece(self, extremum: Extremum, need: Need, owner: Owner) -> int:
        for known in (need, "exact"):
            if (id(extremum), known) in self._pieces:
                return self._pieces[id(extremum), known]
        column = self.add_column(-np.inf, np.inf)
        self._pieces[id(extremum), need] = column
        self._kept.append(extremum)
        self._meaning.append((column, extremum))
        sign = 1.0 if extremum.kind == "min" else -1.0
        easy: Need = "below" if extremum.kind == "min" else "above"
        piece = Owner("piece", owner.index, owner.name, owner.cell)
        here = Form(Affine(), {column: 1.0})
        if need in {easy, "exact"}:  # a minimum lies below each argument, a maximum above
            for argument in extremum.arguments:
                gap = self.linear(argument, easy if need == easy else "exact", owner).plus(here, -1.0)
                self.add_row(gap, 0.0, np.inf, piece) if sign > 0 else self.add_row(gap, -np.inf, 0.0, piece)
        if need != easy:
            self._select_one(extremum, column, need, sign, piece)
        return column

    def _select_one(self, extremum: Extremum, column: int, need: Need, sign: float, owner: Owner) -> None:
        """Force an auxiliary column to reach one of the arguments: binaries, with bounds that are proven."""
        self.used_binaries = True
        ranges = [bounds(argument, self.sheet) for argument in extremum.arguments]
        if not all(np.isfinite(low) and np.isfinite(high) for low, high in ranges):
            reason = f'"{owner.name}" bends the wrong way for a linear program and its parts have no finite bounds'
            raise Refused(owner.cell, reason, "give every position in it a max")
        best = min(low for low, _ in ranges) if sign > 0 else max(high for _, high in ranges)
        choice = Form(Affine())
        for argument, (low, high) in zip(extremum.arguments, ranges, strict=True):
            binary = self.add_column(0.0, 1.0, integer=True, money=False)
            slack = max((high - best) if sign > 0 else (best - low), 0.0)
            # minimum: column >= argument - slack·(1 - binary); maximum: column <= argument + slack·(1 - binary)
            form = Form(Affine(-sign * slack), {column: -1.0, binary: sign * slack})
            form = form.plus(self.linear(argument, need, owner))
            self.add_row(form, -np.inf, 0.0, owner) if sign > 0 else self.add_row(form, 0.0, np.inf, owner)
            choice = choice.plus(Form(Affine(), {binary: 1.0}))
        self.add_row(choice, 1.0, 1.0, owner)

    # --- the end ---------------------------------------------------------------------------------------

    def program(self, goal: Form, *, maximise: bool) -> Program:
        """Return the program of all rows for a goal."""
        cost = np.zeros(self.n_columns)
        index, value, offset = self.entries(goal)
        np.add.at(cost, index, value)
        position, zeros = np.concatenate(self._position), np.zeros(self.n_columns, dtype=np.int32)
        start = np.zeros(len(self._indices) + 1, dtype=np.int32)
        np.cumsum([len(index) for index in self._indices], out=start[1:])
        return Program(
            layout=ColumnLayout(position, np.concatenate(self._part), zeros, zeros),
            maximise=maximise,
            cost=cost,
            offset=offset,
            start=start,
            index=np.concatenate([*self._indices, np.zeros(0, dtype=np.int64)]).astype(np.int32),
            value=np.concatenate([*self._values, np.zeros(0)]),
            row_lower=np.array(self._row_lower),
            row_upper=np.array(self._row_upper),
            row_owner=tuple(self.owners),
            lower=np.concatenate(self._lower),
            upper=np.concatenate(self._upper),
            integer=np.concatenate(self._integer),
            money=np.concatenate(self._money),
        )


def _is_quadratic(expression: Expression) -> bool:
    return isinstance(expression, Product) and expression.is_quadratic
