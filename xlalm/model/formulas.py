"""Compiling the formulas of a table, each fault a finding with its caret."""

from collections.abc import Callable

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, warning
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.gaps import gap_words
from xlalm.measures.language.tokens import FormulaError, caret

MAX_FAULTS = 200
"""Findings about the formulas of one table after which its other rows are not read."""


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


def too_many_faults(cell: Cell | None, table: str) -> Finding:
    """Return the finding that ends the reading of a table full of faults."""
    return error(cell, f"the formulas of {table} were not read from here on", "cure the findings above and check again")
