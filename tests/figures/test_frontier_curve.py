"""A frontier drawn by hand: three regimes of one limit, read as figures, tables and sentences."""

import math
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.reporting.frontier import (
    allocation_by_level,
    contributions,
    frontier_records,
    frontier_sentences,
    frontier_summary,
    goal_as_written,
    shown_range,
)
from xlalm.solver.highs.run import Options
from xlalm.solver.sensitivity.curve import Frontier
from xlalm.solver.sensitivity.frontier import _without_churn, exact_frontier, proof
from xlalm.solver.sensitivity.moving import Segment

INF = math.inf
MODEL = model_of(bank(limit('position("Loans")', "<=", 100.0, limit="Loans", unit="amount")))
BUILD = build_program(problem_of(MODEL))
COLUMNS = np.array([100.0, 50.0, 130.0, 20.0])
TOWARDS = np.array([1.0, -1.0, 0.0, 0.0])


def segment(low: float, high: float, price: float, objective: float, **more: Any) -> Segment:
    """Return a regime seen from its low end, or from its high one where it has no low end."""
    base = low if np.isfinite(low) else high
    return Segment(base, low, high, price, COLUMNS + (base - 100.0) * TOWARDS, objective, TOWARDS, **more)


DRAWN = Frontier(
    MODEL,
    BUILD,
    0,
    100.0,
    (
        segment(80.0, 100.0, 0.05, 3.0, stops_low="Bonds reaches its max", stops_high="Bonds reaches its min"),
        segment(100.0, 150.0, 0.03, 4.0, stops_high="this limit itself"),
        segment(150.0, INF, 0.0, 5.5),
    ),
)
"""No plan below 80; 0.05 a unit up to 100, 0.03 up to 150, nothing beyond."""


def test_a_regime_read_at_its_bounds() -> None:
    straight = segment(100.0, 150.0, 0.03, 4.0)
    assert [straight.price_at(bound) for bound in (100.0, 150.0)] == [0.03, 0.03]
    assert straight.objective_at(np.array([100.0, 110.0, 150.0])) == pytest.approx([4.0, 4.3, 5.5])
    bent = attrs.evolve(straight, bend=0.01)
    assert bent.price_at(150.0) == pytest.approx(0.03 / 0.25)
    assert bent.objective_at(np.array([150.0])) == pytest.approx([4.0 + 0.03 * 50 / 0.5])
    assert bent.price_at(200.0) == INF
    assert attrs.evolve(bent, price=-0.03).price_at(250.0) == -INF
    assert attrs.evolve(bent, bend=-0.01).price_at(INF) == 0.0
    flat = attrs.evolve(bent, price=0.0)
    assert (flat.price_at(200.0), flat.objective_at(np.array([200.0])).tolist()) == (0.0, [4.0])


def test_the_goal_and_its_slope() -> None:
    assert (DRAWN.least, DRAWN.most) == (80.0, INF)
    found = DRAWN.objective_at(np.array([79.0, 80.0, 90.0, 120.0, 1000.0]))
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([3.0, 3.5, 4.6, 5.5])
    assert [DRAWN.slope_above(bound) for bound in (79.0, 80.0, 99.0, 100.0, 149.0, 150.0, 999.0)] == [
        *(None, 0.05, 0.05, 0.03, 0.03, 0.0, 0.0),
    ]
    ended = attrs.evolve(DRAWN, segments=DRAWN.segments[:2])
    assert [ended.slope_above(bound) for bound in (149.0, 150.0, 151.0)] == [0.03, None, None]
    assert DRAWN.plan_at(79.0) is None
    assert DRAWN.plan_at(90.0) == pytest.approx([90.0, 60.0, 130.0, 20.0])
    assert goal_as_written(DRAWN) == 4.0
    assert goal_as_written(attrs.evolve(DRAWN, written=70.0)) is None
    assert goal_as_written(attrs.evolve(DRAWN, segments=())) is None


@pytest.mark.parametrize(
    ("change", "asked", "shown"),
    [
        # corners 80, 100, 150: a span of 70, a tenth of it around, rounded outwards to whole units
        ({}, (None, None), (73.0, 157.0)),
        ({}, (60.0, None), (60.0, 157.0)),
        ({}, (None, 200.0), (73.0, 200.0)),
        ({"written": 280.0}, (None, None), (60.0, 300.0)),
        ({"cut_low": True}, (None, None), (80.0, 157.0)),
        ({"cut_high": True}, (None, None), (73.0, 157.0 - 7.0)),
        # the last regime goes on paying: as much again is shown
        ({"segments": (*DRAWN.segments[:1], segment(100.0, INF, 0.03, 4.0))}, (None, None), (78.0, 120.0)),
        ({"segments": (segment(-INF, 100.0, 0.03, 4.0), DRAWN.segments[2])}, (None, None), (50.0, 155.0)),
        ({"segments": ()}, (None, None), (90.0, 110.0)),
        ({"segments": (), "written": 0.5}, (None, None), (0.4, 0.6)),
        ({"segments": (), "written": 0.0}, (None, None), (0.0, 0.1)),
        ({"written": 2.0}, (None, None), (0.0, 170.0)),
        ({}, (120.0, 110.0), (120.0, 190.0)),
    ],
)
def test_the_range_shown(
    change: dict[str, Any], asked: tuple[float | None, float | None], shown: tuple[float, float]
) -> None:
    assert shown_range(attrs.evolve(DRAWN, **change), *asked) == pytest.approx(shown)


def test_the_rows_of_the_frontier() -> None:
    rows = frontier_records(DRAWN, 73.0, 157.0)
    assert [(row["bound"], row["slope"], row["event"]) for row in rows] == [
        (73.0, None, "no plan below EUR 80.0 million"),
        (80.0, 0.05, "least bound with a plan (Bonds reaches its max)"),
        (100.0, 0.03, "Bonds reaches its min; as written"),
        (150.0, 0.0, "Loans stops binding"),
        (157.0, 0.0, "end of the range"),
    ]
    assert [row["objective"] for row in rows[1:]] == pytest.approx([3.0, 4.0, 5.5, 5.5])
    inside = frontier_records(DRAWN, 110.0, 120.0)
    assert [(row["bound"], row["event"]) for row in inside] == [
        (110.0, "end of the range"),
        (120.0, "end of the range"),
    ]


def test_what_takes_over() -> None:
    starts = (segment(-INF, 80.0, 0.0, 3.0), segment(80.0, 100.0, -0.05, 3.0), segment(100.0, 120.0, -0.07, 2.0))
    found = attrs.evolve(DRAWN, segments=starts, written=90.0)
    assert [(row["bound"], row["event"]) for row in frontier_records(found, 70.0, 130.0)] == [
        (70.0, "end of the range"),
        (80.0, "Loans starts to bind"),
        (90.0, "as written"),
        (100.0, "another plan takes over"),
        (120.0, "greatest bound with a plan"),
        (130.0, "no plan above EUR 120.0 million"),
    ]
    cut = attrs.evolve(DRAWN, segments=DRAWN.segments[:2], cut_low=True, cut_high=True)
    assert [(row["bound"], row["event"]) for row in frontier_records(cut, 70.0, 160.0)] == [
        (70.0, "not followed"),
        (100.0, "Bonds reaches its min; as written"),
        (160.0, "not followed"),
    ]
    stopped = attrs.evolve(DRAWN, segments=(attrs.evolve(DRAWN.segments[1], stops_high="Bonds reaches its min"),))
    assert frontier_records(stopped, 100.0, 150.0)[-1]["event"] == "greatest bound with a plan (Bonds reaches its min)"
    itself = attrs.evolve(DRAWN, segments=DRAWN.segments[1:2])
    assert frontier_records(itself, 100.0, 150.0)[-1]["event"] == "greatest bound with a plan"


@pytest.mark.parametrize(
    ("status", "event"), [("unbounded", "the goal has no end"), ("infeasible", "no plan at any bound of this limit")]
)
def test_a_frontier_without_regimes(status: Any, event: str) -> None:
    empty = attrs.evolve(DRAWN, segments=(), status=status)
    assert frontier_records(empty, 1.0, 2.0) == [
        {"limit": "Loans", "bound": bound, "event": event} for bound in (1.0, 2.0)
    ]
    (said,) = frontier_sentences(empty, 1.0, 2.0)
    assert said.startswith("The goal has no end" if status == "unbounded" else "No bound of Loans leaves a plan")
    assert frontier_summary(empty, 1.0, 2.0) == said
    assert allocation_by_level(empty, 1.0, 2.0).rows == ()


def test_the_sentences() -> None:
    assert frontier_sentences(DRAWN, 73.0, 157.0) == [
        "No plan exists with Loans below EUR 80.0 million.",
        "From EUR 80.0 million to EUR 100.0 million raising it by EUR 1 million changes the goal by EUR 50 thousand.",
        "From EUR 100.0 million to EUR 150.0 million raising it by EUR 1 million changes the goal by EUR 30 thousand.",
        "From EUR 150.0 million to EUR 157.0 million the limit does not bind.",
    ]
    assert len(frontier_sentences(DRAWN, 110.0, 120.0)) == 2
    assert frontier_summary(DRAWN, 73.0, 157.0) == (
        "No plan exists with Loans below EUR 80.0 million. From EUR 100.0 million to EUR 150.0 million raising it by "
        "EUR 1 million changes the goal by EUR 30 thousand. The frontier has 3 pieces."
    )
    bent = attrs.evolve(DRAWN, segments=(attrs.evolve(DRAWN.segments[1], bend=0.01),), notes=("Note.",))
    assert frontier_sentences(bent, 100.0, 150.0) == [
        "No plan exists with Loans below EUR 100.0 million.",
        "No plan exists with Loans above EUR 150.0 million.",
        "From EUR 100.0 million to EUR 150.0 million raising it by EUR 1 million changes the goal by "
        "EUR 30 thousand at first and EUR 0.12 million at last.",
        "Note.",
    ]


@pytest.mark.parametrize(("count", "told"), [(13, 13), (14, 12)])
def test_many_pieces_are_counted(count: int, told: int) -> None:
    pieces = tuple(segment(100.0 + k, 101.0 + k, 1.0 + k, 0.0) for k in range(count))
    said = frontier_sentences(attrs.evolve(DRAWN, segments=pieces, cut_low=True, cut_high=True), 100.0, 120.0)
    assert sum(text.startswith("From ") for text in said) == told
    assert (said[-1] == "2 more pieces stand in the table Frontier.") == (told < count)


def test_the_plan_at_levels() -> None:
    rows = allocation_by_level(DRAWN, 70.0, 120.0).records()
    assert [row["bound"] for row in rows] == pytest.approx([80.0 + 2 * k for k in range(21)])
    assert (rows[5]["Loans"], rows[5]["Bonds"], rows[5]["objective"], rows[5]["slope"]) == (90.0, 60.0, 3.5, 0.05)
    assert len(allocation_by_level(attrs.evolve(DRAWN, segments=DRAWN.segments[:1]), 100.0, 120.0).rows) == 1


def test_contributions_as_written() -> None:
    """Loans of 100 earn 5 and are all of the measure; bonds earn 1, deposits cost 1.3: 4.7 in all."""
    rows = {row["position"]: row for row in contributions(DRAWN).records()}
    assert list(rows) == ["Loans", "Bonds", "Deposits"]
    assert [row["goal"] for row in rows.values()] == pytest.approx([5.0, 1.0, -1.3])
    assert [row["goal_share"] for row in rows.values()] == pytest.approx([5 / 4.7, 1 / 4.7, -1.3 / 4.7])
    assert [row["use"] for row in rows.values()] == [100.0, 0.0, 0.0]
    assert [row["use_share"] for row in rows.values()] == [1.0, 0.0, 0.0]
    assert rows["Loans"]["goal_per_use"] == pytest.approx(0.05)
    assert contributions(attrs.evolve(DRAWN, written=70.0)).rows == ()


def test_what_is_used_without_earning_anything_has_its_row() -> None:
    model = model_of(bank(limit('position("Loans") + 2 * position("Capital")', "<=", 140.0, limit="Loans")))
    rows = {row["position"]: row for row in contributions(attrs.evolve(DRAWN, model=model)).records()}
    assert list(rows) == ["Loans", "Capital", "Bonds", "Deposits"]
    assert (rows["Capital"]["goal"], rows["Capital"]["use"]) == (0.0, 40.0)
    assert rows["Capital"]["goal_per_use"] == 0.0


@pytest.mark.parametrize(("off", "accepted"), [(0.0, True), (4e-6, True), (6e-6, False)])
def test_a_frontier_is_proven_by_solving_again(off: float, *, accepted: bool) -> None:
    """The best at 110 is 5.0, at 60 of loans and more bonds less: a millionth of the goal may be missing."""
    found = exact_frontier(MODEL, 0, Options())
    moved = attrs.evolve(
        found, segments=tuple(attrs.evolve(each, objective=each.objective + off) for each in found.segments)
    )
    checked = proof(moved, Options(), 105.0, 115.0)
    assert checked is not None
    assert checked.objective_difference == pytest.approx(off / 5.0, abs=1e-9)
    assert checked.accepted == accepted
    assert proof(found, Options(), -20.0, -10.0) is None


@pytest.mark.parametrize("written", [50.0, 100.0, 170.0])
def test_a_frontier_is_the_same_from_wherever_it_starts(written: float) -> None:
    """Loans of 60 or more, 150 at most: 4.7 at 100 and 0.03 a unit. A cap of 50 as it is written has no plan."""
    cap = limit('position("Loans")', "<=", written, limit="Cap", unit="amount")
    found = exact_frontier(model_of(bank(cap, limit('position("Loans")', ">=", 60.0, limit="Floor"))), 0, Options())
    assert (found.least, found.most) == (pytest.approx(60.0), INF)
    assert found.objective_at(np.array([60.0, 100.0, 150.0, 180.0])) == pytest.approx([3.5, 4.7, 6.2, 6.2])
    assert np.isnan(found.objective_at(np.array([59.0]))[0])
    assert goal_as_written(found) == (
        None if written == 50.0 else pytest.approx(min(4.7 + 0.03 * (written - 100), 6.2))
    )
    assert [found.slope_above(bound) for bound in (60.0, 149.0, 151.0)] == [pytest.approx(0.03), pytest.approx(0.03), 0]


@pytest.mark.parametrize(
    ("written", "fine", "kept"),
    [
        (105.0, "yyyyn", (0, 3)),
        (105.0, "nyyyy", (1, 4)),
        (105.0, "nyyyn", (1, 3)),
        (105.0, "ynyny", (2, 2)),
        (105.0, "nnnyy", (3, 4)),  # none as written: the first that can be shown
        (85.0, "yynyy", (0, 1)),
        (500.0, "yynyy", (3, 4)),
    ],
)
def test_a_frontier_ends_where_it_would_pay_to_grow_and_shrink_at_once(
    written: float, fine: str, kept: tuple[int, int]
) -> None:
    """Five regimes of 10 from 80 on: those around the bound as written are shown, up to the next at fault."""
    five = tuple(segment(80.0 + 10 * k, 90.0 + 10 * k, 0.03, 3.0) for k in range(5))
    moving: Any = SimpleNamespace(churning=lambda each: () if fine[five.index(each)] == "y" else ("Loans",))
    shown = _without_churn(attrs.evolve(DRAWN, segments=five, written=written), moving)
    assert shown.segments == five[kept[0] : kept[1] + 1]
    assert (shown.cut_low, shown.cut_high) == (kept[0] > 0, kept[1] < 4)
    assert len(shown.notes) == 1


def test_a_measure_below_zero_has_shares_too() -> None:
    """Loans and bonds with a minus are -100 and -50: two thirds and one third of -150."""
    model = model_of(bank(limit('-position("Loans") - position("Bonds")', ">=", -160.0, limit="Loans")))
    rows = {row["position"]: row for row in contributions(attrs.evolve(DRAWN, model=model)).records()}
    assert [rows[name]["use"] for name in ("Loans", "Bonds")] == [-100.0, -50.0]
    assert [rows[name]["use_share"] for name in ("Loans", "Bonds")] == pytest.approx([2 / 3, 1 / 3])
