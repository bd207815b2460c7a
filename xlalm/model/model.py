"""The compiled book: limits and goals with both sides as expressions."""

from collections.abc import Mapping

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.cells import Cell
from xlalm.domain.limits import GoalRow, LimitRow, Sense
from xlalm.domain.metric import Metric
from xlalm.domain.settings import Settings
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler


@attrs.frozen(eq=False)
class Limit:
    """A limit with both sides compiled.

    ``hard``: no plan may break it; a soft one costs ``penalty`` goal units per 1.00 of shortfall. A limit that is not
    ``active`` is watched only. ``step`` is that of its price ladder, None for the default. ``row`` is where it came
    from; None for one that no book holds.
    """

    name: str
    left: Expression
    sense: Sense
    right: Expression
    hard: bool = True
    penalty: float | None = None
    active: bool = True
    unit: str = ""
    lens: str = "other"
    early_warning: float | None = None
    step: float | None = None
    cell: Cell | None = None
    row: LimitRow | None = None

    @property
    def measure(self) -> str:
        """What is limited, as it is written; the limit's name where it is written nowhere."""
        return self.name if self.row is None else self.row.left

    @property
    def role(self) -> str:
        """Regulatory minimum, management buffer or policy rule; blank where nobody says."""
        return "" if self.row is None else self.row.role

    @property
    def responsible(self) -> str:
        """Who answers for it."""
        return "" if self.row is None else self.row.owner

    @property
    def sentence(self) -> str:
        """The policy in words; blank where nobody says."""
        return "" if self.row is None else self.row.text

    @property
    def source(self) -> str:
        """Rule or policy it comes from; blank where nobody says."""
        return "" if self.row is None else self.row.source


@attrs.frozen(eq=False)
class Goal:
    """A goal with its formula compiled."""

    row: GoalRow
    expression: Expression
    unit: str


@attrs.frozen(eq=False)
class Model:
    """Everything a book says; ``metrics`` are the book's own and the catalogue's, compiled, by name."""

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
