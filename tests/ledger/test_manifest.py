"""A run can be repeated exactly from its manifest, and an edited manifest is refused."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.solver.test_linear_oracle import random_case
from tests.strategies import Book, book, random_positions, seeds
from xlalm.app.run.book import open_book
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.rerun import rerun
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.domain.table import ErrorValue, Table
from xlalm.ledger.manifest import canonical_tables, digest, read_manifest, tables_from


def sample() -> Book:
    limits: list[Any] = [("turnover()", "<=", 60.0), {"left": "cet1_ratio", "sense": ">=", "right": "9%"}]
    return book(random_positions(np.random.default_rng(3)), [("nii_12m", "max")], limits, bank="Måla Bank")


def saved(result: Result, folder: Path) -> Path:
    path = folder / "run.manifest.json"
    path.write_text(json.dumps(result.manifest, ensure_ascii=False), encoding="utf-8")
    return path


def test_rerun_gives_every_figure_again(tmp_path: Path) -> None:
    first = verbs.solve(sample())
    again = rerun(saved(first, tmp_path))
    assert again.status == "optimal"
    assert again.objective == first.objective
    assert "Repeated bit for bit" in again.messages[0]
    for name in ("Allocation", "LimitReport", "MetricReport", "GoalReport", "Explanation"):
        assert again.table(name).rows == first.table(name).rows
    assert again.manifest == first.manifest


@pytest.mark.parametrize(
    ("goal", "limit"),
    [
        ("cet1_ratio", ("total_assets", ">=", 1.0)),
        ("nii_12m", ("max(rwa, total_assets)", ">=", 1.0)),
        ("sum(gamma) - rwa * rwa / 1e5", ("total_assets", ">=", 1.0)),
        ("nii_12m", ("total_assets", ">=", 1e9)),  # infeasible runs have a manifest too
    ],
)
def test_every_kind_of_run_repeats(goal: str, limit: tuple[str, str, float], tmp_path: Path) -> None:
    first = verbs.solve(book(random_positions(np.random.default_rng(4)), [(goal, "max")], [limit]))
    again = rerun(saved(first, tmp_path))
    assert (again.status, again.objective) == (first.status, first.objective)


def test_a_solves_json_holds_its_manifest(tmp_path: Path) -> None:
    first = verbs.solve(sample())
    path = tmp_path / "result.json"
    path.write_text(json.dumps(first.as_json(), default=str), encoding="utf-8")
    assert rerun(path).objective == first.objective


def test_what_a_manifest_says() -> None:
    first = verbs.solve(sample())
    manifest = first.manifest
    assert manifest is not None
    assert manifest["status"] == "optimal"
    assert manifest["objective"] == first.objective
    assert manifest["settings"]["bank"] == "Måla Bank"
    assert manifest["settings"]["seed"] == 1.0
    assert set(manifest["versions"]) >= {"xlalm", "python", "numpy", "solver"}
    assert "HiGHS" in manifest["versions"]["solver"]
    assert manifest["certificate"]["accepted"] is True
    assert manifest["inputs_sha256"] == digest(manifest["inputs"])
    other = sample()
    other["Positions"]["rate"][0] += 0.01
    assert manifest["result_sha256"] == (verbs.solve(sample()).manifest or {})["result_sha256"]
    assert manifest["result_sha256"] != (verbs.solve(other).manifest or {})["result_sha256"]
    assert dt.datetime.fromisoformat(manifest["created"]).tzinfo is not None
    assert all(seconds >= 0 for seconds in manifest["timings_s"].values())


def test_inputs_hash_changes_with_any_input_and_with_nothing_else() -> None:
    def sha(tables: Book) -> str:
        return digest(canonical_tables(open_book(tables).tables))

    base = sha(sample())
    assert sha(sample()) == base
    shuffled = dict(reversed(sample().items()))
    assert sha(shuffled) == base
    for table, column in (("Positions", "rate"), ("Limits", "right"), ("Settings", "value")):
        changed = sample()
        changed[table][column][0] = 0.0123
        assert sha(changed) != base


def edit_inputs(manifest: dict[str, Any]) -> None:
    manifest["inputs"]["Positions"]["columns"]["rate"][0] = 0.5


def edit_hash(manifest: dict[str, Any]) -> None:
    manifest["inputs_sha256"] = "0" * 64


def edit_result(manifest: dict[str, Any]) -> None:
    manifest["result_sha256"] = "0" * 64


def edit_both(manifest: dict[str, Any]) -> None:
    edit_inputs(manifest)
    manifest["inputs_sha256"] = digest(manifest["inputs"])


def drop_inputs(manifest: dict[str, Any]) -> None:
    del manifest["inputs"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edit_inputs, "do not match their hash: the manifest was edited"),
        (edit_hash, "do not match their hash"),
        (edit_result, "the repeated run differs from the manifest"),
        (edit_both, "the repeated run differs from the manifest"),
        (drop_inputs, "holds no manifest of xlalm"),
    ],
)
def test_an_edited_manifest_is_refused(edit: Callable[[dict[str, Any]], None], message: str, tmp_path: Path) -> None:
    first = verbs.solve(sample())
    assert first.manifest is not None
    edit(first.manifest)
    with pytest.raises(Refused, match=message):
        rerun(saved(first, tmp_path))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", "null", '{"manifest": 5}', '{"inputs": {}}', "\x00", "[" * 100_000]
)
def test_what_is_no_manifest_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read_manifest(path)
    assert "no.json" in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(Refused, match="cannot be read"):
        read_manifest(tmp_path / "missing.json")


def test_damaged_inputs_with_a_true_hash_are_refused_too(tmp_path: Path) -> None:
    """A hand-made manifest must not end in a traceback."""
    for inputs in ({"Positions": {}}, {"Positions": 5}, [], {"Positions": {"columns": {"rate": 5}}}):
        document = {"inputs": inputs, "inputs_sha256": digest(inputs), "result_sha256": "0"}
        path = tmp_path / "made.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(Refused):
            rerun(path)


# --- canonical tables ----------------------------------------------------------------------------------


def test_canonical_tables_come_back_as_they_were() -> None:
    table = Table(
        name="Settings",
        sheet="Inputs ✓",
        headers={"setting": "Setting", "value": "Value"},
        columns={
            "setting": ["a", None, "c", "d", "e", "f"],
            "value": [1.5, True, "=x", dt.datetime(2026, 1, 31, 12, 30), ErrorValue("#N/A"), dt.date(2026, 2, 1)],
        },
        rows=[4, 5, 9, 10, 11, 12],
        header_row=3,
        column_numbers={"setting": 2, "value": 5},
    )
    through_json = json.loads(json.dumps(canonical_tables({"Settings": table})))
    back = tables_from(through_json)["Settings"]
    assert dict(back.columns) == {key: list(column) for key, column in table.columns.items()}
    assert (back.sheet, list(back.rows), back.header_row) == (table.sheet, list(table.rows), 3)
    assert str(back.cell(2, "value")) == str(table.cell(2, "value")) == "'Inputs ✓'!E9"
    assert digest(canonical_tables({"Settings": back})) == digest(canonical_tables({"Settings": table}))


@settings(max_examples=8)
@given(seed=seeds)
def test_canonical_tables_solve_identically(seed: int) -> None:
    tables = open_book(random_case(seed).book).tables
    back = tables_from(json.loads(json.dumps(canonical_tables(tables))))
    first, second = verbs.solve(tables).manifest, verbs.solve(back).manifest
    assert first is not None
    assert second is not None
    assert first["result_sha256"] == second["result_sha256"]
