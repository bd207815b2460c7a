"""Products, ratios and values at risk in limits and goals: published optima, ipopt, prices, proofs, outcomes."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.solver.nonlinear_problems import PROBLEMS, Problem, ipopt
from tests.strategies import Book, book, model_of, optimum, records
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.report import report
from xlalm.app.verbs.surface import surface
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.nonlinear.cuts import cutting_planes
from xlalm.solver.nonlinear.functions import Functions
from xlalm.solver.nonlinear.local import LocalOptimum, slsqp, trust_region
from xlalm.solver.nonlinear.proof import certify_curved
from xlalm.solver.nonlinear.scaled import Prices, Scaled, bends_up, polished
from xlalm.solver.nonlinear.search import _Search, solve_nonlinear
from xlalm.solver.nonlinear.steps import stepped
from xlalm.solver.solution import Planned

BY_NAME = {problem.name.partition(" ")[0]: problem for problem in PROBLEMS}


def names(problem: Problem) -> str:
    return problem.name


# --- published optima ----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS, ids=names)
def test_published_optima_from_tables(problem: Problem) -> None:
    result = verbs.solve(problem.tables())
    assert result.status == "optimal"
    assert result.objective == pytest.approx(problem.optimum, rel=1e-6)
    assert result.certificate is not None
    assert result.certificate["accepted"]
    assert result.certificate["kkt"] <= 1e-6
    assert result.certificate["is_global"] is problem.convex
    says = "proven global" if problem.convex else "a better one elsewhere is not ruled out"
    assert says in result.solver
    assert any(says in sentence for sentence in result.messages)
    items = {row["item"]: row["value"] for row in result.table("RunInfo").records()}
    assert items["optimality conditions, scaled residual"] <= 1e-6
    assert items["status"] == ("Optimal" if problem.convex else "Locally optimal, not proven best")


@pytest.mark.parametrize("problem", PROBLEMS, ids=names)
def test_ipopt_finds_the_same(problem: Problem) -> None:
    pytest.importorskip("ipyopt")
    _, solution = optimum(problem.tables())
    value, _ = ipopt(problem)
    assert solution.objective == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("problem", PROBLEMS, ids=names)
@pytest.mark.parametrize("method", [stepped, slsqp, pytest.param(trust_region, marks=pytest.mark.long)])
def test_every_method_ends_at_an_optimum_or_says_that_it_did_not(problem: Problem, method: Any) -> None:
    """A settled point meets the conditions and is no better than the published optimum."""
    functions = Functions(build_program(problem_of(model_of(problem.tables())), curved=True))
    start = np.array(problem.start) - np.minimum(problem.low, 0.0)
    columns = np.zeros(functions.program.n_columns)
    columns[: len(start)] = start
    scaled = Scaled(functions, columns[functions.free], lambda: None)
    ended = method(scaled, np.clip(columns[functions.free] / scaled.column, scaled.lower, scaled.upper))
    y, prices = polished(scaled, ended)
    if prices.residual <= 1e-9 and bends_up(scaled, y, prices):
        goal = functions.at(y * scaled.column).goal
        better = 1.0 if problem.direction == "max" else -1.0
        assert better * (goal - problem.optimum) <= 1e-6 * abs(problem.optimum)
        if problem.convex:
            assert goal == pytest.approx(problem.optimum, rel=1e-6)
    else:
        assert method is not slsqp or not problem.convex


def test_the_same_seed_gives_the_same_answer_bit_for_bit() -> None:
    first, second = (optimum(BY_NAME["Haverly's"].tables())[1] for _ in range(2))
    assert first.objective == second.objective
    assert (first.plan == second.plan).all()


# --- prices --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HS12", "HS22", "HS29", "HS31", "HS36", "HS43", "HS65", "HS71", "HS113"])
def test_prices_of_limits_by_solving_again(name: str) -> None:
    problem = BY_NAME[name]
    report = records(problem.tables(), "LimitReport")
    for k, (left, sense, bound) in enumerate(problem.limits):
        step = 1e-4 * max(1.0, abs(bound))
        values = []
        for move in (step, -step):
            limits = (*problem.limits[:k], (left, sense, bound + move), *problem.limits[k + 1 :])
            _, moved = optimum(attrs.evolve(problem, limits=limits).tables())
            values.append(moved.objective)
        price = report[f"limit {k}"]["shadow_price"]
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(price, rel=2e-3, abs=1e-4), left
        relaxed = price * (1 if sense == "<=" else -1) * (1 if problem.direction == "max" else -1)
        if sense != "=":
            assert report[f"limit {k}"]["worth_of_one_unit"] == pytest.approx(max(0.0, relaxed))


@pytest.mark.parametrize("name", ["HS36", "HS41", "HS65", "HS106"])
def test_reduced_costs_by_solving_again(name: str) -> None:
    problem = BY_NAME[name]
    allocation = records(problem.tables(), "Allocation")
    for i in range(len(problem.low)):
        row = allocation[f"x{i + 1}"]
        if row["status"] not in {"at minimum", "at maximum"}:
            assert row["reduced_cost"] == pytest.approx(0.0, abs=1e-7)
            continue
        values = []
        for move in (1e-4, -1e-4):
            key = "low" if row["status"] == "at minimum" else "high"
            ends = list(getattr(problem, key))
            ends[i] += move * max(1.0, abs(ends[i]))
            tables = attrs.evolve(problem, **{key: tuple(ends)}).tables()
            _, moved = optimum(tables)
            values.append(moved.objective)
        size = max(1.0, abs(getattr(problem, "low" if row["status"] == "at minimum" else "high")[i]))
        slope = (values[0] - values[1]) / (2e-4 * size)
        assert row["reduced_cost"] == pytest.approx(slope, rel=1e-3, abs=1e-5)


# --- proof ---------------------------------------------------------------------------------------------


def proven(name: str) -> Planned:
    _, solution = optimum(BY_NAME[name].tables())
    assert solution.certificate.accepted
    return solution


@pytest.mark.parametrize("name", ["HS43", "HS71", "HS106"])
def test_the_certificate_refuses_wrong_points_and_wrong_prices(name: str) -> None:
    solution = proven(name)
    build, columns, dual = solution.build, solution.columns, solution.row_dual
    assert dual is not None
    again, _ = certify_curved(build, columns, dual)
    assert again.accepted
    rng = np.random.default_rng(2)
    for _ in range(20):  # along the curves: the point is feasible to the solver's eye, and not best
        functions = Functions(build)
        moved = functions.at(columns[functions.free] * (1 + 1e-3 * rng.normal(size=len(functions.free)))).columns
        assert not certify_curved(build, moved, dual)[0].accepted
    k = int(np.abs(dual).argmax())
    for factor in (0.0, 0.99, -1.0):
        wrong = dual.copy()
        wrong[k] *= factor
        assert not certify_curved(build, columns, wrong)[0].accepted
    off = columns.copy()
    off[build.smooth_terms[0].column] *= 1.001  # a curve's column that is not its value
    assert not certify_curved(build, off, dual)[0].accepted


def test_a_saddle_is_not_taken_for_an_optimum() -> None:
    """max x·y from 0, 0 with x + y free: both derivatives vanish there, and the best is at a corner."""
    positions = {
        "position": ["x", "y"],
        "side": ["asset", "asset"],
        "balance": [5.0, 5.0],
        "min": [0.0, 0.0],
        "max": [10.0, 10.0],
    }
    _, solution = optimum(book(positions, [('(position("x") - 5) * (position("y") - 5)', "max")]))
    assert solution.objective == pytest.approx(25.0)


def test_cutting_planes_reach_the_same_optimum() -> None:
    for name in ("HS12", "HS22", "HS65"):
        problem = BY_NAME[name]
        build = build_program(problem_of(model_of(problem.tables())), curved=True)
        _, answer = cutting_planes(build, np.ones(build.program.n_columns), Options(), unwatched())
        assert answer.status == "optimal"
        assert build.program.objective(answer.columns) == pytest.approx(problem.optimum, rel=1e-6)


# --- value at risk -------------------------------------------------------------------------------------

DESK = {
    "position": ["Bonds", "Shares", "Cash", "Swap"],
    "side": ["asset", "asset", "asset", "off_balance"],
    "balance": [40.0, 20.0, 140.0, 10.0],
    "min": [0.0, 0.0, 0.0, 0.0],
    "max": [200.0, 150.0, 200.0, 60.0],
    "rate": [0.04, 0.07, 0.02, -0.001],
    "cet1": [0.0, 0.0, 0.1, 0.0],
}
SIGMA = np.array([[4e-5, 1e-5, -2e-5], [1e-5, 2e-4, 0.0], [-2e-5, 0.0, 3e-5]])  # Bonds, Shares, Swap


def desk(goal: tuple[str, str], limits: list[Any], **change: Any) -> Book:
    tables = book(DESK | change, [goal], limits)
    of = ["Bonds", "Shares", "Swap"]
    pairs = [(i, k) for i in range(3) for k in range(i, 3) if SIGMA[i, k]]
    tables["Covariances"] = {
        "position": [of[i] for i, _ in pairs],
        "with": [of[k] for _, k in pairs],
        "covariance": [float(SIGMA[i, k]) for i, k in pairs],
    }
    return tables


FULLY_INVESTED = ("total(side = 'asset')", "=", 200.0)


def test_value_at_risk_is_the_quantile_of_the_normal_law() -> None:
    """2.326348 (the 99 % point of the normal law in every table) times the deviation over ten days."""
    model = model_of(desk(("var(99%, 10)", "min"), []))
    w = np.array([40.0, 20.0, 10.0])
    expected = 2.3263478740408408 * np.sqrt(10 * w @ SIGMA @ w)
    assert model.compiler.at_opening(model.goals[0].expression) == pytest.approx(expected, rel=1e-12)
    deviation = model.compiler.compile("volatility(10)")
    assert model.compiler.at_opening(deviation) == pytest.approx(np.sqrt(10 * w @ SIGMA @ w), rel=1e-12)
    assert model.compiler.scope.covariance is not None
    assert model.compiler.scope.covariance.matrix == pytest.approx(SIGMA)


def test_a_limit_on_value_at_risk_is_proven_and_priced() -> None:
    limits = [FULLY_INVESTED, ("var(99%, 10)", "<=", 4.0)]
    tables = desk(("net(rate)", "max"), limits)
    _, solution = optimum(tables)
    assert solution.status == "optimal"
    assert solution.proof.startswith("proven global")
    report = records(tables, "LimitReport")["limit 1"]
    assert report["value"] == pytest.approx(4.0, abs=1e-9)
    ends = [optimum(desk(("net(rate)", "max"), [FULLY_INVESTED, ("var(99%, 10)", "<=", b)]))[1] for b in (3.999, 4.001)]
    assert report["shadow_price"] == pytest.approx((ends[1].objective - ends[0].objective) / 0.002, rel=1e-5)
    _, share = optimum(
        desk(("net(rate)", "max"), [FULLY_INVESTED, ("var(99%, 10) / sum(cet1, side = 'asset')", "<=", 0.3)])
    )
    assert share.proof.startswith("proven global")


def test_the_tip_of_a_value_at_risk_is_found_by_cutting_planes() -> None:
    """Least value at risk without a need to invest is 0, where its slope is not defined."""
    _, solution = optimum(desk(("var(99%, 10)", "min"), [("total(side = 'asset')", "<=", 200.0)]))
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(0.0, abs=1e-6)
    assert solution.proof.startswith("proven global")


def test_least_value_at_risk_by_the_minimum_variance_formula() -> None:
    """Bonds and shares of 100 in all, no swap: w is Σ⁻¹1 scaled."""
    fixed = {"max": [200.0, 150.0, 0.0, 0.0], "balance": [60.0, 40.0, 0.0, 0.0]}
    _, solution = optimum(desk(("var(95%, 1)", "min"), [("total(side = 'asset')", "=", 100.0)], **fixed))
    inverse = np.linalg.solve(SIGMA[:2, :2], np.ones(2))
    assert solution.plan[:2] == pytest.approx(100 * inverse / inverse.sum(), abs=1e-6)
    assert solution.proof.startswith("proven global")


@pytest.mark.parametrize(
    ("rows", "cell", "words"),
    [
        ([("Bonds", "Bonds", 1e-4), ("Bonds", "Gold", 0.0)], "Covariances!B3", 'no position "Gold"'),
        ([("Bonds", "Bonds", 1e-4), ("Bonds", "Shares", 1e-4), ("Shares", "Bonds", 2e-4)], "Covariances!C4", "before"),
        ([("Bonds", "Bonds", -1e-4)], "Covariances!C2", "negative"),
        (
            [("Bonds", "Bonds", 1e-4), ("Shares", "Shares", 1e-4), ("Bonds", "Shares", 2e-4)],
            "Covariances!C1",
            "cannot be covariances",
        ),
    ],
)
def test_covariances_that_cannot_be(rows: list[tuple[str, str, float]], cell: str, words: str) -> None:
    tables = book(DESK, [("net(rate)", "max")])
    tables["Covariances"] = {key: [row[i] for row in rows] for i, key in enumerate(("position", "with", "covariance"))}
    found = [f for f in verbs.check(tables).findings if f.severity == "error"]
    assert [str(f.cell) for f in found] == [cell]
    assert words in found[0].text


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("var(50%, 10)", "the confidence is 0.5"),
        ("var(101%, 10)", "the confidence is 1.01"),
        ("var(99%, 0)", "holding period is 0"),
        ("var(99%)", "wrong number of arguments"),
        ("var(net(rate), 10)", "a number is wanted"),
    ],
)
def test_values_at_risk_that_cannot_be(formula: str, words: str) -> None:
    result = verbs.check(desk((formula, "min"), []))
    assert any(words in f.text and str(f.cell) == "Goals!B2" for f in result.findings if f.severity == "error")


def test_value_at_risk_without_covariances_is_a_finding() -> None:
    result = verbs.check(book(DESK, [("var(99%, 10)", "min")]))
    assert any("no covariances" in f.text for f in result.findings)


# --- outcomes ------------------------------------------------------------------------------------------

X, Y = 'position("x")', 'position("y")'
PLANE = {"position": ["x", "y"], "side": ["asset"] * 2, "balance": [1.0, 1.0], "min": [0.0] * 2, "max": [10.0] * 2}


def test_convex_limits_that_exclude_each_other_are_proven_infeasible() -> None:
    limits = [(f"{X} * {X} + {Y} * {Y}", "<=", 1.0), (f"{X} + {Y}", ">=", 2.0)]
    result = verbs.solve(book(PLANE, [(X, "max")], limits))
    assert (result.status, result.exit_code) == ("infeasible", 3)
    conflict = {row["name"] for row in result.table("Conflicts").records()}
    assert conflict == {"limit 0", "limit 1"}
    assert any("at least so far" in sentence for sentence in result.messages)  # 1.41 is what can be reached


def test_products_beyond_their_bounds_are_proven_infeasible() -> None:
    result = verbs.solve(book(PLANE, [(X, "max")], [(f"{X} * {Y}", ">=", 101.0)]))
    assert result.status == "infeasible"


def test_what_is_not_proven_infeasible_is_not_called_so() -> None:
    """x·y >= 30 with x + y <= 10 has no plan (at most 25), which the bounds of one product do not show."""
    result = verbs.solve(book(PLANE, [(X, "max")], [(f"{X} * {Y}", ">=", 30.0), (f"{X} + {Y}", "<=", 10.0)]))
    assert result.status in {"infeasible", "failed"}
    assert "Allocation" not in result.tables
    if result.status == "failed":
        assert "not proven" in result.messages[0]


def test_a_broken_linear_limit_beside_a_product_names_the_conflict() -> None:
    limits = [(f"{X} * {Y}", "<=", 30.0), (X, ">=", 7.0), (X, "<=", 6.0)]
    result = verbs.solve(book(PLANE, [(Y, "max")], limits))
    assert result.status == "infeasible"
    assert {row["name"] for row in result.table("Conflicts").records() if row["in_conflict"] == "yes"} == {
        "limit 1",
        "limit 2",
    }


def test_soft_products_pay_their_penalty() -> None:
    """max x + y with x·y <= 16 soft at 0.1 a unit: stay inside where the price of the limit is below the penalty."""
    soft = {"left": f"{X} * {Y}", "sense": "<=", "right": 16.0, "hard": "no", "penalty": 10.0}
    _, kept = optimum(book(PLANE, [(f"{X} + 1.001 * {Y}", "max")], [soft]))
    assert kept.plan[0] * kept.plan[1] == pytest.approx(16.0, abs=1e-6)
    _, broken = optimum(book(PLANE, [(f"{X} + {Y}", "max")], [soft | {"penalty": 0.01}]))
    assert broken.plan == pytest.approx([10.0, 10.0])
    assert broken.penalty == pytest.approx(0.84)


def test_a_ratio_against_a_moving_bound_is_priced_per_written_bound() -> None:
    """x / (x + y) >= 0.2 + 0.02·y: the price is per constant added to the right side."""

    def best(shift: float) -> Planned:
        limit = (f"{X} / ({X} + {Y})", ">=", f"{0.2 + shift!r} + 0.02 * {Y}")
        return optimum(book(PLANE, [(f"{Y} - 0.5 * {X}", "max")], [limit]))[1]

    limit = (f"{X} / ({X} + {Y})", ">=", f"0.2 + 0.02 * {Y}")
    row = records(book(PLANE, [(f"{Y} - 0.5 * {X}", "max")], [limit]), "LimitReport")["limit 0"]
    up, down = best(1e-5).objective, best(-1e-5).objective
    assert up is not None
    assert down is not None
    assert row["shadow_price"] == pytest.approx((up - down) / 2e-5, rel=1e-5)
    assert row["shadow_price"] < 0


def test_a_demand_curve_by_hand() -> None:
    """Loans at 6 % less 0.01 % per unit beyond 100, funded at 2 %: 0.06 - 0.0001·(2x - 100) = 0.02 at x = 250."""
    positions = {
        "position": ["Loans", "Deposits"],
        "side": ["asset", "liability"],
        "balance": [100.0, 100.0],
        "min": [0.0, 0.0],
        "max": [600.0, 600.0],
        "rate": [0.06, 0.02],
    }
    loans = 'position("Loans")'
    goal = f"net(rate) - 0.0001 * {loans} * ({loans} - 100)"
    limit = (f"{loans} * {loans} / 100", "<=", 400.0)  # 200 at most
    _, solution = optimum(book(positions, [(goal, "max")], [limit]))
    assert solution.plan == pytest.approx([200.0, 200.0])
    assert solution.proof.startswith("proven global")
    _, free = optimum(book(positions, [(goal, "max")], [(limit[0], "<=", 1e4)]))
    assert free.plan == pytest.approx([250.0, 250.0])


def test_a_stopped_search_keeps_what_it_has() -> None:
    model = model_of(BY_NAME["HS106"].tables())
    calls = 0

    def stop() -> bool:
        nonlocal calls
        calls += 1
        return calls > 60

    solution = solve_nonlinear(problem_of(model), Options(), Watch(stop=stop))
    assert solution.status in {"feasible", "stopped"}
    never = solve_nonlinear(problem_of(model), Options(), Watch(stop=lambda: True))
    assert never.status == "stopped"


def test_weighted_goals_and_fuzzy_methods_take_products() -> None:
    tables = book(PLANE, [(f"{X} * {Y}", "max", 0.5), (X, "min", 0.5)], [(f"{X} + {Y}", "<=", 12.0)], method="fnlp")
    result = verbs.solve(tables)
    assert result.status in {"optimal", "feasible"}
    values = {row["goal"]: row for row in result.table("GoalReport").records()}
    # x·y is best at 36, worst at x = 0; x is best at 0, worst at 6: 1 - x/6 = x·min(10, 12 - x)/36
    x = values["goal 1"]["value"]
    assert 1 - x / 6 == pytest.approx(x * min(10.0, 12 - x) / 36, abs=1e-5)


def test_selling_and_buying_at_once_beside_a_product_is_a_finding() -> None:
    """Growth earns 9 %, reduction gives up 1 %: doing both would earn without end; a product forbids the binary."""
    rates = {"rate": [0.05, 0.03], "new_rate": [0.09, 0.03], "exit_rate": [0.01, 0.03]}
    positions = PLANE | rates | {"max": [1.0, 10.0]}
    result = verbs.solve(book(positions, [("nii_12m", "max")], [(f"{X} * {Y}", "<=", 30.0), ("turnover()", "<=", 8.0)]))
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert "sell and buy" in finding.text
    kept = verbs.solve(
        book(
            positions | {"new_rate": [0.04, 0.03], "exit_rate": [0.06, 0.03]},
            [("nii_12m", "max")],
            [(f"{X} * {Y}", "<=", 30.0)],
        )
    )
    assert kept.status == "optimal"


def test_a_product_without_end_is_not_called_a_plan() -> None:
    endless = PLANE | {"max": [None, None]}
    result = verbs.solve(book(endless, [(f"{X} * {Y}", "max")]))
    assert result.status == "unbounded"
    assert "ran away" in result.solver
    assert result.table("Conflicts").column("name") == ["x", "y"]


def test_what_does_not_help_a_product_to_grow_is_not_named() -> None:
    """More of y makes the ratio less; x grows without end beside it."""
    result = verbs.solve(book(PLANE | {"max": [None, None]}, [(f"{X} + {X} / ({X} + {Y} + 5)", "max")]))
    assert (result.status, result.table("Conflicts").column("name")) == ("unbounded", ["x"])


def test_a_ratio_among_weighed_goals_without_end_names_what_has_no_max() -> None:
    """Loans and deposits can grow together; the ratio of capital to loans falls, but to no less than 0."""
    positions = {
        "position": ["Loans", "Deposits", "Capital"],
        "side": ["asset", "liability", "equity"],
        "balance": [100.0, 90.0, 10.0],
        "max": [None, None, 10.0],
        "rate": [0.05, 0.02, 0.0],
    }
    goals = [("net(rate)", "max", 1.0), ('position("Capital") / position("Loans")', "max", 1.0)]
    result = verbs.solve(book(positions, goals, method="weighted_sum"))
    assert result.status == "unbounded"
    assert result.table("Conflicts").column("name") == ["Loans", "Deposits"]


def test_a_goal_that_only_nears_its_best_is_not_called_endless() -> None:
    """x / (x + y + 5) comes ever nearer to 1, at no plan."""
    rising = f"{X} / ({X} + {Y} + 5) + {Y} / (10 * {Y} + 10)"
    result = verbs.solve(book(PLANE | {"max": [None, None]}, [(rising, "max")]))
    assert result.status == "failed"
    assert "enter the max of every position" in result.solver


@pytest.mark.parametrize("limits", [(), ("limit 0", "limit 1")])
def test_pieces_that_bend_the_wrong_way_beside_a_product_are_a_finding_of_every_verb(limits: tuple[str, ...]) -> None:
    rules = [(X, "<=", 9.0), (Y, "<=", 9.0), (f"abs({X} - 3)", ">=", 1.0)]
    tables = book(PLANE, [(f"max({X}, {Y}) - {X} * {Y} / 100", "max")], rules)
    results = [
        verbs.solve(tables),
        frontier(tables, limit="".join(limits[:1])),
        surface(tables, limits=limits, points=3),
    ]
    for result in results:
        assert result.status == "bad input"
        (finding,) = (f for f in result.findings if f.severity == "error")
        assert finding.cell is not None
        assert "nonlinear" in finding.text
    assert "Allocation" not in result.tables


def test_the_report_of_another_program_takes_a_nonlinear_plan() -> None:
    result = report("lingo", BY_NAME["HS43"].tables())
    assert {row["variable"] for row in result.table("LingoVariables").records()} == {"x1", "x2", "x3", "x4"}


# --- inside a search -----------------------------------------------------------------------------------


def scaled_at(goal: str, low: float, high: float, *start: float) -> Scaled:
    """Return a goal of two balances to be minimised, scaled at a start within their bounds."""
    box = Problem("by hand", goal, "min", (), (low, low), (high, high), start, 0.0)
    functions = Functions(build_program(problem_of(model_of(box.tables())), curved=True))
    return Scaled(functions, np.array(start) - min(low, 0.0), lambda: None)


def test_a_goal_that_only_falls_is_scaled_by_its_slope() -> None:
    """x1·x2 - 8 x1 - 6 x2 at (1, 4) has slopes of -4 and -5; over a width of 10 the larger is -50."""
    assert scaled_at("x1*x2 - 8*x1 - 6*x2", 0.0, 10.0, 1.0, 4.0).goal == pytest.approx(50.0)


@pytest.mark.parametrize(("bend", "is_optimum"), [(0.9e-7, True), (1.1e-7, False), (-1.0, True)])
def test_a_bend_that_is_rounding_is_none(bend: float, *, is_optimum: bool) -> None:
    """x1² - bend·x2² is flat at (0, 0) and falls along x2; what is below 1e-7 of the bend of x1 is rounding."""
    scaled = scaled_at(f"x1*x1 - ({bend:.10f})*x2*x2", -1.0, 1.0, 1.0, 0.0)
    prices = Prices(np.zeros(len(scaled.row)), np.zeros(2), 0.0)
    assert bends_up(scaled, np.array([0.5, 0.5]), prices) == is_optimum


def test_of_equal_plans_the_one_that_settled_best_is_kept() -> None:
    """Goals of 10 and 10.0000005 are the same: the smaller residual comes first; a goal of 9 comes last."""
    problem = problem_of(model_of(BY_NAME["Haverly's"].tables()))
    search = _Search(problem, build_program(problem, curved=True), Options(), unwatched(), 0.0)
    point = np.zeros(len(search.functions.free))
    sign = 1.0 if search.build.maximise else -1.0
    for goal, residual in ((9.0, 0.0), (10.0000005, 1e-8), (10.0, 1e-12)):
        search._look(LocalOptimum(point, sign * goal, np.zeros(0), residual, 0.0, True, 1, "hand"))
    assert [one.residual for one in search.found] == [1e-12, 1e-8, 0.0]
