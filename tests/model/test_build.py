"""A model that only values measures needs no goal, and part of a balance sheet need not balance."""

import pytest

from xlalm.app.run.book import open_book
from xlalm.model.build import build_model

PART = {"Positions": {"position": ["Loans", "Deposits"], "side": ["asset", "liability"], "balance": [80.0, 60.0]}}


def said(**how: bool) -> list[str]:
    model, findings = build_model(open_book(PART).tables, **how)
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    assert (model is None) == bool(errors)
    return errors


def test_a_plan_needs_goals_and_a_balance_sheet_that_balances() -> None:
    goals, balance = said()
    assert "the book has no table Goals" in goals
    assert "assets exceed liabilities and equity by 20 at opening" in balance


def test_a_value_needs_neither() -> None:
    assert said(goals_needed=False, must_balance=False) == []
    model, _ = build_model(open_book(PART).tables, goals_needed=False, must_balance=False)
    assert model is not None
    assert model.goals == ()
    assert model.compiler.at_opening(model.metrics["total_assets"][1]) == 80.0


@pytest.mark.parametrize("how", ["goals_needed", "must_balance"])
def test_each_is_asked_for_by_itself(how: str) -> None:
    (error,) = said(**{how: False})
    assert ("Goals" in error) == (how == "must_balance")
