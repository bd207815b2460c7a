"""xlalm: a bank's ALCO workbook as an optimiser.

``xlalm.solve(book)`` and ``xlalm.check(book)`` are the same verbs as the command line's; everything heavy
is imported when it is first used.
"""

from typing import TYPE_CHECKING

from xlalm.domain.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from xlalm.api import Frames
    from xlalm.app.run.book import Source
    from xlalm.domain.typing import Progress, Stop

__all__ = ["__version__", "check", "solve"]


def solve(
    book: "Source",
    *,
    out: "str | Path | None" = None,
    progress: "Progress | None" = None,
    stop: "Stop | None" = None,
) -> "Frames":
    """Optimise a workbook or tables in memory.

    Parameters
    ----------
    book : path, or a mapping from table name (``Positions``, ``Limits``, ``Goals``, …) to a DataFrame.
    out : workbook to write the results to (a copy of ``book``); nothing is written without it.
    progress : called with (done, total, text).
    stop : called now and then; True ends the solve with the best plan found.

    Raises
    ------
    Refused
        A file that cannot be read or written. Faults in the tables are ``findings`` instead.
    """
    from xlalm import api
    from xlalm.domain.typing import never_stop, no_progress

    return api.solve(book, out=out, progress=progress or no_progress, stop=stop or never_stop)


def check(book: "Source") -> "Frames":
    """Say what is wrong in a book and what a no-change plan scores."""
    from xlalm import api

    return api.check(book)
