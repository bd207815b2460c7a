"""A program from balances, limits and an objective: no goal, no settings and no row of a book are needed."""

import attrs
import numpy as np
import pytest

from tests.strategies import book, model_of
from xlalm.domain.errors import Refused
from xlalm.measures.expression import Affine
from xlalm.model.model import Limit
from xlalm.model.standing import standings
from xlalm.program.problem import Objective, Problem, problem_of
from xlalm.program.program import Owner
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.prices import limit_states
from xlalm.solver.solution import NoPlan, Planned

POSITIONS = {
    "position": ["Loans", "Bills", "Deposits"],
    "side": ["asset", "asset", "liability"],
    "balance": [60.0, 40.0, 100.0],
    "max": [100.0, 100.0, 100.0],
    "rate": [0.05, 0.02, 0.01],
}


def problem(*limits: Limit) -> Problem:
    """Return the problem of earning most on loans and bills; the book's own goal is another."""
    sheet = model_of(book(POSITIONS, [("total_assets", "min")])).sheet
    earned = Affine(0.0, np.array([0.05, 0.02, 0.0]))
    return Problem(sheet, limits, Objective(earned, True, Owner("goal", 0, "earned", None)))


def cap(bound: float, **more: object) -> Limit:
    """Return a cap on loans that no book holds."""
    return Limit("loans", Affine(0.0, np.array([1.0, 0.0, 0.0])), "<=", Affine(bound), **more)  # type: ignore[arg-type]


def test_a_limit_without_a_row_is_kept_and_priced():
    """70 of loans and 30 of bills; one more of loans earns what bills do not."""
    solution = optimise(problem(cap(70.0)), Options())
    assert isinstance(solution, Planned)
    assert solution.plan == pytest.approx([70.0, 30.0, 100.0])
    assert solution.objective == pytest.approx(0.05 * 70 + 0.02 * 30)
    placed = solution.build.limit_rows[0]
    assert solution.row_dual[placed.row] == pytest.approx(0.03)
    assert solution.build.program.row_owner[placed.row].name == "loans"


def test_soft_and_watched_limits_need_no_row_either():
    """A soft cap gives way where its penalty is below the gain, a watched one binds nobody."""
    for limit in (cap(70.0, hard=False, penalty=0.01), cap(70.0, active=False)):
        assert optimise(problem(limit), Options()).plan == pytest.approx([100.0, 0.0, 100.0])
    held = optimise(problem(cap(70.0, hard=False, penalty=1.0)), Options())
    assert held.plan == pytest.approx([70.0, 30.0, 100.0])


def test_without_the_identity_nothing_ties_the_sides():
    """Both assets go to their max."""
    free = attrs.evolve(problem(), identity=False)
    assert optimise(free, Options()).plan[:2] == pytest.approx([100.0, 100.0])


def test_no_plan_says_which_program_has_none():
    """A limit that no plan meets: the build is there to be asked why, and there is nothing that looks like a plan."""
    impossible = Limit("loans", Affine(0.0, np.array([1.0, 0.0, 0.0])), ">=", Affine(101.0))
    solution = optimise(problem(impossible), Options())
    assert isinstance(solution, NoPlan)
    assert solution.status == "infeasible"
    assert 0 in solution.build.limit_rows
    assert not hasattr(solution, "plan")


def test_a_book_without_an_active_goal_is_refused_only_where_one_is_asked_for():
    """Its limits stand where they stand; a program needs something to improve."""
    model = model_of(book(POSITIONS, limits=[("total_assets", "<=", 120.0)]))
    watched = attrs.evolve(model, goals=())
    assert standings(watched)[0].headroom == pytest.approx(20.0)
    with pytest.raises(Refused, match="no goal is active"):
        problem_of(watched)


def test_a_limit_stands_at_any_point_without_a_solver():
    """Value, bound, room, use and light at opening and in a plan that breaks it; the right side moves too."""
    model = model_of(book(POSITIONS, limits=[('position("Loans")', "<=", '2 * position("Bills")')]))
    point = problem_of(model).point(np.array([80.0, 20.0, 100.0]))
    (opening,), (broken,) = standings(model), standings(model, point)
    assert (opening.value, opening.bound, opening.headroom) == (60.0, 80.0, 20.0)
    assert (opening.utilisation, opening.binding, opening.light) == (0.75, False, "OK")
    assert (broken.opening, broken.value, broken.bound, broken.headroom) == (60.0, 80.0, 40.0, -40.0)
    assert (broken.utilisation, broken.light) == (2.0, "BREACH")
    assert (opening.price, opening.worth, opening.range) == (None, None, None)


def test_the_price_of_a_ratio_is_that_of_its_written_bound():
    """Loans at most 70 % of assets of 100: a whole point of the bound moves 1 of loans, which earns 0.03 more."""
    limits = [('position("Loans") / total_assets', "<=", 0.7)]
    model = model_of(book(POSITIONS, [("sum(rate, side = 'asset')", "max")], limits))
    solution = optimise(problem_of(model), Options())
    assert isinstance(solution, Planned)
    placed = solution.build.limit_rows[0]
    point = problem_of(model).point(solution.plan)
    assert placed.multiplier(point) == pytest.approx(100.0)
    state = limit_states(model, solution)[0]
    assert state.price == placed.price(float(solution.row_dual[placed.row]), placed.multiplier(point))
    assert state.price == pytest.approx(3.0)
    assert (state.binding, state.headroom) == (True, pytest.approx(0.0, abs=1e-12))
    assert limit_states(model, solution, worths={0: 0.5})[0].worth == 0.5
