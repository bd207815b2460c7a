"""Ratios that divide by nothing: no value, no light, no price, one sentence; and plans that hold nothing at all."""

import math
from typing import Any

import pytest

import xlalm
from tests.cases.bank import NII, Row, frames

OFF: Row = {"setting": "balance_identity", "value": "off"}


def solved(**tables: list[Row]) -> Any:
    """Return the answer for tables in memory."""
    return xlalm.solve(frames({"Settings": [OFF], **tables}))


def rows(result: Any, table: str) -> list[dict[str, Any]]:
    """Return a result table's rows, blanks as None."""
    records = result[table].to_dict("records")
    return [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in record.items()} for record in records]


def said(result: Any, part: str) -> bool:
    """Whether a sentence of the explanation holds some words."""
    return any(part in sentence for sentence in result.explanation)


# --- a group that the plan empties ---------------------------------------------------------------------


def bonds_sold() -> dict[str, list[Row]]:
    """Return a bank whose best plan sells the bonds that a limit takes the average of."""
    positions: list[Row] = [
        {"position": "Cash", "side": "asset", "balance": 100, "min": 0, "max": 1000, "rate": 0.03, "class": "c"},
        {"position": "Bonds 10y", "side": "asset", "balance": 100, "min": 0, "max": 1000, "rate": 0.02, "class": "b"},
        {"position": "Deposits", "side": "liability", "balance": 200, "min": 200, "max": 200, "rate": 0.01},
    ]
    for row, years in zip(positions, (0, 8, None), strict=True):
        row["duration"] = years
    average = 'sum(duration, class = "b") / total(class = "b")'
    limit: Row = {"limit": "Average bond duration", "left": average, "sense": "<=", "right": "5", "unit": "years"}
    return {"Positions": positions, "Limits": [limit], "Goals": [NII]}


def test_the_average_of_an_empty_group_has_no_value() -> None:
    """Average as a constraint without #DIV/0 (OR Stack Exchange, in nvidia/Nemotron-CC-Math-v1): cash 200, NII 3.5."""
    result = xlalm.solve(frames(bonds_sold()))
    assert (result.status, result.objective) == ("optimal", pytest.approx(3.5))
    assert [row["optimal"] for row in rows(result, "Allocation")] == pytest.approx([200.0, 0.0, 200.0])
    (limit,) = rows(result, "LimitReport")
    assert limit["opening"] == pytest.approx(8.0)
    blank = ("value", "headroom", "utilisation", "shadow_price", "worth_of_one_unit", "valid_from", "valid_to")
    assert [limit[key] for key in blank] == [None] * len(blank)
    assert limit["binding"] == "no"
    (headline,) = rows(result, "Headline")
    assert (headline["light"], headline["plan"]) == ("NO VALUE", None)
    assert said(result, "Average bond duration has no value: the plan holds no Bonds 10y; the limit counts as met.")
    assert not said(result, "brings back inside")
    assert not said(result, "Nothing binds")
    assert rows(result, "TopPrices") == []


def test_an_empty_group_at_opening_has_no_value_either() -> None:
    tables = bonds_sold()
    tables["Positions"][1]["balance"] = 0
    tables["Positions"][0]["balance"] = 200
    checked = xlalm.check(frames(tables))
    assert checked.status == "checked"
    assert said(checked, "Average bond duration has no value: the opening holds no Bonds 10y; the limit counts as met.")
    assert said(checked, "Every limit holds at opening.")


CONSUMER = 'position("Consumer unsecured") / (position("Consumer unsecured") + position("Consumer secured"))'


def consumer(rates: tuple[float, ...], bound: float = 0.2) -> dict[str, list[Row]]:
    """Return a book of mortgages and two consumer lines, of which a share must be unsecured."""
    names = "Mortgages", "Consumer unsecured", "Consumer secured"
    positions: list[Row] = [
        {"position": name, "side": "asset", "balance": balance, "min": 0.0, "max": most, "rate": rate}
        for name, balance, most, rate in zip(names, (80.0, 4.0, 6.0), (100.0, 50.0, 50.0), rates, strict=True)
    ]
    limit: Row = {"limit": "unsecured share", "left": CONSUMER, "sense": ">=", "right": bound, "unit": "%"}
    goal: Row = {"goal": "income", "formula": "sum(rate)", "direction": "max"}
    return {"Positions": positions, "Limits": [limit], "Goals": [goal], "Settings": [OFF]}


@pytest.mark.parametrize("rates", [(0.05, -0.01, -0.02), (0.05, -0.02, -0.01), (0.05, -0.02, 0.004)])
def test_a_sub_book_that_the_best_plan_closes(rates: tuple[float, ...]) -> None:
    """Consumer loans lose money where a fifth of them is unsecured: mortgages of 100 at 5 % are all."""
    result = xlalm.solve(frames(consumer(rates)))
    assert (result.status, result.objective) == ("optimal", pytest.approx(5.0))
    assert [row["optimal"] for row in rows(result, "Allocation")] == pytest.approx([100.0, 0.0, 0.0])
    (limit,) = rows(result, "LimitReport")
    assert (limit["value"], limit["shadow_price"], limit["next_limit"]) == (None, None, None)
    assert said(result, "holds no Consumer unsecured or Consumer secured")


def test_the_frontier_of_a_sub_book_goes_on_where_it_is_closed() -> None:
    """A loss of 2 % on a share s and a gain of 0.4 % on the rest pay up to s = 1/6; from there on none is held."""
    result = xlalm.frontier(frames(consumer((0.05, -0.02, 0.004))), limit="unsecured share", low=0.0, high=1.0)
    found = [(row["bound"], row["objective"]) for row in rows(result, "Frontier")]
    turn = (pytest.approx(1 / 6), pytest.approx(5.0))
    assert found == [(0.0, pytest.approx(5.2)), turn, (0.2, pytest.approx(5.0)), (1.0, pytest.approx(5.0))]
    assert said(result, "the plan holds none of what Unsecured share divides by: it has no value and does not bind.")
    for bound in (0.0, 0.1, 0.16, 0.17, 0.9):
        own = xlalm.solve(frames(consumer((0.05, -0.02, 0.004), bound))).objective
        assert own == pytest.approx(5.0 + max(0.0, 50.0 * (0.004 - 0.02 * bound / (1 - bound))))


def test_a_denominator_that_falls_to_nothing_but_not_its_parts() -> None:
    """Short funding less short assets (OR Stack Exchange, as above): the supremum 3.8 has both at 80, and no value.

    A grid of step 1 with a positive denominator has 3.72 at most.
    """
    lines = [
        ("Liquid", "asset", 50, 0, 200, 0.01, "l"),
        ("Short assets", "asset", 20, 0, 100, 0.09, "s"),
        ("Loans", "asset", 60, 0, 200, 0.05, "x"),
        ("Short funding", "liability", 60, 50, 80, 0.06, "f"),
        ("Long funding", "liability", 70, 70, 70, 0.03, "g"),
    ]
    keys = "position", "side", "balance", "min", "max", "rate", "k"
    positions: list[Row] = [dict(zip(keys, line, strict=True)) for line in lines]
    left = 'total(k = "l") / (total(k = "f") - total(k = "s"))'
    limit: Row = {"limit": "Coverage", "left": left, "sense": ">=", "right": "100%", "unit": "%"}
    tables = {"Positions": positions, "Limits": [limit], "Goals": [NII]}
    result = xlalm.solve(frames({**tables, "Settings": [{"setting": "timing", "value": "start"}]}))
    assert (result.status, result.objective) == ("optimal", pytest.approx(3.8))
    (row,) = rows(result, "LimitReport")
    assert (row["value"], row["shadow_price"]) == (None, None)
    assert said(result, "Coverage has no value: what it divides by is 0 in the plan.")


# --- new books -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", [0.0, 1.0])
def test_the_opening_of_a_denominator_does_not_matter(opening: float) -> None:
    """Taha, Operations Research, Thriftem bank: home 7.2, commercial 4.8, a net return of 0.99648."""
    names = "personal", "car", "home", "farm", "commercial"
    rates, bad = (0.14, 0.13, 0.12, 0.125, 0.10), (0.10, 0.07, 0.03, 0.05, 0.02)
    positions: list[Row] = [
        {"position": n, "side": "asset", "balance": opening, "max": 12.0, "net": r * (1 - b) - b, "bad": b}
        for n, r, b in zip(names, rates, bad, strict=True)
    ]
    limits: list[Row] = [
        {"limit": "funds", "left": "sum(1)", "sense": "<=", "right": 12.0},
        {
            "limit": "farm and commercial",
            "left": '(position("farm") + position("commercial")) / sum(1)',
            "sense": ">=",
            "right": "40%",
        },
        {
            "limit": "home",
            "left": 'position("home") / (position("personal") + position("car") + position("home"))',
            "sense": ">=",
            "right": "50%",
        },
        {"limit": "bad debt", "left": "sum(bad) / sum(1)", "sense": "<=", "right": "4%"},
    ]
    goal: Row = {"goal": "net return", "formula": "sum(net)", "direction": "max"}
    result = solved(Positions=positions, Limits=limits, Goals=[goal])
    assert (result.status, result.objective) == ("optimal", pytest.approx(0.99648))
    assert [row["optimal"] for row in rows(result, "Allocation")] == pytest.approx([0, 0, 7.2, 0, 4.8], abs=1e-9)


def test_a_denominator_that_is_never_positive_is_refused_by_check_too() -> None:
    positions: list[Row] = [
        {"position": "Loans", "side": "asset", "balance": 100, "min": 50, "max": 200, "rate": 0.05},
        {"position": "Deposits", "side": "liability", "balance": 100, "min": 50, "max": 200, "rate": 0.01},
        {"position": "New", "side": "asset", "balance": 0, "min": 0, "max": 0},
    ]
    for below, words in (
        ("total_assets - 2 * total_liabilities", "is -100 at opening, not positive"),
        ('position("New")', "is never above 0 within the bounds of its positions"),
    ):
        limit: Row = {"limit": "L", "left": f"total_assets / ({below})", "sense": "<=", "right": 3, "unit": "number"}
        tables = frames({"Positions": positions, "Limits": [limit], "Goals": [NII]})
        for result in (xlalm.check(tables), xlalm.solve(tables)):
            assert result.status == "bad input"
            assert any(words in str(finding) for finding in result.findings)


# --- plans that hold nothing ---------------------------------------------------------------------------


def shares(*bounds: str, sense: str = "=", rates: tuple[float, ...] = (0.03, 0.04, 0.05)) -> dict[str, list[Row]]:
    """Return three assets, each with a share of all, and no side beside them."""
    positions: list[Row] = [
        {"position": n, "side": "asset", "balance": b, "min": 0, "max": 1000, "rate": rate, "k": n}
        for n, b, rate in zip("ABC", (333, 333, 334), rates, strict=True)
    ]
    limits: list[Row] = [
        {"limit": f"share {n}", "left": f'total(k = "{n}") / total_assets', "sense": sense, "right": b, "unit": "%"}
        for n, b in zip("ABC", bounds, strict=True)
    ]
    return {"Positions": positions, "Limits": limits, "Goals": [NII], "Settings": [OFF]}


def test_shares_that_hold_only_of_nothing_are_no_plan() -> None:
    """Three shares of 33.33 % (quintel/pyetm issue 197): they hold together in an empty book only."""
    tables = frames(shares("33.33%", "33.33%", "33.33%"))
    for result in (xlalm.solve(tables), xlalm.conflicts(tables)):
        assert result.status == "infeasible"
        conflict = rows(result, "Conflicts")
        assert [row["name"] for row in conflict if row["in_conflict"] == "yes"] == ["share A", "share B", "share C"]
        (moved,) = (row for row in conflict if row["needed"] is not None)
        assert moved["needed"] == pytest.approx(0.3334)
        assert said(result, "They hold only in a plan that holds nothing, which is none.")
    assert xlalm.surface(tables, limits=["share A", "share B"], points=5).status == "infeasible"
    mended = xlalm.solve(frames(shares("33.34%", "33.33%", "33.33%")))
    assert mended.status == "optimal"
    frontier = xlalm.frontier(tables, limit="share A")
    assert said(frontier, "No plan exists with Share A below 33.34%.")
    (only,) = (row for row in rows(frontier, "Frontier") if row["objective"] is not None)
    assert (only["bound"], only["objective"]) == (pytest.approx(0.3334), pytest.approx(mended.objective, rel=1e-3))


@pytest.mark.parametrize("method", ["fnlp", "lexicographic", "weighted_sum"])
def test_shares_that_hold_only_of_nothing_are_no_plan_for_several_goals(method: str) -> None:
    tables = shares("33.33%", "33.33%", "33.33%")
    size: Row = {"goal": "size", "formula": "total_assets", "direction": "max", "weight": 1}
    tables["Goals"] = [{**NII, "weight": 1}, size]
    tables["Settings"] = [OFF, {"setting": "method", "value": method}]
    result = xlalm.solve(frames(tables))
    assert result.status == "infeasible"
    assert said(result, "They hold only in a plan that holds nothing, which is none.")


def test_floors_on_shares_are_followed_to_where_nothing_would_be_left() -> None:
    """Floors of 40 % and 30 % leave 30 % at most for the third."""
    frontier = xlalm.frontier(frames(shares("40%", "30%", "20%", sense=">=")), limit="share C", low=0.1, high=0.5)
    assert said(frontier, "No plan exists with Share C above 30.00%.")


def test_a_bank_that_is_best_closed_is_closed() -> None:
    """Every asset loses money and the shares could hold: the plan is the empty one, and says so."""
    result = xlalm.solve(frames(shares("33.34%", "33.33%", "33.33%", rates=(-0.01, -0.01, -0.02))))
    assert result.status == "optimal"
    assert [row["optimal"] for row in rows(result, "Allocation")] == [0.0, 0.0, 0.0]
    assert said(result, "The plan holds no assets at all")


# --- ratios as goals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lot", [None, 10.0])
def test_a_ratio_goal_that_may_divide_by_nothing_is_told_so(lot: float | None) -> None:
    """Return on equity with no least equity (dcajasn/Riskfolio-Lib issue 97, skfolio issue 117): no max is missing."""
    positions: list[Row] = [
        {"position": "Loans", "side": "asset", "balance": 130, "min": 0, "max": 200, "rate": 0.05, "lot": lot},
        {"position": "Deposits", "side": "liability", "balance": 120, "min": 50, "max": 180, "rate": 0.02},
        {"position": "Equity", "side": "equity", "balance": 10, "min": 0, "max": 50},
    ]
    goal: Row = {"goal": "ROE", "formula": "nii_12m / total_equity", "direction": "max"}
    result = xlalm.solve(frames({"Positions": positions, "Goals": [goal]}))
    assert result.status == "unbounded"
    assert result.explanation[0] == "ROE has no best value: total_equity, which it divides by, can fall to 0."
    assert result.explanation[1].startswith("Give Equity (")
    (row,) = rows(result, "Conflicts")
    assert (row["kind"], row["name"]) == ("falls to 0", "Equity")
    positions[2]["min"] = 5
    assert xlalm.solve(frames({"Positions": positions, "Goals": [goal]})).status == "optimal"


def test_a_ratio_goal_of_a_new_book() -> None:
    """Nothing at opening: equity of 50 and loans of 50 earn 2.5 % of assets in the middle of the year."""
    positions: list[Row] = [
        {"position": "Loans", "side": "asset", "balance": 0, "min": 0, "max": 200, "rate": 0.05},
        {"position": "Equity", "side": "equity", "balance": 0, "min": 0, "max": 50},
    ]
    goal: Row = {"goal": "Margin", "formula": "nii_12m / total_assets", "direction": "max"}
    result = xlalm.solve(frames({"Positions": positions, "Goals": [goal]}))
    assert (result.status, result.objective) == ("optimal", pytest.approx(0.025))
    assert result.explanation[0] == "Margin reaches 2.50%; at opening it has no value."
