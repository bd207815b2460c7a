"""Which column of a program is what: the only place that knows how a plan lies in the columns."""

from functools import cached_property
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.typing import Float1D, Int1D

Part = Literal["stock", "up", "down", "auxiliary"]


PARTS: tuple[Part, ...] = ("stock", "up", "down", "auxiliary")


Int32 = NDArray[np.int32]


@attrs.frozen(eq=False)
class Block:
    """The columns of one part of a plan in one period and scenario node.

    ``column`` (n_positions,) holds the column of every position, -1 where it has none.
    """

    part: Part
    period: int
    node: int
    column: Int1D

    @cached_property
    def positions(self) -> Int1D:
        """Positions that have a column, (k,), in the order of the sheet."""
        return np.flatnonzero(self.column >= 0)

    @cached_property
    def columns(self) -> Int1D:
        """Their columns, (k,)."""
        return self.column[self.positions]

    def of(self, values: Float1D) -> Float1D:
        """Return what stands in these columns, (k,), of values for all columns (n_columns,)."""
        return values[self.columns]

    def put(self, values: Float1D, amounts: Float1D) -> None:
        """Write the amounts of positions (n_positions,) into values for all columns (n_columns,)."""
        values[self.columns] = amounts[self.positions]


@attrs.frozen(eq=False)
class ColumnLayout:
    """What each column of a program is, by (position, part, period, scenario node); all (n_columns,) int32.

    ``part`` indexes PARTS; auxiliary columns have position -1. Period and node are 0 until a model has several.
    """

    position: Int32
    part: Int32
    period: Int32
    node: Int32

    @cached_property
    def n_positions(self) -> int:
        """Number of positions."""
        return int(self.position.max(initial=-1)) + 1

    def block(self, part: Part, period: int = 0, node: int = 0) -> Block:
        """Return the columns of one part of the plan."""
        found = self._blocks.get((part, period, node))
        return found or Block(part, period, node, np.full(self.n_positions, -1, dtype=np.int64))

    @cached_property
    def _blocks(self) -> dict[tuple[Part, int, int], Block]:
        keys = np.stack([self.part, self.period, self.node])[:, self.position >= 0]
        blocks: dict[tuple[Part, int, int], Block] = {}
        for part, period, node in np.unique(keys, axis=1).T.tolist():
            mine = (self.part == part) & (self.period == period) & (self.node == node) & (self.position >= 0)
            column = np.full(self.n_positions, -1, dtype=np.int64)
            column[self.position[mine]] = np.flatnonzero(mine)
            blocks[PARTS[part], period, node] = Block(PARTS[part], period, node, column)
        return blocks

    def plan(self, columns: Float1D, period: int = 0, node: int = 0) -> Float1D:
        """Return the balances (n_positions,) that columns (n_columns,) say."""
        return self.block("stock", period, node).of(columns)

    def with_auxiliary(self, count: int) -> "ColumnLayout":
        """Return the layout with more auxiliary columns at its end."""
        none, zero = np.full(count, -1, dtype=np.int32), np.zeros(count, dtype=np.int32)
        part = np.full(count, PARTS.index("auxiliary"), dtype=np.int32)
        return ColumnLayout(
            np.append(self.position, none),
            np.append(self.part, part),
            np.append(self.period, zero),
            np.append(self.node, zero),
        )
