"""Where prices hold, against scipy: every price and both ends of its range by solving again at moved bounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from tests.solve.programs import Case, UnboundedError, cases
from tests.strategies import model_of
from xlalm.app.reports import limit_states
from xlalm.program.model import Model
from xlalm.solve.highs import Options
from xlalm.solve.optimise import optimise
from xlalm.solve.ranging import Range, coefficient_ranges, limit_ranges
from xlalm.solve.solution import Solution

NEAR = 1e-7
"""Relative error allowed in an optimum that is solved again."""


class Moved:
    """The optimum of a case as a function of one written bound."""

    def __init__(self, case: Case, k: int, optimum: float, found: Range) -> None:
        self.case, self.k, self.optimum = case, k, optimum
        rule = case.rules[k]
        # the largest amount that stands in the row: what a bound of 0 is small against
        reach = max(float(np.abs(vector) @ case.high) for vector in rule.vectors)
        self.size = max(abs(rule.bound), 1e-3 if rule.is_ratio else max(0.05 * reach, 1e-3 * case.unit))
        self.small = NEAR * max(abs(optimum), 0.01 * case.unit)
        self.found = found

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
        inside = [towards * share * self.size for share in (1e-3, 0.3, 4.0)] if end is None else [
            share * end for share in (0.2, 0.6, 0.999)
        ]
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

    def line(self, price: float, end: float | None, price_at_end: float | None, towards: float):
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


def solved(case: Case) -> tuple[Model, Solution]:
    model = model_of(case.tables())
    solution = optimise(model, Options())
    assert solution.status == "optimal"
    assert solution.certificate is not None
    assert solution.certificate.accepted
    return model, solution


def check_prices(case: Case) -> None:
    best = case.optimum()
    assert best is not None
    model, solution = solved(case)
    assert solution.stock is not None
    assert solution.objective is not None
    worse = -1.0 if case.maximise else 1.0
    small = NEAR * max(abs(best.goal), 0.01 * case.unit)
    assert solution.objective + worse * solution.penalty == pytest.approx(best.goal, abs=small)
    assert case.value(solution.stock) == pytest.approx(best.goal, abs=small)
    ranges = limit_ranges(model, solution, Options())
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
    assert solution.stock is not None
    ends = coefficient_ranges(model, solution)
    assert ends is not None
    x = np.asarray(solution.stock)
    unit = np.eye(case.n)
    for i in range(case.n):
        own = float(case.goal[i])
        slope = 0.0
        if case.cost[i]:
            worse = -1.0 if case.maximise else 1.0
            slope = worse * (case.cost[i] if x[i] >= case.opening[i] else -case.cost[i])
        low, high = float(ends[0][i]) - own - slope, float(ends[1][i]) - own - slope
        assert low <= 1e-9, f"position {i}: {low}"
        assert high >= -1e-9, f"position {i}: {high}"
        small = NEAR * max(abs(case.value(x)), 0.01 * case.unit)
        for end, towards in ((low, -1.0), (high, 1.0)):
            inside = [towards * 0.05, towards * 3.0] if math.isinf(end) else [0.5 * end, 0.999 * end]
            for tilt in inside:
                best = case.optimum(tilt=tilt * unit[i])
                assert best is not None
                assert case.value(x, tilt * unit[i]) == pytest.approx(best.goal, abs=small), (
                    f"position {i}: another plan is better by {best.goal} at {tilt} in {low} {high}"
                )
            if math.isfinite(end):
                gains = []
                for more in (1e-3, 0.05, 2.0):
                    tilt = end + towards * more
                    best = case.optimum(tilt=tilt * unit[i])
                    assert best is not None
                    gains.append(abs(best.goal - case.value(x, tilt * unit[i])) > small)
                assert any(gains), f"position {i}: the plan stays beyond {end:+g}"
