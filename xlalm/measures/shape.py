"""What an expression is: its nodes, its extent, and the word for its kind."""

from collections.abc import Iterator

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
    found: dict[int, bool] = {}
    for node in _parts_first(expression):
        parts = [found[id(part)] for part in node.parts]
        if isinstance(node, Quotient):
            found[id(node)] = parts[0]
        elif isinstance(node, Product):
            found[id(node)] = any(parts)
        elif isinstance(node, Sum | Extremum):
            found[id(node)] = all(parts)
        else:
            found[id(node)] = constant_of(node) == 0.0
    return found[id(expression)]


def extent(expression: Expression) -> tuple[int, int]:
    """Return how many expressions stand inside each other, and how many there are, repeated ones each time.

    The second is what writing it out takes; with metrics that use each other twice it doubles from one to the next.
    """
    sizes: dict[int, tuple[int, int]] = {}
    for node in _parts_first(expression):
        inside = [sizes[id(part)] for part in node.parts]
        sizes[id(node)] = 1 + max((depth for depth, _ in inside), default=0), 1 + sum(size for _, size in inside)
    return sizes[id(expression)]


def _parts_first(expression: Expression) -> Iterator[Expression]:
    """Give an expression and all it is made of, each once and after its parts."""
    known: set[int] = set()
    stack = [expression]
    while stack:
        node = stack[-1]
        waiting = [part for part in node.parts if id(part) not in known]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if id(node) not in known:
                known.add(id(node))
                yield node


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
