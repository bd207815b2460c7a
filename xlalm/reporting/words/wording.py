"""How numbers read in sentences: amounts in the bank's unit, ratios in percent, names as people say them."""

import math

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


def amount(value: float, money: str = "") -> str:
    """Return an amount with a sensible number of digits: ``EUR 1,234 million`` for money ``EUR million``."""
    number = f"{value:,.{_amount_digits(value)}f}"
    currency, _, unit = money.partition(" ")
    return " ".join(part for part in (currency, number, unit) if part)


def quantity(value: float, unit: str, money: str = "") -> str:
    """Return a value in its own unit: percent, money, years or plain."""
    if not math.isfinite(value):
        return "not defined"
    if unit == "%":
        return f"{value:.2%}"
    if unit == "amount":
        return amount(value, money)
    return f"{value:,.4g}" + (f" {unit}" if unit else "")


def _amount_digits(value: float) -> int:
    size = abs(value)
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.095 or value == 0 else 4


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


def relation(sense: str) -> str:
    """Return the sign people read: ≥, ≤ or =."""
    return _SENSES[sense]


def one_unit(unit: str, money: str = "") -> str:
    """Return what one unit of a limit is called, as in "relaxing it by one percentage point"."""
    if unit == "%":
        return "one percentage point"
    if unit == "amount":
        currency, _, size = money.partition(" ")
        return " ".join(part for part in (currency, "1", size) if part)
    return f"one {unit.removesuffix('s')}" if unit else "one unit"
