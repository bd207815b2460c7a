"""The compiled book: limits and goals with both sides as expressions."""

from collections.abc import Mapping

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.limits import GoalRow, LimitRow
from xlalm.domain.metric import Metric
from xlalm.domain.settings import Settings
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler


@attrs.frozen(eq=False)
class Limit:
    """A limit with both sides compiled."""

    row: LimitRow
    left: Expression
    right: Expression
    unit: str
    lens: str


@attrs.frozen(eq=False)
class Goal:
    """A goal with its formula compiled."""

    row: GoalRow
    expression: Expression
    unit: str


@attrs.frozen(eq=False)
class Model:
    """Everything a solve needs; ``metrics`` are the book's own and the catalogue's, compiled, by name."""

    sheet: BalanceSheet
    settings: Settings
    limits: tuple[Limit, ...]
    goals: tuple[Goal, ...]
    metrics: Mapping[str, tuple[Metric, Expression]]
    compiler: Compiler

    @property
    def active_goals(self) -> tuple[Goal, ...]:
        """Goals that are pursued."""
        return tuple(goal for goal in self.goals if goal.row.active)

    @property
    def has_soft_limits(self) -> bool:
        """Whether a limit may be broken at a price."""
        return any(limit.row.active and not limit.row.hard for limit in self.limits)
