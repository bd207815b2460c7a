"""The functions of the formula language by name."""

from xlalm.domain.findings import suggest
from xlalm.domain.text import shown

SUMS = {
    "sum": ("stock", False),
    "net": ("stock", True),
    "growth": ("up", False),
    "net_growth": ("up", True),
    "reduction": ("down", False),
    "net_reduction": ("down", True),
}
"""Functions that add columns up: over which part of a plan, and whether with the sign of each side."""

FUNCTIONS = (
    *SUMS,
    "total",
    "position",
    "column",
    "metric",
    "opening",
    "min",
    "max",
    "abs",
    "turnover",
    "largest",
    "var",
    "volatility",
)


def unknown_function(typed: str) -> tuple[str, str]:
    """Return what is wrong with a function that is not there, and the cure."""
    text = f'there is no function "{shown(typed)}"{suggest(typed, FUNCTIONS)}'
    return text, f"use one of {', '.join(FUNCTIONS)}; the Guide sheet says what each means"
