"""Rows by hand: each expression as the rows and columns that hold it."""

import math
from typing import Any

import numpy as np
import pytest

from tests.figures.bank import bank
from tests.measures.test_bounds import SHEET, W, X, Y, of
from tests.strategies import model_of
from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.measures.algebra import divide, extremum, multiply
from xlalm.measures.expression import Affine, Expression, Norm, Point, add, scale
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.terms import Need

OWNER = Owner("limit", 3, "a", None)
INF = math.inf

Row = tuple[str, dict[int, float], float, float]


def built(builder: RowBuilder) -> list[Row]:
    """Return every row: its owner's kind, coefficients by column, and bounds."""
    program = builder.program(Form(Affine()), maximise=True)
    return [
        (
            program.row_owner[k].kind,
            dict(zip(program.index[entries].tolist(), program.value[entries].tolist(), strict=True)),
            float(program.row_lower[k]),
            float(program.row_upper[k]),
        )
        for k in range(program.n_rows)
        for entries in [program.entries(k)]
    ]


def test_forms_add_up_column_by_column() -> None:
    total = Form(of(1, plus=1), {7: 2.0, 9: 5.0}).plus(Form(of(0, 1, plus=3), {7: 1.0, 8: 4.0}), -2.0)
    assert total.extra == {7: 0.0, 8: -8.0, 9: 5.0}
    assert total.affine.constant == -5.0
    assert total.affine.stock is not None
    assert total.affine.stock.tolist() == [1.0, -2.0, 0.0, 0.0]


def test_the_constant_of_a_row_moves_to_its_bounds() -> None:
    builder = RowBuilder(SHEET)
    builder.add_row(Form(of(1, 0, 2, plus=5), {0: 0.5}), 10.0, 20.0, OWNER)
    builder.add_row(Form(Affine(4.0)), -INF, 3.0, OWNER)
    program = builder.program(Form(of(0, 1, plus=7)), maximise=False)
    assert (program.value.tolist(), program.index.tolist()) == ([1.0, 2.0, 0.5], [0, 2, 0])
    assert program.row_lower.tolist() == [5.0, -INF]
    assert program.row_upper.tolist() == [15.0, -1.0]
    assert (program.cost.tolist(), program.offset, program.maximise) == ([0.0, 1.0, 0.0, 0.0], 7.0, False)


@pytest.mark.parametrize(
    ("kind", "need", "low", "high"),
    [("min", "below", 0.0, INF), ("max", "above", -INF, 0.0)],
)
def test_a_piece_that_bends_the_right_way_costs_a_row_for_each_argument(
    kind: str, need: Need, low: float, high: float
) -> None:
    builder = RowBuilder(SHEET)
    piece = extremum(kind, [X, of(0, 1, plus=2)])
    form = builder.linear(piece, need, OWNER)
    assert (form.extra, builder.used_binaries) == ({4: 1.0}, False)
    assert built(builder) == [("piece", {0: 1.0, 4: -1.0}, low, high), ("piece", {1: 1.0, 4: -1.0}, low - 2, high - 2)]
    assert builder.linear(piece, need, OWNER).extra == {4: 1.0}  # the same piece again is the same column
    assert builder.n_columns == 5


@pytest.mark.parametrize(
    ("kind", "need", "rows"),
    [
        ("min", "above", [({0: 1, 4: -1, 5: 35}, -INF, 35), ({1: 1, 4: -1, 6: 25}, -INF, 25)]),
        ("max", "below", [({0: 1, 4: -1, 5: -30}, -30, INF), ({1: 1, 4: -1, 6: -35}, -35, INF)]),
    ],
)
def test_a_piece_that_bends_the_wrong_way_reaches_one_argument(
    kind: str, need: Need, rows: list[tuple[dict[int, float], float, float]]
) -> None:
    """Loans of 10 to 40, bonds of 5 to 30: the minimum is 5 or more, which is 35 below 40."""
    builder = RowBuilder(SHEET)
    builder.linear(extremum(kind, [X, Y]), need, OWNER)
    assert builder.used_binaries
    assert built(builder) == [*(("piece", *row) for row in rows), ("piece", {5: 1.0, 6: 1.0}, 1.0, 1.0)]
    program = builder.program(Form(Affine()), maximise=True)
    assert program.integer.tolist() == [False] * 5 + [True] * 2
    assert program.money.tolist() == [True] * 5 + [False] * 2
    assert (program.lower[4:].tolist(), program.upper[4:].tolist()) == ([-INF, 0.0, 0.0], [INF, 1.0, 1.0])


def test_an_exact_piece_has_both_and_serves_every_need() -> None:
    builder = RowBuilder(SHEET)
    piece = extremum("min", [X, Y])
    builder.linear(piece, "exact", OWNER)
    assert len(built(builder)) == 2 + 3
    for need in ("below", "above", "exact"):
        assert builder.linear(piece, need, OWNER).extra == {4: 1.0}
    assert len(built(builder)) == 5


def test_a_piece_without_end_is_refused() -> None:
    with pytest.raises(Refused, match="no finite bounds"):
        RowBuilder(SHEET).linear(extremum("min", [X, W]), "above", OWNER)


def test_a_term_taken_away_turns_what_its_form_may_do() -> None:
    low, high = extremum("min", [X, Y]), extremum("max", [X, Y])
    for expression, need, binaries in (
        (scale(high, -2.0), "below", False),
        (scale(high, 2.0), "below", True),
        (scale(low, -2.0), "below", True),
        (scale(low, -2.0), "above", False),
    ):
        builder = RowBuilder(SHEET)
        form = builder.linear(add(of(1, plus=3), expression), need, OWNER)
        assert builder.used_binaries == binaries
        assert form.extra == {4: expression.terms[0][0]}
        assert form.affine.constant == 3.0


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        (multiply(X, Y), "a product of balances"),
        (Norm(np.eye(4)), "a value at risk"),
        (divide(X, Y), "a ratio inside a larger formula"),
    ],
)
def test_a_curve_needs_the_nonlinear_solver(expression: Expression, what: str) -> None:
    with pytest.raises(NeedsNonlinearError, match=f'"a" holds {what}, which is nonlinear'):
        RowBuilder(SHEET).linear(expression, "below", OWNER)


LOW, HIGH = extremum("min", [X, Y]), extremum("max", [X, Y])
MIXED = of(1, plus=-20)
"""Loans less 20 have no sign of their own."""


@pytest.mark.parametrize(
    ("expression", "need", "binaries"),
    [
        # beside what is never negative a factor may lie on the side of the product, beside the opposite turned
        (multiply(LOW, Y), "below", False),
        (multiply(HIGH, Y), "above", False),
        (multiply(HIGH, Y), "below", True),
        (multiply(Y, LOW), "above", True),
        (multiply(HIGH, of(0, -1)), "below", False),
        (multiply(LOW, of(0, -1)), "below", True),
        (multiply(LOW, W), "below", False),  # notes may be 0
        (multiply(HIGH, of(0, 0, -1)), "below", False),
        (divide(W, HIGH), "below", False),
        (divide(of(0, 0, -1), LOW), "below", False),
        (multiply(LOW, MIXED), "below", True),
        (multiply(HIGH, MIXED), "above", True),
        (scale(multiply(HIGH, Y), -1.0), "below", False),
        # a larger denominator makes a ratio smaller, unless its numerator is negative
        (divide(X, HIGH), "below", False),
        (divide(X, LOW), "above", False),
        (divide(X, LOW), "below", True),
        (divide(of(-1), LOW), "below", False),
        (divide(of(-1), HIGH), "below", True),
        (divide(MIXED, HIGH), "below", True),
        (divide(LOW, Y), "below", False),
        (divide(LOW, Y), "above", True),
    ],
)
def test_what_stands_in_a_curve_is_exact_only_where_it_must_be(
    expression: Expression, need: Need, *, binaries: bool
) -> None:
    builder = RowBuilder(SHEET, curved=True)
    builder.linear(expression, need, OWNER)
    assert builder.used_binaries == binaries


def only_curve(expression: Expression, need: Need = "below") -> tuple[RowBuilder, Any]:
    builder = RowBuilder(SHEET, curved=True)
    form = builder.linear(expression, need, OWNER)
    (term,) = builder.smooth_terms
    assert form.extra == {term.column: 1.0}
    assert (term.need, term.owner.kind, term.owner.index) == (need, "curve", 3)
    return builder, term


def test_a_product_is_a_curve_of_its_factors() -> None:
    builder, term = only_curve(multiply(of(1, 2, plus=3), of(0, 1, plus=-4)))
    assert (term.kind, term.column, term.index.tolist(), term.weight.tolist()) == ("quadratic", 4, [0, 1], [1.0])
    assert term.matrix.tolist() == [[1.0, 2.0], [0.0, 1.0]]
    assert term.constant.tolist() == [3.0, -4.0]
    assert not term.is_nested
    program = builder.program(Form(Affine()), maximise=True)
    assert (program.lower[4], program.upper[4], program.money[4], program.n_rows) == (-INF, INF, False, 0)


def test_a_ratio_is_a_curve_whose_denominator_stays_away_from_zero() -> None:
    builder, term = only_curve(divide(X, of(0, 2)))
    assert (term.kind, term.matrix.tolist()) == ("quotient", [[1.0, 0.0], [0.0, 2.0]])
    ((kind, entries, low, high),) = built(builder)
    assert (kind, entries, low, high) == ("denominator", {1: 2.0}, pytest.approx(60e-6), INF)
    ((_, _, low, _),) = built(only_curve(divide(X, W))[0])  # none at opening, and no max: by the assets of 50
    assert low == pytest.approx(50e-6)
    with pytest.raises(Refused, match="never above 0"):
        only_curve(divide(X, scale(W, -1.0)))


def test_a_length_is_a_curve_of_its_factors() -> None:
    _, term = only_curve(Norm(np.array([[0.0, 3.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])), "above")
    assert (term.kind, term.index.tolist(), term.matrix.tolist()) == ("norm", [0, 1], [[0.0, 3.0], [1.0, 0.0]])


def test_products_that_are_added_are_one_curve_and_other_curves_their_own() -> None:
    builder = RowBuilder(SHEET, curved=True)
    total = add(add(multiply(X, X), scale(multiply(X, Y), -3.0)), scale(divide(X, Y), 2.0))
    form = builder.linear(add(of(1), total), "above", OWNER)
    together, ratio = builder.smooth_terms
    assert (together.kind, together.weight.tolist(), together.need) == ("quadratic", [1.0, -3.0], "above")
    assert (ratio.kind, form.extra) == ("quotient", {together.column: 1.0, ratio.column: 2.0})
    one = RowBuilder(SHEET, curved=True)
    assert one.linear(add(of(1), scale(multiply(X, Y), -3.0)), "above", OWNER).extra == {4: -3.0}
    assert one.smooth_terms[0].need == "below"


def test_a_curve_within_a_curve_is_nested_and_one_used_twice_is_one() -> None:
    builder = RowBuilder(SHEET, curved=True)
    inner = divide(X, Y)
    builder.linear(multiply(inner, Y), "below", OWNER)
    assert [term.is_nested for term in builder.smooth_terms] == [False, True]
    builder.linear(inner, "below", OWNER)
    assert len(builder.smooth_terms) == 2


def test_the_columns_of_a_plan_are_what_they_mean() -> None:
    builder = RowBuilder(SHEET, curved=True)
    builder.add_columns(np.array([0, 1]), "up", np.zeros(2), np.full(2, INF))
    slack = builder.add_column(0.0, INF)
    builder.linear(extremum("min", [X, Y]), "below", OWNER)
    builder.linear(multiply(X, Y), "below", OWNER)
    plan = Point.at(np.array([30.0, 20.0, 0.0, 50.0]), SHEET.opening)
    assert slack == 6
    assert builder.columns_at(plan).tolist() == [30, 20, 0, 50, 10, 0, 0, 20, 600]
    slacks = np.full(9, 7.0)
    assert builder.columns_at(plan, slacks).tolist() == [30, 20, 0, 50, 10, 0, 7, 20, 600]
    assert slacks.tolist() == [7.0] * 9


def test_added_columns_are_those_of_one_period_and_node() -> None:
    builder = RowBuilder(SHEET)
    added = builder.add_columns(np.array([1, 3]), "up", np.zeros(2), np.ones(2))
    block = builder.block("up")
    assert (block.part, block.period, block.node) == ("up", 0, 0)
    assert block.column.tolist() == [-1, added[0], -1, added[1]]


@pytest.mark.parametrize(("above", "is_mip"), [("", False), (" - 50", True)])
def test_a_ratio_that_is_never_negative_needs_no_switch_for_its_denominator(above: str, *, is_mip: bool) -> None:
    """The larger of two below loans only has to be above both; where loans less 50 may be negative it has to be one."""
    goal = f'(position("Loans"){above}) / max(position("Bonds"), position("Deposits") - 60)'
    assert build_program(problem_of(model_of(bank(goal=(goal, "max"))))).program.is_mip == is_mip
