"""Where prices hold, against scipy: every price and both ends of its range by solving again at moved bounds."""

import math
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.reference.workbook_route import ROOT, reference
from tests.solver.programs import Case, cases, random_case
from tests.strategies import book, model_of, seeds
from xlalm.app.verbs.solve import solve
from xlalm.domain.prices import PriceRange
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.prices import limit_states
from xlalm.solver.sensitivity.ranging import coefficient_ranges, limit_ranges
from xlalm.solver.sensitivity.worths import resolved_worths
from xlalm.solver.solution import Planned

NEAR = 1e-7
"""Relative error allowed in an optimum that is solved again."""

EXAMPLES = ROOT / "workbooks" / "examples"


# --- published and exact -------------------------------------------------------------------------------


def same_end(found: float | None, text: str) -> bool:
    return found is None if text == "" else found == pytest.approx(float(text), abs=1e-8)


@pytest.mark.parametrize(
    ("book", "facts"),
    [
        (EXAMPLES / "rwa_allocation" / "printed_run.xlsx", "paper_002_ranges.csv"),
        (EXAMPLES / "business_plan" / "business_plan_180.xlsx", "paper_003_ranges.csv"),
    ],
    ids=["paper 002", "paper 003"],
)
def test_ranges_of_the_papers(book: Path, facts: str) -> None:
    """Right-hand sides and goal coefficients, by rational arithmetic on the published models."""
    result = solve(book, write=False)
    limits = {row["limit"].split(":")[0].removeprefix("Row "): row for row in result.table("LimitReport").records()}
    positions = {row["position"]: row for row in result.table("Allocation").records()}
    for fact in reference(facts):
        if fact["kind"] == "row":
            row, low, high = limits[fact["name"]], "valid_from", "valid_to"
        else:
            row, low, high = positions[fact["name"]], "coefficient_low", "coefficient_high"
        assert same_end(row[low], fact["from"]), (fact, row[low])
        assert same_end(row[high], fact["to"]), (fact, row[high])


def test_price_of_a_ratio_along_its_range() -> None:
    """Max 2a + b with a + b <= 10 and a / (a + b) <= r: the optimum is 10 + 10 r, and 10 where it is r/(1 - r) of b.

    With b <= 6 as well it is a = 6 r/(1 - r) and the optimum 12 r/(1 - r) + 6 up to r = 0.4, then 10 + 10 r: at
    r = 0.2 the price is 12/(1 - r)² = 18.75, at 0.4 it is 33.333, beyond it 10.
    """
    positions = {
        "position": ["a", "b"],
        "side": ["asset", "asset"],
        "balance": [1.0, 5.0],
        "min": [0.0, 0.0],
        "max": [10.0, 6.0],
        "gain": [2.0, 1.0],
    }
    limits = [("sum(1)", "<=", 10), ('position("a") / sum(1)', "<=", 0.2)]
    model = model_of(book(positions, [("sum(gain)", "max")], limits))
    solution = optimise(problem_of(model), Options())
    found = limit_ranges(problem_of(model), solution, Options())[1]
    assert solution.objective == pytest.approx(9.0)
    assert (found.valid_from, found.valid_to) == pytest.approx((0.0, 0.4))
    assert (found.below, found.above) == pytest.approx((18.75, 18.75))
    assert (found.price_at_from, found.price_at_to) == pytest.approx((12.0, 12 / 0.36))
    assert found.next_limit == "from: a reaches its min; to: limit 0 starts to bind"


# --- random programs -----------------------------------------------------------------------------------


class Moved:
    """The optimum of a case as a function of one written bound."""

    def __init__(self, case: Case, k: int, optimum: float, found: PriceRange) -> None:
        self.case, self.k, self.optimum = case, k, optimum
        rule = case.rules[k]
        # the largest amount that stands in the row: what a bound of 0 is small against
        reach = max(float(np.abs(vector) @ case.high) for vector in rule.vectors)
        self.size = max(abs(rule.bound), 1e-3 if rule.is_ratio else max(0.05 * reach, 1e-3 * case.unit))
        self.small = NEAR * max(abs(optimum), 0.01 * case.unit)
        self.found = found
        if found.below is not None and found.above is not None:  # a kink is told apart from the bound to this step
            near = 2e-7 * max(1.0 if rule.is_ratio else 0.1, abs(rule.bound), 0.0 if rule.is_ratio else 0.01 * reach)
            self.small += near * abs(found.above - found.below)

    def at(self, step: float) -> float | None:
        """Return the optimum with the bound moved by ``step``; None without a plan."""
        answer = self.case.optimum({self.k: step})
        return None if answer is None else answer.goal

    def side(self, price: float | None, end: float | None, price_at_end: float | None, towards: float) -> None:
        """Check one side of a range: ``towards`` -1 or +1, ``end`` as a step from the written bound."""
        label = f"rule {self.k} {self.case.rules[self.k].kind} {self.case.rules[self.k].sense} towards {towards:+g}"
        if price is None:
            assert end == pytest.approx(0.0, abs=1e-12), label
            assert price_at_end is None, label
            assert self.at(towards * 2e-3 * self.size) is None, f"{label}: there is a plan on the side without price"
            return
        assert end is None or end * towards >= -1e-6 * self.size, label
        line = self.line(price, end, price_at_end, towards)
        inside = (
            [towards * share * self.size for share in (1e-3, 0.3, 4.0)]
            if end is None
            else [share * end for share in (0.2, 0.6, 0.999)]
        )
        for step in inside:
            real, said = self.at(step), line(step)
            assert real is not None, f"{label}: no plan at {step:g}, inside {self.found}"
            assert abs(real - said) <= self.small, f"{label}: {real} at {step:g} but price says {said}; {self.found}"
        if end is not None:
            beyond = [end + towards * share * self.size for share in (1e-3, 0.02, 0.3)]
            differs = []
            for step in beyond:
                real, said = self.at(step), line(step)
                differs.append(real is None or math.isinf(said) or abs(real - said) > self.small)
            assert any(differs), f"{label}: the price holds beyond {end:g} too; {self.found}"

    def line(
        self, price: float, end: float | None, price_at_end: float | None, towards: float
    ) -> Callable[[float], float]:
        """Return the optimum that the price promises, as a function of the step.

        For an amount a line. For a ratio N/D the price is p/(1 - κ·step)² with κ = D'/D, so that the optimum is
        linear-fractional; κ follows from the price at the end of the range.
        """
        assert price_at_end is not None or (end is None and self.case.rules[self.k].is_ratio)
        bend = 0.0
        if not self.case.rules[self.k].is_ratio:
            assert price_at_end == pytest.approx(price, rel=1e-9, abs=1e-12)
        elif price != 0.0 and end is not None and abs(end) > 1e-12 and price_at_end is not None:
            assert price_at_end * price > 0
            bend = (1.0 - math.sqrt(price / price_at_end)) / end
        elif price != 0.0 and end is None and price_at_end != pytest.approx(price, rel=1e-9):
            step = towards * self.size
            real = self.at(step)
            assert real is not None
            bend = (1.0 - price * step / (real - self.optimum)) / step

        def value(step: float) -> float:
            below = 1.0 - bend * step
            return self.optimum + price * step / below if below > 0 else math.inf

        return value


def solved(case: Case) -> tuple[Model, Planned]:
    model = model_of(case.tables())
    solution = optimise(problem_of(model), Options())
    assert solution.status == "optimal"
    assert solution.certificate.accepted
    return model, solution


def check_prices(case: Case) -> None:
    best = case.optimum()
    assert best is not None
    model, solution = solved(case)
    worse = -1.0 if case.maximise else 1.0
    small = NEAR * max(abs(best.goal), 0.01 * case.unit)
    assert solution.objective + worse * solution.penalty == pytest.approx(best.goal, abs=small)
    assert case.value(solution.plan) == pytest.approx(best.goal, abs=small)
    ranges = limit_ranges(problem_of(model), solution, Options())
    assert set(ranges) == set(range(len(case.rules))) - unranged(case)
    states = limit_states(model, solution, ranges)
    for k, found in ranges.items():
        rule, moved = case.rules[k], Moved(case, k, best.goal, found)
        written = states[k].bound
        if rule.kind != "moving":
            assert written == pytest.approx(rule.bound, rel=1e-12, abs=1e-12)
        low = None if found.valid_from is None else found.valid_from - written
        high = None if found.valid_to is None else found.valid_to - written
        moved.side(found.below, low, found.price_at_from, -1.0)
        moved.side(found.above, high, found.price_at_to, 1.0)
        price = states[k].price
        assert price is not None
        if rule.sense != "=":
            relaxed = found.above if rule.sense == "<=" else found.below
            assert price == relaxed
        close = 1e-6 * max(1e-3 * abs(best.goal) / moved.size, abs(price))
        if found.below is not None and found.above is not None:
            between = sorted([found.below, found.above])
            assert between[0] - close <= best.price[k] <= between[1] + close
            assert (found.above - found.below) * -worse <= close  # a maximum is concave in an amount's bound


def unranged(case: Case) -> set[int]:
    """Capped ratios whose denominator is not in the row (bound 0) or need not be tight (soft): no range is given."""
    capped = {k: rule for k, rule in enumerate(case.rules) if rule.kind == "capped"}
    return {k for k, rule in capped.items() if rule.penalty is not None or rule.bound == 0}


def check_coefficients(case: Case) -> None:
    model, solution = solved(case)
    ends = coefficient_ranges(problem_of(model), solution)
    assert ends is not None
    x = np.asarray(solution.plan)
    unit = np.eye(case.n)
    for i in range(case.n):
        own = float(case.goal[i])
        slope = 0.0
        if case.cost[i]:
            worse = -1.0 if case.maximise else 1.0
            slope = worse * (case.cost[i] if x[i] >= case.opening[i] else -case.cost[i])
        sides = [(float(end[i]) - own - slope, towards) for end, towards in zip(ends, (-1.0, 1.0), strict=True)]
        known = [(end, towards) for end, towards in sides if not math.isnan(end)]
        # of one of several equally good plans one side is not known; on the other it stands at its end
        assert len(known) == 2 or (len(known) == 1 and known[0][0] == pytest.approx(0.0, abs=1e-9)), f"position {i}"
        for end, towards in known:
            assert end * towards >= -1e-9, f"position {i}: {sides}"
        small = NEAR * max(abs(case.value(x)), 0.01 * case.unit)
        for end, towards in known:
            inside = [towards * 0.05, towards * 3.0] if math.isinf(end) else [0.5 * end, 0.999 * end]
            for tilt in inside:
                best = case.optimum(tilt=tilt * unit[i])
                assert best is not None
                assert case.value(x, tilt * unit[i]) == pytest.approx(best.goal, abs=small), (
                    f"position {i}: another plan is better by {best.goal} at {tilt} in {sides}"
                )
            if math.isfinite(end):
                gains = []
                for more in (1e-3, 0.05, 2.0):
                    tilt = end + towards * more
                    best = case.optimum(tilt=tilt * unit[i])
                    assert best is not None
                    gains.append(abs(best.goal - case.value(x, tilt * unit[i])) > small)
                assert any(gains), f"position {i}: the plan stays beyond {end:+g}"


@given(cases())
@settings(max_examples=25)
def test_prices_and_ranges(case: Case) -> None:
    """Optimum, duals, prices on both sides and both ends of every range."""
    check_prices(case)


@given(cases())
@settings(max_examples=10)
def test_coefficient_ranges(case: Case) -> None:
    """Inside a goal coefficient's range the plan stays the best, outside it does not."""
    check_coefficients(case)


@given(seeds)
@settings(max_examples=15)
def test_worth_of_one_unit_with_lots(seed: int) -> None:
    """With whole lots the worth of one unit is the gain of solving again, soft limits included."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, kinds=("amount", "moving", "turnover"), soft=True, rules=3)
    lot = np.where((rng.random(case.n) < 0.4) & (case.low < case.high), np.round(rng.uniform(2, 15, case.n), 1), np.nan)
    case = attrs.evolve(case, lot=lot)
    best = case.optimum()
    if best is None:
        return
    model = model_of(case.tables())
    solution = optimise(problem_of(model), Options())
    worse = -1.0 if case.maximise else 1.0
    assert solution.objective + worse * solution.penalty == pytest.approx(best.goal, abs=1e-5 * case.unit)
    worths = resolved_worths(problem_of(model), solution, Options())
    assert set(worths) == {k for k, rule in enumerate(case.rules) if rule.sense != "="}
    for k, worth in worths.items():
        again = case.optimum({k: 1.0 if case.rules[k].sense == "<=" else -1.0})
        assert again is not None
        assert worth == pytest.approx(worse * (best.goal - again.goal), abs=1e-5 * case.unit)


@pytest.mark.long
@given(cases())
@settings(max_examples=335)
def test_many_prices_and_ranges(case: Case) -> None:
    check_prices(case)


@pytest.mark.long
@given(cases())
@settings(max_examples=300)
def test_many_coefficient_ranges(case: Case) -> None:
    check_coefficients(case)
