"""The sizes by which a program is divided inside the solver, and the way back."""

from collections.abc import Sequence

import attrs
import highspy
import numpy as np

from xlalm.domain.typing import Float1D, Float2D
from xlalm.program.layout import Int32
from xlalm.program.program import Program

FINER = 2.0**-10
"""How much less amounts are scaled down then: the tolerance is no longer far above the rounding of doubles."""


def money_scale(program: Program, amount: float = 0.0) -> float:
    """Return the power of two by which amounts are divided inside the solver: about one hundredth of the largest.

    Parameters
    ----------
    amount : the largest amount, where the bounds do not show it.
    """
    if amount > 0.0:
        return float(2.0 ** np.floor(np.log2(amount / 100.0)))
    sizes = np.concatenate([program.lower[program.money], program.upper[program.money]])
    sizes = np.abs(sizes[np.isfinite(sizes)])
    largest = float(sizes.max(initial=0.0))
    return 2.0 ** np.floor(np.log2(largest / 100.0)) if largest > 1000.0 else 1.0


@attrs.frozen(eq=False)
class Scales:
    """Powers of two by which columns, rows and the goal are divided inside the solver, and the way back."""

    column: Float1D
    row: Float1D
    goal: float

    def columns(self, scaled: Sequence[float]) -> Float1D:
        """Return a point in the program's units."""
        return np.array(scaled) * self.column

    def row_prices(self, scaled: Sequence[float], sense: float) -> Float1D:
        """Return prices of rows in the program's units; ``sense`` is -1 where it maximises."""
        return sense * self.goal * np.array(scaled) / self.row

    def column_prices(self, scaled: Sequence[float], sense: float) -> Float1D:
        """Return prices of column bounds likewise."""
        return sense * self.goal * np.array(scaled) / self.column

    def ray(self, scaled: Sequence[float]) -> Float1D:
        """Return a combination of rows in the program's units."""
        return np.array(scaled) / self.row


def scales_of(program: Program, amount: float, *, is_fine: bool) -> Scales:
    """Scale amounts to hundreds and every row and the goal to coefficients of about one.

    Tolerances are absolute: without it a goal or limit in ratio units would be judged as loosely as one in millions.
    """
    money = money_scale(program, amount) * (FINER if is_fine else 1.0)
    column = np.where(program.money, money, 1.0)
    largest = np.zeros(program.n_rows)
    np.maximum.at(largest, program.row, np.abs(program.value) * column[program.index])
    cost = float(np.abs(program.cost * column).max(initial=0.0))
    goal = money if program.hessian is not None else power_of_two(cost)
    return Scales(column, np.asarray(2.0 ** np.round(np.log2(np.where(largest > 0, largest, 1.0)))), goal)


def power_of_two(size: float) -> float:
    """Return the power of two nearest to a size, 1 for 0."""
    return float(2.0 ** np.round(np.log2(size))) if size > 0 else 1.0


def pass_hessian(
    solver: highspy.Highs, n_columns: int, columns: Int32, matrix: Float2D, scales: Scales, factor: float
) -> None:
    """Pass the matrix of a quadratic goal over ``columns`` (k,), (k, k)."""
    sizes = scales.column[columns]
    lower = np.tril(factor * matrix * np.outer(sizes, sizes))
    places, rows = np.nonzero(lower.T)
    counts = np.zeros(n_columns + 1, dtype=np.int32)
    np.add.at(counts, columns[places] + 1, 1)
    hessian = highspy.HighsHessian()
    hessian.dim_ = n_columns
    hessian.format_ = highspy.HessianFormat.kTriangular
    hessian.start_ = np.cumsum(counts).astype(np.int32)
    hessian.index_ = columns[rows].astype(np.int32)
    hessian.value_ = lower[rows, places]
    solver.passHessian(hessian)
