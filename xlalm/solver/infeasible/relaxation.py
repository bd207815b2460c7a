"""The cheapest way to make an infeasible book feasible: how far each limit or bound has to give."""

import attrs
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Expression, Point
from xlalm.model.model import Model
from xlalm.program.build import Build, dense
from xlalm.program.program import Program
from xlalm.solver.highs.run import Answer, NoAnswer, Options, run
from xlalm.solver.infeasible.conflicts import MORE_LOTS, Member, feasibility, threshold_positions, widen_threshold
from xlalm.solver.optimise import fix_integers

ROUNDS = 30
"""Rounds in which the relaxations of ratio limits are brought up to date."""


@attrs.frozen
class Relaxation:
    """A member's bound as written and as it has to be, in its own unit."""

    member: Member
    bound: float
    needed: float


@attrs.frozen
class _Elastic:
    """A column by which a member may give: ``rows`` and ``sign`` say where it enters, ``size`` its unit in the row."""

    member: Member
    bound: float
    sign: float
    denominator: Expression | None


def cheapest_relaxation(model: Model, build: Build, options: Options) -> tuple[Relaxation, ...]:
    """Return the least relaxation that makes a plan possible.

    Minimises the sum of relative relaxations (or ``penalty`` times relaxation, where a limit has one). Limits give
    first; position bounds only where limits alone are not enough. Empty where not even that is enough.

    Notes
    -----
    Relaxing a ratio N/D by s turns its row into N - (r - s)·D, a product of two unknowns. It is replaced by its
    tangent at the last round's plan until nothing is gained: with one ratio that is Dinkelbach's iteration and the
    answer the cheapest; with several no way is left that gives less everywhere.
    """
    for with_bounds in (False, True):
        elastics = _elastics(model, build, with_bounds=with_bounds)
        found = _solve(model, build, elastics, options)
        if found is not None:
            return found
    return ()


def _elastics(model: Model, build: Build, *, with_bounds: bool) -> list[_Elastic]:
    opening = Point.at(model.sheet.opening, model.sheet.opening)
    elastics = []
    for k, placed in build.limit_rows.items():
        limit = model.limits[k]
        if not limit.hard:
            continue
        member = Member("limit", k, limit.name, limit.cell)
        bound = limit.right.value(opening)
        signs = {">=": (1.0,), "<=": (-1.0,), "=": (1.0, -1.0)}[limit.sense]
        elastics += [_Elastic(member, bound, sign, placed.denominator) for sign in signs]
    if with_bounds:
        sheet = model.sheet
        for i, name in enumerate(sheet.names):
            for kind, bounds, sign in (("min", sheet.lower, 1.0), ("max", sheet.upper, -1.0)):
                movable = np.isfinite(bounds[i]) and not (kind == "min" and bounds[i] == 0)
                if movable:
                    member = Member(kind, i, name, sheet.table.raw.cell(i, kind))  # type: ignore[arg-type]
                    elastics.append(_Elastic(member, float(bounds[i]), sign, None))
    return elastics


def _solve(model: Model, build: Build, elastics: list[_Elastic], options: Options) -> tuple[Relaxation, ...] | None:
    opening = model.sheet.opening
    ratios = np.array([e.denominator is not None for e in elastics], dtype=np.bool_)
    costs = np.array([_cost(model, elastic) for elastic in elastics])
    point, gives = Point.at(opening, opening), np.zeros(len(elastics))
    best: tuple[float, Float1D, Point] | None = None
    most = np.full(len(elastics), np.inf)
    for _ in range(ROUNDS):
        program = _elastic_program(model, build, elastics, costs, gives, point, most)
        answer = run(program, options)
        if program.is_mip and isinstance(answer, Answer):  # whole to the last bit, not to the solver's tolerance
            exact = run(fix_integers(program, answer.columns), options)
            answer = exact if isinstance(exact, Answer) else answer
        if isinstance(answer, NoAnswer):
            break
        point = Point.at(build.program.plan(answer.columns), opening)
        gives = np.maximum(answer.columns[build.program.n_columns :], 0.0)
        for j in np.flatnonzero(ratios):  # what the plan really needs
            reached = model.limits[elastics[j].member.index].left.value(point)
            gives[j] = max(elastics[j].sign * (elastics[j].bound - reached), 0.0)
        paid = float(costs @ gives)
        if best is not None and paid >= best[0] * (1.0 - 1e-9):
            if np.isfinite(most).all():
                break
            _, gives, point = best
            most = gives  # the tangent promised too much: from here on nothing may give more than it does
            continue
        best = paid, gives, point
        most = gives if np.isfinite(most).all() else most
        if not ratios.any():
            break
    if best is None:
        return None
    _, gives, point = best
    relaxations = []
    for elastic, give in zip(elastics, gives, strict=True):
        if give > 1e-9 * max(1.0, abs(elastic.bound)):
            needed = elastic.bound - elastic.sign * float(give)
            relaxations.append(Relaxation(elastic.member, elastic.bound, needed))
    return tuple(relaxations)


def _cost(model: Model, elastic: _Elastic) -> float:
    if elastic.member.kind == "limit":
        penalty = model.limits[elastic.member.index].penalty
        if penalty:
            return penalty
    return 1.0 / max(
        abs(elastic.bound), 1e-3 if elastic.denominator is not None else 1e-6 * model.sheet.total_assets, 1e-6
    )


def _elastic_program(
    model: Model,
    build: Build,
    elastics: list[_Elastic],
    costs: Float1D,
    gives: Float1D,
    point: Point,
    most: Float1D,
) -> Program:
    """Return the program of least relaxation: one column per elastic; a position bound becomes a row.

    ``gives`` and ``point`` are where the relaxations of ratios are linearised; nothing gives more than ``most``.
    """
    with_bounds = any(elastic.member.kind != "limit" for elastic in elastics)
    program = feasibility(build, MORE_LOTS if with_bounds else 0.0)
    n, extra, thresholds = program.n_columns, len(elastics), threshold_positions(program)
    stock = program.layout.block("stock").column
    additions: dict[int, list[tuple[int, float]]] = {}
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    lower, upper, values = program.lower.copy(), program.upper.copy(), program.value.copy()
    new_rows: list[tuple[list[tuple[int, float]], float, float]] = []
    for j, elastic in enumerate(elastics):
        member = elastic.member
        if member.kind == "limit":
            placed, size = build.limit_rows[member.index], 1.0
            added = additions.setdefault(placed.row, [])
            if elastic.denominator is not None:
                size = max(elastic.denominator.value(point), 1e-9)
                given = elastic.sign * float(gives[j])
                constant = -size
                if given and placed.denominator_form is not None:
                    vector, rest = dense(build, placed.denominator_form)
                    added += [(int(c), given * float(vector[c])) for c in np.flatnonzero(vector)]
                    constant += rest
                row_lower[placed.row] -= given * constant
                row_upper[placed.row] -= given * constant
            added.append((n + j, elastic.sign * size))
        else:
            entries = [(int(stock[member.index]), 1.0), (n + j, elastic.sign)]
            ends = (elastic.bound, np.inf) if member.kind == "min" else (-np.inf, elastic.bound)
            new_rows.append((entries, *ends))
            if member.kind == "min":
                lower[stock[member.index]] = 0.0
            else:
                upper[stock[member.index]] = np.inf
                if member.index in thresholds:
                    widen_threshold(program, member.index, values)
    index: list[np.ndarray] = []
    value: list[np.ndarray] = []
    for row in range(program.n_rows):
        own = program.entries(row)
        if row not in additions:
            index.append(program.index[own])
            value.append(values[own])
            continue
        full = np.zeros(n + extra)
        np.add.at(full, program.index[own], values[own])
        for column, coefficient in additions[row]:
            full[column] += coefficient
        nonzero = np.flatnonzero(full)
        index.append(nonzero.astype(np.int32))
        value.append(full[nonzero])
    for entries, _, _ in new_rows:
        index.append(np.array([c for c, _ in entries], dtype=np.int32))
        value.append(np.array([v for _, v in entries], dtype=np.float64))
    start = np.zeros(len(index) + 1, dtype=np.int32)
    np.cumsum([len(part) for part in index], out=start[1:])
    return attrs.evolve(
        program,
        layout=program.layout.with_auxiliary(extra),
        # of the size of an amount, so that the solver's absolute tolerances are small against it
        cost=np.concatenate([np.zeros(n), costs * max(1.0, model.sheet.total_assets)]),
        start=start,
        index=np.concatenate([*index, np.zeros(0, dtype=np.int32)]).astype(np.int32),
        value=np.concatenate([*value, np.zeros(0)]),
        row_lower=np.concatenate([row_lower, [low for _, low, _ in new_rows]]),
        row_upper=np.concatenate([row_upper, [high for _, _, high in new_rows]]),
        row_owner=program.row_owner + (program.row_owner[:1] or ()) * len(new_rows),
        lower=np.concatenate([lower, np.zeros(extra)]),
        upper=np.concatenate([upper, most]),
        integer=np.concatenate([program.integer, np.zeros(extra, dtype=np.bool_)]),
        money=np.concatenate([program.money, np.array([e.denominator is None for e in elastics], dtype=np.bool_)]),
    )
