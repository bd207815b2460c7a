"""Limits as rows by hand: ratios multiplied out, both kinds of slack, and what a limit is turned back by."""

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tests.measures.test_bounds import SHEET, W, X, Y, of
from tests.program.test_rows import built
from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.measures.algebra import absolute, divide, extremum, multiply
from xlalm.measures.expression import Affine, Expression, Point, add, scale
from xlalm.model.model import Limit
from xlalm.program.limits import PlacedLimit, add_limit, as_single_ratio
from xlalm.program.problem import Objective, Problem
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder

INF = math.inf
OPENING = Point.at(SHEET.opening, SHEET.opening)


def placed(
    left: Expression, sense: Any, right: Expression, *, curved: bool = False, **more: Any
) -> tuple[RowBuilder, PlacedLimit, Form]:
    """Return a limit in a program of its own."""
    rule = Limit("a", left, sense, right, **more)
    builder = RowBuilder(SHEET, curved=curved)
    problem = Problem(SHEET, (rule,), Objective(X, True, Owner("goal", 0, "g", None)))
    return builder, *add_limit(builder, problem, 0, rule)


def excess(builder: RowBuilder, place: PlacedLimit) -> float:
    """Return by how much loans of 12, bonds of 20 and notes of 4 are above the most of a limit's row."""
    program = builder.program(Form(Affine()), maximise=True)
    plan = Point.at(np.array([12.0, 20.0, 4.0, 50.0]), SHEET.opening)
    return float(program.activity(builder.columns_at(plan))[place.row] - program.row_upper[place.row])


@pytest.mark.parametrize(("sense", "low", "high"), [("<=", -INF, 9.0), (">=", 9.0, INF), ("=", 9.0, 9.0)])
def test_an_amount(sense: str, low: float, high: float) -> None:
    builder, place, cost = placed(of(1, 2, plus=3), sense, of(0, 3, plus=12))
    assert built(builder) == [("limit", {0: 1.0, 1: -1.0}, low, high)]
    assert (place.row, place.denominator, place.denominator_form) == (0, None, None)
    assert (place.multiplier(OPENING), place.price(0.5, 1.0), cost.extra) == (1.0, 0.5, {})


@pytest.mark.parametrize(
    ("sense", "slacks"),
    [("<=", {4: (-1.0, 7.0)}), (">=", {4: (1.0, 7.0)}), ("=", {4: (1.0, 7.0), 5: (-1.0, 7.0)})],
)
def test_a_soft_amount_gives_way_at_its_penalty(sense: str, slacks: dict[int, tuple[float, float]]) -> None:
    builder, _, cost = placed(X, sense, Affine(12.0), hard=False, penalty=7.0)
    ((_, entries, _, _),) = built(builder)
    assert entries == {0: 1.0} | {column: sign for column, (sign, _) in slacks.items()}
    assert cost.extra == {column: price for column, (_, price) in slacks.items()}
    program = builder.program(Form(Affine()), maximise=True)
    assert program.lower[4:].tolist() == [0.0] * len(slacks)
    assert program.money[4:].tolist() == [True] * len(slacks)


def test_a_soft_ratio_counts_its_shortfall_in_points_of_the_opening() -> None:
    """Bonds are 30 at opening: a whole of the ratio is 30 of loans."""
    builder, place, cost = placed(divide(X, Y), ">=", Affine(0.8), hard=False, penalty=7.0)
    assert built(builder) == [("limit", {0: 1.0, 1: -0.8, 4: 30.0}, 0.0, INF)]
    assert cost.extra == {4: 7.0}
    assert not builder.program(Form(Affine()), maximise=True).money[4]
    assert place.multiplier(OPENING) == 30.0
    assert place.price(0.5, 30.0) == 15.0


def test_a_soft_ratio_of_nothing_at_opening_counts_by_what_its_denominator_can_be() -> None:
    """Notes are 0 at opening and have no end: the book's assets of 50; less loans, at most 40, there is an end."""
    for below, size in ((W, 50.0), (of(1, -1, plus=10), 45.0)):
        builder, _, _ = placed(divide(X, below), ">=", Affine(0.8), hard=False, penalty=7.0)
        assert built(builder)[-1][1][4] == size


def test_a_ratio_is_multiplied_out() -> None:
    builder, place, _ = placed(add(divide(X, Y), Affine(0.2)), "<=", Affine(1.0))
    assert built(builder) == [("limit", {0: 1.0, 1: -0.8}, -INF, 0.0)]
    assert place.denominator is Y
    assert place.denominator_form is not None
    assert place.denominator_form.affine is Y


def test_ratios_over_the_same_are_one() -> None:
    total = add(divide(X, Y), scale(divide(W, Y), -2.0))
    numerator, denominator = as_single_ratio(add(total, Affine(5.0))) or (None, None)
    assert denominator is Y
    assert isinstance(numerator, Affine)
    assert numerator.stock is not None
    assert numerator.stock.tolist() == [1.0, 5.0, -2.0, 0.0]
    assert as_single_ratio(add(total, X)) is None
    assert as_single_ratio(add(total, divide(X, W))) is None
    assert as_single_ratio(add(total, extremum("min", [X, Y]))) is None
    assert as_single_ratio(X) is None


def test_a_denominator_is_kept_positive_where_it_might_not_be() -> None:
    builder, place, _ = placed(divide(X, of(0, 1, plus=-6)), "<=", Affine(2.0))
    assert built(builder)[0] == ("denominator", {1: 1.0}, 6.0, INF)
    assert place.row == 1
    for below, rows in ((of(0, 1, plus=-5), 1), (of(0, 1, plus=-5.1), 2)):
        assert len(built(placed(divide(X, below), "<=", Affine(2.0))[0])) == rows
    assert len(built(placed(divide(X, W), "<=", Affine(2.0))[0])) == 1  # 0 at opening, and never below it
    for below, why in ((of(-1, plus=15), "is -5 at opening, not positive"), (of(0, 0, -1), "never above 0")):
        with pytest.raises(Refused, match=why):
            placed(divide(X, below), "<=", Affine(2.0))


def test_the_least_of_ratios_is_a_row_for_each() -> None:
    """min(X/Y - 1, 0.5 - X/(X + Y), X) >= 0.2, each times its own denominator; one shortfall gives in all of them."""
    least = extremum("min", [add(divide(X, Y), Affine(-1.0)), add(Affine(0.5), divide(scale(X, -1.0), of(1, 1))), X])
    builder, place, _ = placed(least, ">=", Affine(0.2))
    assert built(builder) == [
        ("limit", {0: 1.0, 1: -1.2}, 0.0, INF),
        ("limit", {0: -0.7, 1: 0.3}, 0.0, INF),
        ("limit", {0: 1.0}, 0.2, INF),
    ]
    assert [row.row for row in place.rows] == [0, 1, 2]
    assert place.price_at(np.array([1.0, 0.0, 2.0]), OPENING) == 30.0 + 2.0
    soft, _, cost = placed(least, ">=", Affine(0.2), hard=False, penalty=7.0)
    assert [entries[4] for _, entries, _, _ in built(soft)] == [30.0, 50.0, 1.0]
    assert cost.extra == {4: 7.0}


def test_a_ratio_within_a_distance_is_two_rows() -> None:
    builder, place, _ = placed(absolute(add(divide(X, Y), Affine(-1.0))), "<=", Affine(0.2))
    assert built(builder) == [("limit", {0: 1.0, 1: -1.2}, -INF, 0.0), ("limit", {0: -1.0, 1: 0.8}, -INF, 0.0)]
    assert place.is_ratio
    with pytest.raises(NeedsNonlinearError):  # outside a distance: either of two rows
        placed(absolute(add(divide(X, Y), Affine(-1.0))), ">=", Affine(0.2))


LEAST = extremum("min", [X, Y])


@pytest.mark.parametrize(
    ("sense", "bound", "more", "binaries"),
    [
        # X / min(X, Y) >= bound: X - bound·min >= 0
        (">=", 0.8, {}, True),
        ("<=", 0.8, {}, False),
        ("<=", -0.8, {}, True),
        (">=", -0.8, {}, False),
    ],
)
def test_a_denominator_in_pieces_stands_as_in_its_row(
    sense: str, bound: float, more: dict[str, Any], *, binaries: bool
) -> None:
    builder, place, _ = placed(divide(X, LEAST), sense, Affine(bound), **more)
    assert builder.used_binaries == binaries
    assert place.denominator_form is not None
    assert place.denominator_form.extra == {4: 1.0}
    assert builder.n_columns == (7 if binaries else 5)


@pytest.mark.parametrize(
    ("bound", "more"), [(0.0, {}), (0.8, {"hard": False, "penalty": 1.0}), (0.8, {"curved": True})]
)
def test_a_denominator_that_is_not_in_its_row_alone_has_no_form(bound: float, more: dict[str, Any]) -> None:
    assert placed(divide(X, LEAST), "<=", Affine(bound), **more)[1].denominator_form is None


def test_a_ratio_against_what_moves_needs_the_nonlinear_solver() -> None:
    with pytest.raises(NeedsNonlinearError, match="compares a ratio with something that moves"):
        placed(divide(X, Y), "<=", W)
    builder, place, _ = placed(divide(X, Y), "<=", W, curved=True)
    assert (place.denominator, [term.kind for term in builder.smooth_terms]) == (Y, ["quadratic"])
    assert excess(builder, place) == pytest.approx(12 - 4 * 20)
    two, place, _ = placed(divide(X, Y), "<=", divide(W, X), curved=True)  # two denominators: two curves
    assert [term.kind for term in two.smooth_terms] == ["quotient", "quotient"]
    assert place.denominator is None


def test_products_beside_ratios_are_multiplied_too() -> None:
    """X/Y + 2·X·W <= 3 + W, times Y: X + 2·(X·W)·Y - 3·Y - W·Y <= 0."""
    left = add(divide(X, Y), scale(multiply(X, W), 2.0))
    builder, place, _ = placed(left, "<=", add(W, Affine(3.0)), curved=True)
    assert place.denominator is Y
    assert excess(builder, place) == pytest.approx(12 + 2 * 12 * 4 * 20 - 7 * 20)


def test_watched_limits_have_no_row() -> None:
    rules = (Limit("a", X, "<=", Y), Limit("b", X, "<=", Y, active=False), Limit("c", X, "<=", Y, hard=False))
    problem = Problem(SHEET, rules, Objective(X, True, Owner("goal", 0, "g", None)))
    assert [k for k, _ in problem.enforced] == [0, 2]
    assert problem.has_soft_limits
    assert not attrs.evolve(problem, limits=rules[:2]).has_soft_limits
