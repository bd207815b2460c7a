"""Names for arrays used in signatures."""

import numpy as np
from numpy.typing import NDArray

# The solver's functions still take both callbacks; with a Watch in their place these four go.
from xlalm.domain.watch import Progress as Progress
from xlalm.domain.watch import Stop as Stop
from xlalm.domain.watch import never_stop as never_stop
from xlalm.domain.watch import no_progress as no_progress

Float1D = NDArray[np.float64]
Float2D = NDArray[np.float64]
Bool1D = NDArray[np.bool_]
Int1D = NDArray[np.int64]
