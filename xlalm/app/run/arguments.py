"""Arguments of verbs as people type them: limits by name, bounds, ranges."""

import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.numbers import LARGEST_NUMBER, parse_number
from xlalm.domain.text import fold
from xlalm.domain.typing import Float1D
from xlalm.model.model import Limit, Model
from xlalm.model.units import LARGEST_SHARE

MOST_POINTS = 200
"""Points of one axis: beyond that a chart shows nothing more."""

Number = float | str | None


class ArgumentError(Refused):
    """What was asked cannot be answered, whatever the book holds."""


def find_limit(model: Model, name: str) -> int:
    """Return a limit by its name in any case; raises ArgumentError with the names there are."""
    names = [limit.name for limit in model.limits]
    wanted = fold(name)
    for k, known in enumerate(names):
        if fold(known) == wanted:
            return k
    if not names:
        text = "the book has no limit whose bound could move"
        cure = "add a row to Limits"
        raise ArgumentError(None, text, cure)
    known = ", ".join(f'"{name}"' for name in names[:20]) + (", …" if len(names) > 20 else "")
    text = f'there is no limit "{name}"{suggest(name, names)}'
    cure = f"choose one of {known}"
    raise ArgumentError(None, text, cure)


def number(value: Number, what: str, example: str = "0.9 or 90%") -> float | None:
    """Return a number typed on a command line, such as 110%; None where it was left out; raises ArgumentError."""
    if value is None or value == "":
        return None
    parsed = parse_number(value) if isinstance(value, str) else float(value)
    if parsed is None or not np.isfinite(parsed):
        text = f'{what} "{value}" is not a number'
        cure = f"enter one such as {example}"
        raise ArgumentError(None, text, cure)
    if abs(parsed) > LARGEST_NUMBER:
        text = f"{what} {parsed:g} is too large"
        cure = "enter a number below 1e15"
        raise ArgumentError(None, text, cure)
    return parsed


def bound_typed(value: Number, what: str, limit: Limit) -> float | None:
    """Return a bound typed on a command line; raises ArgumentError, also for a percentage without its sign."""
    parsed = number(value, what)
    if parsed is not None and limit.unit == "%" and abs(parsed) > LARGEST_SHARE:
        text = f'{what} {parsed:g} is {parsed:.0%} of "{limit.name}", which is in %'
        cure = f"enter {parsed:g}%"
        raise ArgumentError(None, text, cure)
    return parsed


def ends_typed(low: Number, high: Number) -> tuple[float | None, float | None]:
    """Return the ends of a range as numbers; raises ArgumentError where they make none."""
    start, end = number(low, "--from"), number(high, "--to")
    if start is not None and end is not None and not start < end:
        text = f"the range runs from {start:g} to {end:g}"
        cure = "give --from below --to"
        raise ArgumentError(None, text, cure)
    return start, end


def axis(low: float, high: float, points: int, what: str) -> Float1D:
    """Return evenly spaced values; raises ArgumentError for a range or a number of points that makes none."""
    if not 2 <= points <= MOST_POINTS:
        text = f"{points} points cannot be shown"
        cure = f"ask for 2 to {MOST_POINTS}"
        raise ArgumentError(None, text, cure)
    if not low < high:
        text = f"the range of {what} runs from {low:g} to {high:g}"
        cure = "give --from below --to"
        raise ArgumentError(None, text, cure)
    return np.asarray(np.linspace(low, high, points))
