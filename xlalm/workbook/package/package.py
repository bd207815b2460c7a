"""A workbook file under edit: what is not written stays as it was, byte for byte.

>>> package = Package.open("book.xlsx")
>>> package.write_table("Allocation", rows)
>>> package.save("book.xlsx")
"""

from __future__ import annotations

import os
import xml.parsers.expat
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.cell_xml import CellValue
from xlalm.workbook.package.container import Container, file_bytes
from xlalm.workbook.package.footers import set_line
from xlalm.workbook.package.formula_cells import check_arrays, release_shared
from xlalm.workbook.package.references import MAX_COLUMNS, MAX_ROWS, Area
from xlalm.workbook.package.save import fingerprint, refuse_if_changed, replace_file
from xlalm.workbook.package.sheet_add import activate_sheet, add_sheet, add_table, is_visible
from xlalm.workbook.package.sheet_values import SheetValues, read_values
from xlalm.workbook.package.table_columns import add_column
from xlalm.workbook.package.table_part import NewTable, TableInfo
from xlalm.workbook.package.table_write import write_body

_EXTENSIONS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": ".xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": ".xltx",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": ".xlsm",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": ".xltm",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml": ".xlam",
}


class Package:
    """An .xlsx, .xlsm, .xltx, .xltm or .xlam file, read once and changed in memory until ``save``.

    Every ``write_*`` and ``add_*`` checks first and raises ``Refused`` before it changes anything. After an error
    drop the package: nothing reaches the disk but through ``save``.
    """

    def __init__(self, data: bytes, path: Path) -> None:
        self._book = BookParts(Container(data, path.name))
        self._path = path
        self._content = fingerprint(data)

    @classmethod
    def open(cls, path: Path | str) -> Package:
        """Read a workbook; the constructor takes one that is read already, by its bytes and the path they lie at.

        Raises
        ------
        Refused
            The file is missing, open for others only, encrypted or label-protected, .xls or .xlsb, damaged, not a
            workbook, too big, or holds document types or entities; the text says which and what to do.
        """
        path = Path(path)
        return cls(file_bytes(path), path)

    # --- reading ---

    @property
    def sheets(self) -> Mapping[str, str]:
        """Part name by sheet name, in tab order; chart sheets are left out."""
        return self._book.worksheets

    def tables(self) -> tuple[TableInfo, ...]:
        """Every table of the workbook as it stands now, in sheet order."""
        return self._book.tables()

    def table(self, name: str) -> TableInfo:
        """Table by name, in any case; ``Refused`` if there is none."""
        tables = self.tables()
        for table in tables:
            if table.name.lower() == name.lower():
                return table
        known = ", ".join(table.name for table in tables) or "none"
        text = f"{self._book.label} has no table {name}"
        cure = f"its tables are: {known}"
        raise Refused(None, text, cure)

    def values(self, sheets: Sequence[str]) -> dict[str, SheetValues]:
        """Values of sheets by name, as the file holds them, with error cells, formulas and merged cells."""
        return read_values(self._book, sheets)

    def is_visible(self, sheet: str) -> bool:
        """Whether a sheet's tab shows."""
        return is_visible(self._book, self._book.sheet_name(sheet))

    @property
    def date1904(self) -> bool:
        """Whether the workbook counts days from 1904."""
        return self._book.date1904

    @property
    def extension(self) -> str | None:
        """Ending that Excel wants for this kind of workbook; ``None`` where the kind is not known."""
        return _EXTENSIONS.get(self._book.parts.content_type(self._book.workbook_part))

    # --- writing ---

    def write_table(self, name: str, rows: Sequence[Sequence[CellValue]], columns: Sequence[str] | None = None) -> None:
        """Replace the body of a table; it grows or shrinks, rows beside and below it do not move.

        Parameters
        ----------
        rows : one value per column; ``None``, NaN and blank text leave a cell blank. No rows leave one blank row.
        columns : headers of the columns that ``rows`` hold, in that order; the others keep their cells and in new rows
            get the column's own formula. All columns by default.

        Raises
        ------
        Refused
            Something other than blank cells lies where the table has to grow; nothing was written.

        Notes
        -----
        New rows take the styles of the first body row, vacated cells keep theirs. A totals row moves along. A filter on
        the table is lifted, because its rows were hidden for their old values. Formulas in written cells go.
        Charts, names, conditional formats, validations and sparklines that cover exactly a column's body follow.
        """
        table = self.table(name)
        write_body(self._book, table, rows, self._checked(table, rows, columns))

    def append_rows(self, name: str, rows: Sequence[Sequence[CellValue]], columns: Sequence[str] | None = None) -> None:
        """Add rows below the last of a table, whose own rows stay as they are; else as ``write_table``."""
        table = self.table(name)
        write_body(self._book, table, rows, self._checked(table, rows, columns), keep=len(table.data_rows))

    def _checked(
        self, table: TableInfo, rows: Sequence[Sequence[CellValue]], columns: Sequence[str] | None
    ) -> list[int]:
        """Return the positions of the columns that ``rows`` hold."""
        positions = self._positions(table, columns)
        for at, row in enumerate(rows):
            if len(row) != len(positions):
                message = f"table {table.name}, row {at + 1}: {len(row)} values for {len(positions)} columns"
                raise ValueError(message)
        return positions

    def _positions(self, table: TableInfo, columns: Sequence[str] | None) -> list[int]:
        if columns is None:
            return list(range(len(table.headers)))
        index = {header.lower(): position for position, header in enumerate(table.headers)}
        missing = [column for column in columns if column.lower() not in index]
        if missing:
            text = f"table {table.name} has no column {missing[0]}"
            raise Refused(table.cell, text, "add a column with that header")
        return [index[column.lower()] for column in columns]

    def write_cells(self, sheet: str, values: Mapping[tuple[int, int], CellValue]) -> None:
        """Write single cells, given by (row, column) from 1; their styles stay.

        Raises
        ------
        Refused
            A cell is a table's header, or inside a merged range or an array formula; nothing was written.
        """
        if not values:
            return
        book, name = self._book, self._book.sheet_name(sheet)
        self._check_cells(name, values)
        grid = book.sheet(name)
        check_arrays(grid, name, lambda row, column: (row, column) in values)
        release_shared(grid, lambda row, column: (row, column) in values)
        by_row: dict[int, dict[int, CellValue]] = defaultdict(dict)
        for (row, column), value in values.items():
            by_row[row][column] = value
        for row in sorted(by_row):
            columns = sorted(by_row[row])
            cells = [by_row[row][column] for column in columns]
            book.formulas_changed |= grid.write_row(row, columns, cells)
            book.note(name, Area(row, columns[0], row, columns[-1]))

    def _check_cells(self, name: str, values: Mapping[tuple[int, int], CellValue]) -> None:
        for row, column in values:
            if not (1 <= row <= MAX_ROWS and 1 <= column <= MAX_COLUMNS):
                message = f"row {row}, column {column} is not on a sheet"
                raise ValueError(message)
        for table in self.tables():
            if table.sheet == name and table.header_rows:
                header = Area(table.first_row, table.first_column, table.first_row, table.last_column)
                self._refuse_within(name, values, header, f"this cell is a header of table {table.name}")
        for merge in self._book.merged(name):
            inner = {cell: value for cell, value in values.items() if cell != (merge.first_row, merge.first_column)}
            self._refuse_within(name, inner, merge, f"this cell is inside the merged cells {merge}")

    def _refuse_within(self, name: str, values: Mapping[tuple[int, int], CellValue], area: Area, why: str) -> None:
        for row, column in values:
            if area.holds(Area(row, column, row, column)):
                raise Refused(Cell(name, row, column), why, "write another cell (nothing was written)")

    def add_sheet(self, name: str) -> str:
        """Add an empty sheet after the last; returns its name, which gets a number if ``name`` is taken."""
        return add_sheet(self._book, name)

    def add_table(self, sheet: str, table: NewTable, row: int, column: int) -> None:
        """Write a new table with its first header at (``row``, ``column``), from 1.

        Raises
        ------
        Refused
            The name is taken or not allowed, or the cells are not free; nothing was written.
        """
        add_table(self._book, self._book.sheet_name(sheet), table, row, column)

    def add_column(self, table: str, header: str) -> None:
        """Add a blank column to the right of a table.

        Raises
        ------
        Refused
            The header is taken or not allowed, or the cells there are not free; nothing was written.
        """
        add_column(self._book, self.table(table), header)

    def activate_sheet(self, name: str) -> None:
        """Make a sheet the one that shows when the workbook is opened."""
        activate_sheet(self._book, self._book.sheet_name(name))

    def set_footer_line(self, sheet: str, text: str) -> None:
        """Put a line that begins with ``WHAT-IF:`` into a sheet's footers; blank text takes an earlier one out."""
        set_line(self._book, self._book.sheet_name(sheet), text)

    # --- saving ---

    def save(self, path: Path | str | None = None) -> None:
        """Write the workbook, over its old self by default; a crash leaves the old file or the new one, whole.

        A new file gets mode, owner and extended attributes of the one that was read.

        Raises
        ------
        Refused
            Excel holds the target open, it was changed since it was read, it may not be written, or its ending does not
            fit the kind of workbook; the old file is as it was.
        """
        target = self._path if path is None else Path(path)
        self._check_extension(target)
        changed, removed = self._book.finish()
        container = self._book.parts.container
        names = [name for name in container.names if name not in removed]
        names += [name for name in changed if container.find(name) is None]

        def write(stream: BinaryIO) -> None:
            container.write(stream, changed, removed)

        content = ""

        def verify(written: Path) -> None:
            nonlocal content
            _verify(written, names, changed, self._book.label)
            content = fingerprint(written.read_bytes())

        same = self.is_at(target)
        like = self._path if self._path.exists() else None
        replace_file(target, write, verify, expected=self._content if same else None, like=like)
        if same:
            self._content = content

    def is_at(self, target: Path) -> bool:
        """Whether a path leads to where the workbook was read from."""
        return os.path.realpath(target) == os.path.realpath(self._path)

    def refuse_if_changed(self) -> None:
        """Raise ``ChangedError`` where the file does not hold any more what was read, or last saved."""
        refuse_if_changed(self._path, self._content)

    def _check_extension(self, target: Path) -> None:
        wanted = self.extension
        if wanted is not None and target.suffix.lower() in _EXTENSIONS.values() and target.suffix.lower() != wanted:
            text = f"{self._book.label} is a {wanted} file; Excel will not open it as {target.name}"
            cure = f"use {wanted}"
            raise Refused(None, text, cure)


def _verify(written: Path, names: list[str], changed: Mapping[str, bytes], label: str) -> None:
    """Read the new file back: every part there, every checksum right, every changed part well-formed."""
    problem = ""
    try:
        with zipfile.ZipFile(written) as archive:
            bad = archive.testzip()
            if bad is not None or archive.namelist() != names:
                problem = f"part {bad or 'list'} did not read back"
    except zipfile.BadZipFile as error:
        problem = str(error)
    for name, data in changed.items():
        if problem or not name.endswith((".xml", ".rels")):
            continue
        try:
            xml.parsers.expat.ParserCreate().Parse(data, True)
        except xml.parsers.expat.ExpatError as error:
            problem = f"part {name}: {error}"
    if problem:
        text = f"{label} could not be written ({problem}); the old file is unchanged"
        cure = "check the disk and try again"
        raise Refused(None, text, cure)
