"""The verb ``var``: value at risk of the opening book and of the optimal plan, who contributes to it, and backtests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from xlalm.app.run import analysis
from xlalm.app.run.analysis import Number, answered, number, run_table
from xlalm.app.run.book import Book, Source, open_book
from xlalm.app.run.solve import Clock, Run, model_of, solved
from xlalm.domain.cells import Cell
from xlalm.domain.errors import XlalmError
from xlalm.domain.findings import Finding, error, has_errors, suggest, warning
from xlalm.domain.result import Result, ResultTable, result_table
from xlalm.domain.settings import VAR_METHODS, Settings
from xlalm.domain.table import normalise_header
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D, Int1D, Progress, Stop, never_stop, no_progress
from xlalm.model.build import Model
from xlalm.reporting.backtest import backtests
from xlalm.reporting.solved import checked_result
from xlalm.reporting.words.value_at_risk import backtest_sentence, change_sentence, contribution_sentences, meaning
from xlalm.reporting.words.wording import amount
from xlalm.tables.returns import Returns, read_returns
from xlalm.valuation.risk import value_at_risk
from xlalm.valuation.risk.value_at_risk import Contributions, Float2D, Risk

VERB = "value at risk"
OPENING, PLAN = "opening", "optimal plan"

MOST_DRAWS = 10_000_000
"""Simulated losses: more take memory and time, and tell nothing more."""

ONE_YEAR = 250
"""Days of history below which a warning says so: supervisors ask for at least one year."""


@attrs.frozen
class Asked:
    """What the user asked for."""

    confidence: float
    days: float
    method: str


@attrs.frozen(eq=False)
class Market:
    """What is known of the market: covariances (k, k) per day or changes over the holding period (n_scenarios, k).

    ``positions`` are numbers of the sheet's rows, (k,).
    """

    positions: Int1D
    covariance: Float2D | None
    changes: Float2D | None
    history_days: int | None
    basis: str


@attrs.frozen(eq=False)
class Portfolio:
    """Signed balances of every position, and their risk; ``held`` are the balances that ``Market`` knows of."""

    name: str
    amounts: Float1D
    held: Float1D
    risk: Risk
    split: Contributions
    volatility: float


def var(
    book: Source,
    *,
    confidence: Number = None,
    days: Number = None,
    method: str | None = None,
    out: Path | None = None,
    write: bool = True,
    progress: Progress = no_progress,
    stop: Stop = never_stop,
) -> Result:
    """Say what the book may lose, at opening and, where it solves, in its optimal plan; backtest it on its history.

    Parameters
    ----------
    book : path, or tables in memory, with a table ``Returns`` or ``Covariances``. Where both are there, covariance and
        Monte Carlo use ``Covariances``; historical simulation and backtests always use ``Returns``.
    confidence : such as 0.99 or "99%"; by default ``var_confidence`` of Settings.
    days : holding period; by default ``var_days``.
    method : covariance, monte_carlo or historical; by default ``var_method``.
    out : workbook to write; by default the book itself, after a backup. ``write`` False writes none.

    Raises
    ------
    XlalmError
        The book cannot be read or written, or the figures asked for make no value at risk; faults in the tables are
        findings instead.
    """
    progress(0, 5, "reading the book")
    opened = open_book(book)
    model, findings = model_of(opened)
    if model is None:
        return checked_result(None, findings)
    asked = _asked(opened, model.settings, confidence, days, method)
    history, found = read_returns(opened.tables.get("Returns"), model.sheet)
    findings += found
    if has_errors(found):
        return checked_result(None, findings)
    try:
        market, found = _market(model, history, asked)
    except XlalmError as fault:
        raise _of_history(opened, fault) from None
    findings += found
    if market is None:
        return checked_result(None, findings)
    run = solved(opened, Clock(), progress, stop)
    progress(4, 5, "measuring risk")
    try:
        portfolios = [_portfolio(model, market, asked, name, stock) for name, stock in _stocks(model, run)]
    except XlalmError as fault:
        raise _of_history(opened, fault) from None
    tested, found = backtests(
        model.settings, history, asked.method, asked.confidence, {p.name: p.amounts for p in portfolios}
    )
    findings += found
    sentences = _sentences(model, market, asked, portfolios, tested, run)
    planned = len(portfolios) > 1
    complete = "complete" if tested.rows else "no backtest"
    tables = [
        run_table("VarRun", VERB, complete, " ".join(sentences)),
        _report(model, market, asked, portfolios),
        _components(model, market, portfolios),
        tested,
    ]
    return answered(
        opened,
        "var",
        run.result.status if planned else "checked",
        tables,
        sentences,
        (out or opened.path) if write else None,
        analysis.Asked({"confidence": confidence, "days": days, "method": method}, model.settings.values),
        sheet=VERB.capitalize(),
        findings=tuple(findings),
        method=asked.method,
        objective=run.result.objective if planned else None,
    )


# --- what is asked, and of what market -------------------------------------------------------------------


def _asked(opened: Book, settings: Settings, confidence: Number, days: Number, method: str | None) -> Asked:
    """Return the arguments, from Settings where they are not given; raises XlalmError."""
    method = method or settings.text("var_method")
    if method not in VAR_METHODS:
        message = (
            f'there is no method "{method}"{suggest(method, VAR_METHODS)}; choose one of {", ".join(VAR_METHODS)}.'
        )
        raise XlalmError(message)
    values = []
    for name, typed, check in (
        ("confidence", confidence, value_at_risk.check_confidence),
        ("days", days, value_at_risk.check_days),
    ):
        given = number(typed, name, "0.99 or 99%" if name == "confidence" else "10")
        value = settings.number(f"var_{name}") if given is None else given
        try:
            check(value)
        except XlalmError as fault:
            cell = _setting_cell(opened, f"var_{name}") if given is None else None
            message = f"{cell}: {fault}" if cell else str(fault)
            raise XlalmError(message) from None
        values.append(value)
    draws = settings.number("var_draws")
    if draws > MOST_DRAWS:
        message = f"{_setting_cell(opened, 'var_draws')}: var_draws is {draws:,.0f}; enter at most {MOST_DRAWS:,}."
        raise XlalmError(message)
    return Asked(values[0], values[1], method)


def _of_history(opened: Book, fault: XlalmError) -> XlalmError:
    """Return a fault about a history too short for what is asked, with the table's cell."""
    table = opened.tables.get("Returns")
    return XlalmError(f"{table.header_cell()}: {fault}") if table is not None else fault


def _setting_cell(opened: Book, name: str) -> Cell | None:
    table = opened.tables.get("Settings")
    if table is None:
        return None
    rows = [normalise_header(str(key)) for key in table.columns["setting"]]
    return table.cell(rows.index(name), "value") if name in rows else None


def _market(model: Model, history: Returns | None, asked: Asked) -> tuple[Market | None, list[Finding]]:
    given = model.compiler.scope.covariance
    if asked.method == "historical":
        if history is None:
            text = "method historical needs a table Returns with a history of changes"
            return None, [error(None, text, "add one, its columns headed date and by position, or use covariance")]
        return _historical_market(model, history, asked)
    if given is not None:
        return Market(given.positions, given.matrix, None, None, "table Covariances"), []
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
    return Market(history.positions, covariance, None, count, basis), findings


def _historical_market(model: Model, history: Returns, asked: Asked) -> tuple[Market, list[Finding]]:
    overlapping = model.settings.text("var_horizon") == "overlapping"
    changes = value_at_risk.scenario_changes(history.changes, asked.days, overlapping=overlapping)
    count = len(history.changes)
    basis = f"{count:,} days of table Returns"
    if asked.days != 1:
        windows = f"{len(changes):,} overlapping windows of {asked.days:g} days"
        basis += f", {windows}" if overlapping else f", each day times √{asked.days:g}"
    return Market(history.positions, None, changes, count, basis), _short(count)


def _short(count: int) -> list[Finding]:
    if count >= ONE_YEAR:
        return []
    text = f"table Returns holds {count} usable days, less than a year"
    return [warning(None, text, "add history: supervisors ask for at least one year")]


# --- risk of a portfolio -----------------------------------------------------------------------------------


def _stocks(model: Model, run: Run) -> list[tuple[str, Float1D]]:
    stocks = [(OPENING, model.sheet.opening)]
    if run.solution is not None and run.solution.has_plan and run.solution.stock is not None:
        stocks.append((PLAN, run.solution.stock))
    return stocks


def _portfolio(model: Model, market: Market, asked: Asked, name: str, stock: Float1D) -> Portfolio:
    amounts = model.sheet.sign * stock
    held = amounts[market.positions]
    if market.changes is not None:
        risk = value_at_risk.historical_risk(held, market.changes, asked.confidence)
        split = value_at_risk.historical_contributions(held, market.changes, asked.confidence)
        return Portfolio(name, amounts, held, risk, split, float((market.changes @ held).std(ddof=1)))
    assert market.covariance is not None
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


def _report(model: Model, market: Market, asked: Asked, portfolios: Sequence[Portfolio]) -> ResultTable:
    basis = market.basis
    if asked.method == "monte_carlo":
        basis += f"; {int(model.settings.number('var_draws')):,} draws, seed {int(model.settings.number('seed'))}"
    if market.changes is None and asked.days != 1:
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


def _components(model: Model, market: Market, portfolios: Sequence[Portfolio]) -> ResultTable:
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


# --- words -------------------------------------------------------------------------------------------------


def _sentences(
    model: Model, market: Market, asked: Asked, portfolios: Sequence[Portfolio], tested: ResultTable, run: Run
) -> list[str]:
    money, last = model.settings.money, portfolios[-1]
    sentences = [meaning(p.name, p.risk, asked.confidence, asked.days, money) for p in portfolios]
    if len(portfolios) > 1:
        sentences.append(change_sentence(portfolios[0].risk, last.risk, money))
    else:
        sentences.append(f"There is no plan to compare with: {_why_no_plan(run)}")
    names = [model.sheet.names[i] for i in market.positions]
    sentences += contribution_sentences(names, last.split.component, last.split.individual, last.risk, money)
    if last.risk.scenarios and market.changes is None:
        sentences.append(
            f"Simulated from {last.risk.scenarios:,} draws: the value at risk is known to "
            f"± {amount(2 * last.risk.value_at_risk_error, money)} (two standard errors)."
        )
    riskless = _riskless(model, market, last)
    if riskless:
        more = f" and {len(riskless) - 5} others" if len(riskless) > 5 else ""
        sentences.append(f"Without market data, and so without risk here: {', '.join(riskless[:5])}{more}.")
    rows = [record for record in tested.records() if record["portfolio"] == last.name]
    return [*sentences, *([backtest_sentence(rows, asked.confidence)] if rows else [])]


def _why_no_plan(run: Run) -> str:
    faults = [str(f) for f in run.result.findings if f.severity == "error"]
    return faults[0] if faults else run.result.messages[0] if run.result.messages else run.result.status


def _riskless(model: Model, market: Market, portfolio: Portfolio) -> list[str]:
    known = set(market.positions.tolist())
    return [
        shown(name)
        for i, name in enumerate(model.sheet.names)
        if i not in known and model.sheet.side[i] != "equity" and portfolio.amounts[i]
    ]
