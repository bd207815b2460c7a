"""The page of limits says what the constants say, and names every one of them.

`python -m tests.hostile.test_limits` writes the page anew.
"""

import importlib
import pkgutil
import re
from pathlib import Path

import attrs

import xlalm

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
MIB = 2**20
HEAD = """# Limits

xlalm reads files that anyone may have sent. Each limit below is a constant of the code; a book that exceeds one gets
a finding (exit code 2) that names it, and nothing is written. They lie far above what a bank's workbook needs and keep
a hostile file from taking the machine: no book of the test suite takes ten seconds of processor time or 700 MiB more.

Formulas are compiled by a parser of their own and never run as code. Part names in the zip file are never used as
paths. Document types and entities in any XML part that is read are refused; macros, external links and pictures are
copied as they are and never opened. Lines on the screen hold no control characters, whatever the names in a book hold.
"""


@attrs.frozen
class Stated:
    """One limit: where its constant is, and in words what it bounds; ``unit`` turns the number into text."""

    place: str
    what: str
    unit: str = ""


PAGES: dict[str, list[Stated]] = {
    "The file": [
        Stated("workbook.package.container.MAX_FILE_BYTES", "size of the file", "MiB"),
        Stated("workbook.package.container.MAX_PART_BYTES", "one part, unpacked", "MiB"),
        Stated("workbook.package.container.MAX_TOTAL_BYTES", "all parts, unpacked", "MiB"),
        Stated("workbook.package.container.MAX_PARTS", "parts"),
        Stated("workbook.package.container.MAX_RATIO", "unpacked over packed size of a part of more than 16 MiB"),
        Stated(
            "workbook.package.sheet_values.MAX_READ_BYTES",
            "a sheet with input tables, and the shared texts, unpacked",
            "MiB",
        ),
        Stated("ledger.manifest._LARGEST_MANIFEST", "a manifest that `rerun` reads", "MB"),
    ],
    "Sheets and tables": [
        Stated("workbook.reading.MAX_ROWS", "rows of one input table, blank ones counted"),
        Stated(
            "workbook.package.sheet_values.MAX_SHEET_CELLS",
            "cells of the rectangle around all values of a sheet with input tables",
        ),
        Stated(
            "workbook.package.sheet_values.MAX_MERGED",
            "merged ranges of a sheet with input tables (none inside a table)",
        ),
        Stated("model.build.MAX_COEFFICIENTS", "positions times metrics, limits and goals"),
        Stated("workbook.package.references.MAX_ROWS", "rows of a sheet (Excel's own)"),
        Stated("workbook.package.references.MAX_COLUMNS", "columns of a sheet (Excel's own)"),
        Stated("workbook.package.cell_xml.MAX_TEXT", "characters of a cell (Excel's own); a longer result is cut"),
        Stated("workbook.package.table_part.MAX_HEADER", "characters of a header (Excel's own)"),
    ],
    "Numbers": [
        Stated("domain.numbers.LARGEST_NUMBER", "number in a cell, either sign"),
        Stated("measures.language.tokens.LARGEST_TYPED", "number written in a formula"),
        Stated("measures.expression.LARGEST_COEFFICIENT", "coefficient that a formula computes"),
        Stated(
            "model.units.LARGEST_SHARE",
            "bound or warning in % before it is taken for one typed without its percent sign",
            "%",
        ),
        Stated("tables.plausible.LARGEST_RATE", "rate a year before it is asked whether its scale is meant", "%"),
        Stated("model.plausible.LARGEST_MARGIN", "net interest income over assets before the same is asked", "%"),
        Stated("model.plausible.LARGEST_BANK", "assets in single units of a currency such as the euro, likewise"),
        Stated("model.plausible.LARGEST_BANK_OF_SMALL_UNITS", "the same of a currency such as the rupiah"),
        Stated(
            "model.limits.LARGEST_PERCENT",
            "bound of a share whose unit is blank before it is taken for no bound",
        ),
    ],
    "Formulas": [
        Stated("measures.language.tokens.MAX_LENGTH", "characters"),
        Stated("measures.language.tokens.MAX_TOKENS", "names, numbers, texts and signs"),
        Stated("measures.language.tokens.MAX_DEPTH", "parentheses inside each other, signs in a row"),
        Stated("measures.language.compiler.MAX_ARGUMENTS", "arguments of `min` and `max`"),
        Stated("measures.language.compiler.MAX_CHAIN", "metrics that refer to each other in a row"),
        Stated(
            "measures.language.compiler.MAX_NESTING",
            "products, ratios, minima and maxima inside each other, metrics included",
        ),
        Stated("measures.language.compiler.MAX_SIZE", "parts of a formula, those of its metrics counted at each use"),
        Stated("measures.language.compiler.MAX_GROUP_CELLS", "positions times different texts in `largest`"),
        Stated("program.quadratic.LARGEST_QUADRATIC", "positions that a quadratic goal touches"),
        Stated("tables.covariances.MAX_RISKY", "positions that Covariances names"),
        Stated("solver.nonlinear.functions.MAX_CELLS", "rows times columns of a nonlinear program"),
    ],
    "Formulas in cells, value at risk, bonds": [
        Stated("app.formulas.selection.MAX_CELLS", "cells of one argument of an `=ALM_` formula"),
        Stated("app.formulas.tables.MAX_ROWS", "rows of a table that an `=ALM_` formula is given"),
        Stated("tables.returns.LARGEST_CHANGE", "change in a day of Returns before it is warned of", "%"),
        Stated("app.run.arguments.MOST_POINTS", "points of one axis of a surface or sweep"),
        Stated("valuation.bond.MAX_YEARS", "years of a bond"),
    ],
    "What is said": [
        Stated("domain.findings.MAX_ALIKE", "findings listed per column; the others are counted"),
        Stated(
            "domain.findings.MAX_WARNINGS", "warnings about the formulas of a table; the others are counted, not listed"
        ),
        Stated(
            "model.formulas.MAX_FAULTS", "errors in the formulas of a table after which its other rows are not read"
        ),
        Stated("domain.text.LONGEST_LINE", "characters of a finding; a longer one is cut"),
        Stated("domain.text.LONGEST_QUOTE", "characters of a cell that a finding quotes"),
    ],
}
"""Every limit; the order of the page."""

NOT_LIMITS_OF_INPUT = {
    "app.formulas.declared.LONGEST_TEXT",  # of our own help texts
    "app.formulas.guard.MAX_LINES",  # failed cells remembered
    "workbook.package.chart_cache._MAX_CELLS",  # a chart's cache, not what it shows
    "workbook.package.room.MAX_SHEET_NAME",  # of sheets that xlalm adds
    "domain.findings._MAX_CHOICES",  # of suggestions
    "domain.findings._LONGEST_WORD",
}


def value(place: str) -> float:
    module, _, name = place.rpartition(".")
    return getattr(importlib.import_module(f"xlalm.{module}"), name)


def shown(stated: Stated) -> str:
    number = value(stated.place)
    if stated.unit == "MiB":
        return f"{number / MIB:,.0f} MiB"
    if stated.unit == "MB":
        return f"{number / 1e6:,.0f} MB"
    if stated.unit == "%":
        return f"{number:.0%}"
    return f"{number:,.0f}" if number < 1e12 else f"{number:.0e}".replace("e+", "e")


def page() -> str:
    lines = [HEAD]
    for title, limits in PAGES.items():
        lines += [f"## {title}", "", "| limit | of | constant |", "|---:|---|---|"]
        lines += [f"| {shown(stated)} | {stated.what} | `xlalm.{stated.place}` |" for stated in limits]
        lines.append("")
    return "\n".join(lines)


def test_the_page_says_what_the_constants_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.hostile.test_limits"


def test_every_limit_is_on_the_page() -> None:
    listed = {stated.place for limits in PAGES.values() for stated in limits} | NOT_LIMITS_OF_INPUT
    found = set()
    for module in pkgutil.walk_packages(xlalm.__path__, "xlalm."):
        if module.name.endswith("__main__") or module.name.startswith("xlalm.solver"):  # its limits are the solver's
            continue
        source = Path(importlib.import_module(module.name).__file__ or "").read_text(encoding="utf-8")
        names = re.findall(r"^(_?(?:MAX|LARGEST|LONGEST)_[A-Z_]+)(?:: \w+)? = ", source, re.MULTILINE)
        found |= {f"{module.name.removeprefix('xlalm.')}.{name}" for name in names}
    assert found <= listed, f"say it in docs/limits.md: {sorted(found - listed)}"


def test_the_stated_rectangle_of_near_cells_is_within_the_limit() -> None:
    """The quick look at a sheet passes columns A to AX and rows to 199,999 unmeasured."""
    from xlalm.workbook.package.sheet_values import _NOT_NEAR, MAX_SHEET_CELLS

    assert 50 * 199_999 <= MAX_SHEET_CELLS
    for near in (b"A1", b"Z199999", b"AX99999", b"B10"):
        assert not _NOT_NEAR.search(b'<c r="' + near + b'" s="1">')
    for far in (b"A200000", b"AY1", b"BA1", b"AAA1", b"A0", b"A1000000", b"a1", b"A01"):
        assert _NOT_NEAR.search(b'<c r="' + far + b'">')
    assert _NOT_NEAR.search(b"<c>")
    assert _NOT_NEAR.search(b'<c  r="A1">')
    assert _NOT_NEAR.search(b'<c s="1" r="A1">')


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
