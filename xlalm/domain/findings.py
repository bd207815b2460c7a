"""Findings: what is wrong with the input, where, and how to cure it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.text import fold, one_line, shown

MAX_ALIKE = 50
"""Findings of one kind in one column; the others are counted, not listed."""

MAX_WARNINGS = 1000
"""Warnings about the formulas of one table; the others are counted, not listed."""

_LONGEST_WORD = 100
_MAX_CHOICES = 300

Severity = Literal["error", "warning", "note"]


@attrs.frozen
class Finding:
    """One line about the input, fit for a cell."""

    severity: Severity
    cell: Cell | None
    text: str = attrs.field(converter=one_line)
    cure: str = attrs.field(converter=one_line)

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
    word = fold(word)
    if not word or len(word) > _LONGEST_WORD:
        return ""
    near = [choice for choice in choices if abs(len(choice) - len(word)) <= len(word)]
    if len(near) > _MAX_CHOICES:  # comparing with thousands of names for thousands of cells takes minutes
        near = [choice for choice in near if choice[:1].casefold() == word[:1]][:_MAX_CHOICES]
    by_fold = {fold(choice): choice for choice in near}
    match = get_close_matches(word, list(by_fold), n=1, cutoff=0.6)
    return f' (did you mean "{shown(by_fold[match[0]])}"?)' if match else ""


def cap(findings: list[Finding], start: int, what: str) -> None:
    """Keep the first findings from ``start`` on and count the others: a column of faults is one fault."""
    hidden = findings[start + MAX_ALIKE :]
    if len(hidden) > 1:
        del findings[start + MAX_ALIKE :]
        findings.append(_counted(hidden, what))


def cap_warnings(findings: list[Finding], what: str) -> None:
    """Keep the first warnings and count the others; errors all stay."""
    warnings = [finding for finding in findings if finding.severity == "warning"]
    if len(warnings) > MAX_WARNINGS + 1:
        hidden = warnings[MAX_WARNINGS:]
        counted = set(map(id, hidden))
        findings[:] = [finding for finding in findings if id(finding) not in counted]
        findings.append(_counted(hidden, what))


def _counted(hidden: Sequence[Finding], what: str) -> Finding:
    """Return one finding for many that are not listed: an error where one of them is."""
    where = f", the last of them in {hidden[-1].cell}" if hidden[-1].cell else ""
    worst = "error" if has_errors(hidden) else hidden[0].severity
    text = f"{len(hidden):,} more findings in {what}{where}"
    return Finding(worst, hidden[0].cell, text, "cure the ones above and check again")
