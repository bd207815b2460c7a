"""Tables in memory mean what they would mean on file, and findings speak of rows and columns that the caller sees."""

import datetime as dt
import importlib
import pkgutil
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xlalm
from tests.cases.bank import BANK, CET1, NII, frames
from xlalm.app.registry import VERBS
from xlalm.app.run.book import open_book

TABLES: dict[str, Any] = {"Positions": BANK, "Limits": (CET1,), "Goals": (NII,)}
OPTIMAL = xlalm.solve(frames(TABLES)).objective


def positions(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(list(BANK)).assign(**columns)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({name: list(rows) for name, rows in TABLES.items()}, id="lists of records"),
        pytest.param(frames(TABLES) | {"Positions": positions().set_index("position")}, id="index named position"),
        pytest.param(
            frames(TABLES) | {"Positions": positions().set_index("position").rename_axis(None)}, id="unnamed index"
        ),
        pytest.param(
            frames(TABLES) | {"Positions": positions(max=[1000, 300, 1100, np.inf], min=[800, -np.inf, 900, None])},
            id="infinity as no bound",
        ),
        pytest.param(frames(TABLES) | {"Settings": {"method": "lp", "timing": "average"}}, id="settings as a dict"),
        pytest.param(frames(TABLES) | {"Settings": pd.Series({"method": "lp"})}, id="settings as a series"),
        pytest.param(
            frames(TABLES) | {"Positions": positions(side=lambda f: f["side"].astype("category"))}, id="categories"
        ),
        pytest.param(frames(TABLES) | {"Positions": positions().convert_dtypes()}, id="nullable types"),
        pytest.param(
            frames(TABLES) | {"Positions": positions(since=[np.datetime64("2026-01-31", "ns")] * 4)}, id="times"
        ),
    ],
)
def test_whatever_holds_the_same_bank_gives_the_same_plan(given: dict[str, Any]) -> None:
    found = xlalm.solve(given)
    assert (found.status, found.objective) == ("optimal", OPTIMAL), found.findings


def test_buckets_made_by_pandas_cut_are_text_for_filters() -> None:
    """A column of intervals ended in a TypeError of the manifest.

    Source: https://github.com/AshishK714/PyAnalytica/issues/4 and https://github.com/pandas-dev/pandas/issues/55544
    """
    frame = positions()
    frame["bucket"] = pd.cut(frame["balance"], [0, 100, 1000])
    metric = {"metric": "small", "formula": 'total(side = "asset" and bucket = "(0, 100]")'}
    found = xlalm.solve({"Positions": frame, "Goals": [NII], "Metrics": [metric]})
    assert found.objective == pytest.approx(33.625)
    small = found["MetricReport"].set_index("metric").loc["small"]
    assert (small["opening"], small["optimal"]) == (100.0, pytest.approx(180.0))


def test_a_date_as_numpy_holds_it_is_a_date() -> None:
    table = open_book({"Returns": {"date": np.array(["2026-01-31"], dtype="datetime64[ns]"), "Bonds": [0.01]}})
    assert table.tables["Returns"].columns["date"] == [dt.datetime(2026, 1, 31)]


def test_the_index_of_a_history_holds_its_dates() -> None:
    days = pd.date_range("2026-01-30", periods=2)
    table = open_book({"Returns": pd.DataFrame({"Bonds": [0.01, -0.01]}, index=days)}).tables["Returns"]
    assert table.columns["date"] == [dt.datetime(2026, 1, 30), dt.datetime(2026, 1, 31)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (positions(max=[1000, "lots", 1100, None]), 'Positions, row 1, column max: max "lots" is not a number'),
        (
            positions(max=[1000, "lots", 1100, None]).set_index("position"),
            'Positions, row Bonds, column max: max "lots" is not a number',
        ),
        (positions().drop(columns="side"), 'Positions: table Positions has no column "side"'),
        ([*BANK[:3], {**BANK[3], "balance": -1}], "Positions, row 3, column balance: balance is -1"),
    ],
)
def test_a_finding_names_table_row_and_column(given: Any, says: str) -> None:
    found = xlalm.check({"Positions": given, "Goals": [NII]}).findings
    assert any(line.startswith(says) for line in found), found


def test_a_run_on_frames_is_repeated_from_its_manifest(tmp_path: Any) -> None:
    from xlalm.app.run.manifest import manifest_text

    solved = xlalm.solve(frames(TABLES))
    assert solved["LimitReport"]["cell"].tolist() == ["Limits, row 0, column right"]
    place = tmp_path / "run.manifest.json"
    place.write_text(manifest_text(solved.result.manifest, "tables in memory"), encoding="utf-8")
    assert xlalm.rerun(place).objective == solved.objective


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (7, "table Limits is given as int"),
        ([CET1, 7], "table Limits is given as list"),
        ({"limit": ["CET1"], "left": "lcr"}, 'column "left" of table Limits is not a list'),
        ({"limit": ["CET1"], " Limit": ["CET1"]}, 'table Limits has the column " Limit" twice'),
    ],
)
def test_what_makes_no_table_is_refused(given: Any, says: str) -> None:
    with pytest.raises(Exception, match=says):
        xlalm.solve(frames(TABLES) | {"Limits": given})


def test_no_verb_hides_a_package() -> None:
    """``import xlalm.solve.optimise`` failed: the verb solve stood where the package of that name was."""
    modules = {module.name for module in pkgutil.iter_modules(xlalm.__path__)}
    assert not modules & VERBS.keys()
    assert importlib.import_module("xlalm.solver.optimise") is sys.modules["xlalm.solver.optimise"]
    assert all(importlib.import_module(f"xlalm.{name}") is getattr(xlalm, name) for name in ("solver", "app", "model"))
