"""What counts as a blank and as a number in a cell, and the largest one that is believed."""

import math
from typing import TypeGuard

LARGEST_NUMBER = 1e15
"""Numbers beyond this are taken for typing errors: a bank's balance in cents stays far below."""


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing a person would see."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_number(value: object) -> TypeGuard[float]:
    """Whether a cell holds a number (a truth value is not one)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_of(value: object) -> float | None:
    """Return the number that a cell holds, as a number or as a text that means one; None where it holds none."""
    return float(value) if is_number(value) else parse_number(str(value))


def parse_number(text: str) -> float | None:
    """Return the number a text means (``90%`` -> 0.9), or None; decimal commas are not guessed."""
    stripped = text.strip().removeprefix("'")
    scale = 1.0
    if stripped.endswith("%"):
        stripped, scale = stripped[:-1].strip(), 0.01
    try:
        number = float(stripped) * scale
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in stripped else None
