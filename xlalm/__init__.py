"""xlalm: a bank's ALCO workbook as an optimiser.

``xlalm.solve(book)`` and ``xlalm.check(book)`` are the same verbs as the command line's; everything heavy
is imported when it is first used.
"""

from typing import TYPE_CHECKING

from xlalm.domain.version import __version__

__all__ = ["__version__", "check", "solve"]

if TYPE_CHECKING:
    from xlalm.api import check, solve


def __getattr__(name: str) -> object:
    """Import the public functions on first use."""
    if name in {"solve", "check"}:
        from xlalm import api

        return getattr(api, name)
    message = f"module 'xlalm' has no attribute '{name}'"
    raise AttributeError(message)
