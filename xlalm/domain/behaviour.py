"""How customers behave: estimates of a product's parameters, with their spread."""

from typing import Literal

import attrs

Parameter = Literal["beta", "decay", "repricing", "prepayment", "draw", "early_redemption", "core_share"]

Quantile = Literal["p25", "p50", "p75"]


@attrs.frozen
class Behaviour:
    """One parameter of a product: quartiles and median of its estimate, ascending."""

    product: str
    parameter: Parameter
    p25: float
    p50: float
    p75: float
    source: str
