"""Every input table of the schema has one reader, and nothing is read that the schema does not list."""

import importlib
import pkgutil

import attrs
import pytest

import xlalm.tables
from tests.strategies import Book, book, random_positions, read
from xlalm.app.run.book import open_book
from xlalm.schema.tables import INPUT_TABLES, TABLES
from xlalm.tables.registry import READERS, Inputs, read_inputs, reader

PARTS = {"currencies", "known", "plausible", "registry", "strangers", "typed"}
"""Modules of ``tables`` that read no table of their own."""


def test_the_registry_is_the_schemas_input_tables() -> None:
    assert set(READERS) == set(INPUT_TABLES)


@pytest.mark.parametrize("name", READERS)
def test_every_reader_is_there_and_says_what_it_does(name: str) -> None:
    assert reader(name).__doc__


def test_every_module_reads_a_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(xlalm.tables.__path__)} - PARTS
    assert modules == {TABLES[name].file for name in INPUT_TABLES}
    for name in modules:
        public = [key for key in vars(importlib.import_module(f"xlalm.tables.{name}")) if key.startswith("read_")]
        assert public == [f"read_{name}"]


def test_what_is_read_has_a_place_of_the_tables_name() -> None:
    fields = {field.name for field in attrs.fields(Inputs)}
    assert fields == {TABLES[name].file for name, use in READERS.items() if use != "by its verb"}


def small() -> Book:
    import numpy as np

    return book(random_positions(np.random.default_rng(2)), [("net(rate)", "max")], [])


def test_faults_of_a_table_that_no_run_uses_stop_no_solve() -> None:
    tables = small()
    tables["FX"] = {"currency": ["USD", "usd"], "rate": [0.9, 0.8]}
    model, findings = read(tables)
    assert model is not None
    assert [(f.severity, str(f.cell)) for f in findings] == [("warning", "FX!A3")]


def test_a_cell_that_is_no_number_stops_it_whatever_the_table() -> None:
    tables = small()
    tables["FX"] = {"currency": ["USD"], "rate": ["ninety"]}
    model, findings = read(tables)
    assert model is None
    assert [(f.severity, str(f.cell)) for f in findings] == [("error", "FX!B2")]


def test_a_book_without_positions_is_read_as_far_as_its_settings() -> None:
    tables = open_book({"Settings": {"setting": ["currency"], "value": ["USD"]}, "FX": {"currency": ["EUR", "EUR"]}})
    inputs, _ = read_inputs(tables.tables)
    assert inputs.settings.text("currency") == "USD"
    assert inputs.positions is None
    assert inputs.fx is None
