"""What values a measure over ranges: the catalogue's own (``regulation/metrics.csv``), compiled for these cells."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from xlalm.app.formulas.cache import recall
from xlalm.app.formulas.selection import Selection
from xlalm.app.formulas.tables import SideRanges, has_headers, plain_positions, refuse, table_of
from xlalm.domain.errors import Refused
from xlalm.domain.numbers import is_number
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.measures.expression import Expression, Point
from xlalm.measures.language.gaps import gap_words
from xlalm.measures.language.tokens import FormulaError, caret
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.tables.settings import with_setting


def measure(
    formula: str,
    positions: Selection,
    others: Mapping[str, Selection | None],
    sides: Sequence[SideRanges],
    *,
    optional: Sequence[str] = (),
    settings: Mapping[str, float] | None = None,
    table: Selection | None = None,
    plan: Selection | None = None,
) -> float:
    """Return a measure over a Positions table, or over the plain ranges that ``sides`` are made of.

    Parameters
    ----------
    others : the other arguments by name: all but ``optional`` are needed with plain ranges, none with a table.
    settings : settings with a value of their own, which wins over that of the ``table`` of settings.
    plan : balances to value it at, see ``value_of``.

    Raises
    ------
    Refused
        An argument is missing or one too many, a table cannot be read, or the measure has no value.
    """
    given = {name: cells for name, cells in others.items() if cells is not None}
    if has_headers(positions, "Positions"):
        if given:
            text = f"{next(iter(given))} is given although positions has headers"
            cure = "leave it out or select plain ranges"
            raise Refused(None, text, cure)
        sides = ()
    missing = [name for name in others if name not in given and name not in optional] if sides else []
    if missing:
        text = f"has no headers, so {' and '.join(missing)} must be given too"
        cure = "select the Positions table with its header row, or give plain ranges of numbers for all of them"
        raise positions.fault(text, cure)
    selections = {"positions": positions, **given} | ({} if table is None else {"settings": table})
    return value_of(model_of(selections, sides, settings or {}), formula, plan)


def model_of(
    selections: Mapping[str, Selection],
    sides: Sequence[SideRanges] = (),
    settings: Mapping[str, float] | None = None,
) -> Model:
    """Return the book of a Positions table, or of the ``sides`` that plain ranges make, compiled for values only.

    No goal is needed, and part of a balance sheet need not balance.

    Parameters
    ----------
    settings : settings with a value of their own.

    Raises
    ------
    Refused
        A table cannot be read.
    """
    own = settings or {}

    def make() -> Model:
        tables: dict[str, Table] = {}
        tables["Positions"], found = plain_positions(sides) if sides else table_of("Positions", selections["positions"])
        for name in ("Metrics", "Settings"):
            if name.casefold() in selections:
                tables[name], more = table_of(name, selections[name.casefold()])
                found += more
        for name, value in own.items():
            tables["Settings"] = with_setting(tables.get("Settings"), name, value)
        refuse(found)
        model, findings = build_model(tables, goals_needed=False, must_balance=False)
        refuse(findings)
        assert model is not None
        return model

    return recall("model", selections, tuple(own.items()), make, placed=False)


def value_of(model: Model, formula: str, plan: Selection | None) -> float:
    """Return the value of a formula of the formula language.

    Parameters
    ----------
    plan : balances to value it at, one per position in their order; the opening balances without it.

    Raises
    ------
    Refused
        The formula or the plan cannot be read, or the formula has no value.
    """
    stock = model.sheet.opening if plan is None else _plan(model, plan)
    with np.errstate(all="ignore"):
        number = _compiled(model, formula).value(Point.at(stock, model.sheet.opening))
    if not math.isfinite(number):
        text = f"{shown(formula)} has no value: it divides by 0"
        cure = "check the balances and factors it divides by"
        raise Refused(None, text, cure)
    return float(number)


def _compiled(model: Model, formula: str) -> Expression:
    """Return a formula compiled; raises Refused, also where it reads what is not there: a cell cannot warn."""
    try:
        expression = model.compiler.compile(formula)
    except FormulaError as fault:
        raise Refused(fault.cell, f"{fault.text}: {caret(formula, fault.offset)}", fault.cure) from fault
    for gap in model.compiler.gaps:
        text, cure = gap_words(gap, model.compiler.scope)
        raise Refused(None, f"{text}: {caret(formula, gap.offset)}", cure)
    return expression


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
