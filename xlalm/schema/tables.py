"""Schema of every workbook table, read from ``xlalm/schema/*.csv``: the only list of columns there is."""

import csv
from functools import cache
from pathlib import Path

import attrs

_FOLDER = Path(__file__).resolve().parent


@attrs.frozen
class TableFacts:
    """What the schema says of a table as a whole; its columns stand in ``<file>.csv``.

    Input: ``unique`` where the first column names the rows, each once; ``more_columns`` where columns that a book adds
    are read too. Result: the ``verb`` that writes it, and its ``place`` where the book has no table of this name:
    ``always`` one on the results sheet, only ``when found``, on the verb's ``own sheet``, or none. One that
    ``outlasts_solve`` has its own time of run, so that a solve leaves it as it is; all others are emptied. What is not
    ``repeatable`` holds times, or a comparison with a run that is gone. ``told_by`` are the columns without which a
    table of its name in a book is not the result but somebody's own.
    """

    name: str
    file: str
    is_input: bool
    required: bool
    unique: bool
    more_columns: bool
    verb: str
    place: str
    outlasts_solve: bool
    repeatable: bool
    told_by: tuple[str, ...]


def schema_rows(file: str) -> list[dict[str, str]]:
    """Return the rows of ``xlalm/schema/<file>.csv``."""
    with (_FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _facts(row: dict[str, str]) -> TableFacts:
    return TableFacts(
        name=row["table"],
        file=row["file"],
        is_input=row["direction"] == "input",
        required=row["required"] == "yes",
        unique=row["unique"] == "yes",
        more_columns=row["more_columns"] == "yes",
        verb=row["verb"],
        place=row["place"],
        outlasts_solve=row["outlasts_solve"] == "yes",
        repeatable=row["repeatable"] != "no",
        told_by=tuple(row["told_by"].split()),
    )


TABLES = {facts.name: facts for facts in map(_facts, schema_rows("tables"))}
"""Every table of a workbook, in the order in which the schema shows them."""

INPUT_TABLES = tuple(name for name, facts in TABLES.items() if facts.is_input)
RESULT_TABLES = tuple(name for name, facts in TABLES.items() if not facts.is_input)


@attrs.frozen
class Column:
    """One column of a table: its type, unit, default and limits, as the schema file says.

    ``needed_on`` names the sides whose positions must fill it where a formula lives on it; blank: a column that is left
    out means its default. ``also_called`` are headers of others for the same.
    """

    key: str
    kind: str  # text, number, flag, date, formula, any, choice
    unit: str = ""
    default: str = ""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    advanced: bool = False
    mixed_sides: bool | None = None  # whether a sum over assets and liabilities together makes sense
    choices: tuple[str, ...] = ()
    display: str = ""  # number format family of a result column
    description: str = ""
    source: str = ""
    needed_on: tuple[str, ...] = ()
    also_called: tuple[str, ...] = ()


@attrs.frozen
class TableSchema:
    """The columns of one table, in the order in which the template shows them."""

    table: str
    columns: dict[str, Column]

    @property
    def required(self) -> tuple[str, ...]:
        """Keys of the columns that must be there."""
        return tuple(column.key for column in self.columns.values() if column.required)


def _column(row: dict[str, str]) -> Column:
    kind, _, choices = row["type"].partition(":")
    mixed = row.get("mixed_sides", "")
    return Column(
        key=row["column"],
        kind=kind,
        unit=row["unit"],
        default=row.get("default", ""),
        minimum=float(row["minimum"]) if row.get("minimum") else None,
        maximum=float(row["maximum"]) if row.get("maximum") else None,
        required=row.get("required") == "yes",
        advanced=row.get("group") == "advanced",
        mixed_sides={"yes": True, "no": False}.get(mixed),
        choices=_listed(choices),
        display=row.get("format", ""),
        description=row["description"],
        source=row.get("source", ""),
        needed_on=_listed(row.get("needed_on", "")),
        also_called=_listed(row.get("also_called", "")),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


@cache
def table_schema(table: str) -> TableSchema:
    """Return the schema of a table by its workbook name; raises KeyError for an unknown table."""
    columns = [_column(row) for row in schema_rows(TABLES[table].file)]
    return TableSchema(table, {column.key: column for column in columns})
