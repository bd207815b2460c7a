"""The model of a book: balance sheet, compiled limits and goals, ready to be reported or optimised."""

from collections.abc import Collection, Iterator, Mapping

from xlalm.domain.findings import Finding, error, has_errors
from xlalm.domain.table import Table
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.scope import Scope
from xlalm.model.derived import with_computed_columns
from xlalm.model.goals import compile_goals
from xlalm.model.limits import compile_limits
from xlalm.model.metrics import compile_metrics, metrics_by_key
from xlalm.model.model import Model
from xlalm.model.plausible import implausible
from xlalm.schema.tables import TABLES
from xlalm.tables.registry import read_inputs
from xlalm.tables.strangers import strangers

MAX_COEFFICIENTS = 100_000_000
"""Positions times metrics, limits and goals: one coefficient each, eight bytes."""


def build_model(
    tables: Mapping[str, Table], *, goals_needed: bool = True, must_balance: bool = True
) -> tuple[Model | None, list[Finding]]:
    """Check and compile a book's tables.

    Parameters
    ----------
    goals_needed : False for a model that only values measures: the book may lack ``Goals``.
    must_balance : False takes part of a balance sheet, which need not balance at opening whatever Settings say.

    Returns
    -------
    The model, or None where errors forbid one, and all findings.
    """
    findings, meant = strangers(tables)
    findings += _missing({*tables, *meant}, goals_needed=goals_needed)
    inputs, found = read_inputs(tables, must_balance=must_balance)
    findings += found
    if inputs.positions is None:
        return None, findings
    sheet = with_computed_columns(inputs.positions, inputs)
    rows = sum(len(tables[name]) for name in ("Metrics", "Limits", "Goals") if name in tables)
    if rows * len(sheet) > MAX_COEFFICIENTS:
        size = f"{len(sheet):,} positions times {rows:,} metrics, limits and goals are too many to hold"
        cure = f"keep the product below {MAX_COEFFICIENTS:,}"
        return None, [*findings, error(sheet.table.raw.header_cell(), size, cure)]
    own, found = metrics_by_key(inputs.metrics, sheet)
    findings += found
    compiler = Compiler(Scope.of(sheet, inputs.settings, own, inputs.covariances))
    metrics, found = compile_metrics(compiler, own)
    findings += found
    limits, found = compile_limits(compiler, inputs.limits, tables.get("Limits"))
    findings += found
    goals, found = compile_goals(compiler, inputs.goals, tables.get("Goals"), inputs.settings.method)
    findings += found
    findings += implausible(sheet, inputs.settings, compiler, limits, goals, tables)
    if has_errors(findings):
        return None, findings
    return Model(sheet, inputs.settings, limits, goals, metrics, compiler), findings


def _missing(tables: Collection[str], *, goals_needed: bool) -> Iterator[Finding]:
    """Give an error for each table that the book must have and lacks."""
    for name, facts in TABLES.items():
        if facts.required and name not in tables and (goals_needed or name != "Goals"):
            cure = f"add an Excel table named {name} (Insert > Table, then Table Design > Table Name)"
            yield error(None, f"the book has no table {name}", cure)
