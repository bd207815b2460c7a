"""A named quantity: a row of ``Metrics`` or of the catalogue."""

import attrs

from xlalm.domain.cells import Cell


@attrs.frozen
class Metric:
    """What it is called, how it is computed, and where that comes from.

    ``cell`` holds its formula, ``name_cell`` its name; None for a measure of the catalogue.
    """

    name: str
    formula: str
    unit: str
    lens: str
    description: str
    source: str
    cell: Cell | None = None
    name_cell: Cell | None = None
