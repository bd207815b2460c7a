"""The readers of the workbook's input tables: one for each table of the schema, which a test asserts.

A table whose file of the schema is ``curves`` is read by ``read_curves`` of ``xlalm.tables.curves``, which is imported
when a book has that table.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import attrs

from xlalm.domain.findings import Finding
from xlalm.schema.tables import INPUT_TABLES, TABLES
from xlalm.tables.currencies import check_currencies
from xlalm.tables.known import Known
from xlalm.tables.positions import read_positions
from xlalm.tables.settings import identity_off, read_settings
from xlalm.tables.typed import typed, unknown_columns

if TYPE_CHECKING:
    from xlalm.domain.action import Action, Leg
    from xlalm.domain.balance_sheet import BalanceSheet
    from xlalm.domain.behaviour import Behaviour
    from xlalm.domain.covariance import Covariance
    from xlalm.domain.curve import Curve
    from xlalm.domain.exchange import ExchangeRates
    from xlalm.domain.limits import GoalRow, LimitRow
    from xlalm.domain.metric import Metric
    from xlalm.domain.scenario import Effect, Scenario
    from xlalm.domain.settings import Settings
    from xlalm.domain.table import Table

Use = Literal["first", "always", "by its verb", "not yet"]
"""When a table is read: before all others, which are read against it; in every run; where a verb asks for it; or in
every run although none uses it yet, so that its faults are warnings, which stop no solve.
"""

READERS: dict[str, Use] = {
    "Settings": "first",
    "Positions": "first",
    "Metrics": "always",
    "Limits": "always",
    "Goals": "always",
    "Covariances": "always",
    "Returns": "by its verb",
    "Curves": "not yet",
    "FX": "not yet",
    "Behaviour": "not yet",
    "Scenarios": "not yet",
    "ScenarioEffects": "not yet",
    "Actions": "not yet",
    "ActionLegs": "not yet",
}
"""Every input table, in the order of reading."""


def reader(table: str) -> Callable[..., tuple[Any, list[Finding]]]:
    """Return the function that reads a table: typed rows, and findings about them."""
    file = TABLES[table].file
    read: Callable[..., tuple[Any, list[Finding]]] = getattr(import_module(f"xlalm.tables.{file}"), f"read_{file}")
    return read


@attrs.frozen(eq=False)
class Inputs:
    """What the input tables of a book say, each field named as the table's file of the schema.

    ``positions`` is None where there is no balance sheet; nothing but the settings is read then. A table that the book
    does not have says nothing. ``Returns`` is not here: value at risk reads it, and no other run.
    """

    settings: "Settings"
    positions: "BalanceSheet | None" = None
    metrics: "tuple[Metric, ...]" = ()
    limits: "tuple[LimitRow, ...]" = ()
    goals: "tuple[GoalRow, ...]" = ()
    covariances: "Covariance | None" = None
    curves: "tuple[Curve, ...]" = ()
    fx: "ExchangeRates | None" = None
    behaviour: "tuple[Behaviour, ...]" = ()
    scenarios: "tuple[Scenario, ...]" = ()
    scenario_effects: "tuple[Effect, ...]" = ()
    actions: "tuple[Action, ...]" = ()
    action_legs: "tuple[Leg, ...]" = ()


def read_inputs(tables: "Mapping[str, Table]", *, must_balance: bool = True) -> tuple[Inputs, list[Finding]]:
    """Read the input tables of a book.

    Parameters
    ----------
    must_balance : False takes part of a balance sheet, which need not balance at opening whatever Settings say.
    """
    findings: list[Finding] = []
    book = {}
    for name in INPUT_TABLES:
        if name in tables:
            book[name], found = typed(tables[name])
            findings += found + unknown_columns(tables[name])
    settings, found = read_settings(book.get("Settings"))
    findings += found
    if "Positions" not in book:
        return Inputs(settings), findings
    balances = must_balance and settings.flag("balance_identity")
    tolerance = settings.number("identity_tolerance") if balances else None
    sheet, found = read_positions(book["Positions"], identity_tolerance=tolerance)
    findings += found
    if "currency" in book["Positions"].raw.columns:
        is_stated = must_balance or "Settings" in book
        findings += check_currencies(book["Positions"], settings, is_stated=is_stated)
    if sheet is None:
        return Inputs(settings), findings
    if must_balance and not balances and sheet.has_two_sides:
        findings.append(identity_off(book["Settings"]))
    known = Known(sheet, settings, book)
    rows: dict[str, Any] = {}
    for name, use in READERS.items():
        if name in book and use in {"always", "not yet"}:
            rows[TABLES[name].file], found = reader(name)(book[name], known)
            findings += found if use == "always" else map(_as_warning, found)
    return Inputs(settings, sheet, **rows), findings


def _as_warning(finding: Finding) -> Finding:
    return attrs.evolve(finding, severity="warning")
