"""Turnover, concentration and any other measure; they stand last of the measures in every list."""

from xlalm.app.formulas.arguments import (
    MetricsTable,
    PlainRange,
    PositionsOrBalances,
    PositionsTable,
    SettingsTable,
)
from xlalm.app.formulas.compiled import measure, model_of, value_of
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import SideRanges


@formula("Measures")
def ALM_TURNOVER(positions: PositionsOrBalances, plan: Selection) -> float:
    """Turnover of a plan: the sum of all changes of balances, up and down.

    Parameters
    ----------
    positions
        opening balances
    plan
        Balances in the plan, one per position in the same order, such as Allocation[optimal].

    Returns
    -------
    Amount in the unit of the balances; off-balance positions do not count.

    Examples
    --------
    =ALM_TURNOVER(Positions[#All], Allocation[optimal])
    """
    return measure("turnover()", positions, {}, [SideRanges("asset", {"balance": positions})], plan=plan)


@formula("Measures")
def ALM_CONCENTRATION(positions: PositionsOrBalances, names: PlainRange = None) -> float:
    """Funding concentration: the largest single name over total liabilities.

    Parameters
    ----------
    positions
        balances of the liabilities
    names : optional
        Name behind each balance; blank is granular.

    Returns
    -------
    Decimal: 0.01 is 1 %.

    Examples
    --------
    =ALM_CONCENTRATION(Positions[#All])
    """
    sides = [SideRanges("liability", {"balance": positions, "counterparty": names})]
    return measure("funding_concentration", positions, {"names": names}, sides)


@formula("Measures")
def ALM_METRIC(
    formula: str,
    positions: PositionsTable,
    settings: SettingsTable = None,
    metrics: MetricsTable = None,
    plan: Selection | None = None,
) -> float:
    """Any measure of the catalogue, or any formula of the formula language, over a Positions table.

    Parameters
    ----------
    formula
        A measure such as "lcr", or a formula such as "sum(rate, class = ""loan"") / total_assets".
    plan : optional
        Balances to value it at, one per position in the same order; the opening balances if left out.

    Returns
    -------
    A number in the unit of the measure; ratios are decimals.

    Examples
    --------
    =ALM_METRIC("nii_12m", Positions[#All], Settings[#All], Metrics[#All])
    """
    tables = {"positions": positions, "settings": settings, "metrics": metrics}
    model = model_of({name: cells for name, cells in tables.items() if cells is not None})
    return value_of(model, formula, plan)
