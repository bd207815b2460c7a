"""Curves: what a linear program cannot hold, each a column tied to a smooth function of few linear forms.

A product, a ratio or a norm stands in the rows as one auxiliary column. The rows without the curves are a relaxation of
the model, and the multiplier of a limit is that of its row, whatever curves the row holds.
"""

from functools import cached_property
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Float1D, Int1D
from xlalm.measures.expression import Expression, Product, split
from xlalm.program.program import Owner

Kind = Literal["quadratic", "quotient", "norm"]
Matrix = NDArray[np.float64]
Need = Literal["below", "above", "exact"]
"""Whether a form may understate (below), overstate (above) or must equal its expression."""

FLAT = 1e-9
"""Eigenvalues below this share of the largest one are rounding."""


def products(expression: Expression) -> list[tuple[float, Product]]:
    """Return the weighted products that stand in an expression beside its affine part."""
    return [(factor, term) for factor, term in split(expression)[1] if isinstance(term, Product)]


@attrs.frozen(eq=False)
class SmoothTerm:
    """``z[column] = φ(u)`` with u = ``matrix`` z[``index``] + ``constant``, (k,).

    quadratic: φ = Σ weight·u₂ᵢ·u₂ᵢ₊₁, ``weight`` (k/2,); quotient: φ = u₀ / u₁ with u₁ > 0; norm: φ = √Σuᵢ².
    ``need`` says on which side of the curve its column may stand. ``is_nested``: other curves are among ``index``.
    ``is_goal``: the curve is all that moves the goal.
    """

    column: int
    kind: Kind
    index: Int1D
    matrix: Matrix
    constant: Float1D
    weight: Float1D
    need: Need
    is_nested: bool
    owner: Owner
    is_goal: bool = False

    def forms(self, columns: Float1D) -> Float1D:
        """Return u at a point of the program, (k,)."""
        return np.asarray(self.matrix @ columns[self.index] + self.constant)

    def value(self, u: Float1D) -> float:
        """Return φ; NaN for a ratio whose denominator is not positive."""
        if self.kind == "quadratic":
            return float((self.weight * u[0::2] * u[1::2]).sum())
        if self.kind == "quotient":
            return float(u[0] / u[1]) if u[1] > 0 else float("nan")
        return float(np.sqrt(u @ u))

    def slope(self, u: Float1D) -> Float1D:
        """Return ∂φ/∂u, (k,); 0 at the tip of a norm, NaN where a denominator is 0."""
        if self.kind == "quadratic":
            gradient = np.empty_like(u)
            gradient[0::2], gradient[1::2] = self.weight * u[1::2], self.weight * u[0::2]
            return gradient
        if self.kind == "quotient":
            return np.array([1.0 / u[1], -u[0] / u[1] ** 2]) if u[1] != 0 else np.full(2, np.nan)
        length = self.value(u)
        return u / length if length != 0 else np.zeros_like(u)

    def bend(self, u: Float1D) -> Matrix:
        """Return ∂²φ/∂u², (k, k); NaN where a denominator is 0."""
        if self.kind == "quadratic":
            return self._constant_bend
        if self.kind == "quotient":
            if u[1] == 0:
                return np.full((2, 2), np.nan)
            cross = -1.0 / u[1] ** 2
            return np.array([[0.0, cross], [cross, 2.0 * u[0] / u[1] ** 3]])
        length = self.value(u)
        if length == 0:
            return np.zeros((len(u), len(u)))
        unit = u / length
        return np.asarray((np.eye(len(u)) - np.outer(unit, unit)) / length)

    @cached_property
    def _constant_bend(self) -> Matrix:
        bend = np.zeros((len(self.constant), len(self.constant)))
        first = np.arange(0, len(self.constant), 2)
        bend[first, first + 1] = bend[first + 1, first] = self.weight
        return bend

    @cached_property
    def shape(self) -> Literal["convex", "concave", "neither"]:
        """How the curve bends over its columns, proven from its eigenvalues."""
        if self.kind == "norm":
            return "convex"
        if self.kind == "quotient" or self.is_nested:
            return "neither"
        _, triangle = np.linalg.qr(self.matrix.T)
        values = np.linalg.eigvalsh(triangle @ self._constant_bend @ triangle.T)
        near = FLAT * float(np.abs(values).max(initial=0.0))
        if values.min(initial=0.0) >= -near:
            return "convex"
        return "concave" if values.max(initial=0.0) <= near else "neither"

    @property
    def is_convex_constraint(self) -> bool:
        """Whether the points on the allowed side of the curve are a convex set."""
        return (self.shape, self.need) in {("convex", "above"), ("concave", "below")}
