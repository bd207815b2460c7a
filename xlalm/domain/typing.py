"""Names for arrays used in signatures."""

import numpy as np
from numpy.typing import NDArray

Float1D = NDArray[np.float64]
Float2D = NDArray[np.float64]
Bool1D = NDArray[np.bool_]
Int1D = NDArray[np.int64]
Text1D = NDArray[np.object_]
