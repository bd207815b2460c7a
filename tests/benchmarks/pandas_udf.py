"""The formula that a person would write with xlwings and pandas: what ``ALM_METRIC`` is measured against."""

from typing import Any

import pandas as pd
import xlwings as xw


@xw.func
@xw.arg("table", pd.DataFrame, index=False, header=True)
def carry(table: Any, caller: Any) -> float:
    """Rate times duration of the assets over total assets; no cell is checked."""
    assets = table[table["side"].str.strip().str.casefold() == "asset"]
    return float((assets["balance"] * assets["rate"] * assets["duration"]).sum() / assets["balance"].sum())
