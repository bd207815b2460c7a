"""Whatever solves again and again says how far it is, asks before every solve and ends with what it has."""

from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
import pytest

from tests.solver.counter import Counter
from tests.solver.programs import random_case
from tests.strategies import Book, book, model_of
from xlalm.domain.errors import Refused
from xlalm.domain.watch import STEPS, Watch, unwatched
from xlalm.program.problem import problem_of
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.sensitivity.frontier import exact_frontier, proof
from xlalm.solver.sensitivity.ladder import ladders
from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges
from xlalm.solver.sensitivity.surface import Surface, surface
from xlalm.solver.sensitivity.worths import resolved_worths
from xlalm.solver.solution import NoPlan, Planned

OPTIONS = Options()
POSITIONS = {
    "position": ["Cash", "Loans", "Bonds", "Deposits", "Funding", "Capital"],
    "side": ["asset", "asset", "asset", "liability", "liability", "equity"],
    "balance": [20.0, 60.0, 40.0, 70.0, 40.0, 10.0],
    "min": [10.0, 30.0, 20.0, 50.0, 20.0, 10.0],
    "max": [60.0, 90.0, 80.0, 90.0, 70.0, 10.0],
    "rate": [0.01, 0.06, 0.03, 0.01, 0.03, 0.0],
    "w": [0.0, 1.0, 0.2, 0.1, 0.5, 0.0],
    "v": [1.0, 0.1, 0.6, 0.0, 0.0, 0.0],
}
LIMITS = [("sum(w)", "<=", 110.0), ("sum(v)", ">=", 45.0), ('position("Loans") / total_assets', "<=", 0.55)]
GOALS = [("net(rate)", "max", 0.5), ("sum(w)", "min", 0.3), ("sum(v)", "max", 0.2)]
LOTS: dict[str, list[Any]] = {"lot": [None, 7.0, 4.0, None, 3.0, None]}


def bank(goals: Any = (("net(rate)", "max"),), limits: Any = LIMITS, **more: Any) -> Book:
    settings = {key: more.pop(key) for key in ("method",) if key in more}
    return book(POSITIONS | more, list(goals), list(limits), **settings)


def solved(tables: Book) -> Callable[[Watch], Any]:
    problem = problem_of(model_of(tables))
    return lambda watch: optimise(problem, OPTIONS, watch)


def goals(method: str, **more: Any) -> Callable[[Watch], Any]:
    model = model_of(bank(GOALS, method=method, **more))
    return lambda watch: solve_goals(model, OPTIONS, watch)[0]


def plans(found: Any, whole: Any) -> None:
    """A plan cut short is not called the best, unless it is."""
    assert isinstance(whole, Planned)
    if isinstance(found, NoPlan):
        assert found.status == "stopped"
    else:
        assert found.status in {"optimal", "feasible"}
        if found.status == "optimal":
            assert found.objective == whole.objective
        assert np.isfinite(found.plan).all()


def some_of(found: dict[int, Any], whole: dict[int, Any]) -> None:
    assert found == {k: whole[k] for k in found}


def no_wider(found: Any, whole: Any) -> None:
    assert (found[0] >= whole[0] - 1e-9).all()
    assert (found[1] <= whole[1] + 1e-9).all()


def on_the_way(found: Any, whole: Any) -> None:
    """Pieces found so far, and a frontier that does not end where it was cut off."""
    if not found.segments:
        assert found.status == "stopped"
        return
    assert len(found.segments) <= len(whole.segments)
    same = found.least == whole.least and found.most == whole.most
    assert same or found.notes
    at = np.linspace(max(found.least, 80.0), min(found.most, 140.0), 7)
    assert found.objective_at(at) == pytest.approx(whole.objective_at(at), rel=1e-9)


def accepted(found: Any, _whole: Any) -> None:
    assert found is None or found.accepted


def all_or_nothing(found: Surface | None, whole: Surface) -> None:
    """A point that was never solved would look like one without a plan."""
    assert found is None or np.array_equal(found.objective, whole.objective, equal_nan=True)


def ranged(search: Callable[..., Any]) -> Callable[[Watch], Any]:
    """Several limits meet in one corner, so that every range is solved for."""
    more = [("2 * sum(w)", "<=", 220.0), ('2 * position("Loans") / total_assets', "<=", 1.1)]
    problem = problem_of(model_of(bank(limits=[*LIMITS, *more])))
    solution = optimise(problem, OPTIONS)
    assert isinstance(solution, Planned)
    return lambda watch: search(problem, solution, OPTIONS, watch)


def followed() -> Callable[[Watch], Any]:
    model = model_of(bank())
    return lambda watch: exact_frontier(model, 0, OPTIONS, watch=watch)


def proven() -> Callable[[Watch], Any]:
    frontier = exact_frontier(model_of(bank()), 0, OPTIONS)
    return lambda watch: proof(frontier, OPTIONS, 80.0, 140.0, watch)


def gridded() -> Callable[[Watch], Any]:
    model, first, second = model_of(bank()), np.linspace(90.0, 120.0, 4), np.linspace(0.4, 0.6, 3)

    def search(watch: Watch) -> Surface | None:
        try:
            return surface(model, (0, 2), first, second, OPTIONS, watch=watch)
        except Refused:
            return None if watch.must_stop else pytest.fail("refused")

    return search


SEARCHES: dict[str, tuple[Callable[[], Callable[[Watch], Any]], Callable[[Any, Any], None]]] = {
    "linear": (lambda: solved(bank()), plans),
    "lots": (lambda: solved(bank(**LOTS)), plans),
    "ratio": (lambda: solved(bank([("net(rate) / sum(w)", "max")])), plans),
    "ratio and lots": (lambda: solved(bank([("net(rate) / sum(w)", "max")], **LOTS)), plans),
    "quadratic": (lambda: solved(bank([('net(rate) - position("Loans") * position("Loans") / 9000', "max")])), plans),
    "nonlinear": (lambda: solved(product()), plans),
    "least membership": (lambda: goals("fnlp"), plans),
    "least membership, lots": (lambda: goals("fnlp", **LOTS), plans),
    "sum of memberships": (lambda: goals("wfagp"), plans),
    "in turn": (lambda: goals("lexicographic"), plans),
    "price ranges": (lambda: ranged(limit_ranges), some_of),
    "coefficient ranges": (lambda: ranged(coefficient_ranges), no_wider),
    "worths": (lambda: ranged(resolved_worths), some_of),
    "ladders": (lambda: ranged(ladders), some_of),
    "frontier": (followed, on_the_way),
    "proof": (proven, accepted),
    "surface": (gridded, all_or_nothing),
}


def product() -> Book:
    return bank([('net(rate) - position("Loans") * position("Bonds") / 9000', "max")])


def watching(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    run = highspy.Highs.run

    def counted(solver: highspy.Highs) -> Any:
        counter.count()
        return run(solver)

    monkeypatch.setattr(highspy.Highs, "run", counted)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_ends_within_one_more_solve_with_what_it_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build, check = SEARCHES[name]
    search = build()
    everything = Counter(np.inf)
    with monkeypatch.context() as patched:
        watching(everything, patched)
        whole = search(Watch(stop=everything.stop))
    check(whole, whole)
    assert everything.solves > 0
    for limit in sorted({*range(min(everything.solves, 12)), everything.solves // 2, everything.solves - 1}):
        counter = Counter(limit)
        with monkeypatch.context() as patched:
            watching(counter, patched)
            found = search(Watch(stop=counter.stop))
        assert counter.told
        assert counter.after <= 1
        check(found, whole)


@pytest.mark.parametrize("name", SEARCHES)
def test_the_progress_of_a_search_never_goes_back_and_stays_within_its_share(name: str) -> None:
    search = SEARCHES[name][0]()
    seen: list[tuple[int, int, str]] = []
    whole = Watch(lambda done, total, text: seen.append((done, total, text)))
    whole.part(0.25).says("before")
    search(whole.part(0.5))
    whole.part(0.25).says("after")
    done = [step[0] for step in seen]
    assert len(seen) > 2
    assert done == sorted(done)
    assert min(done[1:-1]) >= STEPS // 4
    assert max(done[:-1]) <= 3 * STEPS // 4
    assert all(text and total == STEPS for _, total, text in seen)


def test_a_frontier_counts_its_pieces_and_a_surface_its_points() -> None:
    texts: list[str] = []
    watch = Watch(lambda _done, _total, text: texts.append(text))
    followed()(watch)
    assert texts[0] == "piece 1 of the frontier"
    gridded()(watch)
    assert texts[-1].endswith(" of 12 points settled")


def test_a_watch_changes_no_figure() -> None:
    """Asking, and being interruptible, leaves every bit as it is."""
    rng = np.random.default_rng(7)
    for _ in range(5):
        problem = problem_of(model_of(random_case(rng).tables()))
        plain, watched = optimise(problem, OPTIONS), optimise(problem, OPTIONS, Watch(stop=lambda: False))
        assert plain.status == watched.status
        if isinstance(plain, Planned) and isinstance(watched, Planned):
            assert plain.plan.tobytes() == watched.plan.tobytes()
    assert not unwatched().can_stop
