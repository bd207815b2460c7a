"""The optimisation program: sparse arrays, every row and column with its owner."""

from functools import cached_property
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.cells import Cell
from xlalm.domain.typing import Bool1D, Float1D, Int1D
from xlalm.program.layout import ColumnLayout, Int32


@attrs.frozen
class Owner:
    """What a row or an auxiliary column belongs to; ``index`` counts limits, positions or goals."""

    kind: Literal[
        "limit",
        "identity",
        "change",
        "piece",
        "denominator",
        "lot",
        "threshold",
        "either",
        "soft",
        "goal",
        "curve",
        "bound",
        "assets",
    ]
    index: int
    name: str
    cell: Cell | None


BASIC = 1
"""Status code of a basic column or row, as HiGHS counts."""


@attrs.frozen(eq=False)
class Basis:
    """A simplex basis; ``column`` (n_columns,) and ``row`` (n_rows,) hold status codes: BASIC or nonbasic."""

    column: NDArray[np.int8]
    row: NDArray[np.int8]

    def fits(self, program: "Program") -> bool:
        """Whether a program has the shape this basis was made for."""
        return len(self.column) == program.n_columns and len(self.row) == program.n_rows

    @property
    def basic_columns(self) -> Bool1D:
        """Mask of basic columns."""
        return np.asarray(self.column == BASIC, dtype=np.bool_)

    @property
    def basic_rows(self) -> Bool1D:
        """Mask of rows whose activity is basic: rows that are slack."""
        return np.asarray(self.row == BASIC, dtype=np.bool_)


@attrs.frozen(eq=False)
class Program:
    """``max`` or ``min`` of cost·z + ½ z·Q·z + offset over ``row_lower <= A z <= row_upper`` and bounds.

    Everything is in the book's unit.
        ``start``, ``index``, ``value`` hold A by rows (CSR). ``hessian`` is dense over ``hessian_columns``.
    """

    layout: ColumnLayout
    maximise: bool
    cost: Float1D
    offset: float
    start: Int32
    index: Int32
    value: Float1D
    row_lower: Float1D
    row_upper: Float1D
    row_owner: tuple[Owner, ...]
    lower: Float1D
    upper: Float1D
    integer: Bool1D
    money: Bool1D  # columns that are amounts (the others count lots or switch)
    hessian: NDArray[np.float64] | None = None
    hessian_columns: Int32 | None = None

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def is_mip(self) -> bool:
        """Whether any column is integer."""
        return bool(self.integer.any())

    @cached_property
    def row(self) -> Int1D:
        """The row of every entry of A, beside ``index`` and ``value``."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.start))

    def entries(self, row: int) -> slice:
        """Return where the entries of one row stand in ``index`` and ``value``."""
        return slice(int(self.start[row]), int(self.start[row + 1]))

    def plan(self, columns: Float1D) -> Float1D:
        """Return the balances that columns say, (n_positions,)."""
        return self.layout.plan(columns)

    def largest_amount(self, columns: Float1D, least: float = 1.0) -> float:
        """Return the largest amount of a plan, but no less than ``least``: what its rounding is measured by."""
        return max(least, float(np.abs(columns[self.money]).max(initial=0.0)))

    def activity(self, columns: Float1D) -> Float1D:
        """Return A z, (n_rows,)."""
        weights = self.value * columns[self.index]
        return np.bincount(self.row, weights=weights, minlength=self.n_rows).astype(np.float64)

    def transpose_product(self, rows: Float1D) -> Float1D:
        """Return Aᵀ y, (n_columns,)."""
        weights = self.value * rows[self.row]
        return np.bincount(self.index, weights=weights, minlength=self.n_columns).astype(np.float64)

    def gradient(self, columns: Float1D) -> Float1D:
        """Return the gradient of the objective, (n_columns,)."""
        gradient = self.cost.copy()
        if self.hessian is not None and self.hessian_columns is not None:
            gradient[self.hessian_columns] += self.hessian @ columns[self.hessian_columns]
        return gradient

    def objective(self, columns: Float1D) -> float:
        """Return the objective at a point, in its own sense."""
        value = float(self.cost @ columns) + self.offset
        if self.hessian is not None and self.hessian_columns is not None:
            part = columns[self.hessian_columns]
            value += 0.5 * float(part @ self.hessian @ part)
        return value
