"""Where a price holds: ranges of bounds and of goal coefficients, and what takes over at each end."""

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.prices import PriceRange
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.problem import Problem
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, Options
from xlalm.solver.linear.basis import OpenBasis
from xlalm.solver.sensitivity.moving import MovingLimit, Segment
from xlalm.solver.solution import Planned

MOST_PIECES = 50
"""Bases followed on each side of a bound while the price stays the same."""

MOST_COEFFICIENTS = 5000
"""Positions up to which goal-coefficient ranges are looked for."""

MOST_EXACT = 400
"""Positions up to which goal-coefficient ranges of a degenerate plan are exact; beyond, they are its basis's."""


def limit_ranges(
    problem: Problem, solution: Planned, options: Options, watch: Watch | None = None
) -> dict[int, PriceRange]:
    """Return the range of every enforced limit's price by limit number; empty where there is no simplex basis.

    Ranges are not defined for integer and quadratic programs, nor for a ratio as the goal.

    Parameters
    ----------
    watch : stopped, the limits looked at so far are returned.
    """
    watch = watch or unwatched()
    opened = _opened(solution)
    if opened is None:
        return {}
    ranges: dict[int, PriceRange] = {}
    live, count = LiveProgram(opened.program, options, watch), len(solution.build.limit_rows)
    size = opened.program.largest_amount(opened.point, 0.0)
    for at, (k, placed) in enumerate(solution.build.limit_rows.items()):
        if placed.denominator is not None and placed.denominator_form is None:
            continue
        limit = problem.limits[k]
        watch.says(f"finding where the price of {limit.name} holds", at / count)
        bound = limit.right.value(problem.point(solution.plan))
        found = _range(MovingLimit(solution.build, limit, placed, bound, size, live), opened)
        if watch.must_stop:  # what could not be solved looks like no plan
            break
        ranges[k] = found
    return ranges


def _opened(solution: Planned) -> OpenBasis | None:
    if solution.basis is None or solution.vertex is None or solution.build.ratio is not None:
        return None
    return OpenBasis.of(solution.program, solution.vertex, solution.basis)


def _range(moving: MovingLimit, opened: OpenBasis) -> PriceRange:
    """Return where the price of a limit holds around its bound as it is written."""
    bound, near = moving.written, 0.1 * moving.nudge(moving.written)
    here = moving.segment(opened, bound)
    reaches = not moving.churning(here)  # what the plan does not do at the bound it may do beside it
    first, none_below = (here, "") if reaches and here.low < bound - near else _beyond(moving, bound, -1.0)
    last, none_above = (here, "") if reaches and here.high > bound + near else _beyond(moving, bound, 1.0)
    below, above = _followed(moving, first, -1.0), _followed(moving, last, 1.0)
    texts = [
        f"{word}: {text}"
        for word, text in (
            ("from", below.stops_low if below is not None else none_below),
            ("to", above.stops_high if above is not None else none_above),
        )
        if text
    ]
    return PriceRange(
        valid_from=(below.low if np.isfinite(below.low) else None) if below is not None else bound,
        valid_to=(above.high if np.isfinite(above.high) else None) if above is not None else bound,
        price_at_from=None if below is None else below.price_at(below.low),
        price_at_to=None if above is None else above.price_at(above.high),
        below=None if below is None else below.price_at(bound),
        above=None if above is None else above.price_at(bound),
        next_limit="; ".join(texts),
    )


def _beyond(moving: MovingLimit, bound: float, side: float) -> tuple[Segment | None, str]:
    """Return the regime just above or below a bound; None and why, where there is none."""
    found = moving.beyond(bound, side)
    if found is None:
        return None, "no plan above" if side > 0 else "no plan below"
    if moving.churning(found):
        return None, "a position would grow and shrink at once"
    return found, ""


def _followed(moving: MovingLimit, segment: Segment | None, side: float) -> Segment | None:
    """Return a regime with its end moved on over bases that keep the price."""
    if segment is None:
        return None
    for _ in range(MOST_PIECES):
        end, goes_on = (segment.high, segment.goes_on_high) if side > 0 else (segment.low, segment.goes_on_low)
        after = _beyond(moving, end, side)[0] if goes_on and np.isfinite(end) else None
        if after is None or not segment.joins(after, end):
            break
        if side > 0:
            stops, goes_on = after.stops_high, after.goes_on_high
            segment = attrs.evolve(segment, high=max(after.high, end), stops_high=stops, goes_on_high=goes_on)
        else:
            stops, goes_on = after.stops_low, after.goes_on_low
            segment = attrs.evolve(segment, low=min(after.low, end), stops_low=stops, goes_on_low=goes_on)
    return segment


# --- goal coefficients ---------------------------------------------------------------------------------


def coefficient_ranges(
    problem: Problem, solution: Planned, options: Options | None = None, watch: Watch | None = None
) -> tuple[Float1D, Float1D] | None:
    """Return for each position the lowest and highest own goal coefficient at which the plan stays, (n_positions,).

    Infinite where there is no end, NaN where several plans are equally good and it is not known; None where there is no
    simplex basis, the goal is a ratio or the book too large.

    Parameters
    ----------
    watch : stopped, the ranges that are left are those of the plan's basis, which may be too short.
    """
    opened = _opened(solution)
    n = len(problem.sheet)
    if opened is None or n > MOST_COEFFICIENTS:
        return None
    point = problem.point(solution.plan)
    own = solution.build.goal.linearise(point).position_gradient(point)
    low, high = np.full(n, -np.inf), np.full(n, np.inf)
    program, stock = opened.program, opened.program.layout.block("stock").column
    at_low = opened.point <= program.lower + 1e-9
    nonbasic = np.ones(program.n_columns, dtype=np.bool_)
    nonbasic[opened.columns] = False
    movable = program.lower < program.upper
    for i in np.flatnonzero((nonbasic & movable)[stock]):  # in the sense of minimisation
        if at_low[stock[i]]:
            low[i] = -opened.reduced[stock[i]]
        else:
            high[i] = -opened.reduced[stock[i]]
    for i in np.flatnonzero(~nonbasic[stock]):
        prices = np.zeros(program.n_rows)
        prices[opened.rows] = opened.row_of(int(stock[i]))
        reduced = -program.transpose_product(prices)
        back, forth = opened.reprice(prices, reduced)
        low[i], high[i] = -back.size, forth.size
    if opened.is_degenerate and n <= MOST_EXACT:
        _widen(opened, low, high, options or Options(), watch or unwatched())
    if opened.sign < 0:
        low, high = -high, -low
    _of_the_plan(low, high, solution.program.plan(opened.point), solution, problem.sheet)
    return own + low, own + high


def _of_the_plan(low: Float1D, high: Float1D, at_vertex: Float1D, solution: Planned, sheet: BalanceSheet) -> None:
    """Turn the ranges of one of several equally good plans into those of the plan that is reported.

    Where both have the same balance they are the same. Elsewhere any change of the coefficient towards the other plan
    makes that one better; how far the other way the plan stays is not known, NaN.
    """
    for i in np.flatnonzero(~sheet.stands_at(at_vertex, solution.plan)):
        more = (solution.plan[i] > at_vertex[i]) == solution.build.maximise
        low[i], high[i] = (0.0, np.nan) if more else (np.nan, 0.0)


def _widen(opened: OpenBasis, low: Float1D, high: Float1D, options: Options, watch: Watch) -> None:
    """Replace the ends that one basis of a degenerate plan allows by those of the plan itself.

    The plan stays while no direction d that it can move in improves the goal. With d at ±1 in the position itself,
    the best goal·d over those directions is how far the coefficient can go.
    """
    program = opened.program
    row_lower, row_upper = opened.cone_rows()
    lower, upper = opened.cone_columns()
    cone = attrs.evolve(program, offset=0.0, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)
    live = LiveProgram(cone, options, watch)
    for i, column in enumerate(program.layout.block("stock").column.tolist()):
        if watch.must_stop:
            break
        watch.says(f"finding how far the goal of position {i + 1} of {len(low)} can go", i / len(low))
        for end, direction in ((low, 1.0), (high, -1.0)):
            if not np.isfinite(end[i]):
                continue
            if not lower[column] <= direction <= upper[column]:
                end[i] = -direction * np.inf
                continue
            live.move_column(column, direction, direction)
            answer = live.solve()
            live.move_column(column, float(lower[column]), float(upper[column]))
            if isinstance(answer, Answer):
                end[i] = -direction * max(opened.sign * cone.objective(answer.columns), 0.0)
            elif answer.status == "infeasible":
                end[i] = -direction * np.inf
