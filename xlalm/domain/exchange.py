"""Exchange rates."""

from collections.abc import Mapping

import attrs


@attrs.frozen
class ExchangeRates:
    """Units of the ``reporting`` currency per unit of another, by its code in capitals."""

    reporting: str
    rates: Mapping[str, float]
