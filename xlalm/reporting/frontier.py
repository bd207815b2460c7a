"""A frontier as tables and sentences."""

from itertools import pairwise
from typing import Any

import numpy as np

from xlalm.domain.limits import unit_size
from xlalm.domain.result import ResultTable, result_table
from xlalm.measures.expression import Point
from xlalm.reporting.aim import goal_unit
from xlalm.reporting.words.wording import bound_text, distance, label, one_unit
from xlalm.solver.sensitivity.curve import Frontier

LEVELS = 21
"""Bounds at which the allocation is shown."""


MOST_SENTENCES = 12
"""Pieces of a frontier told in words; the table has them all."""


def goal_as_written(found: Frontier) -> float | None:
    """Return the goal at the bound as written; None where it has no plan."""
    if not found.segments:
        return None
    value = float(found.objective_at(np.array([found.written]))[0])
    return value if np.isfinite(value) else None


def shown_range(found: Frontier, low: float | None, high: float | None) -> tuple[float, float]:
    """Return the range shown: what was asked for, else a little beyond the first and the last takeover."""
    corners = [found.segments[first].low for first, _ in found.pieces()] if found.segments else []
    corners += [found.segments[-1].high] if found.segments else []
    inside = [corner for corner in corners if np.isfinite(corner)]
    inside.append(found.written)
    least, most = min(inside), max(inside)
    span = most - least if most > least else max(abs(found.written), 1.0)
    # where it goes on paying without end, as much again is shown
    down, up = 0.1, 0.1
    if found.segments:
        down = 1.0 if not np.isfinite(found.least) and found.segments[0].price != 0.0 else down
        up = 1.0 if not np.isfinite(found.most) and found.segments[-1].price != 0.0 else up
    step = 10.0 ** np.floor(np.log10(span)) / 10.0
    start = np.floor((least - span * down) / step) * step
    end = np.ceil((most + span * up) / step) * step
    if found.cut_low:
        start = least
    if found.cut_high:
        end = most
    if least >= 0.0:
        start = max(start, 0.0)
    low_end, high_end = (
        float(f"{side:.12g}") for side in (start if low is None else low, end if high is None else high)
    )
    return (low_end, high_end) if low_end < high_end else (low_end, low_end + span)


def frontier_records(found: Frontier, low: float, high: float) -> list[dict[str, Any]]:
    """Return the rows of ``Frontier``: every takeover in the range, its ends, and the bound as written."""
    name = found.model.limits[found.number].name
    if not found.segments:
        text = "the goal has no end" if found.status == "unbounded" else "no plan at any bound of this limit"
        return [{"limit": name, "bound": end, "event": text} for end in (low, high)]
    events: dict[float, list[str]] = {low: [], high: []}
    if low <= found.written <= high:
        events.setdefault(found.written, []).append("as written")
    for bound, text in _events(found):
        if low <= bound <= high:
            events.setdefault(bound, []).insert(0, text)
    rows = []
    for bound in sorted(events):
        value, slope = found.objective_at(np.array([bound]))[0], found.slope_above(bound)
        texts = events[bound] or ["end of the range"]
        if not np.isfinite(value):
            texts = [_no_plan(found, bound)]
        here = {"limit": name, "bound": bound, "objective": value, "slope": slope, "event": "; ".join(texts)}
        if bound not in found.jumps:
            rows.append(here)
            continue
        below, above = found.sides_of(bound)
        beside = {"limit": name, "bound": bound, "objective": below + above - value}
        leap = [beside | {"event": "just below"}, here] if value == above else [here, beside | {"event": "just above"}]
        rows += leap
    return rows


def _no_plan(found: Frontier, bound: float) -> str:
    limit, money = found.model.limits[found.number], found.model.settings.money
    if (found.cut_low and bound < found.least) or (found.cut_high and bound > found.most):
        return "not followed"
    if bound < found.least:
        return f"no plan below {bound_text(found.least, limit.unit, money)}"
    return f"no plan above {bound_text(found.most, limit.unit, money)}"


def _events(found: Frontier) -> list[tuple[float, str]]:
    """Return where something takes over as the bound rises, and what."""
    name = found.model.limits[found.number].name
    pieces = found.pieces()
    events = []
    if np.isfinite(found.least) and not found.cut_low:
        blocked = found.segments[0].stops_low
        events.append((found.least, "least bound with a plan" + (f" ({blocked})" if blocked else "")))
    for (_, last), (first, _) in pairwise(pieces):
        before, after = found.segments[last], found.segments[first]
        text = "" if before.stops_high == "this limit itself" else before.stops_high
        if before.price == 0.0 and after.price != 0.0:
            text = "; ".join(part for part in (text, f"{name} starts to bind") if part)
        if before.price != 0.0 and after.price == 0.0:
            text = "; ".join(part for part in (text, f"{name} stops binding") if part)
        events.append((before.high, text or "another plan takes over"))
    if np.isfinite(found.most) and not found.cut_high:
        blocked = found.segments[-1].stops_high
        blocked = "" if blocked == "this limit itself" else blocked
        events.append((found.most, "greatest bound with a plan" + (f" ({blocked})" if blocked else "")))
    return events


def allocation_by_level(found: Frontier, low: float, high: float) -> ResultTable:
    """Return ``AllocationByLevel``: the plan at evenly spaced bounds of the part that has plans."""
    names = found.model.sheet.names
    rows: list[dict[str, Any]] = []
    if found.segments:
        start, end = max(low, found.least), min(high, found.most)
        for bound in np.linspace(start, end, LEVELS) if start < end else [start]:
            stock = found.plan_at(float(bound))
            if stock is None:
                continue
            value = float(found.objective_at(np.array([bound]))[0])
            limit = found.model.limits[found.number].name
            row: dict[str, Any] = {"limit": limit, "bound": float(bound), "objective": value}
            row["slope"] = found.slope_above(float(bound))
            rows.append(row | {name: float(x) for name, x in zip(names, stock, strict=True)})
    return result_table("AllocationByLevel", rows, names)


def contributions(found: Frontier) -> ResultTable:
    """Return ``Contributions``: what each position adds to the goal and to the limited measure, as written."""
    sheet, stock = found.model.sheet, found.plan_at(found.written)
    if stock is None:
        return result_table("Contributions", [])
    point = Point.at(stock, sheet.opening)
    goal_rate, use_rate = (
        expression.linearise(point).position_gradient(point)
        for expression in (found.build.goal, found.model.limits[found.number].left)
    )
    goal, use = goal_rate * stock, use_rate * stock
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = np.where(use_rate != 0.0, goal_rate / use_rate, np.nan)
    shares = [
        part / part.sum() if abs(part.sum()) > 1e-9 * np.abs(part).sum() else part * np.nan for part in (goal, use)
    ]
    kept = [int(i) for i in np.argsort(-ranked, kind="stable") if goal_rate[i] != 0.0 or use_rate[i] != 0.0]
    return result_table(
        "Contributions",
        [
            {
                "position": sheet.names[i],
                "balance": float(stock[i]),
                "goal": float(goal[i]),
                "goal_share": float(shares[0][i]),
                "use": float(use[i]),
                "use_share": float(shares[1][i]),
                "goal_per_use": float(ranked[i]),
            }
            for i in kept
        ],
    )


def _ends(found: Frontier) -> list[str]:
    """Return where no plan is left."""
    limit, money = found.model.limits[found.number], found.model.settings.money
    name = label(limit.name)
    if found.status == "unbounded":
        return ["The goal has no end, whatever this limit is; xlalm solve names the positions that lack a max."]
    if not found.segments:
        cure = "xlalm solve names the limits that cannot hold together"
        return [f"No bound of {name} leaves a plan: other limits contradict each other; {cure}."]
    said = []
    if np.isfinite(found.least) and not found.cut_low:
        said.append(f"No plan exists with {name} below {bound_text(found.least, limit.unit, money)}.")
    if np.isfinite(found.most) and not found.cut_high:
        said.append(f"No plan exists with {name} above {bound_text(found.most, limit.unit, money)}.")
    return said


def _piece(found: Frontier, first: int, last: int, low: float, high: float) -> str:
    """Return what moving the bound is worth within one piece; empty where the range leaves nothing of it."""
    limit, money = found.model.limits[found.number], found.model.settings.money
    start, end = max(found.segments[first].low, low), min(found.segments[last].high, high)
    if not start < end:
        return ""
    size = unit_size(limit.unit)
    at_start, at_end = (found.segments[i].price_at(b) * size for i, b in ((first, start), (last, end)))
    ends = f"From {bound_text(start, limit.unit, money)} to {bound_text(end, limit.unit, money)}"
    if all(segment.without_value for segment in found.segments[first : last + 1]):
        return f"{ends} the plan holds none of what {label(limit.name)} divides by: it has no value and does not bind."
    if at_start == 0.0:
        return f"{ends} the limit does not bind."
    worth, at_last = (distance(price, goal_unit(found.model), money) for price in (at_start, at_end))
    if at_last != worth:
        worth += f" at first and {at_last} at last"
    return f"{ends} raising it by {one_unit(limit.unit, money)} changes the goal by {worth}."


def frontier_sentences(found: Frontier, low: float, high: float) -> list[str]:
    """Return what a frontier says, piece by piece."""
    if not found.segments:
        return _ends(found)
    pieces = [_piece(found, first, last, low, high) for first, last in found.pieces()]
    shown = [text for text in pieces if text]
    hidden = len(shown) - MOST_SENTENCES
    if hidden > 1:
        shown[MOST_SENTENCES:] = [f"{hidden} more pieces stand in the table Frontier."]
    return [*_ends(found), *shown, *found.notes]


def frontier_summary(found: Frontier, low: float, high: float) -> str:
    """Return what fits into one cell: the ends, and what holds at the bound as written."""
    if not found.segments:
        return " ".join(_ends(found))
    pieces = found.pieces()
    here = [
        _piece(found, first, last, low, high)
        for first, last in pieces
        if found.segments[first].low <= found.written < found.segments[last].high
    ]
    return " ".join([*_ends(found), *here, f"The frontier has {len(pieces)} pieces.", *found.notes])
