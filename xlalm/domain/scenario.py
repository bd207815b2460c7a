"""Scenarios, and what each changes."""

from typing import Literal

import attrs

from xlalm.domain.behaviour import Quantile
from xlalm.domain.cells import Cell


@attrs.frozen
class Scenario:
    """What may happen: ``shock`` names one of interest rates, or is blank; ``probability`` is None where none is given.

    ``behaviour`` is the quantile of every parameter of behaviour that holds in it.
    """

    name: str
    kind: Literal["base", "shock", "stress", "stochastic"]
    probability: float | None
    shock: str
    behaviour: Quantile
    cell: Cell


@attrs.frozen
class Effect:
    """One change that a scenario makes: ``column``, or the balance, of the positions that ``condition`` keeps.

    ``condition`` is a filter of the formula language, not compiled yet; a blank one keeps every position.
    """

    scenario: str
    condition: str
    column: str
    operation: Literal["multiply", "add", "set"]
    value: float
    cell: Cell
