"""How satisfied a goal is, by hand."""

import numpy as np
import pytest

from xlalm.measures.membership import membership_of, no_conflict


@pytest.mark.parametrize(
    ("ideal", "away", "free"),
    [
        (10.0, 0.9e-6, True),
        (10.0, -0.9e-6, True),
        (10.0, 1.1e-6, False),
        (-10.0, 0.9e-6, True),
        (-10.0, -1.1e-6, False),
        (0.0, 0.9e-13, True),
        (0.0, 1.1e-13, False),
        (0.5, 0.9e-7 * 0.5, True),
    ],
)
def test_a_ten_millionth_of_the_ideal_is_no_conflict(ideal: float, away: float, *, free: bool) -> None:
    assert no_conflict(ideal, ideal + away) == free


def test_memberships() -> None:
    """From 10 down to 0, from -10 up to -5, past both ends, and a goal in no conflict."""
    found = membership_of(
        np.array([7.5, -9.0, 12.0, -1.0, 3.0]),
        np.array([10.0, -10.0, 10.0, 10.0, 5.0]),
        np.array([0.0, -5.0, 0.0, 0.0, 5.0]),
    )
    assert found == pytest.approx([0.75, 0.8, 1.0, 0.0, 1.0])
