"""What a plan is told as, for facts given by hand, at every threshold."""

from typing import Any

import attrs
import numpy as np
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.domain.prices import PriceRange
from xlalm.model.standing import Standing
from xlalm.reporting.facts import GoalFacts, PlanFacts, Reached
from xlalm.reporting.words.explanation import explain_plan

FACTS = PlanFacts(
    goal="margin",
    unit="amount per year",
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
        (10.0, 10.0 + 1.1e-8, "Margin rises from EUR 10.0 to EUR 10.000000011."),
        (0.5, 0.5 + 0.9e-9, "Margin cannot be improved: it stays at EUR 0.50."),
        (0.5, 0.5 + 1.1e-9, "Margin rises from EUR 0.50 to EUR 0.5000000011."),
        (0.001, 20.0, "Margin rises from EUR 0.00100 to EUR 20.0."),  # of hardly anything no percentage is told
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
    known = stands(worth=0.5, marginal=0.5, is_solved=True)
    assert said(limits=(known,))[3] == worth
    assert said(limits=(stands(worth=0.5),))[3] == worth.replace("relaxing", "at the margin relaxing")
    assert said(limits=(known,), total_assets=0.0)[3].endswith("is worth EUR 0.50 a year.")


@pytest.mark.parametrize(
    ("unit", "maximise", "worth", "does"),
    [
        ("amount", True, 0.5, "would raise the goal by EUR 0.50."),
        ("amount", False, 0.5, "would lower the goal by EUR 0.50."),
        ("%", True, 0.5, "would raise the goal by 50.00 points."),
        ("%", True, 0.00005, "would raise the goal by 0.5 basis points."),
        ("bp", False, 1.5, "would lower the goal by 1.5 bp."),
        ("tickets", False, 1.5, "would lower the goal by 1.5 tickets."),
        ("", True, 123456.7, "would raise the goal by 123,457."),
    ],
)
def test_a_goal_of_another_unit_is_priced_in_it(unit: str, maximise: bool, worth: float, does: str) -> None:
    text = said(limits=(stands(worth=worth, is_solved=True),), unit=unit, maximise=maximise)[3]
    assert text == f"In balance sheet, Cap (≤ EUR 100.0) binds: relaxing it by EUR 1 {does}"


def test_the_marginal_price_has_a_sentence_and_a_range_of_its_own() -> None:
    held = PriceRange(90.0, 100.004, None, None, None, None, "")
    state = stands(worth=0.5, marginal=8.0, is_solved=True, range=held)
    worth, price = said(limits=(state,))[3].split(" Its ")
    assert worth.endswith("is worth EUR 0.50 a year, 5 basis points of margin on assets.")
    assert price == "marginal price is EUR 8.00 a year per EUR 1, valid from EUR 90.0 to EUR 100.0."
    near = attrs.evolve(held, valid_from=99.998)
    assert said(limits=(attrs.evolve(state, range=near),))[3].endswith("valid from EUR 99.998 to EUR 100.004.")
    for ends, says in (((None, 110.0), "valid below EUR 110.0."), ((90.0, None), "valid above EUR 90.0.")):
        moved = attrs.evolve(held, valid_from=ends[0], valid_to=ends[1])
        assert said(limits=(attrs.evolve(state, range=moved),))[3].endswith(says)
    endless = attrs.evolve(held, valid_from=None, valid_to=None)
    assert "Its" not in said(limits=(attrs.evolve(state, range=endless),))[3]


def test_which_limits_are_told_as_binding() -> None:
    for more in ({"active": False}, {"sense": "="}, {"binding": False}):
        assert len(said(limits=(stands(worth=0.5, **more),))) == 3


def test_what_is_mended_and_what_is_given_up() -> None:
    broken = {"opening": 110.0, "binding": False}
    assert said(limits=(stands(**broken),))[3] == "It brings back inside what was broken at opening: Cap."
    for more in ({"active": False}, {"light": "BREACH"}, {"opening": 99.0}):
        assert len(said(limits=(stands(**broken | more),))) == 3
    soft = {"light": "BREACH", "hard": False, "binding": False, "value": 103.5}
    missed = "Soft limit Cap is missed by EUR 3.50 (EUR 103.5 for EUR 100.0), at a penalty of 7."
    assert said(limits=(stands(**soft),), penalty=7.0)[3:] == [missed]
    other = stands(**soft, name="Floor", unit="%", bound=0.2, lens="capital")
    both = said(limits=(stands(**soft), attrs.evolve(other, value=0.16)), penalty=7.0)[3:]
    assert both == [
        "Soft limits are missed, together at a penalty of 7: Cap by EUR 3.50 (EUR 103.5 for EUR 100.0); "
        "Floor by 4.00 points (16.00% for 20.00%)."
    ]
    quiet = stands(lens="capital", binding=False, headroom=5.0, name="near")
    text = said(limits=(attrs.evolve(other, value=0.16), quiet))[3]
    assert text == "Nothing else binds in capital; the nearest is near with EUR 5.00 to spare."
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
