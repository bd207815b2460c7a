"""The functions of a nonlinear program over its free columns: rows and goal with exact first and second derivatives.

Curve columns and fixed columns are eliminated: a curve's column is its value. Each curve is a function of few linear
forms, so its second derivative has the rank of its own small matrix.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Float1D, Int1D
from xlalm.program.build import Build
from xlalm.program.program import Program
from xlalm.program.terms import SmoothTerm

Matrix = NDArray[np.float64]

MAX_CELLS = 20_000_000
"""Rows times columns of a nonlinear program: its derivatives are dense."""

REMEMBERED = 4
"""Points whose values are kept: a method asks for goal, rows and derivatives one after the other."""


@attrs.frozen(eq=False)
class _Placed:
    """A curve with its linear forms split by what their columns are: free ones, and other curves."""

    curve: SmoothTerm
    free: Int1D
    free_matrix: Matrix
    nested: Int1D
    nested_matrix: Matrix
    block: tuple[Int1D, Int1D]  # of the second derivatives, where nothing is nested


@attrs.frozen(eq=False)
class At:
    """Everything at one point: all columns (n_columns,), goal, rows (n_rows,), and their derivatives by free columns.

    ``slopes`` and ``forms`` hold ∂φ/∂u and u of every curve, ``curve_jacobian`` (n_curves, n_free) ∂column/∂free.
    """

    columns: Float1D
    goal: float
    gradient: Float1D
    rows: Float1D
    jacobian: Matrix
    forms: tuple[Float1D, ...]
    slopes: tuple[Float1D, ...]
    curve_jacobian: Matrix


class Functions:
    """Rows and goal of a build with curves as functions of its free columns ``free`` (n_free,).

    ``bent`` (n_rows,) marks the rows that hold a curve.
    """

    def __init__(self, build: Build) -> None:
        program = build.program
        self.program, self.smooth_terms = program, build.smooth_terms
        self.curve_columns = np.array([curve.column for curve in build.smooth_terms], dtype=np.int64)
        moves = program.lower < program.upper
        moves[self.curve_columns] = False
        self.free = np.flatnonzero(moves)
        self.lower, self.upper = program.lower[self.free], program.upper[self.free]
        self._base = np.where(moves, 0.0, program.lower)
        self._base[self.curve_columns] = 0.0
        self._matrix = dense_rows(program)
        self._on_free = self._matrix[:, self.free]
        self._on_curves = self._matrix[:, self.curve_columns]
        self.bent = (self._on_curves != 0).any(axis=1)
        self._placed = tuple(self._place(curve) for curve in build.smooth_terms)
        self._recent: dict[bytes, At] = {}

    def _place(self, curve: SmoothTerm) -> _Placed:
        places = {int(column): k for k, column in enumerate(self.free)}
        nested = {int(column): k for k, column in enumerate(self.curve_columns)}
        in_free = np.array([int(i) in places for i in curve.index], dtype=np.bool_)
        in_curves = np.array([int(i) in nested for i in curve.index], dtype=np.bool_)
        free = np.array([places[int(i)] for i in curve.index[in_free]], dtype=np.int64)
        return _Placed(
            curve,
            free,
            curve.matrix[:, in_free],
            np.array([nested[int(i)] for i in curve.index[in_curves]], dtype=np.int64),
            curve.matrix[:, in_curves],
            (free[:, None], free[None, :]),
        )

    def at(self, point: Float1D) -> At:
        """Return everything at free columns ``point`` (n_free,); the last few points are remembered."""
        key = point.tobytes()
        if key in self._recent:
            return self._recent[key]
        columns = self._base.copy()
        columns[self.free] = point
        by_free = np.zeros((len(self._placed), len(self.free)))
        forms, slopes = [], []
        for k, placed in enumerate(self._placed):
            u = placed.curve.forms(columns)
            columns[placed.curve.column] = placed.curve.value(u)
            slope = placed.curve.slope(u)
            by_free[k, placed.free] = slope @ placed.free_matrix
            if len(placed.nested):
                by_free[k] += (slope @ placed.nested_matrix) @ by_free[placed.nested]
            forms.append(u)
            slopes.append(slope)
        cost = self.program.cost
        found = At(
            columns=columns,
            goal=float(cost @ columns) + self.program.offset,
            gradient=cost[self.free] + cost[self.curve_columns] @ by_free,
            rows=self._matrix @ columns,
            jacobian=self._on_free + self._on_curves @ by_free,
            forms=tuple(forms),
            slopes=tuple(slopes),
            curve_jacobian=by_free,
        )
        while len(self._recent) >= REMEMBERED:
            del self._recent[next(iter(self._recent))]
        self._recent[key] = found
        return found

    def hessian(self, point: Float1D, goal_weight: float, row_weights: Float1D) -> Matrix:
        """Return the second derivative of goal_weight·goal + row_weights·rows, (n_free, n_free)."""
        at = self.at(point)
        weights = goal_weight * self.program.cost[self.curve_columns] + row_weights @ self._on_curves
        total = np.zeros((len(self.free), len(self.free)))
        for k in range(len(self._placed) - 1, -1, -1):
            placed = self._placed[k]
            if weights[k] == 0:
                continue
            bend = weights[k] * placed.curve.bend(at.forms[k])
            if len(placed.nested):
                along = placed.nested_matrix @ at.curve_jacobian[placed.nested]
                along[:, placed.free] += placed.free_matrix
                total += along.T @ bend @ along
                weights[placed.nested] += weights[k] * (at.slopes[k] @ placed.nested_matrix)
            else:
                total[placed.block] += placed.free_matrix.T @ bend @ placed.free_matrix
        return total

    def curve_prices(self, at: At, row_prices: Float1D) -> Float1D:
        """Return the multipliers of the curves that go with those of the rows, (n_curves,): ∂goal/∂column."""
        prices = self.program.cost[self.curve_columns] - row_prices @ self._on_curves
        for k in range(len(self._placed) - 1, -1, -1):
            placed = self._placed[k]
            if len(placed.nested):
                prices[placed.nested] += prices[k] * (at.slopes[k] @ placed.nested_matrix)
        return np.asarray(prices)


def dense_rows(program: Program) -> Matrix:
    """Return A, (n_rows, n_columns)."""
    matrix = np.zeros((program.n_rows, program.n_columns))
    np.add.at(matrix, (program.row, program.index), program.value)
    return matrix


@attrs.frozen(eq=False)
class CurveRow:
    """A row ``low <= value·z[index] <= high`` that holds a curve's column on one side or both."""

    curve: SmoothTerm
    index: Int1D
    value: Float1D
    low: float
    high: float


def with_rows(program: Program, rows: list[CurveRow]) -> Program:
    """Return a program with more rows, each belonging to a curve."""
    counts = [len(row.index) for row in rows]
    return attrs.evolve(
        program,
        start=np.concatenate([program.start, program.start[-1] + np.cumsum(counts)]).astype(np.int32),
        index=np.concatenate([program.index, *(row.index for row in rows)]).astype(np.int32),
        value=np.concatenate([program.value, *(row.value for row in rows)]),
        row_lower=np.append(program.row_lower, [row.low for row in rows]),
        row_upper=np.append(program.row_upper, [row.high for row in rows]),
        row_owner=(*program.row_owner, *(row.curve.owner for row in rows)),
    )


def tangent_row(curve: SmoothTerm, columns: Float1D, *, one_sided: bool) -> CurveRow:
    """Return a curve's tangent at a point as a row; ``one_sided``: only the side that its column may not pass.

    A one-sided tangent of a convex constraint cuts off no plan.
    """
    u = curve.forms(columns)
    coefficients = -(curve.slope(u) @ curve.matrix)
    level = curve.value(u) + float(coefficients @ columns[curve.index])
    return CurveRow(
        curve,
        np.append(curve.index, curve.column),
        np.append(coefficients, 1.0),
        low=-np.inf if one_sided and curve.need == "below" else level,
        high=np.inf if one_sided and curve.need == "above" else level,
    )


def tangent_program(build: Build, columns: Float1D, *, one_sided: bool) -> Program:
    """Return the program with every curve replaced by its tangent at a point."""
    rows = [
        tangent_row(curve, columns, one_sided=one_sided and curve.is_convex_constraint) for curve in build.smooth_terms
    ]
    return with_rows(build.program, rows)
