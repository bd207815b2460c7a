"""``Metrics``: the book's own quantities, their formulas not compiled yet."""

from xlalm.domain.findings import Finding
from xlalm.domain.metric import Metric
from xlalm.domain.table import TypedTable, normalise_header
from xlalm.tables.known import Known
from xlalm.tables.typed import formula_text


def read_metrics(table: TypedTable, _: Known) -> tuple[tuple[Metric, ...], list[Finding]]:
    """Return the metrics that have a name; whatever can be wrong with one is said where the table is typed."""
    return tuple(
        Metric(
            name=name,
            formula=formula_text(table.values["formula"][i]),
            unit=table.texts["unit"][i],
            lens=table.texts["lens"][i],
            description=table.texts["description"][i],
            source="this book",
            cell=table.raw.cell(i, "formula"),
            name_cell=table.raw.cell(i, "metric"),
        )
        for i, name in enumerate(table.texts["metric"])
        if normalise_header(name)
    ), []
