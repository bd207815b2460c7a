"""A formula that the product does not have, declared as every other one; ``tests.udfs.excel`` can call it."""

from udfs.xlalm_udfs import excel_functions
from xlalm.app.formulas.arguments import PositionsTable
from xlalm.app.formulas.compiled import model_of, value_of
from xlalm.app.formulas.declared import FORMULAS, formula


@formula("Help")
def ALM_TIMES_ASSETS(factor: float, positions: PositionsTable, divisor: float = 2.0) -> float:
    """Total assets times a factor.

    Parameters
    ----------
    factor
        Any number.
    divisor : optional
        What it is divided by; 2 if left out.

    Returns
    -------
    Amount in the unit of the balances.

    Examples
    --------
    =ALM_TIMES_ASSETS(3, Positions[#All])
    """
    return factor * value_of(model_of({"positions": positions}), "total_assets", None) / divisor


DECLARED = FORMULAS.pop("ALM_TIMES_ASSETS")  # other tests go through all formulas of the product
globals().update(excel_functions({DECLARED.name: DECLARED}))
