"""One written bound that moves: how far a basis stays optimal, what its price is on the way, what stops it.

Notes
-----
The bound of an amount is a right-hand side: the plan moves along one direction and the price is constant until
something hits a bound. The bound r of a ratio N/D multiplies D in the matrix. At a fixed basis the plan still moves
along the same line: raising r by θ is the same as raising the right-hand side of N - r·D by δ with θ = δ / (D + δκ),
κ = dD/dδ. By Sherman and Morrison the prices move along the prices of D as a goal, by φ = δ·y / D, and the price per
unit of r is y·(D + δκ)² / D. Both movements are linear in δ, so both ratio tests are exact. Where D is 0 the plan meets
the row whatever r is, and stays; the prices move by φ with θ = φ / (y + φκ).
"""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Point
from xlalm.model.model import Limit
from xlalm.program.build import Build, dense
from xlalm.program.layout import PARTS
from xlalm.program.limits import PlacedLimit
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Outcome
from xlalm.solver.linear.basis import OpenBasis, Step
from xlalm.solver.linear.netting import churning, moves_both_ways

NUDGE = 1e-6
"""Relative step by which a bound is moved to find the price beyond a degenerate optimum."""

NO_DENOMINATOR = 1e-12
"""A denominator below this share of the largest amount is none, and its ratio no figure."""

NO_BEND = 1e-10
"""A change of the denominator per unit of its row below this is rounding."""


@attrs.frozen(eq=False)
class Segment:
    """One basis, seen from a bound at ``base``: ends, prices, what stops it, and whether the price may go on there.

    The price at ``base`` + θ is ``price`` / (1 - θ·``bend``)²; ``bend`` is 0 for amounts. ``columns`` (n_columns,)
    and ``objective`` are those at ``base``; the plan moves along ``direction``, None where it stays. Where
    the price is 0 it stays on the ``loose`` side (1 above, -1 below, 0 neither). ``without_value``: the plan holds
    nothing that the ratio divides by.
    """

    base: float
    low: float
    high: float
    price: float
    columns: Float1D
    objective: float
    direction: Float1D | None = None
    loose: float = 0.0
    below: float = 1.0
    bend: float = 0.0
    stops_low: str = ""
    stops_high: str = ""
    goes_on_low: bool = False
    goes_on_high: bool = False
    without_value: bool = False

    def price_at(self, bound: float) -> float:
        """Return the price at a bound; without end it is the limit that the price tends to."""
        if self.bend == 0.0 or self.price == 0.0:
            return self.price
        share = 1.0 - (bound - self.base) * self.bend
        if np.isinf(share):
            return 0.0
        return self.price / share**2 if share > 0 else float(np.copysign(np.inf, self.price))

    def objective_at(self, bounds: Float1D) -> Float1D:
        """Return the goal at bounds of this regime."""
        if self.price == 0.0:
            return np.full(len(bounds), self.objective)
        step = bounds - self.base
        return np.asarray(self.objective + self.price * step / (1.0 - step * self.bend))

    def columns_at(self, bound: float) -> Float1D:
        """Return the plan at a bound of this regime, (n_columns,)."""
        step = bound - self.base
        if self.direction is None or (self.price == 0.0 and step * self.loose > 0):
            return self.columns
        return np.asarray(self.columns + self.direction * (step * self.below / (1.0 - step * self.bend)))

    def joins(self, other: "Segment", bound: float) -> bool:
        """Whether another regime's price is the same function where the two meet."""
        own, its = self.price_at(bound), other.price_at(bound)
        near = 1e-7 * max(abs(own), abs(its))
        if not np.isfinite(own) or abs(own - its) > near:
            return False
        bend = self._bend_at(bound)
        return own == 0.0 or abs(bend - other._bend_at(bound)) <= max(NO_BEND, 1e-6 * abs(bend))

    def _bend_at(self, bound: float) -> float:
        return self.bend / (1.0 - (bound - self.base) * self.bend)


@attrs.frozen(eq=False)
class MovingLimit:
    """One limit whose bound moves from ``written``, in a program that stays in the solver.

    ``size`` is the largest amount of the plan, by which the steps are measured. ``looks_on`` asks at every end whether
    the price may go on there, which takes time.
    """

    build: Build
    limit: Limit
    placed: PlacedLimit
    written: float
    size: float
    live: LiveProgram
    looks_on: bool = True

    def nudge(self, bound: float) -> float:
        """Return a small step of a bound that the solver still tells from nothing."""
        if self.placed.denominator is not None:
            return NUDGE * max(1.0, abs(bound))
        return max(NUDGE * abs(bound), 0.01 * NUDGE * self.size, 0.1 * NUDGE)

    def beyond(self, bound: float, side: float) -> Segment | None:
        """Return the regime just above (``side`` 1) or below (-1) a bound by solving there; None: no plan."""
        moved = bound + side * self.nudge(bound)
        found = self.at(moved)
        self.live.move_bound(self.build, self.placed, 0.0)
        return found

    def at(self, bound: float) -> Segment | None:
        """Return the regime at a bound by solving there, and leave the bound there.

        None: no plan, or no basis.
        """
        self.live.move_bound(self.build, self.placed, bound - self.written)
        return self.read(self.live.solve(), bound)

    def churning(self, segment: Segment) -> tuple[int, ...]:
        """Return positions that grow and shrink at once to advantage well inside a regime: its plans are none.

        Positions that change on the way do so there. The bound is left as it is written.
        """
        bound = self._inside(segment)
        columns = segment.columns_at(bound)
        if not len(moves_both_ways(self.build, columns)):
            return ()
        self.live.move_bound(self.build, self.placed, bound - self.written)
        found = churning(self.build, self.live.program, columns)
        self.live.move_bound(self.build, self.placed, 0.0)
        return found

    def _inside(self, segment: Segment) -> float:
        low, high = segment.low, segment.high
        if segment.price == 0.0 and segment.loose != 0.0:  # the plan moves on one side of the base only
            low, high = (low, segment.base) if segment.loose > 0 else (segment.base, high)
        if np.isfinite(low) and np.isfinite(high):
            return 0.5 * (low + high)
        far = self.size if self.placed.denominator is None else 1.0
        return high - far if np.isfinite(high) else (low if np.isfinite(low) else segment.base) + far

    def read(self, answer: Outcome, bound: float) -> Segment | None:
        """Return the regime of an answer of the program as it stands in the solver; None as for ``at``."""
        program = self.live.program
        if not isinstance(answer, Answer) or answer.status != "optimal" or answer.basis is None:
            return None
        opened = OpenBasis.of(program, answer.columns, answer.basis)
        return None if opened is None else self.segment(opened, bound)

    def segment(self, opened: OpenBasis, bound: float) -> Segment:
        """Return the regime of a basis that is optimal at a bound."""
        direction = opened.move(self.placed.row)
        objective = opened.program.objective(opened.point)
        vector, below = np.zeros(opened.program.n_columns), 1.0
        if self.placed.denominator_form is not None:
            vector, constant = dense(self.build, self.placed.denominator_form)
            below = float(vector @ opened.point) + constant
            if below <= NO_DENOMINATOR * max(1.0, self.size):
                return self._without_value(opened, bound, vector, direction)
        if direction is None:
            return self._slack(opened, bound, objective)
        back, forth = opened.follow(direction, self.placed.row)
        price = opened.sign * float(opened.prices[self.placed.row])
        if price == 0.0:  # the plan is the best one without this limit: it can be loosened for ever
            back = Step(np.inf) if self.limit.sense == ">=" else back
            forth = Step(np.inf) if self.limit.sense == "<=" else forth
        bend = 0.0
        if self.placed.denominator_form is None:
            low, high = -back.size, forth.size
        else:
            bend = float(vector @ direction)
            bend = bend if abs(bend) > NO_BEND else 0.0
            if price != 0.0:
                back, forth = _first_turn(opened, self.placed.row, vector, below, back, forth)
            low, high = (
                (_ratio_step(size, below, bend) if price != 0.0 or np.isfinite(size) else size)
                for size in (-back.size, forth.size)
            )
            price = self.placed.price(price, below)
        return Segment(
            base=bound,
            low=bound + low,
            high=bound + high,
            price=price,
            columns=opened.point,
            objective=objective,
            direction=direction,
            loose={"<=": 1.0, ">=": -1.0}.get(self.limit.sense, 0.0),
            below=below,
            bend=bend,
            stops_low=_stop_text(self.build, back),
            stops_high=_stop_text(self.build, forth),
            goes_on_low=self.looks_on and opened.gives_way(back),
            goes_on_high=self.looks_on and opened.gives_way(forth),
        )

    def _without_value(
        self, opened: OpenBasis, bound: float, denominator: Float1D, direction: Float1D | None
    ) -> Segment:
        """Return the regime in which the plan holds none of what the ratio divides by: no bound moves it.

        A tighter bound only takes away plans that do; a looser one may let them win.
        """
        low, high, back, forth = -np.inf, np.inf, Step(np.inf), Step(np.inf)
        price = float(opened.prices[self.placed.row])
        if direction is not None and price != 0.0:
            bend = float(denominator @ direction)
            turns = opened.reprice(*opened.prices_of(denominator))
            ends = [
                (_bound_step(sign * turn.size, price, bend), turn)
                for sign, turn in zip((-1.0, 1.0), turns, strict=True)
            ]
            (low, back), (high, forth) = ends if price > 0 else reversed(ends)
            low, back = (-np.inf, Step(np.inf)) if self.limit.sense == "<=" else (low, back)
            high, forth = (np.inf, Step(np.inf)) if self.limit.sense == ">=" else (high, forth)
        return Segment(
            base=bound,
            low=bound + low,
            high=bound + high,
            price=0.0,
            columns=opened.point,
            objective=opened.program.objective(opened.point),
            stops_low=_stop_text(self.build, back),
            stops_high=_stop_text(self.build, forth),
            goes_on_low=self.looks_on and opened.gives_way(back),
            goes_on_high=self.looks_on and opened.gives_way(forth),
            without_value=True,
        )

    def _slack(self, opened: OpenBasis, bound: float, objective: float) -> Segment:
        """Return the regime of a limit that does not bind: its bound is free away from the value, and up to it."""
        sheet = self.build.builder.sheet
        point = Point.at(opened.program.plan(opened.point), sheet.opening)
        value = self.limit.left.value(point) - self.limit.right.value(point) + self.written
        sense = self.limit.sense
        own = "this limit itself"
        here = Step(0.0, "row", self.placed.row, "lower" if sense == ">=" else "upper")
        goes_on = self.looks_on and opened.gives_way(here)
        low, high = -np.inf, np.inf
        if sense != ">=":
            low = min(value, bound) if sense == "<=" else bound
        if sense != "<=":
            high = max(value, bound) if sense == ">=" else bound
        return Segment(
            base=bound,
            low=low,
            high=high,
            price=0.0,
            columns=opened.point,
            objective=objective,
            stops_low=own if sense == "<=" else "",
            stops_high=own if sense == ">=" else "",
            goes_on_low=goes_on and sense == "<=",
            goes_on_high=goes_on and sense == ">=",
        )


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


def _bound_step(turn: float, price: float, bend: float) -> float:
    """Return the change of a ratio's bound at which the prices have moved by ``turn``, where its denominator is 0."""
    if not np.isfinite(turn):
        return 1.0 / bend if bend * turn * price > 0 else float(np.copysign(np.inf, turn * price))
    moved = price + turn * bend
    return turn / moved if moved * price > 0 else float(np.copysign(np.inf, turn * price))


def _ratio_step(step: float, below: float, slope: float) -> float:
    """Return the change of a ratio's bound that a step of its row's right-hand side amounts to."""
    if not np.isfinite(step):
        return float(step) if slope == 0 or slope * step < 0 else 1.0 / slope
    moved = below + step * slope
    vanishes = moved <= 1e-9 * below  # the denominator, before the plan stops: the ratio has no end
    return float(np.copysign(np.inf, step)) if vanishes else step / moved


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
