"""Findings: what is wrong with the input, where, and how to cure it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

import attrs

from xlalm.domain.cells import Cell

Severity = Literal["error", "warning", "note"]


@attrs.frozen
class Finding:
    """One line about the input, fit for a cell."""

    severity: Severity
    cell: Cell | None
    text: str
    cure: str

    def __str__(self) -> str:
        """Return ``Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.``."""
        where = f"{self.cell}: " if self.cell else ""
        return f"{where}{self.text}; {self.cure}."


def error(cell: Cell | None, text: str, cure: str) -> Finding:
    """Return a finding that stops a solve."""
    return Finding("error", cell, text, cure)


def warning(cell: Cell | None, text: str, cure: str) -> Finding:
    """Return a finding that does not stop a solve."""
    return Finding("warning", cell, text, cure)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding stops a solve."""
    return any(finding.severity == "error" for finding in findings)


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return `` (did you mean "…"?)`` for a near miss, else an empty text."""
    by_fold = {choice.casefold(): choice for choice in choices}
    match = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f' (did you mean "{by_fold[match[0]]}"?)' if match else ""
