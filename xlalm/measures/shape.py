"""What an expression is: its nodes, its extent, and the word for its kind."""

import numpy as np

from xlalm.measures.expression import (
    LARGEST_COEFFICIENT,
    Affine,
    Expression,
    Extremum,
    Norm,
    Product,
    Quotient,
    Sum,
    constant_of,
    split,
)


def walk(expression: Expression) -> list[Expression]:
    """Return an expression and all it is made of, each once."""
    seen: dict[int, Expression] = {}
    stack = [expression]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            stack.extend(node.parts)
    return list(seen.values())


def is_usable(expression: Expression) -> bool:
    """Whether every constant and coefficient of an affine form or sum is a number below LARGEST_COEFFICIENT."""
    affine, terms = split(expression)
    numbers = [np.array([affine.constant, *(factor for factor, _ in terms)])]
    numbers += [vector for vector in (affine.stock, affine.up, affine.down) if vector is not None]
    return all(bool((np.abs(vector) <= LARGEST_COEFFICIENT).all()) for vector in numbers)


def is_nothing(expression: Expression) -> bool:
    """Whether an expression is 0 in every plan, because nothing is added up in it."""
    number = constant_of(expression)
    if number is not None:
        return number == 0.0
    if isinstance(expression, Quotient):
        return is_nothing(expression.numerator)
    if isinstance(expression, Product):
        return is_nothing(expression.left) or is_nothing(expression.right)
    if isinstance(expression, Sum):
        return is_nothing(expression.affine) and all(is_nothing(term) for _, term in expression.terms)
    return isinstance(expression, Extremum) and all(is_nothing(each) for each in expression.arguments)


def extent(expression: Expression) -> tuple[int, int]:
    """Return how many expressions stand inside each other, and how many there are, repeated ones each time.

    The second is what reading the number takes; with metrics that use each other twice it doubles from one to the next.
    """
    sizes: dict[int, tuple[int, int]] = {}
    stack = [expression]
    while stack:
        node = stack[-1]
        waiting = [part for part in node.parts if id(part) not in sizes]
        if waiting:
            stack.extend(waiting)
        else:
            inside = [sizes[id(part)] for part in node.parts]
            sizes[id(node)] = 1 + max((depth for depth, _ in inside), default=0), 1 + sum(size for _, size in inside)
            stack.pop()
    return sizes[id(expression)]


def describe(expression: Expression) -> str:
    """Return the kind of an expression in the words of the report."""
    number = constant_of(expression)
    if number is not None:
        return "constant"
    if isinstance(expression, Quotient):
        parts = {describe(expression.numerator), describe(expression.denominator)} - {"constant"}
        return "ratio of " + " and ".join(sorted(parts)) + " parts"
    if expression.curvature in {"convex", "concave"} and any(isinstance(n, Norm) for n in walk(expression)):
        return expression.curvature
    if expression.curvature in {"affine", "convex", "concave"}:
        return "affine" if expression.curvature == "affine" else f"{expression.curvature} piecewise linear"
    if all(isinstance(n, Affine | Sum) or (isinstance(n, Product) and n.is_quadratic) for n in walk(expression)):
        return "quadratic"
    if not any(isinstance(n, Product | Quotient | Norm) for n in walk(expression)):
        return "nonconvex piecewise linear"
    return "general smooth"
