"""Tables of the calling workbook that a call leaves out although they change its answer.

A spreadsheet recalculates a formula by its arguments alone, so nothing is read behind its back for a value. The calling
workbook is looked at only to refuse a call whose answer would be another one with its ``Settings`` or ``Metrics``.
"""

from collections.abc import Callable, Mapping, Sequence

from xlalm.app.formulas.selection import Rectangle, Selection, shown_text
from xlalm.app.formulas.tables import has_headers
from xlalm.domain.cells import Cell, column_letters
from xlalm.domain.errors import Refused

Around = Callable[[str], Selection | None]
"""Returns a table of the calling workbook by its name with its header row; None where it has none or nobody knows."""

OPTIONAL_TABLES = {"settings": "Settings", "metrics": "Metrics"}
"""Arguments that are tables which may be left out, by the name of the table."""

_TABLES = {**OPTIONAL_TABLES, "positions": "Positions", "limits": "Limits", "goals": "Goals"}

Cells = Mapping[str, Selection]


def nothing_around(_: str) -> None:
    """Return no table: nobody knows the calling workbook."""


def in_order(names: Sequence[str], cells: Cells) -> dict[str, Selection]:
    """Return the arguments with settings and metrics told apart by their headers, in whichever order they stand.

    Parameters
    ----------
    names : the arguments that the formula takes.
    """
    if not set(names) >= set(OPTIONAL_TABLES):
        return dict(cells)
    mixed = {
        other
        for name, other in (("settings", "metrics"), ("metrics", "settings"))
        if name in cells and has_headers(cells[name], OPTIONAL_TABLES[other])
    }
    if not mixed or any(has_headers(cells[name], OPTIONAL_TABLES[name]) for name in mixed if name in cells):
        return dict(cells)
    others = {name: given for name, given in cells.items() if name not in OPTIONAL_TABLES}
    swapped = {"settings": cells.get("metrics"), "metrics": cells.get("settings")}
    return others | {name: given for name, given in swapped.items() if given is not None}


def answered(
    call: str, names: Sequence[str], cells: Cells, around: Around, compute: Callable[[Cells], object]
) -> object:
    """Return what a call gives.

    Parameters
    ----------
    call, names : name of the formula, and of its arguments in their order.

    Raises
    ------
    Refused
        The formula is refused, or it leaves out a table of the calling workbook that changes its answer.
    """
    optional = [name for name in OPTIONAL_TABLES if name in names and _is_missing(cells.get(name))]
    left_out = {name: table for name in optional if (table := around(OPTIONAL_TABLES[name])) is not None}
    if not left_out:
        return compute(cells)
    fault: Refused | None = None
    value: object = None
    try:
        value = compute(cells)
    except Refused as refused:
        fault = refused
    whole = {**cells, **left_out}
    try:
        same = fault is None and compute(whole) == value
        if fault is not None:
            compute(whole)
    except Refused:
        if fault is not None:
            raise fault from None
        same = False
    if same:
        return value
    tables = " and ".join(OPTIONAL_TABLES[name] for name in left_out)
    text = f"{tables} of this workbook would change the answer, and the call leaves that out"
    cure = f"write ={call}({_written(names, whole, set(left_out), around)})"
    raise Refused(None, text, cure)


def _is_missing(cells: Selection | None) -> bool:
    return cells is None or cells.is_left_out


def _written(names: Sequence[str], cells: Cells, added: set[str], around: Around) -> str:
    """Return the arguments of a call as a person writes them."""
    texts = [_argument(name, cells[name], name in added, around) if name in cells else "" for name in names]
    while texts and not texts[-1]:
        texts.pop()
    return ", ".join(texts)


def _argument(name: str, cells: Selection, added: bool, around: Around) -> str:
    table = _TABLES.get(name)
    if added or (table and has_headers(cells, table) and _is_whole(cells, around(table))):
        return f"{table}[#All]"
    place = cells.rectangle
    if place is not None:
        return _address(place)
    if cells.size > 1:
        return name
    value = cells.head[0]
    if value is None:
        return ""
    text = shown_text(value)
    if isinstance(value, float | bool):
        return text.upper()
    return '"' + text.replace('"', '""') + '"'


def _is_whole(cells: Selection, table: Selection | None) -> bool:
    """Whether a range is a table of the calling workbook as far as anybody can tell."""
    return cells.rectangle is None or (table is not None and table.rectangle == cells.rectangle)


def _address(place: Rectangle) -> str:
    first = str(Cell(place.sheet, place.row, place.column))
    if place.rows * place.columns == 1:
        return first
    return f"{first}:{column_letters(place.column + place.columns - 1)}{place.row + place.rows - 1}"
