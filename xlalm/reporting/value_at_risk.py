"""Value at risk as tables and sentences."""

from collections.abc import Sequence
from typing import Any

from xlalm.desks.market_risk import Market, NormalMarket, Portfolio, RiskQuestion
from xlalm.domain.result import ResultTable, result_table
from xlalm.domain.text import shown
from xlalm.model.model import Model
from xlalm.reporting.words.value_at_risk import backtest_sentence, change_sentence, contribution_sentences, meaning
from xlalm.reporting.words.wording import amount, listed


def risk_report(model: Model, market: Market, asked: RiskQuestion, portfolios: Sequence[Portfolio]) -> ResultTable:
    """Return ``VarReport``."""
    basis = market.basis
    if asked.method == "monte_carlo":
        basis += f"; {int(model.settings.number('var_draws')):,} draws, seed {int(model.settings.number('seed'))}"
    if isinstance(market, NormalMarket) and asked.days != 1:
        basis += f"; one day times √{asked.days:g}"
    records: list[dict[str, Any]] = []
    for portfolio in portfolios:
        risk, alone = portfolio.risk, float(portfolio.split.individual.sum())
        records.append(
            {
                "portfolio": portfolio.name,
                "method": asked.method,
                "confidence": asked.confidence,
                "days": asked.days,
                "value_at_risk": risk.value_at_risk,
                "expected_shortfall": risk.expected_shortfall,
                "volatility": portfolio.volatility,
                "undiversified": alone,
                "diversification": alone - risk.value_at_risk,
                "standard_error": risk.value_at_risk_error,
                "shortfall_error": risk.expected_shortfall_error,
                "scenarios": risk.scenarios or None,
                "history_days": market.history_days,
                "basis": basis,
                "meaning": meaning(portfolio.name, risk, asked.confidence, asked.days, model.settings.money),
            }
        )
    return result_table("VarReport", records)


def risk_components(model: Model, market: Market, portfolios: Sequence[Portfolio]) -> ResultTable:
    """Return ``VarComponents``."""
    opening, last = portfolios[0], portfolios[-1]
    plan = last if len(portfolios) > 1 else None
    total = last.risk.value_at_risk
    records = [
        {
            "position": model.sheet.names[i],
            "opening": float(opening.held[k]),
            "plan": float(plan.held[k]) if plan else None,
            "component_opening": float(opening.split.component[k]),
            "component_plan": float(plan.split.component[k]) if plan else None,
            "share": float(last.split.component[k]) / total if total else None,
            "individual": float(last.split.individual[k]),
            "marginal": float(last.split.marginal[k]),
            "incremental": float(last.split.incremental[k]),
            "shortfall": float(last.split.shortfall[k]),
        }
        for k, i in enumerate(market.positions)
    ]
    return result_table("VarComponents", records)


def risk_sentences(
    model: Model,
    market: Market,
    asked: RiskQuestion,
    portfolios: Sequence[Portfolio],
    tested: ResultTable,
    why_no_plan: str,
) -> list[str]:
    """Return what the risk of the portfolios says; ``why_no_plan`` is told where there is only the opening."""
    money, last = model.settings.money, portfolios[-1]
    sentences = [meaning(p.name, p.risk, asked.confidence, asked.days, money) for p in portfolios]
    if len(portfolios) > 1:
        sentences.append(change_sentence(portfolios[0].risk, last.risk, money))
    else:
        sentences.append(f"There is no plan to compare with: {why_no_plan}")
    names = [model.sheet.names[i] for i in market.positions]
    sentences += contribution_sentences(names, last.split.component, last.split.individual, last.risk, money)
    if last.risk.scenarios and isinstance(market, NormalMarket):
        sentences.append(
            f"Simulated from {last.risk.scenarios:,} draws: the value at risk is known to "
            f"± {amount(2 * last.risk.value_at_risk_error, money)} (two standard errors)."
        )
    riskless = _riskless(model, market, last)
    if riskless:
        names_of_them = listed(riskless, 5, "others", last=", ")
        sentences.append(f"Without market data, and so without risk here: {names_of_them}.")
    rows = [record for record in tested.records() if record["portfolio"] == last.name]
    return [*sentences, *([backtest_sentence(rows, asked.confidence)] if rows else [])]


def _riskless(model: Model, market: Market, portfolio: Portfolio) -> list[str]:
    known = set(market.positions.tolist())
    return [
        shown(name)
        for i, name in enumerate(model.sheet.names)
        if i not in known and model.sheet.side[i] != "equity" and portfolio.amounts[i]
    ]
