"""Where a price holds: ranges of bounds and of goal coefficients, and what takes over at each end.

Notes
-----
The bound of an amount is a right-hand side: the plan moves along one direction and the price is constant until
something hits a bound. The bound r of a ratio N/D multiplies D in the matrix. At a fixed basis the plan still moves
along the same line: raising r by θ is the same as raising the right-hand side of N - r·D by δ with θ = δ / (D + δκ),
κ = dD/dδ. By Sherman and Morrison the prices move along the prices of D as a goal, by φ = δ·y / D, and the price per
unit of r is y·(D + δκ)² / D. Both movements are linear in δ, so both ratio tests are exact.
"""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D, Stop, never_stop
from xlalm.measures.expression import Point
from xlalm.program.build import Build, PlacedLimit
from xlalm.program.model import Limit, Model
from xlalm.program.program import PARTS, Program
from xlalm.solve.basis import OpenBasis, Step
from xlalm.solve.highs import Options
from xlalm.solve.live import LiveProgram
from xlalm.solve.ratio import dense
from xlalm.solve.solution import Solution

NUDGE = 1e-6
"""Relative step by which a bound is moved to find the price beyond a degenerate optimum."""

NO_BEND = 1e-10
"""A change of the denominator per unit of its row below this is rounding."""

MOST_PIECES = 50
"""Bases followed on each side of a bound while the price stays the same."""

MOST_COEFFICIENTS = 5000
"""Positions up to which goal-coefficient ranges are looked for."""

MOST_EXACT = 400
"""Positions up to which goal-coefficient ranges of a degenerate plan are exact; beyond, they are its basis's."""


@attrs.frozen
class Range:
    """Where the price of one limit holds, in the limit's own unit; None is without end.

    ``below`` and ``above`` are the prices just below and above the written bound; they differ at a degenerate
    optimum. ``price_at_from`` and ``price_at_to`` are the prices at the two ends. None: no plan on that side.
    """

    valid_from: float | None
    valid_to: float | None
    price_at_from: float | None
    price_at_to: float | None
    below: float | None
    above: float | None
    next_limit: str


@attrs.frozen
class _Regime:
    """One basis, seen from a bound at ``base``: ends, prices, what stops it, and whether the price may go on there.

    The price at ``base`` + θ is ``price`` / (1 - θ·``bend``)²; ``bend`` is 0 for amounts.
    """

    base: float
    low: float
    high: float
    price: float
    bend: float = 0.0
    stops_low: str = ""
    stops_high: str = ""
    goes_on_low: bool = False
    goes_on_high: bool = False

    def price_at(self, bound: float) -> float:
        """Return the price at a bound; without end it is the limit that the price tends to."""
        if self.bend == 0.0 or self.price == 0.0:
            return self.price
        share = 1.0 - (bound - self.base) * self.bend
        if np.isinf(share):
            return 0.0
        return self.price / share**2 if share > 0 else float(np.copysign(np.inf, self.price))

    def joins(self, other: "_Regime", bound: float) -> bool:
        """Whether another regime's price is the same function where the two meet."""
        own, its = self.price_at(bound), other.price_at(bound)
        near = 1e-7 * max(abs(own), abs(its))
        if not np.isfinite(own) or abs(own - its) > near:
            return False
        bend = self._bend_at(bound)
        return own == 0.0 or abs(bend - other._bend_at(bound)) <= max(NO_BEND, 1e-6 * abs(bend))

    def _bend_at(self, bound: float) -> float:
        return self.bend / (1.0 - (bound - self.base) * self.bend)


def limit_ranges(model: Model, solution: Solution, options: Options, stop: Stop = never_stop) -> dict[int, Range]:
    """Return the range of every enforced limit's price by limit number; empty where there is no simplex basis.

    Ranges are not defined for integer and quadratic programs, nor for a ratio as the goal.
    """
    opened = _opened(solution)
    if opened is None or solution.build is None or solution.stock is None:
        return {}
    ranges, live = {}, LiveProgram(opened.program, options)
    for k, placed in solution.build.limit_rows.items():
        if stop():
            break
        if placed.denominator is not None and placed.denominator_form is None:
            continue
        point = Point.at(solution.stock, model.sheet.opening)
        moving = _Moving(model, solution.build, opened, model.limits[k], placed, point, live)
        ranges[k] = moving.range()
    return ranges


def _opened(solution: Solution) -> OpenBasis | None:
    if solution.basis is None or solution.columns is None or solution.build is None or solution.program is None:
        return None
    if solution.build.ratio is not None:
        return None
    return OpenBasis.of(solution.program, solution.columns, solution.basis)


@attrs.frozen(eq=False)
class _Moving:
    """One limit whose written bound moves, at the optimal basis of the bound as it is written."""

    model: Model
    build: Build
    opened: OpenBasis
    limit: Limit
    placed: PlacedLimit
    point: Point
    live: LiveProgram

    @property
    def bound(self) -> float:
        """The right side at the plan."""
        return self.limit.right.value(self.point)

    @property
    def nudge(self) -> float:
        """A small step of the bound that the solver still tells from nothing."""
        if self.placed.denominator is not None:
            return NUDGE * max(1.0, abs(self.bound))
        amounts = np.abs(self.opened.point[self.opened.program.money])
        return max(NUDGE * abs(self.bound), 0.01 * NUDGE * float(amounts.max(initial=0.0)), 0.1 * NUDGE)

    def range(self) -> Range:
        """Return where the price holds."""
        bound, near = self.bound, 0.1 * self.nudge
        here = self._regime(self.opened, bound, self.point)
        below = self._followed(here if here.low < bound - near else self._solved(bound, -1.0), -1.0)
        above = self._followed(here if here.high > bound + near else self._solved(bound, 1.0), 1.0)
        texts = [
            f"{word}: {text}"
            for word, text in (
                ("from", below.stops_low if below is not None else "no plan below"),
                ("to", above.stops_high if above is not None else "no plan above"),
            )
            if text
        ]
        return Range(
            valid_from=(below.low if np.isfinite(below.low) else None) if below is not None else bound,
            valid_to=(above.high if np.isfinite(above.high) else None) if above is not None else bound,
            price_at_from=None if below is None else below.price_at(below.low),
            price_at_to=None if above is None else above.price_at(above.high),
            below=None if below is None else below.price_at(bound),
            above=None if above is None else above.price_at(bound),
            next_limit="; ".join(texts),
        )

    def _followed(self, regime: _Regime | None, side: float) -> _Regime | None:
        """Return a regime with its end moved on over bases that keep the price."""
        if regime is None:
            return None
        for _ in range(MOST_PIECES):
            end, goes_on = (regime.high, regime.goes_on_high) if side > 0 else (regime.low, regime.goes_on_low)
            after = self._solved(end, side) if goes_on and np.isfinite(end) else None
            if after is None or not regime.joins(after, end):
                break
            if side > 0:
                stops, goes_on = after.stops_high, after.goes_on_high
                regime = attrs.evolve(regime, high=max(after.high, end), stops_high=stops, goes_on_high=goes_on)
            else:
                stops, goes_on = after.stops_low, after.goes_on_low
                regime = attrs.evolve(regime, low=min(after.low, end), stops_low=stops, goes_on_low=goes_on)
        return regime

    def _solved(self, bound: float, side: float) -> _Regime | None:
        """Return the regime just beyond a bound by solving there; None: no plan."""
        moved = bound + side * self.nudge
        self.live.move_bound(self.build, self.placed, moved - self.bound)
        program, answer = self.live.program, self.live.solve()
        self.live.move_bound(self.build, self.placed, self.bound - moved)
        if answer.columns is None or answer.basis is None:
            return None
        again = OpenBasis.of(program, answer.columns, answer.basis)
        if again is None:
            return None
        sheet = self.model.sheet
        return self._regime(again, moved, Point.at(answer.columns[: len(sheet)], sheet.opening))

    def _regime(self, opened: OpenBasis, bound: float, point: Point) -> _Regime:
        """Return the regime of a basis that is optimal at a bound."""
        direction = opened.move(self.placed.row)
        if direction is None:
            return self._slack(opened, bound, point)
        back, forth = opened.follow(direction, self.placed.row)
        price = opened.sign * float(opened.prices[self.placed.row])
        if price == 0.0:  # the plan is the best one without this limit: it can be loosened for ever
            back = Step(np.inf) if self.limit.row.sense == ">=" else back
            forth = Step(np.inf) if self.limit.row.sense == "<=" else forth
        if self.placed.denominator_form is None:
            low, high, bend = -back.size, forth.size, 0.0
        else:
            vector, constant = dense(self.build, self.placed.denominator_form)
            below, bend = float(vector @ opened.point) + constant, float(vector @ direction)
            bend = bend if abs(bend) > NO_BEND else 0.0
            if price != 0.0:
                back, forth = _first_turn(opened, self.placed.row, vector, below, back, forth)
            low, high = (
                (_ratio_step(size, below, bend) if price != 0.0 or np.isfinite(size) else size)
                for size in (-back.size, forth.size)
            )
            price *= below
        texts = _stop_text(self.build, back), _stop_text(self.build, forth)
        goes_on = opened.gives_way(back), opened.gives_way(forth)
        return _Regime(bound, bound + low, bound + high, price, bend, *texts, *goes_on)

    def _slack(self, opened: OpenBasis, bound: float, point: Point) -> _Regime:
        """Return the regime of a limit that does not bind: its bound is free away from the value, and up to it."""
        value, sense = self.limit.left.value(point) - self.limit.right.value(point) + self.bound, self.limit.row.sense
        own = "this limit itself"
        end = "lower" if sense == ">=" else "upper"
        goes_on = opened.gives_way(Step(0.0, "row", self.placed.row, end))
        if sense == ">=":
            return _Regime(bound, -np.inf, max(value, bound), 0.0, stops_high=own, goes_on_high=goes_on)
        if sense == "<=":
            return _Regime(bound, min(value, bound), np.inf, 0.0, stops_low=own, goes_on_low=goes_on)
        return _Regime(bound, bound, bound, 0.0)


def _first_turn(
    opened: OpenBasis, row: int, denominator: Float1D, below: float, back: Step, forth: Step
) -> tuple[Step, Step]:
    """Return the earlier of a plan's stop and the prices' stop, on both sides, for the bound of a ratio."""
    turn_back, turn_forth = opened.reprice(*opened.prices_of(denominator))
    # φ = δ·y/D with y in the sense of minimisation
    per_step = float(opened.prices[row]) / below
    if per_step < 0:
        turn_back, turn_forth = turn_forth, turn_back
    back = min(back, attrs.evolve(turn_back, size=turn_back.size / abs(per_step)), key=lambda step: step.size)
    forth = min(forth, attrs.evolve(turn_forth, size=turn_forth.size / abs(per_step)), key=lambda step: step.size)
    return back, forth


def _ratio_step(step: float, below: float, slope: float) -> float:
    """Return the change of a ratio's bound that a step of its row's right-hand side amounts to."""
    if not np.isfinite(step):
        return float(step) if slope == 0 or slope * step < 0 else 1.0 / slope
    moved = below + step * slope
    vanishes = moved <= 1e-9 * below  # the denominator, before the plan stops: the ratio has no end
    return float(np.copysign(np.inf, step)) if vanishes else step / moved


def moved_bound(build: Build, program: Program, placed: PlacedLimit, step: float) -> Program:
    """Return a program with the written bound of one limit raised by ``step``."""
    low, high = program.row_lower.copy(), program.row_upper.copy()
    if placed.denominator_form is None:
        low[placed.row] += step
        high[placed.row] += step
        return attrs.evolve(program, row_lower=low, row_upper=high)
    vector, constant = dense(build, placed.denominator_form)
    low[placed.row] += step * constant
    high[placed.row] += step * constant
    start, row = program.start, placed.row
    own = slice(int(start[row]), int(start[row + 1]))
    full = -step * vector
    np.add.at(full, program.index[own], program.value[own])
    index = np.flatnonzero(full).astype(np.int32)
    grown = start.copy()
    grown[row + 1 :] += len(index) - (own.stop - own.start)
    return attrs.evolve(
        program,
        row_lower=low,
        row_upper=high,
        start=grown,
        index=np.concatenate([program.index[: own.start], index, program.index[own.stop :]]),
        value=np.concatenate([program.value[: own.start], full[index], program.value[own.stop :]]),
    )


def _stop_text(build: Build, step: Step) -> str:
    """Return in words what ends a range."""
    if step.index < 0 or not np.isfinite(step.size):
        return ""
    program, sheet = build.program, build.builder.sheet
    if step.kind == "row":
        owner = program.row_owner[step.index]
        return f"{owner.name} starts to bind" if step.end != "price" else f"{owner.name} stops binding"
    position = int(program.layout.position[step.index])
    if position < 0:
        return "another piece of a capped measure"
    name, part = sheet.names[position], PARTS[program.layout.part[step.index]]
    if step.end == "price":
        return f"{name} starts to move"
    if part != "stock":
        return f"{name} is back at its opening"
    return f"{name} reaches its {'min' if step.end == 'lower' else 'max'}"


# --- goal coefficients ---------------------------------------------------------------------------------


def coefficient_ranges(
    model: Model, solution: Solution, options: Options | None = None
) -> tuple[Float1D, Float1D] | None:
    """Return for each position the lowest and highest own goal coefficient at which the plan stays, (n_positions,).

    Infinite where there is no end; None where there is no simplex basis, the goal is a ratio or the book too large.
    """
    opened = _opened(solution)
    n = len(model.sheet)
    if opened is None or solution.build is None or solution.stock is None or n > MOST_COEFFICIENTS:
        return None
    point = Point.at(solution.stock, model.sheet.opening)
    own = solution.build.goal.linearise(point).position_gradient(point)
    low, high = np.full(n, -np.inf), np.full(n, np.inf)
    standing = np.where(opened.point[:n] <= opened.program.lower[:n] + 1e-9, -1, 1)
    nonbasic = np.ones(opened.program.n_columns, dtype=np.bool_)
    nonbasic[opened.columns] = False
    movable = opened.program.lower[:n] < opened.program.upper[:n]
    for i in np.flatnonzero(nonbasic[:n] & movable):  # in the sense of minimisation
        if standing[i] < 0:
            low[i] = -opened.reduced[i]
        else:
            high[i] = -opened.reduced[i]
    for i in np.flatnonzero(~nonbasic[:n]):
        prices = np.zeros(opened.program.n_rows)
        prices[opened.rows] = opened.row_of(int(i))
        reduced = -opened.program.transpose_product(prices)
        back, forth = opened.reprice(prices, reduced)
        low[i], high[i] = -back.size, forth.size
    if opened.is_degenerate and n <= MOST_EXACT:
        _widen(opened, low, high, options or Options())
    if opened.sign < 0:
        low, high = -high, -low
    return own + low, own + high


def _widen(opened: OpenBasis, low: Float1D, high: Float1D, options: Options) -> None:
    """Replace the ends that one basis of a degenerate plan allows by those of the plan itself.

    The plan stays while no direction d that it can move in improves the goal. With d at ±1 in the position itself,
    the best goal·d over those directions is how far the coefficient can go.
    """
    program = opened.program
    row_lower, row_upper = opened.cone_rows()
    lower, upper = opened.cone_columns()
    cone = attrs.evolve(program, offset=0.0, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)
    live = LiveProgram(cone, options)
    for i in range(len(low)):
        for end, direction in ((low, 1.0), (high, -1.0)):
            if not np.isfinite(end[i]):
                continue
            if not lower[i] <= direction <= upper[i]:
                end[i] = -direction * np.inf
                continue
            live.move_column(i, direction, direction)
            answer = live.solve()
            live.move_column(i, float(lower[i]), float(upper[i]))
            if answer.columns is not None:
                end[i] = -direction * max(opened.sign * cone.objective(answer.columns), 0.0)
            elif answer.status == "infeasible":
                end[i] = -direction * np.inf
