"""What a plan must meet, by cell: limits, the identity, lots, thresholds and position bounds."""

from collections.abc import Mapping
from typing import Literal, get_args

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.cells import Cell
from xlalm.program.build import Build
from xlalm.program.problem import Problem

Structural = Literal["identity", "lot", "threshold"]
Kind = Literal["limit", "identity", "lot", "threshold", "min", "max"]
Key = tuple[str, int]


@attrs.frozen
class Member:
    """A limit, a position bound or the identity; ``index`` counts limits or positions."""

    kind: Kind
    index: int
    name: str
    cell: Cell | None

    @property
    def key(self) -> Key:
        """What tells members apart."""
        return self.kind, self.index


def members_of(problem: Problem, build: Build) -> list[Member]:
    """Return everything a person wrote that a plan must meet, limits first."""
    members = [
        Member("limit", k, problem.limits[k].name, problem.limits[k].cell)
        for k in build.limit_rows
        if problem.limits[k].hard
    ]
    structural: dict[Key, Member] = {}
    kinds: tuple[Structural, ...] = get_args(Structural)
    for owner in build.program.row_owner:
        for kind in kinds:
            if owner.kind == kind:
                structural.setdefault((kind, owner.index), Member(kind, owner.index, owner.name, owner.cell))
    members += structural.values()
    sheet = problem.sheet
    for i in range(len(sheet)):
        ends: tuple[tuple[Literal["min", "max"], float], ...] = ("min", sheet.lower[i]), ("max", sheet.upper[i])
        members += [bound_of(sheet, kind, i) for kind, bound in ends if np.isfinite(bound)]
    return members


def bound_of(sheet: BalanceSheet, kind: Literal["min", "max"], position: int) -> Member:
    """Return a position's min or max as a member."""
    return Member(kind, position, sheet.names[position], sheet.table.raw.cell(position, kind))


def rows_by_member(build: Build) -> Mapping[Key, list[int]]:
    """Return the rows of limits, identity, lots and thresholds."""
    rows: dict[Key, list[int]] = {
        ("limit", k): [row.row for row in placed.rows] for k, placed in build.limit_rows.items()
    }
    for row, owner in enumerate(build.program.row_owner):
        if owner.kind in get_args(Structural):
            rows.setdefault((owner.kind, owner.index), []).append(row)
    return rows


def lot_columns(build: Build) -> dict[int, int]:
    """Return the column that counts lots, by position."""
    program, counts = build.program, {}
    for row, owner in enumerate(program.row_owner):
        if owner.kind == "lot":
            index = program.index[program.entries(row)]
            counts[owner.index] = int(index[program.layout.position[index] < 0][0])
    return counts
