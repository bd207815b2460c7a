"""The proof of nonlinear plans: its own gates refuse what the linear certificate lets pass, and the other way round.

Max x·y with x + y <= 10 is 25 at 5 and 5; one more of the sum is worth 5. A third position of a million that nothing
touches makes the linear certificate's millionth of the largest amount a whole unit.
"""

from typing import Any

import numpy as np
import pytest

from tests.strategies import book, optimum
from xlalm.program.build import Build
from xlalm.solver.nonlinear.proof import certify_curved
from xlalm.solver.solution import Certificate

PRODUCT = 'position("x") * position("y")'


def worked(*, most: float = 10.0, beside: float = 0.0, direction: str = "max") -> tuple[Build, Any, Any]:
    """Return the build, its plan by hand and its prices; ``idle`` stands at its limit of 5 and may reach ``most``."""
    positions = {
        "position": ["x", "y", "idle", "beside"],
        "side": ["asset"] * 4,
        "balance": [4.0, 4.0, 5.0, beside],
        "min": [0.0, 0.0, 0.0, beside],
        "max": [10.0, 10.0, most, beside],
    }
    formula = PRODUCT if direction == "max" else f"0 - {PRODUCT}"
    limits = [('position("x") + position("y")', "<=", 10.0), ('position("idle")', "<=", 5.0)]
    _, solution = optimum(book(positions, [(formula, direction)], limits, balance_identity="off"))
    assert solution.build is not None
    assert solution.columns is not None
    assert solution.row_dual is not None
    assert solution.columns[:2] == pytest.approx([5.0, 5.0], abs=1e-6)
    columns = solution.columns.copy()
    columns[:3] = 5.0
    columns[solution.build.smooth_terms[0].column] = 25.0
    return solution.build, columns, np.round(solution.row_dual, 6)


def certified(build: Build, columns: Any, dual: Any) -> Certificate:
    return certify_curved(build, columns, dual)[0]


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_plan_by_hand_is_accepted(direction: str) -> None:
    build, columns, dual = worked(direction=direction)
    sign = 1.0 if direction == "max" else -1.0
    assert dual[build.limit_rows[0].row] == pytest.approx(5.0 * sign)
    found = certified(build, columns, dual)
    assert found.accepted
    assert found.kkt == pytest.approx(0.0, abs=1e-9)
    assert found.is_global is False  # x·y bends both ways


@pytest.mark.parametrize(("off", "accepted"), [(1e-5, True), (-1e-5, True), (1e-4, False), (-1e-4, False)])
def test_only_the_curve_gate(off: float, *, accepted: bool) -> None:
    """25.0001 is called the product of 5 and 5: a millionth of 25 passes, four do not; the tangents allow a unit."""
    build, columns, dual = worked(beside=1e6)
    columns[build.smooth_terms[0].column] += off
    found = certified(build, columns, dual)
    assert found.primal <= 1.0
    assert found.gap * 25 <= 25e-5
    assert found.kkt == pytest.approx(abs(off) / 25.0, rel=1e-2)
    assert found.accepted == accepted


@pytest.mark.parametrize(("over", "accepted"), [(0.5e-5, True), (1e-4, False)])
def test_only_the_conditions_gate(over: float, *, accepted: bool) -> None:
    """A limit is broken by 1e-4: for a position of at most 10 that is 1e-5, though the linear tolerance is a unit."""
    build, columns, dual = worked(beside=1e6)
    columns[2] += over
    found = certified(build, columns, dual)
    assert found.primal == pytest.approx(over, rel=1e-3)
    assert (found.dual, found.slackness, found.gap) == (pytest.approx(0.0, abs=1e-9),) * 3
    assert found.kkt == pytest.approx(over / 10, rel=1e-2)
    assert found.accepted == accepted


def test_wrong_points_and_wrong_prices_fail_the_conditions() -> None:
    """At 6 and 4 the product is 24; its slopes of 4 and 6 differ, which no price of the sum can heal."""
    build, columns, dual = worked()
    columns[:2] = 6.0, 4.0
    columns[build.smooth_terms[0].column] = 24.0
    found = certified(build, columns, dual)
    assert found.kkt is not None
    assert found.kkt > 0.05
    assert not found.accepted
    build, columns, dual = worked()
    dual[build.limit_rows[0].row] = 4.9
    found = certified(build, columns, dual)
    assert found.kkt is not None
    assert found.kkt > 1e-3
    assert not found.accepted


def test_only_the_linear_gate() -> None:
    """A position that could reach a million makes 1e-4 too much small for the conditions, not for amounts of 5."""
    build, columns, dual = worked(most=1e6)
    columns[2] += 1e-4
    found = certified(build, columns, dual)
    assert found.primal == pytest.approx(1e-4, rel=1e-3)
    assert found.kkt is not None
    assert found.kkt <= 1e-6
    assert not found.accepted


def test_a_point_that_is_no_number_is_refused() -> None:
    build, columns, dual = worked()
    columns[build.smooth_terms[0].column] = np.nan
    with np.errstate(invalid="ignore"):
        found = certified(build, columns, dual)
    assert (found.kkt, found.accepted) == (np.inf, False)


def test_where_curves_are_convex_the_proof_is_global() -> None:
    """Min x² + y² with x + y >= 10 is 50 at 5 and 5, and one more of the sum costs 10."""
    positions = {
        "position": ["x", "y"],
        "side": ["asset"] * 2,
        "balance": [6.0, 6.0],
        "min": [0.0, 0.0],
        "max": [10.0, 10.0],
    }
    square = 'position("x") * position("x") + position("y") * position("y")'
    tables = book(
        positions,
        [('position("x") + position("y")', "max")],
        [{"left": square, "sense": "<=", "right": 50.0, "unit": "amount"}],
        balance_identity="off",
    )
    _, solution = optimum(tables)
    assert solution.certificate is not None
    assert (solution.certificate.accepted, solution.certificate.is_global) == (True, True)
    assert solution.objective == pytest.approx(10.0)
    assert solution.row_dual is not None
    assert solution.build is not None
    assert solution.row_dual[solution.build.limit_rows[0].row] == pytest.approx(0.1, rel=1e-5)
