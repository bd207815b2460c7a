"""The optimal basis of a linear program, opened up: how the plan and the prices move.

Everything is in the sense of minimisation, so that prices of lower bounds are >= 0 and of upper bounds <= 0.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Bool1D, Float1D, Float2D, Int1D
from xlalm.program.program import Basis, Program

if TYPE_CHECKING:
    from scipy.sparse.linalg import SuperLU

FREE = 2
"""Standing of what stands at no bound; -1 is the lower bound, +1 the upper, 0 where both meet."""

LARGEST_DENSE = 200
"""Basic columns up to which a basis is inverted as a dense matrix."""

ZERO_PRICE = 1e-11
"""A price below this share of the largest goal coefficient is rounding."""


@attrs.frozen
class Step:
    """How far a direction can be followed: ``size`` >= 0 (may be infinite) and what stops it.

    ``kind`` is column or row, ``end`` lower, upper or price, ``index`` -1 where nothing stops it.
    """

    size: float
    kind: str = ""
    index: int = -1
    end: str = ""


@attrs.frozen(eq=False)
class Inverse:
    """A small basis, inverted."""

    matrix: Float2D

    @classmethod
    def of(cls, value: Float1D, row: Int1D, column: Int1D, size: int) -> "Inverse | None":
        """Invert the matrix of these entries; None where it is singular."""
        block = np.zeros((size, size))
        np.add.at(block, (row, column), value)
        try:
            return cls(np.asarray(np.linalg.inv(block), dtype=np.float64))
        except np.linalg.LinAlgError:
            return None

    def columns_for(self, rows: Float1D) -> Float1D:
        """Return the basic columns that give these activities."""
        return np.asarray(self.matrix @ rows, dtype=np.float64)

    def rows_for(self, columns: Float1D) -> Float1D:
        """Return the combination of rows that has these coefficients in the basic columns."""
        return np.asarray(columns @ self.matrix, dtype=np.float64)


@attrs.frozen(eq=False)
class Triangles:
    """A large basis, factored."""

    factors: "SuperLU"

    @classmethod
    def of(cls, value: Float1D, row: Int1D, column: Int1D, size: int) -> "Triangles | None":
        """Factor the matrix of these entries; None where it is singular."""
        from scipy.sparse import csc_array  # imported only here: it would double the start-up of a click
        from scipy.sparse.linalg import splu

        try:
            return cls(splu(csc_array((value, (row, column)), shape=(size, size))))
        except RuntimeError:
            return None

    def columns_for(self, rows: Float1D) -> Float1D:
        """Return the basic columns that give these activities."""
        return np.asarray(self.factors.solve(rows), dtype=np.float64)

    def rows_for(self, columns: Float1D) -> Float1D:
        """Return the combination of rows that has these coefficients in the basic columns."""
        return np.asarray(self.factors.solve(columns, "T"))  # type: ignore[call-overload]


Factors = Inverse | Triangles
"""The matrix of rows at a bound and basic columns, ready to be solved with."""


def factors_of_basis(program: Program, basis: Basis) -> tuple[Int1D, Int1D, Factors] | None:
    """Return basic columns (k,), rows at a bound (k,) and their factors; None for a basis not square or singular."""
    columns, rows = np.flatnonzero(basis.basic_columns), np.flatnonzero(~basis.basic_rows)
    factors = _factored(program, rows, columns) if len(columns) == len(rows) else None
    return None if factors is None else (columns, rows, factors)


def _factored(program: Program, rows: Int1D, columns: Int1D) -> Factors | None:
    """Factor a basis; None where it is singular."""
    size = len(rows)
    row_place, place = np.full(program.n_rows, -1, dtype=np.int64), np.full(program.n_columns, -1, dtype=np.int64)
    row_place[rows], place[columns] = np.arange(size), np.arange(size)
    at = row_place[program.row]
    inside = (at >= 0) & (place[program.index] >= 0)
    value, row, column = program.value[inside], at[inside], place[program.index[inside]]
    kind: type[Inverse] | type[Triangles] = Inverse if size <= LARGEST_DENSE else Triangles
    factors = kind.of(value, row, column, size)
    if factors is None or not np.isfinite(factors.columns_for(np.ones(size))).all():
        return None
    return factors


@attrs.frozen(eq=False)
class OpenBasis:
    """A program at its optimal basis.

    ``columns`` are the k basic columns, ``rows`` the k rows whose activity stands at a bound; ``factors`` are
    those of their block of the matrix. ``prices`` (n_rows,) and ``reduced`` (n_columns,) are in the sense of
    minimisation.
    """

    program: Program
    point: Float1D
    activity: Float1D
    columns: Int1D
    rows: Int1D
    factors: Factors
    prices: Float1D
    reduced: Float1D
    sign: float

    @classmethod
    def of(cls, program: Program, point: Float1D, basis: Basis) -> "OpenBasis | None":
        """Open a basis; None where it is not square or is singular (then nothing can be said)."""
        found = factors_of_basis(program, basis)
        if found is None:
            return None
        columns, rows, factors = found
        sign = -1.0 if program.maximise else 1.0
        cost = sign * program.cost
        prices = np.zeros(program.n_rows)
        prices[rows] = factors.rows_for(cost[columns])
        tiny = ZERO_PRICE * float(np.abs(cost).max(initial=0.0))
        prices[np.abs(prices) <= tiny] = 0.0
        reduced = cost - program.transpose_product(prices)
        reduced[columns] = 0.0
        return cls(program, point, program.activity(point), columns, rows, factors, prices, reduced, sign)

    def move(self, row: int) -> Float1D | None:
        """Return how every column moves when the bound of a row that stands at it rises by one, (n_columns,)."""
        place = np.searchsorted(self.rows, row)
        if place >= len(self.rows) or self.rows[place] != row:
            return None
        direction = np.zeros(self.program.n_columns)
        direction[self.columns] = self.factors.columns_for(_unit(len(self.rows), int(place)))
        return direction

    def follow(self, direction: Float1D, row: int) -> tuple[Step, Step]:
        """Return how far the plan can follow a direction backwards and forwards before something hits a bound.

        ``row`` is the row whose bound moves; its own activity does not count.
        """
        program, change = self.program, self.program.activity(direction)
        change[self.rows] = 0.0
        change[row] = 0.0
        tiny = 1e-11 * max(1.0, float(np.abs(direction).max(initial=0.0)))
        steps = []
        for sense in (-1.0, 1.0):
            in_columns = _first_hit(self.point, sense * direction, program.lower, program.upper, tiny)
            in_rows = _first_hit(self.activity, sense * change, program.row_lower, program.row_upper, tiny)
            nearer = in_columns if in_columns[0] <= in_rows[0] else in_rows
            kind = "column" if in_columns[0] <= in_rows[0] else "row"
            steps.append(Step(nearer[0], kind, nearer[1], nearer[2]) if np.isfinite(nearer[0]) else Step(np.inf))
        return steps[0], steps[1]

    def reprice(self, prices: Float1D, reduced: Float1D) -> tuple[Step, Step]:
        """Return how far prices can move along ``prices`` (n_rows,), ``reduced`` (n_columns,) and stay right-signed."""
        program = self.program
        nonbasic = np.ones(program.n_columns, dtype=np.bool_)
        nonbasic[self.columns] = False
        at_bound = np.zeros(program.n_rows, dtype=np.bool_)
        at_bound[self.rows] = True
        steps = []
        for sense in (-1.0, 1.0):
            in_columns = _first_wrong(
                self.reduced, sense * reduced, nonbasic, _standing(self.point, program.lower, program.upper)
            )
            in_rows = _first_wrong(
                self.prices, sense * prices, at_bound, _standing(self.activity, program.row_lower, program.row_upper)
            )
            size, index, kind = (*in_columns, "column") if in_columns[0] <= in_rows[0] else (*in_rows, "row")
            steps.append(Step(size, kind, index, "price") if np.isfinite(size) else Step(np.inf))
        return steps[0], steps[1]

    @cached_property
    def is_degenerate(self) -> bool:
        """Whether something basic stands at a bound, so that other bases describe the same plan."""
        basic_row = np.ones(self.program.n_rows, dtype=np.bool_)
        basic_row[self.rows] = False
        columns, rows = self._column_standing[self.columns], self._row_standing[basic_row]
        return bool((columns != FREE).any() or (rows != FREE).any())

    def cone_rows(self) -> tuple[Float1D, Float1D]:
        """Return lower and upper bounds of rows, (n_rows,) each, on the directions that the plan can move in."""
        return _cone(self.activity, self.program.row_lower, self.program.row_upper)

    def cone_columns(self) -> tuple[Float1D, Float1D]:
        """Return the same of columns, (n_columns,) each."""
        return _cone(self.point, self.program.lower, self.program.upper)

    @cached_property
    def _column_standing(self) -> NDArray[np.int8]:
        return _standing(self.point, self.program.lower, self.program.upper)

    @cached_property
    def _row_standing(self) -> NDArray[np.int8]:
        return _standing(self.activity, self.program.row_lower, self.program.row_upper)

    def gives_way(self, step: Step) -> bool:
        """Whether the price can go on beyond a step: something with price 0 can take over from what was hit."""
        if step.index < 0 or not np.isfinite(step.size):
            return False
        if step.end == "price":
            return True
        program = self.program
        if step.kind == "column":
            by_row = self.row_of(step.index)
            own = np.zeros(program.n_columns)
        else:
            own = np.zeros(program.n_columns)
            entries = program.entries(step.index)
            np.add.at(own, program.index[entries], program.value[entries])
            by_row = self.factors.rows_for(own[self.columns])
        prices = np.zeros(program.n_rows)
        prices[self.rows] = by_row
        by_column = own - program.transpose_product(prices)
        by_column[self.columns] = 0.0
        away = 1.0 if step.end == "lower" else -1.0  # what was hit has to be kept from going on
        zero = 100 * ZERO_PRICE * float(np.abs(program.cost).max(initial=0.0))
        free_columns = np.abs(self.reduced) <= zero
        free_columns[self.columns] = False
        if _can_move(away * by_column, self._column_standing, free_columns):
            return True
        at_bound = np.zeros(program.n_rows, dtype=np.bool_)
        at_bound[self.rows] = np.abs(self.prices[self.rows]) <= zero
        return _can_move(away * prices, self._row_standing, at_bound)

    def row_of(self, column: int) -> Float1D:
        """Return how a basic column moves with the bounds of the rows that stand at one, (n_rows_at_a_bound,)."""
        unit = _unit(len(self.columns), int(np.searchsorted(self.columns, column)))
        return self.factors.rows_for(unit)

    def prices_of(self, cost: Float1D) -> tuple[Float1D, Float1D]:
        """Return row prices (n_rows,) and reduced costs (n_columns,) of another goal at this basis."""
        prices = np.zeros(self.program.n_rows)
        prices[self.rows] = self.factors.rows_for(cost[self.columns])
        reduced = cost - self.program.transpose_product(prices)
        reduced[self.columns] = 0.0
        return prices, reduced


def _unit(size: int, place: int) -> Float1D:
    unit = np.zeros(size)
    unit[place] = 1.0
    return unit


def _first_hit(value: Float1D, change: Float1D, low: Float1D, high: Float1D, tiny: float) -> tuple[float, int, str]:
    """Return the least step at which a value meets its bound, which one, and which bound."""
    size = np.full(len(value), np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        falling, rising = change < -tiny, change > tiny
        size[falling] = (value[falling] - low[falling]) / -change[falling]
        size[rising] = (high[rising] - value[rising]) / change[rising]
    if not len(size):
        return np.inf, -1, ""
    index = int(size.argmin())
    return max(float(size[index]), 0.0), index, "lower" if change[index] < 0 else "upper"


def _standing(value: Float1D, low: Float1D, high: Float1D) -> NDArray[np.int8]:
    """Return -1 at the lower bound, +1 at the upper, 0 where both meet (any price is right), FREE between."""
    near = 1e-7 * np.maximum(1.0, np.abs(value))
    at_low, at_high = value <= low + near, value >= high - near
    return np.where(at_low & at_high, 0, np.where(at_low, -1, np.where(at_high, 1, FREE))).astype(np.int8)


def _cone(value: Float1D, low: Float1D, high: Float1D) -> tuple[Float1D, Float1D]:
    standing = _standing(value, low, high)
    at_low, at_high = (standing == -1) | (standing == 0), (standing == 1) | (standing == 0)
    return np.where(at_low, 0.0, -np.inf), np.where(at_high, 0.0, np.inf)


def _can_move(change: Float1D, standing: NDArray[np.int8], counted: Bool1D) -> bool:
    """Whether anything counted can leave its bound in the direction that ``change`` > 0 asks for."""
    up = counted & (change > 1e-9) & ((standing == -1) | (standing == FREE))
    down = counted & (change < -1e-9) & ((standing == 1) | (standing == FREE))
    return bool(up.any() or down.any())


def _first_wrong(price: Float1D, change: Float1D, counted: Bool1D, standing: NDArray[np.int8]) -> tuple[float, int]:
    """Return the least step at which a price gets the wrong sign."""
    size = np.full(len(price), np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        low = counted & (standing == -1) & (change < -1e-13)  # must stay >= 0
        high = counted & (standing == 1) & (change > 1e-13)  # must stay <= 0
        free = counted & (standing == FREE) & (np.abs(change) > 1e-13)
        size[low] = np.maximum(price[low], 0.0) / -change[low]
        size[high] = np.maximum(-price[high], 0.0) / change[high]
        size[free] = 0.0
    if not len(size):
        return np.inf, -1
    index = int(size.argmin())
    return float(size[index]), index
