"""Compiling the formulas of a table, each fault a finding with its caret."""

from collections.abc import Callable

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, warning
from xlalm.domain.numbers import number_meant, parse_number
from xlalm.domain.text import shown
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.gaps import gap_words
from xlalm.measures.language.tokens import FormulaError, caret

MAX_FAULTS = 200
"""Errors in the formulas of one table after which its other rows are not read."""


def compile_formula(
    text: str,
    cell: Cell | None,
    how: Callable[[str], Expression],
    compiler: Compiler,
    findings: list[Finding],
    *,
    enforced: bool = False,
) -> Expression | None:
    """Compile a text; a fault or warning becomes a finding of its cell, and None is returned for a fault.

    Parameters
    ----------
    enforced : whether a plan follows from it, so that a column that is not there is an error.
    """
    misread = misread_number(text, cell)
    if misread is not None:
        findings.append(misread)
        return None
    try:
        expression = how(text)
    except FormulaError as fault:
        where = f" ({cell})" if fault.cell is not None and cell is not None else ""
        findings.append(error(fault.cell or cell, f"{fault.text}{where}: {caret(text, fault.offset)}", fault.cure))
        return None
    for gap in compiler.gaps:
        said, cure = gap_words(gap, compiler.scope)
        make = error if enforced else warning
        findings.append(make(cell, f"{said}: {caret(text, gap.offset)}", cure))
    for message, offset, cure in compiler.warnings:
        findings.append(warning(cell, f"{message}: {caret(text, offset)}", cure))
    return expression


class Faults:
    """Counts the errors in a list of findings that grows; warnings, however many, never end the reading of a table."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings, self._seen, self._errors = findings, 0, 0

    @property
    def are_too_many(self) -> bool:
        """Whether there are so many errors that more would not help."""
        self._errors += sum(finding.severity == "error" for finding in self._findings[self._seen :])
        self._seen = len(self._findings)
        return self._errors >= MAX_FAULTS


def too_many_faults(cell: Cell | None, table: str) -> Finding:
    """Return the finding that ends the reading of a table full of faults."""
    return error(cell, f"the formulas of {table} were not read from here on", "cure the findings above and check again")


def misread_number(text: str, cell: Cell | None) -> Finding | None:
    """Return the finding of a cell that holds nothing but a number which the formula language reads otherwise.

    ``(900)`` is an accountant's -900 and the language's 900; ``1.125`` and ``\u2212900`` mean to it what they say.
    """
    meant = number_meant(text)
    if meant is None or parse_number(text.replace("\u2212", "-")) is not None:
        return None
    return error(cell, f'"{shown(text)}" is not a plain number: it has {meant.fault}', f"write {meant.offer}")
