"""Every formula through xlwings' real ``CallUDF`` with what Excel passes: the values are those of the Python API."""

import math
import shutil
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import xlalm
from tests.udfs.books import NAMES, TEMPLATE, column_number, template_rows, with_cell
from tests.udfs.excel import MISSING, Excel, cells, date, decimal, error
from xlalm.app.formulas import FORMULAS
from xlalm.app.verbs.frontier import frontier
from xlalm.domain.errors import Refused

MARKER = "#XLALM!"
ROWS = template_rows()
BUFFER = "LCR, management buffer"
CALLER = cells([[0]], row=9, column=5, sheet="Dashboard")


@pytest.fixture(scope="module")
def excel() -> Iterator[Excel]:
    running = Excel()
    yield running
    running.close()


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return xlalm.solve(shutil.copy(TEMPLATE, tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="module")
def opening() -> dict[str, float]:
    report = xlalm.check(TEMPLATE)["MetricReport"]
    return dict(zip(report["metric"], report["opening"], strict=True))


def table(name: str, rows: list[list[Any]] | None = None) -> dict[str, Any]:
    """Return a table of the template as a range that begins in B4 of a sheet of its name."""
    return cells(rows or ROWS[name], row=4, column=2, sheet=name)


def book(**changed: list[list[Any]]) -> list[dict[str, Any]]:
    return [table(name, changed.get(name)) for name in NAMES]


def column(key: str, side: str | None = None) -> dict[str, Any]:
    """Return one column of Positions without its header, of one side if asked."""
    place, sides = column_number(ROWS["Positions"], key), column_number(ROWS["Positions"], "side")
    kept = [row for row in ROWS["Positions"][1:] if side is None or row[sides] == side]
    return cells([[row[place]] for row in kept], row=5, column=2 + place)


def records(rows: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def same(shown: Any, value: Any) -> bool:
    """Whether a cell shows a value of a result table; nothing is shown for a missing one."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return bool(shown == "")
    return bool(shown == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value))


# --- bonds ------------------------------------------------------------------------------------------------------------


def test_bonds_give_the_figures_of_excels_documentation(excel):
    """Microsoft's examples for PRICE, DURATION and MDURATION, with years for their dates."""
    assert excel.call("ALM_PRICE", 9.75, 0.0575, 0.065, 100.0, 2.0) == pytest.approx(94.63436162, abs=5e-9)
    assert excel.call("ALM_DURATION", 29.5, 0.08, 0.09, 2.0) == pytest.approx(10.9191453, abs=5e-8)
    assert excel.call("ALM_DURATION", 8.0, 0.08, 0.09, 2.0, "Modified") == pytest.approx(5.73567, abs=5e-6)


def test_arguments_of_bonds_come_as_excel_passes_them(excel):
    wanted = excel.call("ALM_CONVEXITY", 5.0, 0.04, 0.03)
    one = cells([[decimal("5")]]), cells([[0.04]]), cells([["3%"]])
    assert excel.call("ALM_CONVEXITY", *one) == wanted
    assert excel.call("ALM_CONVEXITY", *one, MISSING, MISSING) == wanted
    assert excel.call("ALM_CONVEXITY", *one, cells([[None]]), "") == wanted


# --- measures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "metric"),
    [
        ("ALM_DGAP", "duration_gap"),
        ("ALM_CGAP", "convexity_gap"),
        ("ALM_LEVERAGE", "leverage_ratio"),
        ("ALM_HQLA", "hqla"),
        ("ALM_LCR", "lcr"),
        ("ALM_NSFR", "nsfr"),
        ("ALM_CONCENTRATION", "funding_concentration"),
    ],
)
def test_measures_of_a_table_are_those_of_the_report(excel, opening, function, metric):
    assert excel.call(function, table("Positions")) == pytest.approx(opening[metric], rel=1e-12)


def test_capital_with_other_risk_weighted_assets(excel, opening):
    other = 950.0 + 120.0  # rwa_operational and rwa_market of the template's Settings
    assert excel.call("ALM_RWA", table("Positions"), MISSING, other) == pytest.approx(opening["rwa"], rel=1e-12)
    for kind, metric in (("CET1", "cet1_ratio"), ("Tier 1", "tier1_ratio"), ("total capital", "total_capital_ratio")):
        found = excel.call("ALM_CAPITAL_RATIO", table("Positions"), kind, MISSING, MISSING, other)
        assert found == pytest.approx(opening[metric], rel=1e-12)


@pytest.mark.parametrize("metric", ["nii_12m", "risk_adjusted_margin", "loan_to_deposit_ratio", "cre_share"])
def test_any_measure_and_metric(excel, opening, metric):
    tables = table("Positions"), table("Metrics"), table("Settings")
    assert excel.call("ALM_METRIC", metric, *tables) == pytest.approx(opening[metric], rel=1e-12)


def test_a_formula_over_a_table(excel):
    side, balance, rate = (column_number(ROWS["Positions"], key) for key in ("side", "balance", "rate"))
    wanted = sum(row[balance] * row[rate] for row in ROWS["Positions"][1:] if row[side] == "asset")
    found = excel.call("ALM_METRIC", 'sum(rate, side = "asset")', table("Positions"))
    assert found == pytest.approx(wanted, rel=1e-12)


def test_measures_at_a_plan(excel, answer):
    allocation, report = answer["Allocation"], answer["MetricReport"].set_index("metric")
    plan = cells([["optimal"], *([value] for value in allocation["optimal"])], row=10, column=4, sheet="Plan")
    found = excel.call("ALM_METRIC", "lcr", table("Positions"), MISSING, MISSING, plan)
    assert found == pytest.approx(report.loc["lcr", "optimal"], rel=1e-9)
    found = excel.call("ALM_TURNOVER", table("Positions"), plan)
    assert found == pytest.approx(report.loc["balance_sheet_turnover", "optimal"], rel=1e-9)


def test_plain_ranges_give_what_the_table_gives(excel, opening):
    """Ranges of balances, weights and factors without headers: the same definitions, so the same figures."""
    weights = excel.call("ALM_RWA", column("balance"), column("risk_weight"), 1070.0)
    assert weights == pytest.approx(opening["rwa"], rel=1e-12)
    assets, funding = column("balance", "asset"), column("balance", "liability")
    factors = column("rsf"), column("balance"), column("asf")
    assert excel.call("ALM_NSFR", column("balance"), *factors) == pytest.approx(opening["nsfr"], rel=1e-12)
    names = column("counterparty", "liability")
    found = excel.call("ALM_CONCENTRATION", funding, names)
    assert found == pytest.approx(opening["funding_concentration"], rel=1e-12)
    found = excel.call("ALM_CGAP", assets, column("convexity", "asset"), funding, column("convexity", "liability"))
    assert math.isfinite(found)


def test_plain_ranges_by_hand(excel):
    """Every ratio with numbers that can be checked on paper, as array constants and as rows instead of columns."""
    assert excel.call("ALM_DGAP", [[100.0, 50.0]], [[3.0, 2.0]], [[120.0]], [[1.0]]) == pytest.approx(280 / 150)
    assert excel.call("ALM_CAPITAL_RATIO", [[100.0]], MISSING, [[0.5]], [[3.0, 2.0]]) == pytest.approx(0.1)
    assert excel.call("ALM_LEVERAGE", [[100.0]], MISSING, [[5.0]]) == pytest.approx(0.05)
    assert excel.call("ALM_TURNOVER", cells([[1.0], [2.0]]), cells([[2.5], [0.0]])) == pytest.approx(3.5)
    # 60 of level 1; 17 of level 2A; 25 of 2B, capped at 15/85 of 77.
    levels, haircuts = cells([[1.0], ["2A"], ["Level 2B"]]), cells([[0.0], [0.15], [0.5]])
    liquid = cells([[60.0], [20.0], [50.0]])
    assert excel.call("ALM_HQLA", liquid, levels, haircuts) == pytest.approx(77 / 0.85)
    # 100 run off, 90 flow in, of which 75 count.
    flows = cells([[1000.0]]), cells([["0.1"]]), cells([[90.0]])
    assert excel.call(
        "ALM_LCR", liquid, levels, haircuts, cells([[1000.0]]), cells([[0.1]]), flows[2]
    ) == pytest.approx(77 / 0.85 / 25)


def test_blank_rows_and_the_totals_row_do_not_count(excel, opening):
    width = len(ROWS["Positions"][0])
    total = ["Total", None, 99_999.0, *[None] * (width - 3)]
    rows = [*ROWS["Positions"], [None] * width, total]
    assert excel.call("ALM_LCR", table("Positions", rows)) == pytest.approx(opening["lcr"], rel=1e-12)
    assert excel.call("ALM_RWA", cells([[100.0], [None]]), cells([[0.5], [None]])) == 50.0


def test_plain_ranges_may_begin_with_their_headers(excel):
    """As columns are selected: whole ones, with a heading and many blank cells below."""
    blank = [[None]] * 5_000
    balances, weights = [["Balance"], [100.0], [None], [50.0], *blank], [["RW"], [0.5], [None], [1.0], *blank]
    assert excel.call("ALM_RWA", cells(balances), cells(weights)) == 100.0
    assert excel.call("ALM_CONCENTRATION", cells([["Balance"], [3.0], [1.0]]), cells([["Name"], ["A"], ["B"]])) == 0.75
    levels = cells([["1"], ["2A"]])
    assert excel.call("ALM_HQLA", cells([["ninety"], [10.0]]), levels).startswith(f"{MARKER} Sheet1!A1: ")
    assert excel.call("ALM_RWA", cells([["ninety"], [10.0]]), cells([[0.5], [1.0]])).startswith(f"{MARKER} Sheet1!A1: ")


# --- the solved book --------------------------------------------------------------------------------------------------


def test_the_allocation_spills(excel, answer):
    rows = excel.call("ALM_SOLVE", *book())
    table_ = answer["Allocation"]
    assert [row["position"] for row in records(rows)] == list(table_["position"])
    for row, (_, wanted) in zip(records(rows), table_.iterrows(), strict=True):
        assert all(same(row[key], wanted[key]) for key in row), row
    assert all(type(row["optimal"]) is float for row in records(rows))


@pytest.mark.parametrize(
    ("function", "result"), [("ALM_SHADOW_PRICES", "LimitReport"), ("ALM_REDUCED_COSTS", "Allocation")]
)
def test_prices_are_those_of_the_report(excel, answer, function, result):
    rows = records(excel.call(function, *book()))
    for row, (_, wanted) in zip(rows, answer[result].iterrows(), strict=True):
        assert all(same(row[key], wanted[key]) for key in row), row


def test_only_binding_limits(excel, answer):
    report = answer["LimitReport"]
    wanted = list(report[report["binding"] == "yes"]["limit"])
    assert wanted
    assert [row["limit"] for row in records(excel.call("ALM_BINDING", *book()))] == wanted


def test_columns_and_headers_can_be_chosen(excel, answer):
    rows = excel.call("ALM_SOLVE", *book(), "Optimal; position", False)
    assert [row[1] for row in rows] == list(answer["Allocation"]["position"])
    assert excel.call("ALM_SOLVE", *book(), "optimum").startswith(
        f'{MARKER} there is no column "optimum" (did you mean'
    )


def test_one_figure_of_a_limit(excel, answer):
    report = answer["LimitReport"].set_index("limit").loc[BUFFER]
    for figure in ("value", "headroom", "shadow_price", "worth_of_one_unit", "valid_from"):
        found = excel.call("ALM_LIMIT_VALUE", BUFFER, *book(), figure)
        assert same(found, float(report[figure]))
    assert excel.call("ALM_LIMIT_VALUE", BUFFER.upper(), *book()) == pytest.approx(report["value"])


def test_texts_are_rows_of_text(excel, answer):
    lines = excel.call("ALM_EXPLAIN", *book())
    assert [row[0] for row in lines] == list(answer.explanation)
    checked = [row[0] for row in excel.call("ALM_CHECK", *book())]
    assert "No-change plan: Risk-adjusted margin is" in checked[-1] or any("No-change plan" in line for line in checked)
    assert excel.call("ALM_CONFLICTS", *book()) == "A plan exists: no limits are in conflict."


def test_what_if_equals_the_python_api(excel, tmp_path):
    from xlalm.app.verbs import solve as verbs

    change = f"Limits!{BUFFER}=131%"
    wanted = verbs.solve(shutil.copy(TEMPLATE, tmp_path), changes=[change], write=False).table("WhatIf").records()
    found = records(excel.call("ALM_WHATIF", change, *book()))
    assert [row["name"] for row in found] == [row["name"] for row in wanted]
    for row, other in zip(found, wanted, strict=True):
        assert all(same(row[key], other[key]) for key in row), row
    two_columns = cells([[f"Limits!{BUFFER}", 1.31]])
    assert records(excel.call("ALM_WHATIF", two_columns, *book())) == found


def test_the_frontier_is_that_of_the_verb(excel):
    tables = {name: [list(row) for row in ROWS[name]] for name in NAMES}
    rows = records(excel.call("ALM_FRONTIER", BUFFER, *book(), 1.25, 1.32))
    frames = {name: pd.DataFrame(rows_[1:], columns=rows_[0]) for name, rows_ in tables.items()}
    wanted = frontier(frames, limit=BUFFER, low=1.25, high=1.32, write=False).table("Frontier").records()
    assert len(rows) == len(wanted) > 2
    for row, record in zip(rows, wanted, strict=True):
        assert all(same(row[key], record[key]) for key in row), row


COVARIANCE = [[1.0e-4, 0.3e-4], [0.3e-4, 2.0e-4]]


def test_value_at_risk_by_hand_and_by_history(excel):
    amounts = cells([[100.0], [-50.0]])
    variance = 100**2 * 1e-4 + 50**2 * 2e-4 - 2 * 100 * 50 * 0.3e-4
    by_hand = 2.3263478740408408 * math.sqrt(variance) * math.sqrt(10)
    assert excel.call("ALM_VAR", amounts, cells(COVARIANCE)) == pytest.approx(by_hand, rel=1e-12)
    assert excel.call("ALM_VAR", amounts, cells([["a", "b"], *COVARIANCE])) == pytest.approx(by_hand, rel=1e-12)
    simulated = excel.call("ALM_VAR", amounts, cells(COVARIANCE), 0.99, 10.0, "Monte Carlo")
    assert simulated == pytest.approx(by_hand, rel=0.05)
    days = [[0.001 * k, 0.0] for k in range(-50, 51)]
    assert excel.call("ALM_VAR", amounts, cells(days), 0.95, 1.0, "historical") == pytest.approx(4.5, abs=0.11)


def test_membership(excel):
    assert excel.call("ALM_MEMBERSHIP", 7.5, 5.0, 10.0) == 0.5
    assert excel.call("ALM_MEMBERSHIP", 7.5, 10.0, 5.0) == 0.5
    assert excel.call("ALM_MEMBERSHIP", 99.0, 5.0, 10.0) == 1.0


def test_no_plan(excel):
    """Where no plan exists, figures are errors that say so, and the reports say why."""
    hard = with_cell(ROWS["Limits"], 2, "right", 4.5)
    tables = book(Limits=hard)
    shown = excel.call("ALM_SOLVE", *tables, caller=CALLER)
    assert shown.startswith(MARKER)
    assert "=ALM_CONFLICTS" in excel.call("ALM_WHY", CALLER)
    conflicts = records(excel.call("ALM_CONFLICTS", *tables))
    assert any(row["name"] == BUFFER and row["cell"].startswith("Limits!") for row in conflicts)
    assert BUFFER in " ".join(row[0] for row in excel.call("ALM_EXPLAIN", *tables))


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [error("#N/A"), error("#SPILL!"), date("2026-03-31"), "ninety", -5.0, 1e99, True, None]
)
def test_a_cell_that_is_no_balance_is_named(excel, value):
    """Never None taken for zero: the finding names the very cell."""
    rows = with_cell(ROWS["Positions"], 3, "balance", value)
    for function in ("ALM_LCR", "ALM_RWA", "ALM_DGAP"):
        shown = excel.call(function, table("Positions", rows))
        assert shown.startswith(f"{MARKER} Positions!D7: "), shown
    shown = excel.call("ALM_SOLVE", table("Positions", rows), *book()[1:])
    assert shown.startswith(f"{MARKER} Positions!D7: "), shown
    checked = excel.call("ALM_CHECK", table("Positions", rows), *book()[1:])
    text = checked if isinstance(checked, str) else " ".join(row[0] for row in checked)
    assert "error: Positions!D7: " in text


def test_an_array_without_address_names_the_place_in_it(excel):
    shown = excel.call("ALM_RWA", [[100.0], ["x"]], [[0.5], [1.0]])
    assert shown.startswith(f"{MARKER} row 2, column 1 of positions: "), shown


BAD = {
    "ALM_PRICE": (5.0, 0.04, "three"),
    "ALM_DURATION": (cells([[1.0, 2.0]]), 0.04, 0.03),
    "ALM_CONVEXITY": (5.0, 0.04, 0.03, 5.0),
    "ALM_DGAP": (cells([[1.0]]),),
    "ALM_CGAP": (table("Goals"),),
    "ALM_RWA": (cells([[1.0], [2.0]]), cells([[0.5]])),
    "ALM_CAPITAL_RATIO": (table("Positions"), "CET2"),
    "ALM_LEVERAGE": (cells([[0.0]]), MISSING, cells([[5.0]])),
    "ALM_HQLA": (cells([[1.0]]), cells([["3"]])),
    "ALM_LCR": (cells([[1.0]]), cells([["1"]]), MISSING, cells([[0.0]])),
    "ALM_NSFR": (table("Positions"), cells([[1.0]])),
    "ALM_TURNOVER": (table("Positions"), cells([[1.0]])),
    "ALM_CONCENTRATION": (error("#REF!"), cells([["A"]])),
    "ALM_METRIC": ("sum(rte)", table("Positions")),
    "ALM_CHECK": (cells([[None]]),),
    "ALM_SOLVE": (table("Positions"), table("Limits"), MISSING),
    "ALM_SHADOW_PRICES": (table("Positions"), table("Goals"), table("Goals")),
    "ALM_REDUCED_COSTS": (5.0, 5.0, 5.0),
    "ALM_BINDING": (*book()[:3], MISSING, table("Limits")),
    "ALM_LIMIT_VALUE": ("LCR", *book()),
    "ALM_EXPLAIN": (table("Positions"), table("Limits"), table("Goals")),  # its limits need the metrics
    "ALM_CONFLICTS": (table("Limits"), table("Positions"), table("Goals")),
    "ALM_WHATIF": ("Limits!LCR flor", *book()),
    "ALM_FRONTIER": ("LCR flor", *book()[:3]),
    "ALM_VAR": (cells([[1.0], [2.0]]), cells([[1e-4, "x"], [0.0, 1e-4]])),
    "ALM_MEMBERSHIP": (1.0, 2.0, 2.0),
    "ALM_WHY": ("A1",),
}


def test_every_formula_has_a_failure_here():
    assert set(BAD) == set(FORMULAS) - {"ALM_VERSION"}


@pytest.mark.parametrize("function", BAD)
def test_a_failure_is_the_marker_and_one_line_with_the_cure(excel, function):
    shown = excel.call(function, *BAD[function], caller=CALLER)
    assert isinstance(shown, str)
    assert shown.startswith(f"{MARKER} ")
    assert "\n" not in shown
    assert "Traceback" not in shown
    assert "fault of xlalm" not in shown
    assert excel.call("ALM_WHY", CALLER) == shown.removeprefix(f"{MARKER} ")


def test_why_of_a_healthy_and_of_a_cured_cell(excel):
    elsewhere = cells([[1.0]], row=99, column=9, sheet="Dashboard")
    assert excel.call("ALM_WHY", elsewhere) == "Nothing is wrong with this cell."
    assert excel.call("ALM_PRICE", 5.0, 0.04, "three", caller=CALLER).startswith(MARKER)
    assert "three" in excel.call("ALM_WHY", CALLER)
    assert excel.call("ALM_PRICE", 5.0, 0.04, 0.03, caller=CALLER) > 100
    assert excel.call("ALM_WHY", CALLER) == "Nothing is wrong with this cell."
    broken = cells([[error("#NAME?")]], row=99, column=9, sheet="Dashboard")
    assert "#NAME?" in excel.call("ALM_WHY", broken)


def test_why_of_a_cell_inside_a_failed_array(excel):
    wide = cells([[0] * 3] * 4, row=20, column=2, sheet="Dashboard")
    assert excel.call("ALM_SOLVE", 5.0, 5.0, 5.0, caller=wide).startswith(MARKER)
    inside = cells([[error("#VALUE!")]], row=23, column=4, sheet="Dashboard")
    assert "is no Positions table" in excel.call("ALM_WHY", inside)


def test_a_cell_that_was_part_of_a_failed_array_is_cured_alone(excel):
    wide = cells([[0] * 3] * 4, row=40, column=2, sheet="Dashboard")
    alone = cells([[1.0]], row=41, column=3, sheet="Dashboard")
    assert excel.call("ALM_SOLVE", 5.0, 5.0, 5.0, caller=wide).startswith(MARKER)
    assert excel.call("ALM_PRICE", 5.0, 0.04, 0.03, caller=alone) > 100
    assert excel.call("ALM_WHY", alone) == "Nothing is wrong with this cell."


def test_a_caller_that_cannot_be_asked_does_not_matter(monkeypatch, tmp_path):
    from xlalm.app.formulas.guard import guarded

    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))

    def nobody() -> None:
        message = "the caller is gone"
        raise RuntimeError(message)

    def refused() -> object:
        text, cure = "the cell is empty", "enter a number"
        raise Refused(None, text, cure)

    assert guarded(refused, nobody) == f"{MARKER} the cell is empty; enter a number."
    assert guarded(lambda: 1.0, nobody) == 1.0


def test_a_fault_of_our_own_is_logged_not_shown(monkeypatch, tmp_path):
    from xlalm.app.formulas.guard import guarded
    from xlalm.app.formulas.selection import Rectangle

    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))

    def broken() -> object:
        return [][1]

    shown = str(guarded(broken, lambda: Rectangle("b", "s", 1, 1)))
    assert shown.startswith(f"{MARKER} a fault of xlalm itself")
    assert "IndexError" not in shown
    assert "IndexError" in (tmp_path / "xlalm" / "xlalm.log").read_text(encoding="utf-8")


# --- cache ------------------------------------------------------------------------------------------------------------


def test_the_same_inputs_are_solved_once(monkeypatch):
    from udfs import xlalm_udfs
    from xlalm.app.formulas.cache import CACHE
    from xlalm.app.verbs import solve as verbs

    solved: list[object] = []
    real = verbs.solve
    monkeypatch.setattr(verbs, "solve", lambda *given, **named: (solved.append(given), real(*given, **named))[1])
    CACHE.clear()
    tables = [ROWS[name] for name in NAMES]
    for function in ("ALM_SOLVE", "ALM_SHADOW_PRICES", "ALM_BINDING", "ALM_EXPLAIN"):
        assert not isinstance(getattr(xlalm_udfs, function)(*tables), str)
    assert len(solved) == 1
    xlalm_udfs.ALM_SOLVE(with_cell(ROWS["Positions"], 2, "rate", 0.0123), *tables[1:])
    assert len(solved) == 2
    xlalm_udfs.ALM_SOLVE(*tables)
    assert len(solved) == 2


def test_the_cache_is_bounded():
    from xlalm.app.formulas.cache import Cache

    cache = Cache(entries=3, cells=100)
    for key in range(5):
        cache.get(key, lambda key=key: key, weight=10)
    assert len(cache) == 3
    assert cache.get(4, lambda: "again", weight=10) == 4
    assert cache.get(0, lambda: "again", weight=10) == "again"
    cache.get("large", lambda: 1, weight=95)
    assert len(cache) == 1


def test_true_and_one_are_different_inputs():
    from xlalm.app.formulas.cache import _fingerprint
    from xlalm.app.formulas.selection import Selection

    kinds = [1.0, True, "1", None, ""]
    prints = {_fingerprint(Selection.of("x", [[value]])) for value in kinds}
    assert len(prints) == len(kinds)
