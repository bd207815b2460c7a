"""A table that nothing reads is named; one that was meant as a table of the contract stops the run."""

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames, workbook
from xlalm.domain.likeness import contract_table
from xlalm.schema.tables import INPUT_TABLES, RESULT_TABLES, TABLES, table_schema
from xlalm.tables.registry import READERS

TIGHT = {**CET1, "right": "18%"}
TABLES_OF_THE_BANK: dict[str, Any] = {"Positions": BANK, "Limits": (TIGHT,), "Goals": (NII,)}


def renamed(path: Path, old: str, new: str) -> Path:
    """Give a table of a workbook a new name, as Excel does when a sheet is copied within its workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = [(item, archive.read(item.filename)) for item in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item, data in parts:
            is_table = item.filename.startswith("xl/tables/")
            archive.writestr(item, data.replace(f'"{old}"'.encode(), f'"{new}"'.encode()) if is_table else data)
    return path


def test_limits_under_another_name_stop_the_run(tmp_path: Path) -> None:
    """The table of limits is called Limits2: the book was solved without any limit, and every limit held.

    Source: https://github.com/EPPlusSoftware/EPPlus/issues/342 and https://github.com/EPPlusSoftware/EPPlus/issues/2125
    (a copied sheet gets Limits2). With its limit of 18 % the plan is loans 888.9, bonds 291.1, NII 32.51.
    """
    path = workbook(tmp_path / "bank.xlsx", TABLES_OF_THE_BANK)
    solved = xlalm.solve(path)
    assert solved["Allocation"]["optimal"].tolist()[:2] == pytest.approx([888.888889, 291.111111])
    assert solved.objective == pytest.approx(32.5139, abs=1e-4)
    renamed(path, "Limits", "Limits2")
    for verb in (xlalm.check, xlalm.solve):
        found = verb(path)
        assert found.status == "bad input"
        assert found.findings == (
            'Limits!A1: table "Limits2" on sheet "Limits" looks like Limits, which the book lacks, and is not read '
            "under this name; rename it to Limits (in Excel: Table Design > Table Name), or to something unlike it.",
        )


def test_positions_under_another_name_are_pointed_at(tmp_path: Path) -> None:
    """Source: https://github.com/EPPlusSoftware/EPPlus/issues/342."""
    path = renamed(workbook(tmp_path / "bank.xlsx", TABLES_OF_THE_BANK), "Positions", "Positions2")
    (only,) = xlalm.check(path).findings
    assert only.startswith('Positions!A1: table "Positions2" on sheet "Positions" looks like Positions, which the book')


@pytest.mark.parametrize("name", ["Limit", "tblLimits", "Limits_2026", "LIMITS (old)", "limits 2", "Grenzen"])
def test_limits_in_memory_under_another_name_stop_the_run(name: str) -> None:
    """ "Limit" and the like were passed over: the plan was that of a book without limits."""
    tables: dict[str, Any] = frames(TABLES_OF_THE_BANK)
    tables[name] = tables.pop("Limits")
    found = xlalm.solve(tables)
    assert found.status == "bad input"
    assert any(f'"{name}" looks like Limits' in line for line in found.findings), found.findings


def test_a_second_table_of_a_kind_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bank.xlsx", TABLES_OF_THE_BANK | {"Limits_2025": (CET1,)})
    found = xlalm.solve(path)
    assert found.status == "optimal"
    assert found.findings == (
        'Limits_2025!A1: table "Limits_2025" looks like Limits and is not read: the book has a table Limits; '
        "move what is meant into Limits, or rename this one.",
    )


def test_tables_of_the_bank_itself_are_welcome_in_a_workbook(tmp_path: Path) -> None:
    own = {"Contacts": ({"name": "Ann", "desk": "ALM"},), "Rates": ({"day": 1, "rate": 0.02},)}
    assert xlalm.solve(workbook(tmp_path / "bank.xlsx", TABLES_OF_THE_BANK | own)).findings == ()


def test_nobody_passes_a_table_in_memory_for_nothing() -> None:
    own = {"Contacts": ({"name": "Ann"},), "Allocation": ({"position": "Loans", "optimal": 1.0},)}
    (only,) = xlalm.solve(TABLES_OF_THE_BANK | {name: list(rows) for name, rows in own.items()}).findings
    assert only.startswith('nothing reads the tables "Allocation", "Contacts"; leave out what is not meant')


def test_a_run_with_such_a_warning_is_repeated(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bank.xlsx", TABLES_OF_THE_BANK | {"Limits_2025": (CET1,)})
    solved = xlalm.solve(path, out=tmp_path / "solved.xlsx")
    assert xlalm.rerun(tmp_path / "solved.manifest.json").objective == solved.objective


@pytest.mark.parametrize("name", RESULT_TABLES)
def test_no_result_table_looks_like_an_input(name: str) -> None:
    assert contract_table("Any", table_schema(name).columns.keys()) is None
    assert TABLES[name].verb


@pytest.mark.parametrize("name", INPUT_TABLES)
def test_every_input_looks_like_itself_alone(name: str) -> None:
    assert contract_table(name, ()) == name
    headers = table_schema(name).columns.keys()
    assert contract_table("Something", headers) == (name if len(headers) > 1 else None)


@pytest.mark.parametrize(
    "name",
    [
        "RegulatoryFactors",
        "Auctions",
        "Portions",
        "Transactions",
        "Goalkeepers",
        "Fractions",
        "Curvature",
        "Fax",
        "Metro",
    ],
)
def test_other_words_look_like_none(name: str) -> None:
    assert contract_table(name, ("day", "rate", "name")) in {None, "Actions" if name == "Auctions" else None}


AROUND = st.tuples(
    st.sampled_from(["", "tbl", "tbl_", "Table_", "tab"]),
    st.sampled_from(["as it is", "upper", "lower", "singular", "doubled letter"]),
    st.sampled_from(["", "2", "_2026", "_old", "_Q3_2026", " (2)", "_v2", "Copy"]),
)


@given(table=st.sampled_from(INPUT_TABLES), around=AROUND, is_there=st.booleans())
def test_any_such_name_of_any_table_is_named(table: str, around: tuple[str, str, str], is_there: bool) -> None:
    prefix, how, suffix = around
    changed = {
        "as it is": table,
        "upper": table.upper(),
        "lower": table.lower(),
        "singular": table.removesuffix("s"),
        "doubled letter": table[:2] + table[1:] if len(table) > 5 else table,
    }[how]
    name = f"{prefix}{changed}{suffix}"
    if name.casefold() == table.casefold():
        return
    columns = table_schema(table).columns
    tables: dict[str, Any] = frames(TABLES_OF_THE_BANK)
    if is_there and table in tables:
        tables[name] = tables[table]
    else:
        tables[name] = tables.pop(table, pd.DataFrame([dict.fromkeys(columns)]))
    found = xlalm.check(tables)
    named = [f for f in found.result.findings if f'"{name}" looks like {table}' in f.text.replace("  ", " ")]
    assert len(named) == 1, (name, found.findings)
    stops = READERS[table] != "not yet" and not (is_there and table in tables)
    assert named[0].severity == ("error" if stops else "warning")
    if stops:
        assert found.status == "bad input"
