"""The verbs frontier, surface, sweep and weights, the way users call them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import python_calamine

from tests.reference.workbook_route import ROOT, reference
from tests.strategies import book
from workbooks.source.books.paper_001 import fuzzy_alm
from workbooks.source.books.paper_002 import printed_run, table_instance
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.rerun import rerun
from xlalm.app.verbs.solve import solve
from xlalm.app.verbs.surface import surface
from xlalm.app.verbs.sweep import sweep
from xlalm.app.verbs.weights import weights
from xlalm.domain.errors import Refused

TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"
EXAMPLE = ROOT / "workbooks" / "examples" / "rwa_allocation" / "table_instance.xlsx"
TABLE = table_instance().tables


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xlalm", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def read(path: Path, table: str) -> list[dict[str, object]]:
    found = python_calamine.CalamineWorkbook.from_path(str(path), load_tables=True).get_table_by_name(table)
    keys = [header.lower().replace(" ", "_") for header in found.columns]
    return [dict(zip(keys, row, strict=True)) for row in found.to_python()]


# --- frontier ------------------------------------------------------------------------------------------


def test_the_table_frontier():
    """Range's end without a plan, corners with what takes over, the bound as written, the other end."""
    result = frontier(TABLE, limit="rwa CEILING")
    assert [(row["bound"], row["event"]) for row in result.table("Frontier").records()] == [
        (270.0, "no plan below EUR 287.5 billion"),
        (pytest.approx(287.5), "least bound with a plan (Mortgages reaches its max)"),
        (pytest.approx(327.5), "Corporate Lending reaches its max"),
        (400.0, "as written"),
        (pytest.approx(432.5), "Trading reaches its max; RWA ceiling stops binding"),
        (450.0, "end of the range"),
    ]
    rows = result.table("Frontier").records()
    assert [row["objective"] for row in rows] == [None, *map(pytest.approx, (44.6, 49.4, 55.2, 57.8, 57.8))]
    assert [row["slope"] for row in rows] == [None, *map(pytest.approx, (0.12, 0.08, 0.08, 0.0, 0.0))]
    assert result.objective == pytest.approx(55.2)
    assert result.certificate is not None
    assert result.certificate["accepted"] is True


def test_the_allocation_by_level_is_the_plan_at_each_level():
    """Every level solved again as a what-if gives the same goal; all the capital is placed."""
    levels = frontier(TABLE, limit="RWA ceiling", low=300, high="420").table("AllocationByLevel").records()
    assert (levels[0]["bound"], levels[-1]["bound"]) == (300.0, 420.0)
    for row in levels[::5]:
        again = solve(TABLE, changes=[f"Limits!RWA ceiling={row['bound']!r}"])
        assert row["objective"] == pytest.approx(again.objective)
        assert sum(row[name] for name in TABLE["Positions"]["position"]) == pytest.approx(500.0)  # type: ignore[index]


def test_contributions_rank_by_return_on_rwa():
    """Article, ranking by RoRWA, in its right order: 22.9 %, 18.7 %, 12.0 %, 12.0 %, 9.0 %."""
    rows = frontier(TABLE, limit="RWA ceiling").table("Contributions").records()
    assert [row["position"] for row in rows[:2]] == ["Retail Banking", "SME Lending"]
    assert [row["goal_per_use"] for row in rows] == pytest.approx([0.08 / 0.35, 0.14 / 0.75, 0.12, 0.12, 0.09])
    assert sum(row["goal"] for row in rows) == pytest.approx(55.2)
    assert sum(row["use"] for row in rows) == pytest.approx(400.0)
    assert sum(row["goal_share"] for row in rows) == pytest.approx(1.0)


def test_a_floor_on_a_ratio_ends_above():
    """CAR = 500 / RWA: the floor binds from 500/400 and leaves no plan above 500/287.5."""
    rows = frontier(TABLE, limit="Capital adequacy").table("Frontier").records()
    bounds = [row["bound"] for row in rows]
    assert bounds[2] == pytest.approx(1.25)
    assert rows[2]["event"] == "Capital adequacy starts to bind"
    assert bounds[-2] == pytest.approx(500 / 287.5)
    assert rows[-2]["slope"] is None
    assert (rows[-1]["objective"], rows[-1]["event"]) == (None, "no plan above 173.91%")


def test_by_default_the_dearest_limit_moves():
    assert frontier(TABLE).table("Frontier").column("limit")[0] == "RWA ceiling"


def test_a_book_that_never_has_a_plan_says_so():
    limits = [("total_assets", "<=", 5.0), ("total_assets", ">=", 1000.0)]
    positions = {"position": ["a"], "side": ["asset"], "balance": [10.0], "min": [0.0], "max": [50.0], "rate": [0.1]}
    result = frontier(book(positions, [("sum(rate)", "max")], limits), limit="limit 0")
    assert (result.status, result.exit_code) == ("infeasible", 3)
    assert {row["objective"] for row in result.table("Frontier").records()} == {None}
    assert "leaves a plan" in result.messages[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limit": "RWA cieling"}, 'did you mean "RWA ceiling"'),
        ({"limit": "RWA ceiling", "low": 500, "high": 300}, "give --from below --to"),
        ({"limit": "RWA ceiling", "low": "ninety"}, "is not a number"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(arguments, words):
    with pytest.raises(Refused, match=words):
        frontier(TABLE, **arguments)


def test_a_method_of_several_solves_is_a_finding():
    result = frontier(fuzzy_alm().tables)
    assert result.status == "bad input"
    assert "set method to lp or weighted_sum in Settings" in str(result.findings[-1])


# --- surface -------------------------------------------------------------------------------------------


def test_the_table_surface():
    """A line of the surface is the frontier: at the capital as written, return by ceiling."""
    result = surface(TABLE, limits=("RWA ceiling", "Capital"), low=(290, 400), high=(440, 600), points=5)
    rows = result.table("Surface").records()
    assert len(rows) == 25
    here = {row["first_bound"]: row["objective"] for row in rows if row["second_bound"] == 500.0}
    assert here == pytest.approx({290.0: 44.9, 327.5: 49.4, 365.0: 52.4, 402.5: 55.4, 440.0: 57.8})
    assert {row["status"] for row in rows} == {"optimal", "infeasible"}
    assert all((row["objective"] is None) == (row["status"] == "infeasible") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limits": ("RWA ceiling",)}, "needs two limits"),
        ({"limits": ("RWA ceiling", "rwa ceiling")}, "are the same"),
        ({"limits": ("RWA ceiling", "Capital"), "points": 1}, "cannot be shown"),
        ({"limits": ("RWA ceiling", "Capital"), "low": (500,), "high": (400,)}, "runs from 500 to 400"),
    ],
)
def test_a_surface_needs_two_limits_and_a_grid(arguments, words):
    with pytest.raises(Refused, match=words):
        surface(TABLE, **arguments)


# --- sweep and weights ---------------------------------------------------------------------------------


def test_a_sweep_solves_the_book_at_every_value():
    """A position's maximum, with measures: each row is the what-if of that cell."""
    result = sweep(TABLE, cell="Positions!Trading.max", low=20, high=80, points=4, metrics=["rwa", "return"])
    rows = result.table("Sweep").records()
    assert [row["value"] for row in rows] == [20.0, 40.0, 60.0, 80.0]
    for row in rows:
        again = solve(TABLE, changes=[f"Positions!Trading.max={row['value']!r}"])
        assert row["objective"] == pytest.approx(again.objective)
        assert row["Return"] == pytest.approx(again.objective)
        assert row["rwa"] <= 400 + 1e-9


def test_a_sweep_says_which_values_leave_no_plan():
    result = sweep(TABLE, cell="Limits!RWA ceiling", low=250, high=300, points=3)
    assert result.table("Sweep").column("status") == ["infeasible", "infeasible", "optimal"]
    assert "2 of 3 values leave no plan" in result.messages[0]


def test_a_sweep_works_for_several_goals():
    """The limit of a fuzzy book, where an exact frontier is refused."""
    result = sweep(fuzzy_alm().tables, cell="Limits!17: investments", low=0.3, high=0.35, points=2)
    assert result.table("Sweep").column("objective")[1] == pytest.approx(0.7845368243310202, abs=1e-8)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"cell": "Positions!Tradng.max"}, "did you mean"),
        ({"cell": "Positions!Trading.max", "metrics": ["rwaa"]}, "did you mean"),
        ({"cell": "Settings!currency"}, "takes no number"),
        ({"cell": "Settings!currency", "low": 0, "high": 1}, "takes no number"),
        ({"cell": "Limits!RWA ceiling.left", "low": 0, "high": 1}, "takes no number"),
        ({"cell": "Positions!Trading.side", "low": 0, "high": 1}, "takes no number"),
        ({"cell": "Trading"}, "names no cell"),
        ({"cell": "Positions!bank.max"}, "there is"),
    ],
)
def test_a_sweep_of_nothing_is_refused(arguments, words):
    with pytest.raises(Refused, match=words):
        sweep(TABLE, **arguments)


def test_the_weight_sweep_of_paper_001():
    """Weights .2 to .8 of every method, as certified in exact arithmetic (case 001B)."""
    rows = {
        f"{row['leading_weight']:.1f}": row
        for row in weights(fuzzy_alm().tables, points=4).table("WeightSweep").records()
    }
    checked = 0
    for fact in reference("paper_001_instance.csv"):
        row = rows.get(f"{float(fact['weight_return']):.1f}")
        if fact["method"] in {"wfnlp", "wfagp"} and row is not None:
            assert row[f"{fact['method']}: Return on equity"] == pytest.approx(float(fact["return"]), abs=1e-8)
            assert row[f"{fact['method']}: Rate risk"] == pytest.approx(float(fact["risk"]), abs=1e-7)
            checked += 1
    assert checked >= 8


def test_weights_need_two_goals():
    result = weights(printed_run().tables)
    assert result.status == "bad input"
    assert "nothing to weigh" in str(result.findings[-1])
    with pytest.raises(Refused, match="does not look at the weights"):
        weights(TABLE, methods=["fnlp"])


# --- through the command line and into workbooks -------------------------------------------------------


def test_a_frontier_into_the_template(tmp_path):
    """A sheet of its own is added; the book itself is written after a backup, and a solve leaves the frontier alone."""
    copy = tmp_path / "book.xlsx"
    shutil.copy(TEMPLATE, copy)
    done = run("frontier", copy, "--limit", "LCR, management buffer", "--from", "100%", "--to", "1.4")
    assert (done.returncode, done.stderr) == (0, "")
    assert "raising it by one percentage point changes the goal by" in done.stdout
    rows = read(copy, "Frontier")
    bounds = [row["bound"] for row in rows]
    assert bounds == sorted(bounds)
    assert (bounds[0], bounds[-1]) == (1.0, 1.4)
    values = [float(row["objective"]) for row in rows]  # type: ignore[arg-type]
    assert values == sorted(values, reverse=True)
    assert list(tmp_path.glob("book.backup-*.xlsx"))
    assert run("solve", copy).returncode == 0
    assert read(copy, "Frontier") == rows
    assert read(copy, "Allocation")[0]["optimal"] != ""


def test_a_surface_and_weights_into_the_example(tmp_path):
    """The shipped tables are written over where they stand, the input book stays as it is."""
    book, out = Path(shutil.copy(EXAMPLE, tmp_path)), tmp_path / "out.xlsx"
    limits = ("--limit", "RWA ceiling", "--limit", "Capital")
    done = run("surface", book, *limits, "--points", 30, "--scale-bounds", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "position bounds scaled along" in done.stdout
    assert book.read_bytes() == EXAMPLE.read_bytes()
    assert len(read(out, "Surface")) == 900
    assert read(out, "Frontier") == read(EXAMPLE, "Frontier")
    names = python_calamine.CalamineWorkbook.from_path(str(out)).sheet_names
    assert names == python_calamine.CalamineWorkbook.from_path(str(EXAMPLE)).sheet_names
    done = run("weights", out, "--points", 3, "--method", "wfagp", "--json", "-")
    document = json.loads(done.stdout)
    assert [row["leading_weight"] for row in document["WeightSweep"]] == [0.25, 0.5, 0.75]
    assert len(read(out, "WeightSweep")) == 9  # --json alone writes no workbook


def test_the_command_line_names_what_is_wrong(tmp_path):
    book = shutil.copy(EXAMPLE, tmp_path)
    done = run("frontier", book, "--limit", "RWA cieling", "--json", "-")
    assert done.returncode == 2
    assert 'did you mean \\"RWA ceiling\\"' in done.stdout
    done = run("sweep", book, "Limits!RWA ceiling", "--points", "many")
    assert done.returncode == 2
    assert "invalid int value" in done.stderr


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("frontier", ("--limit", "RWA ceiling", "--to", "440")),
        ("surface", ("--limit", "RWA ceiling", "--limit", "Capital", "--points", 3, "--scale-bounds")),
        ("sweep", ("Positions!Trading.max", "--points", 3, "--metric", "rwa")),
        ("weights", ("--points", 2, "--method", "wfagp")),
        ("var", ("--method", "monte_carlo", "--days", "1")),
    ],
)
def test_every_analysis_is_repeated_from_its_manifest(tmp_path, verb, arguments):
    """The manifest beside the written book repeats the run bit for bit; one of other arguments is found out."""
    out = tmp_path / "out.xlsx"
    source = shutil.copy(TEMPLATE if verb == "var" else EXAMPLE, tmp_path)
    done = run(verb, source, *arguments, "--out", out)
    assert done.returncode == 0, done.stderr
    beside = tmp_path / f"out.{verb}.manifest.json"
    again = rerun(beside)
    assert again.messages[0].startswith("Repeated bit for bit")
    document = json.loads(beside.read_text(encoding="utf-8"))
    changed = {"frontier": {"high": "430"}, "var": {"days": "2"}, "weights": {"points": 3}}
    document["arguments"] |= changed.get(verb, {"points": 4})
    beside.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Refused, match="differs from the manifest"):
        rerun(beside)
