"""A quadratic goal as a matrix, if it bends the right way."""

import numpy as np
from numpy.typing import NDArray

from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.measures.expression import Affine, Expression, split
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.terms import FLAT, products

LARGEST_QUADRATIC = 2000
"""Positions a quadratic goal may touch: its matrix is dense."""


def quadratic_goal(
    builder: RowBuilder, goal: Expression, owner: Owner, *, maximise: bool
) -> tuple[Form, tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Return the linear part of a quadratic goal, its matrix and the matrix's columns."""
    form = Form(split(goal)[0])
    n = builder.n_columns
    dense: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
    for factor, term in products(goal):
        left, right = builder.linear(term.left, "exact", owner), builder.linear(term.right, "exact", owner)
        vectors = []
        for side in (left, right):
            vector = np.zeros(n)
            index, value, _ = builder.entries(side)
            np.add.at(vector, index, value)
            vectors.append(vector)
        dense.append((factor, vectors[0], vectors[1]))
        a, b = left.affine.constant, right.affine.constant
        form = form.plus(Form(left.affine), factor * b).plus(Form(right.affine), factor * a)
        form = form.plus(Form(Affine(-a * b)), factor)
    touched = np.zeros(n, dtype=np.bool_)
    for _, u, v in dense:
        touched |= (u != 0) | (v != 0)
    columns = np.flatnonzero(touched)
    if len(columns) > LARGEST_QUADRATIC:
        reason = f'the quadratic goal "{owner.name}" touches {len(columns)} columns'
        raise Refused(owner.cell, reason, f"keep it below {LARGEST_QUADRATIC}")
    matrix = np.zeros((len(columns), len(columns)))
    for factor, u, v in dense:
        outer = np.outer(u[columns], v[columns])
        matrix += factor * (outer + outer.T)
    eigenvalues = np.linalg.eigvalsh(-matrix if maximise else matrix)
    if eigenvalues[0] < -1e-9 * max(1.0, abs(eigenvalues[-1])):
        reason = f'the quadratic goal "{owner.name}" is not {"concave" if maximise else "convex"}'
        raise NeedsNonlinearError(owner.cell, reason, "turn its direction or its signs")
    return form, (matrix, columns)


def bending(hessian: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors, (rank, k), that span the directions along which a quadratic goal bends."""
    values, vectors = np.linalg.eigh(hessian)
    return np.asarray(vectors[:, np.abs(values) > FLAT * float(np.abs(values).max(initial=0.0))].T)
