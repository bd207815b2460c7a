"""The sheet Factors: every regulatory figure with paragraph, date, source and whether it was verified."""

from typing import Any

from workbooks.source.look.look import AMBER, AMBER_FILL, GREEN, STEEL, Book
from xlalm.regulation.factors import FACTOR_TABLES, Factor, factors

_TITLES = {
    "lcr_factors": "LCR",
    "nsfr_factors": "NSFR",
    "risk_weights": "Risk weights",
    "capital_minima": "Capital and limits",
    "indonesia_ratios": "Indonesian ratios",
}
_COLUMNS = (
    ("Rule", 16),
    ("Section", 26),
    ("Item", 52),
    ("Value", 13),
    ("Unit", 16),
    ("Paragraph", 15),
    ("Jurisdiction", 12),
    ("Effective", 11),
    ("Verified", 13),
    ("Source", 72),
    ("Note", 46),
)
_HEADER = 3
_INDENTED = (4, 10)
"""Columns whose text would touch that of the column before."""
_ALIGNED: dict[str, dict[str, Any]] = {name: {"align": "left", "indent": 1} for name in ("Unit", "Note")}
_ALIGNED["Value"] = {"align": "right"}


def add_factors(book: Book) -> None:
    """Add the sheet."""
    sheet = book.sheet("Factors", tab=STEEL)
    text = "From xlalm/regulation. UNVERIFIED marks a figure that nobody has yet read in the rule's own text."
    book.heading(sheet, "Regulatory factors", text)
    found = [(_TITLES[table], factor) for table in FACTOR_TABLES for factor in factors(table)]
    for column, (_, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
    specs = [{"header": name, "header_format": book.header(**_ALIGNED.get(name, {}))} for name, _ in _COLUMNS]
    last = _HEADER + len(found)
    sheet.add_table(_HEADER, 0, last, len(_COLUMNS) - 1, {"name": "RegulatoryFactors", "columns": specs, "style": None})
    for row, (rule, factor) in enumerate(found, start=_HEADER + 1):
        texts = [(str(value), width) for value, (_, width) in zip(_cells(rule, factor), _COLUMNS, strict=True)]
        book.fit_row(sheet, row, texts)
        look = {} if factor.verified else {"bg_color": AMBER_FILL}
        for column, value in enumerate(_cells(rule, factor)):
            wrap = book.cell(text_wrap=True, align="left", indent=1 if column in _INDENTED else 0, **look)
            if isinstance(value, float):
                sheet.write_number(row, column, value, book.cell(num_format="0.0%", **look))
            elif column == 8:
                mark = book.cell(bold=True, font_color=GREEN if factor.verified else AMBER, **look)
                sheet.write_string(row, column, value, mark)
            else:
                sheet.write_string(row, column, value, wrap)
    sheet.freeze_panes(_HEADER + 1, 3)
    sheet.repeat_rows(_HEADER)


def _cells(rule: str, factor: Factor) -> tuple[str | float, ...]:
    value = factor.number if factor.number is not None else factor.value
    mark = "yes" if factor.verified else "UNVERIFIED"
    return (
        rule,
        factor.section,
        factor.item,
        value,
        factor.unit,
        factor.paragraph,
        factor.jurisdiction,
        factor.valid_from.isoformat() if factor.valid_from else "",
        mark,
        factor.source,
        factor.note,
    )
