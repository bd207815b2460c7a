"""Expressions by hand on two balances: values, tangents at every side of a kink, sums that share terms."""

import math

import numpy as np
import pytest

from xlalm.measures.algebra import absolute, divide, extremum, multiply
from xlalm.measures.expression import Affine, Expression, Extremum, Norm, Point, Sum, add, scale
from xlalm.measures.shape import describe, extent, is_usable, walk

OPENING = np.array([10.0, 10.0])
PLAN = Point.at(np.array([16.0, 7.0]), OPENING)
"""The first grew by 6, the second fell by 3."""

X, Y = Affine(0.0, np.array([1.0, 0.0])), Affine(0.0, np.array([0.0, 1.0]))
FLOWS = Affine(1.0, None, np.array([2.0, 3.0]), np.array([5.0, 7.0]))


def test_a_point_is_growth_or_reduction_never_both() -> None:
    assert (PLAN.up.tolist(), PLAN.down.tolist()) == ([6.0, 0.0], [0.0, 3.0])


@pytest.mark.parametrize(
    ("expression", "value", "gradient"),
    [
        (Affine(4.0), 4, [0, 0]),
        (add(X, scale(Y, -2.0)), 2, [1, -2]),
        (FLOWS, 1 + 2 * 6 + 7 * 3, [2, -7]),
        (add(X, FLOWS), 50, [3, -7]),
        (extremum("min", [X, Y]), 7, [0, 1]),
        (extremum("max", [X, Y]), 16, [1, 0]),
        (absolute(add(Y, Affine(-9.0))), 2, [0, -1]),
        (add(X, scale(extremum("min", [X, Y]), -2.0)), 2, [1, -2]),
        (multiply(X, Y), 112, [7, 16]),
        (multiply(X, X), 256, [32, 0]),
        (divide(X, Y), 16 / 7, [1 / 7, -16 / 49]),
        (divide(multiply(X, Y), Y), 16, [1, 0]),
        (Norm(np.array([[3 / 16, 0.0], [0.0, 4 / 7]])), 5, [0.6 * 3 / 16, 0.8 * 4 / 7]),
        (Norm(np.zeros((1, 2))), 0, [0, 0]),
    ],
)
def test_value_and_tangent(expression: Expression, value: float, gradient: list[float]) -> None:
    assert expression.value(PLAN) == pytest.approx(value)
    tangent = expression.linearise(PLAN)
    assert tangent.value(PLAN) == pytest.approx(value)
    assert tangent.position_gradient(PLAN) == pytest.approx(gradient)


def test_the_gradient_at_the_opening_is_that_of_growth() -> None:
    still = Point.at(OPENING, OPENING)
    assert FLOWS.position_gradient(still).tolist() == [2.0, 3.0]
    assert FLOWS.position_gradient(Point.at(np.array([9.0, 9.0]), OPENING)).tolist() == [-5.0, -7.0]


def test_a_ratio_over_nothing_or_less_is_not_defined() -> None:
    for below in (add(Y, Affine(-7.0)), add(Y, Affine(-8.0))):
        assert math.isnan(divide(X, below).value(PLAN))
    with pytest.raises(ZeroDivisionError):
        divide(X, Affine(0.0))
    assert divide(X, Affine(4.0)).value(PLAN) == 4.0


def test_a_term_in_both_parts_of_a_sum_stands_in_it_once() -> None:
    least, most = extremum("min", [X, Y]), extremum("max", [X, Y])
    total = add(add(X, scale(least, 2.0)), add(scale(most, 5.0), scale(least, 3.0)))
    assert isinstance(total, Sum)
    assert total.terms == ((5.0, least), (5.0, most))
    assert total.value(PLAN) == 16 + 5 * 7 + 5 * 16
    assert add(scale(least, 2.0), scale(least, -2.0)).value(PLAN) == 0.0
    assert describe(add(scale(least, 2.0), scale(least, -2.0))) == "constant"
    both = add(add(least, most), scale(least, -1.0))
    assert isinstance(both, Sum)
    assert both.terms == ((1.0, most),)


def test_scaling() -> None:
    least = extremum("min", [X, Y])
    assert scale(least, 1.0) is least
    assert scale(least, 0.0).value(PLAN) == 0.0
    assert isinstance(scale(least, 0.0), Affine)
    assert scale(add(FLOWS, least), -2.0).value(PLAN) == -2 * (34 + 7)


def test_constants_meet_in_one_and_the_same_part_counts_once() -> None:
    assert extremum("min", [X, X]) is X
    folded = extremum("min", [X, Affine(9.0), extremum("min", [Y, Affine(3.0)]), extremum("max", [X, Y])])
    assert isinstance(folded, Extremum)
    assert [type(part).__name__ for part in folded.arguments] == ["Affine", "Affine", "Extremum", "Affine"]
    assert folded.value(PLAN) == 3.0
    assert extremum("max", [Affine(9.0), Affine(3.0)]).value(PLAN) == 9.0


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        (Affine(3.0), "constant"),
        (Affine(3.0, np.zeros(2)), "constant"),
        (X, "affine"),
        (Affine(0.0, None, np.array([0.0, 1.0])), "affine"),
        (extremum("min", [X, Y]), "concave piecewise linear"),
        (scale(extremum("min", [X, Y]), -1.0), "convex piecewise linear"),
        (extremum("max", [X, extremum("min", [X, Y])]), "nonconvex piecewise linear"),
        (add(extremum("min", [X, Y]), extremum("max", [X, Y])), "nonconvex piecewise linear"),
        (add(extremum("min", [X, Y]), scale(extremum("max", [X, Y]), -1.0)), "concave piecewise linear"),
        (Norm(np.eye(2)), "convex"),
        (scale(Norm(np.eye(2)), -2.0), "concave"),
        (add(extremum("max", [X, Y]), Norm(np.eye(2))), "convex"),
        (multiply(X, Y), "quadratic"),
        (add(X, multiply(X, Y)), "quadratic"),
        (add(extremum("max", [X, Y]), multiply(X, Y)), "general smooth"),
        (multiply(X, extremum("max", [X, Y])), "general smooth"),
        (multiply(X, multiply(X, Y)), "general smooth"),
        (multiply(multiply(X, Y), X), "general smooth"),
        (multiply(X, add(Y, multiply(X, Y))), "general smooth"),
        (multiply(X, Norm(np.eye(2))), "general smooth"),
        (divide(X, Y), "ratio of affine parts"),
        (divide(Affine(1.0), Y), "ratio of affine parts"),
        (divide(extremum("min", [X, Y]), Y), "ratio of affine and concave piecewise linear parts"),
        (add(X, divide(X, Y)), "general smooth"),
    ],
)
def test_the_word_for_a_kind(expression: Expression, kind: str) -> None:
    assert describe(expression) == kind


def test_depth_and_size() -> None:
    """A minimum of two in a sum with its affine part: three deep, five in all; shared parts count each time."""
    inner = extremum("min", [X, Y])
    total = add(Affine(2.0, np.ones(2)), scale(inner, 3.0))
    assert extent(X) == (1, 1)
    assert extent(total) == (3, 5)
    assert extent(multiply(total, total)) == (4, 11)
    assert len(walk(multiply(total, total))) == 6


@pytest.mark.parametrize(("number", "usable"), [(1e30, True), (-1e30, True), (1.1e30, False), (math.nan, False)])
def test_numbers_that_can_be_used(number: float, *, usable: bool) -> None:
    least = extremum("min", [X, Y])
    for expression in (
        Affine(number),
        Affine(0.0, np.array([1.0, number])),
        Affine(0.0, None, np.array([1.0, number])),
        Affine(0.0, None, None, np.array([1.0, number])),
        Sum(X, ((1.0, least), (number, least))),
    ):
        assert is_usable(expression) == usable
