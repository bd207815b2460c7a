"""The bank whose surcharge grows with it: xlalm's search against ipopt on the same functions from the same starts."""

from pathlib import Path

import numpy as np

from tests.benchmarks.measure import Ratio, paired
from xlalm.app.run.book import open_book
from xlalm.domain.watch import unwatched
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.program.build import Build, build_program
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.nonlinear.functions import Functions
from xlalm.solver.nonlinear.local import local_optimum
from xlalm.solver.nonlinear.search import solve_nonlinear, starts

BOOK = Path(__file__).resolve().parents[2] / "workbooks" / "examples" / "gsib_bank" / "gsib_bank.xlsx"


def measure(runs: int = 5) -> list[Ratio]:
    """Return all local searches, and the whole solve with starts and proof, over ipopt's searches."""
    model, findings = build_model(open_book(BOOK).tables)
    assert model is not None, findings
    build = build_program(problem_of(model), curved=True)
    functions = Functions(build)
    points = [start[functions.free] for start in starts(problem_of(model), build, Options(), unwatched())]
    judge = Ipopt(build, functions, points[0])
    best = [local_optimum(functions, point, _go_on).goal for point in points]
    others = [judge.optimum(point) for point in points]
    assert np.allclose(best, others, rtol=1e-6), (best, others)
    size = f"{len(functions.free)} columns, {build.program.n_rows} rows, {len(build.smooth_terms)} curves"
    searches, ipopt = paired(
        lambda: [local_optimum(functions, point, _go_on) for point in points],
        lambda: [judge.optimum(point) for point in points],
        runs,
    )
    whole, again = paired(lambda: _whole(model), lambda: [judge.optimum(point) for point in points], runs)
    against = f"ipopt, the same functions and {len(points)} starts"
    return [
        Ratio(f"bank with a growing surcharge, local searches ({size})", searches, ipopt, against, "≤ ipopt's"),
        Ratio("the same with building, starts, proof and prices", whole, again, against, "reported"),
    ]


def _go_on() -> None:
    """Never stop."""


def _whole(model: Model) -> None:
    assert solve_nonlinear(problem_of(model), Options(), unwatched()).status == "optimal"


class Ipopt:
    """Ipopt over xlalm's functions with their exact first and second derivatives, sparse."""

    def __init__(self, build: Build, functions: Functions, point: np.ndarray) -> None:
        import ipyopt

        program, self._functions = build.program, functions
        sign = -1.0 if program.maximise else 1.0
        n, m = len(functions.free), program.n_rows
        rng = np.random.default_rng(0)
        near = [functions.at(point * rng.uniform(0.9, 1.1, n) + rng.uniform(0.1, 1.0, n)) for _ in range(3)]
        filled = np.any([found.jacobian != 0 for found in near], axis=0)
        rows, columns = np.nonzero(filled)
        bent = functions.hessian(point + 1.0, 1.0, rng.normal(size=m)) != 0
        left, right = np.nonzero(np.tril(bent))

        def eval_g(x: np.ndarray, out: np.ndarray) -> None:
            out[:] = functions.at(x).rows

        def eval_grad_f(x: np.ndarray, out: np.ndarray) -> None:
            out[:] = sign * functions.at(x).gradient

        def eval_jac_g(x: np.ndarray, out: np.ndarray) -> None:
            out[:] = functions.at(x).jacobian[rows, columns]

        def eval_h(x: np.ndarray, prices: np.ndarray, weight: float, out: np.ndarray) -> None:
            out[:] = functions.hessian(x, sign * weight, prices)[left, right]

        self._sign = sign
        self._problem = ipyopt.Problem(
            n,
            functions.lower,
            functions.upper,
            m,
            program.row_lower,
            program.row_upper,
            (rows, columns),
            (left, right),
            lambda x: sign * functions.at(x).goal,
            eval_grad_f,
            eval_g,
            eval_jac_g,
            eval_h,
            ipopt_options={"print_level": 0, "sb": "yes", "tol": 1e-8},
        )

    def optimum(self, point: np.ndarray) -> float:
        """Return the goal that ipopt ends at from a start."""
        _, value, status = self._problem.solve(point.copy())
        assert status in {0, 1}, status
        return self._sign * float(value)
