"""Goals, payoff, metrics, allocation and the run's own account, worked by hand."""

from typing import Any

import pytest

import xlalm
from tests.figures.bank import bank, limit, row, rows, solved
from tests.strategies import Book

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'


def two_goals(method: str, weights: tuple[Any, Any] = (None, None), **more: Any) -> Book:
    """Return a bank that wants margin, 0.03·loans + 1.7, and little risk, 0.8·loans + 30, with loans up to 120."""
    tables = bank(
        limit(LOANS, "<=", 120.0, limit="Cap"), risk_weight=[1.0, 0.2, 0.0, 0.0], settings={"method": method} | more
    )
    tables["Goals"] = {
        "goal": ["margin", "risk"],
        "formula": ["net(rate)", "sum(risk_weight)"],
        "direction": ["max", "min"],
        "weight": list(weights),
    }
    return tables


def test_two_goals_meet_half_way() -> None:
    """Memberships loans/120 and 1 - loans/120 are both a half at 60."""
    found = solved(two_goals("fnlp"))
    assert row(found, "Allocation", "Loans")["optimal"] == pytest.approx(60.0)
    goals = rows(found, "GoalReport")
    expected = {
        "margin": ("max", 1.0, 3.5, 5.3, 1.7, 0.5, 4.7),
        "risk": ("min", 1.0, 78.0, 30.0, 126.0, 0.5, 110.0),
    }
    columns = ("direction", "weight", "value", "ideal", "worst", "membership", "opening")
    for name, figures in expected.items():
        for column, figure in zip(columns, figures, strict=True):
            assert goals[name][column] == (figure if isinstance(figure, str) else pytest.approx(figure)), column
    assert found["Payoff"].columns.tolist() == ["solved_for", "margin", "risk"]
    assert row(found, "Payoff", "margin") == {"solved_for": "margin", "margin": pytest.approx(5.3), "risk": 126.0}
    assert row(found, "Payoff", "risk") == {"solved_for": "risk", "margin": pytest.approx(1.7), "risk": 30.0}
    assert found.explanation[:2] == (
        "Method fnlp reaches 0.5.",
        "Margin goes from EUR 4.70 million to EUR 3.50 million (50% satisfied); "
        "Risk goes from EUR 110.0 million to EUR 78.0 million (50% satisfied).",
    )
    status = row(found, "PlanStatus", "Optimal")
    assert (status["goal"], status["moved"]) == ("2 goals by fnlp", pytest.approx(80.0))
    assert (status["opening"], status["plan"]) == (pytest.approx(1 / 6), pytest.approx(0.5))
    assert status["change"] == pytest.approx(1 / 3)


def test_a_weighted_sum_of_goals() -> None:
    """2 · margin - 0.01 · risk is 2·4.7 - 1.1 at opening and 2·5.3 - 1.26 at 120; a unit of loans is 0.06 - 0.008."""
    found = solved(two_goals("weighted_sum", (2.0, 0.01)))
    assert found.objective == pytest.approx(9.34)
    assert found.explanation[0] == "Weighted sum of the goals rises from 8.3 to 9.34 (+12.5%)."
    assert row(found, "LimitReport", "Cap")["shadow_price"] == pytest.approx(0.052)
    assert any("would raise the goal by 0.052" in text for text in found.explanation)
    goals = rows(found, "GoalReport")
    assert (goals["margin"]["weight"], goals["risk"]["weight"]) == (2.0, 0.01)
    assert (goals["margin"]["ideal"], goals["risk"]["membership"]) == (None, None)
    assert row(found, "PlanStatus", "Optimal")["goal"] == "2 goals by weighted_sum"


def test_a_goal_that_is_not_active_is_shown_with_no_weight() -> None:
    tables = two_goals("lp")
    tables["Goals"]["active"] = ["yes", "no"]
    found = solved(tables)
    goals = rows(found, "GoalReport")
    assert (goals["margin"]["weight"], goals["risk"]["weight"]) == (1.0, 0.0)
    assert (goals["risk"]["value"], goals["risk"]["opening"]) == (pytest.approx(126.0), pytest.approx(110.0))
    assert row(found, "PlanStatus", "Optimal")["goal"] == "margin"


def test_metrics_of_the_book_come_first_and_empty_measures_of_the_catalogue_do_not() -> None:
    tables = bank(limit(LOANS, "<=", 120.0))
    tables["Metrics"] = {
        "metric": ["nothing", "loan share"],
        "formula": ["0", f"{LOANS} / total_assets"],
        "unit": ["amount", "%"],
        "lens": ["other", "profit"],
    }
    found = solved(tables)
    metrics = rows(found, "MetricReport")
    assert list(metrics)[:2] == ["nothing", "loan share"]
    share = metrics["loan share"]
    assert (share["unit"], share["lens"]) == ("%", "profit")
    assert (share["opening"], share["optimal"], share["change"]) == tuple(
        pytest.approx(v) for v in (100 / 150, 120 / 150, 20 / 150)
    )
    assert metrics["nii_12m"]["opening"] == pytest.approx(4.7)
    assert metrics["balance_sheet_turnover"]["optimal"] == pytest.approx(40.0)
    assert "lcr" not in metrics
    checked = rows(xlalm.check(tables), "MetricReport")
    assert checked["loan share"]["change"] == 0.0


def test_allocation() -> None:
    """Every line with its side, its bounds and where it stands between them."""
    found = solved(
        bank(
            position=["Loans", "Bonds", "Deposits", "Capital", "At min", "At max", "Same"],
            side=["asset", "asset", "liability", "equity", "asset", "asset", "asset"],
            balance=[100.0, 50.0, 190.0, 20.0, 20.0, 20.0, 20.0],
            min=[0.0, 0.0, 190.0, None, 10.0, 0.0, 20.0],
            max=[130.0, 200.0, 190.0, None, 90.0, 30.0, 20.0],
            rate=[0.03, 0.02, 0.01, 0.0, 0.01, 0.05, 0.07],
        )
    )
    frame = found["Allocation"].set_index("position")
    assert frame["status"].to_dict() == {
        "Loans": "at maximum",
        "Bonds": "between",
        "Deposits": "fixed",
        "Capital": "fixed",
        "At min": "at minimum",
        "At max": "at maximum",
        "Same": "fixed",
    }
    assert frame["optimal"].tolist() == pytest.approx([130.0, 20.0, 190.0, 20.0, 10.0, 30.0, 20.0])
    assert frame["change"].tolist() == pytest.approx([30.0, -30.0, 0.0, 0.0, -10.0, 10.0, 0.0])
    assert frame["side"].tolist()[:4] == ["asset", "asset", "liability", "equity"]
    reduced = frame["reduced_cost"]
    assert [reduced[name] for name in ("Loans", "Bonds", "At min", "At max", "Same")] == pytest.approx(
        [0.01, 0.0, -0.01, 0.03, 0.05]
    )


def test_what_the_run_says_of_itself() -> None:
    tables = bank(
        limit(LOANS, "<=", 120.0, limit="a"),
        limit(BONDS, ">=", 1.0, limit="b"),
        limit(BONDS, ">=", 2.0, limit="c", active="no"),
        max={"Loans": None},  # a blank max is a warning
    )
    found = solved(tables)
    said = rows(found, "RunInfo")
    values = {item: record["value"] for item, record in said.items()}
    assert list(values)[:5] == ["status", "run at (UTC)", "method", "how it was solved", "objective"]
    assert values["status"] == "Optimal"
    assert values["objective"] == pytest.approx(5.3)
    assert (values["method"], values["positions"], values["limits enforced"]) == ("lp", 4, 2)
    assert values["proof accepted"] == "yes"
    assert values["warnings"] == len([text for text in found.findings if "max" in text]) == 1
    for figure in ("worst broken limit or bound", "worst wrong-signed price", "complementary slackness", "gap"):
        assert values[figure] == pytest.approx(0.0, abs=1e-9)
    assert "optimality conditions, scaled residual" not in values
    manifest = found.result.manifest
    assert manifest is not None
    assert values["inputs SHA-256"] == manifest["inputs_sha256"]
    assert {item for item in values if item.startswith("seconds: ")} >= {"seconds: compile", "seconds: solve"}


def test_statuses_in_words() -> None:
    assert row(xlalm.solve(bank(limit(LOANS, ">=", 160.0))), "PlanStatus", "No plan meets all limits")["plan"] is None
    failed = xlalm.solve(bank(limit(LOANS, ">=", 160.0)))
    status = row(failed, "PlanStatus", "No plan meets all limits")
    assert (status["opening"], status["change"], status["moved"]) == (pytest.approx(4.7), None, None)
    assert {row["value"] for row in rows(failed, "RunInfo").values()} >= {"No plan meets all limits", "no"}


def test_a_measure_of_which_every_part_is_nothing_is_left_out() -> None:
    """Risk weights of 0 make risk-weighted assets of 0, and a density of 0 that is a ratio of assets."""
    metrics = rows(solved(bank(risk_weight=[0.0] * 4)), "MetricReport")
    assert metrics["rwa_density"]["optimal"] == 0.0
    assert "rwa" not in metrics
