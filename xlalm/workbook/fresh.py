"""A new workbook that holds input tables and nothing else: what tables in memory are on file."""

import datetime as dt
import zipfile
from collections.abc import Mapping
from pathlib import Path

from xlalm.domain.table import Table
from xlalm.schema.display import input_format
from xlalm.schema.tables import INPUT_TABLES, Column, table_schema
from xlalm.workbook.package.cell_xml import CellValue
from xlalm.workbook.package.container import Container, file_bytes
from xlalm.workbook.package.package import Package
from xlalm.workbook.package.table_part import NewTable
from xlalm.workbook.template import template_path

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_THEME = "xl/theme/theme1.xml"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_MAIN}"/>'
    f'<Override PartName="/{_THEME}" ContentType="application/vnd.openxmlformats-officedocument.theme+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{_OFFICE}"/>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/theme" Target="theme/theme1.xml"/></Relationships>',
}
"""The least that a workbook is made of, but for the theme; sheets, tables and styles are added to it."""

_TEXT = "@"


def write_inputs(path: Path, tables: Mapping[str, Table]) -> None:
    """Write each input table onto a sheet of its name, its headers in row 1: every value stands where its cell says.

    Raises
    ------
    Refused
        A table is too large for a sheet, or the file cannot be written.
    """
    look = template_path()
    theme = Container(file_bytes(look), look.name).read(_THEME)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, _DECLARED + text)
        archive.writestr(_THEME, theme)  # it looks as shipped books do
    package = Package.open(path)
    for name in INPUT_TABLES:
        if name in tables and tables[name].columns:
            package.add_table(package.add_sheet(name), _new_table(tables[name]), 1, 1)
    package.save()


def _new_table(table: Table) -> NewTable:
    """Return a table of inputs as it looks in the template: formulas and names as text, numbers by their unit."""
    columns = table_schema(table.name).columns
    rows = [[_value(value) for value in row] for row in zip(*table.columns.values(), strict=True)]
    return NewTable(
        table.name, list(table.headers.values()), rows, [_format(columns.get(key)) for key in table.columns]
    )


def _format(column: Column | None) -> str | None:
    if column is None or column.kind in {"any", "date"}:
        return None
    return input_format(column) if column.kind == "number" else _TEXT


def _value(value: object) -> CellValue:
    return value if value is None or isinstance(value, str | float | int | dt.date) else str(value)
