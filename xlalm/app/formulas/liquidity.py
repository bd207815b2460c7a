"""Liquid assets, liquidity coverage and stable funding."""

from typing import Annotated

from xlalm.app.formulas.arguments import PlainRange, PositionsOrBalances
from xlalm.app.formulas.compiled import measure
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import SideRanges

LiquidBalances = Annotated[PositionsOrBalances, "balances of liquid assets"]
Levels = Annotated[PlainRange, "Level of each balance: 1, 2A or 2B."]
Haircuts = Annotated[PlainRange, "Haircut of each balance, such as 15%; 0 if left out."]


@formula("Measures")
def ALM_HQLA(positions: LiquidBalances, levels: Levels = None, haircuts: Haircuts = None) -> float:
    """Stock of high-quality liquid assets after haircuts, encumbrance and the caps of 40 % and 15 %.

    Returns
    -------
    Amount in the unit of the balances.

    Examples
    --------
    =ALM_HQLA(Positions[#All])
    """
    sides = [_liquid(positions, levels, haircuts)]
    return measure("hqla", positions, {"levels": levels, "haircuts": haircuts}, sides, optional=("haircuts",))


@formula("Measures")
def ALM_LCR(
    positions: LiquidBalances,
    levels: Levels = None,
    haircuts: Haircuts = None,
    outflows: PlainRange = None,
    outflow_rates: PlainRange = None,
    inflows: PlainRange = None,
    inflow_rates: PlainRange = None,
) -> float:
    """Liquidity coverage ratio: liquid assets over net outflows of 30 days, with all caps.

    Parameters
    ----------
    outflows : optional
        Balances that can run off, or outflows where outflow_rates is left out.
    outflow_rates : optional
        Run-off of each balance; 1 if left out.
    inflows : optional
        Balances that flow in; none if left out.
    inflow_rates : optional
        Inflow of each balance; 1 if left out.

    Returns
    -------
    Decimal: 1.1 is 110 %.

    Examples
    --------
    =ALM_LCR(Positions[#All])
    """
    sides = [
        _liquid(positions, levels, haircuts),
        SideRanges("liability", {"balance": outflows, "outflow_rate": outflow_rates or 1.0}),
    ]
    if inflows is not None:
        sides.append(SideRanges("asset", {"balance": inflows, "inflow_rate": inflow_rates or 1.0}))
    others = {
        "levels": levels,
        "haircuts": haircuts,
        "outflows": outflows,
        "outflow_rates": outflow_rates,
        "inflows": inflows,
        "inflow_rates": inflow_rates,
    }
    optional = ("haircuts", "outflow_rates", "inflow_rates") + (() if inflow_rates is not None else ("inflows",))
    return measure("lcr", positions, others, sides, optional=optional)


@formula("Measures")
def ALM_NSFR(
    positions: PositionsOrBalances,
    required_factors: PlainRange = None,
    funding: PlainRange = None,
    available_factors: PlainRange = None,
) -> float:
    """Net stable funding ratio: available over required stable funding.

    Parameters
    ----------
    positions
        balances of the assets
    required_factors : optional
        Required stable funding factor of each asset.
    funding : optional
        Balances of liabilities and equity.
    available_factors : optional
        Available stable funding factor of each of them.

    Returns
    -------
    Decimal: 1.05 is 105 %.

    Examples
    --------
    =ALM_NSFR(Positions[#All])
    """
    sides = [
        SideRanges("asset", {"balance": positions, "rsf": required_factors}),
        SideRanges("liability", {"balance": funding, "asf": available_factors}),
    ]
    others = {"required_factors": required_factors, "funding": funding, "available_factors": available_factors}
    return measure("nsfr", positions, others, sides)


def _liquid(positions: Selection, levels: Selection | None, haircuts: Selection | None) -> SideRanges:
    return SideRanges("asset", {"balance": positions, "hqla_level": levels, "hqla_haircut": haircuts or 0.0})
