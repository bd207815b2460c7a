"""Looking into workbook files with other eyes than ours, and making unusual ones."""

from __future__ import annotations

import warnings
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import python_calamine
from openxml_audit import FileFormat, OpenXmlValidator

NINE_ROWS = [(f"Line {i}", 100.0 * i, 90.0 * i, -10.0 * i, "=not a formula") for i in range(1, 10)]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuilt(path: Path, changes: dict[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Replace, add or (``None``) drop parts of a file, for hostile or unusual input."""
    content: dict[str, bytes | None] = {**parts(path), **changes}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def findings(path: Path) -> Counter[str]:
    result = OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(str(path))
    return Counter(f"{error.part_uri}: {error.description}" for error in result.errors)


def values(path: Path, sheet: str) -> dict[tuple[int, int], object]:
    """Cells by (row, column) as calamine, an independent reader, sees them; blanks are left out."""
    grid = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet)
    rows = grid.to_python(skip_empty_area=False)
    return {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value != ""}


def opened(path: Path) -> openpyxl.Workbook:
    """Open a book the way openpyxl does; it says of every extension that it will lose it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
    if book.vba_archive:
        book.vba_archive.close()
    return book


def text_of(path: Path, part: str) -> str:
    return parts(path)[part].decode()


def sheet_with(path: Path, rows: str, *, prefix: str = "") -> Path:
    """Give the first sheet of a book these rows."""
    declared = "xmlns" if not prefix else f"xmlns:{prefix.rstrip(':')}"
    xml = (
        f'<{prefix}worksheet {declared}="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>"
    )
    return rebuilt(path, {"xl/worksheets/sheet1.xml": xml.encode()})
