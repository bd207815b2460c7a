"""Every gate of the certificate refuses a case that all others let pass.

The programs are so small that the four figures are worked by hand; ``gates`` says which of them is too large.
"""

from typing import Any

import attrs
import numpy as np
import pytest

from xlalm.program.program import ColumnLayout, Owner, Program
from xlalm.solver.certify import certify
from xlalm.solver.solution import Certificate

INF = np.inf
MILLIONTH = 1e-6


def program(
    cost: list[float],
    rows: list[list[float]],
    low: list[float],
    high: list[float],
    *,
    lower: list[float] | None = None,
    upper: list[float] | None = None,
    **more: Any,
) -> Program:
    """Return ``max cost·x`` over ``low <= rows·x <= high`` and x >= 0."""
    n, matrix = len(cost), np.array(rows, dtype=float).reshape(len(low), len(cost))
    zeros = np.zeros(n, dtype=np.int32)
    plain = Program(
        layout=ColumnLayout(np.arange(n, dtype=np.int32), zeros, zeros, zeros),
        maximise=True,
        cost=np.array(cost),
        offset=0.0,
        start=np.arange(len(low) + 1, dtype=np.int32) * n,
        index=np.tile(np.arange(n, dtype=np.int32), len(low)),
        value=matrix.ravel(),
        row_lower=np.array(low),
        row_upper=np.array(high),
        row_owner=(Owner("identity", 0, "row", None),) * len(low),
        lower=np.array(lower if lower is not None else [0.0] * n),
        upper=np.array(upper if upper is not None else [INF] * n),
        integer=np.zeros(n, dtype=np.bool_),
        money=np.ones(n, dtype=np.bool_),
    )
    return attrs.evolve(plain, **more)


def gates(program: Program, found: Certificate, size: float) -> list[str]:
    """Return the gates that a certificate fails, worked again from its own figures."""
    assert found.dual is not None
    assert found.slackness is not None
    price = float(np.abs(program.cost).max())
    failed = {
        "primal": found.breach > MILLIONTH,
        "dual": found.dual > MILLIONTH * price,
        "slackness": found.slackness > MILLIONTH * max(min(1.0, size * price), size * price, goal(program)),
        "away": found.gap * max(1.0, goal(program)) > 10 * MILLIONTH * max(min(1.0, size * price), goal(program)),
    }
    return [name for name, fails in failed.items() if fails]


def goal(program: Program) -> float:
    return abs(float(program.offset)) if program.offset else 3.6


ONE = program([0.03, 0.0], [[1.0, 0.0]], [-INF], [120.0])
"""Max 0.03·x with x <= 120; y earns nothing."""


def test_the_best_plan_passes_every_gate() -> None:
    found = certify(ONE, np.array([120.0, 0.0]), np.array([0.03]))
    assert found == Certificate(0.0, 0.0, 0.0, 0.0, 0.0, True)


@pytest.mark.parametrize(
    ("kind", "value", "broken"),
    [
        ({"lower": np.array([0.0, 10.0])}, 10.0 - 2e-5, 2e-5),
        ({"lower": np.array([0.0, 10.0])}, 10.0 - 9e-6, 0.0),
        ({"upper": np.array([INF, 10.0])}, 10.0 + 2e-5, 2e-5),
        ({"upper": np.array([INF, 10.0])}, 10.0 + 9e-6, 0.0),
        ({"row_lower": np.array([-INF, 10.0])}, 10.0 - 2e-5, 2e-5),
        ({"row_lower": np.array([-INF, 10.0])}, 10.0 - 9e-6, 0.0),
        ({"row_upper": np.array([120.0, 10.0])}, 10.0 + 2e-5, 2e-5),
        ({"row_upper": np.array([120.0, 10.0])}, 10.0 + 9e-6, 0.0),
        ({"integer": np.array([False, True])}, 7.0 + 2e-6, 2e-6),
        ({"integer": np.array([False, True])}, 7.0 - 2e-6, 2e-6),
        ({"integer": np.array([False, True])}, 7.0 + 9e-7, 0.0),
        ({"integer": np.array([False, True])}, 6.5, 0.5),
    ],
)
@pytest.mark.parametrize("priced", [True, False])
def test_only_the_primal_gate(kind: dict[str, Any], value: float, broken: float, *, priced: bool) -> None:
    """A millionth of the bound's own amount, 10, may be broken, and of one whole number. What is broken has no price."""
    two = attrs.evolve(program([0.03, 0.0], [[1.0, 0.0], [0.0, 1.0]], [-INF, -INF], [120.0, INF]), **kind)
    found = certify(two, np.array([120.0, value]), np.array([0.03, 0.0]) if priced else None)
    assert found.primal == pytest.approx(broken or (9e-7 if "integer" in kind else 9e-6), rel=1e-6)
    assert found.accepted == (broken == 0.0)
    if priced:
        assert gates(two, found, 120.0) == (["primal"] if broken else [])
    else:
        assert (found.dual, found.slackness) == (None, None)


@pytest.mark.parametrize("maximise", [True, False])
def test_only_the_dual_gate_for_a_column(*, maximise: bool) -> None:
    """A second column that would earn 0.02 stands at 0 with no max: nothing else speaks against it."""
    sign = 1.0 if maximise else -1.0
    two = program([0.03 * sign, 0.02 * sign], [[1.0, 0.0]], [-INF], [120.0], maximise=maximise)
    found = certify(two, np.array([120.0, 0.0]), np.array([0.03 * sign]))
    assert (found.primal, found.slackness, found.gap) == (0.0, 0.0, 0.0)
    assert found.dual == pytest.approx(0.02)
    assert gates(two, found, 120.0) == ["dual"]
    assert not found.accepted


@pytest.mark.parametrize("maximise", [True, False])
def test_only_the_dual_gate_for_a_row(*, maximise: bool) -> None:
    """A price on a floor that says that raising the floor would help: y >= 0 as a row, priced at 0.02."""
    sign = 1.0 if maximise else -1.0
    two = program(
        [0.03 * sign, 0.0], [[1.0, 0.0], [0.0, 1.0]], [-INF, 0.0], [120.0, INF], lower=[0.0, -INF], maximise=maximise
    )
    found = certify(two, np.array([120.0, 0.0]), np.array([0.03 * sign, 0.02 * sign]))
    assert (found.primal, found.slackness, found.gap) == (0.0, 0.0, 0.0)
    assert found.dual == pytest.approx(0.02)
    assert gates(two, found, 120.0) == ["dual"]
    assert not found.accepted


def test_a_price_within_tolerance_of_the_goals_own_passes() -> None:
    for extra, accepted in ((2e-8, True), (4e-8, False)):  # a millionth of 0.03 is 3e-8
        two = program([0.03, extra], [[1.0, 0.0]], [-INF], [120.0])
        found = certify(two, np.array([120.0, 0.0]), np.array([0.03]))
        assert found.dual == pytest.approx(extra)
        assert found.accepted == accepted


def test_a_value_between_its_bounds_has_no_price() -> None:
    found = certify(ONE, np.array([60.0, 0.0]), np.array([0.03]))
    assert found.dual == pytest.approx(0.03)
    assert found.slackness == pytest.approx(0.03 * 60)
    assert found.gap == pytest.approx(1.8 / 1.8)
    assert not found.accepted


@pytest.mark.parametrize(("slack", "accepted"), [(0.5e-4, True), (1e-4, False)])
def test_only_the_slackness_gate(slack: float, *, accepted: bool) -> None:
    """0.5·x + 100·z <= 160 with z = 1 has the price 0.06; 1e-4 off 160 is near enough to be priced.

    6e-6 is more than 3.6e-6, and the gap of 6e-6 is within its ten millionths of 3.6.
    """
    half = program([0.03, 0.0], [[0.5, 100.0]], [-INF], [160.0], lower=[0.0, 1.0], upper=[INF, 1.0])
    found = certify(half, np.array([(60.0 - slack) / 0.5, 1.0]), np.array([0.06]))
    assert (found.primal, found.dual) == (0.0, 0.0)
    assert found.slackness == pytest.approx(0.06 * slack, rel=1e-6)
    assert gates(half, found, 120.0) == ([] if accepted else ["slackness"])
    assert found.accepted == accepted


def test_two_faults_that_cancel_are_seen() -> None:
    """One row too loose and one too full by the same: the goals agree to the last digit, the plan is not proven."""
    two = program([0.03, 0.03], [[0.001, 0.0], [0.0, 0.001]], [-INF, -INF], [0.06, 0.06])
    found = certify(two, np.array([59.99, 60.01]), np.array([30.0, 30.0]))
    assert found.primal == pytest.approx(1e-5)
    assert found.dual == pytest.approx(30.0)
    assert found.slackness == pytest.approx(30.0 * 1e-5)
    assert gates(two, found, 60.01) == ["primal", "dual", "slackness"]
    assert not found.accepted


def test_slackness_of_columns() -> None:
    """At its max of 120 less 1e-4 the column's own price of 0.06 leaves 6e-6; of the goal 7.2e-6 pass."""
    for slack, accepted in ((1e-4, True), (1.19e-4, True), (1.3e-4, False)):
        capped = program([0.06], [], [], [], upper=[120.0])
        found = certify(capped, np.array([120.0 - slack]), np.zeros(0))
        assert found.slackness == pytest.approx(0.06 * slack, rel=1e-6)
        assert found.accepted == accepted


@pytest.mark.parametrize(("columns", "accepted"), [(3, True), (4, False), (20, False)])
def test_only_the_gap_gate(columns: int, *, accepted: bool) -> None:
    """Each column is 1e-4 off its row, 3e-6 of goal, and passes; four are 1.2e-5, more than ten millionths.

    The goal less what it earns at the bounds is 0, so that nothing large excuses them.
    """
    n = columns
    many = program([0.03] * n, np.eye(n).tolist(), [-INF] * n, [120.0] * n, offset=-3.6 * n)
    found = certify(many, np.full(n, 120.0 - 1e-4), np.full(n, 0.03))
    assert found.primal == 0.0
    assert found.dual == pytest.approx(0.0, abs=1e-15)
    assert found.slackness == pytest.approx(3e-6, rel=1e-5)
    assert found.gap == pytest.approx(3e-6 * n, rel=1e-5)
    assert found.accepted == accepted


def test_the_gap_is_relative_to_the_goal_and_not_below_one() -> None:
    for scale, gap in ((1.0, 1.8 / 1.8), (0.1, 0.18), (10.0, 1.0)):
        found = certify(attrs.evolve(ONE, cost=ONE.cost * scale), np.array([60.0, 0.0]), np.array([0.03 * scale]))
        assert found.gap == pytest.approx(gap)


def test_the_searchs_own_gap_and_the_difference_of_goals_are_passed_on() -> None:
    found = certify(ONE, np.array([120.0, 0.0]), np.array([0.03]), gap=0.25, objective_difference=1e-9)
    assert (found.gap, found.objective_difference) == (0.25, 1e-9)
    without = certify(ONE, np.array([120.0, 0.0]), None, gap=0.25, objective_difference=1e-9)
    assert (without.gap, without.objective_difference, without.accepted) == (0.25, 1e-9, True)


def test_a_curved_goal_is_proven_by_its_gradient() -> None:
    """Max x - x²/240 over x <= 200: at 120 the gradient is 0, and the gap counts the curve."""
    hessian = np.array([[-1.0 / 120.0]])
    curved = program([1.0], [[1.0]], [-INF], [200.0], hessian=hessian, hessian_columns=np.array([0], dtype=np.int32))
    best = certify(curved, np.array([120.0]), np.zeros(1))
    assert best.accepted
    assert best.gap == pytest.approx(0.0, abs=1e-12)
    beside = certify(curved, np.array([121.0]), np.zeros(1))
    assert beside.dual == pytest.approx(1 / 120)
    assert not beside.accepted
    tight = attrs.evolve(curved, row_upper=np.array([60.0]))
    assert certify(tight, np.array([60.0]), np.array([0.5])).accepted
    assert not certify(tight, np.array([60.0]), np.array([0.25])).accepted


def test_a_tolerance_can_be_given() -> None:
    point, prices = np.array([120.01, 0.0]), np.array([0.03])
    assert not certify(ONE, point, prices).accepted
    assert certify(ONE, point, prices, tolerance=1e-3).accepted
    assert not certify(ONE, point, None).accepted
    assert certify(ONE, point, None, tolerance=1e-3).accepted


def test_amounts_are_judged_by_amounts_only() -> None:
    """Neither a switch of a million nor another balance of a million makes a broken bound of 0.01 small."""
    two = attrs.evolve(ONE, money=np.array([True, False]))
    assert not certify(two, np.array([120.01, 1e6]), None).accepted
    assert not certify(ONE, np.array([120.01, 1e6]), None).accepted
