"""Widths of the columns of a new table, so that its texts can be read."""

from collections.abc import Sequence

_WIDEST, _NARROWEST = 60, 12
_ROWS = 200
"""Rows whose texts decide."""


def fitting_widths(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[float]:
    """Return the width of each column in letters; a header has room for the button of its filter."""
    widths = []
    for at, header in enumerate(headers):
        texts = [header + "__", *(row[at] for row in rows[:_ROWS])]
        longest = max(len(text) if isinstance(text, str) else _NARROWEST for text in texts)
        widths.append(float(min(_WIDEST, max(_NARROWEST, longest)) + 1))
    return widths
