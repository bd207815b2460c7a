"""Units of limits, goals and metrics whose row gives none."""

from xlalm.domain.metric import Metric
from xlalm.domain.numbers import parse_number
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler

LARGEST_SHARE = 5.0
"""A ratio above 500 % is taken for a multiple, and such a bound for one typed without its percent sign."""


def unit_of(
    compiler: Compiler, formula: str, expression: Expression, *, metric: Metric | None = None, right: str = ""
) -> str:
    """Return the unit of a formula: that of the metric it names, or what follows from what it is made of.

    A ratio of amounts is a percentage, unless it is a multiple such as assets over equity.

    Parameters
    ----------
    expression : the same compiled, whose value at opening tells a share from a multiple.
    metric : the metric that the formula names, if it is nothing but a name.
    right : the other side of a limit, which may say what this one does not.
    """
    if metric is not None and metric.unit:
        return metric.unit
    percent = parse_number(right) is not None and "%" in right
    found = compiler.units.of(formula) or compiler.units.of(right) or "%" * percent
    if found == "%" and not percent and abs(compiler.at_opening(expression)) > LARGEST_SHARE:
        return ""
    return found
