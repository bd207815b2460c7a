"""The model of a book: balance sheet, compiled limits and goals, ready to be reported or optimised."""

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet, read_balance_sheet
from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, has_errors, suggest, warning
from xlalm.domain.limits import GoalRow, LimitRow
from xlalm.domain.settings import Settings, read_settings
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import shown
from xlalm.measures.expression import Expression, constant_of
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.scope import Metric, Scope, catalogue
from xlalm.measures.language.tokens import FormulaError, caret
from xlalm.schema.tables import INPUT_TABLES, REQUIRED_TABLES
from xlalm.tables.covariances import read_covariance
from xlalm.tables.typed import (
    LARGEST_NUMBER,
    TypedTable,
    is_blank,
    is_number,
    parse_number,
    typed,
    unknown_columns,
)

LARGEST_SHARE = 5.0
"""A percentage bound above 500 % is taken for one typed without its percent sign."""

MAX_COEFFICIENTS = 100_000_000
"""Positions times metrics, limits and goals: one coefficient each, eight bytes."""

MAX_FAULTS = 200
"""Findings about the formulas of one table after which its other rows are not read."""

MAX_MIN_METHODS = ("fnlp", "wfnlp", "wfnlp_direct")
ONE_STAGE_METHODS = ("lp", "weighted_sum")
"""Methods that are one program; every other is a sequence of solves (``solve.goals``)."""


@attrs.frozen(eq=False)
class Limit:
    """A limit with both sides compiled."""

    row: LimitRow
    left: Expression
    right: Expression
    unit: str
    lens: str


@attrs.frozen(eq=False)
class Goal:
    """A goal with its formula compiled."""

    row: GoalRow
    expression: Expression
    unit: str


@attrs.frozen(eq=False)
class Model:
    """Everything a solve needs; ``metrics`` are the book's own and the catalogue's, compiled, by name."""

    sheet: BalanceSheet
    settings: Settings
    limits: tuple[Limit, ...]
    goals: tuple[Goal, ...]
    metrics: Mapping[str, tuple[Metric, Expression]]
    compiler: Compiler

    @property
    def active_goals(self) -> tuple[Goal, ...]:
        """Goals that are pursued."""
        return tuple(goal for goal in self.goals if goal.row.active)

    @property
    def has_soft_limits(self) -> bool:
        """Whether a limit may be broken at a price."""
        return any(limit.row.active and not limit.row.hard for limit in self.limits)


def build_model(tables: Mapping[str, Table]) -> tuple[Model | None, list[Finding]]:
    """Check and compile a book's tables.

    Returns the model, or None where errors forbid one, and all findings.
    """
    findings: list[Finding] = []
    for name in REQUIRED_TABLES:
        if name not in tables:
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
    sheet, found = read_balance_sheet(book["Positions"], settings)
    findings += found
    if sheet is None:
        return None, findings
    rows = sum(len(book[name]) for name in ("Metrics", "Limits", "Goals") if name in book)
    if rows * len(sheet) > MAX_COEFFICIENTS:
        size = f"{len(sheet):,} positions times {rows:,} metrics, limits and goals are too many to hold"
        cure = f"keep the product below {MAX_COEFFICIENTS:,}"
        return None, [*findings, error(sheet.table.raw.header_cell(), size, cure)]
    metrics, found = _read_metrics(book.get("Metrics"), sheet)
    findings += found
    covariance, found = read_covariance(book.get("Covariances"), sheet)
    findings += found
    compiler = Compiler(Scope.of(sheet, settings, metrics, covariance))
    compiled, found = _compile_metrics(compiler, metrics)
    findings += found
    limits, found = _compile_limits(compiler, book.get("Limits"))
    findings += found
    goals, found = _compile_goals(compiler, book.get("Goals"), settings)
    findings += found
    if has_errors(findings):
        return None, findings
    return Model(sheet, settings, limits, goals, compiled, compiler), findings


def _read_metrics(table: TypedTable | None, sheet: BalanceSheet) -> tuple[dict[str, Metric], list[Finding]]:
    metrics: dict[str, Metric] = {}
    findings: list[Finding] = []
    if table is None:
        return metrics, findings
    for i, name in enumerate(table.texts["metric"]):
        key, cell = normalise_header(name), table.raw.cell(i, "metric")
        if not key:
            continue
        taken = (
            "a measure of the catalogue"
            if key in catalogue()
            else "a column of Positions"
            if key in sheet.numbers or key in sheet.texts
            else ""
        )
        if taken:
            findings.append(error(cell, f'metric "{name}" is also the name of {taken}', "give the metric another name"))
        metrics[key] = Metric(
            name=name,
            formula=_formula_text(table.values["formula"][i]),
            unit=table.texts["unit"][i],
            lens=table.texts["lens"][i],
            description=table.texts["description"][i],
            source="this book",
            cell=table.raw.cell(i, "formula"),
        )
    return metrics, findings


def _formula_text(value: object) -> str:
    if is_blank(value):
        return ""
    return repr(float(value)) if is_number(value) else str(value)


def _compile_metrics(
    compiler: Compiler, own: Mapping[str, Metric]
) -> tuple[dict[str, tuple[Metric, Expression]], list[Finding]]:
    compiled: dict[str, tuple[Metric, Expression]] = {}
    findings: list[Finding] = []
    for key, metric in own.items():
        if len(findings) >= MAX_FAULTS:
            findings.append(_too_many(metric.cell, "Metrics"))
            break
        if not metric.formula:
            continue  # an empty required cell is a finding already
        expression = _compile(metric.formula, metric.cell, compiler.compile, compiler, findings)
        if expression is not None:
            try:
                compiled[key] = (metric, compiler.metric(key))
            except FormulaError as fault:
                findings.append(error(metric.cell, fault.text, fault.cure))
    for key, metric in catalogue().items():
        try:
            compiled.setdefault(key, (metric, compiler.metric(key)))
        except FormulaError:
            continue  # a book without the columns of a measure simply does not have that measure
    return compiled, findings


def _compile(
    text: str,
    cell: Cell | None,
    how: Callable[[str], Expression],
    compiler: Compiler,
    findings: list[Finding],
) -> Expression | None:
    try:
        expression = how(text)
    except FormulaError as fault:
        findings.append(error(cell, f"{fault.text}: {caret(text, fault.offset)}", fault.cure))
        return None
    for message, offset, cure in compiler.warnings:
        findings.append(warning(cell, f"{message}: {caret(text, offset)}", cure))
    return expression


def _too_many(cell: Cell | None, table: str) -> Finding:
    return error(cell, f"the formulas of {table} were not read from here on", "cure the findings above and check again")


def _compile_limits(compiler: Compiler, table: TypedTable | None) -> tuple[tuple[Limit, ...], list[Finding]]:
    limits: list[Limit] = []
    findings: list[Finding] = []
    if table is None or not set(table.raw.columns) >= {"limit", "left", "sense", "right"}:
        return (), findings
    for i in range(len(table)):
        row = _limit_row(table, i)
        if len(findings) >= MAX_FAULTS:
            findings.append(_too_many(row.cell, "Limits"))
            break
        if not (row.left and row.sense and row.right):
            continue
        findings += _check_limit_row(row, table)
        left = _compile(row.left, row.left_cell, compiler.compile, compiler, findings)
        right = _compile_bound(row, compiler, findings)
        if left is None or right is None:
            continue
        metric = compiler.scope.metric(row.left)
        unit = row.unit or (metric.unit if metric else "")
        limit = Limit(row, left, right, unit, row.lens or (metric.lens if metric else "other"))
        findings += _check_limit(limit, table)
        limits.append(limit)
    return tuple(limits), findings


def _limit_row(table: TypedTable, i: int) -> LimitRow:
    def number(key: str) -> float | None:
        value = float(table.numbers[key][i])
        return None if np.isnan(value) else value

    return LimitRow(
        name=table.texts["limit"][i],
        left=_formula_text(table.values["left"][i]),
        sense=table.texts["sense"][i],  # type: ignore[arg-type]
        right=_formula_text(table.values["right"][i]),
        unit=table.texts["unit"][i],
        early_warning=number("early_warning"),
        active=bool(table.flags["active"][i]),
        hard=bool(table.flags["hard"][i]),
        penalty=number("penalty"),
        role=table.texts["role"][i],
        scenario=table.texts["scenario"][i],
        text=table.texts["text"][i],
        lens=table.texts["lens"][i],
        owner=table.texts["owner"][i],
        source=table.texts["source"][i],
        cell=table.raw.cell(i, "right"),
        left_cell=table.raw.cell(i, "left"),
        row=i,
    )


def _check_limit_row(row: LimitRow, table: TypedTable) -> list[Finding]:
    findings = []
    if not row.hard and row.penalty is None and row.active:
        findings.append(
            error(
                table.raw.cell(row.row, "penalty"),
                f'soft limit "{row.name}" has no penalty',
                "enter the goal units lost per 1.00 of shortfall, or set hard to yes",
            )
        )
    if row.scenario and normalise_header(row.scenario) != "base":
        findings.append(
            error(
                table.raw.cell(row.row, "scenario"),
                f'limit "{row.name}" asks for scenario "{row.scenario}", which this version does not solve',
                "leave scenario blank, or set active to no",
            )
            if row.active
            else warning(
                table.raw.cell(row.row, "scenario"),
                f'limit "{row.name}" is shown for the base case, not for "{row.scenario}"',
                "read it as a base-case figure",
            )
        )
    return findings


def _compile_bound(row: LimitRow, compiler: Compiler, findings: list[Finding]) -> Expression | None:
    number = parse_number(row.right)
    if number is None and not any(ch in row.right for ch in "()+-*/_%") and compiler.scope.metric(row.right) is None:
        if compiler.scope.setting(row.right) is None:
            findings.append(
                error(row.cell, f'bound "{shown(row.right)}" is not a number', "enter a number such as 0.9 or 90%")
            )
            return None
    if number is not None and abs(number) > LARGEST_NUMBER:
        findings.append(error(row.cell, f"bound is {number:g}", "enter a number below 1e15"))
        return None
    return _compile(row.right, row.cell, compiler.compile, compiler, findings)


def _check_limit(limit: Limit, table: TypedTable) -> list[Finding]:
    row, findings = limit.row, []
    bound = constant_of(limit.right)
    typed_plain = parse_number(row.right) is not None and "%" not in row.right  # not 600%, not a formula
    if limit.unit == "%" and bound is not None and abs(bound) > LARGEST_SHARE and typed_plain:
        findings.append(
            error(row.cell, f'bound of "{row.name}" is {bound:g}, which is {bound:.0%}', f"enter {bound:g}%")
        )
    if limit.unit == "%" and row.early_warning is not None and abs(row.early_warning) > LARGEST_SHARE:
        findings.append(
            error(
                table.raw.cell(row.row, "early_warning"),
                f'early warning of "{row.name}" is {row.early_warning:g}, which is {row.early_warning:.0%}',
                f"enter {row.early_warning:g}%",
            )
        )
    left = constant_of(limit.left)
    if left is not None and bound is not None and row.active:
        findings.append(
            warning(
                row.left_cell,
                f'limit "{row.name}" compares two constants ({left:g} {row.sense} {bound:g})',
                "no plan can change it: check its formula",
            )
        )
    return findings


def _compile_goals(
    compiler: Compiler, table: TypedTable | None, settings: Settings
) -> tuple[tuple[Goal, ...], list[Finding]]:
    findings: list[Finding] = []
    goals: list[Goal] = []
    if table is None or not set(table.raw.columns) >= {"goal", "formula", "direction"}:
        return (), findings
    for i in range(len(table)):
        text, direction = _formula_text(table.values["formula"][i]), table.texts["direction"][i]
        if not text or not direction:
            continue
        cell = table.raw.cell(i, "formula")
        if len(findings) >= MAX_FAULTS:
            findings.append(_too_many(cell, "Goals"))
            break
        expression = _compile(text, cell, compiler.compile, compiler, findings)
        aspiration, worst = float(table.numbers["aspiration"][i]), float(table.numbers["worst"][i])
        row = GoalRow(
            name=table.texts["goal"][i],
            formula=text,
            direction=direction,  # type: ignore[arg-type]
            weight=float(table.numbers["weight"][i]),
            aspiration=None if np.isnan(aspiration) else aspiration,
            worst=None if np.isnan(worst) else worst,
            active=bool(table.flags["active"][i]),
            cell=cell,
            row=i,
        )
        metric = compiler.scope.metric(text)
        if expression is not None:
            goals.append(Goal(row, expression, metric.unit if metric else ""))
    if not has_errors(findings):  # a goal that cannot be read may be the active one
        findings += _check_goals(goals, table, settings)
    return tuple(goals), findings


def _check_goals(goals: list[Goal], table: TypedTable, settings: Settings) -> list[Finding]:
    method = settings.text("method")
    active = [goal for goal in goals if goal.row.active]
    if goals and not active:
        return [error(table.raw.header_cell("active"), "no goal is active", "set active to yes for one goal")]
    if not goals and not len(table):
        return [error(table.raw.header_cell(), "table Goals has no rows", "enter what is to be maximised or minimised")]
    if method == "lp" and len(active) > 1:
        return [
            error(
                active[1].row.cell,
                f"method lp takes one active goal but {len(active)} are active",
                "set active to no for the others, or method to weighted_sum in Settings",
            )
        ]
    return _check_method(method, active, table)


def _check_method(method: str, active: list[Goal], table: TypedTable) -> list[Finding]:
    """Check what a method asks of its goals: positive weights, aspirations."""
    findings = []
    if method in {"wfnlp", "wfnlp_direct"}:
        for goal in active:
            if goal.row.weight <= 0:
                cell = table.raw.cell(goal.row.row, "weight")
                findings.append(error(cell, f'weight of "{goal.row.name}" is 0', f"{method} needs weights above 0"))
    asked = active if method == "goal_programming" else active[1:] if method == "epsilon_constraint" else []
    for goal in asked:
        if goal.row.aspiration is None:
            cell = table.raw.cell(goal.row.row, "aspiration")
            cure = "enter the level that this goal has to reach"
            findings.append(error(cell, f'"{goal.row.name}" has no aspiration, which {method} needs', cure))
    return findings
