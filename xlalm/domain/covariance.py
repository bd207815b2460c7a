"""Covariances of daily changes in value, as risk measures take them."""

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Int1D

ROUNDING = 1e-8
"""Negative eigenvalues above this share of the largest one are rounding of the table's cells."""


@attrs.frozen(eq=False)
class Covariance:
    """Covariances per day of the relative change in value of ``positions``, numbers of the sheet's rows, (k,).

    ``matrix`` (k, k) is symmetric and positive semidefinite; what the table leaves out is 0.
    """

    positions: Int1D
    matrix: NDArray[np.float64]

    @cached_property
    def factor(self) -> NDArray[np.float64]:
        """Return F (rank, k) with Fᵀ F = ``matrix``."""
        values, vectors = np.linalg.eigh(self.matrix)
        kept = values > ROUNDING**2 * max(values.max(initial=0.0), 0.0)
        return np.asarray((vectors[:, kept] * np.sqrt(values[kept])).T)
