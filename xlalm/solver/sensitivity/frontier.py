"""The exact frontier of one limit: the best goal as its written bound moves, from basis to basis.

Notes
-----
The best goal of a linear program is piecewise linear in the bound of an amount (concave where it is maximised) and
piecewise linear-fractional in the bound of a ratio. Every piece belongs to one basis, whose ends are exact ratio tests
(``solve.moving``); beyond an end the program is solved again from the last basis, so nothing is sampled.

References
----------
Gass, S. and Saaty, T. (1955), The computational algorithm for the parametric objective function, Naval Research
Logistics Quarterly 2, 39–45. Gal, T. (1995), Postoptimal Analyses, Parametric Programming and Related Topics.
"""

import time
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.domain.watch import Watch, unwatched
from xlalm.measures.expression import Affine, constant_of
from xlalm.model.model import Model
from xlalm.program.build import Build, build_program
from xlalm.program.problem import Problem, problem_of
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.highs.live import LiveProgram
from xlalm.solver.highs.run import Answer, NoAnswer, Options, Outcome, run
from xlalm.solver.linear.netting import refusal, refuse_endless_churning
from xlalm.solver.sensitivity.curve import Frontier
from xlalm.solver.sensitivity.moving import MovingLimit, Segment
from xlalm.solver.solution import Certificate, holds_nothing

PRESOLVED = 1000
"""Columns above which the first solve is worth presolving."""

MOST_PROOFS = 12
"""Regimes of a frontier that are solved again to check it."""

HALF_WAY = 20
"""Pieces after which a frontier counts as half done: how many there are is known at its end."""

ONE_BOUND = 1e-6
"""Distance between the least and the greatest bound up to which they are one: there is no piece between them."""

_NO_MORE, _WANTED, _CUT = "no plan beyond, or no end", "as far as wanted", "cut off"

MOST_REGIMES = 2000
"""Bases followed on each side before the frontier is cut off, and said to be."""


def exact_frontier(
    model: Model,
    number: int,
    options: Options,
    low: float = -np.inf,
    high: float = np.inf,
    watch: Watch | None = None,
) -> Frontier:
    """Follow the best goal over the bound of a limit.

    Parameters
    ----------
    number : the limit; it is enforced as a hard one whatever the book says.
    low, high : bounds between which the frontier is wanted; regimes are followed until they are covered.
    options : its time limit is that of the whole frontier.
    watch : a frontier that is stopped has the pieces found so far, and says that it was cut off.

    Raises
    ------
    Refused
        For a book that is not one linear program, or a limit without a bound of its own.
    """
    watch = watch or unwatched()
    problem, (written,) = one_linear_program(model, [number])
    found = _followed(model, problem, number, written, options, low, high, watch)
    plans = [found.build.program.plan(segment.columns) for segment in found.segments]
    if not any(holds_nothing(problem.sheet, plan) for plan in plans):
        return found
    kept = _followed(model, problem.keeping_assets(), number, written, options, low, high, watch)
    if not kept.segments or kept.most - kept.least <= ONE_BOUND * max(1.0, abs(written)):
        return kept
    return _within(found, kept.least, kept.most)


def _followed(
    model: Model,
    problem: Problem,
    number: int,
    written: float,
    options: Options,
    low: float,
    high: float,
    watch: Watch,
) -> Frontier:
    """Follow the best goal of a problem over the bound of a limit."""
    build, limit = linear_build(problem, [number]), problem.limits[number]
    placed = build.limit_rows[number]
    presolve = options.presolve and build.program.n_columns > PRESOLVED
    live = LiveProgram(build.program, attrs.evolve(options, presolve=presolve), watch)
    start, answer = _start(problem, build, number, written, live)
    if isinstance(answer, NoAnswer):
        refuse_endless_churning(build, live.program, answer, options, watch)
        return Frontier(model, build, number, written, (), answer.status)
    size = build.program.largest_amount(answer.columns, 0.0)
    moving = MovingLimit(build, limit, placed, written, size, live, looks_on=False)
    here = moving.read(answer, start) if start == written else moving.at(start)
    if here is None:  # at the value that the plan has without this limit, to the last digit
        start += moving.nudge(start) * {"<=": 1.0, ">=": -1.0}.get(limit.sense, 0.0)
        here = moving.at(start)
    if here is None:
        return Frontier(model, build, number, written, (), "stopped" if watch.must_stop else "failed")
    if not isinstance(placed.denominator, Affine | None):  # the row's form is that of a bound of this sign
        low, high = (max(low, 0.0), high) if written > 0 else (low, min(high, 0.0))
    deadline, seen = time.perf_counter() + options.time_limit_s, 0

    def ends() -> bool:
        nonlocal seen
        seen += 1
        watch.says(f"piece {seen} of the frontier", seen / (seen + HALF_WAY))
        return watch.must_stop or time.perf_counter() > deadline

    below, low_end = _walk(moving, here, -1.0, low, ends)
    above, high_end = _walk(moving, here, 1.0, high, ends)
    segments = _closed([*reversed(below), here, *above])
    cut = _CUT in {low_end, high_end}
    notes = (f"The frontier was cut off after {len(segments)} pieces; give --from and --to.",) if cut else ()
    open_ends = low_end != _NO_MORE, high_end != _NO_MORE
    return _without_churn(Frontier(model, build, number, written, segments, "optimal", notes, *open_ends), moving)


def _within(frontier: Frontier, least: float, most: float) -> Frontier:
    """Return the part of a frontier between two bounds: beyond them a plan holds nothing."""
    parts = [
        attrs.evolve(segment, low=max(segment.low, least), high=min(segment.high, most))
        for segment in frontier.segments
    ]
    segments = [part for part in parts if part.high - part.low > ONE_BOUND * max(1.0, abs(part.base))]
    return attrs.evolve(frontier, segments=tuple(segments), status="optimal" if segments else "infeasible")


def one_linear_program(model: Model, numbers: Sequence[int]) -> tuple[Problem, tuple[float, ...]]:
    """Return the problem of a book with some limits enforced, and their bounds as written.

    Raises
    ------
    Refused
        For a book that is not one linear program, or a limit without a bound of its own.
    """
    problem, method = problem_of(model), model.settings.method
    if not method.is_one_stage:
        reason = f"method {method.name} is a sequence of solves, not one program whose bounds could be followed"
        cure = "set method to lp or weighted_sum in Settings, or use xlalm sweep"
        raise Refused(problem.objective.owner.cell, reason, cure)
    limits, written = list(model.limits), []
    for number in numbers:
        limit = limits[number]
        bound = constant_of(limit.right)
        if bound is None:
            reason = f'the right side of limit "{limit.name}" moves with the plan, so it has no bound to move'
            cure = "write it as a ratio against a number, or sample a cell it depends on with xlalm sweep"
            raise Refused(limit.cell, reason, cure)
        written.append(bound)
        limits[number] = attrs.evolve(limit, active=True, hard=True)
    return attrs.evolve(problem, limits=tuple(limits)), tuple(written)


def linear_build(problem: Problem, numbers: Sequence[int]) -> Build:
    """Return the program of a problem whose limits move; raises Refused where it is not linear."""
    cell = problem.objective.owner.cell
    try:
        build = build_program(problem)
    except NeedsNonlinearError as curved:
        raise Refused(curved.cell, curved.text, "sample it with xlalm sweep") from curved
    if build.program.is_mip:
        reason = "lots, thresholds or pieces chosen by binaries make the book an integer program"
        raise Refused(cell, reason, "clear lot and min_if_used, or sample it with xlalm sweep")
    if build.program.hessian is not None or build.ratio is not None:
        reason = f"the goal is {'quadratic' if build.ratio is None else 'a ratio'}"
        raise Refused(cell, reason, "choose a goal that is an amount, or sample it with xlalm sweep")
    for number in numbers:
        placed, limit = build.limit_rows[number], problem.limits[number]
        if placed.denominator is not None and placed.denominator_form is None:
            reason = f'limit "{limit.name}" has the bound 0 on a capped ratio, which cannot be moved'
            raise Refused(limit.cell, reason, "write another bound, such as 1%")
        if placed.others:
            reason = f'limit "{limit.name}" holds several ratios, whose bound cannot be followed'
            raise Refused(limit.cell, reason, "write a limit for each ratio, or sample it with xlalm sweep")
    return build


def _start(problem: Problem, build: Build, number: int, written: float, live: LiveProgram) -> tuple[float, Outcome]:
    """Return a bound that has a plan, and the plan.

    It is the one in the book, else the value that the measure takes where the limit is left out.
    """
    answer, start = live.solve(), written
    row = build.limit_rows[number].row
    if answer.status == "infeasible":
        live.move_row(row, -np.inf, np.inf)
        answer = live.solve()
        if isinstance(answer, Answer):
            limit, point = problem.limits[number], problem.point(build.program.plan(answer.columns))
            start = limit.left.value(point) - limit.right.value(point) + written
    return start, answer


def proof(
    frontier: Frontier, options: Options, low: float, high: float, watch: Watch | None = None
) -> Certificate | None:
    """Solve again, from nothing, amid regimes of a range and check those answers; None where none was checked.

    ``objective_difference`` is the largest between the frontier and these solves, relative to the goal.

    Parameters
    ----------
    watch : a proof that is stopped is that of the regimes solved so far.
    """
    watch = watch or unwatched()
    build, placed = frontier.build, frontier.build.limit_rows[frontier.number]
    inside = [segment for segment in frontier.segments if segment.low < high and segment.high > low]
    live, checks = LiveProgram(build.program, options), []
    chosen = np.unique(np.linspace(0, len(inside) - 1, MOST_PROOFS).astype(int)) if inside else ()
    for count, i in enumerate(chosen):
        watch.says(f"proving plan {count + 1} of {len(chosen)}", count / len(chosen))
        middle = 0.5 * (max(inside[i].low, low) + min(inside[i].high, high))
        live.move_bound(build, placed, middle - frontier.written)
        answer = run(live.program, options, watch)
        if isinstance(answer, NoAnswer):
            if watch.must_stop:
                break
            return Certificate(np.inf, None, None, np.inf, np.inf, accepted=False)
        own = float(frontier.objective_at(np.array([middle]))[0])
        again = live.program.objective(answer.columns)
        away = abs(own - again) / max(1.0, abs(again))
        checks.append(certify(live.program, answer.columns, answer.row_dual, objective_difference=away))
    if not checks:
        return None
    away = max(check.objective_difference for check in checks)
    return Certificate(
        primal=max(check.primal for check in checks),
        dual=max(check.dual or 0.0 for check in checks),
        slackness=max(check.slackness or 0.0 for check in checks),
        gap=max(check.gap for check in checks),
        objective_difference=away,
        accepted=away <= TOLERANCE and all(check.accepted for check in checks),
    )


def _walk(
    moving: MovingLimit, here: Segment, side: float, until: float, ends: Callable[[], bool]
) -> tuple[list[Segment], str]:
    """Return the regimes on one side of a first one, and why no more follow: wanted, no plan or cut off."""
    found: list[Segment] = []
    segment = here
    for _ in range(MOST_REGIMES):
        end = segment.high if side > 0 else segment.low
        if not np.isfinite(end):
            return found, _NO_MORE
        if (until - end) * side <= 0:
            return found, _WANTED
        if ends():
            return found, _CUT
        after = moving.at(end + side * moving.nudge(end))
        if after is None:
            return found, _CUT if ends() else _NO_MORE
        reached = after.high if side > 0 else after.low
        if (reached - end) * side <= 0:  # shorter than a nudge
            after = attrs.evolve(after, high=after.base) if side > 0 else attrs.evolve(after, low=after.base)
        found.append(after)
        segment = after
    return found, _CUT


def _closed(segments: list[Segment]) -> tuple[Segment, ...]:
    """Make neighbours touch: their own ratio tests differ by rounding, or by less than a nudge."""
    closed = [segments[0]]
    for segment in segments[1:]:
        before = closed[-1]
        meeting = min(max(before.high, before.low), max(segment.high, segment.low))
        closed[-1] = attrs.evolve(before, high=meeting)
        closed.append(attrs.evolve(segment, low=meeting))
    return tuple(closed)


def _without_churn(frontier: Frontier, moving: MovingLimit) -> Frontier:
    """Cut a frontier where a plan would gain by growing and shrinking one position at once: that needs binaries."""
    at_fault = [moving.churning(segment) for segment in frontier.segments]
    fine = [not positions for positions in at_fault]
    if all(fine):
        return frontier
    here = int(np.searchsorted([segment.high for segment in frontier.segments], frontier.written))
    here = min(here, len(fine) - 1)
    if not fine[here]:
        here = fine.index(True) if any(fine) else -1
    if here < 0:
        raise refusal(frontier.build, at_fault[0][0])
    first = last = here
    while first > 0 and fine[first - 1]:
        first -= 1
    while last + 1 < len(fine) and fine[last + 1]:
        last += 1
    note = "Beyond the part shown it would pay to grow and shrink a position at once; sample it with xlalm sweep."
    return attrs.evolve(
        frontier,
        segments=frontier.segments[first : last + 1],
        notes=(*frontier.notes, note),
        cut_low=frontier.cut_low or first > 0,
        cut_high=frontier.cut_high or last + 1 < len(fine),
    )
