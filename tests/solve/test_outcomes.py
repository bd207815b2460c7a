"""Outcomes without a plan, and what needs another solver: the status, the finding, its cell and its cure."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.strategies import book, model_of, optimum, random_positions
from xlalm.app import verbs
from xlalm.program.build import build_program
from xlalm.program.program import NotLinearError
from xlalm.solve import optimise

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
    assert solution.has_plan == (status == "optimal")
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
    honest = optimise.certify

    def refusing(*arguments, **named):
        return attrs.evolve(honest(*arguments, **named), accepted=False)

    monkeypatch.setattr(optimise, "certify", refusing)
    result = verbs.solve(tables)
    assert (result.status, result.exit_code) == ("feasible", 4)
    assert any("not proven best" in sentence for sentence in result.messages)


@pytest.mark.parametrize(
    ("limit", "where", "words", "cure"),
    [
        (("cet1_ratio * total_assets", ">=", 5.0), "Limits!D2", "holds a product", "nonlinear solver"),
        (("total_assets * rwa", "<=", 5e6), "Limits!D2", "holds a product", "nonlinear solver"),
        (("lcr + nsfr", ">=", 2.0), "Limits!D2", "compares a ratio with something that moves", "multiply"),
        (("cet1_ratio", ">=", "0.001 * total_assets"), "Limits!D2", "compares a ratio with something", "number"),
        (("min(lcr, nsfr)", ">=", 0.5), "Limits!D2", "a ratio inside a larger formula", "one ratio"),
        (("max(cet1_ratio, 5%)", "<=", 0.9), "Limits!D2", "a ratio inside a larger formula", "one ratio"),
        (("total_assets / (0 - total_liabilities)", "<=", 5.0), "Limits!D2", "not positive", "divides by"),
        (("rwa / turnover()", "<=", 5.0), "Limits!D2", "not positive", "divides by"),
    ],
)
def test_limits_that_need_the_nonlinear_solver(limit: tuple[str, str, Any], where: str, words: str, cure: str) -> None:
    named = {"limit": "named limit", "left": limit[0], "sense": limit[1], "right": limit[2], "unit": "number"}
    result = verbs.solve(book(FULL, [("sum(gamma)", "max")], [named]))
    assert result.status == "bad input"
    assert result.exit_code == 2
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert str(finding.cell) == where
    assert words in finding.text
    assert "named limit" in finding.text
    assert cure in finding.cure


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ("lcr + nsfr", "a ratio inside a larger formula"),
        ("total_assets * max(rwa, 5)", "a product of balances"),
        ("lcr * total_assets", "a product of balances"),
        ("min(lcr, nsfr)", "a ratio inside a larger formula"),
        ("lcr + total_assets", "a ratio inside a larger formula"),
    ],
)
def test_goals_that_need_the_nonlinear_solver(goal: str, words: str) -> None:
    result = verbs.solve(book(FULL, [(goal, "max")]))
    assert result.status == "bad input"
    (finding,) = (f for f in result.findings if f.severity == "error")
    assert str(finding.cell) == "Goals!B2"
    assert words in finding.text


def test_ratio_goal_with_soft_limits_is_refused_with_its_cure() -> None:
    soft = {"left": "total_assets", "sense": "<=", "right": 10.0, "hard": "no", "penalty": 1.0}
    with pytest.raises(NotLinearError) as caught:
        build_program(model_of(book(POSITIONS, [("cet1_ratio", "max")], [soft])))
    assert "soft" in caught.value.reason
    assert "hard" in caught.value.cure


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


def test_stop_ends_a_run_without_a_plan_or_with_one() -> None:
    """A user who stops at once gets a status, never an exception."""
    tables = book(POSITIONS | {"lot": [1.0, 1.0, 1.0, None]}, [("net(rate)", "max")])
    assert verbs.solve(tables, stop=lambda: True).status in {"optimal", "feasible", "failed"}


def test_progress_counts_to_its_total() -> None:
    seen: list[tuple[int, int, str]] = []
    verbs.solve(book(POSITIONS, [("net(rate)", "max")]), progress=lambda *step: seen.append(step))
    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert all(0 <= d <= total for d, total, _ in seen)
    assert all(text for _, _, text in seen)
