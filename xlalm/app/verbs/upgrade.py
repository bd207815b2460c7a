"""The verb ``upgrade``: a book of an older schema version brought to the present one, and what that changed."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from xlalm.app.run.book import open_book
from xlalm.app.run.target import target_of
from xlalm.domain.errors import Refused
from xlalm.domain.numbers import is_blank, number_of
from xlalm.domain.result import Result
from xlalm.domain.settings import SCHEMA_VERSION, SETTINGS
from xlalm.domain.table import ErrorValue, Table, normalise_header
from xlalm.domain.text import shown
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress

if TYPE_CHECKING:
    from xlalm.workbook.package.package import Package

_MIGRATIONS = Path(__file__).resolve().parents[2] / "schema" / "migrations.csv"


@attrs.frozen
class Migration:
    """One change that a schema version brought: a setting, or a column of a table, that older books lack."""

    version: int
    change: Literal["setting", "column"]
    table: str
    name: str
    why: str


def migrations() -> Iterator[Migration]:
    """Yield every migration in the order in which they are applied."""
    with _MIGRATIONS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Migration(int(row["version"]), row["change"], row["table"], row["name"], row["why"])  # type: ignore[arg-type]


def upgrade(
    book: Path,
    *,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Bring a book of an older schema version to the present one and list what changed.

    Parameters
    ----------
    out : workbook to write; by default the book itself, after a backup. ``write`` False lists what would change.

    Raises
    ------
    Refused
        The book is of a newer version, or a table has no room for a new column; nothing is written then.
    """
    from xlalm.workbook.writing import save_package

    book, watch = Path(book), Watch(progress, stop)
    watch.says("reading the book")
    watch.check()
    read = open_book(book)
    settings = read.tables.get("Settings")
    if settings is None or not {"setting", "value"} <= set(settings.columns):
        text = f"{book.name} has no table Settings with columns Setting and Value"
        cure = "add one, then upgrade"
        raise Refused(None, text, cure)
    version = _version(settings)
    if version > SCHEMA_VERSION:
        text = f"{book.name} is of schema version {version}; this xlalm knows {SCHEMA_VERSION}"
        cure = "install a newer one"
        raise Refused(None, text, cure)
    if version == SCHEMA_VERSION:
        said = f"{book.name} is of schema version {SCHEMA_VERSION} already; nothing to do."
        watch.ends()
        return Result("checked", {}, messages=(said,))
    assert read.file is not None
    target = target_of(read, out, write=write)
    package = read.file.package()
    changed = [m for m in migrations() if m.version > version and _is_missing(package, settings, m)]
    for migration in changed:
        if migration.change == "column":
            package.add_column(migration.table, migration.name)
    new = {m.name: SETTINGS[m.name].default for m in changed if m.change == "setting"}
    _write_settings(package, settings, new | {"schema_version": float(SCHEMA_VERSION)})
    lines = [f"{m.table}: {m.change} {m.name} added ({m.why})." for m in changed]
    if target is None:
        watch.ends()
        first = f"{book.name} is of schema version {version}; for {SCHEMA_VERSION} it lacks:"
        return Result("checked", {}, messages=(first, *lines))
    watch.says("writing the book", 0.5)
    watch.check()
    save_package(package, read.file, target)
    watch.ends()
    first = f"{book.name} was of schema version {version} and is now of {SCHEMA_VERSION}:"
    return Result("written", {}, messages=(first, *lines), written=str(target))


def _version(settings: Table) -> int:
    """Return a book's schema version; one that does not say is of the first; raises Refused for an unusable one."""
    stated = [k for k, name in enumerate(_names(settings)) if name == "schema_version"]
    values = [value for value in (settings.columns["value"][k] for k in stated) if not is_blank(value)]
    if not values:
        return 1
    number = number_of(values[0])
    if len(values) > 1 or number is None or number < 1 or number != int(number):
        last, cell = values[-1], settings.cell(stated[-1], "value")
        what = f'schema_version "{shown(last.text if isinstance(last, ErrorValue) else last)}" cannot be used'
        text = f"{cell}: {what}"
        cure = f"enter it once, as a whole number up to {SCHEMA_VERSION}"
        raise Refused(None, text, cure)
    return int(number)


def _names(settings: Table) -> list[str]:
    return [normalise_header(str(name or "")) for name in settings.columns["setting"]]


def _is_missing(package: "Package", settings: Table, migration: Migration) -> bool:
    """Whether a book lacks what a migration adds; a table it does not have needs no column."""
    if migration.change == "setting":
        return migration.name not in _names(settings)
    headers = next((t.headers for t in package.tables() if t.name.casefold() == migration.table.casefold()), None)
    return headers is not None and normalise_header(migration.name) not in map(normalise_header, headers)


def _write_settings(package: "Package", settings: Table, values: dict[str, float | str | bool | None]) -> None:
    """Write settings into the rows that have them, the others below the last row."""
    names = _names(settings)
    rows = []
    for name, value in values.items():
        shown = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
        if name in names:
            place = settings.cell(names.index(name), "value")
            package.write_cells(place.sheet, {(place.row, place.column): shown})
        else:
            rows.append([name, shown])
    if rows:
        package.append_rows("Settings", rows, [settings.headers["setting"], settings.headers["value"]])
