"""Between which bounds the price of a limit holds."""

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
