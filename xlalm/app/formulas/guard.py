"""What stands between a formula and its cell: failures become a marked line, remembered for ``ALM_WHY``."""

from collections import OrderedDict
from collections.abc import Callable

from xlalm.app.fault_log import log_fault
from xlalm.app.formulas.selection import Rectangle, Selection
from xlalm.domain.errors import Refused
from xlalm.domain.table import ErrorValue
from xlalm.domain.text import one_line

MARKER = "#XLALM!"
"""First characters of a failure; our VBA makes a real #VALUE! of every text that begins so."""

MAX_LINES = 2_000
"""Failed cells whose line is remembered."""

_lines: OrderedDict[Rectangle, str] = OrderedDict()


def guarded(compute: Callable[[], object], caller: Callable[[], Rectangle | None]) -> object:
    """Return what a formula gives its cell: its value, or the marker and one line that says what is wrong.

    Parameters
    ----------
    compute : the formula.
    caller : returns the cells that the formula stands in, or None; asked only when something is to be remembered.
    """
    try:
        result = compute()
    except Refused as fault:
        line = one_line(str(fault))
    except Exception:
        line = f"a fault of xlalm itself; what happened is in {log_fault()}."
    else:
        if _lines:
            _forget(_place(caller))
        return result
    _remember(_place(caller), line)
    return f"{MARKER} {line}"


def why(cell: Selection) -> str:
    """Return why a cell shows an error: the line that its formula left.

    Raises
    ------
    Refused
        ``cell`` is a value rather than a reference to one cell.
    """
    place = cell.rectangle
    if place is None:
        text = "ALM_WHY takes a reference to one cell"
        cure = "write it as =ALM_WHY(A1)"
        raise Refused(None, text, cure)
    found = _lines.get(place) or next((line for held, line in _lines.items() if held.holds(place)), None)
    if found is not None:
        return found
    value = cell.rows[0][0]
    if isinstance(value, ErrorValue):
        return f"The cell shows {value.text}, but no ALM formula left a line about it; recalculate with Ctrl+Alt+F9."
    return "Nothing is wrong with this cell."


def _place(caller: Callable[[], Rectangle | None]) -> Rectangle | None:
    """Return where a formula stands; None where the host cannot say, such as for a formula in a chart."""
    try:
        return caller()
    except Exception:
        log_fault()
        return None


def _remember(place: Rectangle | None, line: str) -> None:
    if place is None:
        return
    _forget(place)
    _lines[place] = line
    while len(_lines) > MAX_LINES:
        _lines.popitem(last=False)


def _forget(place: Rectangle | None) -> None:
    """Forget the lines of all formulas that stood where this one stands."""
    if place is not None:
        for held in [held for held in _lines if held.holds(place) or place.holds(held)]:
            del _lines[held]
