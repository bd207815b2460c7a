"""Programs of 20,000 positions and 400 limits: built, solved again after one change, explained when infeasible."""

import time

import highspy
import numpy as np

from tests.benchmarks.large_book import large_tables
from tests.benchmarks.measure import Ratio, paired
from xlalm.measures.language.compiler import Compiler
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.program.build import Build, build_program
from xlalm.program.problem import problem_of
from xlalm.program.program import Program
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Options, run
from xlalm.solver.infeasible.conflicts import find_conflict

ONE_THREAD = Options(time_limit_s=600)


def _model(*, infeasible: bool = False) -> Model:
    tables = large_tables()
    if infeasible:  # a floor on assets above a cap on liabilities: with the identity, three rows and no bound
        positions, limits = tables["Positions"].columns, tables["Limits"].columns
        total = sum(b for b, s in zip(positions["balance"], positions["side"], strict=True) if s == "asset")  # type: ignore[misc]
        for row, side, sense, bound in ((7, "asset", ">=", 1.02 * total), (8, "liability", "<=", 1.01 * total)):
            limits["left"][row] = f'total(side = "{side}")'  # type: ignore[index]
            limits["sense"][row], limits["right"][row] = sense, bound  # type: ignore[index]
    model, findings = build_model(tables)
    assert model is not None, findings
    return model


def measure_build(runs: int = 3) -> list[Ratio]:
    """Return building from compiled expressions over linopy's and over HiGHS's solve, and parsing apart."""
    model = _model()
    program = build_program(problem_of(model)).program
    ours, linopy = paired(lambda: build_program(problem_of(model)), lambda: _linopy(program), runs)
    again, solve = paired(lambda: build_program(problem_of(model)), lambda: run(program, ONE_THREAD), runs)
    size = f"{program.n_columns:,} × {program.n_rows}, {len(program.value):,} nonzeros"
    half, whole = _parsing(model, 200), _parsing(model, 400)
    return [
        Ratio(f"program from compiled expressions ({size})", ours, linopy, "linopy builds the same rows", "≥ 30 ×"),
        Ratio("the same", again, solve, "HiGHS solves it", "≤ 15 % of it"),
        Ratio("parsing and compiling 400 limits", whole, half, "200 limits", "linear: 2 ×"),
    ]


def _parsing(model: Model, count: int) -> float:
    formulas = [limit.measure for limit in model.limits[:count]]
    taken = []
    for _ in range(5):
        compiler = Compiler(model.compiler.scope)
        started = time.perf_counter()
        for formula in formulas:
            compiler.compile(formula)
        taken.append(time.perf_counter() - started)
    return min(taken)


def _linopy(program: Program) -> object:
    """Build the same program in linopy, row by row over each row's own columns."""
    import linopy
    import xarray

    model = linopy.Model()
    columns = np.arange(program.n_columns)
    x = model.add_variables(
        lower=xarray.DataArray(program.lower, coords={"line": columns}),
        upper=xarray.DataArray(program.upper, coords={"line": columns}),
        name="x",
    )
    for row in range(program.n_rows):
        own = slice(int(program.start[row]), int(program.start[row + 1]))
        index, value = program.index[own], program.value[own]
        expression = (x.sel(line=index) * xarray.DataArray(value, coords={"line": index})).sum()
        if program.row_lower[row] == program.row_upper[row]:
            model.add_constraints(expression == program.row_upper[row], name=f"r{row}")
        else:
            model.add_constraints(expression <= program.row_upper[row], name=f"r{row}")
    model.add_objective((x * xarray.DataArray(program.cost, coords={"line": columns})).sum(), sense="max")
    return model


def measure_warm(runs: int = 5) -> list[Ratio]:
    """Return one bound changed and solved again from the last basis, over a cold solve of the changed program."""
    model = _model()
    build = build_program(problem_of(model))
    live = LiveProgram(build.program, ONE_THREAD)
    first = live.solve()
    assert first.row_dual is not None
    priced = [placed.row for placed in build.limit_rows.values() if abs(first.row_dual[placed.row]) > 1e-9]
    rows = iter(priced * runs)

    def warm() -> None:
        row = next(rows)
        live.move_row(row, -np.inf, float(live.program.row_upper[row]) * 0.999)
        assert live.solve().status == "optimal"

    ours, cold = paired(warm, lambda: run(live.program, ONE_THREAD), runs)
    return [Ratio("one binding bound changed, solved again", ours, cold, "cold solve", "≥ 10 ×")]


def measure_conflict(runs: int = 1) -> list[Ratio]:
    """Return the conflict of a 20,000-position book over HiGHS's own irreducible set."""
    problem = problem_of(_model(infeasible=True))
    build = build_program(problem)
    ours, iis = paired(lambda: find_conflict(problem, build, ONE_THREAD), lambda: _highs_iis(build), runs)
    return [Ratio("conflict on 20,000 positions", ours, iis, "HiGHS `getIis`", "≥ 10 ×")]


def _highs_iis(build: Build) -> object:
    program = build.program
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", 120.0)
    solver.passModel(
        program.n_columns,
        program.n_rows,
        len(program.value),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize),
        0.0,
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
    solver.setOptionValue("iis_strategy", 2)  # from rows first; 0 answers with an empty set
    solver.run()
    return solver.getIis()
