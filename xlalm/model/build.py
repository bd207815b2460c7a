"""The model of a book: balance sheet, compiled limits and goals, ready to be reported or optimised."""

from collections.abc import Mapping

from xlalm.domain.findings import Finding, error, has_errors, suggest
from xlalm.domain.table import Table, TypedTable
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.scope import Scope
from xlalm.model.goals import compile_goals
from xlalm.model.limits import compile_limits
from xlalm.model.metrics import compile_metrics, own_metrics
from xlalm.model.model import Model
from xlalm.schema.tables import INPUT_TABLES, REQUIRED_TABLES
from xlalm.tables.covariances import read_covariance
from xlalm.tables.positions import read_balance_sheet
from xlalm.tables.settings import read_settings
from xlalm.tables.typed import typed, unknown_columns

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
    findings: list[Finding] = []
    for name in REQUIRED_TABLES:
        if name not in tables and (goals_needed or name != "Goals"):
            hint = suggest(name, [t for t in tables if t not in dict(INPUT_TABLES)])
            cure = f"add an Excel table named {name} (Insert > Table, then Table Design > Table Name)"
            findings.append(error(None, f"the book has no table {name}{hint}", cure))
    book: dict[str, TypedTable] = {}
    for name, _ in INPUT_TABLES:
        if name in tables:
            book[name], found = typed(tables[name])
            findings += found + unknown_columns(tables[name])
    settings, found = read_settings(book.get("Settings"))
    findings += found
    if "Positions" not in book:
        return None, findings
    sheet, found = read_balance_sheet(
        book["Positions"], must_balance=must_balance and settings.flag("balance_identity")
    )
    findings += found
    if sheet is None:
        return None, findings
    rows = sum(len(book[name]) for name in ("Metrics", "Limits", "Goals") if name in book)
    if rows * len(sheet) > MAX_COEFFICIENTS:
        size = f"{len(sheet):,} positions times {rows:,} metrics, limits and goals are too many to hold"
        cure = f"keep the product below {MAX_COEFFICIENTS:,}"
        return None, [*findings, error(sheet.table.raw.header_cell(), size, cure)]
    metrics, found = own_metrics(book.get("Metrics"), sheet)
    findings += found
    covariance, found = read_covariance(book.get("Covariances"), sheet)
    findings += found
    compiler = Compiler(Scope.of(sheet, settings, metrics, covariance))
    compiled, found = compile_metrics(compiler, metrics)
    findings += found
    limits, found = compile_limits(compiler, book.get("Limits"))
    findings += found
    goals, found = compile_goals(compiler, book.get("Goals"), settings)
    findings += found
    if has_errors(findings):
        return None, findings
    return Model(sheet, settings, limits, goals, compiled, compiler), findings
