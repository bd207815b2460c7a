"""How figures and names read in sentences: amounts in the bank's unit, ratios in percent, lists, names as spoken."""

import math
from collections.abc import Sequence

import attrs

from xlalm.domain.limits import is_money, unit_size

_ABBREVIATIONS = {"lcr", "nsfr", "cet1", "rwa", "nii", "eve", "hqla", "irrbb", "at1", "t2", "roa", "roe"}
_SPELLED = {"tier1": "Tier 1", "12m": "12 months", "1y": "1 year"}
SENSES = {">=": "≥", "<=": "≤", "=": "="}


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

_SMALLER = {"trillion": "billion", "billion": "million", "million": "thousand", "thousand": ""}
_MOST_DECIMALS = 15
_ROUNDING = 1e-9
"""A share below this is rounding and shown as 0."""


@attrs.frozen
class _Figure:
    """A number as it is shown: scaled, with its decimals, inside its words (``EUR {} million``)."""

    number: float
    decimals: int
    words: str
    scale: float = 1.0

    def text(self, decimals: int | None = None) -> str:
        """Return the figure, with more decimals where asked for; of those only as many as say something."""
        if decimals is None or decimals <= self.decimals:
            return self.words.format(_fixed(self.number, self.decimals))
        whole, _, part = _fixed(self.number, decimals).partition(".")
        part = part[: self.decimals] + part[self.decimals :].rstrip("0")
        return self.words.format(f"{whole}.{part}" if part else whole)


def amount(value: float, money: str = "") -> str:
    """Return an amount with a sensible number of digits: ``EUR 1,234 million`` for money ``EUR million``.

    Below 0.1 of a unit the next smaller one is said: ``EUR 39 thousand``.
    """
    return _amount(value, money).text()


def quantity(value: float, unit: str, money: str = "") -> str:
    """Return a value in its own unit: percent, money, years or plain."""
    return _figure(value, unit, money).text() if math.isfinite(value) else "not defined"


def apart(values: Sequence[float], unit: str, money: str = "") -> list[str]:
    """Return values of one unit, each with the digits in which it differs from the others."""
    texts = [quantity(value, unit, money) for value in values]
    told = list(texts)
    for i, value in enumerate(values):
        gaps = [abs(value - other) for other, text in zip(values, texts, strict=True) if text == texts[i]]
        gap = min((gap for gap in gaps if gap > max(1e-14 * abs(value), 1e-10 * unit_size(unit))), default=0.0)
        if gap and math.isfinite(value):
            shown = _figure(value, unit, money)
            told[i] = shown.text(_decimals(gap * shown.scale, 2))
    return told


def distance(value: float, unit: str, money: str = "") -> str:
    """Return how far apart two values are: percentages in points, or in basis points below a tenth of one."""
    if unit != "%" or not math.isfinite(value):
        return quantity(value, unit, money)
    if value and round(abs(value), 12) < 0.001:
        return f"{figure(1e4 * value, 2)} basis points"
    return f"{_fixed(100 * value, 2)} points"


def figure(value: float, digits: int = 4) -> str:
    """Return a plain number with so many significant digits, all those before the point, and never an exponent."""
    text = _fixed(value, _decimals(value, digits))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _figure(value: float, unit: str, money: str) -> _Figure:
    if unit == "%":
        tiny = _ROUNDING < abs(value) < 0.00005
        return _Figure(100 * value, _decimals(100 * value, 2) if tiny else 2, "{}%", 100.0)
    if is_money(unit):
        return _amount(value, money)
    text = figure(value)
    words = "{}" + (f" {_plain(unit)}" if unit else "")
    return _Figure(value, len(text.partition(".")[2]), words)


def _amount(value: float, money: str) -> _Figure:
    currency, _, size = money.partition(" ")
    scale = 1.0
    while size.casefold() in _SMALLER and 0 < abs(value * scale) < (1.0 if size.casefold() == "thousand" else 0.0995):
        size, scale = _SMALLER[size.casefold()], 1000.0 * scale
    number = value * scale
    decimals = _amount_digits(number)
    if scale > 1.0:  # two digits say enough of what is small
        decimals = min(decimals, _decimals(number, 2))
    return _Figure(number, decimals, _in_money("{}", f"{_plain(currency)} {_plain(size)}".rstrip()), scale)


def _plain(word: str) -> str:
    """Return a word so that it stays itself inside a format."""
    return word.replace("{", "{{").replace("}", "}}")


def _fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals; what is rounded to nothing has no sign."""
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def _decimals(value: float, digits: int) -> int:
    """Return how many decimals show so many significant digits."""
    if not value or not math.isfinite(value):
        return 0
    return min(max(0, digits - 1 - math.floor(math.log10(abs(value)))), _MOST_DECIMALS)


def share(part: float, digits: int = 0, *, signed: bool = False) -> str:
    """Return a part of a whole in rounded percent: 27 %, +12.8 %."""
    text = _fixed(100 * part, digits)
    return ("+" if signed and not text.startswith("-") else "") + f"{text}%"


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
    if unit == "bp":
        return "one basis point"
    if is_money(unit):
        return _in_money("1", money)
    first, _, rest = unit.partition(" ")
    return " ".join(filter(None, ("one", first.removesuffix("s"), rest))) if unit else "one unit"


def _in_money(number: str, money: str) -> str:
    currency, _, size = money.partition(" ")
    return " ".join(part for part in (currency, number, size) if part)


def _amount_digits(value: float) -> int:
    size = abs(value)
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.095 or not size else _decimals(value, 3)


# --- bounds ------------------------------------------------------------------------------------------------


def bounded(sense: str, value: float, unit: str, money: str = "") -> str:
    """Return a bound with its sign: ``≤ EUR 120.0 million``."""
    return f"{SENSES[sense]} {quantity(value, unit, money)}"


def bound_text(value: float, unit: str, money: str = "") -> str:
    """Return a bound that was computed; a distance to 0 that is rounding is none."""
    return quantity(value if abs(value) > 1e-9 * unit_size(unit) else 0.0, unit, money)


def outwards(value: float, unit: str, *, up: bool, start: float | None = None) -> float:
    """Return a bound rounded as ``quantity`` shows it, to the side that gives more room: typed in, it is enough.

    Parameters
    ----------
    start : where it moves from; at least two digits of the way are kept.
    """
    digits = 4 if unit == "%" else _amount_digits(value) if is_money(unit) else _decimals(value, 4)
    if start is not None:
        digits = max(digits, _decimals(value - start, 2))
    scaled = value * 10.0**digits
    slack = 1e-9 * max(1.0, abs(scaled))
    return (math.ceil(scaled - slack) if up else math.floor(scaled + slack)) / 10.0**digits
