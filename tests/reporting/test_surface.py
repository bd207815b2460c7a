"""A surface in a table and in sentences, for goals given by hand."""

import numpy as np
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.reporting.surface import surface_records, surface_sentences
from xlalm.solver.sensitivity.surface import Surface

MODEL = model_of(
    bank(
        limit("total_assets", "<=", 500.0),
        limit('position("Loans")', "<=", 120.0, limit="loans", unit="amount"),
        limit('position("Bonds") / total_assets', "<=", 0.5, limit="share", unit="%"),
    )
)
PAIR = (1, 2)
NAN = np.nan


def drawn(*goals: tuple[float, float], endless: tuple[int, int] | None = None) -> Surface:
    """Return goals at loans of 100, 110 … and shares of 25 % and 50 %; one of them may have no end."""
    unbounded = np.zeros((len(goals), 2), dtype=np.bool_)
    if endless is not None:
        unbounded[endless] = True
    return Surface(100.0 + 10 * np.arange(len(goals)), np.array([0.25, 0.5]), np.array(goals), unbounded, 1)


def test_the_rows_go_by_the_second_bound() -> None:
    found = drawn((4.0, 5.0), (NAN, 6.0), (NAN, 7.0), endless=(1, 0))
    rows = surface_records(MODEL, PAIR, found, scale_bounds=False)
    assert [(row["first_bound"], row["second_bound"], row["status"]) for row in rows] == [
        (100.0, 0.25, "optimal"),
        (110.0, 0.25, "unbounded"),
        (120.0, 0.25, "infeasible"),
        (100.0, 0.5, "optimal"),
        (110.0, 0.5, "optimal"),
        (120.0, 0.5, "optimal"),
    ]
    assert [row["objective"] for row in rows] == pytest.approx([4.0, NAN, NAN, 5.0, 6.0, 7.0], nan_ok=True)
    assert {(row["first_limit"], row["second_limit"], row["scale"]) for row in rows} == {("loans", "share", 1.0)}
    scaled = surface_records(MODEL, PAIR, found, scale_bounds=True)
    assert [row["scale"] for row in scaled] == [0.5] * 3 + [1.0] * 3  # of 50 % as it is written


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            drawn((4.0, 5.0), (3.0, 6.0)),
            ["Goal 0 goes from EUR 3.00 million to EUR 6.00 million.", "Every point has a plan."],
        ),
        (
            drawn((4.0, NAN), (NAN, 6.0)),
            [
                "Goal 0 goes from EUR 4.00 million to EUR 6.00 million.",
                "2 of 4 points have no plan; their goal is left blank.",
            ],
        ),
        (
            drawn((4.0, NAN), (5.0, 6.0), endless=(0, 1)),
            [
                "Goal 0 goes from EUR 4.00 million to EUR 6.00 million.",
                "Every point has a plan.",
                "At 1 points the goal has no end.",
            ],
        ),
        (drawn((NAN, NAN), (NAN, NAN)), ["4 of 4 points have no plan; their goal is left blank."]),
    ],
)
def test_the_sentences(found: Surface, said: list[str]) -> None:
    first = "Loans from EUR 100.0 million to EUR 110.0 million, Share from 25.00% to 50.00%"
    assert surface_sentences(MODEL, PAIR, found, scale_bounds=False) == [f"{first}.", *said]
    assert surface_sentences(MODEL, PAIR, found, scale_bounds=True)[0] == f"{first}, position bounds scaled along."
