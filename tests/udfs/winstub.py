"""xlwings' real Windows code on Linux: just enough of pywin32 for its decorators, converters and ``CallUDF`` to run.

``install()`` must come before the first ``import xlwings``, and it pretends to be Windows while xlwings is imported;
hence only ``tests.udfs.excel_process`` calls it, in a process of its own.
"""

import builtins
import ctypes
import datetime as dt
import importlib
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MISSING = -2147352572
"""DISP_E_PARAMNOTFOUND: an argument left out."""

ERRORS = {
    "#DIV/0!": -2146826281,
    "#N/A": -2146826246,
    "#NAME?": -2146826259,
    "#NULL!": -2146826288,
    "#NUM!": -2146826252,
    "#REF!": -2146826265,
    "#SPILL!": -2146826243,
    "#VALUE!": -2146826273,
}
"""Error cells as COM hands them over."""

# What xlwings imports must be imported as on Linux first: standard modules ask for the platform too.
_BEFORE = ("asyncio", "concurrent.futures", "json", "locale", "numbers", "numpy", "pandas", "pathlib", "subprocess")


class IID(str):
    """An interface's identifier; they compare without regard to case."""

    __slots__ = ()

    def __new__(cls, text: str, *_rest: object) -> "IID":
        return super().__new__(cls, text.upper())


class ComError(Exception):
    """pywintypes.com_error."""


class TimeType(dt.datetime):
    """pywintypes.datetime: what COM hands over for date cells."""


RANGE_IID = IID("{00020846-0000-0000-C000-000000000046}")


class _TypeInfo:
    def GetTypeInfo(self) -> "_TypeInfo":
        return self

    def GetTypeAttr(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(iid=RANGE_IID)


class ComRange:
    """An Excel.Range as a formula receives it: ``Value`` is a tuple of tuples, for one cell its value."""

    CLSID = RANGE_IID

    def __init__(
        self,
        rows: Sequence[Sequence[Any]],
        row: int = 1,
        column: int = 1,
        sheet: str = "Sheet1",
        book: str = "Book.xlsx",
        tables: Mapping[str, "ComRange"] | None = None,
    ) -> None:
        self._oleobj_ = _TypeInfo()
        self._rows = tuple(tuple(cells) for cells in rows)
        self.Row, self.Column = row, column
        self.Rows = types.SimpleNamespace(Count=len(self._rows))
        self.Columns = types.SimpleNamespace(Count=len(self._rows[0]))
        self.Count = self.Rows.Count * self.Columns.Count
        self.Application = types.SimpleNamespace(Version="16.0", Hwnd=1, Calculation=-4105)
        objects = [types.SimpleNamespace(Name=name, Range=cells) for name, cells in (tables or {}).items()]
        around = types.SimpleNamespace(Name=sheet, ListObjects=_Collection(objects))
        parent = types.SimpleNamespace(Name=book, Application=self.Application, Worksheets=_Collection([around]))
        self.Worksheet = types.SimpleNamespace(Name=sheet, Parent=parent)

    @property
    def Value(self) -> Any:
        return self._rows[0][0] if self.Count == 1 else self._rows


class _Collection:
    """A collection as COM has them: counted from 1."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items, self.Count = items, len(items)

    def __call__(self, number: int) -> Any:
        return self._items[number - 1]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class _Anything:
    """ctypes.windll.x.y(...)"""

    def __getattr__(self, _name: str) -> "_Anything":
        return self

    def __call__(self, *_values: object, **_named: object) -> int:
        return 0


class _Wrapped:
    def __init__(self, obj: object) -> None:
        self.obj = obj


def _unwrap(value: object) -> object:
    if not isinstance(value, _Wrapped):
        message = "not a wrapped object"
        raise TypeError(message)
    return value.obj


def _module(name: str, **members: object) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, module)


def _empty(name: str) -> type:
    return type(name, (), {})


def _fake_modules() -> None:
    dispatch_id, dispatch = IID("{00020400-0000-0000-C000-000000000046}"), _empty("PyIDispatch")
    _module("pywintypes", IID=IID, com_error=ComError, error=ComError, TimeType=TimeType, Time=TimeType)
    _module(
        "pythoncom",
        __file__=None,
        CoInitialize=lambda *_: None,
        CoUninitialize=lambda *_: None,
        com_error=ComError,
        ole_error=ComError,
        IID_IDispatch=dispatch_id,
        IID_IEnumVARIANT=IID("{00020404-0000-0000-C000-000000000046}"),
        TypeIIDs={dispatch_id: dispatch},
        CoMarshalInterThreadInterfaceInStream=lambda _iid, obj: obj,
        CoGetInterfaceAndReleaseStream=lambda stream, _iid: stream,
    )
    for name in ("win32api", "win32con", "win32event", "win32gui"):
        _module(name)
    _module("win32process", GetWindowThreadProcessId=lambda _window: (0, 4242))
    _module("win32timezone", TimeZoneInfo=types.SimpleNamespace(utc=lambda: dt.UTC))
    _module("win32com")
    kinds = {name: _empty(name) for name in ("CDispatch", "DispatchBaseClass", "CoClassBaseClass")}
    _module("win32com.client", **kinds, Dispatch=lambda obj, *_, **__: obj, DispatchEx=lambda obj, *_, **__: obj)
    _module("win32com.client.gencache", EnsureModule=lambda *_, **__: None)
    _module("win32com.server")
    _module("win32com.server.dispatcher")
    _module("win32com.server.policy", DefaultPolicy=_empty("DefaultPolicy"))
    _module("win32com.server.util", wrap=lambda obj, *_, **__: _Wrapped(obj), unwrap=_unwrap)
    _module("win32com.server.exception", COMException=ComError)


def install() -> Any:
    """Import xlwings as on Windows and return its COM server object, whose ``CallUDF`` the VBA wrappers call."""
    assert "xlwings" not in sys.modules, "xlwings is imported already, without its Windows part"
    for name in _BEFORE:
        importlib.import_module(name)
    _fake_modules()
    builtins.WindowsError = OSError  # type: ignore[attr-defined]
    ctypes.windll = ctypes.oledll = _Anything()  # type: ignore[attr-defined]
    platform, library = sys.platform, ctypes.PyDLL
    sys.platform, ctypes.PyDLL = "win32", lambda *_: _Anything()  # type: ignore[misc, assignment]
    try:
        importlib.import_module("xlwings")
        server = importlib.import_module("xlwings.com_server")
    finally:
        sys.platform, ctypes.PyDLL = platform, library  # type: ignore[misc]
    return server.XLPython()
