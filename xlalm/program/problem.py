"""What a program is made of: balances, limits, one objective; no book, no goals, no settings."""

from functools import cached_property

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.errors import Refused
from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Affine, Expression, Point, add, scale
from xlalm.model.model import Goal, Limit, Model
from xlalm.program.program import Owner

SOME = 1e-3
"""Share of the opening's assets that a plan has to keep where it is asked whether one can keep any."""


@attrs.frozen(eq=False)
class Objective:
    """What is optimised; ``owner`` says where it was written."""

    expression: Expression
    maximise: bool
    owner: Owner


@attrs.frozen(eq=False)
class Problem:
    """Balances, limits and an objective.

    ``identity``: assets = liabilities + equity holds in every plan, where the book has two sides. ``least_assets``:
    what every plan has to hold; 0 asks for nothing.
    """

    sheet: BalanceSheet
    limits: tuple[Limit, ...]
    objective: Objective
    identity: bool = True
    least_assets: float = 0.0

    @cached_property
    def opening(self) -> Point:
        """The balances as they are."""
        return Point.at(self.sheet.opening, self.sheet.opening)

    @property
    def enforced(self) -> list[tuple[int, Limit]]:
        """Limits that are not only watched, with their numbers."""
        return [(k, limit) for k, limit in enumerate(self.limits) if limit.active]

    @property
    def has_soft_limits(self) -> bool:
        """Whether a limit may be broken at a price."""
        return any(not limit.hard for _, limit in self.enforced)

    def keeping_assets(self) -> "Problem":
        """Return the problem whose plans keep some of the opening's assets, as far as their max allows."""
        most = float(self.sheet.upper[self.sheet.on_side("asset")].sum())
        return attrs.evolve(self, least_assets=min(SOME * self.sheet.total_assets, 0.5 * most))

    def point(self, plan: Float1D) -> Point:
        """Return the point of balances (n_positions,)."""
        return Point.at(plan, self.sheet.opening)


def problem_of(model: Model) -> Problem:
    """Return the problem of a book: its one goal, or its goals added by weight.

    Raises
    ------
    Refused
        The book pursues no goal.
    """
    goals = model.active_goals
    if not goals:
        raise Refused(None, "no goal is active", "set active to yes for one goal")
    if model.settings.method.form == "one goal":
        objective = Objective(goals[0].expression, goals[0].row.direction == "max", owner_of(goals))
    else:
        objective = weighted_sum(goals, [goal.row.weight for goal in goals])
    return Problem(model.sheet, model.limits, objective, model.settings.flag("balance_identity"))


def weighted_sum(goals: tuple[Goal, ...], weights: list[float]) -> Objective:
    """Return the weighted sum of goals, each turned so that more is better."""
    total: Expression = Affine()
    for goal, weight in zip(goals, weights, strict=True):
        total = add(total, scale(goal.expression, weight * goal.row.sign))
    return Objective(total, True, owner_of(goals))


def owner_of(goals: tuple[Goal, ...]) -> Owner:
    """Return goals together as the owner of an objective; the cell is the first one's."""
    first = goals[0].row
    return Owner("goal", first.row, " and ".join(goal.row.name for goal in goals), first.cell)
