"""Every fault of a book is a finding with its cell, what was read and the cure; all of them, not the first."""

import datetime as dt
from typing import Any

import pytest

from tests.strategies import Book, book, read
from xlalm.app.run.book import open_book
from xlalm.app.verbs import solve as verbs
from xlalm.domain.cells import Cell, column_number
from xlalm.domain.findings import Finding, has_errors
from xlalm.domain.numbers import parse_number
from xlalm.domain.table import ErrorValue, normalise_header, table_from_columns
from xlalm.schema.tables import table_schema
from xlalm.tables.positions import read_positions
from xlalm.tables.typed import typed

POSITIONS: dict[str, list[Any]] = {
    "position": ["Loans", "Cash", "Deposits", "Capital"],
    "side": ["asset", "asset", "liability", "equity"],
    "balance": [150.0, 50.0, 180.0, 20.0],
    "min": [50.0, 5.0, 100.0, None],
    "max": [300.0, 95.0, 300.0, None],
    "rate": [0.05, 0.02, 0.01, 0.0],
    "risk_weight": [1.0, 0.2, 0.0, 0.0],
    "cet1": [0.0, 0.0, 0.0, 1.0],
    "lot": [None, None, None, None],
    "min_if_used": [None, None, None, None],
    "fixed": [None, None, None, None],
    "hqla_level": [None, "1", None, None],
}
LIMITS: dict[str, list[Any]] = {
    "limit": ["CET1 floor", "Turnover"],
    "left": ["cet1_ratio", "turnover()"],
    "sense": [">=", "<="],
    "right": [0.05, 60.0],
    "unit": [None, None],
    "hard": [None, None],
    "penalty": [None, None],
    "scenario": [None, None],
    "early_warning": [None, None],
    "lens": [None, None],
    "active": [None, None],
    "step": [None, None],
}


def sound() -> Book:
    tables = book(POSITIONS, [("net(rate)", "max")], method="lp", seed=3)
    tables["Limits"] = {key: list(values) for key, values in LIMITS.items()}
    tables["Goals"]["active"] = ["yes"]
    tables["Metrics"] = {"metric": ["loan share"], "formula": ['position("Loans") / total_assets'], "unit": ["%"]}
    return tables


def errors(tables: Book) -> list[Finding]:
    _, findings = read(tables)
    return [f for f in findings if f.severity == "error"]


def test_the_sound_book_has_no_findings() -> None:
    model, findings = read(sound())
    assert model is not None
    assert [str(f) for f in findings] == []


FAULTS: list[tuple[str, str, int, Any, str, str, str]] = [
    # table, column, row, what is typed, where it is found, what is said, the cure
    ("Positions", "balance", 0, "ninety", "Positions!C2", 'balance "ninety" is not a number', "such as 100"),
    ("Positions", "rate", 1, "90%", "Positions!F3", 'rate "90%" is not a number', "enter 0.9 as a number, not as text"),
    ("Positions", "rate", 1, "0.02", "Positions!F3", 'rate "0.02" is not a number', "enter 0.02 as a number"),
    ("Positions", "rate", 1, "1,5", "Positions!F3", 'rate "1,5" is not a number', "enter 1.5 as a number"),
    ("Positions", "rate", 1, float("inf"), "Positions!F3", "no usable number", "below 1e15"),
    ("Positions", "max", 0, 1e308, "Positions!E2", "max is 1e+308, which is no usable number", "below 1e15"),
    ("Positions", "max", 0, float("-inf"), "Positions!E2", "no usable number", "below 1e15"),
    ("Positions", "rate", 0, 5.0, None, "", ""),  # 500 % a year is odd but a rate
    ("Positions", "rate", 0, 50.0, "Positions!F2", "rate is 50; expected between -1 and 10", "0.5% (50 basis points)"),
    ("Positions", "rate", 0, True, "Positions!F2", 'rate "True" is not a number', "such as 0.05"),
    ("Positions", "rate", 0, dt.date(2026, 1, 5), "Positions!F2", "rate 2026-01-05 is a date", "format the cell"),
    ("Positions", "balance", 1, -50.0, "Positions!C3", "balance is -50; expected at least 0", "without a sign"),
    ("Positions", "balance", 1, None, "Positions!C3", "balance is empty", "enter opening balance"),
    ("Positions", "risk_weight", 0, 100.0, "Positions!G2", "risk_weight is 100; expected between 0 and 12.5", "100%"),
    ("Positions", "side", 0, "Aset", "Positions!B2", 'side "Aset" is not one of asset', 'did you mean "asset"?'),
    ("Positions", "side", 0, "debit", "Positions!B2", 'side "debit" is not one of asset', "enter one of them"),
    ("Positions", "side", 0, None, "Positions!B2", "side is empty", "which side"),
    ("Positions", "hqla_level", 1, "3", "Positions!L3", 'hqla_level "3" is not one of 1, 2A, 2B', "one of them"),
    ("Positions", "fixed", 1, "perhaps", "Positions!K3", 'fixed "perhaps" is neither yes nor no', "enter yes or no"),
    (
        "Positions",
        "position",
        1,
        "LOANS ",
        "Positions!A3",
        'position "LOANS" stands already in Positions!A2',
        "own name",
    ),
    ("Positions", "position", 1, None, "Positions!A3", "position is empty", "name of the balance-sheet line"),
    ("Positions", "min", 0, 400.0, "Positions!D2", 'min 400 of "Loans" is above its max 300', "lower min or raise max"),
    ("Positions", "lot", 0, 0.0, "Positions!I2", "lot is 0", "size of one lot"),
    ("Positions", "balance", 0, 151.5, "Positions!C1", "exceed liabilities and equity by 1.5 at opening", "correct"),
    (
        "Positions",
        "balance",
        2,
        200.0,
        "Positions!C1",
        "fall short of liabilities and equity by 20",
        "fixed asset of 20",
    ),
    ("Limits", "right", 0, "ninety", "Limits!D2", 'bound "ninety" is not a number', "such as 0.9 or 90%"),
    ("Limits", "right", 0, 110.0, "Limits!D2", 'bound of "CET1 floor" is 110, which is 11000%', "enter 110%"),
    ("Limits", "right", 0, "110", "Limits!D2", 'bound of "CET1 floor" is 110', "enter 110%"),
    ("Limits", "right", 0, float("inf"), "Limits!D2", 'bound "inf" is not a number', "0.9 or 90%"),
    ("Limits", "right", 0, 1e308, "Limits!D2", "bound is 1e+308", "below 1e15"),
    ("Limits", "right", 0, None, "Limits!D2", "right is empty", "the bound"),
    ("Limits", "right", 0, True, "Limits!D2", 'bound "True" is not a number', "0.9 or 90%"),
    ("Limits", "right", 0, dt.date(2026, 1, 5), "Limits!D2", "right is a date", "enter a number"),
    ("Limits", "right", 0, "1,5", "Limits!D2", 'bound "1,5" is not a plain number', "write 1.5"),
    ("Limits", "left", 0, "cet1_ration", "Limits!B2", '(did you mean "cet1_ratio"?): ▸cet1_ration', "correct the name"),
    ("Limits", "left", 0, "turnover( + 1", "Limits!B2", "cannot be read here: ", "parentheses"),
    ("Limits", "sense", 0, ">", "Limits!C2", 'sense ">" is not one of >=, <=, =', "one of them"),
    ("Limits", "hard", 0, "no", "Limits!G2", 'soft limit "CET1 floor" has no penalty', "goal units lost"),
    ("Limits", "penalty", 0, -1.0, "Limits!G2", "penalty is -1; expected at least 0", "at least 0"),
    ("Limits", "scenario", 0, "up 200", "Limits!H2", 'asks for scenario "up 200"', "leave scenario blank"),
    ("Limits", "early_warning", 0, 60.0, "Limits!I2", 'early warning of "CET1 floor" is 60', "enter 60%"),
    ("Limits", "step", 0, 0.0, "Limits!L2", 'step of "CET1 floor" is 0', "such as 0.25%"),
    ("Limits", "step", 0, -0.01, "Limits!L2", "step is -0.01", "at least 0"),
    ("Limits", "step", 0, 0.0025, None, "", ""),
    ("Limits", "lens", 0, "credit", "Limits!J2", 'lens "credit" is not one of', "one of them"),
    ("Limits", "limit", 1, "cet1 FLOOR", "Limits!A3", "stands already in Limits!A2", "own name"),
    ("Limits", "active", 0, "maybe", "Limits!K2", "neither yes nor no", "enter yes or no"),
    ("Goals", "direction", 0, "maximum", "Goals!C2", 'direction "maximum" is not one of max, min', "one of them"),
    ("Goals", "formula", 0, "net(rte)", "Goals!B2", '(did you mean "rate"?): net(▸rte)', "add the column"),
    ("Goals", "formula", 0, None, "Goals!B2", "formula is empty", "what is maximised"),
    ("Goals", "active", 0, "no", "Goals!E1", "no goal is active", "set active to yes"),
    ("Goals", "weight", 0, -2.0, "Goals!D2", "weight is -2", "at least 0"),
    ("Metrics", "metric", 0, "Risk-Weight", "Metrics!A2", "is also the name of a column of Positions", "another name"),
    ("Metrics", "metric", 0, "LCR", "Metrics!A2", "is also the name of a measure of the catalogue", "another name"),
    ("Metrics", "formula", 0, "loan_share + 1", "Metrics!B2", "in a circle: loan_share → loan_share", "break"),
    ("Settings", "value", 0, "genetic", "Settings!B2", 'method "genetic" cannot be used', "one of lp, weighted_sum"),
    ("Settings", "value", 1, "many", "Settings!B3", 'seed "many" cannot be used', "enter a number"),
    ("Settings", "value", 1, -1, "Settings!B3", 'seed "-1" cannot be used', "enter a number"),
    ("Settings", "setting", 1, "METHOD", "Settings!A3", "stands already in Settings!A2", "own name"),
]


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "cell", "text", "cure"),
    FAULTS,
    ids=[f"{f[0]}.{f[1]}={f[3]!r}"[:60] for f in FAULTS],
)
def test_each_fault_is_found_where_it_stands(
    table: str, column: str, row: int, value: object, cell: str | None, text: str, cure: str
) -> None:
    tables = sound()
    tables[table][column][row] = value
    found = errors(tables)
    if cell is None:
        assert found == []
        return
    matching = [f for f in found if text in f.text]
    assert matching, [str(f) for f in found]
    assert str(matching[0].cell) == cell
    assert cure in f"{matching[0].cure} {matching[0].text}"
    assert str(matching[0]) == f"{cell}: {matching[0].text}; {matching[0].cure}."
    assert "\n" not in str(matching[0])
    result = verbs.solve(tables)
    assert result.status == "bad input"
    assert result.exit_code == 2
    assert "Allocation" not in result.tables


@pytest.mark.parametrize("value", [float("nan"), None, "", "   "])
def test_blanks_of_every_kind_take_the_default(value: object) -> None:
    tables = sound()
    tables["Positions"]["rate"][3] = value
    tables["Positions"]["risk_weight"][2] = value
    model, findings = read(tables)
    assert model is not None, [str(f) for f in findings]
    assert model.sheet.numbers["rate"][3] == 0.0
    assert model.sheet.numbers["new_rate"][0] == 0.05  # blank: the rate on the stock


@pytest.mark.parametrize(
    ("table", "column", "text", "cure"),
    [
        ("Positions", "side", 'table Positions has no column "side"', "add a column headed side"),
        ("Positions", "balance", 'table Positions has no column "balance"', "headed balance"),
        ("Positions", "position", 'table Positions has no column "position"', "headed position"),
        ("Limits", "sense", 'table Limits has no column "sense"', "headed sense"),
        ("Limits", "right", 'table Limits has no column "right"', "headed right"),
        ("Goals", "direction", 'table Goals has no column "direction"', "headed direction"),
        ("Metrics", "formula", 'table Metrics has no column "formula"', "headed formula"),
        ("Settings", "setting", 'table Settings has no column "setting"', "headed setting"),
    ],
)
def test_missing_columns(table: str, column: str, text: str, cure: str) -> None:
    tables = sound()
    values = tables[table].pop(column)
    (found,) = [f for f in errors(tables) if text in f.text]
    assert str(found.cell) == f"{table}!A1"
    assert cure in found.cure
    near = {"side": "sied", "balance": "balence", "right": "rigth"}.get(column)
    if near:
        tables[table] = {near: values, **tables[table]}
        (found,) = [f for f in errors(tables) if text in f.text]
        assert f'did you mean "{near}"?' in found.text


@pytest.mark.parametrize(("table", "near"), [("Positions", "Position"), ("Goals", "Goalz")])
def test_missing_tables(table: str, near: str) -> None:
    tables = sound()
    tables[near] = tables.pop(table)
    (found,) = [f for f in errors(tables) if table in f.text]
    assert found.text == f'table "{near}" looks like {table}, which the book lacks, and is not read under this name'
    assert f"rename it to {table}" in found.cure
    assert str(found.cell) == f"{near}!A1"
    del tables[near]
    (found,) = [f for f in errors(tables) if f.text == f"the book has no table {table}"]
    assert f"add an Excel table named {table}" in found.cure
    assert found.cell is None
    assert errors({})[0].text == "the book has no table Positions"


@pytest.mark.parametrize(
    ("change", "text", "cell"),
    [
        ({"Positions": {"position": [], "side": [], "balance": []}}, "table Positions has no rows", "Positions!A1"),
        ({"Goals": {"goal": [], "formula": [], "direction": []}}, "table Goals has no rows", "Goals!A1"),
    ],
)
def test_empty_tables(change: Book, text: str, cell: str) -> None:
    (found,) = [f for f in errors(sound() | change) if f.text == text]
    assert str(found.cell) == cell


def test_lp_takes_one_goal() -> None:
    tables = sound()
    tables["Goals"] = {
        "goal": ["a", "b", "c"],
        "formula": ["net(rate)", "rwa", "total_assets"],
        "direction": ["max", "min", "max"],
        "active": ["yes", "no", "yes"],
    }
    (found,) = errors(tables)
    assert str(found) == (
        "Goals!B4: method lp takes one active goal but 2 are active; "
        "set active to no for the others, or method to weighted_sum in Settings."
    )
    tables["Settings"]["value"][0] = "Weighted sum"
    assert errors(tables) == []


@pytest.mark.parametrize(
    ("method", "column", "cells", "text"),
    [
        ("goal_programming", "aspiration", ["Goals!D2", "Goals!D3"], "has no aspiration, which goal_programming needs"),
        ("epsilon_constraint", "aspiration", ["Goals!D3"], "has no aspiration, which epsilon_constraint needs"),
        ("wfnlp", "weight", ["Goals!D2"], 'weight of "a" is 0'),
        ("wfnlp_direct", "weight", ["Goals!D2"], 'weight of "a" is 0'),
    ],
)
def test_what_methods_ask_of_their_goals(method: str, column: str, cells: list[str], text: str) -> None:
    tables = sound()
    tables["Goals"] = {
        "goal": ["a", "b"],
        "formula": ["net(rate)", "rwa"],
        "direction": ["max", "min"],
        column: [0.0 if column == "weight" else None, 1.0 if column == "weight" else None],
    }
    tables["Settings"]["value"][0] = method
    found = errors(tables)
    assert [str(f.cell) for f in found] == cells
    assert all(text in f.text for f in found)


def test_threshold_without_a_max_and_blank_max_warning() -> None:
    tables = sound()
    tables["Positions"]["max"][0] = None
    model, findings = read(tables)
    assert model is not None
    (warned,) = findings
    assert (warned.severity, str(warned.cell)) == ("warning", "Positions!E2")
    assert "1 position(s) have no max (Loans)" in warned.text
    tables["Positions"]["min_if_used"][0] = 20.0
    (found,) = errors(tables)
    assert str(found.cell) == "Positions!J2"
    assert 'min_if_used of "Loans" needs a max' in found.text


def test_warnings_do_not_stop_a_solve() -> None:
    tables = sound()
    tables["Settings"]["setting"].append("metod")
    tables["Settings"]["value"].append("lp")
    tables["Positions"]["risk_wieght"] = [0.0] * 4
    tables["Limits"]["left"].append("sum(rate)")
    tables["Limits"]["sense"].append("<=")
    tables["Limits"]["right"].append(1e6)
    for key in LIMITS:
        if len(tables["Limits"][key]) < 3:
            tables["Limits"][key].append("third" if key == "limit" else None)
    result = verbs.solve(tables)
    assert result.status == "optimal"
    texts = [str(f) for f in result.findings]
    assert all(f.severity == "warning" for f in result.findings)
    assert any('Settings!A4: setting "metod" is not known (did you mean "method"?)' in t for t in texts)
    assert any(
        'column "risk_wieght" is not one that xlalm knows (did you mean "risk_weight"?)' in t for t in texts
    ) or (
        "risk_weight" in tables["Positions"]  # no hint where the right column is there too
    )
    assert any("Limits!B4: this adds assets and liabilities together: ▸sum(rate)" in t for t in texts)
    table = result.table("Findings")
    assert len(table.rows) == len(result.findings)


def test_a_step_as_large_as_its_bound_is_warned_of() -> None:
    tables = sound()
    tables["Limits"]["step"][0] = 0.25
    _, findings = read(tables)
    (found,) = findings
    assert (str(found.cell), found.severity) == ("Limits!L2", "warning")
    assert found.text == 'step of "CET1 floor" is 25%, as much as its whole bound of 5.00%'
    assert found.cure == "enter 0.25% or another smaller step"


def test_near_misses_among_extra_columns_are_warned_of() -> None:
    tables = sound()
    tables["Positions"]["fee-rtae"] = [0.0] * 4
    _, findings = read(tables)
    (warned,) = findings
    assert warned.severity == "warning"
    assert 'column "fee-rtae" is not one that xlalm knows (did you mean "fee_rate"?)' in warned.text


def test_everything_wrong_is_said_at_once() -> None:
    """One fault of every table; none hides another."""
    tables = sound()
    tables["Positions"]["balance"][0] = "ninety"
    tables["Positions"]["rate"][1] = "90%"
    tables["Positions"]["side"][2] = "liabilty"
    tables["Positions"]["max"][1] = 1e308
    tables["Positions"]["lot"][0] = 0.0
    tables["Limits"]["right"] = ["ninety", None]
    tables["Limits"]["left"][1] = "turnovr()"
    tables["Limits"]["hard"][0] = "no"
    tables["Goals"]["formula"][0] = "net(rte)"
    tables["Metrics"]["formula"][0] = "position(Loans)"
    tables["Settings"]["value"] = ["genetic", "many"]
    cells = {str(f.cell) for f in errors(tables)}
    expected = {"Positions!C2", "Positions!F3", "Positions!B4", "Positions!E3", "Positions!I2"}
    expected |= {"Limits!D2", "Limits!D3", "Limits!G2", "Goals!B2", "Metrics!B2", "Settings!B2", "Settings!B3"}
    assert cells >= expected
    result = verbs.check(tables)
    assert result.status == "bad input"
    assert {r["cell"] for r in result.table("Findings").records()} >= expected


@pytest.mark.parametrize("word", ["Level 1", "L1", "1", 1, 1.0, " level_1 "])
def test_choices_forgive_spelling(word: object) -> None:
    tables = sound()
    tables["Positions"]["hqla_level"][1] = word
    model, _ = read(tables)
    assert model is not None
    assert model.sheet.texts["hqla_level"][1] == "1"


@pytest.mark.parametrize(("sense", "proper"), [("≥", ">="), ("=>", ">="), ("≤", "<="), ("==", "="), (" <= ", "<=")])
def test_senses_forgive_spelling(sense: str, proper: str) -> None:
    tables = sound()
    tables["Limits"]["sense"][1] = sense
    model, findings = read(tables)
    assert model is not None, findings
    assert model.limits[1].sense == proper


@pytest.mark.parametrize(("word", "meant"), [("yes", True), ("Y", True), ("TRUE", True), (1, True), (True, True)])
def test_flags_forgive_spelling(word: object, meant: bool) -> None:
    tables = sound()
    tables["Positions"]["fixed"][0] = word
    model, _ = read(tables)
    assert model is not None
    assert bool(model.sheet.fixed[0]) is meant


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("90%", 0.9),
        (" 12.5 % ", 0.125),
        ("1e3", 1000.0),
        ("'5", 5.0),
        ("-2", -2.0),
        ("1,5", None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("", None),
        ("%", None),
    ],
)
def test_numbers_in_texts(text: str, number: float | None) -> None:
    assert parse_number(text) == (None if number is None else pytest.approx(number))


def test_percent_bounds_above_500_percent_can_be_written_out() -> None:
    """A bound that was typed with its percent sign, or as a formula, is meant."""
    for right in ("600%", "opening(cet1_ratio) * 10"):
        tables = sound()
        tables["Limits"]["right"][0] = right
        tables["Limits"]["sense"][0] = "<="
        assert errors(tables) == []


def test_error_cells_are_blanks_whose_finding_is_already_made() -> None:
    tables = sound()
    tables["Positions"]["rate"][0] = ErrorValue("#N/A")
    tables["Positions"]["side"][0] = ErrorValue("#REF!")
    found = errors(tables)
    assert not any("N/A" in f.text for f in found)


def test_addresses_follow_the_table_wherever_it_stands() -> None:
    raw = table_from_columns("Positions", POSITIONS | {"balance": [150.0, "x", 180.0, 20.0]})
    from attrs import evolve

    moved = evolve(
        raw,
        sheet="My bank's book",
        rows=[11, 14, 15, 16],
        header_row=10,
        column_numbers={key: 27 + i for i, key in enumerate(raw.columns)},
    )
    _, findings = typed(moved)
    assert str(findings[0].cell) == "'My bank''s book'!AC14"


@pytest.mark.parametrize(
    ("header", "key"),
    [("Risk weight", "risk_weight"), (" RISK-WEIGHT ", "risk_weight"), ("risk__weight", "risk_weight"), ("ﬁx", "fix")],
)
def test_headers_are_matched_loosely(header: str, key: str) -> None:
    assert normalise_header(header) == key


def test_cells_read_and_write_as_excel_does() -> None:
    assert str(Cell("Limits", 7, 28)) == "Limits!AB7"
    assert str(Cell("My sheet", 1, 703)) == "'My sheet'!AAA1"
    assert column_number("AB") == 28


def test_every_table_of_the_schema_opens() -> None:
    assert table_schema("Positions").required == ("position", "side", "balance")
    for name in ("Limits", "Goals", "Metrics", "Settings", "Scenarios", "Actions", "Curves", "FX", "Behaviour"):
        schema = table_schema(name)
        assert schema.columns
        assert all(column.description for column in schema.columns.values())


def test_balance_sheet_alone() -> None:
    tables = open_book(sound()).tables
    table, findings = typed(tables["Positions"])
    sheet, more = read_positions(table)
    assert not has_errors([*findings, *more])
    assert sheet is not None
    assert sheet.total_assets == 200.0
    assert sheet.has_two_sides
    assert list(sheet.sign) == [1.0, 1.0, -1.0, -1.0]
    assert (sheet.lower[3], sheet.upper[3]) == (20.0, 20.0)  # blank bounds of equity: it stays
