"""What ``=ALM_…()`` formulas compute, whatever spreadsheet asks: ranges in, numbers, tables or sentences out."""

from xlalm.app.formulas.bonds import convexity, duration, price
from xlalm.app.formulas.guard import MARKER, guarded, why
from xlalm.app.formulas.measures import (
    capital_ratio,
    concentration,
    convexity_gap,
    duration_gap,
    hqla,
    lcr,
    leverage,
    metric,
    nsfr,
    rwa,
    turnover,
)
from xlalm.app.formulas.reports import (
    Book,
    Rows,
    allocation,
    binding,
    check,
    conflicts,
    explain,
    limit_value,
    reduced_costs,
    shadow_prices,
    what_if,
)
from xlalm.app.formulas.risk import frontier, membership, value_at_risk
from xlalm.app.formulas.selection import Area, Selection
from xlalm.domain.version import __version__

__all__ = [
    "MARKER",
    "Area",
    "Book",
    "Rows",
    "Selection",
    "allocation",
    "binding",
    "capital_ratio",
    "check",
    "concentration",
    "conflicts",
    "convexity",
    "convexity_gap",
    "duration",
    "duration_gap",
    "explain",
    "frontier",
    "guarded",
    "hqla",
    "lcr",
    "leverage",
    "limit_value",
    "membership",
    "metric",
    "nsfr",
    "price",
    "reduced_costs",
    "rwa",
    "shadow_prices",
    "turnover",
    "value_at_risk",
    "version",
    "what_if",
    "why",
]


def version() -> str:
    """Return the version of xlalm."""
    return __version__
