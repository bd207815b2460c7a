"""``xlalm.solve`` in Python: tables in memory as good as a file, DataFrames out, nothing heavy at import."""

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

import xlalm
from tests.strategies import Book, book, random_positions
from xlalm.app.verbs import solve as verbs
from xlalm.domain.errors import Refused


def sample() -> Book:
    drawn = random_positions(np.random.default_rng(42))
    # few digits, so that a workbook holds exactly these numbers
    positions = {key: [round(v, 4) if isinstance(v, float) else v for v in values] for key, values in drawn.items()}
    limits = [
        {"limit": "LCR", "left": "lcr", "sense": ">=", "right": "opening(lcr)", "role": "regulatory minimum"},
        {"limit": "Turnover", "left": "turnover()", "sense": "<=", "right": 60.0},
        {"limit": "CET1", "left": "cet1_ratio", "sense": ">=", "right": "9%"},
    ]
    tables = book(positions, [("risk_adjusted_margin", "max")], limits, {"half": "0.5 * total_assets"}, timing="start")
    tables["Settings"]["setting"].append("as_of")
    tables["Settings"]["value"].append(dt.datetime(2026, 1, 31))
    return tables


def frames(tables: Book) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


def write_book(path: Path, tables: Book) -> Path:
    """Write tables as an Excel workbook, two sheets, tables not at A1."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for number, (name, columns) in enumerate(tables.items()):
            sheet = workbook.add_worksheet(name.lower())
            top, left = 2 + number, 1 + number
            rows = list(zip(*columns.values(), strict=True))
            for r, row in enumerate(rows, start=top + 1):
                for c, value in enumerate(row, start=left):
                    if isinstance(value, dt.datetime):
                        sheet.write_datetime(r, c, value, date)
                    elif isinstance(value, str):
                        sheet.write_string(r, c, value)
                    elif value is not None:
                        sheet.write(r, c, value)
            sheet.add_table(
                top,
                left,
                top + len(rows),
                left + len(columns) - 1,
                {"name": name, "columns": [{"header": header} for header in columns]},
            )
    return path


def same(a: dict[str, pd.DataFrame], b: dict[str, pd.DataFrame]) -> None:
    assert set(a) == set(b)
    for name, frame in a.items():
        other = b[name]
        if name in {"RunInfo", "Findings"}:
            continue
        drop = [c for c in ("cell", "solved_at") if c in frame.columns]
        pd.testing.assert_frame_equal(frame.drop(columns=drop), other.drop(columns=drop), obj=name)


def test_frames_and_mappings_and_files_give_the_same(tmp_path: Path) -> None:
    tables = sample()
    path = write_book(tmp_path / "bank.xlsx", tables)
    before = path.read_bytes()
    from_file, from_frames, from_lists = xlalm.solve(path), xlalm.solve(frames(tables)), xlalm.solve(tables)
    assert from_file.status == from_frames.status == from_lists.status == "optimal"
    assert from_file.objective == from_frames.objective == from_lists.objective
    same(from_frames.tables, from_lists.tables)
    same(from_file.tables, from_frames.tables)
    assert from_file.explanation == from_frames.explanation
    assert path.read_bytes() == before, "nothing is written without out"
    assert [p.name for p in tmp_path.iterdir()] == ["bank.xlsx"]
    allocation = from_frames["Allocation"]
    assert isinstance(allocation, pd.DataFrame)
    change = allocation["optimal"] - allocation["opening"]
    assert np.allclose(change, allocation["change"])


def test_every_kind_of_frame_is_read() -> None:
    """Nullable types, object columns, numpy scalars, decimals, NaT and categories mean what they show."""
    tables = sample()
    expected = xlalm.solve(tables).objective
    plain = frames(tables)
    positions = plain["Positions"]
    exact = positions.assign(
        balance=[Decimal(repr(v)) for v in positions["balance"]],
        side=pd.Categorical(positions["side"]),
        rate=pd.Series([np.float64(v) for v in positions["rate"]], dtype=object),
    )
    kinds: list[dict[str, pd.DataFrame]] = [
        {name: frame.convert_dtypes() for name, frame in plain.items()},
        {name: frame.astype(object) for name, frame in plain.items()},
        plain | {"Positions": exact},
        {name.upper(): frame for name, frame in plain.items()},
        {name: frame.rename(columns=lambda c: f" {c.replace('_', '-').title()} ") for name, frame in plain.items()},
    ]
    for kind in kinds:
        found = xlalm.solve(kind)
        assert found.status == "optimal", found.findings
        assert found.objective == expected


def test_dates_and_missing_dates_in_settings() -> None:
    tables = sample()
    result = verbs.solve(tables)
    info = {r["item"]: r["value"] for r in result.table("RunInfo").records()}
    assert info["as of"] == "2026-01-31"
    tables["Settings"]["value"][-1] = pd.NaT
    assert xlalm.solve(tables).status == "optimal"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p | {"rate": p["rate"][:-1]}, 'columns of table Positions differ in length: "rate" has'),
        (lambda p: p | {"rate": 5}, 'column "rate" of table Positions is not a list'),
        (lambda p: p | {"rate": "5"}, 'column "rate" of table Positions is not a list'),
        (lambda p: p | {"Risk weight": p["rate"]}, 'has the column "Risk weight" twice (as "risk_weight")'),
        (lambda p: pd.concat([pd.DataFrame(p), pd.DataFrame({"rate": p["rate"]})], axis=1), 'the column "rate" twice'),
    ],
)
def test_columns_that_make_no_table_are_said_so(change: Any, message: str) -> None:
    tables: dict[str, Any] = dict(sample())
    tables["Positions"] = change(tables["Positions"])
    with pytest.raises(Refused) as caught:
        xlalm.solve(tables)
    assert message in str(caught.value)


def test_faults_are_findings_not_exceptions() -> None:
    tables = sample()
    tables["Positions"]["side"][0] = "aset"
    result = xlalm.solve(tables)
    assert result.status == "bad input"
    assert result.objective is None
    assert any("Positions!B2" in line and 'did you mean "asset"?' in line for line in result.findings)
    with pytest.raises(KeyError):
        result["Allocation"]


def test_check_scores_the_opening_and_names_what_fails() -> None:
    tables = sample()
    tables["Limits"]["right"][2] = "90%"
    result = xlalm.check(tables)
    assert result.status == "checked"
    report = result["LimitReport"].set_index("limit")
    assert (report["value"] == report["opening"]).all()
    assert any("CET1 fails at opening" in line for line in result.explanation)
    tables["Limits"]["right"][2] = "0.1%"
    assert any("Every limit holds at opening" in line for line in xlalm.check(tables).explanation)


def test_missing_file_is_one_line() -> None:
    with pytest.raises(Refused, match="not there"):
        xlalm.solve("no such book.xlsx")


def test_json_holds_numbers_or_null_and_never_nan() -> None:
    document = verbs.solve(sample()).as_json()
    text = json.dumps(document, allow_nan=False, default=str)
    again = json.loads(text)
    assert {"status", "method", "solver", "objective", "certificate", "findings", "manifest"} <= set(again)
    assert again["Allocation"][0].keys() >= {"position", "side", "opening", "optimal", "reduced_cost"}
    assert isinstance(again["LimitReport"][0]["shadow_price"], float)


def test_explanation_is_short_sorted_and_in_the_banks_unit() -> None:
    tables = sample()
    tables["Settings"]["setting"] += ["currency", "amount_unit"]
    tables["Settings"]["value"] += ["SEK", "million"]
    result = verbs.solve(tables)
    assert 1 <= len(result.messages) <= 10
    assert "SEK" in result.messages[0]
    changes = [abs(row["change"]) for row in result.table("TopChanges").records()]
    assert changes == sorted(changes, reverse=True)
    worths = [row["worth"] for row in result.table("TopPrices").records()]
    assert worths == sorted(worths, reverse=True)


# --- imports -------------------------------------------------------------------------------------------

HEAVY = ("pandas", "scipy", "highspy", "numpy")


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import xlalm; assert 'solve' in dir(xlalm) and xlalm.__version__") == set()


TINY = {
    "Positions": {"position": ["a"], "side": ["asset"], "balance": [1.0], "max": [2.0]},
    "Goals": {"goal": ["g"], "formula": ["total_assets"], "direction": ["max"]},
}


def test_verbs_do_not_load_pandas() -> None:
    for verb, status in (("check", "checked"), ("solve", "optimal")):
        code = f"from xlalm.app.verbs import solve as verbs; assert verbs.{verb}({TINY!r}).status == '{status}'"
        assert "pandas" not in loaded_after(code)


def test_solve_can_be_called_again_and_again() -> None:
    """The package ``xlalm.solve`` must not take the function's name once it is loaded."""
    code = f"""
import xlalm
tables = {TINY!r}
assert xlalm.solve(tables).objective == 2.0
from xlalm.solver.highs import run as highs
import xlalm.solver.optimise
assert xlalm.solve(tables).objective == 2.0
assert xlalm.check(tables).status == "checked"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
