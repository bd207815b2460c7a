"""Nonlinear problems with published optima as tables, and ipopt on the same formulas read by Python.

References
----------
HS: Hock, W. and Schittkowski, K. (1981), Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and
Mathematical Systems 187, Springer; numbers are the book's. Haverly, C. A. (1978), Studies of the behavior of recursion
the pooling problem, ACM SIGMAP Bulletin 25, 19–28. Floudas, C. and Pardalos, P. (1990), A Collection of Test Problems
for Constrained Global Optimization Algorithms, Lecture Notes in Computer Science 455, problem 3.1 (HS106: 7049.25).
"""

import re
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from tests.strategies import Book, book

IPOPT = {"print_level": 0, "sb": "yes", "tol": 1e-10, "bound_relax_factor": 0.0, "max_iter": 3000}
_VARIABLE = re.compile(r"\bx(\d+)\b")


@attrs.frozen
class Problem:
    """A problem over x1 … xn in plain arithmetic; ``start`` is the publication's."""

    name: str
    goal: str
    direction: str
    limits: tuple[tuple[str, str, float], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    start: tuple[float, ...]
    optimum: float
    convex: bool = False

    def tables(self, **settings: Any) -> Book:
        """Return the problem as a book: every variable is a balance above 0, shifted where it may be less."""
        shift = [max(-low, 0.0) for low in self.low]

        def text(formula: str) -> str:
            def balance(match: re.Match[str]) -> str:
                move = shift[int(match[1]) - 1]
                return f'(position("{match[0]}") - {move:g})' if move else f'position("{match[0]}")'

            return _VARIABLE.sub(balance, formula)

        count = range(len(self.low))
        positions = {
            "position": [f"x{i + 1}" for i in count],
            "side": ["asset"] * len(self.low),
            "balance": [self.start[i] + shift[i] for i in count],
            "min": [self.low[i] + shift[i] for i in count],
            "max": [self.high[i] + shift[i] for i in count],
        }
        limits = [{"left": text(left), "sense": sense, "right": bound} for left, sense, bound in self.limits]
        return book(positions, [(text(self.goal), self.direction)], limits, **settings)

    def function(self, formula: str) -> Callable[[np.ndarray], complex]:
        """Return a formula as Python reads it."""
        code = compile(_VARIABLE.sub(lambda m: f"x[{int(m[1]) - 1}]", formula), self.name, "eval")
        return lambda x: eval(code, {"__builtins__": {}}, {"x": x})


def ipopt(problem: Problem, start: np.ndarray | None = None) -> tuple[float, np.ndarray]:
    """Return ipopt's optimum and point; derivatives by complex steps through Python's own reading of the formulas."""
    import ipyopt

    sign = -1.0 if problem.direction == "max" else 1.0
    goal = problem.function(problem.goal)
    rows = [problem.function(left) for left, _, _ in problem.limits]
    n, m = len(problem.low), len(rows)

    def slope(function: Callable[[np.ndarray], complex], x: np.ndarray) -> np.ndarray:
        return np.array([function(x + 1e-30j * unit).imag / 1e-30 for unit in np.eye(n)])

    def eval_g(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = [np.real(row(x)) for row in rows]

    def eval_grad_f(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = sign * slope(goal, x)

    def eval_jac_g(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = np.concatenate([slope(row, x) for row in rows]) if m else []

    everywhere = (np.repeat(np.arange(m), n), np.tile(np.arange(n), m))
    solver = ipyopt.Problem(
        n,
        np.array(problem.low, float),
        np.array(problem.high, float),
        m,
        np.array([-np.inf if sense == "<=" else bound for _, sense, bound in problem.limits], float),
        np.array([np.inf if sense == ">=" else bound for _, sense, bound in problem.limits], float),
        everywhere,
        (np.zeros(0, int), np.zeros(0, int)),
        lambda x: sign * float(np.real(goal(x))),
        eval_grad_f,
        eval_g,
        eval_jac_g,
        ipopt_options=IPOPT | {"hessian_approximation": "limited-memory"},
    )
    x, value, status = solver.solve(np.array(problem.start if start is None else start, float))
    assert status in {0, 1}, (problem.name, status)
    return sign * float(value), x


def _box(n: int, low: float, high: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (low,) * n, (high,) * n


PROBLEMS = (
    Problem(
        "HS12",
        "0.5*x1*x1 + x2*x2 - x1*x2 - 7*x1 - 7*x2",
        "min",
        (("4*x1*x1 + x2*x2", "<=", 25.0),),
        *_box(2, -50, 50),
        start=(0, 0),
        optimum=-30.0,
        convex=True,
    ),
    Problem(
        "HS22",
        "(x1 - 2)*(x1 - 2) + (x2 - 1)*(x2 - 1)",
        "min",
        (("x1 + x2", "<=", 2.0), ("x1*x1 - x2", "<=", 0.0)),
        *_box(2, -50, 50),
        start=(2, 2),
        optimum=1.0,
        convex=True,
    ),
    Problem(
        "HS23",
        "x1*x1 + x2*x2",
        "min",
        (
            ("x1 + x2", ">=", 1.0),
            ("x1*x1 + x2*x2", ">=", 1.0),
            ("9*x1*x1 + x2*x2", ">=", 9.0),
            ("x1*x1 - x2", ">=", 0.0),
            ("x2*x2 - x1", ">=", 0.0),
        ),
        *_box(2, -50, 50),
        start=(3, 1),
        optimum=2.0,
    ),
    Problem(
        "HS29",
        "0 - x1*x2*x3",
        "min",
        (("x1*x1 + 2*x2*x2 + 4*x3*x3", "<=", 48.0),),
        *_box(3, -50, 50),
        start=(1, 1, 1),
        optimum=-16 * np.sqrt(2),
    ),
    Problem(
        "HS31",
        "9*x1*x1 + x2*x2 + 9*x3*x3",
        "min",
        (("x1*x2", ">=", 1.0),),
        (-10, 1, -10),
        (10, 10, 1),
        (1, 1, 1),
        6.0,
    ),
    Problem(  # printed as a minimum of -x1·x2·x3
        "HS36",
        "x1*x2*x3",
        "max",
        (("x1 + 2*x2 + 2*x3", "<=", 72.0),),
        (0, 0, 0),
        (20, 11, 42),
        (10, 10, 10),
        3300.0,
    ),
    Problem(
        "HS41",
        "2 - x1*x2*x3",
        "min",
        (("x1 + 2*x2 + 2*x3 - x4", "=", 0.0),),
        (0, 0, 0, 0),
        (1, 1, 1, 2),
        (0.5, 0.5, 0.5, 2),
        52 / 27,
    ),
    Problem(
        "HS43 (Rosen and Suzuki)",
        "x1*x1 + x2*x2 + 2*x3*x3 + x4*x4 - 5*x1 - 5*x2 - 21*x3 + 7*x4",
        "min",
        (
            ("x1*x1 + x2*x2 + x3*x3 + x4*x4 + x1 - x2 + x3 - x4", "<=", 8.0),
            ("x1*x1 + 2*x2*x2 + x3*x3 + 2*x4*x4 - x1 - x4", "<=", 10.0),
            ("2*x1*x1 + x2*x2 + x3*x3 + 2*x1 - x2 - x4", "<=", 5.0),
        ),
        *_box(4, -50, 50),
        start=(0, 0, 0, 0),
        optimum=-44.0,
        convex=True,
    ),
    Problem(
        "HS44",
        "x1 - x2 - x3 - x1*x3 + x1*x4 + x2*x3 - x2*x4",
        "min",
        (
            ("x1 + 2*x2", "<=", 8.0),
            ("4*x1 + x2", "<=", 12.0),
            ("3*x1 + 4*x2", "<=", 12.0),
            ("2*x3 + x4", "<=", 8.0),
            ("x3 + 2*x4", "<=", 8.0),
            ("x3 + x4", "<=", 5.0),
        ),
        *_box(4, 0, 10),
        start=(0, 0, 0, 0),
        optimum=-15.0,
    ),
    Problem(
        "HS65",
        "(x1 - x2)*(x1 - x2) + (x1 + x2 - 10)*(x1 + x2 - 10)/9 + (x3 - 5)*(x3 - 5)",
        "min",
        (("x1*x1 + x2*x2 + x3*x3", "<=", 48.0),),
        (-4.5, -4.5, -5),
        (4.5, 4.5, 5),
        (-4.5, 4.5, 0),
        0.9535288567,
        convex=True,
    ),
    Problem(
        "HS71",
        "x1*x4*(x1 + x2 + x3) + x3",
        "min",
        (("x1*x2*x3*x4", ">=", 25.0), ("x1*x1 + x2*x2 + x3*x3 + x4*x4", "=", 40.0)),
        *_box(4, 1, 5),
        start=(1, 5, 5, 1),
        optimum=17.0140173,
    ),
    Problem(
        "HS106 (heat exchanger)",
        "x1 + x2 + x3",
        "min",
        (
            ("0.0025*(x4 + x6)", "<=", 1.0),
            ("0.0025*(x5 + x7 - x4)", "<=", 1.0),
            ("0.01*(x8 - x5)", "<=", 1.0),
            ("x1*x6 - 833.33252*x4 - 100*x1", ">=", -83333.333),
            ("x2*x7 - 1250*x5 - x2*x4 + 1250*x4", ">=", 0.0),
            ("x3*x8 - x3*x5 + 2500*x5", ">=", 1250000.0),
        ),
        (100, 1000, 1000, 10, 10, 10, 10, 10),
        (10000, 10000, 10000, 1000, 1000, 1000, 1000, 1000),
        (5000, 5000, 5000, 200, 350, 150, 225, 425),
        7049.248,  # the book prints 7049.330923, which is not best
    ),
    Problem(
        "HS113 (Wong 2)",
        "x1*x1 + x2*x2 + x1*x2 - 14*x1 - 16*x2 + (x3 - 10)*(x3 - 10) + 4*(x4 - 5)*(x4 - 5) + (x5 - 3)*(x5 - 3)"
        " + 2*(x6 - 1)*(x6 - 1) + 5*x7*x7 + 7*(x8 - 11)*(x8 - 11) + 2*(x9 - 10)*(x9 - 10) + (x10 - 7)*(x10 - 7) + 45",
        "min",
        (
            ("4*x1 + 5*x2 - 3*x7 + 9*x8", "<=", 105.0),
            ("10*x1 - 8*x2 - 17*x7 + 2*x8", "<=", 0.0),
            ("5*x9 - 2*x10 - 8*x1 + 2*x2", "<=", 12.0),
            ("3*(x1 - 2)*(x1 - 2) + 4*(x2 - 3)*(x2 - 3) + 2*x3*x3 - 7*x4", "<=", 120.0),
            ("5*x1*x1 + 8*x2 + (x3 - 6)*(x3 - 6) - 2*x4", "<=", 40.0),
            ("0.5*(x1 - 8)*(x1 - 8) + 2*(x2 - 4)*(x2 - 4) + 3*x5*x5 - x6", "<=", 30.0),
            ("x1*x1 + 2*(x2 - 2)*(x2 - 2) - 2*x1*x2 + 14*x5 - 6*x6", "<=", 0.0),
            ("12*(x9 - 8)*(x9 - 8) - 3*x1 + 6*x2 - 7*x10", "<=", 0.0),
        ),
        *_box(10, -50, 50),
        start=(2, 3, 5, 5, 1, 2, 7, 3, 6, 10),
        optimum=24.3062091,
        convex=True,
    ),
    Problem(  # x1, x2 into the pool, x3 past it; x4, x5 from the pool to the products, x6, x7 past it; x8 pool quality
        "Haverly's pooling problem",
        "9*(x4 + x6) + 15*(x5 + x7) - 6*x1 - 16*x2 - 10*x3",
        "max",
        (
            ("x1 + x2 - x4 - x5", "=", 0.0),
            ("x3 - x6 - x7", "=", 0.0),
            ("x8*(x4 + x5) - 3*x1 - x2", "=", 0.0),
            ("x8*x4 + 2*x6 - 2.5*(x4 + x6)", "<=", 0.0),
            ("x8*x5 + 2*x7 - 1.5*(x5 + x7)", "<=", 0.0),
            ("x4 + x6", "<=", 100.0),
            ("x5 + x7", "<=", 200.0),
        ),
        (0, 0, 0, 0, 0, 0, 0, 1),
        (300, 300, 300, 100, 200, 100, 200, 3),
        (50, 50, 50, 50, 50, 25, 25, 2),
        400.0,
    ),
)
