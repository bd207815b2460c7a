"""Schema of every workbook table, read from ``xlalm/schema/*.csv``: the only list of columns there is."""

import csv
from functools import cache
from pathlib import Path

import attrs

_FOLDER = Path(__file__).resolve().parent

INPUT_TABLES: tuple[tuple[str, str], ...] = (
    ("Positions", "positions"),
    ("Metrics", "metrics"),
    ("Limits", "limits"),
    ("Goals", "goals"),
    ("Settings", "settings"),
    ("Curves", "curves"),
    ("FX", "fx"),
    ("Covariances", "covariances"),
    ("Returns", "returns"),
    ("Behaviour", "behaviour"),
    ("Scenarios", "scenarios"),
    ("ScenarioEffects", "scenario_effects"),
    ("Actions", "actions"),
    ("ActionLegs", "action_legs"),
)
REQUIRED_TABLES = ("Positions", "Goals")

RESULT_TABLES: tuple[tuple[str, str], ...] = (
    ("RunInfo", "run_info"),
    ("PlanStatus", "plan_status"),
    ("Headline", "headline"),
    ("Explanation", "explanation"),
    ("TopChanges", "top_changes"),
    ("TopPrices", "top_prices"),
    ("Utilisations", "utilisations"),
    ("Allocation", "allocation"),
    ("LimitReport", "limit_report"),
    ("MetricReport", "metric_report"),
    ("GoalReport", "goal_report"),
    ("Payoff", "payoff"),
    ("Conflicts", "conflicts"),
    ("WhatIf", "what_if"),
    ("Findings", "findings"),
    ("LingoVariables", "lingo_variables"),
    ("LingoRows", "lingo_rows"),
    ("VarRun", "analysis_run"),
    ("VarReport", "var_report"),
    ("VarComponents", "var_components"),
    ("VarBacktest", "var_backtest"),
    ("Frontier", "frontier"),
    ("AllocationByLevel", "allocation_by_level"),
    ("Contributions", "contributions"),
    ("FrontierRun", "analysis_run"),
    ("Surface", "surface"),
    ("SurfaceRun", "analysis_run"),
    ("Sweep", "sweep"),
    ("SweepRun", "analysis_run"),
    ("WeightSweep", "weight_sweep"),
    ("WeightSweepRun", "analysis_run"),
)
ALWAYS_WRITTEN = ("RunInfo", "PlanStatus", "Explanation", "Allocation", "LimitReport", "MetricReport", "Findings")
"""Result tables that get a place on a new sheet where the book has none for them."""
LEFT_BY_SOLVE = (
    *("Frontier", "AllocationByLevel", "Contributions", "FrontierRun", "Surface", "SurfaceRun"),
    *("Sweep", "SweepRun", "WeightSweep", "WeightSweepRun"),
    *("VarRun", "VarReport", "VarComponents", "VarBacktest"),
)
"""Result tables of other verbs, with their own time of run: a solve leaves them as they are."""
ADDED_WHEN_FOUND = ("GoalReport", "Payoff", "Conflicts", "WhatIf")
"""Result tables that get such a place only when a run has something to put there."""


@attrs.frozen
class Column:
    """One column of a table: its type, unit, default and limits, as the schema file says."""

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
        choices=tuple(choices.split("|")) if choices else (),
        display=row.get("format", ""),
        description=row["description"],
        source=row.get("source", ""),
    )


@cache
def table_schema(table: str) -> TableSchema:
    """Return the schema of a table by its workbook name; raises KeyError for an unknown table."""
    file = dict(INPUT_TABLES + RESULT_TABLES)[table]
    with (_FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as stream:
        columns = [_column(row) for row in csv.DictReader(stream)]
    return TableSchema(table, {column.key: column for column in columns})
