"""Names for arrays and callbacks used in signatures."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float1D = NDArray[np.float64]
Float2D = NDArray[np.float64]
Bool1D = NDArray[np.bool_]
Int1D = NDArray[np.int64]

Progress = Callable[[int, int, str], None]
"""Called with (done, total, text)."""

Stop = Callable[[], bool]
"""Returns True when the user has asked to stop."""


def no_progress(_done: int, _total: int, _text: str) -> None:
    """Report nothing."""


def never_stop() -> bool:
    """Run to the end."""
    return False
