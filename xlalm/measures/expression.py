"""The algebra of measures: each expression is written once and read as a number or as a program.

A *point* is a plan seen three ways: the balances themselves, what was added and what was taken away
against the opening. Affine forms are linear in these three; everything else is built from them.
"""

import math
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Float1D

LARGEST_COEFFICIENT = 1e30
"""Numbers beyond this in a formula are typing errors, and their products would overflow."""

NOTHING = 1e-12
"""A difference below this share of the amounts it is made of is 0."""

Curvature = str
"""constant, affine, convex, concave (piecewise linear, or a norm), or general."""


_T = TypeVar("_T")


@attrs.frozen(eq=False)
class Point:
    """A plan: ``stock`` = opening + ``up`` - ``down``, each (n_positions,) in the book's unit, up and down >= 0.

    It keeps what expressions found at it, so that each is read once however often others use it.
    """

    stock: Float1D
    up: Float1D
    down: Float1D
    _found: dict[tuple["Expression", str], Any] = attrs.field(factory=dict, init=False, repr=False)

    def once(self, expression: "Expression", what: str, find: Callable[[], _T]) -> _T:
        """Return what ``find`` gives for an expression here, found at its first use."""
        key = (expression, what)
        if key not in self._found:
            self._found[key] = find()
        found: _T = self._found[key]
        return found

    @classmethod
    def at(cls, stock: Float1D, opening: Float1D) -> "Point":
        """Return the point of balances ``stock``: never both up and down at once."""
        change = stock - opening
        return cls(stock, np.maximum(change, 0.0), np.maximum(-change, 0.0))


def _once(read: Callable[[Any, Point], _T]) -> Callable[[Any, Point], _T]:
    """Read an expression once at each point: metrics that use each other twice would double from one to the next."""

    @wraps(read)
    def known(self: Any, point: Point) -> _T:
        return point.once(self, read.__name__, lambda: read(self, point))

    return known


class Expression:
    """Base of all expressions; immutable, compared by identity so that shared parts are lowered once."""

    curvature: Curvature

    def value(self, point: Point) -> float:
        """Return the number at a plan; NaN where it is not defined (a zero denominator)."""
        raise NotImplementedError

    def linearise(self, point: Point) -> "Affine":
        """Return the tangent at a plan: exact value and gradient (one of them at a kink); a flat NaN without value."""
        raise NotImplementedError

    def size(self, point: Point) -> float:
        """Return the amounts that the number is made of, whatever cancels."""
        return abs(self.value(point))

    @property
    def parts(self) -> tuple["Expression", ...]:
        """Expressions this one is made of."""
        return ()


@attrs.frozen(eq=False)
class Affine(Expression):
    """``stock·x + up·u + down·d + constant``; a None vector is zero."""

    constant: float = 0.0
    stock: Float1D | None = None
    up: Float1D | None = None
    down: Float1D | None = None

    @cached_property
    def is_constant(self) -> bool:
        """Whether no position moves it."""
        return all(v is None or not v.any() for v in (self.stock, self.up, self.down))

    @property
    def curvature(self) -> Curvature:  # type: ignore[override]
        """Constant or affine."""
        return "constant" if self.is_constant else "affine"

    def value(self, point: Point) -> float:
        """Return the number at a plan."""
        total = self.constant
        for vector, amount in ((self.stock, point.stock), (self.up, point.up), (self.down, point.down)):
            if vector is not None:
                total += float(vector @ amount)
        return total

    def linearise(self, point: Point) -> "Affine":
        """Return itself."""
        return self

    def size(self, point: Point) -> float:
        """Return the amounts that the number is made of, whatever cancels."""
        total = abs(self.constant)
        for vector, amount in ((self.stock, point.stock), (self.up, point.up), (self.down, point.down)):
            if vector is not None:
                total += float(np.abs(vector) @ np.abs(amount))
        return total

    def position_gradient(self, point: Point) -> Float1D:
        """Return the derivative by each balance, (n_positions,): growth above the opening, reduction below."""
        gradient = np.zeros_like(point.stock) if self.stock is None else self.stock.copy()
        if self.up is not None:
            gradient += np.where(point.down > 0, 0.0, self.up)
        if self.down is not None:
            gradient -= np.where(point.down > 0, self.down, 0.0)
        return gradient


@attrs.frozen(eq=False)
class Sum(Expression):
    """An affine form plus weighted terms that are not affine."""

    affine: Affine
    terms: tuple[tuple[float, Expression], ...]

    @cached_property
    def curvature(self) -> Curvature:  # type: ignore[override]
        """Convex or concave where every term bends the same way."""
        bends = {_scaled_curvature(term.curvature, factor) for factor, term in self.terms}
        bends.discard("affine")
        return bends.pop() if len(bends) == 1 else "general"

    @_once
    def value(self, point: Point) -> float:
        """Return the number at a plan."""
        return self.affine.value(point) + sum(factor * term.value(point) for factor, term in self.terms)

    @_once
    def linearise(self, point: Point) -> Affine:
        """Return the tangent."""
        total: Expression = self.affine
        for factor, term in self.terms:
            total = add(total, scale(term.linearise(point), factor))
        assert isinstance(total, Affine)
        return total

    @_once
    def size(self, point: Point) -> float:
        """Return the amounts that the number is made of, whatever cancels."""
        return self.affine.size(point) + sum(abs(factor) * term.size(point) for factor, term in self.terms)

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The terms."""
        return (self.affine, *(term for _, term in self.terms))


@attrs.frozen(eq=False)
class Extremum(Expression):
    """The smallest (``kind`` min) or largest (max) of several expressions; what has no value does not count."""

    kind: str
    arguments: tuple[Expression, ...]

    @cached_property
    def curvature(self) -> Curvature:  # type: ignore[override]
        """A minimum of concave parts is concave, a maximum of convex parts convex."""
        own = "concave" if self.kind == "min" else "convex"
        return own if all(a.curvature in {"constant", "affine", own} for a in self.arguments) else "general"

    def value(self, point: Point) -> float:
        """Return the number at a plan; NaN where no argument has a value."""
        return self._active(point)[0]

    @_once
    def linearise(self, point: Point) -> Affine:
        """Return the tangent of the active argument (the first one at a kink)."""
        return self._active(point)[1].linearise(point)

    @_once
    def _active(self, point: Point) -> tuple[float, Expression]:
        values = [argument.value(point) for argument in self.arguments]
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return math.nan, self.arguments[0]
        extreme = min(known) if self.kind == "min" else max(known)
        return extreme, self.arguments[values.index(extreme)]

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The arguments."""
        return self.arguments


@attrs.frozen(eq=False)
class Product(Expression):
    """Two expressions multiplied, neither of them constant."""

    left: Expression
    right: Expression
    curvature = "general"

    @property
    def is_quadratic(self) -> bool:
        """Whether both factors are affine."""
        return isinstance(self.left, Affine) and isinstance(self.right, Affine)

    @_once
    def value(self, point: Point) -> float:
        """Return the number at a plan."""
        return self.left.value(point) * self.right.value(point)

    @_once
    def linearise(self, point: Point) -> Affine:
        """Return the tangent by the product rule."""
        a, b = self.left.value(point), self.right.value(point)
        slope = add(scale(self.left.linearise(point), b), scale(self.right.linearise(point), a))
        return _as_affine(add(slope, Affine(-a * b)))

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The factors."""
        return (self.left, self.right)


@attrs.frozen(eq=False)
class Quotient(Expression):
    """A ratio whose denominator moves with the plan; it has no value, NaN, where the denominator is not positive."""

    numerator: Expression
    denominator: Expression
    curvature = "general"

    @_once
    def value(self, point: Point) -> float:
        """Return the number at a plan."""
        below = self.denominator.value(point)
        if not below > NOTHING * self.denominator.size(point):
            return math.nan
        return self.numerator.value(point) / below

    @_once
    def linearise(self, point: Point) -> Affine:
        """Return the tangent by the quotient rule."""
        below, ratio = self.denominator.value(point), self.value(point)
        if math.isnan(ratio):
            return Affine(math.nan)
        slope = add(
            scale(self.numerator.linearise(point), 1 / below), scale(self.denominator.linearise(point), -ratio / below)
        )
        return _as_affine(add(slope, Affine(ratio)))

    @property
    def parts(self) -> tuple[Expression, ...]:
        """Numerator and denominator."""
        return (self.numerator, self.denominator)


@attrs.frozen(eq=False)
class Norm(Expression):
    """The Euclidean length of ``matrix``·stock, such as √(w'Σw); ``matrix`` (n_factors, n_positions)."""

    matrix: NDArray[np.float64]
    curvature = "convex"

    def value(self, point: Point) -> float:
        """Return the number at a plan."""
        return float(np.linalg.norm(self.matrix @ point.stock))

    def linearise(self, point: Point) -> Affine:
        """Return the tangent; where the length is 0, one that lies below it."""
        along = self.matrix @ point.stock
        length = float(np.linalg.norm(along))
        return Affine(0.0, along @ self.matrix / length if length > 0 else np.zeros_like(point.stock))


def _as_affine(expression: Expression) -> Affine:
    assert isinstance(expression, Affine)
    return expression


def _scaled_curvature(curvature: Curvature, factor: float) -> Curvature:
    if factor < 0 and curvature in {"convex", "concave"}:
        return "concave" if curvature == "convex" else "convex"
    return curvature


def _add_vectors(a: Float1D | None, b: Float1D | None) -> Float1D | None:
    if a is None or b is None:
        return b if a is None else a
    return np.asarray(a + b)


def add(a: Expression, b: Expression) -> Expression:
    """Return the sum of two expressions."""
    if isinstance(a, Affine) and isinstance(b, Affine):
        return Affine(
            a.constant + b.constant,
            _add_vectors(a.stock, b.stock),
            _add_vectors(a.up, b.up),
            _add_vectors(a.down, b.down),
        )
    (affine_a, terms_a), (affine_b, terms_b) = split(a), split(b)
    affine, terms = _as_affine(add(affine_a, affine_b)), _merged(terms_a, terms_b)
    return Sum(affine, terms) if terms else affine


def _merged(
    a: tuple[tuple[float, Expression], ...], b: tuple[tuple[float, Expression], ...]
) -> tuple[tuple[float, Expression], ...]:
    """Join weighted terms; one that stands in both counts once, so that metrics cannot double at every use."""
    known = {id(term) for _, term in a}
    if not any(id(term) in known for _, term in b):
        return (*a, *b)
    weights: dict[int, tuple[float, Expression]] = {}
    for factor, term in (*a, *b):
        before = weights[id(term)][0] if id(term) in weights else 0.0
        weights[id(term)] = before + factor, term
    return tuple(weighted for weighted in weights.values() if weighted[0] != 0)


def split(expression: Expression) -> tuple[Affine, tuple[tuple[float, Expression], ...]]:
    """Return an expression as its affine part and its weighted other terms."""
    if isinstance(expression, Affine):
        return expression, ()
    if isinstance(expression, Sum):
        return expression.affine, expression.terms
    return Affine(), ((1.0, expression),)


def scale(expression: Expression, factor: float) -> Expression:
    """Return an expression times a number."""
    if factor == 1.0:
        return expression
    if isinstance(expression, Affine):
        vectors = (None if v is None else factor * v for v in (expression.stock, expression.up, expression.down))
        return Affine(factor * expression.constant, *vectors)
    if factor == 0.0:
        return Affine()
    affine, terms = split(expression)
    return Sum(_as_affine(scale(affine, factor)), tuple((factor * f, term) for f, term in terms))


def constant_of(expression: Expression) -> float | None:
    """Return the number of an expression that no position moves, else None."""
    return expression.constant if isinstance(expression, Affine) and expression.is_constant else None
