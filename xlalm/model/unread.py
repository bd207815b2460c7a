"""What a book holds that no run reads: each is named once, so that nobody waits for it to matter."""

import re
from collections.abc import Iterator, Mapping

from xlalm.domain.findings import Finding, warning
from xlalm.domain.numbers import is_blank
from xlalm.domain.settings import SETTINGS
from xlalm.domain.table import Table, normalise_header
from xlalm.model.model import Model
from xlalm.schema.tables import table_schema
from xlalm.tables.positions import TAKEN
from xlalm.tables.registry import READERS

_NAMES = re.compile(r"""["“”„«»']([^"“”„«»']+)["“”„«»']|([^\W\d]\w*)""")
"""What a formula may name: a text in quotation marks, or a word."""


def unread(model: Model, tables: Mapping[str, Table]) -> list[Finding]:
    """Return a warning for each table, each setting and all columns of ``Positions`` that nothing reads.

    A book without limits has one for that.
    """
    return [*_tables(tables), *_settings(model, tables), *_columns(model), *_no_limits(model, tables)]


def names_in(formula: str) -> set[str]:
    """Return the normalised names of columns, measures and functions that a formula holds, and its quoted texts."""
    return {normalise_header(quoted or word) for quoted, word in _NAMES.findall(formula)}


def _tables(tables: Mapping[str, Table]) -> Iterator[Finding]:
    for name, use in READERS.items():
        if use == "not yet" and name in tables and len(tables[name]):
            text = f"table {name} is checked, but no run uses it yet"
            yield warning(tables[name].header_cell(), text, "do not expect results to depend on it")


def _settings(model: Model, tables: Mapping[str, Table]) -> Iterator[Finding]:
    table = tables.get("Settings")
    if table is None:
        return
    for row, name in enumerate(table.columns["setting"]):
        key = normalise_header(str(name or ""))
        spec = SETTINGS.get(key)
        if spec is not None and not spec.used and model.settings.values[key] != spec.default:
            text = f"setting {key} is kept, but no run uses it yet"
            yield warning(table.cell(row, "value"), text, "do not expect results to depend on it")


def _columns(model: Model) -> Iterator[Finding]:
    """Name the columns of the contract that hold something, and that neither the program nor a formula takes."""
    table = model.sheet.table.raw
    taken = TAKEN | _mentioned(model)
    idle = [key for key in table_schema("Positions").columns if key in table.columns and key not in taken]
    filled = [key for key in idle if not all(map(_is_nothing, table.columns[key]))]
    if filled:
        text = (
            f"no formula reads {'the column' if len(filled) == 1 else 'the columns'} {', '.join(filled)} of Positions"
        )
        yield warning(
            table.header_cell(filled[0]), text, "use it in a formula, or do not expect results to depend on it"
        )


def _is_nothing(value: object) -> bool:
    return is_blank(value) or value == 0


def _mentioned(model: Model) -> set[str]:
    """Return every name in a formula of the book, or of a measure that its report shows."""
    formulas = [metric.formula for metric, _ in model.metrics.values()]
    formulas += [goal.row.formula for goal in model.goals]
    formulas += [text for limit in model.limits if limit.row is not None for text in (limit.row.left, limit.row.right)]
    names = {name for formula in formulas for name in names_in(formula)}
    defaults = {key: column.default for key, column in table_schema("Positions").columns.items()}
    return names | {defaults[key].removeprefix("=") for key in names & defaults.keys() if defaults[key].startswith("=")}


def _no_limits(model: Model, tables: Mapping[str, Table]) -> Iterator[Finding]:
    if any(limit.active for limit in model.limits):
        return
    cell = tables["Limits"].header_cell("active" if model.limits else "") if "Limits" in tables else None
    what = "no limit of the book is active" if model.limits else "the book has no limits"
    cure = "add what the bank must keep to Limits, unless that is meant"
    yield warning(cell, f"{what}: a plan is bounded only by min and max", cure)
