"""A program that stays in the solver, by hand: whatever moves, the next answer is that of the moved program."""

import attrs
import numpy as np
import pytest

from tests.figures.test_certificate import INF, program
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Options, run
from xlalm.solver.highs.scales import power_of_two

PROGRAM = program([3.0, 2.0], [[1.0, 1.0], [1.0, 0.0]], [-INF, -INF], [100.0, 60.0], upper=[80.0, 90.0])
"""Max 3x + 2y with x + y <= 100 and x <= 60: (60, 40) is worth 260."""


def best(live: LiveProgram) -> tuple[list[float], float]:
    """Return the plan and what the program that the solver keeps says of it."""
    answer = live.solve()
    assert isinstance(answer, Answer), answer
    return pytest.approx(answer.columns.tolist()), live.program.objective(answer.columns)


@pytest.fixture
def live() -> LiveProgram:
    live = LiveProgram(PROGRAM, Options())
    assert best(live) == ([60.0, 40.0], pytest.approx(260.0))
    return live


def test_a_row(live: LiveProgram) -> None:
    live.move_row(1, -INF, 30.0)
    assert best(live) == ([30.0, 70.0], pytest.approx(230.0))
    live.move_row(1, 10.0, 20.0)
    assert best(live) == ([20.0, 80.0], pytest.approx(220.0))
    live.move_row(1, 15.0, 20.0)
    live.move_cost(np.array([1.0, 2.0]), 5.0)
    assert best(live) == ([15.0, 85.0], pytest.approx(190.0))
    assert (live.program.row_lower.tolist(), live.program.row_upper.tolist()) == ([-INF, 15.0], [100.0, 20.0])


def test_a_column(live: LiveProgram) -> None:
    live.move_column(1, 50.0, 90.0)
    assert best(live) == ([50.0, 50.0], pytest.approx(250.0))
    live.move_column(0, 0.0, 20.0)
    assert best(live) == ([20.0, 80.0], pytest.approx(220.0))
    assert (live.program.lower.tolist(), live.program.upper.tolist()) == ([0.0, 50.0], [20.0, 90.0])


def test_the_goal(live: LiveProgram) -> None:
    live.move_cost(np.array([2.0, 3.0]), 7.0)
    assert best(live) == ([10.0, 90.0], pytest.approx(297.0))
    live.move_cost(np.array([2e-4, 3e-4]), 0.0)
    assert best(live) == ([10.0, 90.0], pytest.approx(0.029))


def test_a_coefficient(live: LiveProgram) -> None:
    live.move_coefficient(0, 1, 2.0)
    assert best(live) == ([60.0, 20.0], pytest.approx(220.0))
    assert live.program.value.tolist() == [1.0, 2.0, 1.0, 0.0]
    live.move_coefficient(1, 0, 4.0)
    assert best(live) == ([15.0, 42.5], pytest.approx(130.0))


@pytest.mark.parametrize(
    ("bounds", "plan"),
    [
        ({"row_upper": [100.0, 50.0]}, [50.0, 50.0]),
        ({"row_lower": [-INF, 60.0], "row_upper": [100.0, 70.0]}, [70.0, 30.0]),
        ({"upper": [40.0, 90.0]}, [40.0, 60.0]),
        ({"upper": [80.0, 30.0]}, [60.0, 30.0]),
        ({"lower": [0.0, 45.0]}, [55.0, 45.0]),
        ({"lower": [0.0, 45.0], "upper": [10.0, 90.0]}, [10.0, 90.0]),
    ],
)
def test_all_bounds(live: LiveProgram, bounds: dict[str, list[float]], plan: list[float]) -> None:
    names = ("row_lower", "row_upper", "lower", "upper")
    old = {name: getattr(PROGRAM, name) for name in names}
    for _ in range(2):  # there, and back, and there again
        live.put_bounds(**old | {name: np.array(values) for name, values in bounds.items()})
        assert best(live)[0] == plan
        live.put_bounds(**old)
        assert best(live)[0] == [60.0, 40.0]


def test_a_floor_alone(live: LiveProgram) -> None:
    """What only a lower bound of a row holds back: less is better here."""
    live.move_cost(np.array([-3.0, -2.0]), 0.0)
    assert best(live)[0] == [0.0, 0.0]
    live.put_bounds(np.array([50.0, -INF]), PROGRAM.row_upper, PROGRAM.lower, PROGRAM.upper)
    assert best(live)[0] == [0.0, 50.0]
    live.move_row(1, 20.0, 60.0)
    assert best(live)[0] == [20.0, 30.0]


def test_rows_that_prove_that_there_is_no_plan(live: LiveProgram) -> None:
    """x >= 70 against x <= 60: the second row by itself, whatever its size."""
    live.solve()
    live.move_column(0, 70.0, 80.0)
    assert not isinstance(live.solve(), Answer)
    ray = live.ray()
    if ray is not None:
        assert ray[0] == pytest.approx(0.0)
        assert ray[1] != 0.0


def test_steps_of_both_solvers_are_counted(live: LiveProgram) -> None:
    """A cap of 50 on both sends y out: one step. The quadratic goal is best at (30, 20), which takes some."""
    live.move_row(0, -INF, 50.0)
    assert live.solve().iterations == 1
    curved = attrs.evolve(PROGRAM, hessian=-0.1 * np.eye(2), hessian_columns=np.arange(2, dtype=np.int32))
    found = run(curved, Options())
    assert isinstance(found, Answer)
    assert found.columns == pytest.approx([30.0, 20.0])
    assert found.iterations > 0


def test_a_coefficient_of_a_large_row() -> None:
    """1000x + 1000y <= 100,000 and x <= 60, then 1000x + 2000y: the row is scaled, and so is its new coefficient."""
    large = attrs.evolve(PROGRAM, value=PROGRAM.value * [1e3, 1e3, 1.0, 1.0], row_upper=np.array([1e5, 60.0]))
    live = LiveProgram(large, Options())
    assert best(live) == ([60.0, 40.0], pytest.approx(260.0))
    live.move_coefficient(0, 1, 2000.0)
    assert best(live) == ([60.0, 20.0], pytest.approx(220.0))


@pytest.mark.parametrize(("size", "power"), [(1000.0, 1024.0), (0.3, 0.25), (1.0, 1.0), (0.0, 1.0)])
def test_the_scale_of_a_goal(size: float, power: float) -> None:
    assert power_of_two(size) == power
