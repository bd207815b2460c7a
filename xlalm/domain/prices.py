"""Between which bounds the price of a limit holds, and what moving its bound by steps does to the goal."""

import attrs


@attrs.frozen
class PriceRange:
    """Where the price of one limit holds, in the limit's own unit; None is without end.

    ``below`` and ``above`` are the prices just below and above the written bound; they differ at a degenerate
    optimum. ``price_at_from`` and ``price_at_to`` are the prices at the two ends. None: no plan on that side, or
    only one that grows and shrinks a position at once.
    """

    valid_from: float | None
    valid_to: float | None
    price_at_from: float | None
    price_at_to: float | None
    below: float | None
    above: float | None
    next_limit: str


@attrs.frozen
class Ladder:
    """What moving the bound of one limit does to the goal less penalties, found by solving again.

    All are amounts of the goal and >= 0: ``looser`` what it gains one and two steps away from the plan, ``tighter``
    what it loses one and two steps towards it, ``worth`` what a whole unit of relaxing gains. None where there is no
    plan or nothing was solved; ``note`` says which. ``step`` is in the limit's own unit.
    """

    step: float
    looser: tuple[float | None, float | None] = (None, None)
    tighter: tuple[float | None, float | None] = (None, None)
    worth: float | None = None
    note: str = ""
