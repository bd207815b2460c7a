"""What a host says of a result: lines for a screen, for a message box, for cells; hosts only show them."""

from collections.abc import Sequence
from typing import get_args

import attrs

from xlalm.domain.findings import Finding, Severity
from xlalm.domain.result import Result

MOST_LINES = 12
"""Lines that a message box shows at once."""


@attrs.frozen
class Line:
    """A line for a screen; ``problem`` marks what belongs where a screen shows errors."""

    text: str
    problem: bool = False


def finding_line(finding: Finding) -> str:
    """Return a finding with its severity: ``error: Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.``."""
    return f"{finding.severity}: {finding}"


def errors_in(result: Result) -> int:
    """Return how many findings of a result forbid a solve."""
    return sum(finding.severity == "error" for finding in result.findings)


def screen_lines(
    result: Result, *, undone: str = "solved", all_clear: str = "", says_where: bool = False
) -> list[Line]:
    """Return everything a result says, in the order in which it is read.

    Parameters
    ----------
    undone : what was not done with input that cannot be used.
    all_clear : what is said where nothing was found; nothing by default.
    says_where : whether the messages name the written file already.
    """
    lines = [Line(finding_line(finding), finding.severity == "error") for finding in result.findings]
    lines += [Line(message) for message in result.messages]
    if result.status == "bad input":
        lines.append(Line(f"{errors_in(result)} error(s): nothing was {undone}.", True))
    elif all_clear and not result.findings:
        lines.append(Line(all_clear))
    if result.written and not says_where:
        lines.append(Line(f"Written: {result.written}"))
    return lines


def box_lines(result: Result, all_clear: str = "") -> list[str]:
    """Return what a result says, fit for a message box: messages, then findings with errors first; long lists cut."""
    findings = sorted(result.findings, key=lambda finding: get_args(Severity).index(finding.severity))
    messages: Sequence[str] = result.messages
    if result.status == "bad input":
        messages = [f"{errors_in(result)} error(s); nothing was written."]
    lines = [*messages, *map(finding_line, findings)] or [all_clear or "Done."]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"… and {len(lines) - MOST_LINES} more."]
    return lines


def unsaid(result: Result) -> list[str]:
    """Return the messages that no cell of the result's tables holds."""
    texts = [cell for table in result.tables.values() for row in table.rows for cell in row if isinstance(cell, str)]
    return [message for message in result.messages if not any(message in text for text in texts)]


def why_no_plan(result: Result) -> str:
    """Return in a sentence why a result holds no plan: its first error, else what it says first."""
    errors = [str(finding) for finding in result.findings if finding.severity == "error"]
    return next(iter([*errors, *result.messages, result.status]))
