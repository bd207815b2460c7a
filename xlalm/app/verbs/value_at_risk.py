"""The verb ``var``: value at risk of the opening book and of the optimal plan, who contributes to it, and backtests."""

from pathlib import Path

from xlalm.app.run.analysis import Analysis, Opened, analysed
from xlalm.app.run.arguments import ArgumentError, Number, number
from xlalm.app.run.book import Book, Source
from xlalm.app.run.solve import Clock, Run, solved
from xlalm.desks.market_risk import RiskQuestion, market_of, portfolio_risk
from xlalm.domain.cells import Cell
from xlalm.domain.errors import Refused
from xlalm.domain.findings import has_errors, suggest
from xlalm.domain.methods import VAR_METHODS
from xlalm.domain.result import Result
from xlalm.domain.settings import Settings
from xlalm.domain.table import normalise_header
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Progress, Stop, Watch, never_stop, no_progress
from xlalm.model.model import Model
from xlalm.reporting.analysis import run_table
from xlalm.reporting.backtest import backtests
from xlalm.reporting.said import why_no_plan
from xlalm.reporting.value_at_risk import risk_components, risk_report, risk_sentences
from xlalm.solver.solution import Planned
from xlalm.tables.returns import read_returns
from xlalm.valuation.risk import value_at_risk

NAME = "value at risk"
OPENING, PLAN = "opening", "optimal plan"

MOST_DRAWS = 10_000_000
"""Simulated losses: more take memory and time, and tell nothing more."""


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
    Refused
        The book cannot be read or written, or the figures asked for make no value at risk; faults in the tables are
        findings instead.
    """

    def measure(read: Opened, watch: Watch) -> Analysis | Result:
        return _measured(read, watch, confidence, days, method)

    return analysed("var", book, measure, out, write, Watch(progress, stop))


def _measured(read: Opened, watch: Watch, confidence: Number, days: Number, method: str | None) -> Analysis | Result:
    model, book = read.model, read.book
    asked = _asked(book, model.settings, confidence, days, method)
    history, findings = read_returns(book.tables.get("Returns"), model.sheet)
    if has_errors(findings):
        return read.refused(*findings)
    try:
        market, found = market_of(model, history, asked)
    except Refused as fault:
        raise _of_history(book, fault) from None
    findings += found
    if market is None:
        return read.refused(*findings)
    run = solved(book, Clock(), watch.part(0.7))
    watch.part(0.3).says("measuring risk")
    try:
        portfolios = [portfolio_risk(model, market, asked, name, stock) for name, stock in _stocks(model, run)]
    except Refused as fault:
        raise _of_history(book, fault) from None
    tested, found = backtests(
        model.settings, history, asked.method, asked.confidence, {p.name: p.amounts for p in portfolios}
    )
    sentences = risk_sentences(model, market, asked, portfolios, tested, why_no_plan(run.result))
    planned = len(portfolios) > 1
    complete = "complete" if tested.rows else "no backtest"
    return Analysis(
        status=run.result.status if planned else "checked",
        tables=[
            run_table("VarRun", NAME, complete, " ".join(sentences)),
            risk_report(model, market, asked, portfolios),
            risk_components(model, market, portfolios),
            tested,
        ],
        messages=sentences,
        arguments={"confidence": confidence, "days": days, "method": method},
        method=asked.method,
        objective=run.result.objective if planned else None,
        findings=[*findings, *found],
        sheet=NAME.capitalize(),
    )


# --- what is asked, and of what market -------------------------------------------------------------------


def _asked(book: Book, settings: Settings, confidence: Number, days: Number, method: str | None) -> RiskQuestion:
    """Return the arguments, from Settings where they are not given; raises ArgumentError."""
    method = method or settings.text("var_method")
    if method not in VAR_METHODS:
        text = f'there is no method "{method}"{suggest(method, VAR_METHODS)}'
        cure = f"choose one of {', '.join(VAR_METHODS)}"
        raise ArgumentError(None, text, cure)
    values = []
    for name, typed, check in (
        ("confidence", confidence, value_at_risk.check_confidence),
        ("days", days, value_at_risk.check_days),
    ):
        given = number(typed, name, "0.99 or 99%" if name == "confidence" else "10")
        value = settings.number(f"var_{name}") if given is None else given
        try:
            check(value)
        except Refused as fault:
            cell = _setting_cell(book, f"var_{name}") if given is None else None
            raise ArgumentError(cell, fault.text, fault.cure) from None
        values.append(value)
    draws = settings.number("var_draws")
    if draws > MOST_DRAWS:
        cell = _setting_cell(book, "var_draws")
        raise ArgumentError(cell, f"var_draws is {draws:,.0f}", f"enter at most {MOST_DRAWS:,}")
    return RiskQuestion(values[0], values[1], method)


def _of_history(book: Book, fault: Refused) -> ArgumentError:
    """Return a fault about a history too short for what is asked, with the table's cell."""
    table = book.tables.get("Returns")
    return ArgumentError(table.header_cell() if table is not None else fault.cell, fault.text, fault.cure)


def _setting_cell(book: Book, name: str) -> Cell | None:
    table = book.tables.get("Settings")
    if table is None:
        return None
    rows = [normalise_header(str(key)) for key in table.columns["setting"]]
    return table.cell(rows.index(name), "value") if name in rows else None


# --- risk of a portfolio -----------------------------------------------------------------------------------


def _stocks(model: Model, run: Run) -> list[tuple[str, Float1D]]:
    stocks = [(OPENING, model.sheet.opening)]
    if isinstance(run.solution, Planned):
        stocks.append((PLAN, run.solution.plan))
    return stocks
