"""Where a run writes, settled before it computes anything."""

from pathlib import Path

from xlalm.app.run.book import Book
from xlalm.ledger.places import manifest_beside


def target_of(book: Book, out: Path | None, verb: str = "", *, write: bool = True) -> Path | None:
    """Return the workbook that a run writes, None where it writes none.

    Parameters
    ----------
    out : as the user gave it; the book itself by default.
    verb : of an analysis, whose manifest has a name of its own.

    Raises
    ------
    Refused
        That workbook, or the manifest beside it, cannot be written: a folder, another ending, read-only, open in Excel.
    """
    from xlalm.workbook.package.held import refuse_if_open
    from xlalm.workbook.target import check_target

    target = out or book.path
    if not write or target is None:
        return None
    check_target(target, book.path)
    refuse_if_open(manifest_beside(target, verb))
    return target
