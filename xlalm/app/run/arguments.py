"""Arguments of verbs as people type them: limits by name, bounds, ranges."""

import numpy as np

from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import suggest
from xlalm.domain.numbers import LARGEST_NUMBER, parse_number
from xlalm.domain.typing import Float1D
from xlalm.model.limits import LARGEST_SHARE
from xlalm.model.model import Limit, Model

MOST_POINTS = 200
"""Points of one axis: beyond that a chart shows nothing more."""


Number = float | str | None


def find_limit(model: Model, name: str) -> int:
    """Return a limit by its name in any case; raises XlalmError with the names there are."""
    names = [limit.row.name for limit in model.limits]
    wanted = name.strip().casefold()
    for k, known in enumerate(names):
        if known.strip().casefold() == wanted:
            return k
    if not names:
        message = "the book has no limit whose bound could move; add a row to Limits."
        raise XlalmError(message)
    known = ", ".join(f'"{name}"' for name in names[:20]) + (", …" if len(names) > 20 else "")
    message = f'there is no limit "{name}"{suggest(name, names)}; choose one of {known}.'
    raise XlalmError(message)


def number(value: Number, what: str, example: str = "0.9 or 90%") -> float | None:
    """Return a number typed on a command line, such as 110%; None where it was left out; raises XlalmError."""
    if value is None or value == "":
        return None
    parsed = parse_number(value) if isinstance(value, str) else float(value)
    if parsed is None or not np.isfinite(parsed):
        message = f'{what} "{value}" is not a number; enter one such as {example}.'
        raise XlalmError(message)
    if abs(parsed) > LARGEST_NUMBER:
        message = f"{what} {parsed:g} is too large; enter a number below 1e15."
        raise XlalmError(message)
    return parsed


def bound_typed(value: Number, what: str, limit: Limit) -> float | None:
    """Return a bound typed on a command line; raises XlalmError, also for a percentage without its sign."""
    parsed = number(value, what)
    if parsed is not None and limit.unit == "%" and abs(parsed) > LARGEST_SHARE:
        message = f'{what} {parsed:g} is {parsed:.0%} of "{limit.row.name}", which is in %; enter {parsed:g}%.'
        raise XlalmError(message)
    return parsed


def axis(low: float, high: float, points: int, what: str) -> Float1D:
    """Return evenly spaced values; raises XlalmError for a range or a number of points that makes none."""
    if not 2 <= points <= MOST_POINTS:
        message = f"{points} points cannot be shown; ask for 2 to {MOST_POINTS}."
        raise XlalmError(message)
    if not low < high:
        message = f"the range of {what} runs from {low:g} to {high:g}; give --from below --to."
        raise XlalmError(message)
    return np.asarray(np.linspace(low, high, points))
