"""Frontiers and surfaces over a loop of independent solves; a fuzzy solve over a bare solve of the same rows."""

import highspy
import numpy as np
from scipy.optimize import linprog

from tests.benchmarks.measure import Ratio, paired
from tests.strategies import model_of
from workbooks.source.books.paper_001 import fuzzy_alm
from workbooks.source.books.paper_002 import table_instance
from xlalm.model.model import Model
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.program.program import Program
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.highs.run import Options
from xlalm.solver.sensitivity.frontier import exact_frontier
from xlalm.solver.sensitivity.surface import surface

POINTS = 200
"""Bounds at which the frontier is read off."""

SIDE = 30
"""Points of the surface on each axis."""


def measure(runs: int = 7) -> list[Ratio]:
    """Return the frontier, the surface and the fuzzy solve, each against what it replaces."""
    model = model_of(table_instance().tables)
    return [_frontier(model, runs), _surface(model, runs), _fuzzy(4 * runs)]


def _linprog(model: Model, ceiling: float, capital: float, scale: float) -> float:
    """Solve the table of paper 002 at one point from its own arrays; NaN where there is no plan."""
    rate, weight, sheet = model.sheet.numbers["rate"], model.sheet.numbers["risk_weight"], model.sheet
    answer = linprog(
        -rate,
        A_ub=[weight, 0.08 * weight - 1.0],
        b_ub=[ceiling, 0.0],
        A_eq=[np.ones(len(sheet))],
        b_eq=[capital],
        bounds=np.stack([scale * sheet.lower, scale * sheet.upper], axis=1),
    )
    return -float(answer.fun) if answer.status == 0 else np.nan


def _frontier(model: Model, runs: int) -> Ratio:
    bounds = np.linspace(270.0, 450.0, POINTS)
    found: dict[str, np.ndarray] = {}

    def exact() -> None:
        found["ours"] = exact_frontier(model, 1, Options()).objective_at(bounds)

    def loop() -> None:
        found["loop"] = np.array([_linprog(model, bound, 500.0, 1.0) for bound in bounds])

    times = paired(exact, loop, runs)
    np.testing.assert_allclose(found["ours"], found["loop"], rtol=1e-9)
    name = f"exact frontier of a limit, read off at {POINTS} bounds"
    return Ratio(name, *times, "`scipy.optimize.linprog` at each of them", "≥ 50 ×")


def _surface(model: Model, runs: int) -> Ratio:
    ceilings, capitals = np.linspace(280.0, 570.0, SIDE), np.linspace(355.0, 645.0, SIDE)
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = surface(model, (1, 0), ceilings, capitals, Options(), scale_bounds=True).objective

    def loop() -> None:
        found["loop"] = np.array([[_linprog(model, a, b, b / 500.0) for b in capitals] for a in ceilings])

    times = paired(ours, loop, min(runs, 3))
    np.testing.assert_allclose(found["ours"], found["loop"], rtol=1e-9)
    name = f"surface of {SIDE * SIDE} points, position bounds scaled along"
    return Ratio(name, *times, "`scipy.optimize.linprog` at each of them", "≥ 300 ×")


def _fuzzy(runs: int) -> Ratio:
    model = model_of(fuzzy_alm().tables)
    program = build_program(problem_of(_single(model))).program
    times = paired(lambda: solve_goals(model, Options()), lambda: _bare(program), runs)
    return Ratio("fuzzy solve of two goals (payoff, max–min, second stage)", *times, "one bare HiGHS solve", "≤ 5 ×")


def _single(model: Model) -> Model:
    """Return the model with its first goal alone: the rows that every stage solves."""
    import attrs

    from xlalm.domain.settings import Settings

    settings = Settings({**model.settings.values, "method": "lp"})
    return attrs.evolve(model, settings=settings, goals=model.goals[:1])


def _bare(program: Program) -> None:
    """Pass arrays that are ready and run, as a script would."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(
        program.n_columns,
        program.n_rows,
        len(program.value),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize),
        program.offset,
        program.cost,
        program.lower,
        program.upper,
        program.row_lower,
        program.row_upper,
        program.start[:-1],
        program.index,
        program.value,
        program.integer.astype(np.int32),
    )
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
