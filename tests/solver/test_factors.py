"""A basis inverted densely and one factored by scipy say the same."""

import numpy as np
import pytest

from tests.reference.workbook_route import ROOT
from xlalm.app.run.book import open_book
from xlalm.model.build import build_model
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.linear import basis
from xlalm.solver.optimise import optimise
from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges


def test_sparse_and_dense_factors_give_the_same_ranges(monkeypatch):
    """Every range of the template, both ways."""
    model, _ = build_model(open_book(ROOT / "workbooks" / "alco_template.xlsx").tables)
    assert model is not None
    solution = optimise(problem_of(model), Options())
    dense = limit_ranges(problem_of(model), solution, Options())
    dense_coefficients = coefficient_ranges(problem_of(model), solution)
    monkeypatch.setattr(basis, "LARGEST_DENSE", 0)
    sparse = limit_ranges(problem_of(model), solution, Options())
    sparse_coefficients = coefficient_ranges(problem_of(model), solution)
    assert dense.keys() == sparse.keys()
    assert len(dense) > 20
    for k, found in dense.items():
        for name in ("valid_from", "valid_to", "price_at_from", "price_at_to", "below", "above"):
            one, other = getattr(found, name), getattr(sparse[k], name)
            assert (one is None) == (other is None), (k, name)
            if one is not None:
                assert one == pytest.approx(other, rel=1e-6, abs=1e-9), (k, name)
    assert dense_coefficients is not None
    assert sparse_coefficients is not None
    np.testing.assert_allclose(dense_coefficients, sparse_coefficients, rtol=1e-6, atol=1e-9)
