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
from xlalm.program.model import Model
from xlalm.program.program import PARTS, Program
from xlalm.solve.basis import OpenBasis, Step
from xlalm.solve.highs import Options, run
from xlalm.solve.ratio import dense
from xlalm.solve.solution import Solution

NUDGE = 1e-6
"""Relative step by which a bound is moved to find the price beyond a degenerate optimum."""


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
    """One basis, seen from a bound: ends, prices there, and what stops it."""

    low: float
    high: float
    price_low: float
    price_high: float
    price: float
    stops_low: str
    stops_high: str


def limit_ranges(model: Model, solution: Solution, options: Options, stop: Stop = never_stop) -> dict[int, Range]:
    """Return the range of every enforced limit's price by limit number; empty where there is no simplex basis.

    Ranges are not defined for integer and quadratic programs, nor for a ratio as the goal.
    """
    opened = _opened(solution)
    if opened is None or solution.build is None or solution.stock is None:
        return {}
    point = Point.at(solution.stock, model.sheet.opening)
    ranges = {}
    for k, placed in solution.build.limit_rows.items():
        if stop():
            break
        limit = model.limits[k]
        bound, value = limit.right.value(point), limit.left.value(point)
        found = _range(solution, opened, placed, bound, value, limit.row.sense, options)
        if found is not None:
            ranges[k] = found
    return ranges


def _opened(solution: Solution) -> OpenBasis | None:
    if solution.basis is None or solution.columns is None or solution.build is None or solution.program is None:
        return None
    if solution.build.ratio is not None:
        return None
    return OpenBasis.of(solution.program, solution.columns, solution.basis)


def _range(
    solution: Solution,
    opened: OpenBasis,
    placed: PlacedLimit,
    bound: float,
    value: float,
    sense: str,
    options: Options,
) -> Range | None:
    build = solution.build
    assert build is not None
    if placed.denominator is not None and placed.denominator_form is None:
        return None
    near = 1e-7 * max(1.0, abs(bound))
    here = _regime(build, opened, placed, bound)
    if here is None:  # the row is slack: its bound can move freely away from the value, and up to it
        if abs(value - bound) > near and sense != "=":
            if sense == ">=":
                return Range(None, value, 0.0, 0.0, 0.0, 0.0, "to: this limit itself")
            return Range(value, None, 0.0, 0.0, 0.0, 0.0, "from: this limit itself")
        here = _Regime(bound, bound, 0.0, 0.0, 0.0, "", "")
    below = here if here.low < bound - near else _beyond(build, opened, placed, bound, -1.0, options)
    above = here if here.high > bound + near else _beyond(build, opened, placed, bound, 1.0, options)
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
        price_at_from=below.price_low if below is not None else None,
        price_at_to=above.price_high if above is not None else None,
        below=None if below is None else below.price if below is here else below.price_high,
        above=None if above is None else above.price if above is here else above.price_low,
        next_limit="; ".join(texts),
    )


def _regime(build: Build, opened: OpenBasis, placed: PlacedLimit, bound: float) -> _Regime | None:
    """Return the regime of a basis for one limit; None where its row is slack."""
    direction = opened.move(placed.row)
    if direction is None:
        return None
    back, forth = opened.follow(direction, placed.row)
    price = opened.sign * float(opened.prices[placed.row])
    if placed.denominator_form is None:
        texts = _stop_text(build, back), _stop_text(build, forth)
        return _Regime(bound - back.size, bound + forth.size, price, price, price, *texts)
    vector, constant = dense(build, placed.denominator_form)
    below = float(vector @ opened.point) + constant
    slope = float(vector @ direction)
    if price != 0.0:
        prices, reduced = opened.prices_of(vector)
        turn_back, turn_forth = opened.reprice(prices, reduced)
        # φ = δ·y/D with y in the sense of minimisation
        per_step = float(opened.prices[placed.row]) / below
        if per_step < 0:
            turn_back, turn_forth = turn_forth, turn_back
        back = min(back, attrs.evolve(turn_back, size=turn_back.size / abs(per_step)), key=lambda step: step.size)
        forth = min(forth, attrs.evolve(turn_forth, size=turn_forth.size / abs(per_step)), key=lambda step: step.size)
    low, price_low = _ratio_end(-back.size, below, slope, price)
    high, price_high = _ratio_end(forth.size, below, slope, price)
    texts = _stop_text(build, back), _stop_text(build, forth)
    return _Regime(bound + low, bound + high, price_low, price_high, price * below, *texts)


def _ratio_end(step: float, below: float, slope: float, price: float) -> tuple[float, float]:
    """Return the change of a ratio's bound after a step of its row's right-hand side, and the price there."""
    if not np.isfinite(step):
        if slope * step <= 0:
            return float(step), price * below
        return 1.0 / slope, float("inf") if price else 0.0
    moved = below + step * slope
    if moved <= 0:  # the denominator would vanish first: the ratio runs away
        return float(np.copysign(np.inf, step)), price * below
    return step / moved, price * moved * moved / below


def _beyond(
    build: Build, opened: OpenBasis, placed: PlacedLimit, bound: float, side: float, options: Options
) -> _Regime | None:
    """Return the regime just beyond a degenerate optimum by solving at a bound moved a little; None: no plan there."""
    step = side * NUDGE * max(1.0, abs(bound))
    program = moved_bound(build, opened.program, placed, step)
    answer = run(program, options)
    if answer.columns is None or answer.basis is None:
        return None
    again = OpenBasis.of(program, answer.columns, answer.basis)
    if again is None:
        return None
    regime = _regime(build, again, placed, bound + step)
    if regime is None:  # slack beyond: the limit has no price there
        end = bound + side * np.inf
        return _Regime(min(bound, end), max(bound, end), 0.0, 0.0, 0.0, "", "")
    return regime


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


def coefficient_ranges(model: Model, solution: Solution) -> tuple[Float1D, Float1D] | None:
    """Return for each position the lowest and highest own goal coefficient at which the plan stays, (n_positions,).

    Infinite where there is no end; None where there is no simplex basis or the goal is a ratio.
    """
    opened = _opened(solution)
    if opened is None or solution.build is None or solution.stock is None:
        return None
    n = len(model.sheet)
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
    places = {int(column): place for place, column in enumerate(opened.columns)}
    for i in np.flatnonzero(~nonbasic[:n]):
        prices = np.zeros(opened.program.n_rows)
        prices[opened.rows] = opened.inverse[places[int(i)]]
        reduced = -opened.program.transpose_product(prices)
        back, forth = opened.reprice(prices, reduced)
        low[i], high[i] = -back.size, forth.size
    if opened.sign < 0:
        low, high = -high, -low
    return own + low, own + high
