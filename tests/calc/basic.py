"""VBA modules in LibreOffice's Basic: whether they compile, and what their procedures do.

Modules are put into an application library, which runs without a document. Basic then knows VBA's language but not
Excel: what a module needs of Excel is given as a module of its own (a global ``ActiveWorkbook``, a ``GetConfig``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any

from tests.calc.office import Office

LIBRARY = "XlalmTest"
VBA = "Option VBASupport 1\n"
WINDOWS: Mapping[str, object] = {"vba7": True, "win64": True, "mac": False}
MAC: Mapping[str, object] = {"vba7": True, "win64": True, "mac": True, "mac_office_version": 16}
_URI = "vnd.sun.star.script:{library}.{procedure}?language=Basic&location=application"


def for_platform(source: str, constants: Mapping[str, object]) -> str:
    """Resolve ``#Const`` and ``#If`` as VBA does before it compiles; LibreOffice understands only the simplest."""
    known = dict(constants)
    kept: list[str] = []
    nesting: list[list[bool]] = []  # for each open #If: whether its present branch counts, whether one has counted
    for line in source.replace("\r\n", "\n").split("\n"):
        word, _, rest = line.strip().partition(" ")
        condition = rest.removesuffix("Then").strip()
        if word.lower() == "#const":
            name, _, value = rest.partition("=")
            known[name.strip().lower()] = _value(value.partition("'")[0], known)
        elif word.lower() == "#if":
            holds = bool(_value(condition, known))
            nesting.append([holds, holds])
        elif word.lower() == "#elseif":
            holds = not nesting[-1][1] and bool(_value(condition, known))
            nesting[-1] = [holds, nesting[-1][1] or holds]
        elif word.lower() == "#else":
            nesting[-1] = [not nesting[-1][1], True]
        elif line.strip().lower().startswith("#end if"):
            nesting.pop()
        elif all(counts for counts, _ in nesting):
            kept.append(line)
    return "\n".join(kept)


def _value(expression: str, known: Mapping[str, object]) -> Any:
    """Evaluate ``[Not] A [= | >= B] [Or …]``, all that our sources hold; a name nobody defined is Empty, so 0."""
    if " or " in expression.lower():
        return any(_value(part, known) for part in re.split(r"\s+or\s+", expression, flags=re.IGNORECASE))
    if expression.strip().lower().startswith("not "):
        return not _value(expression.strip()[4:], known)
    for sign, holds in ((">=", operator.ge), ("=", operator.eq)):
        left, found, right = expression.partition(sign)
        if found:
            return holds(_value(left, known), _value(right, known))
    word = expression.strip()
    if word.startswith('"'):
        return word.strip('"')
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    return int(word) if word.isdigit() else known.get(word.lower(), 0)


class Basic:
    """A library of modules in a running office."""

    def __init__(self, office: Office) -> None:
        self._libraries = office.service("com.sun.star.script.ApplicationScriptLibraryContainer")
        factory = office.service("com.sun.star.script.provider.MasterScriptProviderFactory")
        self._provider = factory.createScriptProvider("")
        self.clear()

    def clear(self) -> None:
        """Start anew with an empty library."""
        if self._libraries.hasByName(LIBRARY):
            self._libraries.removeLibrary(LIBRARY)
        self._libraries.createLibrary(LIBRARY)
        self._library = self._libraries.getByName(LIBRARY)

    def add(self, name: str, source: str) -> None:
        """Add a module; the hidden ``Attribute`` lines are VBA's own and are left out."""
        lines = [line for line in source.replace("\r\n", "\n").split("\n") if not line.startswith("Attribute ")]
        self._library.insertByName(name, VBA + "\n".join(lines))

    def call(self, procedure: str, *arguments: Any) -> Any:
        """Call ``module.procedure`` and return its value; a fault in Basic is a ``RuntimeError`` with its text."""
        try:
            script = self._provider.getScript(_URI.format(library=LIBRARY, procedure=procedure))
            return script.invoke(arguments, (), ())[0]
        except Exception as fault:  # UNO's own exceptions, whose classes exist only once it runs
            message = str(fault)
            raise RuntimeError(message) from None

    def compiles(self, source: str) -> bool:
        """Whether a module compiles: a function added at its end answers."""
        self.add("Compiled", f"{source}\nFunction Answers()\n    Answers = 7\nEnd Function\n")
        try:
            return bool(self.call("Compiled.Answers") == 7)
        except RuntimeError:
            return False
        finally:
            self._library.removeByName("Compiled")
