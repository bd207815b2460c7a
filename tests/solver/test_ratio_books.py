"""Books limited by ratios against linear programs put together by hand: sub-books that close, several ratios in one."""

from typing import Any

import attrs
import numpy as np
import pytest
from scipy.optimize import linprog

from tests.seeds import more
from tests.strategies import Book, book
from xlalm.app.verbs import frontier as frontiers
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs import surface as surfaces
from xlalm.domain.result import Result


@attrs.frozen(eq=False)
class Ratio:
    """Σ above·x / Σ below·x of positions, as text and as numbers (n,)."""

    above: np.ndarray
    below: np.ndarray

    def text(self, k: int) -> str:
        return f"sum(a{k}) / sum(b{k})"


@attrs.frozen(eq=False)
class Case:
    """Assets with rates between 0 and a max, under one or several ratios a limit; ``groups`` say which.

    A limit is ``sense`` ``bound`` on the least (>=) or largest (<=) of its ratios.
    """

    rate: np.ndarray
    opening: np.ndarray
    upper: np.ndarray
    ratios: tuple[Ratio, ...]
    groups: tuple[tuple[int, ...], ...]
    senses: tuple[str, ...]
    bounds: tuple[float, ...]

    @classmethod
    def closing(cls, seed: int) -> "Case":
        """Return a case in whose best plan a sub-book that loses money is closed, if a limit does not hold it open."""
        rng = np.random.default_rng(seed)
        n = int(rng.integers(4, 9))
        rate = np.round(rng.uniform(0.005, 0.06, n), 4)
        upper = np.round(rng.uniform(20.0, 120.0, n), 1)
        opening = np.round(upper * rng.uniform(0.1, 1.0, n) * (rng.random(n) > 0.15), 1)
        ratios, senses, bounds = [], [], []
        for _ in range(int(rng.integers(1, 4))):
            group = np.zeros(n)
            group[rng.choice(n, int(rng.integers(2, min(n, 4) + 1)), replace=False)] = 1.0
            if rng.random() < 0.7:
                rate[group > 0] = np.round(rng.uniform(-0.04, 0.004, int(group.sum())), 4)
            weights = group * np.round(rng.uniform(0.0, 1.0, n), 2)
            ratios.append(Ratio(weights, group))
            senses.append(str(rng.choice([">=", "<="])))
            inside = weights[group > 0]
            bounds.append(float(np.round(rng.uniform(inside.min(), inside.max()), 2)))
        groups = tuple((k,) for k in range(len(ratios)))
        return cls(rate, opening, upper, tuple(ratios), groups, tuple(senses), tuple(bounds))

    def grouped(self, rng: np.random.Generator) -> "Case":
        """Return the case with its ratios in one limit, on average of all assets, each from a bound of its own."""
        n = len(self.rate)
        ratios = tuple(Ratio(np.round(rng.uniform(0.0, 1.0, n), 2), np.ones(n)) for _ in range(3))
        sense = str(rng.choice([">=", "<="]))
        middle = float(np.mean([ratio.above.mean() for ratio in ratios]))
        return attrs.evolve(
            self, ratios=ratios, groups=((0, 1, 2),), senses=(sense,), bounds=(float(np.round(middle, 2)),)
        )

    def tables(self, bounds: tuple[float, ...] | None = None) -> Book:
        n = len(self.rate)
        positions: dict[str, Any] = {
            "position": [f"p{i}" for i in range(n)],
            "side": ["asset"] * n,
            "balance": list(self.opening),
            "min": [0.0] * n,
            "max": list(self.upper),
            "rate": list(self.rate),
        }
        for k, ratio in enumerate(self.ratios):
            positions |= {f"a{k}": list(ratio.above), f"b{k}": list(ratio.below)}
        limits = []
        for group, sense, bound in zip(self.groups, self.senses, bounds or self.bounds, strict=True):
            parts = [self.ratios[k].text(k) for k in group]
            joined = f"{'min' if sense == '>=' else 'max'}({', '.join(parts)})" if len(parts) > 1 else parts[0]
            limits.append({"left": joined, "sense": sense, "right": bound, "unit": "number"})
        return book(positions, [("sum(rate)", "max")], limits, balance_identity="off")

    def best(self, bounds: tuple[float, ...] | None = None, rate: Any = None) -> tuple[float, np.ndarray]:
        """Return the best goal and plan of the rows multiplied out, by scipy; by default of the case's own rates."""
        rate = self.rate if rate is None else rate
        rows = []
        for group, sense, bound in zip(self.groups, self.senses, bounds or self.bounds, strict=True):
            for k in group:
                row = self.ratios[k].above - bound * self.ratios[k].below
                rows.append(-row if sense == ">=" else row)
        found = linprog(-rate, np.array(rows), np.zeros(len(rows)), bounds=[(0.0, u) for u in self.upper])
        assert found.status == 0
        return -float(found.fun), found.x


def closing_only(case: Case, bounds: tuple[float, ...] | None = None) -> bool:
    """Whether bounds hold only in a plan without assets."""
    return bool(case.best(bounds, np.ones(len(case.rate)))[0] <= 1e-6 * case.opening.sum())


def plan_of(result: Result) -> np.ndarray:
    return np.array(result.table("Allocation").column("optimal"), dtype=float)


def check_limits(case: Case, result: Result) -> int:
    """See that every ratio that divides by nothing is blank and every other is kept; returns how many are blank."""
    plan, blank = plan_of(result), 0
    for row, group, sense in zip(result.table("LimitReport").records(), case.groups, case.senses, strict=True):
        below = [float(case.ratios[k].below @ plan) for k in group]
        if max(below) == 0.0:
            blank += 1
            keys = ("value", "headroom", "shadow_price", "worth_of_one_unit", "valid_from", "valid_to", "price_at_from")
            assert [row[key] for key in keys] == [None] * len(keys)
            assert any(f"{row['limit']} has no value: the plan holds no " in text for text in result.messages)
        else:
            assert row["value"] is not None
            assert row["headroom"] >= -1e-7
            assert (row["shadow_price"] or 0.0) * (-1.0 if sense == ">=" else 1.0) >= -1e-9
    return blank


def check_closing(seed: int) -> int:
    """See that check, solve, conflicts, frontier and surface agree on a book; returns how many ratios had no value."""
    case = Case.closing(seed)
    tables = case.tables()
    checked, solved, conflicts = verbs.check(tables), verbs.solve(tables), verbs.conflicts(tables)
    if closing_only(case):
        assert (checked.status, solved.status, conflicts.status) == ("checked", "infeasible", "infeasible")
        assert any("a plan that holds nothing" in text for text in solved.messages)
        return 0
    assert (checked.status, solved.status, conflicts.status) == ("checked", "optimal", "checked")
    best, _ = case.best()
    size = 1e-9 * float(case.upper.sum())
    assert solved.objective == pytest.approx(best, abs=size)
    assert solved.certificate is not None
    assert solved.certificate["accepted"]
    opening = case.opening
    for row, (k,) in zip(checked.table("LimitReport").records(), case.groups, strict=True):
        assert (row["value"] is None) == (float(case.ratios[k].below @ opening) == 0.0)
    frontier = frontiers.frontier(tables, limit="limit 0", low=0.0, high=1.0)
    assert frontier.status == "optimal"
    for row in frontier.table("Frontier").records():
        beside = {"just below": -1e-5, "just above": 1e-5}.get(row["event"], 0.0)  # where the goal leaps
        if row["objective"] is None:
            assert closing_only(case, (row["bound"], *case.bounds[1:]))
        else:
            moved = case.best((row["bound"] + beside, *case.bounds[1:]))[0]
            assert row["objective"] == pytest.approx(moved, abs=1e-6 * float(case.upper.sum()))
    if len(case.bounds) > 1:
        grid = surfaces.surface(tables, limits=["limit 0", "limit 1"], points=4)
        for row in grid.table("Surface").records():
            at = row["first_bound"], row["second_bound"], *case.bounds[2:]
            assert (row["objective"] is None) == closing_only(case, at)
            if row["objective"] is None:
                continue
            moved = case.best(at)[0]
            assert row["objective"] == pytest.approx(moved, abs=1e-8 * float(case.upper.sum()))
    return check_limits(case, solved)


def test_books_whose_best_plan_closes_a_sub_book() -> None:
    assert sum(check_closing(seed) > 0 for seed in range(30)) >= 8


@pytest.mark.long
@pytest.mark.parametrize(
    ("last", "least"), [(100, 19), pytest.param(330, 80, marks=pytest.mark.night)], ids=["some", "many"]
)
def test_more_books_whose_best_plan_closes_a_sub_book(last: int, least: int) -> None:
    assert sum(check_closing(seed) > 0 for seed in range(30, last)) >= least


def check_several(seed: int) -> None:
    """The least (or largest) of three ratios: one linear program, proven, with the price of the bound by difference."""
    case = Case.closing(seed).grouped(np.random.default_rng(seed))
    result = verbs.solve(case.tables())
    assert result.status == ("infeasible" if closing_only(case) else "optimal")
    if result.status == "infeasible":
        return
    assert result.solver.startswith("LP: goal affine, 0 limits on amounts, 1 on ratios, multiplied out")
    assert result.objective == pytest.approx(case.best()[0], abs=1e-9 * float(case.upper.sum()))
    assert result.certificate is not None
    assert result.certificate["accepted"]
    check_limits(case, result)
    (bound,), (row,) = case.bounds, result.table("LimitReport").records()
    if row["shadow_price"] is not None:
        step = 1e-6
        sides = [(case.best((bound + sign * step,))[0] - case.best()[0]) / (sign * step) for sign in (1.0, -1.0)]
        near = 1e-4 * max(1.0, *map(abs, sides))
        assert min(sides) - near <= row["shadow_price"] <= max(sides) + near


@pytest.mark.parametrize("seed", range(20))
def test_the_least_of_several_ratios_is_one_linear_program(seed: int) -> None:
    check_several(seed)


@pytest.mark.parametrize("seed", more(20, 220))
def test_the_least_of_many_ratios_is_one_linear_program(seed: int) -> None:
    check_several(seed)
