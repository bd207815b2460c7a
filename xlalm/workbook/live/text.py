"""Values as Excel must be given them, which reads what is written as if it were typed."""

from typing import Any

from xlalm.workbook.package.cell_xml import Formula, clipped

_NOT_PLAIN = {"true", "false"}


def as_text(text: str) -> str:
    """Return what to write so that a cell holds this text and nothing that could be read from it.

    Excel makes a formula of ``=x``, a date of ``1-2`` and a number of ``12%``. An apostrophe in front, which no cell
    shows, makes it text.
    """
    # Letters first and no digit anywhere: no spreadsheet takes that for a number, a date, a formula or an error.
    is_plain = text[:1].isalpha() and not any(map(str.isdigit, text)) and text.casefold() not in _NOT_PLAIN
    return text if is_plain else "'" + text


def cell_value(value: Any) -> Any:
    """Return what to write so that a cell holds this value or computes this formula; blank text leaves it blank."""
    if isinstance(value, Formula):
        return "=" + value.text.replace("_xlfn.", "")  # a mark that only files carry
    return (as_text(clipped(value)) if value else None) if isinstance(value, str) else value
