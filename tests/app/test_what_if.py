"""What-if: which cell is meant, what changes against the base run, and that nothing is written unasked."""

import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from tests.reference.workbook_route import ROOT
from tests.solver.programs import Case, cases
from tests.strategies import Book, book, model_of
from xlalm.app.run.book import open_book
from xlalm.app.run.changes import apply_changes, cell_value, parse_change
from xlalm.app.verbs.report import report
from xlalm.app.verbs.solve import check, fuzzy, solve
from xlalm.cli import main
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan, Planned
from xlalm.tables.settings import with_setting

PRINTED_RUN = ROOT / "workbooks" / "examples" / "rwa_allocation" / "printed_run.xlsx"


def bank(**changes: Any) -> Book:
    """A bank of three lines: loans pay most and are kept down by a ratio; a limit named like a formula."""
    tables = book(
        {
            "position": ["Loans", "Bonds no. 1.5", "Deposits"],
            "side": ["asset", "asset", "liability"],
            "balance": [60.0, 40.0, 100.0],
            "min": [10.0, 10.0, 80.0],
            "max": [200.0, 200.0, 150.0],
            "rate": [0.05, 0.03, 0.01],
        },
        [("net(rate)", "max")],
        [
            {"limit": "Loan share", "left": "loans / assets", "sense": "<=", "right": 0.7, "unit": "%"},
            {"limit": "Size >= 90", "left": "assets", "sense": ">=", "right": 90.0},
        ],
        metrics={"loans": 'position("Loans")', "assets": 'total(side = "asset")'},
        seed=1.0,
    )
    for name, columns in changes.items():
        tables[name] |= columns
    return tables


# --- which cell is meant -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "table", "row", "column", "value"),
    [
        ("Limits!Loan share=80%", "Limits", "Loan share", "right", 0.8),
        (" limits ! loan SHARE .right = 0.8 ", "Limits", "Loan share", "right", 0.8),
        ("Limits!Loan share.sense=>=", "Limits", "Loan share", "sense", ">="),
        ("Limits!Loan share.active=no", "Limits", "Loan share", "active", "no"),
        ("Limits!Size >= 90=95", "Limits", "Size >= 90", "right", 95.0),
        ("Positions!Loans.max=50", "Positions", "Loans", "max", 50.0),
        ("Positions!Bonds no. 1.5.rate=4%", "Positions", "Bonds no. 1.5", "rate", 0.04),
        ("Positions!Loans.cost_bp=5", "Positions", "Loans", "cost_bp", 5.0),
        ('Metrics!assets=sum(1, side = "asset")', "Metrics", "assets", "formula", 'sum(1, side = "asset")'),
        ("Goals!goal 0.direction=min", "Goals", "goal 0", "direction", "min"),
        ("Settings!seed=2", "Settings", "seed", "value", 2.0),
    ],
)
def test_cell_that_is_meant(text: str, table: str, row: str, column: str, value: object) -> None:
    before = open_book(bank()).tables
    after, (change,) = apply_changes(before, [text])
    assert (change.table, change.row, change.column, change.value) == (table, row, column, value)
    names = next(iter(after[table].columns.values()))
    for key, cells in after[table].columns.items():
        old = before[table].columns.get(key, [None] * len(names))
        wanted = [value if key == column and name == row else cell for name, cell in zip(names, old, strict=True)]
        assert list(cells) == wanted
    assert all(after[name] is before[name] for name in before if name != table)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Loan share", "names no cell to change; write it as"),
        ("Loan share=80%", "names no cell to change; write it as"),
        ("Limits!=80%", "names no cell to change; write it as"),
        ("Limit!Loan share=80%", 'there is no input table "Limit" (did you mean "Limits"?)'),
        ("Limits!Loans share=80%", 'Limits has no row "Loans share" (did you mean "Loan share"?)'),
        ("Limits!Loan share.rigth=80%", 'Limits has no column "rigth" (did you mean "right"?)'),
        ("Positions!Loans=50", '"Positions!Loans" names a row but no column'),
        ("Positions!Loan.max=50", 'Positions has no row "Loan" (did you mean "Loans"?)'),
        ("Curves!EUR.zero_rate=2%", "the book has no table Curves"),
    ],
)
def test_cell_that_is_not_there(text: str, says: str) -> None:
    with pytest.raises(Refused) as fault:
        apply_changes(open_book(bank()).tables, [text])
    assert says in str(fault.value)
    assert "write it as" in str(fault.value)
    assert "\n" not in str(fault.value)


def test_parsed_value() -> None:
    assert parse_change("Limits!LCR floor=110%") == ("Limits", "LCR floor", 1.1)
    assert parse_change("LIMITS!a.right=sum(rate)") == ("Limits", "a.right", "sum(rate)")


# --- what changes --------------------------------------------------------------------------------------


def compared(base: Result, changed: Result) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """Return what differs between two results by their own tables, goal first."""
    found: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    goal = base.table("GoalReport").records()[0]["goal"]
    found["goal", goal] = base.objective, changed.objective
    pairs = zip(base.table("LimitReport").records(), changed.table("LimitReport").records(), strict=True)
    for old, new in pairs:
        for kind, key in (("limit", "value"), ("bound", "bound"), ("price", "shadow_price")):
            found[kind, old["limit"]] = old[key], new[key]
    pairs = zip(base.table("Allocation").records(), changed.table("Allocation").records(), strict=True)
    for old, new in pairs:
        found["position", old["position"]] = old["optimal"], new["optimal"]

    def differs(a: float | None, b: float | None) -> bool:
        return (a is None) != (b is None) or (a is not None and b is not None and abs(b - a) > 1e-9 * max(1, abs(a)))

    return {key: pair for key, pair in found.items() if key[0] == "goal" or differs(*pair)}


def test_table_of_changes_by_hand() -> None:
    """Loans may be 70 % of 150: margin 0.05·105 + 0.03·45 - 1.5 = 5.1; at 80 %: 0.05·120 + 0.03·30 - 1.5 = 5.4."""
    result = solve(bank(), changes=["Limits!Loan share=80%"])
    rows = {(row["kind"], row["name"]): row for row in result.table("WhatIf").records()}
    assert set(rows) == {
        ("goal", "goal 0"),
        ("limit", "Loan share"),
        ("bound", "Loan share"),
        ("position", "Loans"),
        ("position", "Bonds no. 1.5"),
    }
    for key, base, changed in (
        (("goal", "goal 0"), 5.1, 5.4),
        (("bound", "Loan share"), 0.7, 0.8),
        (("limit", "Loan share"), 0.7, 0.8),
        (("position", "Loans"), 105.0, 120.0),
        (("position", "Bonds no. 1.5"), 45.0, 30.0),
    ):
        row = rows[key]
        assert (row["base"], row["changed"], row["change"]) == pytest.approx((base, changed, changed - base))
    assert rows["bound", "Loan share"]["unit"] == "%"
    assert result.messages[0] == "What if Limits!Loan share=80%?"
    assert result.objective == pytest.approx(5.4)


def test_changes_add_up() -> None:
    result = solve(bank(), changes=["Limits!Loan share=80%", "Positions!Deposits.max=100", "Limits!Loan share=75%"])
    assert result.objective == pytest.approx(0.05 * 75 + 0.03 * 25 - 1.0)


def test_change_without_a_plan_has_no_figures_of_the_opening() -> None:
    result = solve(bank(), changes=["Limits!Size >= 90=500"])
    assert result.status == "infeasible"
    for row in result.table("WhatIf").records():
        assert row["base"] is not None
        assert row["changed"] is None
        assert row["change"] is None
    assert {row["name"] for row in result.table("Conflicts").records()} >= {"Size >= 90"}


def test_way_out_of_a_base_without_a_plan() -> None:
    stuck = bank(Limits={"right": [0.7, 500.0]})
    result = solve(stuck, changes=["Limits!Size >= 90=90"])
    assert result.status == "optimal"
    rows = {(row["kind"], row["name"]): row for row in result.table("WhatIf").records()}
    assert rows["goal", "goal 0"]["base"] is None
    assert rows["goal", "goal 0"]["changed"] == pytest.approx(5.1)
    assert all(row["base"] is None for row in rows.values())


@pytest.mark.parametrize(
    ("limit", "least", "shown"),
    [
        (('position("a") / sum(1)', ">=", 0.6, "%"), 3.2, "55.55%"),  # 4 / 7.2 = 55.5556 %
        (('position("b") / sum(1)', "<=", 0.4, "%"), 3.2, "44.45%"),  # 3.2 / 7.2 = 44.4444 %
        (('position("a") - position("b")', ">=", 5, "amount"), 3.96664, "0.0333"),  # 4 - 3.96664 = 0.03336
        (("sum(1)", "<=", 3, "amount"), 3.21234, "3.22"),
        (("sum(1)", "<=", 3, "years"), 3.21234, "3.213"),
    ],
)
def test_advice_is_enough_as_it_is_written(limit: tuple[str, str, float, str], least: float, shown: str) -> None:
    """The bound that the sentence offers is rounded to the side where a plan is."""
    positions = {"position": ["a", "b"], "side": ["asset"] * 2, "balance": [1.0, 9.0], "min": [0, least], "max": [4, 9]}
    left, sense, right, unit = limit
    rows = [{"limit": "squeeze", "left": left, "sense": sense, "right": right, "unit": unit}]
    tables = book(positions, [("sum(1)", "max")], rows)
    (advice,) = [line for line in solve(tables).messages if line.startswith("The cheapest way out")]
    assert re.search(r" to ([0-9.,%]+)", advice)[1].rstrip(".") == shown  # type: ignore[index]
    assert solve(tables, changes=[f"Limits!squeeze={shown}"]).status == "optimal"


def test_change_that_breaks_the_input_becomes_a_finding() -> None:
    result = solve(bank(), changes=["Limits!Loan share=ninety"])
    assert result.status == "bad input"
    assert any('bound "ninety" is not a number' in str(finding) for finding in result.findings)


def first_rule_tighter(case: Case) -> tuple[Case, str]:
    """Return a case with its first bound moved inwards a little, and the change that says so."""
    rule = case.rules[0]
    moved = rule.bound - 0.01 * abs(rule.bound) * (1 if rule.sense == "<=" else -1)
    after = attrs.evolve(case, rules=(attrs.evolve(rule, bound=moved), *case.rules[1:]))
    right = after.tables()["Limits"]["right"][0]
    return after, f"Limits!rule 0={right}"


@given(cases())
@settings(max_examples=15)
def test_what_if_is_two_solves(case: Case) -> None:
    """The comparison equals that of two separate runs, wherever the plan is the only best one."""
    after, text = first_rule_tighter(case)
    result = solve(case.tables(), changes=[text])
    alone, base = solve(after.tables()), solve(case.tables())
    assert result.status == alone.status
    if alone.status != "optimal":
        return
    assert result.objective == pytest.approx(alone.objective, rel=1e-9, abs=1e-9 * case.unit)
    rows = {(row["kind"], row["name"]): (row["base"], row["changed"]) for row in result.table("WhatIf").records()}
    plans = [run.table("Allocation").column("optimal") for run in (result, alone)]
    if not np.allclose(*plans, atol=1e-7 * case.unit):
        return  # two plans are equally good
    expected = compared(base, alone)
    scale = 1e-7 * max(1.0, case.unit)
    for key in set(rows) ^ set(expected):  # only what is no difference to speak of may be in one of the two
        low, high = rows.get(key) or expected[key]
        assert low is not None
        assert high is not None
        assert abs(high - low) <= scale
    for key in set(rows) & set(expected):
        assert rows[key] == pytest.approx(expected[key], rel=1e-7, abs=scale)


@given(cases())
@settings(max_examples=15)
def test_warm_start_gives_the_same_answer(case: Case) -> None:
    after, _ = first_rule_tighter(case)
    first = optimise(problem_of(model_of(case.tables())), Options())
    cold = optimise(problem_of(model_of(after.tables())), Options())
    start = first.basis if isinstance(first, Planned) else None
    warm = optimise(problem_of(model_of(after.tables())), Options(), start=start)
    assert warm.status == cold.status
    if isinstance(cold, NoPlan):
        return
    assert warm.certificate.accepted
    better = after.value(warm.plan) - after.value(cold.plan)
    assert abs(better) <= 1e-8 * max(1.0, case.unit)


def test_warm_start_is_used() -> None:
    """From the base run's basis the answer needs fewer steps: none at all where nothing changes."""
    model = model_of(bank())
    first = optimise(problem_of(model), Options(presolve=False))
    again = optimise(problem_of(model), Options(presolve=False), start=first.basis)
    assert first.iterations > 0
    assert again.iterations == 0
    np.testing.assert_allclose(again.plan, first.plan, rtol=1e-13)


# --- what is written -----------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    copy = tmp_path / "book.xlsx"
    copy.write_bytes(PRINTED_RUN.read_bytes())
    return copy


@pytest.mark.parametrize("more", [[], ["--json", "-"]], ids=["plain", "json"])
def test_set_writes_nothing(workbook: Path, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    before = workbook.read_bytes()
    with pytest.raises(SystemExit) as end:
        main(["solve", str(workbook), "--set", "Limits!RWA ceiling=90", *more])
    assert end.value.code == 0
    assert workbook.read_bytes() == before
    assert [path.name for path in workbook.parent.iterdir()] == ["book.xlsx"]
    out = capsys.readouterr().out
    assert ("WhatIf" in out) if more else ("What if Limits!RWA ceiling=90?" in out)


def test_set_with_out_writes_only_there(workbook: Path, tmp_path: Path) -> None:
    before, out = workbook.read_bytes(), tmp_path / "what_if.xlsx"
    result = solve(workbook, out=out, changes=["Limits!RWA ceiling=90"])
    assert workbook.read_bytes() == before
    assert result.written == str(out)
    assert out.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"book.xlsx", "what_if.xlsx", "what_if.manifest.json"}
    assert solve(workbook, write=False).objective == pytest.approx(11.175, abs=1e-9)


def test_set_to_a_missing_cell_is_bad_input(workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = workbook.read_bytes()
    with pytest.raises(SystemExit) as end:
        main(["solve", str(workbook), "--set", "Limits!RWA celing=90"])
    assert end.value.code == 2
    assert workbook.read_bytes() == before
    assert 'Limits has no row "RWA celing"' in capsys.readouterr().err


def test_a_setting_at_its_default_can_be_changed() -> None:
    """A setting without a row of its own is found under any spelling, and its cell is the next free one."""
    tables = open_book(bank()).tables
    changed, (change,) = apply_changes(tables, ["Settings!Cost of capital=12%"])
    assert (change.row, change.column, change.value) == ("cost_of_capital", "value", 0.12)
    assert cell_value(tables, "Settings!cost-of-capital") == 0.1
    assert cell_value(changed, "Settings!COST_OF_CAPITAL.value") == 0.12
    with pytest.raises(Refused, match='has no row "cost_of_capitol"'):
        apply_changes(tables, ["Settings!cost_of_capitol=1"])


def test_a_changed_setting_leaves_the_others_their_cells() -> None:
    """A fault in another setting is named by its own cell, whatever method is asked for."""
    tables = open_book(bank(Settings={"setting": ["method", "var_days"], "value": ["lp", 0]})).tables
    before = tables["Settings"]
    for name, value in (("method", "fnlp"), ("seed", 5.0)):
        after = with_setting(before, name, value)
        assert after.cell(1, "value") == before.cell(1, "value")
        assert len(set(after.rows)) == len(after)
    (fault,) = [f for f in fuzzy(tables).findings if f.severity == "error"]
    assert fault.cell == before.cell(1, "value")


def test_what_if_speaks_in_the_units_of_the_book() -> None:
    said = solve(bank(), changes=["Limits!Loan share=75%"]).messages
    assert any(line.startswith("bound Loan share: 70.00% → 75.00% (+5.00 points)") for line in said)
    assert any(line.startswith("goal ") and "EUR" in line for line in said)


@pytest.mark.parametrize("which", ["The changed book", "The book as it stands"])
def test_what_if_without_a_plan_says_which_book_has_none(which: str) -> None:
    sizes = ("Limits!Size >= 90=900", "Limits!Size >= 90=90")
    tables, _ = apply_changes(open_book(bank()).tables, [sizes[which != "The changed book"]])
    if which != "The changed book":
        tables, _ = apply_changes(tables, [sizes[0]])
    change = sizes[0] if which == "The changed book" else sizes[1]
    result = solve(tables, changes=[change])
    assert result.messages[1] == f"{which} has no plan to compare with."
    assert not any("none" in line for line in result.messages)


def test_a_check_tells_amounts_from_ratios() -> None:
    """A goal without a unit is an amount; one that divides is none."""
    money = check(bank()).messages[0]
    assert "EUR" in money
    ratio = check(bank(Goals={"formula": ["net(rate) / assets"]})).messages[0]
    assert "EUR" not in ratio


def test_json_alone_writes_no_report(workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = workbook.read_bytes()
    with pytest.raises(SystemExit) as end:
        main(["report", "lingo", str(workbook), "--json", "-"])
    assert end.value.code == 0
    assert workbook.read_bytes() == before
    assert [path.name for path in workbook.parent.iterdir()] == [workbook.name]
    assert "LingoRows" in capsys.readouterr().out
    assert report("lingo", workbook).written == str(workbook)
