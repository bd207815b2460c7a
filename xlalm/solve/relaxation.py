"""The cheapest way to make an infeasible book feasible: how far each limit or bound has to give."""

import attrs
import numpy as np

from xlalm.measures.expression import Expression, Point
from xlalm.program.build import Build
from xlalm.program.model import Model
from xlalm.program.program import Program
from xlalm.solve.conflicts import Member
from xlalm.solve.highs import Options, run

ROUNDS = 8
"""Rounds in which the denominators of ratio limits are brought up to date."""


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
    A ratio's relaxation is linear only at a fixed denominator; denominators are brought up to date until they settle,
    so for ratios the answer is a fixed point of that iteration.
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
        row = model.limits[k].row
        if not row.hard:
            continue
        member = Member("limit", k, row.name, row.cell)
        bound = model.limits[k].right.value(opening)
        signs = {">=": (1.0,), "<=": (-1.0,), "=": (1.0, -1.0)}[row.sense]
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
    point = Point.at(opening, opening)
    gives = np.zeros(len(elastics))
    for _ in range(ROUNDS):
        sizes = np.array([e.denominator.value(point) if e.denominator is not None else 1.0 for e in elastics])
        program = _elastic_program(model, build, elastics, np.where(sizes > 0, sizes, 1.0))
        answer = run(program, options)
        if answer.columns is None:
            return None
        previous, gives = gives, answer.columns[build.program.n_columns :]
        point = Point.at(answer.columns[: len(opening)], opening)
        if np.allclose(gives, previous, rtol=1e-9, atol=1e-12):
            break
    relaxations = []
    for elastic, give in zip(elastics, gives, strict=True):
        if give > 1e-9 * max(1.0, abs(elastic.bound)):
            needed = elastic.bound - elastic.sign * float(give)
            if elastic.denominator is not None:  # the ratio the plan reaches is what the bound has to be
                needed = model.limits[elastic.member.index].left.value(point)
            relaxations.append(Relaxation(elastic.member, elastic.bound, needed))
    return tuple(relaxations)


def _cost(model: Model, elastic: _Elastic) -> float:
    if elastic.member.kind == "limit":
        penalty = model.limits[elastic.member.index].row.penalty
        if penalty:
            return penalty
    return 1.0 / max(
        abs(elastic.bound), 1e-3 if elastic.denominator is not None else 1e-6 * model.sheet.total_assets, 1e-6
    )


def _elastic_program(model: Model, build: Build, elastics: list[_Elastic], sizes: np.ndarray) -> Program:
    """Return the program of least relaxation: one column per elastic; a position bound becomes a row."""
    program = build.program
    n, extra = program.n_columns, len(elastics)
    additions: dict[int, list[tuple[int, float]]] = {}
    lower, upper = program.lower.copy(), program.upper.copy()
    new_rows: list[tuple[list[tuple[int, float]], float, float]] = []
    for j, (elastic, size) in enumerate(zip(elastics, sizes, strict=True)):
        member = elastic.member
        if member.kind == "limit":
            additions.setdefault(build.limit_rows[member.index].row, []).append((n + j, elastic.sign * float(size)))
        else:
            entries = [(member.index, 1.0), (n + j, elastic.sign)]
            ends = (elastic.bound, np.inf) if member.kind == "min" else (-np.inf, elastic.bound)
            new_rows.append((entries, *ends))
            if member.kind == "min":
                lower[member.index] = 0.0
            else:
                upper[member.index] = np.inf
    index: list[np.ndarray] = []
    value: list[np.ndarray] = []
    for row in range(program.n_rows):
        own = slice(int(program.start[row]), int(program.start[row + 1]))
        more = additions.get(row, [])
        index.append(np.concatenate([program.index[own], np.array([c for c, _ in more], dtype=np.int32)]))
        value.append(np.concatenate([program.value[own], np.array([v for _, v in more], dtype=np.float64)]))
    for entries, _, _ in new_rows:
        index.append(np.array([c for c, _ in entries], dtype=np.int32))
        value.append(np.array([v for _, v in entries], dtype=np.float64))
    start = np.zeros(len(index) + 1, dtype=np.int32)
    np.cumsum([len(part) for part in index], out=start[1:])
    cost = np.concatenate([np.zeros(n), [_cost(model, elastic) for elastic in elastics]])
    return attrs.evolve(
        program,
        maximise=False,
        cost=cost,
        offset=0.0,
        start=start,
        index=np.concatenate([*index, np.zeros(0, dtype=np.int32)]).astype(np.int32),
        value=np.concatenate([*value, np.zeros(0)]),
        row_lower=np.concatenate([program.row_lower, [low for _, low, _ in new_rows]]),
        row_upper=np.concatenate([program.row_upper, [high for _, _, high in new_rows]]),
        row_owner=program.row_owner + (program.row_owner[:1] or ()) * len(new_rows),
        lower=np.concatenate([lower, np.zeros(extra)]),
        upper=np.concatenate([upper, np.full(extra, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(extra, dtype=np.bool_)]),
        money=np.concatenate([program.money, [e.denominator is None for e in elastics]]),
        hessian=None,
        hessian_columns=None,
    )
