"""Where a limit stands: how much of it is used, and its light."""

import math

from xlalm.model.model import Limit

BINDING = 1e-6


def utilisation(sense: str, value: float, bound: float) -> float | None:
    """Return the share of a limit that is used; None for = and for a bound of 0."""
    if sense == "=" or bound == 0 or not math.isfinite(value):
        return None
    if sense == "<=" or bound < 0:
        return value / bound
    return bound / value if value > 0 else None


def light(limit: Limit, value: float, bound: float) -> str:
    """Return OK, WATCH (beyond the early warning) or BREACH (beyond the bound)."""
    tolerance = BINDING * max(1.0, abs(bound))
    warn, sense = limit.early_warning, limit.sense
    if not math.isfinite(value):
        return "BREACH"
    below, above = value < bound - tolerance, value > bound + tolerance
    if (sense == ">=" and below) or (sense == "<=" and above) or (sense == "=" and (below or above)):
        return "BREACH"
    if warn is not None and ((sense == ">=" and value < warn) or (sense == "<=" and value > warn)):
        return "WATCH"
    return "OK"
