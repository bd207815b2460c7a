"""Risk-weighted assets, capital ratios and leverage."""

from typing import Annotated

from xlalm.app.formulas.arguments import PlainRange, PositionsOrBalances, SettingsTable
from xlalm.app.formulas.compiled import measure
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.tables import SideRanges
from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.text import shown

OtherRwa = Annotated[
    float | None, "Risk-weighted assets for operational and market risk; those of settings if left out, 0 without."
]

_RATIOS = {"cet1": "cet1_ratio", "tier1": "tier1_ratio", "total": "total_capital_ratio"}


@formula("Measures")
def ALM_RWA(
    positions: PositionsOrBalances,
    risk_weights: PlainRange = None,
    other_rwa: OtherRwa = None,
    settings: SettingsTable = None,
) -> float:
    """Risk-weighted assets.

    Parameters
    ----------
    positions
        balances
    risk_weights : optional
        Risk weights, one per balance, such as 35%.

    Returns
    -------
    Amount in the unit of the balances.

    Examples
    --------
    =ALM_RWA(Positions[#All], , , Settings[#All])
    """
    sides = [SideRanges("asset", {"balance": positions, "risk_weight": risk_weights})]
    others = {"risk_weights": risk_weights}
    return measure("rwa", positions, others, sides, settings=_other(other_rwa), table=settings)


@formula("Measures")
def ALM_CAPITAL_RATIO(
    positions: PositionsOrBalances,
    kind: str = "CET1",
    risk_weights: PlainRange = None,
    capital: PlainRange = None,
    other_rwa: OtherRwa = None,
    settings: SettingsTable = None,
) -> float:
    """Capital ratio: capital over risk-weighted assets.

    Parameters
    ----------
    positions
        balances of the assets
    kind : optional
        CET1, Tier1 or Total; CET1 if left out. With plain ranges the ratio is that of the capital given.
    risk_weights : optional
        Risk weights of the assets, one per balance.
    capital : optional
        Capital, one or more amounts.

    Returns
    -------
    Decimal: 0.14 is 14 %.

    Examples
    --------
    =ALM_CAPITAL_RATIO(Positions[#All], "Tier1", , , , Settings[#All])
    """
    word = kind.strip().casefold().replace(" ", "").removesuffix("capital")
    if word not in _RATIOS:
        text = f'kind "{shown(kind)}" is not known{suggest(word, _RATIOS)}'
        cure = "enter CET1, Tier1 or Total"
        raise Refused(None, text, cure)
    sides = [
        SideRanges("asset", {"balance": positions, "risk_weight": risk_weights}),
        SideRanges("equity", {"balance": capital, "cet1": 1.0}),
    ]
    others = {"risk_weights": risk_weights, "capital": capital}
    return measure(_RATIOS[word], positions, others, sides, settings=_other(other_rwa), table=settings)


@formula("Measures")
def ALM_LEVERAGE(
    positions: PositionsOrBalances, exposure_factors: PlainRange = None, tier1: PlainRange = None
) -> float:
    """Leverage ratio: Tier 1 capital over the leverage exposure.

    Parameters
    ----------
    positions
        balances of the exposures
    exposure_factors : optional
        Leverage exposure per unit of each balance; 1 if left out.
    tier1 : optional
        Tier 1 capital, one or more amounts.

    Returns
    -------
    Decimal: 0.05 is 5 %.

    Examples
    --------
    =ALM_LEVERAGE(Positions[#All])
    """
    sides = [
        SideRanges("asset", {"balance": positions, "leverage_exposure": exposure_factors or 1.0}),
        SideRanges("equity", {"balance": tier1, "cet1": 1.0}),
    ]
    others = {"exposure_factors": exposure_factors, "tier1": tier1}
    return measure("leverage_ratio", positions, others, sides, optional=("exposure_factors",))


def _other(rwa: float | None) -> dict[str, float]:
    """Return the settings that risk-weighted assets given by hand stand for."""
    return {} if rwa is None else {"rwa_operational": rwa, "rwa_market": 0.0}
