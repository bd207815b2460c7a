"""The schema is the only list of tables and settings: it is whole, and what it names is there."""

import csv
from pathlib import Path

import pytest

from xlalm.app.registry import VERBS
from xlalm.domain.methods import METHODS, VAR_METHODS
from xlalm.domain.settings import SETTINGS, default_settings
from xlalm.schema import tables
from xlalm.schema.tables import INPUT_TABLES, RESULT_TABLES, TABLES, table_schema

FOLDER = Path(tables.__file__).parent
NOT_COLUMNS = {"tables", "setting_names", "migrations"}
"""Files of the schema that list something else than the columns of a table."""


def test_every_file_is_a_table_and_every_table_has_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} - NOT_COLUMNS == {facts.file for facts in TABLES.values()}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_says_what_it_means(name: str) -> None:
    schema = table_schema(name)
    assert schema.columns
    assert all(column.description and column.kind for column in schema.columns.values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_has_as_many_cells_as_its_header(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert {len(row) for row in rows} == {len(header)}


def test_input_and_result_tables() -> None:
    assert {name for name in INPUT_TABLES if TABLES[name].required} == {"Positions", "Goals"}
    assert {name for name in INPUT_TABLES if TABLES[name].more_columns} == {"Positions"}
    assert {TABLES[name].verb for name in RESULT_TABLES} <= set(VERBS)
    assert {TABLES[name].place for name in RESULT_TABLES} == {"always", "when found", "own sheet", ""}


def test_what_outlasts_a_solve_is_written_by_another_verb() -> None:
    """A solve empties its own tables, and the report in another program's style, which is of its plan."""
    kept = {name for name in RESULT_TABLES if TABLES[name].outlasts_solve}
    assert kept == {name for name in RESULT_TABLES if TABLES[name].verb not in {"solve", "report"}}


def test_only_times_and_comparisons_are_not_repeatable() -> None:
    once = {name for name in RESULT_TABLES if not TABLES[name].repeatable}
    assert once == {name for name in RESULT_TABLES if name.endswith("Run")} | {
        *("RunInfo", "WhatIf", "WhatIfBand", "InputState"),
    }


def test_defaults_are_what_their_settings_accept() -> None:
    settings = default_settings()
    for name, spec in SETTINGS.items():
        assert spec.description
        if spec.kind == "number":
            assert settings.number(name) >= spec.minimum
        if spec.kind == "choice":
            assert settings.text(name) in {*spec.choices, ""}
    assert SETTINGS["method"].choices == tuple(METHODS)
    assert SETTINGS["var_method"].choices == VAR_METHODS
    assert settings.flag("balance_identity") is True
    assert settings.method.name == "lp"


def test_facts_of_the_methods() -> None:
    assert {name for name, method in METHODS.items() if method.is_one_stage} == {"lp", "weighted_sum"}
    assert {name for name, method in METHODS.items() if method.needs_weights} == {"wfnlp", "wfnlp_direct"}
    assert {name for name, method in METHODS.items() if method.favours_lighter} == {"wfnlp"}
    places = sorted(method.place_in_sweep for method in METHODS.values() if method.place_in_sweep)
    assert places == list(range(1, len(places) + 1))
