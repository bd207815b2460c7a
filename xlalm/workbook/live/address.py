"""Which open workbook is meant."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.domain.errors import Refused

if TYPE_CHECKING:
    import xlwings


LiveBook = Any
"""An ``xlwings.Book``."""


@attrs.frozen
class Address:
    """How another process finds an open workbook again."""

    engine: str  # xlwings' name of the program that holds it
    pid: int  # of that program
    fullname: str

    @property
    def name(self) -> str:
        """The workbook's name as Excel shows it."""
        return self.fullname.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def path(self) -> Path | None:
        """The workbook's file; None where it was never saved, or lives at a web address."""
        if "://" in self.fullname or not PurePath(self.fullname).is_absolute():
            return None
        return Path(self.fullname)


def calling_book() -> LiveBook:
    """Return the workbook whose ribbon was used.

    Raises
    ------
    Refused
        No workbook is open.
    """
    import xlwings

    try:
        return xlwings.Book.caller()
    except Exception:  # a name that xlwings' arguments cannot carry (a=b.xlsx); a book in Protected View
        active = _active_book(xlwings.apps)
    if active is None:
        text = "No workbook is open for editing"
        cure = "open one (or leave Protected View) and try again"
        raise Refused(None, text, cure)
    return active


def _active_book(apps: Any) -> LiveBook | None:
    try:
        return apps.active.books.active
    except Exception:  # each platform has its own for "there is none"
        return None


def address_of(book: xlwings.Book) -> Address:
    """Return how to find a workbook again."""
    return Address(book.app.engine.name, book.app.pid, book.fullname)


def connect(address: Address) -> LiveBook:
    """Return the open workbook at an address.

    Raises
    ------
    Refused
        It was closed, or saved under another name.
    """
    import xlwings

    try:
        app = xlwings.engines[address.engine].apps[address.pid]
        found = next((book for book in app.books if book.fullname == address.fullname), None)
    except Exception as fault:  # each platform has its own for a program that ended
        text = f"the program that held {address.name} has ended"
        cure = "open the workbook and try again (nothing was written)"
        raise Refused(None, text, cure) from fault
    if found is None:
        text = f"{address.name} was closed or saved under another name meanwhile; nothing was written"
        cure = "try again"
        raise Refused(None, text, cure)
    return found
