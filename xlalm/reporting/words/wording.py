"""How figures and names read in sentences: amounts in the bank's unit, ratios in percent, lists, names as spoken."""

import math
from collections.abc import Sequence

from xlalm.domain.limits import unit_size

_ABBREVIATIONS = {"lcr", "nsfr", "cet1", "rwa", "nii", "eve", "hqla", "irrbb", "at1", "t2", "roa", "roe"}
_SPELLED = {"tier1": "Tier 1", "12m": "12 months", "1y": "1 year"}
_SENSES = {">=": "≥", "<=": "≤", "=": "="}


def label(name: str) -> str:
    """Return a measure's name as people say it: ``cet1_ratio`` -> ``CET1 ratio``."""
    words = name.replace("_", " ").split()
    spoken = [
        word.upper() if word.casefold() in _ABBREVIATIONS else _SPELLED.get(word.casefold(), word) for word in words
    ]
    text = " ".join(spoken)
    return text[:1].upper() + text[1:]


def listed(items: Sequence[str], most: int | None = None, rest: str = "more", last: str = " and ") -> str:
    """Return a list as people say it: ``a, b and c``, or ``a, b and 3 more`` where it has more than ``most``.

    Parameters
    ----------
    rest : what the others are called.
    last : what stands before the last one of a list that is told whole.
    """
    if most is not None and len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} {rest}"
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + last + items[-1]


# --- figures -----------------------------------------------------------------------------------------------


def amount(value: float, money: str = "") -> str:
    """Return an amount with a sensible number of digits: ``EUR 1,234 million`` for money ``EUR million``."""
    digits = _amount_digits(value)
    return _in_money(f"{value if round(value, digits) else 0.0:,.{digits}f}", money)  # no minus zero


def quantity(value: float, unit: str, money: str = "") -> str:
    """Return a value in its own unit: percent, money, years or plain."""
    if not math.isfinite(value):
        return "not defined"
    if unit == "%":
        return f"{value:.2%}"
    if unit == "amount":
        return amount(value, money)
    return f"{value:,.4g}" + (f" {unit}" if unit else "")


def share(part: float, digits: int = 0, *, signed: bool = False) -> str:
    """Return a part of a whole in rounded percent: 27 %, +12.8 %."""
    return f"{part:{'+' if signed else ''}.{digits}%}"


def percent(part: float) -> str:
    """Return a share with the digits it needs: 99%, 99.5%, 2.5%; never all or none unless it is."""
    rounded = round(100 * part, 6)
    if rounded >= 100 > 100 * part:
        return "more than 99.9999%"
    return "less than 0.0001%" if rounded <= 0 < part else f"{rounded:g}%"


def counted(count: int, what: str) -> str:
    """Return how many there are of something: ``1 exception``, ``2 exceptions``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def one_unit(unit: str, money: str = "") -> str:
    """Return what one unit of a limit is called, as in "relaxing it by one percentage point"."""
    if unit == "%":
        return "one percentage point"
    if unit == "amount":
        return _in_money("1", money)
    return f"one {unit.removesuffix('s')}" if unit else "one unit"


def _in_money(number: str, money: str) -> str:
    currency, _, size = money.partition(" ")
    return " ".join(part for part in (currency, number, size) if part)


def _amount_digits(value: float) -> int:
    size = abs(value)
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.095 or value == 0 else 4


# --- bounds ------------------------------------------------------------------------------------------------


def bounded(sense: str, value: float, unit: str, money: str = "") -> str:
    """Return a bound with its sign: ``≤ EUR 120.0 million``."""
    return f"{_SENSES[sense]} {quantity(value, unit, money)}"


def bound_text(value: float, unit: str, money: str = "") -> str:
    """Return a bound that was computed; a distance to 0 that is rounding is none."""
    return quantity(value if abs(value) > 1e-9 * unit_size(unit) else 0.0, unit, money)


def outwards(value: float, unit: str, *, up: bool) -> float:
    """Return a bound rounded as ``quantity`` shows it, to the side that gives more room: typed in, it is enough."""
    if unit == "%":
        digits = 4
    elif unit == "amount":
        digits = _amount_digits(value)
    else:
        digits = 3 - math.floor(math.log10(abs(value))) if value else 0
    scaled = value * 10.0**digits
    slack = 1e-9 * max(1.0, abs(scaled))
    return (math.ceil(scaled - slack) if up else math.floor(scaled + slack)) / 10.0**digits
