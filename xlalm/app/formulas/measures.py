"""Measures over ranges: every value is the catalogue's own (``regulation/metrics.csv``), compiled for these cells."""

import math
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import Part, has_headers, plain_positions, refuse, table_of
from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.numbers import is_number
from xlalm.domain.table import Table, normalise_header, table_from_columns
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Expression, Point
from xlalm.measures.language.tokens import FormulaError, caret
from xlalm.model.build import build_model
from xlalm.model.model import Model

Cells = Selection | None

_RATIOS = {"cet1": "cet1_ratio", "tier1": "tier1_ratio", "total": "total_capital_ratio"}
# A formula asks for a value, not for a plan: no goal is needed, and part of a balance sheet need not balance.
_NO_GOAL = table_from_columns("Goals", {"goal": ["none"], "formula": ["0"], "direction": ["max"]})
_NO_IDENTITY = {"balance_identity": "off"}


def metric(formula: str, positions: Selection, metrics: Cells, settings: Cells, plan: Cells) -> float:
    """Return the value of a formula of the formula language over a Positions table.

    Parameters
    ----------
    plan : balances to value it at, one per position in their order; the opening balances without it.

    Raises
    ------
    Refused
        The formula or a table cannot be read, or the formula has no value.
    """
    tables = {"positions": positions, "metrics": metrics, "settings": settings}
    model = _model({name: cells for name, cells in tables.items() if cells is not None}, (), {})
    return _value(model, formula, plan)


def duration_gap(positions: Selection, durations: Cells, liabilities: Cells, liability_durations: Cells) -> float:
    """Return the duration gap in years; raises Refused."""
    others = {"durations": durations, "liabilities": liabilities, "liability_durations": liability_durations}
    return _gap("duration", positions, others)


def convexity_gap(positions: Selection, convexities: Cells, liabilities: Cells, liability_convexities: Cells) -> float:
    """Return the convexity gap in years squared; raises Refused."""
    others = {"convexities": convexities, "liabilities": liabilities, "liability_convexities": liability_convexities}
    return _gap("convexity", positions, others)


def _gap(key: str, positions: Selection, others: dict[str, Cells]) -> float:
    assets, liabilities, funding = others.values()
    parts = [
        Part("asset", {"balance": positions, key: assets}),
        Part("liability", {"balance": liabilities, key: funding}),
    ]
    return _measure(f"{key}_gap", positions, others, parts)


def rwa(positions: Selection, risk_weights: Cells, other_rwa: float) -> float:
    """Return risk-weighted assets in the unit of the balances; raises Refused."""
    parts = [Part("asset", {"balance": positions, "risk_weight": risk_weights})]
    others = {"risk_weights": risk_weights}
    return _measure("rwa", positions, others, parts, settings={"rwa_operational": other_rwa})


def capital_ratio(positions: Selection, kind: str, risk_weights: Cells, capital: Cells, other_rwa: float) -> float:
    """Return capital over risk-weighted assets as a decimal; raises Refused."""
    word = kind.strip().casefold().replace(" ", "").removesuffix("capital")
    if word not in _RATIOS:
        text = f'kind "{shown(kind)}" is not known{suggest(word, _RATIOS)}'
        cure = "enter CET1, Tier1 or Total"
        raise Refused(None, text, cure)
    parts = [
        Part("asset", {"balance": positions, "risk_weight": risk_weights}),
        Part("equity", {"balance": capital, "cet1": 1.0}),
    ]
    others = {"risk_weights": risk_weights, "capital": capital}
    return _measure(_RATIOS[word], positions, others, parts, settings={"rwa_operational": other_rwa})


def leverage(positions: Selection, exposure_factors: Cells, tier1: Cells) -> float:
    """Return Tier 1 capital over leverage exposure as a decimal; raises Refused."""
    parts = [
        Part("asset", {"balance": positions, "leverage_exposure": exposure_factors or 1.0}),
        Part("equity", {"balance": tier1, "cet1": 1.0}),
    ]
    others = {"exposure_factors": exposure_factors, "tier1": tier1}
    return _measure("leverage_ratio", positions, others, parts, optional=("exposure_factors",))


def hqla(positions: Selection, levels: Cells, haircuts: Cells) -> float:
    """Return the stock of high-quality liquid assets after haircuts and caps; raises Refused."""
    parts = [Part("asset", {"balance": positions, "hqla_level": levels, "hqla_haircut": haircuts or 0.0})]
    return _measure("hqla", positions, {"levels": levels, "haircuts": haircuts}, parts, optional=("haircuts",))


def lcr(
    positions: Selection,
    levels: Cells,
    haircuts: Cells,
    outflows: Cells,
    outflow_rates: Cells,
    inflows: Cells,
    inflow_rates: Cells,
) -> float:
    """Return the liquidity coverage ratio as a decimal; raises Refused."""
    parts = [
        Part("asset", {"balance": positions, "hqla_level": levels, "hqla_haircut": haircuts or 0.0}),
        Part("liability", {"balance": outflows, "outflow_rate": outflow_rates or 1.0}),
    ]
    if inflows is not None:
        parts.append(Part("asset", {"balance": inflows, "inflow_rate": inflow_rates or 1.0}))
    others = {
        "levels": levels,
        "haircuts": haircuts,
        "outflows": outflows,
        "outflow_rates": outflow_rates,
        "inflows": inflows,
        "inflow_rates": inflow_rates,
    }
    optional = ("haircuts", "outflow_rates", "inflow_rates") + (() if inflow_rates is not None else ("inflows",))
    return _measure("lcr", positions, others, parts, optional=optional)


def nsfr(positions: Selection, required_factors: Cells, funding: Cells, available_factors: Cells) -> float:
    """Return the net stable funding ratio as a decimal; raises Refused."""
    parts = [
        Part("asset", {"balance": positions, "rsf": required_factors}),
        Part("liability", {"balance": funding, "asf": available_factors}),
    ]
    others = {"required_factors": required_factors, "funding": funding, "available_factors": available_factors}
    return _measure("nsfr", positions, others, parts)


def turnover(positions: Selection, plan: Selection) -> float:
    """Return the sum of all changes from the opening to a plan, up and down, off-balance lines apart."""
    return _measure("turnover()", positions, {}, [Part("asset", {"balance": positions})], plan=plan)


def concentration(positions: Selection, names: Cells) -> float:
    """Return the largest name in funding over total liabilities as a decimal; raises Refused."""
    parts = [Part("liability", {"balance": positions, "counterparty": names})]
    return _measure("funding_concentration", positions, {"names": names}, parts)


# --- how a measure is found -------------------------------------------------------------------------------------------


def _measure(
    formula: str,
    positions: Selection,
    others: Mapping[str, Cells],
    parts: Sequence[Part],
    *,
    optional: Sequence[str] = (),
    settings: Mapping[str, float] | None = None,
    plan: Cells = None,
) -> float:
    """Return a measure over a Positions table, or over plain ranges: then ``others`` but ``optional`` are needed."""
    given = {name: cells for name, cells in others.items() if cells is not None}
    if has_headers(positions, "Positions"):
        if given:
            text = f"{next(iter(given))} is given although positions has headers"
            cure = "leave it out or select plain ranges"
            raise Refused(None, text, cure)
        parts = ()
    missing = [name for name in others if name not in given and name not in optional] if parts else []
    if missing:
        text = f"has no headers, so {' and '.join(missing)} must be given too"
        cure = "select the Positions table with its header row, or give plain ranges of numbers for all of them"
        raise positions.fault(text, cure)
    model = _model({"positions": positions, **given}, parts, settings or {})
    return _value(model, formula, plan)


def _model(selections: Mapping[str, Selection], parts: Sequence[Part], settings: Mapping[str, float]) -> Model:
    """Return the compiled book of a Positions table, or of the ``parts`` that plain ranges make."""

    def make() -> Model:
        tables: dict[str, Table] = {"Goals": _NO_GOAL}
        tables["Positions"], found = plain_positions(parts) if parts else table_of("Positions", selections["positions"])
        for name in ("Metrics", "Settings"):
            if not parts and name.casefold() in selections:
                tables[name], more = table_of(name, selections[name.casefold()])
                found += more
        tables["Settings"] = _with_settings(tables.get("Settings"), {**settings, **_NO_IDENTITY})
        refuse(found)
        model, findings = build_model(tables)
        refuse(findings)
        assert model is not None
        return model

    return recall("model", selections, tuple(settings.items()), make, placed=False)


def _with_settings(table: Table | None, settings: Mapping[str, float | str]) -> Table:
    """Return ``Settings`` with some set; rows that are there keep their cells."""
    if table is None or not {"setting", "value"} <= set(table.columns):
        return table_from_columns("Settings", {"setting": list(settings), "value": list(settings.values())})
    names, values = list(table.columns["setting"]), list(table.columns["value"])
    keys = [normalise_header(str(name or "")) for name in names]
    for name, value in settings.items():
        if name in keys:
            values[keys.index(name)] = value
        else:
            names.append(name)
            values.append(value)
    rows = [*table.rows, *range(len(table), len(names))]
    return attrs.evolve(table, columns={**table.columns, "setting": names, "value": values}, rows=rows)


def _value(model: Model, formula: str, plan: Cells) -> float:
    stock = model.sheet.opening if plan is None else _plan(model, plan)
    with np.errstate(all="ignore"):
        number = _compiled(model, formula).value(Point.at(stock, model.sheet.opening))
    if not math.isfinite(number):
        text = f"{shown(formula)} has no value: it divides by 0"
        cure = "check the balances and factors it divides by"
        raise Refused(None, text, cure)
    return float(number)


def _compiled(model: Model, formula: str) -> Expression:
    try:
        return model.compiler.compile(formula)
    except FormulaError as fault:
        raise Refused(None, f"{fault.text}: {caret(formula, fault.offset)}", fault.cure) from fault


def _plan(model: Model, plan: Selection) -> Float1D:
    """Return the balances of a plan, one per position; a header above them is passed over."""
    cells = [(value, (r, c)) for r, row in enumerate(plan.rows) for c, value in enumerate(row)]
    if len(cells) == len(model.sheet) + 1 and isinstance(cells[0][0], str):
        cells = cells[1:]
    if len(cells) != len(model.sheet):
        text = f"has {len(cells):,} cells for {len(model.sheet):,} positions"
        raise plan.fault(text, "select one balance per position, in the order of the positions")
    for value, place in cells:
        if not is_number(value):
            what = "is empty" if value is None else f'"{shown(getattr(value, "text", value))}" is no number'
            text = f"{plan.cell(*place)}: the balance of the plan {what}"
            cure = "enter an amount"
            raise Refused(None, text, cure)
    return np.array([value for value, _ in cells], dtype=np.float64)
