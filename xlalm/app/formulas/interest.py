"""Gaps of duration and convexity."""

from collections.abc import Mapping
from typing import Annotated

from xlalm.app.formulas.arguments import PlainRange, PositionsOrBalances
from xlalm.app.formulas.compiled import measure
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import SideRanges

AssetBalances = Annotated[PositionsOrBalances, "the balances of the assets"]
LiabilityBalances = Annotated[PlainRange, "Balances of the liabilities, equity apart."]


@formula("Measures")
def ALM_DGAP(
    positions: AssetBalances,
    durations: PlainRange = None,
    liabilities: LiabilityBalances = None,
    liability_durations: PlainRange = None,
) -> float:
    """Duration gap: assets less liabilities, each at its modified duration, over total assets.

    Parameters
    ----------
    durations : optional
        Modified durations of the assets in years.
    liability_durations : optional
        Modified durations of the liabilities in years.

    Returns
    -------
    Years.

    Examples
    --------
    =ALM_DGAP(Positions[#All])
    """
    others = {"durations": durations, "liabilities": liabilities, "liability_durations": liability_durations}
    return _gap("duration", positions, others)


@formula("Measures")
def ALM_CGAP(
    positions: AssetBalances,
    convexities: PlainRange = None,
    liabilities: LiabilityBalances = None,
    liability_convexities: PlainRange = None,
) -> float:
    """Convexity gap: assets less liabilities, each at its convexity, over total assets.

    Parameters
    ----------
    convexities : optional
        Convexities of the assets in years squared.
    liability_convexities : optional
        Convexities of the liabilities in years squared.

    Returns
    -------
    Years squared.

    Examples
    --------
    =ALM_CGAP(Positions[#All])
    """
    others = {"convexities": convexities, "liabilities": liabilities, "liability_convexities": liability_convexities}
    return _gap("convexity", positions, others)


def _gap(key: str, positions: Selection, others: Mapping[str, Selection | None]) -> float:
    """Return a gap of ``key``; ``others`` are the assets' figures, the liabilities' balances and their figures."""
    assets, liabilities, funding = others.values()
    sides = [
        SideRanges("asset", {"balance": positions, key: assets}),
        SideRanges("liability", {"balance": liabilities, key: funding}),
    ]
    return measure(f"{key}_gap", positions, others, sides)
