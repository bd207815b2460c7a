"""``VarBacktest``: value at risk estimated day by day from the history before it, held against what then happened."""

from collections.abc import Mapping
from typing import Any

from xlalm.domain.errors import Refused
from xlalm.domain.findings import Finding, warning
from xlalm.domain.result import ResultTable, result_table
from xlalm.domain.returns import Returns
from xlalm.domain.settings import Settings
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.reporting.words.value_at_risk import verdict
from xlalm.valuation.risk import backtest


def backtests(
    settings: Settings, history: Returns | None, method: str, confidence: float, portfolios: Mapping[str, Float1D]
) -> tuple[ResultTable, list[Finding]]:
    """Return ``VarBacktest`` at one day; empty, with a warning, where the history is too short for it.

    Every day's value at risk comes from the days before it alone, with today's amounts held throughout. Normal methods
    are tested with covariances of the window, historical simulation with its order statistic.

    Parameters
    ----------
    portfolios : signed amounts of every position, (n_positions,), by name.
    """
    if history is None:
        return result_table("VarBacktest", []), []
    window, empirical = int(settings.number("var_window")), method == "historical"
    zero_mean = settings.text("var_mean") == "zero"
    records: list[dict[str, Any]] = []
    for name, amounts in portfolios.items():
        losses = -(history.changes @ amounts[history.positions])
        try:
            estimates = backtest.rolling_value_at_risk(
                losses, window, confidence, empirical=empirical, zero_mean=zero_mean
            )
        except Refused as fault:
            cure = fault.cure.replace("shorten it", "shorten var_window").replace("lengthen it", "lengthen var_window")
            return result_table("VarBacktest", []), [warning(None, f"no backtest: {fault.text}", cure)]
        exceeded = losses[window:] > estimates
        records += [{"portfolio": name} | record for record in _tests(exceeded, confidence)]
    return result_table("VarBacktest", records), []


def _tests(exceeded: Bool1D, confidence: float) -> list[dict[str, Any]]:
    """Return one record per test."""
    days, count = len(exceeded), int(exceeded.sum())
    ratios = {
        "Kupiec frequency": backtest.kupiec(count, days, confidence),
        "Christoffersen independence": backtest.independence(exceeded),
        "Christoffersen conditional coverage": backtest.conditional_coverage(exceeded, confidence),
    }
    records: list[dict[str, Any]] = []
    for test, ratio in ratios.items():
        result = "rejected" if ratio.p_value < backtest.SIGNIFICANCE else "passed"
        records.append(
            {
                "test": test,
                "days": days,
                "exceptions": count,
                "expected": round(days * (1 - confidence), 9),
                "statistic": ratio.statistic,
                "degrees": ratio.degrees,
                "p_value": ratio.p_value,
                "result": result,
            }
        )
    recent = exceeded[-backtest.TRAFFIC_LIGHT_DAYS :]
    light = backtest.traffic_light(int(recent.sum()), len(recent), confidence)
    records.append(
        {
            "test": "Basel traffic light",
            "days": len(recent),
            "exceptions": int(recent.sum()),
            "expected": round(len(recent) * (1 - confidence), 9),
            "p_value": light.probability,
            "result": light.zone,
        }
    )
    return [record | {"verdict": verdict(record, confidence)} for record in records]
