"""Sheets written otherwise than Excel does are read and edited alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workbook.package.opening import opened, rebuilt, sheet_with, text_of, values
from xlalm.workbook.package.package import Package

SCANNED = (
    '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1</f><v>1</v></c><c r="C2"><f>A1</f></c>'
    '<c r="D2" t="str"><f>""</f><v></v></c><c r="E2"><f>A1</f><v></v></c><c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    '<c r="G2" t="str"><f>A1</f></c><c r="H2"><f t="shared" si="0"/><v/></c>'
    '<c r="I2" t="inlineStr"><is><t>#N/A</t></is></c></row>'
)


@pytest.mark.parametrize(
    "rows",
    [
        SCANNED,
        SCANNED.replace('"', "'"),
        f"<!-- a comment -->{SCANNED}",
        re.sub(r' r="[A-Z]?2"', "", '<row r="1"/>' + SCANNED),
        SCANNED.replace("><", ">\n <"),
    ],
    ids=["as Excel writes", "single quotes", "comment", "no references", "indented"],
)
def test_errors_formulas_and_missing_caches_are_found(small: Path, rows: str) -> None:
    scan = Package.open(sheet_with(small, rows)).values(["Data"])["Data"].scan
    assert scan.errors == {(2, 1): "#N/A", (2, 6): "#DIV/0!"}
    assert scan.formulas == {(2, column) for column in range(2, 9)}
    assert scan.uncached == {(2, 3), (2, 5), (2, 7), (2, 8)}


@pytest.mark.parametrize(
    ("rows", "prefix"),
    [
        (
            '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="3"><x:c r="C3"><x:v>3</x:v></x:c></x:row>',
            "x:",
        ),
        ("<row><c><v>1</v></c></row><row/><row><c/><c/><c><v>3</v></c></row>", ""),
        ("<row r='1'><c r='A1'><v>1</v></c></row><row r='3' spans='1:3'><c s='0' r='C3'><v>3</v></c></row>", ""),
        (
            "<!-- <row> --><row r='1'><c r='A1'><v><![CDATA[1]]></v></c></row><row r='3'><c r='C3'><v>3</v></c></row>",
            "",
        ),
    ],
    ids=["prefix", "no references", "single quotes", "comment and CDATA"],
)
def test_unusual_but_valid_sheets_are_edited(small: Path, rows: str, prefix: str) -> None:
    sheet_with(small, rows, prefix=prefix)
    package = Package.open(small)
    package.write_cells("Data", {(2, 2): "two", (3, 2): 2.5, (3, 4): True, (1, 1): 1.5})
    package.save()
    wanted = {(1, 1): 1.5, (2, 2): "two", (3, 2): 2.5, (3, 3): 3.0, (3, 4): True}
    assert values(small, "Data") == wanted
    sheet = opened(small)["Data"]
    assert {(c.row, c.column): c.value for row in sheet for c in row if c.value is not None} == wanted


def test_a_sheet_in_utf16_is_edited(small: Path) -> None:
    xml = text_of(small, "xl/worksheets/sheet1.xml").replace('encoding="UTF-8"', 'encoding="UTF-16"')
    rebuilt(small, {"xl/worksheets/sheet1.xml": xml.encode("utf-16")})
    package = Package.open(small)
    package.write_cells("Data", {(1, 1): "ü"})
    package.save()
    assert values(small, "Data") == {(1, 1): "ü"}
