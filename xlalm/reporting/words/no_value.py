"""A limit on a ratio that divides by 0, in words."""

from collections.abc import Sequence

from xlalm.model.standing import Standing
from xlalm.reporting.words.wording import listed

MOST_NAMED = 3
"""Positions named of those that a ratio divides by."""


def without_value(state: Standing, names: Sequence[str], holder: str) -> str:
    """Return why a limit has no value, and that it counts as met where nothing of its group is held.

    Parameters
    ----------
    names : of all positions.
    holder : who holds nothing of what the ratio divides by: ``the plan``.
    """
    if not state.empty:
        return f"{state.limit.name} has no value: what it divides by is 0 in {holder}"
    group = listed([names[i] for i in state.empty], MOST_NAMED, "more positions", last=" or ")
    return f"{state.limit.name} has no value: {holder} holds no {group}; the limit counts as met"
