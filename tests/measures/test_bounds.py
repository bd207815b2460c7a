"""Bounds of expressions by hand: every kind, both signs, no end, and what holds together moves together."""

import math

import numpy as np
import pytest

from tests.strategies import book, model_of
from xlalm.measures.algebra import absolute, divide, extremum, multiply
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Affine, Expression, Norm, add, scale

SHEET = model_of(
    book(
        {
            "position": ["Loans", "Bonds", "Notes", "Deposits"],
            "side": ["asset", "asset", "asset", "liability"],
            "balance": [20.0, 30.0, 0.0, 50.0],
            "min": [10.0, 5.0, 0.0, 50.0],
            "max": [40.0, 30.0, None, 50.0],
            "rate": [0.05, 0.02, 0.0, 0.01],
        }
    )
).sheet


def of(*weights: float, plus: float = 0.0) -> Affine:
    """Return weights times loans, bonds and notes, plus a number."""
    return Affine(plus, np.array([*weights, *[0.0] * (4 - len(weights))]))


X, Y, W = of(1), of(0, 1), of(0, 0, 1)
"""Loans lie between 10 and 40, bonds between 5 and 30, notes have no end."""


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        (of(2, -1, plus=3), -7, 78),
        (Affine(0.0, up=np.array([1.0, 1.0, 0.0, 1.0])), 0, 20),
        (Affine(0.0, down=np.array([1.0, 1.0, 1.0, 1.0])), 0, 35),
        (Affine(1.0, up=np.array([-1.0, 0.0, 0.0, 0.0])), -19, 1),
        (of(0, 0, -1), -math.inf, 0),
        (extremum("min", [X, Affine(25.0)]), 10, 25),
        (extremum("max", [X, Affine(25.0)]), 25, 40),
        # one piece: the affine part moves with it
        (add(Y, scale(extremum("min", [X, Affine(25.0)]), 2.0)), 25, 80),
        (add(Y, scale(extremum("min", [X, Affine(25.0)]), -2.0)), -45, 10),
        (add(Y, scale(extremum("max", [X, Affine(25.0)]), -2.0)), -75, -20),
        (add(X, scale(extremum("min", [X, Affine(25.0)]), -1.0)), 0, 15),
        (scale(extremum("min", [X, Affine(0.5)]), 2.0), 1, 1),
        (absolute(add(X, Affine(-25.0))), -15, 15),  # proven, though not the closest
        # two pieces: each by itself
        (add(extremum("min", [X, Affine(25.0)]), scale(extremum("max", [Y, Affine(10.0)]), 3.0)), 40, 115),
        (add(extremum("max", [Y, Affine(10.0)]), scale(extremum("min", [X, Affine(25.0)]), -1.0)), -15, 20),
        (add(X, add(multiply(X, Y), multiply(X, X))), 160, 2840),
        (multiply(X, Y), 50, 1200),
        (multiply(of(1, plus=-20), of(0, 1, plus=-10)), -200, 400),
        (multiply(of(1, plus=-60), of(0, 1, plus=-40)), 200, 1750),
        (multiply(W, of(1, plus=-10)), 0, math.inf),
        (divide(X, Y), 1 / 3, 8),
        (divide(of(1, plus=-20), Y), -2, 4),
        (divide(X, of(0, 1, plus=-5)), -math.inf, math.inf),
        (divide(X, of(0, 1, plus=-4.5)), 10 / 25.5, 80),
        (divide(X, of(0, 0, 1, plus=1)), 0, 40),
        (Norm(np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])), 0, math.sqrt(35**2 + 30**2)),
        (Norm(np.array([[-1.0, 0.0, 0.0, 0.0]])), 0, 40),
    ],
)
def test_bounds(expression: Expression, low: float, high: float) -> None:
    assert bounds(expression, SHEET) == (pytest.approx(low), pytest.approx(high))


def test_a_square_is_never_negative() -> None:
    root = of(1, plus=-20)
    assert bounds(multiply(root, root), SHEET) == (0.0, 400.0)
    assert bounds(multiply(X, X), SHEET) == (100.0, 1600.0)
