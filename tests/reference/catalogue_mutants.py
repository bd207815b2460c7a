"""Small wrong versions of a formula: what a slip of the pen would make of it. Knows the language, not xlalm."""

import ast
import re
from collections.abc import Iterator

SUMS = ("sum", "net", "growth", "net_growth", "reduction", "net_reduction")
OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
NUMBERS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def mutants(formula: str, columns: list[str], measures: list[str], texts: dict[str, list[str]]) -> Iterator[str]:
    """Give each formula that differs from this one in one place.

    Terms, factors, arguments, conditions and filters dropped; signs flipped; sides, min and max, functions swapped;
    comparisons, constants, texts, columns and measures replaced.

    Parameters
    ----------
    columns : of numbers; each replaces every other.
    measures : of the catalogue in its order; a measure is replaced by its neighbours.
    texts : what each text column holds.
    """
    tree = ast.parse(_python(formula), mode="eval")
    seen = {_formula(tree)}
    for parent, field, index, node, in_sum in list(_places(tree, False)):
        for other in _others(node, in_sum, columns, measures, texts):
            _put(parent, field, index, other)
            text = _formula(tree)
            if text not in seen:
                seen.add(text)
                yield text
        _put(parent, field, index, node)


def normal(formula: str) -> str:
    """Return a formula as ``mutants`` would write it."""
    return _formula(ast.parse(_python(formula), mode="eval"))


def _python(formula: str) -> str:
    text = re.sub(r"([\d.]+)%", lambda found: str(float(found[1]) / 100), formula.replace("<>", "!="))
    return re.sub(r"\bclass\b", "class_", re.sub(r"(?<![<>!=])=(?!=)", "==", text))


def _formula(tree: ast.AST) -> str:
    text = ast.unparse(tree).replace("==", "=").replace("!=", "<>").replace("class_", "class")
    return text.replace("'", '"')


def _places(node: ast.AST, in_sum: bool) -> Iterator[tuple[ast.AST, str, int | None, ast.expr, bool]]:
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.Call) and field == "func":
            continue
        inside = in_sum or (isinstance(node, ast.Call) and node.func.id in SUMS)
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.expr):
                yield node, field, index, child, inside
                yield from _places(child, inside)


def _put(parent: ast.AST, field: str, index: int | None, node: ast.expr) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name), list(arguments), [])


def _others(
    node: ast.expr, in_sum: bool, columns: list[str], measures: list[str], texts: dict[str, list[str]]
) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, operator, right):
            yield from (left, right)
            if not (in_sum and isinstance(operator, ast.Mult | ast.Div)):  # a column may be 0
                yield ast.BinOp(left, OPPOSITE[type(operator)](), right)
            if isinstance(operator, ast.Sub) or (isinstance(operator, ast.Div) and not in_sum):
                yield ast.BinOp(right, operator, left)
        case ast.Constant(float() | int() as number):
            yield from (ast.Constant(other) for other in ((number * 2, number * 1.001, number + 1) if number else (1,)))
        case ast.Call():
            yield from _other_calls(node)
        case ast.Compare(ast.Name(column), [ast.In()], [ast.Tuple(items)]):
            yield ast.Compare(node.left, [ast.NotIn()], node.comparators)
            yield from (ast.Compare(node.left, [ast.Eq()], [item]) for item in items)
        case ast.Compare(ast.Name(column), [operator], [ast.Constant(value)]):
            same_kind = NUMBERS[:2] if isinstance(value, str) else NUMBERS
            yield from (ast.Compare(node.left, [other()], node.comparators) for other in same_kind)
            if isinstance(value, str):
                held = texts[column.removesuffix("_")]
                yield from (ast.Compare(node.left, [operator], [ast.Constant(other)]) for other in held)
        case ast.BoolOp(operator, values):
            yield from values
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.Name(name) if name in measures:
            at = measures.index(name)
            yield from (ast.Name(measures[near % len(measures)]) for near in (at - 1, at + 1))
        case ast.Name(name) if name in columns:
            yield from (ast.Name(other) for other in columns)
        case ast.Name(name) if name.removesuffix("_") not in texts:  # a setting
            yield ast.Constant(1)


def _other_calls(node: ast.Call) -> Iterator[ast.expr]:
    name, arguments = node.func.id, node.args  # type: ignore[attr-defined]
    if name in {"min", "max"}:
        yield _call("max" if name == "min" else "min", *arguments)
        for dropped in range(len(arguments)):
            yield _call(name, *arguments[:dropped], *arguments[dropped + 1 :])
    elif name in SUMS:
        yield from (_call(other, *arguments) for other in SUMS)
        yield _call(name, arguments[0])
    elif name == "total":
        yield _call("net", ast.Constant(1), *arguments)
    elif name == "opening":
        yield arguments[0]
    elif name == "largest":
        yield _call(name, *arguments[:2])
        yield _call("sum", arguments[0], *arguments[2:])
    elif name == "turnover":
        for side in ("asset", "liability", "equity", ""):
            yield _call(name, ast.Compare(ast.Name("side"), [ast.NotEq()], [ast.Constant(side)]))
