"""How satisfied a goal is (Zimmermann 1978): 0 at its worst level, 1 at its ideal, linear between."""

import numpy as np

from xlalm.domain.typing import Float1D


def no_conflict(ideal: float, worst: float) -> bool:
    """Whether a goal reaches its ideal whatever the others want, to the precision of a solve."""
    return abs(ideal - worst) <= 1e-7 * max(abs(ideal), 1e-6)


def membership_of(value: Float1D, ideal: Float1D, worst: Float1D) -> Float1D:
    """Return the membership of values, (n_goals,); 1 where a goal is in no conflict, for nothing is divided by zero."""
    spread = ideal - worst
    free = np.array([no_conflict(a, b) for a, b in zip(ideal, worst, strict=True)])
    return np.where(free, 1.0, np.clip((value - worst) / np.where(free, 1.0, spread), 0.0, 1.0))
