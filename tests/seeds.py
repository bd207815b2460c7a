"""More seeds of a random test than an everyday run has time for."""

from typing import Any

import pytest

IN_CI = 60


def more(first: int, last: int, in_ci: int = IN_CI) -> list[Any]:
    """Return seeds from ``first`` to before ``last`` as parameters: some for CI, the others for the night."""
    by_night = (pytest.mark.long, pytest.mark.night)
    return [
        pytest.param(seed, marks=pytest.mark.long if seed < first + in_ci else by_night) for seed in range(first, last)
    ]
