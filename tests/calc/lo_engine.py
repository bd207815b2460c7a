"""An xlwings engine over a live LibreOffice Calc: plain xlwings code drives a real spreadsheet, from any process.

>>> activate()
>>> xlwings.books.active.sheets["Limits"].range("A1").value

It does what xlalm's live host asks of Excel, in Excel's way: text that is written is read as if typed, an apostrophe in
front makes it text; an app's settings outlive the process that changed them. What Calc has (values, tables, formulas,
calculation mode, locked screen, selection) is Calc's own; what it lacks (status bar, events, alerts) is kept in a log.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import time
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import xlwings
from xlwings import NoSuchObjectError, base_classes, utils

from tests.calc.office import VARIABLE, connect, has_uno, property_values
from xlalm.workbook.package.package import Package

NAME = "libreoffice"
DATE, TIME, LOGICAL = 2, 4, 1024  # com.sun.star.util.NumberFormat
DAY_ZERO = dt.datetime(1899, 12, 30)
_ERRORS = {532: "#DIV/0!", 32767: "#N/A", 525: "#NAME?", 524: "#REF!", 519: "#VALUE!", 503: "#NUM!", 521: "#NULL!"}
# Text that a spreadsheet may read as something else unless an apostrophe stands in front.
_TYPED = re.compile(r"^(?!')(?=.*\d|[=+\-@#]|true$|false$)", re.IGNORECASE | re.DOTALL)
_ALL_CONTENTS = 1 | 2 | 4 | 16  # values, dates, texts, formulas
_SEPARATORS = re.compile(r'"[^"]*"|\{[^}]*\}|,')


def _in_calc(formula: str) -> str:
    """Return a formula of Excel's with the separators of Calc: ; for arguments and columns, | for rows of an array."""

    def change(found: re.Match[str]) -> str:
        text = found[0]
        return text.replace(";", "|").replace(",", ";") if text[0] in "{," else text

    return _SEPARATORS.sub(change, formula)


class ErrorCell(str):
    """An error cell such as #N/A."""


class Engine:
    """What xlwings calls an engine."""

    name, type = NAME, "desktop"

    @property
    def apps(self) -> Apps:
        """The offices that can be reached: the one the environment names."""
        return Apps()

    @staticmethod
    def prepare_xl_data_element(x: Any, _options: Any) -> Any:
        return "" if x is None or x != x else x

    @staticmethod
    def clean_value_data(
        data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> list[list[Any]]:
        def clean(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, ErrorCell):
                return str(value) if err_to_str else None
            return value

        return [[clean(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    def keys(self) -> list[int]:
        return [app.pid for app in self]

    def __iter__(self) -> Iterator[App]:
        if VARIABLE in os.environ:
            yield App(**json.loads(os.environ[VARIABLE]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, pid: int) -> App:
        for app in self:
            if app.pid == pid:
                return app
        raise KeyError(pid)


@cache
def _context(pipe: str) -> Any:
    return connect(pipe)


class App(base_classes.App):
    def __init__(self, pipe: str, pid: int, log: str) -> None:
        self.context, self._pid, self.log = _context(pipe), pid, Path(log)
        self.desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    engine = property(lambda self: ENGINE)
    api = property(lambda self: self.desktop)
    pid = property(lambda self: self._pid)
    version = property(lambda self: "16.0")
    books = property(lambda self: Books(self))

    # --- what Calc has ---

    @property
    def selection(self) -> Range | None:
        book = self.books.active
        chosen = book.controller.getSelection() if book is not None else None
        area = getattr(chosen, "RangeAddress", None)  # a chart has none
        if area is None:
            return None
        sheet = Sheet(book, book.doc.Sheets.getByIndex(area.Sheet))
        return Range(sheet, area.StartRow, area.StartColumn, area.EndRow, area.EndColumn)

    @property
    def calculation(self) -> str:
        automatic = all(book.doc.isAutomaticCalculationEnabled() for book in self.books)
        return "automatic" if automatic else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._note("calculation", value)
        for book in self.books:
            book.doc.enableAutomaticCalculation(value == "automatic")

    @property
    def screen_updating(self) -> bool:
        return not any(book.doc.hasControllersLocked() for book in self.books)

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self._note("screen_updating", value)
        for book in self.books:
            while value and book.doc.hasControllersLocked():
                book.doc.unlockControllers()
            if not value and not book.doc.hasControllersLocked():
                book.doc.lockControllers()

    def calculate(self) -> None:
        for book in self.books:
            book.doc.calculate()

    def activate(self, steal_focus: bool = False) -> None:
        """Nothing: there is no window."""

    # --- what it lacks ---

    def _note(self, what: str, value: object) -> None:
        entry = {"at": time.time(), "process": os.getpid(), "what": what, "value": value}
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")

    def noted(self, what: str) -> list[Any]:
        """Return everything that was set, or shown, in order."""
        entries = (json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines())
        return [entry["value"] for entry in entries if entry["what"] == what]

    def _last(self, what: str, default: object) -> Any:
        return [default, *self.noted(what)][-1]

    status_bar = property(
        lambda self: self._last("status_bar", False), lambda self, value: self._note("status_bar", value)
    )
    enable_events = property(
        lambda self: self._last("enable_events", True), lambda self, value: self._note("enable_events", value)
    )
    display_alerts = property(
        lambda self: self._last("display_alerts", True), lambda self, value: self._note("display_alerts", value)
    )

    def alert(self, prompt: str, title: str | None, buttons: str, mode: str | None, callback: str | None) -> str:
        self._note("alert", prompt)
        return "ok"


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self.app = app

    api = property(lambda self: self.app.desktop)

    def __iter__(self) -> Iterator[Book]:
        components = self.app.desktop.Components.createEnumeration()
        while components.hasMoreElements():
            document = components.nextElement()
            if document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                yield Book(self.app, document)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __call__(self, key: int | str) -> Book:
        for at, book in enumerate(self, start=1):
            if key in (at, book.name, book.fullname):
                return book
        raise KeyError(key)

    @property
    def active(self) -> Book | None:
        """The book made active last; without a window Calc has no active one."""
        wanted = self.app._last("active", None)
        books = list(self)
        return next((book for book in books if book.fullname == wanted), books[0] if books else None)

    def add(self) -> Book:
        document = self.app.desktop.loadComponentFromURL(
            "private:factory/scalc", "_blank", 0, property_values(Hidden=True)
        )
        return Book(self.app, document)

    def open(self, fullname: str, *_args: Any, **_options: Any) -> Book:
        url = Path(fullname).resolve().as_uri()
        document = self.app.desktop.loadComponentFromURL(url, "_blank", 0, property_values(Hidden=True))
        if document is None:
            message = f"LibreOffice could not open {fullname}"
            raise OSError(message)
        document.calculateAll()  # stored values of files that no spreadsheet saved are not trusted
        self.note_columns(Path(fullname))
        book = Book(self.app, document)
        book.activate()
        return book

    def note_columns(self, path: Path) -> None:
        """Keep the names of columns whose table shows no headers: Calc reads them and tells nobody."""
        for info in Package.open(path).tables():
            if not info.header_rows:
                self.app._note(f"columns {info.name}", info.headers)


class Book(base_classes.Book):
    def __init__(self, app: App, doc: Any) -> None:
        self._app, self.doc = app, doc

    api = property(lambda self: self.doc)
    app = property(lambda self: self._app)
    controller = property(lambda self: self.doc.CurrentController)
    sheets = property(lambda self: Sheets(self))
    name = property(lambda self: Path(self.fullname).name)

    @property
    def fullname(self) -> str:
        return unquote(urlsplit(self.doc.URL).path) or self.doc.Title

    def activate(self, *_args: Any) -> None:
        self._app._note("active", self.fullname)

    def close(self) -> None:
        self.doc.close(True)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book, self.all = book, book.doc.Sheets

    api = property(lambda self: self.all)

    @property
    def active(self) -> Sheet:
        return Sheet(self.book, self.book.controller.ActiveSheet)

    def __len__(self) -> int:
        return int(self.all.Count)

    def __iter__(self) -> Iterator[Sheet]:
        ranges = Ranges(self.book)  # asked once for all sheets
        return (Sheet(self.book, self.all.getByIndex(at), ranges) for at in range(len(self)))

    def __call__(self, key: int | str) -> Sheet:
        for sheet in self:
            if key in (sheet.index, sheet.name) or str(key).lower() == sheet.name.lower():
                return sheet
        raise NoSuchObjectError(key)

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        at = before.index - 1 if before else after.index if after else 0
        self.all.insertNewByName(name or f"Sheet{len(self) + 1}", at)
        sheet = Sheet(self.book, self.all.getByIndex(at))
        sheet.activate()  # as Excel does
        return sheet


class Ranges:
    """The tables of a book by the position of their sheet."""

    def __init__(self, book: Book) -> None:
        self.all = book.doc.DatabaseRanges

    @cached_property
    def by_sheet(self) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for name in self.all.ElementNames:
            if not name.startswith("__Anonymous"):
                known = self.all.getByName(name)
                found.setdefault(known.DataArea.Sheet, []).append(known)
        return found


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, sheet: Any, ranges: Ranges | None = None) -> None:
        self._book, self.sheet, self.ranges = book, sheet, ranges

    api = property(lambda self: self.sheet)
    book = property(lambda self: self._book)
    name = property(lambda self: self.sheet.Name)
    index = property(lambda self: self.sheet.RangeAddress.Sheet + 1)
    tables = property(lambda self: Tables(self))

    def range(self, first: Any, last: Any = None) -> Range:
        first, last = getattr(first, "impl", first), getattr(last, "impl", last)
        if isinstance(first, Range):
            first, last = (first.r0 + 1, first.c0 + 1), ((last or first).r1 + 1, (last or first).c1 + 1)
        if isinstance(first, str):
            first, end = utils.a1_to_tuples(first)
            last = last or end
        last = last or first
        return Range(self, first[0] - 1, first[1] - 1, last[0] - 1, last[1] - 1)

    def activate(self) -> None:
        self._book.controller.setActiveSheet(self.sheet)

    select = activate

    def delete(self) -> None:
        self._book.doc.Sheets.removeByName(self.name)


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, r0: int, c0: int, r1: int, c1: int) -> None:
        self.sheet, self.r0, self.c0, self.r1, self.c1 = sheet, r0, c0, r1, c1
        self.options: dict[str, Any] = {}

    cells = property(lambda self: self.sheet.sheet.getCellRangeByPosition(self.c0, self.r0, self.c1, self.r1))
    api = property(lambda self: self.cells)
    row = property(lambda self: self.r0 + 1)
    column = property(lambda self: self.c0 + 1)
    shape = property(lambda self: (self.r1 - self.r0 + 1, self.c1 - self.c0 + 1))
    coords = property(lambda self: (self.sheet.name, self.row, self.column, *self.shape))
    max_cells_per_read = property(lambda self: None)
    max_cells_per_write = property(lambda self: None)

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self.shape[1] + 1, (row - 1) % self.shape[1] + 1
        r, c = self.r0 + row - 1, self.c0 + column - 1
        return Range(self.sheet, r, c, r, c)

    def get_address(self, row_absolute: bool = True, column_absolute: bool = True, external: bool = False) -> str:
        row, column = "$" * row_absolute, "$" * column_absolute
        corners = [(self.r0, self.c0), (self.r1, self.c1)]
        names = [f"{column}{utils.col_name(c + 1)}{row}{r + 1}" for r, c in corners]
        return names[0] if len(self) == 1 else ":".join(names)

    address = property(lambda self: self.get_address())

    def _kinds(self) -> Iterator[tuple[Any, int]]:
        """Give each area of one number format with the format's kind: only it tells a date from a number."""
        formats, groups = self.sheet.book.doc.NumberFormats, self.cells.UniqueCellFormatRanges
        kinds: dict[int, int] = {}
        for at in range(groups.Count):
            group = groups.getByIndex(at)
            key = group.NumberFormat
            if key not in kinds:
                kinds[key] = formats.getByKey(key).Type & ~1
            if kinds[key] in (DATE, DATE | TIME, LOGICAL):
                yield from ((area, kinds[key]) for area in group.RangeAddresses)

    @property
    def raw_value(self) -> Any:
        cells = self.cells
        data = [list(row) for row in cells.getDataArray()]
        has_numbers = any(isinstance(value, float) for row in data for value in row)
        for area, kind in self._kinds() if has_numbers else ():
            for r in range(area.StartRow - self.r0, area.EndRow - self.r0 + 1):
                for c in range(area.StartColumn - self.c0, area.EndColumn - self.c0 + 1):
                    value = data[r][c]
                    if isinstance(value, float):
                        seconds = dt.timedelta(seconds=round(value * 86400, 3))
                        data[r][c] = bool(value) if kind == LOGICAL else DAY_ZERO + seconds
        for r, row in enumerate(data):
            for c, value in enumerate(row):
                if value is None:
                    row[c] = ErrorCell(_ERRORS.get(cells.getCellByPosition(c, r).getError(), "#VALUE!"))
        return data[0][0] if len(self) == 1 else data

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        rows = value if isinstance(value, list | tuple) else [[value] * self.shape[1]] * self.shape[0]
        plain: list[tuple[object, ...]] = []
        typed: list[tuple[int, int, str]] = []
        for r, row in enumerate(rows):
            cells: list[object] = []
            for c, cell in enumerate(row):
                if isinstance(cell, str) and _TYPED.search(cell):
                    typed.append((r, c, cell))
                    cells.append("")
                elif isinstance(cell, str):
                    cells.append(cell.removeprefix("'"))
                else:
                    cells.append(float(cell) if isinstance(cell, int | float) else str(cell))
            plain.append(tuple(cells))
        self.cells.setDataArray(tuple(plain))
        cells_of = self.cells
        for r, c, text in typed:
            cells_of.getCellByPosition(c, r).Formula = _in_calc(text) if text.startswith("=") else text

    @property
    def formula(self) -> Any:
        rows = tuple(tuple(text.removeprefix("'") for text in row) for row in self.cells.getFormulaArray())
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        rows = value if isinstance(value, list | tuple) else [[value] * self.shape[1]] * self.shape[0]
        self.cells.setFormulaArray(tuple(tuple(row) for row in rows))

    @property
    def number_format(self) -> str | None:
        groups, formats = self.cells.UniqueCellFormatRanges, self.sheet.book.doc.NumberFormats
        keys = {groups.getByIndex(at).NumberFormat for at in range(groups.Count)}
        return str(formats.getByKey(keys.pop()).FormatString) if len(keys) == 1 else None

    @number_format.setter
    def number_format(self, code: str) -> None:
        import uno

        formats = self.sheet.book.doc.NumberFormats
        locale = uno.createUnoStruct("com.sun.star.lang.Locale", "en", "US", "")
        key = formats.queryKey(code, locale, False)
        self.cells.NumberFormat = formats.addNew(code, locale) if key == -1 else key

    @property
    def merge_cells(self) -> bool | None:
        return None if self.cells.getIsMerged() else False

    @property
    def column_width(self) -> float:
        return float(self.cells.Columns.getByIndex(0).Width / 200)

    @column_width.setter
    def column_width(self, width: float) -> None:
        self.cells.Columns.Width = int(width * 200)

    def clear_contents(self) -> None:
        self.cells.clearContents(_ALL_CONTENTS)

    def select(self) -> None:
        self.sheet.activate()
        self.sheet.book.controller.select(self.cells)


class Tables(base_classes.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.ranges = sheet, sheet.ranges or Ranges(sheet.book)

    api = property(lambda self: self.ranges.all)

    def __iter__(self) -> Iterator[Table]:
        return (Table(self.sheet, known) for known in self.ranges.by_sheet.get(self.sheet.index - 1, []))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: str) -> bool:
        return any(table.name.lower() == key.lower() for table in self)

    def __call__(self, key: int | str) -> Table:
        for at, table in enumerate(self, start=1):
            if key in (at, table.name):
                return table
        raise KeyError(key)

    def add(self, source: Any, name: str, **_options: Any) -> Table:
        self.api.addNewByName(name, source.api.RangeAddress)
        table = Table(self.sheet, self.api.getByName(name))
        table.range_object.ContainsHeader = True
        return table


class Table(base_classes.Table):
    def __init__(self, sheet: Sheet, range_object: Any) -> None:
        self.sheet, self.range_object = sheet, range_object

    api = property(lambda self: self.range_object)
    area = property(lambda self: self.range_object.DataArea)
    parent = property(lambda self: self.sheet)
    name = property(lambda self: self.range_object.Name)
    show_headers = property(lambda self: bool(self.range_object.ContainsHeader))
    autofilter = property(lambda self: AutoFilter(self))
    columns = property(lambda self: TableColumns(self))

    @property
    def range(self) -> Range:
        area = self.area
        return Range(self.sheet, area.StartRow, area.StartColumn, area.EndRow, area.EndColumn)

    @property
    def header_row_range(self) -> Range | None:
        area = self.area
        return Range(self.sheet, area.StartRow, area.StartColumn, area.StartRow, area.EndColumn)

    @property
    def show_totals(self) -> bool:
        return bool(self.range_object.TotalsRow)

    @show_totals.setter
    def show_totals(self, show: bool) -> None:
        """As in Excel the row goes and comes back with its formulas, wherever the table ends by then."""
        if show == self.show_totals:
            return
        area, kept = self.area, self.sheet.book.app
        if show:
            area.EndRow += 1
            self.range_object.DataArea, self.range_object.TotalsRow = area, True
            self._totals_row().setFormulaArray(tuple(tuple(row) for row in kept._last(f"totals {self.name}", [])))
        else:
            kept._note(f"totals {self.name}", self._totals_row().getFormulaArray())
            self._totals_row().clearContents(_ALL_CONTENTS)
            area.EndRow -= 1
            self.range_object.DataArea, self.range_object.TotalsRow = area, False

    def _totals_row(self) -> Any:
        area = self.area
        return self.sheet.sheet.getCellRangeByPosition(area.StartColumn, area.EndRow, area.EndColumn, area.EndRow)

    def resize(self, target: Range) -> None:
        self.range_object.DataArea = target.api.RangeAddress


class TableColumns(base_classes.TableColumns):
    """The columns of a table that shows no headers."""

    def __init__(self, table: Table) -> None:
        self.names: list[str] = table.sheet.book.app._last(f"columns {table.name}", [])

    def __iter__(self) -> Iterator[TableColumn]:
        return map(TableColumn, self.names)


class TableColumn(base_classes.TableColumn):
    def __init__(self, name: str) -> None:
        self._name = name

    name = property(lambda self: self._name)


class AutoFilter(base_classes.AutoFilter):
    def __init__(self, table: Table) -> None:
        self.descriptor, self.table = table.range_object.getFilterDescriptor(), table

    @property
    def criteria(self) -> list[Any]:
        fields = self.descriptor.getFilterFields()
        return [base_classes.empty_autofilter_criteria(at, "unknown") for at in range(len(fields))]

    def clear(self, field: int | None) -> None:
        self.descriptor.setFilterFields(())
        self.table.range_object.refresh()


ENGINE = Engine()


def activate() -> None:
    """Let xlwings drive the office that the environment names."""
    has_uno()
    if NAME not in xlwings.engines.engines_by_name:
        xlwings.engines.add(xlwings.Engine(impl=ENGINE))
    xlwings.engines[NAME].activate()
