"""What a plan is and does, gathered once: the dashboard's tables and the explanation only arrange it."""

import attrs

from xlalm.domain.typing import Float1D
from xlalm.model.standing import Standing


@attrs.frozen
class DearBound:
    """The position bound whose widening is worth most at the margin; ``end`` is ``maximum`` or ``minimum``."""

    position: str
    end: str
    worth: float


@attrs.frozen
class GoalFacts:
    """One of several goals at opening and in the plan; ``membership`` is 0 at its worst and 1 at its best."""

    name: str
    unit: str
    before: float
    after: float
    membership: float


@attrs.frozen
class Reached:
    """What a method of several goals reached; ``objective`` is the method's own, ``notes`` are sentences."""

    method: str
    objective: float
    goals: tuple[GoalFacts, ...]
    notes: tuple[str, ...]


@attrs.frozen(eq=False)
class PlanFacts:
    """A plan beside the opening; arrays have shape (n_positions,), amounts are in the book's unit ``money``.

    ``before`` and ``after`` are the goal's values. ``proof`` says of a nonlinear plan whether it is proven best or the
    best of several local optima. ``reached`` is None where the plan is that of one program. ``closed``: the plan holds
    none of the assets that the opening has. ``maximise`` says whether more of its goal is better.
    """

    goal: str
    unit: str
    before: float
    after: float
    names: tuple[str, ...]
    opening: Float1D
    plan: Float1D
    turnover: float
    total_assets: float
    money: str
    limits: tuple[Standing, ...]
    dear_bound: DearBound | None
    penalty: float
    conditional: bool
    proven: bool
    proof: str = ""
    reached: Reached | None = None
    closed: bool = False
    maximise: bool = True

    @property
    def change(self) -> Float1D:
        """What every balance moves by."""
        return self.plan - self.opening
