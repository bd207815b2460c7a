"""The searches of an infeasible or unbounded book: they say how far they are and end within one more solve."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.solver.counter import Counter
from tests.solver.test_conflicts import infeasible_case
from tests.strategies import Book, book, model_of
from xlalm.domain.watch import Watch
from xlalm.program.build import Build
from xlalm.program.problem import Problem, problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible import ray, unbounded
from xlalm.solver.infeasible.conflicts import find_conflict
from xlalm.solver.infeasible.relaxation import cheapest_relaxation
from xlalm.solver.infeasible.unbounded import runaways
from xlalm.solver.linear import whole
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan


def counted(counter: Counter, function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        counter.count()
        return function(*arguments, **named)

    return run


def built(tables: Book, status: str) -> tuple[Problem, Build]:
    solution = optimise(problem_of(model_of(tables)), Options())
    assert solution.status == status
    assert isinstance(solution, NoPlan)
    return solution.problem, solution.build


def lots() -> Book:
    """Return a book in which only lots and switches contradict."""
    rng = np.random.default_rng(11)
    n = 6
    positions = {
        "position": [f"a{i}" for i in range(n)],
        "side": ["asset"] * n,
        "balance": [10.0] * n,
        "min": [4.0] * n,
        "max": [20.0] * n,
        "lot": [7.0] * n,
        "w": rng.uniform(0.5, 1.0, n).tolist(),
    }
    limits = [("sum(1)", "=", 61.0), ("sum(w)", ">=", 1.0), ("sum(1) / sum(w)", ">=", 0.5)]
    return book(positions, [("sum(1)", "max")], limits, balance_identity="off")


def plain() -> Book:
    """Return a book of which a linear program has no plan, with a ratio that gives."""
    return infeasible_case(np.random.default_rng(3), ratios=True, whole=False, coarse=False).tables()


def endless() -> Book:
    """Return a book whose goal has no end."""
    positions = {"position": ["a", "b", "c"], "side": ["asset"] * 3, "balance": [1.0] * 3, "rate": [0.3, 0.2, 0.1]}
    return book(positions, [("sum(rate)", "max")], [("sum(1)", ">=", 1.0)], balance_identity="off")


SEARCHES: list[tuple[Callable[[], Book], str, Callable[..., Any]]] = [
    (lots, "infeasible", find_conflict),
    (plain, "infeasible", find_conflict),
    (lots, "infeasible", cheapest_relaxation),
    (plain, "infeasible", cheapest_relaxation),
    (endless, "unbounded", runaways),
]


@pytest.mark.parametrize(("tables", "status", "search"), SEARCHES)
def test_a_stopped_search_ends_within_one_more_solve(
    tables: Callable[[], Book], status: str, search: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, build = built(tables(), status)
    whole_search, total = search(problem, build, Options()), 0
    for limit in range(200):
        counter = Counter(limit)
        with monkeypatch.context() as patched:
            for module, name in ((whole, "run"), (unbounded, "run"), (ray, "dual_ray")):
                patched.setattr(module, name, counted(counter, getattr(module, name)))
            found = search(problem, build, Options(), Watch(stop=counter.stop))
        assert counter.after <= 1
        assert counter.solves <= limit + 1
        if not counter.told:
            total = limit
            break
        if search is find_conflict:
            assert found.members
            assert not found.irreducible or found == whole_search  # stopped when nothing was left to test
        elif search is cheapest_relaxation:
            assert not found.is_settled or found == whole_search
        else:
            assert found
    assert total > 2


def test_progress_counts_the_tests() -> None:
    problem, build = built(lots(), "infeasible")
    told: list[tuple[int, str]] = []
    watch = Watch(lambda done, _total, text: told.append((done, text)))
    find_conflict(problem, build, Options(), watch.part(0.6))
    cheapest_relaxation(problem, build, Options(), watch.part(0.4))
    done, texts = [at for at, _ in told], [text for _, text in told]
    assert done == sorted(done)
    assert any(text.startswith("testing 12 of ") and text.endswith(" limits and bounds") for text in texts)
    assert texts[-1] == "checking the way out"
    assert done[-1] == 1000
