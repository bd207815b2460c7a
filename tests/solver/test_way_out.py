"""The cheapest way out: cases worked by hand, and small books of which every switch and every lot is tried by scipy."""

from itertools import product
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from tests.strategies import Book, book, model_of, seeds
from xlalm.app.verbs import solve as verbs
from xlalm.domain.watch import unwatched
from xlalm.program.build import build_program
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.infeasible.conflicts import find_conflict
from xlalm.solver.infeasible.elastic import Elastic
from xlalm.solver.infeasible.members import Member
from xlalm.solver.infeasible.relaxation import WayOut, _Search, cheapest_relaxation
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan

Moves = dict[tuple[str, str], float]
"""What each limit or bound has to be, by (kind, name)."""


def advice(tables: Book) -> Moves:
    """Return what the user is told to move."""
    result = verbs.conflicts(tables)
    assert result.status == "infeasible"
    records = result.table("Conflicts").records()
    return {(row["kind"], row["name"]): row["needed"] for row in records if row["needed"] is not None}


def conflict_of(tables: Book) -> set[tuple[str, str]]:
    """Return what cannot hold together, by (kind, name)."""
    result = verbs.conflicts(tables)
    assert result.status == "infeasible"
    return {(row["kind"], row["name"]) for row in result.table("Conflicts").records() if row["in_conflict"] == "yes"}


def assets(names: str, limits: Any = (), **columns: list[Any]) -> Book:
    """Return a book of assets only, without an identity."""
    positions = {"position": names.split(), "side": ["asset"] * len(names.split()), **columns}
    return book(positions, [("sum(1)", "max")], limits, balance_identity="off")


# --- worked by hand ------------------------------------------------------------------------------------


@pytest.mark.parametrize("big", [100.0, 5000.0, 50000.0, 400000.0, 1e9])
def test_threshold_beside_a_large_line(big: float) -> None:
    """Bond between 3 and 4 but at least 4.5 if used: the max by 0.5 of 4 is 12.5 %, the min down to 0 is 100 %."""
    tables = assets("Bond Loans", balance=[3.5, big / 2], min=[3.0, 0.0], max=[4.0, big], min_if_used=[4.5, None])
    assert advice(tables) == {("max", "Bond"): pytest.approx(4.5, abs=1e-9)}
    assert conflict_of(tables) == {("min", "Bond"), ("max", "Bond"), ("threshold", "Bond")}


def test_threshold_beside_a_large_line_with_lots() -> None:
    """The lots of 350 have nothing to do with it."""
    tables = assets(
        "Bond Loans",
        balance=[3.5, 2500.0],
        min=[3.0, 0.0],
        max=[4.0, 5000.0],
        min_if_used=[4.5, None],
        lot=[None, 350.0],
    )
    assert advice(tables) == {("max", "Bond"): pytest.approx(4.5, abs=1e-9)}


def test_threshold_in_billions_with_lots() -> None:
    """0.04 to 0.045 is 12.5 % too."""
    tables = assets(
        "Bond Loans",
        balance=[0.035, 2.5],
        min=[0.03, 0.0],
        max=[0.04, 5.0],
        min_if_used=[0.045, None],
        lot=[None, 0.35],
    )
    assert advice(tables) == {("max", "Bond"): pytest.approx(0.045, abs=1e-12)}


def test_min_gives_where_the_max_would_have_to_give_more() -> None:
    """The max by 3.5 of 1 is 350 %, the min down to 0 is 100 %, although Loans are 400,000."""
    tables = assets("Bond Loans", balance=[0.5, 200000.0], min=[0.5, 0.0], max=[1.0, 400000.0], min_if_used=[4.5, None])
    assert advice(tables) == {("min", "Bond"): pytest.approx(0.0, abs=1e-12)}


def test_max_may_have_to_give_a_thousandfold() -> None:
    """Cash of at most 1 must pay for deposits of 50,000, and is used from 100 on; the deposits' floor gives less.

    Deposits from 50,000 to 1 are 99.998 %, cash from 1 to 50,000 is 4,999,900 %; but cash is none or at least 100, so
    deposits either fall to 0, 100 %, or stop at 100, 99.8 %, with cash at 100, 9,900 %.
    """
    positions = {
        "position": ["Cash", "Deposits"],
        "side": ["asset", "liability"],
        "balance": [0.0, 0.0],
        "min": [0.0, 50000.0],
        "max": [1.0, 60000.0],
        "min_if_used": [100.0, None],
    }
    assert advice(book(positions, [("sum(1)", "max")])) == {("min", "Deposits"): pytest.approx(0.0, abs=1e-6)}
    held = positions | {"min": [1.0, 50000.0]}
    # cash cannot be 0 unless its min gives too: 100 % + 100 % is less than 9,900 % + 99.8 %
    assert advice(book(held, [("sum(1)", "max")])) == {
        ("min", "Cash"): pytest.approx(0.0, abs=1e-6),
        ("min", "Deposits"): pytest.approx(0.0, abs=1e-6),
    }


def test_more_than_a_thousand_lots_beyond_the_max() -> None:
    """Cash in lots of 1, at most 3,000, beside two deposits of at least 2,500 each.

    One unit less of a deposit is 1 / 2,500, one more of cash 1 / 3,000: cash gives, by 2,000 lots.
    """
    positions = {
        "position": ["Cash", "Sight", "Term"],
        "side": ["asset", "liability", "liability"],
        "balance": [0.0, 0.0, 0.0],
        "min": [0.0, 2500.0, 2500.0],
        "max": [3000.0, 2600.0, 2600.0],
        "lot": [1.0, None, None],
    }
    tables = book(positions, [("sum(1)", "max")])
    assert advice(tables) == {("max", "Cash"): pytest.approx(5000.0, abs=1e-6)}
    assert conflict_of(tables) == {
        ("identity", "assets = liabilities + equity"),
        ("max", "Cash"),
        ("min", "Sight"),
        ("min", "Term"),
    }


def test_limit_with_a_penalty_gives_by_its_penalty() -> None:
    """A floor of 14 over a cap of 10: 4 / 14 for the floor, 4 / 10 for the cap; by its penalty 0.04."""
    limits = [
        {"limit": "floor", "left": "sum(1)", "sense": ">=", "right": 14.0},
        {"limit": "cap", "left": "sum(1)", "sense": "<=", "right": 10.0, "penalty": 0.01},
    ]
    tables = assets("a", limits, balance=[10.0], min=[0.0], max=[100.0])
    assert advice(tables) == {("limit", "cap"): pytest.approx(14.0, abs=1e-9)}


def test_small_difference_of_cost_beside_a_bound_of_zero() -> None:
    """The third limit's bound is 0, so that giving is a million times dearer there; small differences still count."""
    limits = [("sum(w)", "<=", 10.0), ("sum(w)", ">=", 10.0 + 1e-3), ("sum(v)", "<=", 0.0)]
    tables = assets("a b", limits, balance=[5.0, 995.0], min=[0.0, 0.0], max=[100.0, 995.0], w=[1.0, 0.0], v=[0.0, 0.0])
    # the floor is the larger bound, so giving 0.001 is less of it: 0.001 / 10.001 < 0.001 / 10
    assert advice(tables) == {("limit", "limit 1"): pytest.approx(10.0, abs=1e-9)}


def test_ratio_whose_denominator_the_plan_would_rather_drop() -> None:
    """p0 / p2 at most 0 with p0 at least 2: at p2 = 0 there is no ratio; at its max of 2 a ratio of 1 is enough."""
    tables = assets(
        "p0 p2",
        [('position("p0") / position("p2")', "<=", 0.0)],
        balance=[2.0, 2.0],
        min=[2.0, 0.0],
        max=[4.0, 2.0],
    )
    assert advice(tables) == {("limit", "limit 0"): pytest.approx(1.0, abs=1e-9)}


# --- numbers made from bounds --------------------------------------------------------------------------


def test_piece_that_bends_the_wrong_way_lets_its_bounds_go() -> None:
    """max(a, b) of at least 50: a of at most 10 and b of at most 20 both stand in the way."""
    limit = ('max(position("a"), position("b"))', ">=", 50.0)
    tables = assets("a b c", [limit], balance=[5.0, 5.0, 1.0], min=[0.0] * 3, max=[10.0, 20.0, 5.0])
    assert conflict_of(tables) == {("limit", "limit 0"), ("max", "a"), ("max", "b")}
    assert advice(tables) == {("limit", "limit 0"): pytest.approx(20.0, abs=1e-9)}


def test_piece_far_beyond_its_bounds() -> None:
    """min(a, b) of at most 10 with a and b at least 4,000: their floors stand in the way, one of them is enough."""
    limit = ('min(position("a"), position("b"))', "<=", 10.0)
    tables = assets("a b", [limit], balance=[5000.0] * 2, min=[4000.0, 4500.0], max=[5000.0, 5000.0])
    assert conflict_of(tables) == {("limit", "limit 0"), ("min", "a"), ("min", "b")}
    assert advice(tables) == {("limit", "limit 0"): pytest.approx(4000.0, abs=1e-6)}


def test_bounds_give_although_a_piece_holds_numbers_made_from_them() -> None:
    """Assets of at most 10 beside capital of 50: capital to 10 is 80 %, a to 50 is 400 %; max(a, b) >= 5 holds."""
    positions = {
        "position": ["a", "b", "Capital"],
        "side": ["asset", "asset", "equity"],
        "balance": [50.0, 0.0, 50.0],
        "min": [0.0, 0.0, 50.0],
        "max": [10.0, 0.0, 50.0],
    }
    limit = ('max(position("a"), position("b"))', ">=", 5.0)
    found = advice(book(positions, [("sum(1)", "max")], [limit]))
    assert found == {("min", "Capital"): pytest.approx(10.0, abs=1e-9)}
    assert conflict_of(book(positions, [("sum(1)", "max")], [limit])) >= {("max", "a"), ("min", "Capital")}


def test_either_or_lets_its_bounds_go() -> None:
    """A position of 50 between 10 and 90 cannot move by 1,000; without its max or its min it could."""
    tables = assets("a", [("turnover()", ">=", 1000.0)], balance=[50.0], min=[10.0], max=[90.0])
    assert conflict_of(tables) == {("limit", "limit 0"), ("min", "a"), ("max", "a")}
    assert advice(tables) == {("limit", "limit 0"): pytest.approx(40.0, abs=1e-9)}


# --- the same book in another unit ---------------------------------------------------------------------


@attrs.frozen(eq=False)
class Small:
    """A book of few positions; amounts are multiplied by ``unit``. Every limit is Σ w·x against a bound, or a ratio."""

    low: np.ndarray
    high: np.ndarray
    opening: np.ndarray
    threshold: np.ndarray
    lot: np.ndarray
    weights: np.ndarray  # (limits, positions)
    sense: tuple[str, ...]
    bound: np.ndarray
    penalty: np.ndarray  # NaN where none
    ratio: int = -1  # the limit that is Σ w·x / Σ x
    floor: float = 0.0  # the least assets of a plan

    def tables(self, unit: float = 1.0) -> Book:
        n = len(self.low)

        def amounts(values: np.ndarray) -> list[float | None]:
            return [None if np.isnan(v) else float(v) * unit for v in values]

        columns: dict[str, list[Any]] = {
            "balance": amounts(self.opening),
            "min": amounts(self.low),
            "max": amounts(self.high),
            "min_if_used": amounts(self.threshold),
            "lot": amounts(self.lot),
        }
        limits = []
        for k, sense in enumerate(self.sense):
            columns[f"w{k}"] = self.weights[k].tolist()
            is_ratio = k == self.ratio
            bound = float(self.bound[k]) * (1.0 if is_ratio else unit)
            price = float(self.penalty[k]) / (1.0 if is_ratio else unit)
            left = f"sum(w{k}) / sum(1)" if is_ratio else f"sum(w{k})"
            limits.append({"left": left, "sense": sense, "right": bound, "penalty": None if np.isnan(price) else price})
        return assets(" ".join(f"p{i}" for i in range(n)), limits, **columns)

    # --- by scipy, every switch and every lot tried --------------------------------------------------

    def cheapest(self, *, empty: bool = True) -> float | None:
        """Return what the cheapest way costs: by limits alone where they are enough, else by bounds too; else None.

        Parameters
        ----------
        empty : whether a plan that holds nothing counts as one.
        """
        small = attrs.evolve(self, floor=0.0 if empty else min(1e-3 * self.opening.sum(), 0.5 * self.high.sum()))
        for with_bounds in (False, True):
            found = [paid for paid in small._each_choice(with_bounds=with_bounds) if paid is not None]
            if found:
                return min(found)
        return None

    def _each_choice(self, *, with_bounds: bool) -> list[float | None]:
        choices = []
        for i in range(len(self.low)):
            if not np.isnan(self.threshold[i]):
                choices.append([(0.0, 0.0), (self.threshold[i], np.inf)])
            elif not np.isnan(self.lot[i]):
                most = self.high[i] + (10 * self.lot[i] if with_bounds else 0.0)
                least = 0.0 if with_bounds else self.low[i]
                steps = [self.opening[i] + k * self.lot[i] for k in range(-60, 61)]
                choices.append([(v, v) for v in steps if least - 1e-9 <= v <= most + 1e-9])
            else:
                choices.append([(0.0, np.inf)])
        return [self._program(ends, with_bounds=with_bounds) for ends in product(*choices)]

    def _program(self, ends: tuple[tuple[float, float], ...], *, with_bounds: bool) -> float | None:
        """Return the least cost with each position between two ends; a ratio's relaxation is tried step by step."""
        if self.ratio < 0:
            return self._linear(ends, 0.0, with_bounds=with_bounds)
        own = self._costs()[self.ratio]
        tried = []
        for give in np.linspace(0.0, 2.0, 81):
            found = self._linear(ends, float(give), with_bounds=with_bounds)
            if found is not None:
                tried.append(found + own * give)
        return min(tried, default=None)

    def _costs(self) -> np.ndarray:
        least = np.array([1e-3 if k == self.ratio else 1e-6 * self.opening.sum() for k in range(len(self.sense))])
        size = 1.0 / np.maximum(np.abs(self.bound), least)
        return np.where(np.isnan(self.penalty), size, self.penalty)

    def _linear(self, ends: tuple[tuple[float, float], ...], give: float, *, with_bounds: bool) -> float | None:
        n, count = len(self.low), len(self.sense)
        low = np.array([a if with_bounds else max(a, own) for (a, _), own in zip(ends, self.low, strict=True)])
        high = np.array([b if with_bounds else min(b, own) for (_, b), own in zip(ends, self.high, strict=True)])
        if (low > high + 1e-12).any():
            return None
        columns = n + 2 * count + 2 * n
        rows, right = [np.zeros(columns)], [0.0]
        cost = np.zeros(columns)
        for k, sense in enumerate(self.sense):
            vector, bound = self.weights[k], self.bound[k]
            for sign, senses, column in ((-1.0, (">=", "="), n + k), (1.0, ("<=", "="), n + count + k)):
                if sense not in senses:
                    continue
                row = np.zeros(columns)
                if k == self.ratio:
                    row[:n], limit = sign * (vector - (bound + sign * give)), 0.0
                else:
                    row[:n], row[column], limit = sign * vector, -1.0, sign * bound
                    cost[column] = self._costs()[k]
                rows.append(row)
                right.append(limit)
        if with_bounds:
            for i in range(n):
                for sign, own, column in ((-1.0, self.low[i], n + 2 * count + i), (1.0, self.high[i], columns - n + i)):
                    if sign < 0 and own == 0:
                        continue
                    row = np.zeros(columns)
                    row[i], row[column] = sign, -1.0
                    cost[column] = 1.0 / max(abs(own), 1e-6 * self.opening.sum())
                    rows.append(row)
                    right.append(sign * own)
        rows.append(np.append(-np.ones(n), np.zeros(columns - n)))  # a plan that holds nothing is none
        right.append(-self.floor)
        bounds = [*zip(low, np.maximum(low, high), strict=True), *[(0.0, None)] * (columns - n)]
        size = float(self.opening.sum())  # a cost of 2e-6 per unit would drown in the solver's tolerance of 1e-7
        answer = linprog(cost * size, A_ub=np.array(rows), b_ub=np.array(right), bounds=bounds)
        return float(answer.fun) / size if answer.status == 0 else None


def drawn(rng: np.random.Generator, *, ratio: bool = False) -> Small:
    """Return a book with small and large positions, thresholds above a max now and then, lots that may not fit."""
    n, count = int(rng.integers(2, 4)), int(rng.integers(0, 4))
    size = rng.choice([1.0, 1.0, 300.0, 1e5], n)
    high = np.round(rng.uniform(2.0, 9.0, n), 2) * size
    low = np.where(rng.random(n) < 0.5, np.round(high * rng.uniform(0.3, 1.0, n), 6), 0.0)
    opening = np.round((low + high) / 2, 6)
    chances = [0.5, 0.0, 0.5] if ratio else [0.5, 0.25, 0.25]  # scipy tries a ratio too often for lots
    kind = rng.choice(["threshold", "lot", "plain"], n, p=chances)
    threshold = np.where(kind == "threshold", np.round(high * rng.uniform(0.5, 1.6, n), 6), np.nan)
    lot = np.where(kind == "lot", np.round(high * rng.uniform(0.15, 0.6, n), 6), np.nan)
    if count == 0 and ratio:
        count = 1
    weights = np.where(rng.random((count, n)) < 0.7, np.round(rng.uniform(-1, 2, (count, n)), 2), 0.0)
    sense = tuple(rng.choice([">=", "<=", "="], count, p=[0.45, 0.45, 0.1]).tolist())
    bound = np.round((weights @ opening) * rng.uniform(0.5, 1.6, count), 4)
    penalty = np.where(rng.random(count) < 0.25, np.round(rng.uniform(0.001, 0.1, count), 4), np.nan)
    chosen = int(rng.integers(count)) if ratio else -1
    if ratio:
        weights[chosen] = np.round(rng.uniform(0, 1, n), 2)
        bound[chosen] = np.round(rng.uniform(0.2, 0.9), 2)
        penalty[chosen] = np.nan
    return Small(low, high, opening, threshold, lot, weights, sense, bound, penalty, chosen)


def way_out(tables: Book) -> WayOut | None:
    """Return the way out of a book, None where it has a plan."""
    model = model_of(tables)
    solution = optimise(problem_of(model), Options())
    assert solution.status in {"infeasible", "optimal"}
    if solution.status == "optimal":
        return None
    assert isinstance(solution, NoPlan)
    return cheapest_relaxation(solution.problem, solution.build, Options())


def price(small: Small, way: WayOut) -> float:
    """Return what a way out costs by the user's own rule."""
    total = 0.0
    for item in way.relaxations:
        kind, index = item.member.kind, item.member.index
        own = {"min": small.low, "max": small.high}.get(kind)
        written = small.bound[index] if own is None else own[index]
        assert item.bound == pytest.approx(written, rel=1e-12)
        unit = small._costs()[index] if own is None else 1.0 / max(abs(written), 1e-6 * small.opening.sum())
        total += unit * abs(item.needed - item.bound)
    return float(total)


def check_cheapest(small: Small) -> None:
    way, bests = way_out(small.tables()), [small.cheapest(), small.cheapest(empty=False)]
    if way is None:
        assert bests[0] is not None
        assert bests[0] <= 1e-7
        return
    # what leaves only an empty plan is no way out: then the next cheapest counts
    best = (
        bests[1]
        if not way.relaxations
        else min((b for b in bests if b is not None), key=lambda b: abs(b - price(small, way)))
    )
    assert way.is_settled
    if best is None:
        assert way.relaxations == ()
        return
    assert way.relaxations
    if small.ratio < 0:
        assert price(small, way) == pytest.approx(best, rel=1e-6)
    else:  # scipy tries the ratio's relaxation step by step only
        assert price(small, way) <= max(b for b in bests if b is not None) * (1.0 + 1e-6)


@given(seeds)
@settings(max_examples=60)
def test_cheapest_of_every_choice(seed: int) -> None:
    check_cheapest(drawn(np.random.default_rng(seed)))


@given(seeds)
@settings(max_examples=10)
def test_cheapest_of_every_choice_with_one_ratio(seed: int) -> None:
    check_cheapest(drawn(np.random.default_rng(seed), ratio=True))


@pytest.mark.long
@given(seeds)
@settings(max_examples=1000)
def test_cheapest_of_every_choice_long(seed: int) -> None:
    check_cheapest(drawn(np.random.default_rng(seed)))


def test_a_bound_and_a_limit_worked_by_hand() -> None:
    """1.24 p2 = 530490.671 with p2 at most 412000, and p1 used from 1288.632794 on with a max of 954.

    The limit comes down to 1.24 · 412000 = 510880, which is 19610.671 / 530490.671 of it; the max goes up by
    334.632794 / 954. Nothing else is in the way.
    """
    small = drawn(np.random.default_rng(8382))
    way = way_out(small.tables())
    assert way is not None
    assert price(small, way) == pytest.approx(19610.671 / 530490.671 + 334.632794 / 954, rel=1e-9)
    check_cheapest(small)


@given(seeds)
@settings(max_examples=25)
def test_same_advice_in_every_unit(seed: int) -> None:
    """In millions, billions and cents."""
    small = drawn(np.random.default_rng(seed), ratio=seed % 4 == 0)
    plain = way_out(small.tables())
    for unit in (1e-3, 1e8):
        other = way_out(small.tables(unit))
        assert (plain is None) == (other is None)
        if plain is None or other is None:
            continue
        assert price_in(small, other, unit) == pytest.approx(price(small, plain), rel=1e-6)
        assert [item.member.name for item in other.relaxations] == [item.member.name for item in plain.relaxations]


def price_in(small: Small, way: WayOut, unit: float) -> float:
    """Return what a way out costs in the unit the book was drawn in."""

    def divided(kind: str, index: int) -> float:
        return 1.0 if kind == "limit" and index == small.ratio else unit

    moved = tuple(
        attrs.evolve(
            item,
            bound=item.bound / divided(item.member.kind, item.member.index),
            needed=item.needed / divided(item.member.kind, item.member.index),
        )
        for item in way.relaxations
    )
    return price(small, attrs.evolve(way, relaxations=moved))


@given(seeds)
@settings(max_examples=25)
def test_conflict_beside_thresholds_and_lots_is_irreducible(seed: int) -> None:
    """Whatever is left out of the conflict can be left in: the others alone have a plan, by every choice tried."""
    small = drawn(np.random.default_rng(seed))
    model = model_of(small.tables())
    solution = optimise(problem_of(model), Options())
    if solution.status != "infeasible":
        return
    assert isinstance(solution, NoPlan)
    conflict = find_conflict(solution.problem, solution.build, Options())
    assert conflict.irreducible
    named = {member.key for member in conflict.members}
    least = solution.problem.least_assets  # where only a plan that holds nothing is left
    assert not possible(small, named, least)
    for key in named:
        assert possible(small, named - {key}, least), f"{key} is not needed in {sorted(named)}"


def possible(small: Small, kept: set[tuple[str, int]], least_assets: float = 0.0) -> bool:
    """Whether some members of a book can hold together, by scipy."""
    n = len(small.low)
    low = np.array([small.low[i] if ("min", i) in kept else -1e7 for i in range(n)])
    high = np.array([small.high[i] if ("max", i) in kept else 1e7 for i in range(n)])
    limits = [k for k in range(len(small.sense)) if ("limit", k) in kept]
    choices: list[list[tuple[float, float]]] = []
    for i in range(n):
        if ("threshold", i) in kept:
            choices.append([(0.0, 0.0), (small.threshold[i], np.inf)])
        elif ("lot", i) in kept:
            steps = small.opening[i] + small.lot[i] * np.arange(-200, 201)
            choices.append([(v, v) for v in steps if low[i] - 1e-9 <= v <= high[i] + 1e-9])
        else:
            choices.append([(-np.inf, np.inf)])
    rows, right = [-np.ones(n) if least_assets > 0 else np.zeros(n)], [-least_assets]
    for k in limits:
        for sign, senses in ((-1.0, (">=", "=")), (1.0, ("<=", "="))):
            if small.sense[k] in senses:
                rows.append(sign * small.weights[k])
                right.append(sign * small.bound[k])
    for ends in product(*choices):
        least = np.maximum(low, [a for a, _ in ends])
        most = np.minimum(high, [b for _, b in ends])
        if (least > most + 1e-9).any():
            continue
        bounds = list(zip(least, np.maximum(least, most), strict=True))
        if linprog(np.zeros(n), A_ub=np.array(rows), b_ub=np.array(right), bounds=bounds).status == 0:
            return True
    return False


@pytest.mark.parametrize(
    ("bound", "is_ratio", "least"), [(0.0, False, 4e-9), (3.0, False, 4e-9), (-5.0, False, 5e-9), (0.5, True, 1e-9)]
)
def test_what_is_no_relaxation(bound: float, least: float, *, is_ratio: bool) -> None:
    """1e-9 of the bound, but of a thousandth of the book's amounts of 4000 at least; of a ratio's bound, or of 1."""
    problem = problem_of(model_of(assets("a", balance=[10.0])))
    search = _Search(problem, build_program(problem), Options(amount=4000.0), unwatched())
    member = Member("limit", 0, "limit", None)
    assert search.rounding(Elastic(member, bound, 1.0, is_ratio, 1.0)) == pytest.approx(least)
