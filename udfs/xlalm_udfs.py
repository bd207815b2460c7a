"""Excel's ``=ALM_…()`` formulas: every formula declared in ``xlalm.app.formulas``, registered with xlwings.

xlwings imports this file as the module ``xlalm_udfs`` on Windows and finds each formula as a function of it; elsewhere
its decorators do nothing and the functions are called with plain values. A new formula needs nothing here.
"""

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter
from typing import Any

import xlwings as xw
from xlwings.conversion import Accessor, Pipeline

from xlalm.app.fault_log import log_fault
from xlalm.app.formulas import FORMULAS, Function, Rectangle, Selection
from xlalm.app.formulas.left_out import OPTIONAL_TABLES
from xlalm.schema.tables import INPUT_TABLES

CATEGORY = "ALM"

_PROPER_NAMES = {name.casefold(): name for name in INPUT_TABLES}


class _SelectionAccessor(Accessor):
    """xlwings' way from what Excel passes to a selection: a range stays a range until its values are needed."""

    @classmethod
    def reader(cls, options: dict[str, Any]) -> Pipeline:
        """Return the steps that read an argument."""

        def stage(context: Any) -> None:
            given, value = context.range, context.value
            read = (lambda: value) if given is None else (lambda: given.raw_value)
            context.value = Selection(options["argument"], read, partial(_rectangle, given))

        return Pipeline([stage])


def _rectangle(cells: xw.Range | None) -> Rectangle | None:
    if cells is None:
        return None
    return Rectangle(cells.sheet.book.name, cells.sheet.name, cells.row, cells.column, *cells.shape)


class CallingWorkbooks:
    """Tables of the workbooks that call, each workbook looked at once in ``seconds``: many cells ask at a time.

    What is found is held as plain values, so that no workbook is kept open.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._held: dict[str, tuple[float, dict[str, Selection]]] = {}

    def table(self, caller: xw.Range | None, name: str) -> Selection | None:
        """Return a table of the workbook that a calling cell stands in; None where it has none or cannot be read."""
        if caller is None:
            return None
        try:
            book = caller.sheet.book
            key, now = book.name, self._clock()
            read, tables = self._held.get(key, (-math.inf, {}))
            if now - read > self._seconds:
                self._held[key] = now, {}
                tables = _tables(book)
                self._held[key] = now, tables
        except Exception:  # a host that tells nothing about its workbook stops no formula
            log_fault()
            return None
        return tables.get(name)


def _tables(book: xw.Book) -> dict[str, Selection]:
    found = {}
    for sheet in book.sheets:
        for table in sheet.tables:
            name = _PROPER_NAMES.get(table.name.casefold())
            if name is not None:
                cells = table.range
                values, place = cells.raw_value if name in OPTIONAL_TABLES.values() else None, _rectangle(cells)
                found[name] = Selection(name.casefold(), partial(_same, values), partial(_same, place))
    return found


def _same(value: Any) -> Any:
    return value


AROUND = CallingWorkbooks(2.0)


def excel_function(declared: Function) -> Callable[..., Any]:
    """Return a declared formula as xlwings calls it: failures marked, the calling cell as a last argument."""

    def answer(*values: Any, **named: Any) -> Any:
        bound = signature.bind(*values, **named).arguments
        caller = bound.pop("caller", None)
        return declared.answer(bound, partial(_rectangle, caller), partial(AROUND.table, caller))

    own = declared.signature
    caller = Parameter("caller", Parameter.POSITIONAL_OR_KEYWORD, default=None)
    signature = own.replace(parameters=[*own.parameters.values(), caller])
    answer.__name__ = answer.__qualname__ = declared.name
    answer.__doc__ = declared.docstring
    answer.__signature__ = signature  # type: ignore[attr-defined]
    registered = xw.func(category=CATEGORY)(answer)
    for name in own.parameters:
        registered = xw.arg(name, _SelectionAccessor, argument=name)(registered)
    return xw.arg("caller", "raw")(registered)


def excel_functions(formulas: Mapping[str, Function]) -> dict[str, Callable[..., Any]]:
    """Return declared formulas as xlwings calls them, by name."""
    return {name: excel_function(declared) for name, declared in formulas.items()}


globals().update(excel_functions(FORMULAS))
