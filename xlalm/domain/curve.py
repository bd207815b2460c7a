"""Yield curves: zero rates by tenor."""

import attrs

from xlalm.domain.typing import Float1D


@attrs.frozen(eq=False)
class Curve:
    """Zero rates (n,) per year at ``tenors`` (n,), years, ascending; ``currency`` is blank for the reporting one."""

    name: str
    currency: str
    tenors: Float1D
    rates: Float1D
