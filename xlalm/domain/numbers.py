"""What counts as a blank and as a number in a cell, the largest one that is believed, and what a text was to mean."""

import math
import re
import unicodedata
from typing import TypeGuard

import attrs

LARGEST_NUMBER = 1e15
"""Numbers beyond this are taken for typing errors: a bank's balance in cents stays far below."""

_LONGEST = 60
"""Characters beyond which no text is looked at for a number."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "'\u2019\u02bc\u00b4`"
_BLANKS = {
    " ": "a blank",
    "\u00a0": "a non-breaking blank",
    "\u202f": "a narrow non-breaking blank",
    "\u2007": "a blank as wide as a digit",
    "\u2009": "a thin blank",
    "\u200a": "a thin blank",
}
_CURRENCY = "(?:\u00a4|[A-Z]{3})"
_SHAPE = re.compile(
    rf"""
    (?P<outside>{_CURRENCY})? \s* (?P<open>\()? \s* (?P<before>{_CURRENCY})? \s*
    (?P<sign>[-+{_DASHES}])? \s* (?P<inside>{_CURRENCY})? \s*
    (?P<digits>\d(?:[\d.,_\s{_APOSTROPHES}]*\d)?|[.,]\d+) \s*
    (?P<unit>%|bps?)? \s* (?P<behind>{_CURRENCY})? \s* (?P<trailing>[-{_DASHES}])? \s*
    (?P<close>\))? \s* (?P<late>%)?
    """,
    re.VERBOSE,
)
_TWO_READINGS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


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


@attrs.frozen
class Meant:
    """What a text that is no plain number was probably to say.

    ``number`` is how it reads, ready to be typed (``1900``, ``-0.5%``); ``other`` a second reading, where there is one;
    ``faults`` what keeps the text from being a number, in words.
    """

    number: str
    other: str
    faults: tuple[str, ...]

    @property
    def fault(self) -> str:
        """What is wrong, as a sentence goes on after "it has"."""
        *first, last = self.faults
        return f"{', '.join(first)} and {last}" if first else last

    @property
    def offer(self) -> str:
        """The number to type: ``1900``, or ``1200 or 1.2`` where both can be meant."""
        return f"{self.number} or {self.other}" if self.other else self.number


def number_meant(text: str) -> Meant | None:
    """Return what a number typed another way was to say, None for a plain number and for what is none.

    Blanks, apostrophes, commas and dots between thousands, decimal commas, brackets and dashes for a minus, currency
    signs and basis points are understood; each is a fault that is named. ``1.200`` has two readings.
    """
    if len(text) > _LONGEST or (parse_number(text) is not None and not _TWO_READINGS.fullmatch(text.strip(" -+%"))):
        return None
    faults: list[str] = []
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf").strip().removeprefix("'")
    if len(seen) < len(text.strip().removeprefix("'")):
        faults.append("an invisible character")
    found = _SHAPE.fullmatch("".join("\u00a4" if unicodedata.category(c) == "Sc" else c for c in seen))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    minus = [found["sign"] not in {None, "+"}, bool(found["open"]), bool(found["trailing"])]
    unit = found["unit"] or found["late"] or ""
    if sum(minus) > 1 or (found["unit"] and found["late"]):
        return None
    digits = _digits(found["digits"])
    if digits is None:
        return None
    number, other, wrong = digits
    faults += wrong
    if found["open"]:
        faults.append("brackets for a minus")
    if found["trailing"]:
        faults.append("its minus behind it")
    dash = found["sign"] or found["trailing"]
    if dash and dash in _DASHES:
        faults.append(f"a typographic minus (U+{ord(dash):04X})")
    if any(found[place] for place in ("outside", "before", "inside", "behind")):
        faults.append("a currency sign")
    if unit in {"bp", "bps"}:
        faults.append("basis points for a unit")
    if not faults:
        return None
    reading, second = (_typed(n, unit, negative=any(minus)) for n in (number, other))
    return Meant(reading, second, tuple(dict.fromkeys(faults)))


def _typed(number: float | None, unit: str, *, negative: bool) -> str:
    """Return a number as it should be typed, with its percent sign; empty for None."""
    if number is None:
        return ""
    sign = "-" if negative and number else ""
    if unit in {"bp", "bps"}:
        return f"{sign}{number / 100:.12g}%"
    return f"{sign}{number:.15g}{unit}"


def _digits(text: str) -> tuple[float, float | None, list[str]] | None:
    """Return the number of digits with separators, a second reading and what is wrong with them; None for no number."""
    faults = []
    if re.search(rf"[\s_{_APOSTROPHES}]", text):
        blanks = re.findall(r"\s+", text)
        faults += ["a doubled blank" if len(b) > 1 else _BLANKS.get(b, f"a blank (U+{ord(b):04X})") for b in blanks]
        faults = [f"{name} inside" for name in faults]
        if re.search(rf"[_{_APOSTROPHES}]", text):
            faults.append("a sign between thousands")
        if not re.fullmatch(rf"\d{{1,3}}((\s+|[_{_APOSTROPHES}])\d{{3}})+([.,]\d+)?", text):
            return None
        text = re.sub(rf"[\s_{_APOSTROPHES}]", "", text)
        if "," in text:
            faults.append("a decimal comma")
        return float(text.replace(",", ".")), None, faults
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", text):
        plain = text.replace(".", "").replace(",", ".")
        return float(plain), None, ["dots between thousands", "a decimal comma"]
    if re.fullmatch(r"\d{1,3}(,\d{2,3})*,\d{3}\.\d*", text):
        return float(text.replace(",", "")), None, ["commas between thousands"]
    if _TWO_READINGS.fullmatch(text):
        mark = "comma" if "," in text else "dot"
        plain = text.replace(",", ".")
        return float(plain.replace(".", "")), float(plain), [f"a {mark} that may part thousands or decimals"]
    if re.fullmatch(r"\d{1,3}(,\d{2,3})*,\d{3}|\d{1,3}(\.\d{3})+", text) and not text.startswith("0"):
        mark = "commas" if "," in text else "dots"
        return float(re.sub("[.,]", "", text)), None, [f"{mark} between thousands"]
    if re.fullmatch(r"\d*,\d+", text):
        return float(text.replace(",", ".")), None, ["a decimal comma"]
    return (float(text), None, []) if re.fullmatch(r"\d+|\d*\.\d+", text) else None
