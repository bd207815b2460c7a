"""What is optimised, in a word, in its unit and in its formula."""

import ast

from xlalm.measures.language.tokens import FormulaError, parse
from xlalm.model.model import Model


def goal_name(model: Model) -> str:
    """Return the name of what is optimised."""
    goals = model.active_goals
    return goals[0].row.name if len(goals) == 1 else "Weighted sum of the goals"


def goal_unit(model: Model) -> str:
    """Return the unit of what is optimised; several goals together have none."""
    goals = model.active_goals
    return goals[0].unit if len(goals) == 1 else ""


def goal_denominator(model: Model) -> str:
    """Return what the one goal's formula, or its metric's, divides by; blank where that does not stand at its end."""
    formula = model.active_goals[0].row.formula
    metric = model.compiler.scope.metric(formula)
    try:
        parsed = parse(formula if metric is None else metric.formula)
    except FormulaError:
        return ""
    if not (isinstance(parsed.tree, ast.BinOp) and isinstance(parsed.tree.op, ast.Div)):
        return ""
    text = parsed.typed[parsed.offset(parsed.tree.right) :].strip()
    while text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].strip()
    return text
