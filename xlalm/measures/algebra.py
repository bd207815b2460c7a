"""Products, ratios and extrema of expressions, in the simplest form that holds them."""

from xlalm.measures.expression import Affine, Expression, Extremum, Product, Quotient, constant_of, scale


def multiply(a: Expression, b: Expression) -> Expression:
    """Return the product; a constant factor only scales."""
    for factor, other in ((constant_of(a), b), (constant_of(b), a)):
        if factor is not None:
            return scale(other, factor)
    return Product(a, b)


def divide(a: Expression, b: Expression) -> Expression:
    """Return the quotient; raises ZeroDivisionError for the constant 0 below."""
    below = constant_of(b)
    if below == 0.0:
        message = "division by zero"
        raise ZeroDivisionError(message)
    return scale(a, 1.0 / below) if below is not None else Quotient(a, b)


def extremum(kind: str, arguments: list[Expression]) -> Expression:
    """Return min or max of expressions; constants and repeated ones fold, nested ones of the same kind flatten."""
    flat: dict[int, Expression] = {}
    constants: list[float] = []
    for argument in arguments:
        inner = argument.arguments if isinstance(argument, Extremum) and argument.kind == kind else (argument,)
        for part in inner:
            number = constant_of(part)
            if number is None:
                flat[id(part)] = part
            else:
                constants.append(number)
    different = list(flat.values())
    if constants:
        different.append(Affine(min(constants) if kind == "min" else max(constants)))
    return different[0] if len(different) == 1 else Extremum(kind, tuple(different))


def absolute(expression: Expression) -> Expression:
    """Return the absolute value as a maximum."""
    return extremum("max", [expression, scale(expression, -1.0)])
