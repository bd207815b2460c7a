"""The book as a portfolio: what is known of its market, and its risk."""

import attrs
import numpy as np

from xlalm.domain.findings import Finding, error, warning
from xlalm.domain.returns import Returns
from xlalm.domain.typing import Float1D, Int1D
from xlalm.model.model import Model
from xlalm.valuation.risk import value_at_risk
from xlalm.valuation.risk.value_at_risk import Contributions, Float2D, Risk

ONE_YEAR = 250
"""Days of history below which a warning says so: supervisors ask for at least one year."""


@attrs.frozen
class RiskQuestion:
    """What the user asked for."""

    confidence: float
    days: float
    method: str


@attrs.frozen(eq=False)
class _Known:
    """What is known of any market: ``positions`` are numbers of the sheet's rows, (k,)."""

    positions: Int1D
    history_days: int | None
    basis: str


@attrs.frozen(eq=False)
class NormalMarket(_Known):
    """A market of normal returns: ``covariance`` (k, k) per day."""

    covariance: Float2D


@attrs.frozen(eq=False)
class HistoricalMarket(_Known):
    """A market that repeats its past: ``changes`` (n_scenarios, k) over the holding period."""

    changes: Float2D


Market = NormalMarket | HistoricalMarket


@attrs.frozen(eq=False)
class Portfolio:
    """Signed balances of every position, and their risk; ``held`` are the balances that ``Market`` knows of."""

    name: str
    amounts: Float1D
    held: Float1D
    risk: Risk
    split: Contributions
    volatility: float


def market_of(model: Model, history: Returns | None, asked: RiskQuestion) -> tuple[Market | None, list[Finding]]:
    """Return what a book knows of its market, None where that is not enough, and findings."""
    given = model.compiler.scope.covariance
    if asked.method == "historical":
        if history is None:
            text = "method historical needs a table Returns with a history of changes"
            return None, [error(None, text, "add one, its columns headed date and by position, or use covariance")]
        return _historical_market(model, history, asked)
    if given is not None:
        return NormalMarket(given.positions, None, "table Covariances", given.matrix), []
    if history is None:
        text = "neither a table Returns nor a table Covariances of the book holds data"
        return None, [error(None, text, "fill one of them, whose columns the Guide sheet explains")]
    zero_mean = model.settings.text("var_mean") == "zero"
    covariance = value_at_risk.sample_covariance(history.changes, zero_mean=zero_mean)
    count = len(history.changes)
    about = "zero" if zero_mean else "their mean"
    basis = f"covariances of {count:,} days of table Returns about {about}"
    findings = _short(count)
    if count <= len(history.positions):
        text = f"{count} days cannot tell {len(history.positions)} positions apart: some mixes of them look riskless"
        findings.append(warning(None, text, "add history to Returns, or give Covariances"))
    return NormalMarket(history.positions, count, basis, covariance), findings


def _historical_market(model: Model, history: Returns, asked: RiskQuestion) -> tuple[Market, list[Finding]]:
    overlapping = model.settings.text("var_horizon") == "overlapping"
    changes = value_at_risk.scenario_changes(history.changes, asked.days, overlapping=overlapping)
    count = len(history.changes)
    basis = f"{count:,} days of table Returns"
    if asked.days != 1:
        windows = f"{len(changes):,} overlapping windows of {asked.days:g} days"
        basis += f", {windows}" if overlapping else f", each day times √{asked.days:g}"
    return HistoricalMarket(history.positions, count, basis, changes), _short(count)


def _short(count: int) -> list[Finding]:
    if count >= ONE_YEAR:
        return []
    text = f"table Returns holds {count} usable days, less than a year"
    return [warning(None, text, "add history: supervisors ask for at least one year")]


def portfolio_risk(model: Model, market: Market, asked: RiskQuestion, name: str, stock: Float1D) -> Portfolio:
    """Return the risk of balances: (n_positions,) amounts, in the book's unit."""
    amounts = model.sheet.sign * stock
    held = amounts[market.positions]
    if isinstance(market, HistoricalMarket):
        risk = value_at_risk.historical_risk(held, market.changes, asked.confidence)
        split = value_at_risk.historical_contributions(held, market.changes, asked.confidence)
        return Portfolio(name, amounts, held, risk, split, float((market.changes @ held).std(ddof=1)))
    if asked.method == "monte_carlo":
        seed, draws = int(model.settings.number("seed")), int(model.settings.number("var_draws"))
        risk = value_at_risk.monte_carlo_risk(
            held, market.covariance, asked.confidence, asked.days, seed=seed, draws=draws
        )
    else:
        risk = value_at_risk.covariance_risk(held, market.covariance, asked.confidence, asked.days)
    split = value_at_risk.normal_contributions(held, market.covariance, risk)
    volatility = value_at_risk.volatility(held, market.covariance) * np.sqrt(asked.days)
    return Portfolio(name, amounts, held, risk, split, float(volatility))
