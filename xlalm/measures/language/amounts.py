"""Amounts among the columns of a sum, which multiplies by the balances of the plan already."""

import ast
from collections.abc import Callable

from xlalm.domain.table import normalise_header
from xlalm.measures.language.tokens import Parsed, left_chain
from xlalm.schema.tables import table_schema

Named = Callable[[ast.expr], str]
"""Returns the key of the column that a node names."""


def refused_amounts(parsed: Parsed, call: ast.Call, named: Named) -> tuple[str, str] | None:
    """Return what is wrong with a call whose columns are an amount, and the cure; None where they are none.

    An amount over an amount is a share: ``sum(balance / max)`` is well formed.
    """
    columns = call.args[0]
    if _power(columns, named) < 1:
        return None
    function = parsed.source(call.func)
    text = f"{function}(…) multiplies by the balances of the plan already"
    if _factor(columns, named) is None:
        return text, f"use shares and rates inside {function}(…), or divide one amount by another"
    return text, f"write {_spelling(parsed, call, named)}"


def _power(node: ast.expr, named: Named) -> int:
    """Return how many amounts are multiplied in a column expression, less those it is divided by."""
    if isinstance(node, ast.BinOp):
        first, steps = left_chain(node)
        power = _power(first, named)
        for step in steps:
            right = _power(step.right, named)
            if isinstance(step.op, ast.Mult):
                power += right
            elif isinstance(step.op, ast.Div):
                power -= right
            else:
                power = max(power, right)
        return power
    if isinstance(node, ast.UnaryOp):
        return _power(node.operand, named)
    if isinstance(node, ast.Name | ast.Call):
        column = table_schema("Positions").columns.get(normalise_header(named(node)))
        return int(column is not None and column.unit == "amount")
    return 0


def _factor(node: ast.expr, named: Named) -> ast.expr | None:
    """Return the factor ``balance`` of a product, or None."""
    factors = [node]
    if isinstance(node, ast.BinOp):
        first, steps = left_chain(node)
        factors = [first, *(step.right for step in steps if isinstance(step.op, ast.Mult))]
        if not all(isinstance(step.op, ast.Mult | ast.Div) for step in steps):
            return None
    names = [factor for factor in factors if isinstance(factor, ast.Name | ast.Call)]
    return next((factor for factor in names if normalise_header(named(factor)) == "balance"), None)


def _spelling(parsed: Parsed, call: ast.Call, named: Named) -> str:
    """Return the call without its factor ``balance``."""
    function, columns = parsed.source(call.func), call.args[0]
    others = [parsed.source(argument) for argument in call.args[1:]]
    factor = _factor(columns, named)
    if columns is factor:
        if function.casefold() == "sum":
            return f"total({others[0]})" if others else 'total(side = "asset")'
        return f"{function}({', '.join(['1', *others])})"
    assert isinstance(columns, ast.BinOp)
    first, steps = left_chain(columns)
    kept = [] if first is factor else [parsed.source(first)]
    for step in steps:
        if step.right is factor:
            continue
        sign = "*" if isinstance(step.op, ast.Mult) else "/"
        if not kept:
            kept = [] if sign == "*" else ["1"]
        kept += [sign, parsed.source(step.right)] if kept else [parsed.source(step.right)]
    return f"{function}({', '.join([' '.join(kept), *others])})"
