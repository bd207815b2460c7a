"""A history of daily changes in value."""

import datetime as dt

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Int1D


@attrs.frozen(eq=False)
class Returns:
    """Relative changes of value per day of ``positions``, numbers of the sheet's rows, (k,); oldest day first.

    ``changes`` has shape (n_days, k), ``dates`` n_days entries.
    """

    positions: Int1D
    changes: NDArray[np.float64]
    dates: tuple[dt.date, ...]
