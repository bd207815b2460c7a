"""The file that a run is to write: what can be known before anything is computed is refused before it."""

from pathlib import Path

from xlalm.domain.errors import Refused
from xlalm.workbook.package.held import refuse_if_open

_MADE = ".xlsx"


def check_target(target: Path, book: Path | None) -> None:
    """Raise ``Refused`` for a file that no workbook can be written to.

    Parameters
    ----------
    book : workbook that is read, whose ending the file must have, as Excel opens it under no other; None where the
        workbook is made from tables in memory.
    """
    ending = book.suffix if book else _MADE
    try:
        is_folder = target.is_dir()
        has_folder = target.parent.is_dir()
    except OSError as fault:
        text = f"{target} cannot be written ({fault.strerror})"
        raise Refused(None, text, "name another file") from fault
    if is_folder:
        text = f"{target} is a folder"
        raise Refused(None, text, f"name a file in it, ending in {ending}")
    if target.suffix.lower() != ending.lower():
        text = f"{target.name} does not end in {ending}, as this workbook does"
        if book is None:
            text = f"{target.name}: a workbook made from tables in memory ends in {ending}"
        raise Refused(None, text, f"name it {target.stem}{ending}")
    if not has_folder:
        text = f"there is no folder {target.parent} for {target.name}"
        raise Refused(None, text, "make it, or name a file elsewhere")
    refuse_if_open(target)
