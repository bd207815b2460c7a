"""The algebra: a compiled formula against the tests' own arithmetic, its tangent, its curvature and its bounds."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import Formula, book, formulas, model_of, random_positions, seeds
from xlalm.measures.algebra import divide, extremum
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Affine, Expression, Extremum, Point, Product, Quotient, add, scale
from xlalm.measures.shape import describe, extent, walk
from xlalm.model.model import Model

Case = tuple[Model, Formula, Expression, np.random.Generator]


@st.composite
def cases(draw: st.DrawFn, *, smooth: bool = True) -> Case:
    """Draw a bank, a formula over it and a source of random plans."""
    model, by_smooth = bank(draw(st.integers(min_value=0, max_value=19)))
    formula = draw(by_smooth[smooth])
    return model, formula, model.compiler.compile(formula.text), np.random.default_rng(draw(seeds))


@cache
def bank(seed: int) -> tuple[Model, dict[bool, st.SearchStrategy[Formula]]]:
    """Return a random bank and the strategies for formulas over it; twenty banks serve all examples."""
    positions = random_positions(np.random.default_rng(seed))
    return model_of(book(positions)), {smooth: formulas(positions, smooth=smooth) for smooth in (True, False)}


def random_point(model: Model, rng: np.random.Generator) -> Point:
    sheet = model.sheet
    return Point.at(rng.uniform(sheet.lower, sheet.upper), sheet.opening)


def mix(a: Point, b: Point, weight: float) -> Point:
    """Return the plan between two, seen as stock, growth and reduction (in which affine forms are linear)."""
    parts = ((a.stock, b.stock), (a.up, b.up), (a.down, b.down))
    return Point(*((1 - weight) * p + weight * q for p, q in parts))


# --- number --------------------------------------------------------------------------------------------


def check_value(case: Case) -> None:
    model, formula, expression, rng = case
    for _ in range(5):
        point = random_point(model, rng)
        expected = formula.number(point.stock, model.sheet.opening)
        assert expression.value(point) == pytest.approx(expected, rel=1e-9, abs=1e-9 * (1 + formula.size))
    at_opening = formula.number(model.sheet.opening, model.sheet.opening)
    assert model.compiler.at_opening(expression) == pytest.approx(at_opening, rel=1e-9, abs=1e-9 * (1 + formula.size))


@settings(max_examples=100)
@given(case=cases())
def test_value_is_what_the_formula_says(case: Case) -> None:
    check_value(case)


@pytest.mark.long
@settings(max_examples=3000)
@given(case=cases())
def test_value_is_what_the_formula_says_long(case: Case) -> None:
    check_value(case)


# --- tangent -------------------------------------------------------------------------------------------


def directional(affine: Affine, step: tuple[np.ndarray, np.ndarray, np.ndarray]) -> float:
    pairs = zip((affine.stock, affine.up, affine.down), step, strict=True)
    return float(sum(vector @ part for vector, part in pairs if vector is not None))


def check_tangent(case: Case) -> None:
    model, _, expression, rng = case
    a, b = random_point(model, rng), random_point(model, rng)
    here = mix(a, b, 0.5)
    tangent = expression.linearise(here)
    value = expression.value(here)
    assert tangent.value(here) == pytest.approx(value, rel=1e-9, abs=1e-7)
    step = (b.stock - a.stock, b.up - a.up, b.down - a.down)
    h = 1e-5
    left, right = expression.value(mix(a, b, 0.5 - h)), expression.value(mix(a, b, 0.5 + h))
    size = max(abs(left), abs(right), abs(value), 1.0)
    backward, forward = (value - left) / h, (right - value) / h
    assume(abs(forward - backward) <= 1e-3 * max(abs(forward), abs(backward), size))  # away from kinks
    tolerance = 1e-6 * max(abs(forward), abs(backward)) + 1e-8 * size / h + abs(forward - backward)
    assert directional(tangent, step) == pytest.approx((forward + backward) / 2, abs=tolerance)


@settings(max_examples=100)
@given(case=cases())
def test_tangent_agrees_with_finite_differences(case: Case) -> None:
    check_tangent(case)


@pytest.mark.long
@settings(max_examples=3000)
@given(case=cases())
def test_tangent_agrees_with_finite_differences_long(case: Case) -> None:
    check_tangent(case)


@given(case=cases())
def test_position_gradient_is_the_derivative_by_each_balance(case: Case) -> None:
    """Away from the opening, by moving one balance at a time through ``Point.at``."""
    model, _, expression, rng = case
    point = random_point(model, rng)
    gradient = expression.linearise(point).position_gradient(point)
    i = int(rng.integers(len(model.sheet)))
    h = 1e-5 * max(1.0, float(point.stock[i]))
    assume(abs(point.stock[i] - model.sheet.opening[i]) > 2 * h)
    moved = [point.stock + sign * h * np.eye(len(model.sheet))[i] for sign in (-1.0, 0.0, 1.0)]
    low, here, high = (expression.value(Point.at(x, model.sheet.opening)) for x in moved)
    backward, forward = (here - low) / h, (high - here) / h
    size = max(abs(low), abs(high), 1.0)
    assume(abs(forward - backward) <= 1e-3 * max(abs(forward), abs(backward), 1e-3 * size))
    tolerance = 1e-5 * max(abs(forward), abs(backward)) + 1e-9 * size / h + abs(forward - backward)
    assert gradient[i] == pytest.approx((forward + backward) / 2, abs=tolerance)


# --- curvature -----------------------------------------------------------------------------------------


def check_curvature(case: Case) -> None:
    model, formula, expression, rng = case
    tolerance = 1e-9 * (1 + formula.size)
    for _ in range(10):
        a, b, weight = random_point(model, rng), random_point(model, rng), float(rng.uniform())
        chord = (1 - weight) * expression.value(a) + weight * expression.value(b)
        middle = expression.value(mix(a, b, weight))
        if expression.curvature in {"convex", "affine", "constant"}:
            assert middle <= chord + tolerance
        if expression.curvature in {"concave", "affine", "constant"}:
            assert middle >= chord - tolerance
        if expression.curvature == "constant":
            assert middle == pytest.approx(expression.value(a), abs=tolerance)


@settings(max_examples=150)
@given(case=cases(smooth=False))
def test_curvature_claims_hold(case: Case) -> None:
    check_curvature(case)


@pytest.mark.long
@settings(max_examples=3000)
@given(case=cases(smooth=False))
def test_curvature_claims_hold_long(case: Case) -> None:
    check_curvature(case)


@pytest.mark.parametrize(
    ("text", "curvature", "kind"),
    [
        ("5 * 3", "constant", "constant"),
        ("opening(rwa)", "constant", "constant"),
        ("rwa", "affine", "affine"),
        ("turnover()", "affine", "affine"),
        ("max(rwa, 5)", "convex", "convex piecewise linear"),
        ("-max(rwa, 5)", "concave", "concave piecewise linear"),
        ("min(rwa, alpha_sum) + 3 * rwa", "concave", "concave piecewise linear"),
        ("abs(rwa - 100)", "convex", "convex piecewise linear"),
        ("max(rwa, abs(rwa - 100))", "convex", "convex piecewise linear"),
        ("max(rwa, -abs(rwa - 100))", "general", "nonconvex piecewise linear"),
        ("max(rwa, 5) - max(alpha_sum, 5)", "general", "nonconvex piecewise linear"),
        ("max(rwa, 5) - min(alpha_sum, 5)", "convex", "convex piecewise linear"),
        ("rwa * alpha_sum", "general", "quadratic"),
        ("rwa * rwa - 5 * rwa", "general", "quadratic"),
        ("max(rwa, 5) * rwa", "general", "general smooth"),
        ("cet1_ratio", "general", "ratio of affine parts"),
        ("lcr", "general", "ratio of concave piecewise linear and convex piecewise linear parts"),
        ("cet1_ratio * rwa", "general", "general smooth"),
    ],
)
def test_kinds_in_the_words_of_the_report(text: str, curvature: str, kind: str) -> None:
    positions = random_positions(np.random.default_rng(5))
    expression = model_of(book(positions, metrics={"alpha_sum": "sum(alpha)"})).compiler.compile(text)
    assert (expression.curvature, describe(expression)) == (curvature, kind)


# --- bounds --------------------------------------------------------------------------------------------


def check_bounds(case: Case) -> None:
    model, formula, expression, rng = case
    low, high = bounds(expression, model.sheet)
    assert low <= high
    tolerance = 1e-9 * (1 + formula.size)
    points = [random_point(model, rng) for _ in range(20)]
    corners = [rng.choice([0.0, 1.0], len(model.sheet)) for _ in range(20)]
    sheet = model.sheet
    points += [Point.at(np.where(pick > 0, sheet.upper, sheet.lower), sheet.opening) for pick in corners]
    for point in points:
        assert low - tolerance <= expression.value(point) <= high + tolerance


@settings(max_examples=100)
@given(case=cases())
def test_bounds_bound(case: Case) -> None:
    check_bounds(case)


@pytest.mark.long
@settings(max_examples=3000)
@given(case=cases())
def test_bounds_bound_long(case: Case) -> None:
    check_bounds(case)


def test_bounds_of_amounts_and_single_pieces_are_reached() -> None:
    """Tight where they can be: affine forms, one maximum or minimum with an affine part."""
    positions = random_positions(np.random.default_rng(3))
    model = model_of(book(positions))
    sheet = model.sheet
    gamma = np.array(positions["gamma"])
    low, high = bounds(model.compiler.compile("sum(gamma)"), sheet)
    assert low == pytest.approx(np.where(gamma > 0, gamma * sheet.lower, gamma * sheet.upper).sum())
    assert high == pytest.approx(np.where(gamma > 0, gamma * sheet.upper, gamma * sheet.lower).sum())
    outflow, inflow = np.array(positions["outflow_rate"]), np.array(positions["inflow_rate"])
    assert bounds(model.compiler.metric("net_outflows"), sheet)[0] == pytest.approx(
        max(outflow @ sheet.lower - inflow @ sheet.upper, 0.25 * outflow @ sheet.lower)
    )


def test_ratios_and_missing_bounds_are_unbounded() -> None:
    positions = random_positions(np.random.default_rng(4))
    positions["max"] = [None] * len(positions["side"])
    model = model_of(book(positions))
    low, high = bounds(model.compiler.metric("cet1_ratio"), model.sheet)
    assert low == 0
    assert np.isfinite(high)  # equity stays at its opening, risk-weighted assets at their least
    low, high = bounds(model.compiler.compile("total_assets * rwa"), model.sheet)
    assert (low >= 0, high) == (True, np.inf)
    assert bounds(model.compiler.compile("max(total_assets - 1e6, 5)"), model.sheet) == (5.0, np.inf)
    assert bounds(model.compiler.compile("min(total_assets, 5)"), model.sheet)[1] == 5.0


# --- folding -------------------------------------------------------------------------------------------


def test_constants_fold_and_equal_kinds_flatten() -> None:
    model = model_of(book(random_positions(np.random.default_rng(6))))
    read = model.compiler.compile
    inner = read("max(rwa, 3, max(total_assets, 2 + 2), 1)")
    assert isinstance(inner, Extremum)
    assert len(inner.arguments) == 3
    assert max(a.constant for a in inner.arguments if isinstance(a, Affine) and a.is_constant) == 4.0
    assert isinstance(read("max(2, 3)"), Affine)
    assert isinstance(read("rwa * total_assets"), Product)
    assert describe(read("rwa * 2 * total_assets / 4")) == "quadratic"
    assert isinstance(read("rwa / (1 + 1)"), Affine)
    assert isinstance(read("1 / rwa"), Quotient)
    assert isinstance(read("abs(rwa) * 0"), Affine)
    assert scale(inner, 1.0) is inner
    assert extremum("min", [Affine(2.0), Affine(1.0)]).value(Point.at(np.zeros(1), np.zeros(1))) == 1.0


def test_shared_parts_are_counted_once() -> None:
    model = model_of(book(random_positions(np.random.default_rng(7))))
    expression = model.compiler.compile("hqla / net_outflows + hqla / net_outflows")
    hqla = model.compiler.metric("hqla")
    assert sum(node is hqla for node in walk(expression)) == 1
    assert extent(model.compiler.compile("rwa")) == (1, 1)
    assert extent(model.compiler.compile("max(rwa, 2 * min(rwa, 5))"))[0] == 4  # maximum, sum, minimum, affine


def test_zero_denominator_is_not_a_number_and_not_an_exception() -> None:
    model = model_of(book(random_positions(np.random.default_rng(8))))
    expression = model.compiler.compile("rwa / turnover()")
    assert np.isnan(model.compiler.at_opening(expression))


def test_a_ratio_has_no_value_where_its_denominator_is_rounding() -> None:
    """80 less 80 and a millionth of a millionth is nothing; its tangent is flat; a minimum passes over it."""
    one, other = Affine(0.0, np.array([1.0, 0.0])), Affine(0.0, np.array([1.0, -1.0]))
    at = {gap: Point.at(np.array([80.0 + gap, 80.0]), np.zeros(2)) for gap in (0.0, 1e-12, 1e-8)}
    ratio = divide(one, other)
    assert [math.isnan(ratio.value(point)) for point in at.values()] == [True, True, False]
    tangent = ratio.linearise(at[0.0])
    assert math.isnan(tangent.value(at[0.0]))
    assert tangent.position_gradient(at[0.0]).tolist() == [0.0, 0.0]
    for kind in ("min", "max"):
        assert extremum(kind, [ratio, one]).value(at[0.0]) == 80.0
        assert extremum(kind, [ratio, one]).linearise(at[0.0]) is one
        assert math.isnan(extremum(kind, [ratio, scale(ratio, -1.0)]).value(at[0.0]))
    assert add(ratio, other).size(at[1e-8]) == pytest.approx(abs(ratio.value(at[1e-8])) + 160.0)
