"""Programs whose limits and bounds may give, at a price."""

from collections.abc import Sequence, Set

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.typing import Bool1D, Float1D, Int1D
from xlalm.measures.expression import Point
from xlalm.program.build import Build, dense
from xlalm.program.denominators import LEAST, usual_size
from xlalm.program.extend import NewRow, with_coefficients, with_columns, with_rows
from xlalm.program.limits import PlacedLimit
from xlalm.program.problem import Problem
from xlalm.program.program import Owner, Program
from xlalm.solver.infeasible.members import Member, bound_of
from xlalm.solver.infeasible.trial import feasibility

LEAST_RATIO = 1e-3
"""A ratio's bound below this is judged as if it were this."""

LEAST_SHARE = 1e-6
"""An amount's bound below this share of total assets is judged as if it were this."""

LEAST_DENOMINATOR = 1e-12
"""A denominator below this share of the book's amounts is 0."""

UNITS = 1e9
"""How much larger or smaller than the book's amounts the unit may be in which a relaxation is counted."""


@attrs.frozen
class Elastic:
    """A member that may give: a floor downwards (``sign`` 1), a cap upwards (-1).

    ``cost`` is what one unit costs; ``is_ratio`` is that of a limit which was multiplied out.
    """

    member: Member
    bound: float
    sign: float
    is_ratio: bool
    cost: float


def elastic_limits(problem: Problem, build: Build) -> list[Elastic]:
    """Return all hard limits, each with its penalty as the cost or else 1 for giving by the size of its bound."""
    elastics = []
    for k, placed in build.limit_rows.items():
        limit = problem.limits[k]
        if limit.hard:
            member, bound = Member("limit", k, limit.name, limit.cell), limit.right.value(problem.opening)
            cost = limit.penalty or 1.0 / _size(problem.sheet, bound, is_ratio=placed.is_ratio)
            signs = {">=": (1.0,), "<=": (-1.0,), "=": (1.0, -1.0)}[limit.sense]
            elastics += [Elastic(member, bound, sign, placed.is_ratio, cost) for sign in signs]
    return elastics


def elastic_bounds(sheet: BalanceSheet) -> list[Elastic]:
    """Return all position bounds that can give; a min of 0 cannot."""
    elastics = []
    for i in range(len(sheet)):
        for kind, bound, sign in (("min", float(sheet.lower[i]), 1.0), ("max", float(sheet.upper[i]), -1.0)):
            if np.isfinite(bound) and not (kind == "min" and bound == 0):
                member = bound_of(sheet, "min" if kind == "min" else "max", i)
                elastics.append(Elastic(member, bound, sign, False, 1.0 / _size(sheet, bound, is_ratio=False)))
    return elastics


def _size(sheet: BalanceSheet, bound: float, *, is_ratio: bool) -> float:
    if is_ratio:
        return max(abs(bound), LEAST_RATIO)
    book = sheet.total_assets or float(np.abs(sheet.opening).max(initial=0.0))
    return max(abs(bound), LEAST_SHARE * book) or 1.0


@attrs.frozen(eq=False)
class ElasticProgram:
    """The program of least relaxation at a plan; its last columns are how far each elastic gives, in units of its own.

    Everything that gives costs about the same there, so that nothing is lost in the solver's tolerances.
    """

    program: Program
    units: Float1D

    def gives(self, columns: Float1D) -> Float1D:
        """Return how far each elastic gives at a point of the program."""
        return np.asarray(np.maximum(columns[-len(self.units) :], 0.0) * self.units)


@attrs.frozen(eq=False)
class Iterate:
    """Where the relaxations of ratios are linearised: a plan, and what each elastic gives there, (n_elastics,)."""

    point: Point
    gives: Float1D


def elastic_program(
    build: Build,
    elastics: Sequence[Elastic],
    place: Iterate,
    costs: Float1D,
    most: Float1D,
    kept_positive: Set[int],
    amount: float,
) -> ElasticProgram:
    """Return the program of least relaxation.

    Parameters
    ----------
    costs, most : (n_elastics,) what one unit costs, and how far each may give.
    kept_positive : limits whose denominator must not become 0.
    amount : size of the book's amounts.
    """
    is_ratio = np.array([elastic.is_ratio for elastic in elastics], dtype=np.bool_)
    units = _units(np.array([elastic.cost for elastic in elastics]), is_ratio, amount)
    program = _without_elastic_bounds(feasibility(build), elastics)
    first, stock = program.n_columns, program.layout.block("stock").column
    program = with_columns(program, most / units, costs * units)
    added: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    rows = []
    for j, elastic in enumerate(elastics):
        column = first + j
        if elastic.member.kind != "limit":
            rows.append(_bound_row(elastic, int(stock[elastic.member.index]), column, float(units[j])))
            continue
        for placed in build.limit_rows[elastic.member.index].rows:
            own, size = added.setdefault(placed.row, []), 1.0
            if placed.denominator is not None:
                size = max(placed.denominator.value(place.point), LEAST_DENOMINATOR * amount)
                columns, values, constant = _denominator(build, placed)
                given = elastic.sign * float(place.gives[j]) if len(columns) else 0.0
                own.append((columns, given * values))
                row_lower[placed.row] -= given * (constant - size)
                row_upper[placed.row] -= given * (constant - size)
                if elastic.member.index in kept_positive:
                    least = LEAST * usual_size(placed.denominator, build.builder.sheet) - constant
                    rows.append(NewRow(columns, values, least, np.inf, program.row_owner[placed.row]))
            own.append((np.array([column]), np.array([elastic.sign * size * units[j]])))
    program = attrs.evolve(program, row_lower=row_lower, row_upper=row_upper)
    return ElasticProgram(with_rows(with_coefficients(program, added), rows), units)


def _units(costs: Float1D, is_ratio: Bool1D, amount: float) -> Float1D:
    scale = np.where(is_ratio, 1.0, amount)
    return np.asarray(np.clip(1.0 / costs, scale / UNITS, scale * UNITS))


def _denominator(build: Build, placed: PlacedLimit) -> tuple[Int1D, Float1D, float]:
    """Return columns, coefficients and constant of a ratio's denominator, none where its row does not hold it."""
    if placed.denominator_form is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0), 0.0
    vector, constant = dense(build, placed.denominator_form)
    columns = np.flatnonzero(vector)
    return columns, vector[columns], constant


def _without_elastic_bounds(program: Program, elastics: Sequence[Elastic]) -> Program:
    """Return the program whose columns leave to rows the bounds that may give."""
    lower, upper, stock = program.lower.copy(), program.upper.copy(), program.layout.block("stock").column
    for elastic in elastics:
        if elastic.member.kind == "min":
            lower[stock[elastic.member.index]] = min(0.0, elastic.bound)
        elif elastic.member.kind == "max":
            upper[stock[elastic.member.index]] = np.inf
    return attrs.evolve(program, lower=lower, upper=upper)


def _bound_row(elastic: Elastic, balance: int, column: int, unit: float) -> NewRow:
    """Return the row that holds the column of a balance to a bound that gives by another column."""
    member = elastic.member
    ends = (elastic.bound, np.inf) if elastic.sign > 0 else (-np.inf, elastic.bound)
    index, value = np.array([balance, column]), np.array([1.0, elastic.sign * unit])
    return NewRow(index, value, *ends, Owner("bound", member.index, member.name, member.cell))
