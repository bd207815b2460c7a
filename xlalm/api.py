"""The verbs in Python, with result tables as DataFrames; pandas is imported only here."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from xlalm.app.run.targets import check_targets
from xlalm.app.verb import Verb
from xlalm.domain.result import Result, ResultTable

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(eq=False)
class Frames:
    """A result whose tables are DataFrames; every other attribute is the result's own."""

    result: Result
    tables: "dict[str, pd.DataFrame]"

    @property
    def status(self) -> str:
        """Solver status, ``checked`` or ``bad input``."""
        return self.result.status

    @property
    def objective(self) -> float | None:
        """Value of the goal in the plan."""
        return self.result.objective

    @property
    def explanation(self) -> tuple[str, ...]:
        """Sentences of the explanation."""
        return self.result.messages

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings, one line each."""
        return tuple(str(finding) for finding in self.result.findings)

    def __getitem__(self, table: str) -> "pd.DataFrame":
        """Return a result table; raises KeyError."""
        return self.tables[table]


@functools.cache
def in_python(verb: Verb) -> Callable[..., Frames]:
    """Return a verb as a function that writes no book unless ``out`` is given, and takes paths as text too.

    Where it has ``out``, ``force`` lets it replace a file that no run of the same book wrote, after a backup.
    """
    run = verb.function
    known = inspect.signature(run)
    files = {p.name for p in verb.parameters if p.kind in {"saved book", "new path", "manifest"}}
    shown = [parameter for name, parameter in known.parameters.items() if name != "write"]
    if any(p.kind == "new path" and not p.required for p in verb.parameters):
        shown.append(inspect.Parameter("force", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool))

    @functools.wraps(run)
    def call(*args: Any, **kwargs: Any) -> Frames:
        given = signature.bind(*args, **kwargs).arguments
        paths = {name: Path(given[name]) for name in files & given.keys() if given[name] is not None}
        how = {"write": given.get("out") is not None} if verb.in_place else {}
        force = bool(given.pop("force", False))
        asked = {**given, **paths, **how}
        check_targets(verb, asked, force=force)
        return _frames(run(**asked))

    signature = known.replace(parameters=shown, return_annotation=Frames)
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _frames(result: Result) -> Frames:
    return Frames(result, {name: _frame(table) for name, table in result.tables.items()})


def _frame(table: ResultTable) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(list(table.rows), columns=list(table.keys))
