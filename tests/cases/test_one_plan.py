"""One plan: what is certified is what is reported, and among equally good plans it is the one that moves least."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, NII, Row, frames, six_lines
from xlalm.app.run.book import open_book
from xlalm.model.build import build_model
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.certify import certify

OFF: Row = {"setting": "balance_identity", "value": "off"}
START: Row = {"setting": "timing", "value": "start"}


def solved(*positions: Row, **tables: list[Row]) -> Any:
    """Return the answer of a bank of these positions; its goal is NII unless another is given."""
    return xlalm.solve(frames({"Positions": positions, "Goals": [NII], **tables}))


def balances(answer: Any) -> dict[str, float]:
    table = answer["Allocation"]
    return dict(zip(table["position"], table["optimal"], strict=True))


def moved(answer: Any) -> float:
    return float(answer["Allocation"]["change"].abs().sum())


def no_change(answer: Any) -> bool:
    return any("No balance changes" in line for line in answer.explanation)


# --- what is certified is what is reported -------------------------------------------------------------


def test_a_small_balance_beside_a_large_one_is_not_rounded_away() -> None:
    """A book in EUR with 200 billion on one line: B = 60 is what 1,000·B >= 60,000 needs, not 0."""
    answer = solved(
        {"position": "A", "side": "asset", "balance": 1e11, "min": 0, "max": 2e11, "w": 0.0, "c": 1.0},
        {"position": "B", "side": "asset", "balance": 0.0, "min": 0, "max": 1e6, "w": 1000.0, "c": -1.0},
        Limits=[{"limit": "L", "left": "sum(w)", "sense": ">=", "right": 60000.0}],
        Goals=[{"goal": "g", "formula": "sum(c)", "direction": "max"}],
        Settings=[OFF],
    )
    assert balances(answer) == {"A": 2e11, "B": pytest.approx(60.0, rel=1e-9)}
    assert answer["LimitReport"]["headroom"][0] == pytest.approx(0.0, abs=1e-4)
    assert list(answer["Allocation"]["status"]) == ["at maximum", "between"]
    assert answer.result.certificate["accepted"]


def test_a_broken_limit_is_judged_by_its_own_amounts() -> None:
    """60,000 missed is no rounding because another line of the book holds 200 billion."""
    tables = {
        "Positions": [
            {"position": "A", "side": "asset", "balance": 1e11, "min": 0, "max": 2e11, "w": 0.0},
            {"position": "B", "side": "asset", "balance": 0.0, "min": 0, "max": 1e6, "w": 1000.0},
        ],
        "Limits": [{"limit": "L", "left": "sum(w)", "sense": ">=", "right": 60000.0}],
        "Goals": [{"goal": "g", "formula": "sum(w)", "direction": "min"}],
        "Settings": [OFF],
    }
    model, _ = build_model(open_book(frames(tables)).tables)
    assert model is not None
    program = build_program(problem_of(model)).program
    assert certify(program, np.array([2e11, 60.0]), None).accepted
    assert not certify(program, np.array([2e11, 0.0]), None).accepted


# --- the plan that moves least -------------------------------------------------------------------------


def test_equal_yields_leave_the_bank_as_it_is() -> None:
    """NII is 3.5 for every split of A and B (source: portfolio-performance/portfolio issue 5902, fewer trades)."""
    answer = solved(
        {"position": "Gov A", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0.03},
        {"position": "Gov B", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0.03},
        {"position": "Cash", "side": "asset", "balance": 50, "min": 50, "max": 300, "rate": 0},
        {"position": "Deposits", "side": "liability", "balance": 250, "min": 250, "max": 250, "rate": 0.01},
    )
    assert answer.objective == pytest.approx(3.5)
    assert moved(answer) == 0.0
    assert no_change(answer)


def test_an_asset_that_earns_what_it_costs_stays() -> None:
    """Every size earns 0: closing the bank is no better (source: portfolio-performance/portfolio issue 5902)."""
    answer = solved(
        {"position": "Assets", "side": "asset", "balance": 10, "min": 0, "max": 1000, "rate": 0.01},
        {"position": "Deposits", "side": "liability", "balance": 10, "min": 0, "max": 1000, "rate": 0.01},
    )
    assert (answer.objective, moved(answer)) == (0.0, 0.0)
    assert no_change(answer)
    assert not any("of assets" in line or "-0.0" in line for line in answer.explanation)


@pytest.mark.parametrize("rates", [[0.0] * 6, [0.03, 0.03, 0.03, 0.03, 0.03, 0.0]])
def test_where_nothing_is_earned_nothing_moves(rates: list[float]) -> None:
    book = six_lines()
    book["Positions"]["rate"] = rates
    book["Goals"].loc[0, "formula"] = 'net(rate, side <> "equity")'
    answer = xlalm.solve(book)
    assert moved(answer) == 0.0
    assert no_change(answer)


def test_a_ratio_goal_moves_least_too() -> None:
    """Both loans earn 5 %; the best return on assets holds no cash, and how the loans are split does not matter."""
    answer = solved(
        {"position": "Loans A", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0.05},
        {"position": "Loans B", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0.05},
        {"position": "Cash", "side": "asset", "balance": 50, "min": 0, "max": 300, "rate": 0.0},
        {"position": "Deposits", "side": "liability", "balance": 250, "min": 0, "max": 400, "rate": 0.0},
        Goals=[{"goal": "yield", "formula": 'sum(rate) / total(side = "asset")', "direction": "max"}],
    )
    assert answer.objective == pytest.approx(0.05)
    # the cash leaves, and so much of the deposits: growing a loan instead moves as much
    assert moved(answer) == pytest.approx(100.0)


def test_lots_move_least_too() -> None:
    """Three lots of equal yield: one must grow by 10, the other two stay."""
    lot = {"side": "asset", "min": 0, "max": 100, "rate": 0.03, "lot": 5}
    answer = solved(
        {"position": "A", "balance": 50, **lot},
        {"position": "B", "balance": 20, **lot},
        {"position": "C", "balance": 40, **lot},
        Limits=[{"limit": "size", "left": 'total(side = "asset")', "sense": "<=", "right": 120, "unit": "amount"}],
        Settings=[OFF],
        Goals=[{"goal": "income", "formula": "sum(rate)", "direction": "max"}],
    )
    assert answer.objective == pytest.approx(3.6)
    assert moved(answer) == pytest.approx(10.0)


def test_several_goals_move_least_among_the_plans_they_leave() -> None:
    book = frames({"Positions": [], "Goals": []})
    book["Positions"] = pd.DataFrame(
        {
            "position": ["A1", "A2", "B1", "B2", "Funding"],
            "side": ["asset"] * 4 + ["liability"],
            "balance": [100.0, 100.0, 50.0, 50.0, 300.0],
            "min": [0.0, 0.0, 0.0, 0.0, 300.0],
            "max": [300.0, 300.0, 300.0, 300.0, 300.0],
            "rate": [0.04, 0.04, 0.01, 0.01, 0.0],
            "safe": [0.0, 0.0, 1.0, 1.0, 0.0],
        }
    )
    book["Goals"] = pd.DataFrame(
        {
            "goal": ["yield", "safety"],
            "formula": ["sum(rate)", "sum(safe)"],
            "direction": ["max", "max"],
            "weight": [1, 1],
        }
    )
    for method in ("fnlp", "fagp", "lexicographic", "wfnlp_direct", "weighted_sum_normalised"):
        answer = xlalm.solve({**book, "Settings": pd.DataFrame({"setting": ["method"], "value": [method]})})
        own = answer["Allocation"].set_index("position")["change"]
        # what goes from A to B, or back, is taken from one of each: nothing within A or within B
        assert abs(own["A1"]) + abs(own["A2"]) == pytest.approx(abs(own["A1"] + own["A2"])), method
        assert abs(own["B1"]) + abs(own["B2"]) == pytest.approx(abs(own["B1"] + own["B2"])), method
        assert answer.result.certificate["accepted"], method


def test_prices_are_those_of_the_goal_and_not_of_the_tie() -> None:
    """Two equal loans under one cap: one more of it earns 0.05, whatever the plan that moves least is."""
    answer = solved(
        {"position": "A", "side": "asset", "balance": 40, "min": 0, "max": 300, "rate": 0.05},
        {"position": "B", "side": "asset", "balance": 40, "min": 0, "max": 300, "rate": 0.05},
        Limits=[{"limit": "size", "left": 'total(side = "asset")', "sense": "<=", "right": 100, "unit": "amount"}],
        Goals=[{"goal": "income", "formula": "sum(rate)", "direction": "max"}],
        Settings=[OFF],
    )
    limit, lines = answer["LimitReport"].iloc[0], answer["Allocation"]
    assert moved(answer) == pytest.approx(20.0)
    assert (limit["shadow_price"], limit["valid_from"], limit["valid_to"]) == pytest.approx((0.05, 0.0, 600.0))
    assert list(lines["reduced_cost"]) == pytest.approx([0.0, 0.0])


# --- at opening, against the right side at opening -----------------------------------------------------


def test_a_right_side_that_moves_repairs_nothing_that_was_whole() -> None:
    """Loans 900 at most deposits 920; the plan lets deposits fall to 700 (a right side that moves)."""
    answer = solved(
        {"position": "Loans", "side": "asset", "balance": 900, "min": 0, "max": 1000, "rate": 0.03},
        {"position": "Cash", "side": "asset", "balance": 100, "min": 0, "max": 300, "rate": 0},
        {"position": "Deposits", "side": "liability", "balance": 920, "min": 700, "max": 1000, "rate": 0.04},
        {"position": "Equity", "side": "equity", "balance": 80},
        Limits=[{"limit": "Cap", "left": 'position("Loans")', "sense": "<=", "right": 'position("Deposits")'}],
        Settings=[START],
    )
    assert not any("broken at opening" in line for line in answer.explanation)
    assert answer["Utilisations"]["opening"][0] == pytest.approx(900 / 920)


def test_a_limit_that_held_with_both_sides_at_opening_was_not_broken() -> None:
    """Capital 10 against 9 % of loans of 100; the plan needs 11.7 for 130."""
    answer = solved(
        {"position": "Loans", "side": "asset", "balance": 100, "min": 50, "max": 130, "rate": 0.05, "w": 1.0},
        {"position": "Deposits", "side": "liability", "balance": 90, "min": 50, "max": 200, "rate": 0.01},
        {"position": "Capital", "side": "liability", "balance": 10, "min": 5, "max": 20, "rate": 0.04, "c": 1.0},
        Limits=[{"limit": "Capital", "left": "sum(c)", "sense": ">=", "right": "9% * sum(w)"}],
        Goals=[{"goal": "NII", "formula": "net(rate)", "direction": "max"}],
    )
    assert not any("broken at opening" in line for line in answer.explanation)


def test_a_breach_at_opening_is_not_hidden_by_a_right_side_that_grows() -> None:
    """Loans 900 above deposits 880: broken at opening although the plan's deposits would allow 900."""
    lines = [dict(row) for row in BANK]
    lines[2] |= {"balance": 880, "rate": 0.01, "max": 1100}
    lines[3] |= {"balance": 120}
    limit = {"limit": "Cap", "left": 'position("Loans")', "sense": "<=", "right": 'position("Deposits")'}
    answer = solved(*lines, Limits=[limit])
    assert any("broken at opening: Cap" in line for line in answer.explanation)


# --- worths beside lots --------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 41, 130])
def test_the_worth_beside_lots_does_not_hang_on_where_the_limit_stands(before: int) -> None:
    """Max 3a + b, a in lots of 6, a + b <= 11: one unit more of budget allows a = 12, worth 13 and not 1.

    A slack limit is worth 0 where that was found by solving again; only where it was not looked for it has no worth.
    """
    loose = [{"limit": f"slack {k}", "left": "sum(w)", "sense": "<=", "right": 1000.0 + k} for k in range(before)]
    answer = solved(
        {"position": "a", "side": "asset", "balance": 0, "min": 0, "max": 60, "c": 3, "w": 1, "lot": 6},
        {"position": "b", "side": "asset", "balance": 0, "min": 0, "max": 100, "c": 1, "w": 1},
        Limits=[*loose, {"limit": "budget", "left": "sum(w)", "sense": "<=", "right": 11.0}],
        Goals=[{"goal": "g", "formula": "sum(c)", "direction": "max"}],
        Settings=[OFF],
    )
    limits = answer["LimitReport"]
    assert limits["worth_of_one_unit"].iloc[-1] == pytest.approx(13.0)
    assert set(limits["worth_of_one_unit"].iloc[:-1].dropna()) <= {0.0}
    unknown = limits["worth_of_one_unit"].isna().sum()
    assert (unknown > 0) == (before == 130)
    said = [line for line in answer.explanation if "not looked for" in line]
    assert len(said) == (before == 130)
    assert all(f"those of {unknown} limits" in line for line in said)


# --- lots that are too unlike --------------------------------------------------------------------------


def lots_in_one_limit(amounts: list[float], sense: str, bound: float) -> Any:
    """Return the answer of min Σv over lots of 1 between 0 and 1, with Σ amount·lot against a bound."""
    lines: list[Row] = [
        {"position": f"A{i}", "side": "asset", "balance": 0, "min": 0, "max": 1, "lot": 1, "c": amount, "v": 1}
        for i, amount in enumerate(amounts)
    ]
    return solved(
        *lines,
        Limits=[{"limit": "C1", "left": "sum(c)", "sense": sense, "right": bound}],
        Goals=[{"goal": "v", "formula": "sum(v)", "direction": "min"}],
        Settings=[OFF],
    )


def test_lots_of_a_billion_and_of_a_hundred_contradict() -> None:
    """Sums of 1e9 and 100 are never 999,999,998 (ERGO-Code/HiGHS issue 1721): C1 and the lots, exit 3."""
    answer = lots_in_one_limit([1e9] * 6 + [100.0, 1e9], "=", 999999998.0)
    assert (answer.status, answer.result.exit_code) == ("infeasible", 3)
    assert "C1" in " ".join(answer.explanation)
    assert "lot of A6" in " ".join(answer.explanation)


@pytest.mark.parametrize("seed", range(15))
def test_lots_of_any_size_are_decided_rightly_or_said_not_to_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    amounts = (10.0 ** rng.integers(0, 11, 7)).round()
    bound = float(rng.integers(0, 2, 7) @ amounts + rng.choice([0, 0, -2, 1, 100, -1]))
    sense = str(rng.choice(["=", "=", ">=", "<="]))
    fits = {"=": np.equal, ">=": np.greater_equal, "<=": np.less_equal}[sense]
    ways = np.array(np.meshgrid(*[(0, 1)] * 7)).reshape(7, -1).T
    held = ways[fits(ways @ amounts, bound)]
    answer = lots_in_one_limit(amounts.tolist(), sense, bound)
    if answer.status == "optimal":
        assert len(held)
        assert answer.objective == pytest.approx(held.sum(axis=1).min())
    elif answer.status == "infeasible":
        assert not len(held)
    elif answer.status == "feasible":
        assert len(held)
    else:
        assert "cannot be decided at this scaling" in answer.result.findings[-1].text
