"""Price, duration and convexity of a bond as formulas ask for them."""

from typing import Literal, cast, get_args

from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.text import shown
from xlalm.valuation.bond import Bond, DurationKind


def price(years: float, rate: float, yld: float, redemption: float, frequency: float) -> float:
    """Return the clean price per 100 of face value; raises Refused for what is no bond."""
    return Bond(years, rate, _whole(frequency), redemption).price(yld)


def duration(years: float, coupon: float, yld: float, frequency: float, kind: str) -> float:
    """Return the duration in years; raises Refused."""
    return Bond(years, coupon, _whole(frequency)).duration(yld, _kind(kind))


def convexity(years: float, coupon: float, yld: float, frequency: float, kind: str) -> float:
    """Return the convexity in years squared; raises Refused."""
    return Bond(years, coupon, _whole(frequency)).convexity(yld, _kind(kind))


def _whole(frequency: float) -> int:
    return int(frequency) if float(frequency).is_integer() else cast(Literal[0], frequency)


def _kind(text: str) -> DurationKind:
    word = text.strip().casefold()
    kinds = get_args(DurationKind)
    if word not in kinds:
        text = f'kind "{shown(text)}" is not known{suggest(word, kinds)}'
        cure = f"enter {' or '.join(kinds)}"
        raise Refused(None, text, cure)
    return cast(DurationKind, word)
