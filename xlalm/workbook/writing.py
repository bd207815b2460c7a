"""Results into a workbook: all result tables or none, the user's own parts untouched."""

import contextlib
import datetime as dt
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import attrs

from xlalm.domain.errors import Refused
from xlalm.domain.result import ResultTable, by_name
from xlalm.domain.table import Table
from xlalm.workbook.package.backup import backup
from xlalm.workbook.package.held import held, refuse_if_open, uninterrupted
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.save import ChangedError, replace_file
from xlalm.workbook.package.table_part import NewTable, TableInfo
from xlalm.workbook.reading import BookFile
from xlalm.workbook.state import has_results, sheet_for, with_state
from xlalm.workbook.updates import RESULTS_SHEET, report_updates, result_updates

_SHOWN_FIRST = ("Headline", "PlanStatus", "Explanation", "RunInfo")


@attrs.frozen
class Companion:
    """A text file that belongs to a workbook and is put in place with it: the manifest of a run.

    Parameters
    ----------
    place : where it lies, by the path of the workbook.
    text : what it says, by the workbook's name.
    """

    place: Callable[[Path], Path]
    text: Callable[[str], str]


def write_results(
    book: BookFile,
    out: Path,
    tables: Mapping[str, ResultTable],
    inputs: Mapping[str, Table],
    companion: Companion | None = None,
) -> None:
    """Write result tables by name and save; result tables of an earlier run that this one lacks are emptied.

    Parameters
    ----------
    book : workbook as it was read.
    inputs : its input tables as the run read them, before any what-if.
    out : where to save; the book itself gets one backup a day first.
    companion : see ``save_package``.

    Raises
    ------
    Refused
        Nothing was written: a table has no room to grow, Excel holds the file open, …
    """
    package, present = _opened(book)
    headers = {key: info.headers for key, info in present.items()}
    stated = by_name(*with_state([*tables.values()], inputs, headers, date1904=package.date1904))
    updates, missing = result_updates(headers, stated)
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    written = {present[update.table.casefold()].sheet for update in updates}
    if missing:
        written.add(_add_missing(package, missing, RESULTS_SHEET))
    band = "".join(stated["WhatIfBand"].column("what_if")) if "WhatIfBand" in stated else ""
    for sheet in package.sheets:
        package.set_footer_line(sheet, band if sheet in written else "")
    places = {update.result: present[update.table.casefold()].sheet for update in updates}
    sheets = [places[name] for name in _SHOWN_FIRST if name in places]
    shown = next((sheet for sheet in sheets if package.is_visible(sheet)), None)
    if shown is not None:
        package.activate_sheet(shown)
    save_package(package, book, out, companion)


def write_report(
    book: BookFile,
    out: Path,
    sheet: str,
    tables: Sequence[ResultTable],
    inputs: Mapping[str, Table],
    companion: Companion | None = None,
) -> None:
    """Write tables to a sheet of their own: over the tables of these names, or side by side on a new sheet.

    Parameters
    ----------
    inputs : the book's input tables as the run read them.

    Raises
    ------
    Refused
        Nothing was written.
    """
    package, present = _opened(book)
    headers = {key: info.headers for key, info in present.items()}
    updates, missing = report_updates(headers, with_state(tables, inputs, headers, date1904=package.date1904))
    for update in updates:
        package.write_table(update.table, update.rows, update.headers)
    if missing:
        added = _add_missing(package, missing, sheet_for(missing, sheet))
    sheet = added if has_results(missing) else present[updates[0].table.casefold()].sheet
    if package.is_visible(sheet):
        package.activate_sheet(sheet)
    save_package(package, book, out, companion)


def save_package(package: Package, book: BookFile, out: Path, companion: Companion | None = None) -> None:
    """Save, after a backup where the book itself is written, as one commit with what belongs to it.

    The companion is written first and the workbook's own rename is the commit: where that fails, the companion of
    before stands again. Other runs of xlalm wait, and a Ctrl-C comes too late, while files are put in place.

    Raises
    ------
    Refused
        Nothing was written. Where somebody saved the book while the run went on, the answer was written beside it
        under another name, which the text says.
    """
    try:
        refuse_if_open(out)
    except OSError as fault:
        text = f"{out.name} cannot be written ({fault.strerror})"
        cure = "save under another name"
        raise Refused(None, text, cure) from fault
    try:
        with held(Path(os.path.realpath(out))), uninterrupted():
            _commit(package, book, out, companion)
    except ChangedError as fault:
        kept = _answer_kept(package, book, companion)
        text = f"{book.path.name} was saved by someone else while the run went on; nothing was written into it"
        cure = f"run again; the answer to the inputs of then is in {kept.name}"
        raise ChangedError(None, text, cure) from fault


def _commit(package: Package, book: BookFile, out: Path, companion: Companion | None) -> None:
    kept = None
    if package.is_at(out):
        package.refuse_if_changed()
        kept = backup(book.path, book.data)
    try:
        with _together(companion, out, book.path):
            package.save(out)
    except Refused:
        if kept is not None:
            kept.take_back()
        raise


def _together(companion: Companion | None, target: Path, like: Path) -> contextlib.AbstractContextManager[None]:
    if companion is None:
        return contextlib.nullcontext()
    return in_place(companion.place(target), companion.text(target.name), like)


@contextlib.contextmanager
def in_place(path: Path, text: str, like: Path | None) -> Iterator[None]:
    """Put a text file in its place; where the block fails, what lay there before stands again.

    Parameters
    ----------
    like : file whose mode and owner a new file gets.

    Raises
    ------
    Refused
        It cannot be written; the block does not run.
    """
    try:
        before = path.read_bytes()
    except OSError:
        before = None
    write_text(path, text, like)
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _write_bytes(path, before, like)
        raise


def _answer_kept(package: Package, book: BookFile, companion: Companion | None) -> Path:
    """Save an answer that found its book changed, with its companion, under a name that is free."""
    path = book.path
    name = f"{path.stem}.answer-{dt.datetime.now():%Y-%m-%d-%H%M%S}"
    for number in itertools.count(1):
        kept = path.with_name(f"{name}{f'-{number}' if number > 1 else ''}{path.suffix}")
        if not os.path.lexists(kept):
            break
    with _together(companion, kept, path):
        package.save(kept)
    return kept


def _opened(book: BookFile) -> tuple[Package, dict[str, TableInfo]]:
    """Return a workbook and its tables by case-folded name."""
    package = book.package()
    return package, {info.name.casefold(): info for info in package.tables()}


def _add_missing(package: Package, tables: Sequence[NewTable], name: str) -> str:
    """Put tables side by side on a new sheet, so that each can grow downwards; returns the sheet's name."""
    sheet, column = package.add_sheet(name), 1
    for table in tables:
        package.write_cells(sheet, {(1, column): table.name})
        package.add_table(sheet, table, 2, column)
        column += len(table.headers) + 1
    return sheet


def write_text(path: Path, text: str, like: Path | None = None) -> None:
    """Write a text file in one step: after a crash the old one stands, or the new one, whole.

    Parameters
    ----------
    like : file whose mode and owner it gets.
    """
    _write_bytes(path, text.encode(errors="replace"), like)  # the name of a file may hold bytes that are no text


def _write_bytes(path: Path, data: bytes, like: Path | None) -> None:
    def verify(written: Path) -> None:
        if written.stat().st_size != len(data):
            text = f"{path.name} could not be written"
            cure = "check disk space and try again"
            raise Refused(None, text, cure)

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    replace_file(path, write, verify, like=like)
