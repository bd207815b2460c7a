"""xlalm: a bank's ALCO workbook as an optimiser.

Every verb is a function of this package, such as ``xlalm.solve(book)`` and ``xlalm.frontier(book, limit="LCR")``: the
same as on the command line, with result tables as DataFrames. Nothing is written unless ``out`` is given. Verbs and
everything heavy are imported when they are first asked for; ``__init__.pyi`` has their signatures.
"""

from xlalm.domain.version import __version__ as __version__


def __getattr__(name: str) -> object:
    from xlalm.app.registry import VERBS

    if name == "__all__":
        return ["__version__", *VERBS]
    if name not in VERBS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from xlalm.api import in_python

    return in_python(VERBS[name])


def __dir__() -> list[str]:
    from xlalm.app.registry import VERBS

    return sorted({*globals(), *VERBS})
