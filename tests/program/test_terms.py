"""Curves by hand: value, slope, bend and the way they bend."""

import math
from typing import Any

import numpy as np
import pytest

from xlalm.program.program import Owner
from xlalm.program.terms import SmoothTerm


def curve(kind: str, k: int, **more: Any) -> SmoothTerm:
    """Return a curve over k columns of its own, unless ``more`` says otherwise."""
    facts = {
        "column": 9,
        "kind": kind,
        "index": np.arange(k),
        "matrix": np.eye(k),
        "constant": np.zeros(k),
        "weight": np.ones(k // 2),
        "need": "exact",
        "is_nested": False,
        "owner": Owner("curve", 0, "a", None),
    }
    return SmoothTerm(**facts | more)


def test_forms_are_read_from_their_columns() -> None:
    term = curve(
        "quotient", 2, index=np.array([3, 1]), matrix=np.array([[1.0, 2.0], [0.0, 1.0]]), constant=np.array([10.0, 20])
    )
    assert term.forms(np.array([100.0, 5.0, 100.0, 7.0])).tolist() == [27.0, 25.0]


def test_a_sum_of_products() -> None:
    """2·3 - 2·(5·7)."""
    term, u = curve("quadratic", 4, weight=np.array([1.0, -2.0])), np.array([2.0, 3.0, 5.0, 7.0])
    assert term.value(u) == -64.0
    assert term.slope(u).tolist() == [3.0, 2.0, -14.0, -10.0]
    assert term.bend(u).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -2], [0, 0, -2, 0]]


def test_a_ratio() -> None:
    term, u = curve("quotient", 2), np.array([6.0, 2.0])
    assert term.value(u) == 3.0
    assert term.slope(u).tolist() == [0.5, -1.5]
    assert term.bend(u).tolist() == [[0.0, -0.25], [-0.25, 1.5]]
    assert math.isnan(term.value(np.array([6.0, 0.0])))
    assert math.isnan(term.value(np.array([6.0, -2.0])))


def test_a_length() -> None:
    term, u = curve("norm", 2), np.array([3.0, 4.0])
    assert term.value(u) == 5.0
    assert term.slope(u) == pytest.approx([0.6, 0.8])
    assert term.bend(u) == pytest.approx(np.array([[0.128, -0.096], [-0.096, 0.072]]))
    tip = np.zeros(2)
    assert (term.value(tip), term.slope(tip).tolist(), term.bend(tip).tolist()) == (0.0, [0, 0], [[0, 0], [0, 0]])


SQUARE = {"index": np.array([0]), "matrix": np.ones((2, 1)), "constant": np.zeros(2)}


@pytest.mark.parametrize(
    ("term", "shape"),
    [
        (curve("norm", 2), "convex"),
        (curve("quotient", 2), "neither"),
        (curve("quadratic", 2), "neither"),
        (curve("quadratic", 2, **SQUARE), "convex"),
        (curve("quadratic", 2, **SQUARE | {"weight": np.array([-1.0])}), "concave"),
        (curve("quadratic", 2, **SQUARE, is_nested=True), "neither"),
        # x² and a little of y² the other way: rounding below a thousand-millionth
        *(
            (
                curve(
                    "quadratic",
                    4,
                    index=np.array([0, 1]),
                    matrix=np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
                    weight=np.array([sign, -sign * little]),
                ),
                shape,
            )
            for sign, little, shape in (
                (1.0, 0.5e-9, "convex"),
                (1.0, 2e-9, "neither"),
                (-1.0, 0.5e-9, "concave"),
                (-1.0, 2e-9, "neither"),
            )
        ),
    ],
)
def test_which_way_a_curve_bends(term: SmoothTerm, shape: str) -> None:
    assert term.shape == shape


@pytest.mark.parametrize(
    ("weight", "need", "convex"),
    [(1.0, "above", True), (1.0, "below", False), (1.0, "exact", False), (-1.0, "below", True), (-1.0, "above", False)],
)
def test_which_side_of_a_curve_is_convex(weight: float, need: str, *, convex: bool) -> None:
    assert curve("quadratic", 2, **SQUARE | {"weight": np.array([weight])}, need=need).is_convex_constraint == convex
