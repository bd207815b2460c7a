"""The book's own metrics and the catalogue's measures, compiled."""

from collections.abc import Mapping

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, error
from xlalm.domain.table import TypedTable, normalise_header
from xlalm.measures.expression import Expression
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.tokens import FormulaError
from xlalm.model.formulas import MAX_FAULTS, compile_formula, too_many_faults
from xlalm.regulation.catalogue import Metric, catalogue
from xlalm.tables.limits import formula_text


def own_metrics(table: TypedTable | None, sheet: BalanceSheet) -> tuple[dict[str, Metric], list[Finding]]:
    """Return the book's own metrics by key, and findings about their names."""
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
            formula=formula_text(table.values["formula"][i]),
            unit=table.texts["unit"][i],
            lens=table.texts["lens"][i],
            description=table.texts["description"][i],
            source="this book",
            cell=table.raw.cell(i, "formula"),
        )
    return metrics, findings


def compile_metrics(
    compiler: Compiler, own: Mapping[str, Metric]
) -> tuple[dict[str, tuple[Metric, Expression]], list[Finding]]:
    """Compile the book's own metrics and every measure of the catalogue whose columns the book has."""
    compiled: dict[str, tuple[Metric, Expression]] = {}
    findings: list[Finding] = []
    for key, metric in own.items():
        if len(findings) >= MAX_FAULTS:
            findings.append(too_many_faults(metric.cell, "Metrics"))
            break
        if not metric.formula:
            continue  # an empty required cell is a finding already
        expression = compile_formula(metric.formula, metric.cell, compiler.compile, compiler, findings)
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
