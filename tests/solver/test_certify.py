"""The proof outside the solver refuses plans that are not best, whatever the size of the goal."""

import attrs
import numpy as np
import pytest

from tests.solver.programs import random_case
from tests.strategies import model_of
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.certify import certify
from xlalm.solver.highs.run import Options, run


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-6, 1e-9, 1e3])
def test_only_the_best_plan_is_accepted(scale):
    """A margin over opening assets has coefficients of a billionth: its prices count as much as those of a margin."""
    for seed in range(4):
        case = random_case(np.random.default_rng(seed), kinds=("amount",))
        program = build_program(problem_of(model_of(attrs.evolve(case, goal=case.goal * scale).tables()))).program
        tilted = np.random.default_rng(seed + 1).normal(size=program.n_columns) * np.abs(program.cost).max()
        best, other = run(program, Options()), run(attrs.evolve(program, cost=tilted), Options())
        assert certify(program, best.columns, best.row_dual).accepted
        lost = abs(program.objective(best.columns) - program.objective(other.columns))
        assert lost > 1e-3 * abs(program.objective(best.columns))
        assert not certify(program, other.columns, other.row_dual).accepted
        assert not certify(program, other.columns, best.row_dual).accepted
