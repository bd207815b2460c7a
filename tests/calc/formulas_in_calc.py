"""``=ALM_…()`` in cells of a live LibreOffice Calc: Basic wrappers, a Python script, then xlwings' own ``CallUDF``.

The wrappers are generated from the declared formulas as the add-in's are; the script runs in the office's Python and
speaks to the process of ``tests.udfs.excel``, because that Python need not be the one of this environment.

Excel's wrapper turns a marked failure into #VALUE! by ``CVErr``. Calc shows what ``CVErr`` gives as the text
"Error 2015", greater than any number; here the script returns the not-a-number by which Calc itself marks an error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.calc.office import Office, property_values
from xlalm.app.formulas import FORMULAS, Function
from xlalm.domain.version import __version__

ROOT = Path(__file__).resolve().parents[2]
ERROR_VALUE = 519  # what Calc calls #VALUE!

_BRIDGE = """
import struct
import sys
sys.path.insert(0, {root!r})
from tests.udfs.excel import MISSING, Excel, cells
_running = []
_FAILED = struct.unpack("<d", struct.pack("<Q", 0x7FF80000 << 32 | {error}))[0]

def _argument(given):
    if isinstance(given, tuple):
        return cells([[None if value == "" else value for value in row] for row in given])
    return MISSING if given == "#MISSING" else None if given == "" else given

def call(function, *arguments):
    if not _running:
        _running.append(Excel({python!r}))
    try:
        answer = _running[0].ask(function, *map(_argument, arguments))
        value = answer.get("value", "#XLALM! " + answer.get("raised", ""))
    except Exception:
        return _FAILED
    if isinstance(value, str) and value.startswith("#XLALM!"):
        return _FAILED
    if not isinstance(value, list):
        return value
    rows = value if isinstance(value[0], list) else [value]
    return tuple(tuple("" if cell is None else cell for cell in row) for row in rows)

g_exportedScripts = (call,)
"""

_SCRIPT = "vnd.sun.star.script:xlalm_bridge.py$call?language=Python&location=user"

_CORE = """
Global xlalmScript As Object
Function XlalmCall(functionName, arguments())
    Dim provider, answer
    If IsNull(xlalmScript) Then
        provider = CreateUnoService("com.sun.star.script.provider.MasterScriptProviderFactory").createScriptProvider("")
        xlalmScript = provider.getScript("vnd.sun.star.script:xlalm_bridge.py$call?language=Python&location=user")
    End If
    Dim passed(UBound(arguments) + 1)
    passed(0) = functionName
    For i = 0 To UBound(arguments)
        passed(i + 1) = arguments(i)
    Next i
    answer = xlalmScript.invoke(passed(), Array(), Array())
    XlalmCall = FromRows(answer)
End Function
Function ToRows(given)
    ' Basic hands ranges over as an array from 1 in two dimensions; UNO wants an array of arrays.
    If Not IsArray(given) Then
        ToRows = given
        Exit Function
    End If
    Dim rows(UBound(given, 1) - 1)
    For r = 1 To UBound(given, 1)
        Dim row(UBound(given, 2) - 1)
        For c = 1 To UBound(given, 2)
            row(c - 1) = given(r, c)
        Next c
        rows(r - 1) = row
        Erase row
    Next r
    ToRows = rows
End Function
Function FromRows(answer)
    If Not IsArray(answer) Then
        FromRows = answer
        Exit Function
    End If
    Dim filled(UBound(answer), UBound(answer(0)))
    For r = 0 To UBound(answer)
        For c = 0 To UBound(answer(0))
            filled(r, c) = answer(r)(c)
        Next c
    Next r
    FromRows = filled
End Function
"""


def _wrapper(function: Function) -> str:
    names = [f"a_{argument.name}" for argument in function.arguments]
    lines = [f"Function {function.name}({', '.join(f'Optional {name}' for name in names)})"]
    if names:
        lines.append(f"    Dim passed({len(names) - 1})")
    else:
        lines.append("    passed = Array()")
    for place, name in enumerate(names):
        lines.append(
            f'    If IsMissing({name}) Then passed({place}) = "#MISSING" Else passed({place}) = ToRows({name})'
        )
    lines += [f'    {function.name} = XlalmCall("{function.name}", passed())', "End Function", ""]
    return "\n".join(lines)


def started(attempts: int = 3) -> Calc:
    """Return an empty spreadsheet of an office of its own in which the formulas are seen to work.

    Where many programs start at once, an office may come up that runs no Python script; Basic then shows blanks without
    an error. Such an office is ended and another started; the last one's own words are raised.
    """
    while True:
        calc, attempts = Calc(Office()), attempts - 1
        if calc.show("=ALM_VERSION()").String == __version__:
            return calc
        try:
            words = f"the script says {calc.ask_script('ALM_VERSION')!r}, the cell nothing"
        except Exception as fault:
            words = f"{type(fault).__name__}: {fault}"
        calc.close()
        if attempts == 0:
            message = f"formulas do not work in this office: {words}"
            raise RuntimeError(message)


class Calc:
    """An empty spreadsheet in which the formulas work; it ends its office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        scripts = office.folder / "profile" / "user" / "Scripts" / "python"
        scripts.mkdir(parents=True, exist_ok=True)
        script = _BRIDGE.format(root=str(ROOT), python=sys.executable, error=ERROR_VALUE)
        (scripts / "xlalm_bridge.py").write_text(script, encoding="utf-8")
        source = _CORE + "".join(map(_wrapper, FORMULAS.values()))
        library = office.service("com.sun.star.script.ApplicationScriptLibraryContainer").getByName("Standard")
        if library.hasByName("xlalm"):
            library.removeByName("xlalm")
        library.insertByName("xlalm", source)
        desktop = office.service("com.sun.star.frame.Desktop")
        self._document = desktop.loadComponentFromURL(
            "private:factory/scalc", "_blank", 0, property_values(Hidden=True, MacroExecutionMode=4)
        )

    def sheet(self, name: str) -> Any:
        """Return a sheet, made where it is not there."""
        sheets = self._document.Sheets
        if not sheets.hasByName(name):
            sheets.insertNewByName(name, sheets.Count)
        return sheets.getByName(name)

    def fill(self, name: str, rows: Sequence[Sequence[Any]]) -> str:
        """Write rows from A1 of a sheet and return their reference."""
        area = self.sheet(name).getCellRangeByPosition(0, 0, len(rows[0]) - 1, len(rows) - 1)
        area.setDataArray(tuple(tuple("" if value is None else value for value in row) for row in rows))
        return str(area.AbsoluteName).lstrip("$")

    def show(self, formula: str, cell: str = "A1") -> Any:
        """Put a formula into a cell of the sheet ``Formulas`` and return the cell."""
        place = self.sheet("Formulas").getCellRangeByName(cell)
        place.Formula = formula
        return place

    def spill(self, formula: str, area: str) -> list[list[Any]]:
        """Fill an area of the emptied sheet ``Formulas`` by an array formula and return its values."""
        sheet = self.sheet("Formulas")
        sheet.clearContents(0xFFFF)  # part of an older array cannot be written over
        place = sheet.getCellRangeByName(area)
        place.setArrayFormula(formula)
        return [list(row) for row in place.getDataArray()]

    def recalculate(self) -> float:
        """Compute every formula anew and return the seconds that took."""
        started = time.perf_counter()
        self._document.calculateAll()
        return time.perf_counter() - started

    def ask_script(self, function: str) -> Any:
        """Return what the script gives when no cell and no Basic stand between."""
        factory = self._office.service("com.sun.star.script.provider.MasterScriptProviderFactory")
        script = factory.createScriptProvider("").getScript(_SCRIPT)
        return script.invoke((function,), (), ())[0]

    def close(self) -> None:
        """Close the spreadsheet and end its office."""
        self._document.close(True)
        self._office.close()
