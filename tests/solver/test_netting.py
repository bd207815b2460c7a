"""Growth and reduction of one position at once: nothing that follows linear programs takes it for a plan."""

from typing import Any

import numpy as np
import pytest

from tests.strategies import Book, book, model_of
from xlalm.domain.errors import Refused
from xlalm.domain.watch import Watch
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.goals.payoff import ends_of
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Options
from xlalm.solver.linear.netting import churning, moves_both_ways, net_changes
from xlalm.solver.optimise import optimise
from xlalm.solver.sensitivity.frontier import exact_frontier
from xlalm.solver.sensitivity.ranging import limit_ranges
from xlalm.solver.sensitivity.surface import surface

POSITIONS: dict[str, Any] = {
    "position": ["a", "b", "c"],
    "side": ["asset", "asset", "asset"],
    "balance": [10.0, 10.0, 10.0],
    "min": [0.0, 0.0, 0.0],
    "max": [20.0, 20.0, 20.0],
    "gain": [3.0, 1.0, 2.0],
    "bonus": [0.5, 0.5, 0.5],
}
TOTAL = ("sum(1)", "=", 30)


def _turnover(floor: float) -> Book:
    """Balances that add up to 30 can turn over 20 at most; growing and shrinking at once would feign more."""
    return book(POSITIONS, [("sum(gain)", "max")], [TOTAL, ("turnover()", ">=", floor)])


def _bonus() -> Book:
    """Every purchase earns a bonus, so that selling and buying the same would earn without end."""
    goals = [("sum(gain) + growth(bonus)", "max")]
    return book(POSITIONS, goals, [TOTAL, ('position("a")', "<=", 15.0)])


# --- what pays ------------------------------------------------------------------------------------------


def test_netting_keeps_balances_and_tells_need_from_waste():
    """A point that moves both ways is at fault where a row needs it, not where nothing is lost by netting."""
    at_fault = {}
    for floor in (10.0, 30.0):
        build = build_program(problem_of(model_of(_turnover(floor))))
        columns = np.zeros(build.program.n_columns)
        columns[:3] = [20.0, 10.0, 0.0]
        columns[build.builder.block("up").columns] = [10.0, 7.0, 0.0]
        columns[build.builder.block("down").columns] = [0.0, 7.0, 10.0]
        assert moves_both_ways(build, columns).tolist() == [1]
        netted = net_changes(build, columns)
        assert netted[build.builder.block("up").columns].tolist() == [10.0, 0.0, 0.0]
        assert netted[build.builder.block("down").columns].tolist() == [0.0, 0.0, 10.0]
        assert netted[:3].tolist() == columns[:3].tolist()
        at_fault[floor] = churning(build, build.program, columns)
    assert at_fault == {10.0: (), 30.0: (1,)}


def test_a_frontier_ends_where_only_feigned_turnover_goes_on():
    frontier = exact_frontier(model_of(_turnover(5.0)), 1, Options())
    assert frontier.objective_at(np.array([0.0, 19.9])) == pytest.approx([80.0, 80.0])
    assert np.isnan(frontier.objective_at(np.array([20.1, 40.0]))).all()
    assert frontier.cut_high
    assert "grow and shrink" in frontier.notes[-1]
    for floor, status in ((19.9, "optimal"), (20.1, "infeasible")):
        assert optimise(problem_of(model_of(_turnover(floor))), Options()).status == status


def test_a_frontier_that_starts_with_feigned_turnover_is_refused():
    with pytest.raises(Refused, match="grow and shrink"):
        exact_frontier(model_of(_turnover(50.0)), 1, Options())


@pytest.mark.parametrize("floor", [15.0, 20.0])
def test_a_price_does_not_hold_where_only_feigned_turnover_goes_on(floor):
    model = model_of(_turnover(floor))
    found = limit_ranges(problem_of(model), optimise(problem_of(model), Options()), Options())[1]
    assert found.valid_to == pytest.approx(20.0)
    assert found.valid_from is None
    assert found.below == 0.0


def test_a_surface_of_feigned_turnover_is_refused():
    """The point that is solved may be an honest plan: its basis must not settle points where it would feign."""
    model = model_of(_turnover(5.0))
    honest = surface(model, (0, 1), np.array([30.0]), np.array([5.0, 19.0]), Options())
    assert honest.objective.tolist() == [pytest.approx([80.0, 80.0])]
    for floors in ([5.0, 19.0, 30.0], [5.0, 19.0, 19.5, 30.0]):
        with pytest.raises(Refused, match="grow and shrink"):
            surface(model, (0, 1), np.array([30.0]), np.array(floors), Options())


def test_gains_without_end_from_nothing_are_refused_not_called_unbounded():
    """The book has a best plan by binaries; the linear programs of its frontier and surface have none."""
    model = model_of(_bonus())
    assert optimise(problem_of(model), Options()).objective == pytest.approx(3 * 15 + 2 * 15 + 0.5 * 10)
    with pytest.raises(Refused, match="grow and shrink"):
        exact_frontier(model, 1, Options())
    with pytest.raises(Refused, match="grow and shrink"):
        surface(model, (0, 1), np.array([30.0]), np.array([12.0, 15.0]), Options())


@pytest.mark.parametrize("method", ["fagp", "fnlp"])
@pytest.mark.parametrize("floor", [19.0, 21.0])
def test_goals_together_never_feign_turnover(method, floor):
    tables: Any = _turnover(floor)
    formulas = ["sum(gain)", 'position("b")']
    tables["Goals"] = {"goal": ["gain", "b"], "formula": formulas, "direction": ["max", "max"], "weight": [1.0, 1.0]}
    tables["Settings"] = {"setting": ["method"], "value": [method]}
    model = model_of(tables)
    solution, _ = solve_goals(model, Options())
    if floor > 20:
        assert solution.status == "infeasible"
    else:
        assert np.abs(solution.plan - model.sheet.opening).sum() >= floor - 1e-9


# --- what the solver leaves open -------------------------------------------------------------------------


def test_the_time_limit_is_that_of_each_solve():
    """HiGHS's own clock runs on over all solves of a program; many quick ones must not run into the limit."""
    limit = 0.2
    live = LiveProgram(build_program(problem_of(model_of(_turnover(5.0)))).program, Options(time_limit_s=limit))
    costs = np.random.default_rng(0).normal(size=(50, live.program.n_columns))
    costs[:, 3:] = 0.0
    spent = 0.0
    while spent < 2 * limit:
        for cost in costs:
            live.move_cost(cost, 0.0)
            answer = live.solve(with_basis=False)
            assert answer.status == "optimal"
            spent += answer.seconds


def test_a_surface_that_is_stopped_shows_nothing():
    """Points that were never solved would look like points without a plan."""
    model, said = model_of(_turnover(5.0)), []
    watch = Watch(lambda *step: said.append(step), lambda: len(said) > 1)
    with pytest.raises(Refused, match="stopped before every point"):
        surface(model, (0, 1), np.array([20.0, 30.0, 70.0]), np.array([1.0]), Options(), watch=watch)
    assert len(said) == 2
    assert surface(model, (0, 1), np.array([30.0]), np.array([1.0]), Options()).solves == 1


def test_rounding_between_the_ends_of_a_goal_is_no_conflict():
    """A goal that every plan leaves at 0 comes back as 1e-13; its membership must not be a quotient of rounding."""
    tables: Any = _turnover(0.0)
    formulas = ["sum(gain)", 'position("b") - position("c")']
    tables["Goals"] = {"goal": ["g", "h"], "formula": formulas, "direction": ["max", "min"], "weight": [1.0, 1.0]}
    tables["Settings"] = {"setting": ["method"], "value": ["fagp"]}
    model = model_of(tables)
    ideal, worst = ends_of(problem_of(model), model.active_goals, np.array([[80.0, 4e-13], [50.0, -5e-13]]))
    assert ideal[1] == worst[1]
    assert (ideal[0], worst[0]) == (80.0, 50.0)
