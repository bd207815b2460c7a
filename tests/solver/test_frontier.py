"""Exact frontiers of one limit against published corners, hand calculation and scipy at every bound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.programs import Case, cases, random_case
from tests.strategies import book, model_of
from workbooks.source.books.paper_002 import printed_run, table_instance
from xlalm.domain.errors import Refused
from xlalm.model.model import Model
from xlalm.solver.highs.run import Options
from xlalm.solver.sensitivity.curve import Frontier
from xlalm.solver.sensitivity.frontier import exact_frontier, proof

# bound, best return, slope above; by exact rational arithmetic on the article's numbers (paper 002)
PRINTED_RUN = (
    (60.0, 7.75, 0.16),
    (62.5, 8.15, 0.28 / 3),
    (77.5, 9.55, 0.08),
    (78.75, 9.65, 0.065),
    (98.75, 10.95, 0.06),
    (102.5, 11.175, 0.0),
)
TABLE_INSTANCE = ((287.5, 44.6, 0.12), (327.5, 49.4, 0.08), (432.5, 57.8, 0.0))


def _corners(frontier: Frontier) -> list[tuple[float, float, float]]:
    found = []
    for first, _ in frontier.pieces():
        bound = frontier.segments[first].low
        if np.isfinite(bound):
            value = float(frontier.objective_at(np.array([bound]))[0])
            found.append((bound, value, frontier.segments[first].price_at(bound)))
    return found


@pytest.mark.parametrize(
    ("paper", "corners"), [(printed_run, PRINTED_RUN), (table_instance, TABLE_INSTANCE)], ids=["printed", "table"]
)
def test_corners_of_paper_002(paper, corners):
    """Return over the RWA ceiling: every corner, its return and the slope above it."""
    frontier = exact_frontier(model_of(paper().tables), 1, Options())
    assert np.array(_corners(frontier)) == pytest.approx(np.array(corners), abs=1e-9)
    assert frontier.most == np.inf
    outside = frontier.objective_at(np.array([corners[0][0] - 1e-3, 1e6]))
    assert np.isnan(outside[0])
    assert outside[1] == pytest.approx(corners[-1][1], abs=1e-9)


def test_what_takes_over_is_named():
    """As the ceiling rises: Corporate fills up, then Trading; below the least ceiling Mortgages cannot grow further."""
    segments = exact_frontier(model_of(table_instance().tables), 1, Options()).segments
    assert [segment.stops_high for segment in segments[:2]] == [
        "Corporate Lending reaches its max",
        "Trading reaches its max",
    ]
    assert segments[0].stops_low == "Mortgages reaches its max"


def test_a_ratio_is_linear_fractional_between_its_corners():
    """Max 2a + b with a + b <= 10, b <= 6, a / (a + b) <= r: 12 r/(1 - r) + 6 up to r = 0.4, then 10 + 10 r."""
    frontier = _ratio_frontier(0.2)
    assert _corners(frontier)[:2] == [
        pytest.approx((0.0, 6.0, 12.0), abs=1e-9),
        pytest.approx((0.4, 14.0, 10.0), abs=1e-9),
    ]
    bounds = np.linspace(0.01, 0.99, 50)
    expected = np.where(bounds <= 0.4, 12 * bounds / (1 - bounds) + 6, 10 + 10 * bounds)
    assert frontier.objective_at(bounds) == pytest.approx(expected, rel=1e-9)


def _ratio_frontier(written: float) -> Frontier:
    positions = {
        "position": ["a", "b"],
        "side": ["asset", "asset"],
        "balance": [1.0, 5.0],
        "min": [0.0, 0.0],
        "max": [10.0, 6.0],
        "gain": [2.0, 1.0],
    }
    limits = [("sum(1)", "<=", 10), ('position("a") / sum(1)', "<=", written)]
    return exact_frontier(model_of(book(positions, [("sum(gain)", "max")], limits)), 1, Options())


def test_it_does_not_matter_where_the_bound_stands():
    """From any written bound the same frontier is found."""
    bounds = np.linspace(0.01, 0.99, 23)
    expected = _ratio_frontier(0.2).objective_at(bounds)
    for written in (0.05, 0.4, 0.7, 3.0):
        assert _ratio_frontier(written).objective_at(bounds) == pytest.approx(expected, rel=1e-9)


# --- against scipy -------------------------------------------------------------------------------------


def _bounds(frontier: Frontier, rng: np.random.Generator) -> np.ndarray:
    """Return bounds at, between and beyond the corners."""
    corners = [corner for corner, _, _ in _corners(frontier)]
    corners += [frontier.most] if np.isfinite(frontier.most) else []
    corners.append(frontier.written)
    span = max(corners) - min(corners) or max(1.0, abs(frontier.written))
    inside = rng.uniform(min(corners) - 0.2 * span, max(corners) + 0.2 * span, 6)
    return np.sort(np.concatenate([corners, inside]))


def _agrees_with_scipy(case: Case, model: Model, k: int, rng: np.random.Generator) -> None:
    frontier = exact_frontier(model, k, Options())
    bounds = _bounds(frontier, rng)
    size = max(1.0, float(np.abs(case.goal).max() * case.high[np.isfinite(case.high)].max()))
    for bound, value in zip(bounds, frontier.objective_at(bounds), strict=True):
        again = case.optimum({k: float(bound) - case.rules[k].bound})
        edge = 1e-6 * max(1.0, abs(frontier.written))
        if any(abs(bound - end) <= edge for end in (frontier.least, frontier.most) if np.isfinite(end)):
            continue  # the last bound with a plan: scipy may round it out
        assert (again is None) == bool(np.isnan(value)), (k, bound, frontier.least, frontier.most)
        if again is not None:
            assert value == pytest.approx(again.goal, rel=1e-7, abs=1e-7 * size), (k, bound)
            stock = frontier.plan_at(float(bound))
            assert stock is not None
            assert case.value(stock) == pytest.approx(again.goal, rel=1e-6, abs=1e-6 * size)
    checked = proof(frontier, Options(), float(bounds[0]), float(bounds[-1]))
    assert checked is not None
    assert checked.accepted


def _movable(case: Case) -> list[int]:
    return [k for k, rule in enumerate(case.rules) if rule.kind != "moving" and rule.penalty is None]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("coarse", [False, True], ids=["fine", "ties"])
def test_random_banks(seed, coarse):
    """Amounts, ratios, capped measures and turnover: the frontier is what scipy finds at each bound."""
    rng = np.random.default_rng([seed, coarse])
    case = random_case(rng, coarse=coarse, costs=seed % 3 == 0)
    model = model_of(case.tables())
    for k in _movable(case)[:2]:
        _agrees_with_scipy(case, model, k, rng)


@pytest.mark.long
@settings(max_examples=150)
@given(cases())
def test_any_bank(case):
    """The same for drawn banks and every limit."""
    rng = np.random.default_rng(7)
    model = model_of(case.tables())
    if case.lot is not None or case.threshold is not None or any(r.penalty is not None for r in case.rules):
        return
    for k in _movable(case):
        _agrees_with_scipy(case, model, k, rng)


@pytest.mark.parametrize("seed", range(20))
def test_the_best_goal_is_concave_and_monotone_in_the_bound_of_an_amount(seed):
    """Linear programming theory: for a maximum slopes fall with the bound, and a looser bound never hurts."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, kinds=("amount",), coarse=bool(seed % 2))
    model = model_of(case.tables())
    better = 1.0 if case.maximise else -1.0
    for k in _movable(case):
        frontier = exact_frontier(model, k, Options())
        slopes = [better * frontier.segments[first].price for first, _ in frontier.pieces()]
        assert all(a >= b - 1e-9 for a, b in pairwise(slopes)), slopes
        if case.rules[k].sense == "<=":
            assert min(slopes) >= -1e-9
        elif case.rules[k].sense == ">=":
            assert max(slopes) <= 1e-9


# --- ends and refusals ---------------------------------------------------------------------------------

TWO = {
    "position": ["loans", "bonds"],
    "side": ["asset", "asset"],
    "balance": [50.0, 50.0],
    "min": [10.0, 0.0],
    "max": [80.0, 60.0],
    "gain": [0.05, 0.02],
}


def _frontier(sense: str, bound: float, extra: tuple[tuple[str, str, float], ...] = (), **settings: object) -> Frontier:
    limits = [('position("loans")', sense, bound), *extra]
    model = model_of(book(TWO, [("sum(gain)", "max")], limits, **settings))
    return exact_frontier(model, 0, Options())


def test_a_book_without_a_plan_as_written_still_has_a_frontier():
    """Loans <= 5 contradicts their min of 10; the frontier begins at 10."""
    frontier = _frontier("<=", 5.0)
    assert frontier.status == "optimal"
    assert frontier.least == pytest.approx(10.0)
    values = frontier.objective_at(np.array([5.0, 10.0, 50.0, 90.0]))
    assert np.isnan(values[0])
    assert values[1:] == pytest.approx([1.7, 3.7, 5.2])


def test_no_plan_at_any_bound():
    frontier = _frontier("<=", 50.0, (("total_assets", ">=", 1000.0),))
    assert (frontier.status, frontier.segments) == ("infeasible", ())


def test_an_equality_has_plans_between_two_ends():
    """Loans = b with a gain of 5 % each: from their min to their max."""
    frontier = _frontier("=", 30.0)
    assert (frontier.least, frontier.most) == pytest.approx((10.0, 80.0))
    assert frontier.objective_at(np.array([10.0, 45.0, 80.0])) == pytest.approx([1.7, 3.45, 5.2])
    assert frontier.slope_above(20.0) == pytest.approx(0.05)
    assert frontier.slope_above(80.0) is None


def test_a_goal_without_end_goes_on_paying():
    """Only the cap keeps the gain from growing: the slope holds for ever."""
    positions = {**TWO, "max": [None, 60.0]}
    model = model_of(book(positions, [("sum(gain)", "max")], [("total_assets", "<=", 100.0)]))
    frontier = exact_frontier(model, 0, Options())
    assert frontier.most == np.inf
    assert frontier.segments[-1].price == pytest.approx(0.05)
    assert frontier.objective_at(np.array([1e6])) == pytest.approx([5e4])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": {**TWO, "lot": [5.0, None]}}, "integer program"),
        ({"goals": [("sum(gain) / total_assets", "max")]}, "a ratio"),
        ({"goals": [('0 - position("loans") * position("loans")', "max")]}, "quadratic"),
        ({"limits": [('position("loans")', "<=", 'position("bonds")')]}, "moves with the plan"),
        ({"goals": [("sum(gain)", "max"), ("total_assets", "min")], "method": "fnlp"}, "method fnlp"),
    ],
    ids=["lots", "ratio goal", "quadratic goal", "moving right side", "fuzzy"],
)
def test_what_is_not_one_linear_program_is_refused_with_a_cure(change, words):
    change = dict(change)
    positions, goals = change.pop("positions", TWO), change.pop("goals", [("sum(gain)", "max")])
    limits = change.pop("limits", [('position("loans")', "<=", 50.0)])
    model = model_of(book(positions, goals, limits, **change))
    with pytest.raises(Refused, match=words) as refused:
        exact_frontier(model, 0, Options())
    assert refused.value.cure
