"""Outcomes without a plan, and what needs another solver: the status, the finding, its cell and its cure."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.strategies import book, feasible_stocks, optimum, random_positions
from xlalm.app.run.solve import STOPPED_EARLY
from xlalm.app.verbs import solve as verbs
from xlalm.domain.errors import StoppedError
from xlalm.domain.result import Result
from xlalm.measures.expression import Point
from xlalm.solver import report
from xlalm.solver.solution import Planned

POSITIONS = {
    "position": ["Loans", "Cash", "Deposits", "Capital"],
    "side": ["asset", "asset", "liability", "equity"],
    "balance": [150.0, 50.0, 180.0, 20.0],
    "min": [50.0, 5.0, 100.0, None],
    "max": [300.0, 95.0, 300.0, None],
    "rate": [0.05, 0.02, 0.01, 0.0],
    "risk_weight": [1.0, 0.2, 0.0, 0.0],
    "cet1": [0.0, 0.0, 0.0, 1.0],
}
FULL = random_positions(np.random.default_rng(21))


@pytest.mark.parametrize(
    ("change", "limits", "status"),
    [
        ({}, [], "optimal"),
        ({}, [("total_assets", ">=", 500.0)], "infeasible"),
        ({}, [("cet1_ratio", ">=", 2.0)], "infeasible"),
        ({}, [("total_assets", "<=", 200.0), ("total_assets", ">=", 201.0)], "infeasible"),
        ({"min": [250.0, 95.0, 100.0, None], "max": [300.0, 95.0, 200.0, None]}, [], "infeasible"),
        ({"max": [None, 95.0, None, None]}, [], "unbounded"),
        ({"max": [None, 95.0, None, None]}, [("turnover()", "<=", 50.0)], "optimal"),
        ({"max": [None, 95.0, None, None]}, [("rwa", "<=", 400.0)], "optimal"),
        ({"max": [None, 95.0, None, None], "lot": [7.0, None, None, None]}, [], "unbounded"),
        ({"max": [None, 95.0, None, None], "lot": [7.0, None, None, None]}, [("rwa", "<=", 1.0)], "infeasible"),
        ({"lot": [400.0, None, None, None], "min": [160.0, 5.0, 100.0, None]}, [], "infeasible"),
    ],
)
def test_statuses(change: dict[str, Any], limits: list[tuple[str, str, float]], status: str) -> None:
    tables = book(POSITIONS | change, [("net(rate)", "max")], limits)
    _, solution = optimum(tables)
    assert solution.status == status
    assert isinstance(solution, Planned) == (status == "optimal")
    result = verbs.solve(tables)
    assert result.status == status
    assert result.exit_code == (0 if status == "optimal" else 3)
    assert ("Allocation" in result.tables) == (status == "optimal")
    assert result.objective is None or status == "optimal"
    assert result.table("Explanation").rows
    assert result.manifest is not None


@pytest.mark.parametrize("goal", ["net(rate) / total_assets", "cet1_ratio"])
def test_statuses_of_ratio_goals(goal: str) -> None:
    assert optimum(book(POSITIONS, [(goal, "max")]))[1].status == "optimal"
    none = book(POSITIONS, [(goal, "max")], [("total_assets", ">=", 500.0)])
    assert optimum(none)[1].status == "infeasible"


def test_a_time_limit_of_zero_is_a_finding() -> None:
    result = verbs.solve(book(POSITIONS, [("net(rate)", "max")], time_limit_s=0))
    assert result.exit_code == 2
    assert any("time_limit_s" in finding.text and "0.1" in finding.cure for finding in result.findings)


def test_an_answer_whose_proof_is_refused_is_not_called_optimal(monkeypatch) -> None:
    """With a tolerance no figure can meet the plan is shown as feasible (exit 4), never as proven."""
    tables = book(POSITIONS, [("net(rate)", "max")], [("total_assets", "<=", 333.333)])
    assert verbs.solve(tables).status == "optimal"
    honest = report.certify

    def refusing(*arguments, **named):
        return attrs.evolve(honest(*arguments, **named), accepted=False)

    monkeypatch.setattr(report, "certify", refusing)
    result = verbs.solve(tables)
    assert (result.status, result.exit_code) == ("feasible", 4)
    assert any("not proven best" in sentence for sentence in result.messages)


@pytest.mark.parametrize(
    "limit",
    [
        ("cet1_ratio * total_assets", ">=", 5.0),
        ("total_assets * rwa", "<=", 9e4),
        ("lcr + nsfr", ">=", 1.3),
        ("cet1_ratio", ">=", "0.001 * total_assets"),
        ("min(lcr, nsfr)", ">=", 0.5),
        ("max(cet1_ratio, 5%)", "<=", 0.9),
    ],
)
def test_limits_with_products_and_ratios_go_to_the_nonlinear_solver(limit: tuple[str, str, Any]) -> None:
    named = {"left": limit[0], "sense": limit[1], "right": limit[2], "unit": "number"}
    tables = book(FULL, [("sum(gamma)", "max")], [named])
    model, solution = optimum(tables)
    assert solution.status == "optimal"
    assert solution.build.reason.startswith("NLP: ")
    point = Point.at(solution.plan, model.sheet.opening)
    left, right = model.limits[0].left.value(point), model.limits[0].right.value(point)
    assert (left - right) * (1 if limit[1] == ">=" else -1) >= -1e-9 * abs(right)
    _, free = optimum(book(FULL, [("sum(gamma)", "max")]))
    assert solution.objective <= free.objective * (1 + 1e-9)


@pytest.mark.parametrize(
    ("limit", "words", "cure"),
    [
        ("total_assets / (0 - total_liabilities)", "not positive", "divides by"),
        ("rwa / turnover()", "not positive", "divides by"),
        ("min(rwa, 5) * total_assets", "bends the wrong way", "replace"),
    ],
)
def test_limits_that_no_solver_here_can_hold(limit: str, words: str, cure: str) -> None:
    named = {"limit": "named limit", "left": limit, "sense": "<=", "right": 5.0, "unit": "number"}
    result = verbs.solve(book(FULL, [("sum(gamma)", "max")], [named]))
    assert (result.status, result.exit_code) == ("bad input", 2)
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert str(finding.cell) in {"Limits!D2", "Goals!B2"}
    assert words in finding.text
    assert cure in finding.cure


@pytest.mark.parametrize(("column", "words"), [("lot", "has a lot"), ("min_if_used", "has a min_if_used")])
def test_lots_beside_products_are_findings(column: str, words: str) -> None:
    positions = FULL | {column: [20.0, *[None] * (len(FULL["side"]) - 1)]}
    result = verbs.solve(book(positions, [("total_assets * rwa", "max")]))
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert words in finding.text
    assert str(finding.cell).startswith("Positions!")


@pytest.mark.parametrize(
    "goal", ["lcr + nsfr", "total_assets * rwa", "lcr * total_assets", "min(lcr, nsfr)", "lcr + total_assets"]
)
def test_goals_with_products_and_ratios_are_beaten_by_no_plan_tried(goal: str) -> None:
    model, solution = optimum(book(FULL, [(goal, "max")]))
    assert solution.status == "optimal"
    assert solution.certificate.accepted
    expression = model.goals[0].expression
    for stock in feasible_stocks(model, np.random.default_rng(3), 200):
        assert expression.value(Point.at(stock, model.sheet.opening)) <= solution.objective * (1 + 1e-9)


def test_ratio_goal_with_soft_limits_pays_the_penalty() -> None:
    """CET1 over assets at its best needs the smallest balance sheet; a soft limit asks for another unit."""
    soft = {"left": "total_assets", "sense": ">=", "right": 201.0, "hard": "no", "penalty": 1e-6}
    _, solution = optimum(book(POSITIONS, [("cet1_ratio", "max")], [soft]))
    assert solution.status == "optimal"
    _, free = optimum(book(POSITIONS, [("cet1_ratio", "max")]))
    assert solution.objective == pytest.approx(free.objective, rel=1e-9)
    dear = soft | {"penalty": 1.0}
    model, kept = optimum(book(POSITIONS, [("cet1_ratio", "max")], [dear]))
    assert model.limits[0].left.value(Point.at(kept.plan, model.sheet.opening)) == pytest.approx(201.0, abs=1e-6)


@pytest.mark.parametrize(
    ("goal", "limits", "change", "begins", "says"),
    [
        ("net(rate)", [("rwa", "<=", 200.0)], {}, "LP: goal affine, 1 limits on amounts", "0 on ratios"),
        ("net(rate)", [("cet1_ratio", ">=", 0.1)], {}, "LP", "1 on ratios, multiplied out"),
        ("cet1_ratio", [], {}, "LP by Charnes–Cooper: one ratio as the goal", "0 limits"),
        (
            "cet1_ratio",
            [],
            {"lot": [10.0, None, None, None]},
            "MIP by Dinkelbach’s iteration".replace("’", "'"),
            "lots",
        ),
        ("net(rate)", [], {"min_if_used": [60.0, None, None, None]}, "MIP", "lots or thresholds"),
        ("net(rate)", [("max(rwa, total_assets)", ">=", 10.0)], {}, "MIP", "pieces that bend the wrong way"),
        ("net(rate)", [("max(rwa, total_assets)", "<=", 1000.0)], {}, "LP", "1 limits on amounts"),
        ("net(rate) - rwa * rwa / 1e4", [], {}, "QP: a convex quadratic goal", "0 limits"),
        ("min(rwa, 200)", [], {}, "LP: goal concave piecewise linear", "0 limits"),
    ],
)
def test_the_result_says_which_program_it_was_and_why(
    goal: str, limits: list[tuple[str, str, float]], change: dict[str, Any], begins: str, says: str
) -> None:
    result = verbs.solve(book(POSITIONS | change, [(goal, "max")], limits))
    assert result.status == "optimal"
    assert result.solver.startswith(begins), result.solver
    assert says in result.solver


def test_growing_and_shrinking_at_once_is_said() -> None:
    rates = {"new_rate": [0.06, None, None, None], "exit_rate": [0.04, None, None, None]}
    result = verbs.solve(book(POSITIONS | rates, [("nii_12m", "max")], [("turnover()", "<=", 500.0)]))
    assert "1 position(s) kept from growing and shrinking at once" in result.solver


@pytest.mark.parametrize("said", ["rows", "checking the answer"])
def test_stop_ends_a_run_without_a_plan_or_with_one(said: str) -> None:
    """A user who stops the solver before there is a plan gets an exception, and later the plan without its prices."""
    tables = book(POSITIONS | {"lot": [1.0, 1.0, 1.0, None]}, [("net(rate)", "max")])
    seen: list[str] = []

    def run() -> Result:
        return verbs.solve(
            tables,
            progress=lambda _done, _total, text: seen.append(text),
            stop=lambda: any(said in text for text in seen),
        )

    if said == "rows":
        with pytest.raises(StoppedError):
            run()
        assert said in seen[-1]
    else:
        result = run()
        assert (result.status, result.messages[-1]) == ("optimal", STOPPED_EARLY)
        assert result.objective == verbs.solve(tables).objective
    with pytest.raises(StoppedError):
        verbs.solve(tables, stop=lambda: True)


def test_progress_counts_to_its_total() -> None:
    seen: list[tuple[int, int, str]] = []
    verbs.solve(book(POSITIONS, [("net(rate)", "max")]), progress=lambda *step: seen.append(step))
    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert all(0 <= d <= total for d, total, _ in seen)
    assert all(text for _, _, text in seen)


def test_aspirations_that_cannot_be_reached_are_named() -> None:
    """Of 90 in all no 100 can be liquid, and no risk is less than 0; either is said of the goal, by its cell."""
    positions = {
        "position": ["Cash", "Loans"],
        "side": ["asset", "asset"],
        "balance": [30.0, 60.0],
        "max": [90.0, 90.0],
        "rate": [0.0, 0.05],
        "risk": [0.0, 0.5],
        "liquid": [1.0, 0.0],
    }
    tables = book(positions, [], [("sum(1)", "=", 90.0)], method="epsilon_constraint", balance_identity="off")
    tables["Goals"] = {
        "goal": ["Income", "Risk", "Liquidity"],
        "formula": ["sum(rate)", "sum(risk)", "sum(liquid)"],
        "direction": ["max", "min", "max"],
        "aspiration": [None, 20.0, 100.0],
        "active": ["yes"] * 3,
    }
    result = verbs.conflicts(tables)
    assert (result.status, result.exit_code) == ("infeasible", 3)
    records = {row["name"]: row for row in result.table("Conflicts").records()}
    goal = records["goal Liquidity at its aspiration"]
    assert (goal["kind"], goal["sense"], goal["cell"]) == ("limit", ">=", "Goals!B4")
    assert goal["bound"] == pytest.approx(100.0)
    assert goal["needed"] == pytest.approx(90.0)
    assert "goal Liquidity at its aspiration (Goals!B4) from 100.0 to 90.0" in " ".join(result.messages)
    tables["Goals"]["aspiration"] = [None, 20.0, 40.0]
    assert verbs.conflicts(tables).status == "checked"
    tables["Goals"]["aspiration"] = [None, -1.0, 40.0]
    records = {row["name"]: row for row in verbs.conflicts(tables).table("Conflicts").records()}
    goal = records["goal Risk at its aspiration"]
    assert (goal["sense"], goal["in_conflict"]) == ("<=", "yes")
    assert goal["needed"] == pytest.approx(0.0, abs=1e-9)
