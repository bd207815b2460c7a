"""The book's own metrics and the catalogue's measures, compiled."""

from collections.abc import Mapping, Sequence

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, cap_warnings, error
from xlalm.domain.metric import Metric
from xlalm.domain.table import normalise_header
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.tokens import FormulaError
from xlalm.model.formulas import Faults, compile_formula, too_many_faults
from xlalm.model.units import unit_of
from xlalm.regulation.catalogue import catalogue


def metrics_by_key(rows: Sequence[Metric], sheet: BalanceSheet) -> tuple[dict[str, Metric], list[Finding]]:
    """Return the book's own metrics by key, and findings about names that mean something else already."""
    findings: list[Finding] = []
    for metric in rows:
        key = normalise_header(metric.name)
        taken = (
            "a measure of the catalogue"
            if key in catalogue()
            else "a column of Positions"
            if key in sheet.numbers or key in sheet.texts
            else ""
        )
        if taken:
            text = f'metric "{metric.name}" is also the name of {taken}'
            findings.append(error(metric.name_cell, text, "give the metric another name"))
    return {normalise_header(metric.name): metric for metric in rows}, findings


def compile_metrics(
    compiler: Compiler, own: Mapping[str, Metric]
) -> tuple[dict[str, tuple[Metric, Expression]], list[Finding]]:
    """Compile the book's own metrics and every measure of the catalogue whose columns the book has."""
    compiled: dict[str, tuple[Metric, Expression]] = {}
    findings: list[Finding] = []
    faults = Faults(findings)
    for key, metric in own.items():
        if faults.are_too_many:
            findings.append(too_many_faults(metric.cell, "Metrics"))
            break
        if not metric.formula:
            continue  # an empty required cell is a finding already
        expression = compile_formula(metric.formula, metric.cell, compiler.compile, compiler, findings)
        if expression is not None:
            try:
                unit = unit_of(compiler, metric.formula, expression, metric=metric)
                compiled[key] = (attrs.evolve(metric, unit=unit), compiler.metric(key))
            except FormulaError as fault:
                findings.append(error(fault.cell or metric.cell, fault.text, fault.cure))
    cap_warnings(findings, "table Metrics")
    for key, metric in catalogue().items():
        try:
            expression, gaps = compiler.metric(key), compiler.gaps_of(key)
        except FormulaError:
            continue
        if all(gap.kind == "empty filter" for gap in gaps):  # without its columns a book has no such measure
            compiled.setdefault(key, (metric, expression))
    return compiled, findings
