"""What a plan is told as, for facts given by hand, at every threshold."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.model.standing import Standing
from xlalm.reporting.facts import GoalFacts, PlanFacts, Reached
from xlalm.reporting.words.explanation import explain_plan

FACTS = PlanFacts(
    goal="margin",
    unit="amount",
    before=10.0,
    after=12.0,
    names=("a", "b", "c", "d", "e", "f"),
    opening=np.full(6, 100.0),
    plan=np.array([110.0, 95.0, 100.0, 100.0, 100.0, 100.0]),
    turnover=15.0,
    total_assets=1000.0,
    money="EUR",
    limits=(),
    dear_bound=None,
    penalty=0.0,
    conditional=False,
    proven=True,
)
RULE = model_of(bank(limit('position("Loans")', "<=", 100.0, limit="Cap", unit="amount"))).limits[0]


def said(**more: Any) -> list[str]:
    return explain_plan(attrs.evolve(FACTS, **more))


def stands(**more: Any) -> Standing:
    limit_facts = {key: more.pop(key) for key in ("sense", "lens", "active", "hard", "unit", "name") if key in more}
    plain = Standing(attrs.evolve(RULE, **limit_facts), 100.0, 100.0, 100.0, 100.0, 0.0, 1.0, True, "OK")
    return attrs.evolve(plain, **more)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (10.0, 12.0, "Margin rises from EUR 10.0 to EUR 12.0 (+20.0%)."),
        (-10.0, -12.0, "Margin falls from EUR -10.0 to EUR -12.0 (-20.0%)."),
        (-10.0, -8.0, "Margin rises from EUR -10.0 to EUR -8.00 (+20.0%)."),
        (0.0, 2.0, "Margin rises from EUR 0.00 to EUR 2.00."),
        (10.0, 10.0 + 0.9e-8, "Margin cannot be improved: it stays at EUR 10.0."),
        (10.0, 10.0 + 1.1e-8, "Margin rises from EUR 10.0 to EUR 10.0 (+0.0%)."),
        (0.5, 0.5 + 0.9e-9, "Margin cannot be improved: it stays at EUR 0.50."),
        (0.5, 0.5 + 1.1e-9, "Margin rises from EUR 0.50 to EUR 0.50 (+0.0%)."),
        (-10.0, -10.0 + 0.9e-8, "Margin cannot be improved: it stays at EUR -10.00."),
    ],
)
def test_the_goal(before: float, after: float, text: str) -> None:
    assert said(before=before, after=after)[0] == text


def test_the_moves_largest_first() -> None:
    assert said()[1:] == [
        "The largest changes are a up by 10.0 and b down by 5.00.",
        "In all EUR 15.0 moves, 1.5% of assets, both directions counted.",
    ]
    five = FACTS.opening + np.array([1.0, -5.0, 3.0, 0.0, 2.0, -4.0])
    assert said(plan=five)[1].startswith("The largest changes are b down by 5.00, f down by 4.00, c up by 3.00 and e")
    assert said(plan=five)[1].endswith("e up by 2.00 and 1 smaller ones.")
    for away, moves in ((1e-6, True), (0.0, False)):  # rounding is gone before anything is said
        still = said(plan=FACTS.opening + away * np.eye(6)[0])
        assert (still[1] == "No balance changes: the opening is already the best plan under these limits.") != moves


def test_a_limit_that_binds() -> None:
    start = "In balance sheet, Cap (≤ EUR 100.0)"
    assert said(limits=(stands(),))[3] == f"{start} is reached, but relaxing it alone would earn nothing."
    worth = f"{start} binds: relaxing it by EUR 1 is worth EUR 0.50 a year, 5 basis points of margin on assets."
    assert said(limits=(stands(worth=0.5),))[3] == worth
    assert said(limits=(stands(worth=0.5),), total_assets=0.0)[3].endswith("0 basis points of margin on assets.")
    assert said(limits=(stands(worth=0.5),), unit="%")[3].endswith("would improve the goal by 50.00%.")
    for more in ({"active": False}, {"sense": "="}, {"binding": False}):
        assert len(said(limits=(stands(worth=0.5, **more),))) == 3


def test_what_is_mended_and_what_is_given_up() -> None:
    broken = {"opening": 110.0, "binding": False}
    assert said(limits=(stands(**broken),))[3] == "It brings back inside what was broken at opening: Cap."
    for more in ({"active": False}, {"light": "BREACH"}, {"opening": 99.0}):
        assert len(said(limits=(stands(**broken | more),))) == 3
    soft = {"light": "BREACH", "hard": False, "binding": False}
    assert said(limits=(stands(**soft),), penalty=7.0)[3] == (
        "Soft limits given up: Cap, at a penalty of 7 goal units."
    )
    for more in ({"active": False}, {"light": "WATCH"}, {"hard": True}):
        assert len(said(limits=(stands(**soft | more),))) == 3


@pytest.mark.parametrize("lens", ["irrbb", "liquidity", "capital", "profit", "other"])
def test_the_nearest_limit_where_nothing_binds(lens: str) -> None:
    near = stands(lens=lens, binding=False, headroom=5.0, name="near")
    far = stands(lens=lens, binding=False, headroom=8.0, opening=40.0, bound=50.0)
    found = said(limits=(far, near))[3:]
    shown = lens in {"irrbb", "liquidity", "capital"}
    assert [text.endswith("the nearest is near with EUR 5.00 to spare.") for text in found] == [True] * shown
    assert len(said(limits=(far, near, stands(lens=lens)))) == 4  # one binds: it alone is told
    assert len(said(limits=(stands(lens=lens, binding=False, sense="="),))) == 3


def test_what_is_said_of_the_proof() -> None:
    assert said(proof="the best of three")[1] == "The plan is the best of three."
    assert said(conditional=True)[-1].startswith("Prices hold with the chosen lots and switches kept")
    limited = said(limits=(stands(),), proven=False)
    assert limited[-1].startswith("The plan meets every limit but is not proven best")
    for none in ((), (stands(active=False),)):
        assert said(limits=none, proven=False)[-1].startswith("The plan keeps to min and max but is not proven best")


def test_never_more_than_ten_sentences() -> None:
    many = tuple(stands(lens=lens, binding=False) for lens in ("irrbb", "liquidity", "capital"))
    binding = tuple(stands(worth=0.5) for _ in range(5))
    assert len(said(limits=many + binding, conditional=True, proven=False, proof="p")) == 10


def test_several_goals() -> None:
    goals = (GoalFacts("lcr", "%", 1.0, 1.1, 0.254), GoalFacts("margin", "amount", 10.0, 9.0, 1.0))
    found = said(reached=Reached("fnlp", 0.25, goals, ("Note.",)), unit="", limits=(stands(worth=0.5),))
    assert found[:3] == [
        "Method fnlp reaches 0.25.",
        "LCR goes from 100.00% to 110.00% (25% satisfied); Margin goes from EUR 10.0 to EUR 9.00 (100% satisfied).",
        "Note.",
    ]
    assert found[-1].endswith("would improve the overall result by 0.5.")
