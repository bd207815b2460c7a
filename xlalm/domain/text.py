"""Text as people see it: folded for comparison, made harmless before it is shown."""

import re
import unicodedata

LONGEST_LINE = 1000
"""Characters of a finding or message; a longer one is cut."""

LONGEST_QUOTE = 60
"""Characters of a cell's value that a finding quotes."""

# Control characters (a terminal obeys them), lone surrogates (no encoding writes them), line separators and marks that
# turn the direction of writing (they make a line read other than it is).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NEWLINES = re.compile(r"[ \t\r\n\v\f]+")


def fold(text: str) -> str:
    """Return text as names are compared: case, outer blanks, width and invisible characters do not count.

    ``Cash``, ``CASH ``, its full-width twin and a ``Cash`` that hides a zero-width space all give ``cash``. A run of
    white space is one blank, of whatever kind: ``Loans  SME`` and one with a non-breaking blank give ``loans sme``.
    """
    if text.isascii():
        text = text.strip()
        if text.isprintable() and "  " not in text:  # nearly every name: folded without being taken apart
            return text.casefold()
    else:
        plain = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    return " ".join(text.split()).casefold()


def printable(text: str, longest: int | None = None) -> str:
    """Return text without characters that a screen obeys instead of showing; each becomes ``�``."""
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub("\ufffd", text)


def one_line(text: str, longest: int | None = LONGEST_LINE) -> str:
    """Return a message as one harmless line fit for a cell; None does not cut it."""
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return printable(_NEWLINES.sub(" ", text))


def shown(value: object) -> str:
    """Return a value as a finding quotes it, shortened."""
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    text = " ".join(text[: 4 * LONGEST_QUOTE].split())
    return printable(text, LONGEST_QUOTE)
