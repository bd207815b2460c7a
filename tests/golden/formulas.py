"""Values of every =ALM_ formula, called as Python functions: through ``udfs`` alone, with the cells of the books."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import python_calamine

Rows = list[list[Any]]


def cells_of(path: Path) -> dict[str, Rows]:
    """Return the tables of a workbook as a person selects them: headers, then rows; blank cells are None."""
    book = python_calamine.CalamineWorkbook.from_path(str(path), load_tables=True)
    found = {}
    for name in book.table_names:
        table = book.get_table_by_name(name)
        rows = [[None if value == "" else value for value in row] for row in table.to_python()]
        found[name] = [list(table.columns), *rows]
    return found


def _column(rows: Rows, header: str, side: str = "") -> Rows:
    names = [str(name).lower().replace(" ", "_") for name in rows[0]]
    at, sides = names.index(header), names.index("side")
    return [[row[at]] for row in rows[1:] if not side or row[sides] == side]


def formula_values(books: dict[str, Path]) -> dict[str, Any]:
    """Return the value of each call, by its text."""
    from udfs import xlalm_udfs as udfs

    values: dict[str, Any] = {}

    def call(name: str, *given: Any, says: str = "", **named: Any) -> None:
        shown = says or ", ".join([*map(repr, given), *(f"{key}={value!r}" for key, value in named.items())])
        values[f"{name}({shown})"] = _plain(getattr(udfs, name)(*given, **named))

    for years in (0.5, 1.0, 9.75, 30.0):
        for frequency in (1.0, 2.0, 4.0):
            call("ALM_PRICE", years, 0.0575, 0.065, 100.0, frequency)
            call("ALM_DURATION", years, 0.08, 0.09, frequency)
            call("ALM_DURATION", years, 0.08, 0.09, frequency, "modified")
            call("ALM_CONVEXITY", years, 0.08, 0.09, frequency)
            call("ALM_CONVEXITY", years, 0.04, 0.03, frequency, "macaulay")
    call("ALM_PRICE", -1.0, 0.05, 0.05)
    for value in (100.0, 258.7, 274.2, 290.0):
        call("ALM_MEMBERSHIP", value, 258.7, 280.0)
        call("ALM_MEMBERSHIP", value, 280.0, 258.7)
    for name, path in books.items():
        _of_book(call, name, cells_of(path))
    return values


def _of_book(call: Callable[..., None], book: str, tables: dict[str, Rows]) -> None:
    positions, limits, goals = tables["Positions"], tables.get("Limits"), tables["Goals"]
    settings, metrics = tables.get("Settings"), tables.get("Metrics")
    for name in ("DGAP", "CGAP", "RWA", "CAPITAL_RATIO", "LEVERAGE", "HQLA", "LCR", "NSFR", "CONCENTRATION"):
        call(f"ALM_{name}", positions, says=book)
    for kind in ("Tier1", "Total"):
        call("ALM_CAPITAL_RATIO", positions, kind, says=f"{book}, {kind}")
    for formula in ("nii_12m", "risk_adjusted_margin", "lcr", "eve_duration_worst", "turnover()", "rwa * rwa"):
        call("ALM_METRIC", formula, positions, metrics, settings, says=f"{formula}, {book}")
    plan = [[1.01 * row[0]] for row in _column(positions, "balance")]
    call("ALM_TURNOVER", positions, plan, says=f"{book}, plan")
    call("ALM_METRIC", "cet1_ratio", positions, metrics, settings, plan, says=f"cet1_ratio, {book}, plan")
    if "Risk weight" in positions[0] or "risk_weight" in positions[0]:
        balance, weight = _column(positions, "balance", "asset"), _column(positions, "risk_weight", "asset")
        call("ALM_RWA", balance, weight, 12.5, says=f"{book}, ranges")
    if limits is None:
        return
    model = (positions, limits, goals, settings, metrics)
    for name in ("CHECK", "SOLVE", "SHADOW_PRICES", "REDUCED_COSTS", "BINDING", "EXPLAIN", "CONFLICTS"):
        call(f"ALM_{name}", *model, says=book)
    first = limits[1][0]
    for figure in ("value", "bound", "headroom", "shadow_price", "worth_of_one_unit", "utilisation"):
        call("ALM_LIMIT_VALUE", first, *model, figure, says=f"{first}, {book}, {figure}")
    call("ALM_FRONTIER", first, *model, says=f"{first}, {book}")
    call("ALM_WHATIF", f"Limits!{first}.active=no", *model, says=f"{first}.active=no, {book}")
    if "Returns" in tables:
        _value_at_risk(call, book, [row[1:] for row in tables["Returns"][1:]])


def _value_at_risk(call: Callable[..., None], book: str, changes: Rows) -> None:
    amounts = [[100.0 + 7.0 * i] for i in range(len(changes[0]))]
    for method in ("covariance", "monte_carlo", "historical"):
        for days in (1.0, 10.0):
            call("ALM_VAR", amounts, changes, 0.99, days, method, says=f"{book}, {method}, {days}")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)
