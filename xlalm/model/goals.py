"""Goals, compiled and checked against what the method asks of them."""

from collections.abc import Sequence

from xlalm.domain.findings import Finding, cap_warnings, error, has_errors
from xlalm.domain.limits import A_YEAR, AMOUNT, GoalRow
from xlalm.domain.methods import Method
from xlalm.domain.table import Table
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler
from xlalm.model.formulas import Faults, compile_formula, too_many_faults
from xlalm.model.model import Goal
from xlalm.model.units import unit_of
from xlalm.schema.tables import table_schema


def compile_goals(
    compiler: Compiler, rows: Sequence[GoalRow], table: Table | None, method: Method
) -> tuple[tuple[Goal, ...], list[Finding]]:
    """Compile the rows of ``Goals``; returns the readable ones and all findings, which name cells of ``table``."""
    findings: list[Finding] = []
    goals: list[Goal] = []
    if table is None or not set(table.columns) >= set(table_schema("Goals").required):
        return (), findings
    faults = Faults(findings)
    for row in rows:
        if faults.are_too_many:
            findings.append(too_many_faults(row.cell, "Goals"))
            break
        expression = compile_formula(row.formula, row.cell, compiler.compile, compiler, findings, enforced=row.active)
        if expression is not None:
            goals.append(Goal(row, expression, _unit(compiler, row, expression)))
    cap_warnings(findings, "table Goals")
    if not has_errors(findings):  # a goal that cannot be read may be the active one
        findings += _check_goals(goals, table, method)
    return tuple(goals), findings


_UNITS = {"amount a year": A_YEAR, "amount p.a.": A_YEAR, "basis points": "bp", "percent": "%"}


def _unit(compiler: Compiler, row: GoalRow, expression: Expression) -> str:
    """Return a goal's unit: the one typed, whatever its capitals, else that of its measure or formula.

    A measure that the book calls an amount but builds from rates is one per year.
    """
    typed = row.unit.casefold()
    if typed:
        return typed if typed in {AMOUNT, A_YEAR, "%", "bp"} else _UNITS.get(typed, row.unit)
    found = unit_of(compiler, row.formula, expression, metric=compiler.scope.metric(row.formula))
    return A_YEAR if found == AMOUNT and compiler.units.of(row.formula) == A_YEAR else found


def _check_goals(goals: list[Goal], table: Table, method: Method) -> list[Finding]:
    active = [goal for goal in goals if goal.row.active]
    if goals and not active:
        return [error(table.header_cell("active"), "no goal is active", "set active to yes for one goal")]
    if not goals and not len(table):
        return [error(table.header_cell(), "table Goals has no rows", "enter what is to be maximised or minimised")]
    if method.form == "one goal" and len(active) > 1:
        return [
            error(
                active[1].row.cell,
                f"method {method.name} takes one active goal but {len(active)} are active",
                "set active to no for the others, or method to weighted_sum in Settings",
            )
        ]
    return _check_method(method, active, table)


def _check_method(method: Method, active: list[Goal], table: Table) -> list[Finding]:
    """Check what a method asks of its goals: positive weights, aspirations."""
    findings = []
    if method.needs_weights:
        for goal in active:
            if goal.row.weight <= 0:
                cell = table.cell(goal.row.row, "weight")
                findings.append(
                    error(cell, f'weight of "{goal.row.name}" is 0', f"{method.name} needs weights above 0")
                )
    asked = {"optional": [], "all": active, "all but the first": active[1:]}[method.aspirations]
    for goal in asked:
        if goal.row.aspiration is None:
            cell = table.cell(goal.row.row, "aspiration")
            cure = "enter the level that this goal has to reach"
            findings.append(error(cell, f'"{goal.row.name}" has no aspiration, which {method.name} needs', cure))
    return findings
