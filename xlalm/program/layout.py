"""What each column of a program is."""

from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

Part = Literal["stock", "up", "down", "auxiliary"]


PARTS: tuple[Part, ...] = ("stock", "up", "down", "auxiliary")


Int32 = NDArray[np.int32]


@attrs.frozen(eq=False)
class ColumnLayout:
    """What each column of a program is, by (position, part, period, scenario node); all (n_columns,) int32.

    ``part`` indexes PARTS; auxiliary columns have position -1. Period and node are 0 until a model has several.
    """

    position: Int32
    part: Int32
    period: Int32
    node: Int32

    def columns(self, part: Part) -> Int32:
        """Return the columns of one part."""
        return np.flatnonzero(self.part == PARTS.index(part)).astype(np.int32)
