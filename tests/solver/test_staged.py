"""Several goals over a program that stays in the solver give what separate solves of the same stages give."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
import pytest

from tests.solver.programs import Case, random_case
from tests.strategies import model_of
from xlalm.domain.watch import unwatched
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.solver.goals.methods import _max_min, _sum, _Task
from xlalm.solver.goals.payoff import ends_of, payoff_of, staged_payoff
from xlalm.solver.goals.stages import Stages
from xlalm.solver.highs.run import Options


def _model(case: Case, rng: np.random.Generator, count: int, method: str, *, coarse: bool) -> Model:
    """Return a bank with goals over new columns, so that they pull in different directions."""
    tables: dict[str, Any] = case.tables()
    names, directions = [], []
    for k in range(count):
        column = rng.integers(-2, 3, case.n) * 0.01 if coarse else rng.normal(size=case.n) * 0.03
        tables["Positions"][f"pull{k}"] = [float(v) for v in column]
        names.append(f"sum(pull{k})")
        directions.append(str(rng.choice(["max", "min"])))
    weights = [float(w) for w in rng.uniform(0.1, 1.0, count)]
    goals = [f"goal {k}" for k in range(count)]
    tables["Goals"] = {"goal": goals, "formula": names, "direction": directions, "weight": weights}
    settings = tables.setdefault("Settings", {"setting": [], "value": []})
    settings["setting"], settings["value"] = [*settings["setting"], "method"], [*settings["value"], method]
    return model_of(tables)


def stages_of(model: Model) -> Stages | None:
    return Stages.of(problem_of(model), model.active_goals, Options(), unwatched())


def _cases() -> Iterable[tuple[int, str, bool]]:
    methods = ("fnlp", "wfnlp", "wfnlp_direct", "fagp", "wfagp", "weighted_sum_normalised")
    return [(seed, methods[seed % len(methods)], bool(seed % 2)) for seed in range(18)]


@pytest.mark.parametrize(("seed", "method", "coarse"), _cases())
def test_the_payoff_and_every_method_are_the_same(seed, method, coarse):
    """Payoff with its tie-break (round coefficients make ties), objective and memberships, on random banks."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, coarse=coarse, costs=seed % 4 == 0)
    model = _model(case, rng, 2 + seed % 2, method, coarse=coarse)
    stages = stages_of(model)
    assert stages is not None
    problem, goals = problem_of(model), model.active_goals
    slow = payoff_of(problem, goals, Options(), unwatched())
    quick = staged_payoff(stages, unwatched())
    assert quick is not None
    size = max(1.0, float(np.abs(slow).max()))
    assert quick == pytest.approx(slow, abs=1e-7 * size)
    ideal, worst = ends_of(problem, goals, slow)
    task = _Task(problem, goals, model.settings.method, ideal, worst, Options(), unwatched())
    how = _max_min if "nlp" in method else _sum
    expected, objective = how(task)
    found, reached = how(attrs.evolve(task, stages=stages))
    assert reached == pytest.approx(objective, abs=1e-7)
    assert found.status == expected.status == "optimal"
    assert found.certificate.accepted


def test_books_that_are_not_one_linear_program_have_no_stages():
    """Lots, soft limits and goals that bend go the way of separate solves."""
    rng = np.random.default_rng(1)
    case = random_case(rng)
    model = _model(case, rng, 2, "fnlp", coarse=False)
    assert stages_of(model) is not None
    lots = attrs.evolve(case, lot=np.where(np.arange(case.n) == 0, 1.0, np.nan))
    assert stages_of(_model(lots, rng, 2, "fnlp", coarse=False)) is None
    soft = random_case(np.random.default_rng(5), soft=True, rules=8)
    assert any(rule.penalty is not None for rule in soft.rules)
    assert stages_of(_model(soft, rng, 2, "fnlp", coarse=False)) is None
