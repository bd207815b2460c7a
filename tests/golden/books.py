"""Small books for the golden runs, written without any code of xlalm: one for each way of solving and of failing."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

Tables = dict[str, dict[str, list[Any]]]

_SMALL: dict[str, list[Any]] = {
    "position": ["Loans", "Cash", "Deposits", "Capital"],
    "side": ["asset", "asset", "liability", "equity"],
    "balance": [150.0, 50.0, 180.0, 20.0],
    "min": [50.0, 5.0, 100.0, None],
    "max": [300.0, 95.0, 300.0, None],
    "rate": [0.05, 0.02, 0.01, 0.0],
    "risk_weight": [1.0, 0.2, 0.0, 0.0],
    "cet1": [0.0, 0.0, 0.0, 1.0],
}
_BANK: dict[str, list[Any]] = {
    "position": ["Cash", "Bonds", "Mortgages", "Corporates", "Retail", "Term", "Wholesale", "Equity", "Swaps"],
    "side": [*["asset"] * 4, *["liability"] * 3, "equity", "off_balance"],
    "balance": [80.0, 120.0, 400.0, 300.0, 450.0, 200.0, 150.0, 100.0, 60.0],
    "min": [40.0, 60.0, 350.0, 200.0, 400.0, 120.0, 50.0, 100.0, 0.0],
    "max": [200.0, 260.0, 520.0, 380.0, 500.0, 260.0, 300.0, 100.0, 120.0],
    "rate": [0.02, 0.031, 0.037, 0.052, 0.008, 0.026, 0.033, 0.0, 0.004],
    "new_rate": [0.02, 0.03, 0.0355, 0.0505, 0.0095, 0.0275, 0.0345, 0.0, 0.003],
    "exit_rate": [0.02, 0.0315, 0.038, 0.053, 0.0075, 0.0255, 0.032, 0.0, 0.0045],
    "cost_bp": [0.0, 3.0, 20.0, 35.0, 12.0, 8.0, 5.0, 0.0, 2.0],
    "expected_loss": [0.0, 0.0005, 0.002, 0.011, 0.0, 0.0, 0.0, 0.0, 0.0],
    "fee_rate": [0.0, 0.0, 0.001, 0.003, 0.002, 0.0, 0.0, 0.0, 0.0005],
    "class": ["cash", "bond", "loan", "loan", "deposit", "deposit", "wholesale", "capital", "derivative"],
    "counterparty": [None, None, None, None, "retail", "retail", "market", None, None],
    "duration": [0.0, 4.5, 6.2, 2.4, 1.9, 1.1, 0.4, 0.0, -3.0],
    "convexity": [0.0, 28.0, 55.0, 9.0, 6.0, 2.0, 0.3, 0.0, -14.0],
    "repricing_years": [0.0, 4.0, 5.5, 0.5, 1.5, 0.8, 0.2, None, 0.25],
    "risk_weight": [0.0, 0.2, 0.35, 1.0, 0.0, 0.0, 0.0, 0.0, 0.1],
    "cet1": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.0],
    "at1": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0],
    "t2": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0],
    "leverage_exposure": [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.1],
    "hqla_level": ["1", "2A", None, None, None, None, None, None, None],
    "hqla_haircut": [0.0, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "encumbered": [0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "outflow_rate": [0.0, 0.0, 0.0, 0.0, 0.07, 0.1, 0.6, 0.0, 0.02],
    "inflow_rate": [0.0, 0.0, 0.01, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0],
    "asf": [0.0, 0.0, 0.0, 0.0, 0.93, 0.75, 0.3, 1.0, 0.0],
    "rsf": [0.0, 0.1, 0.65, 0.8, 0.0, 0.0, 0.0, 0.0, 0.05],
    "lot": [None] * 9,
    "min_if_used": [None] * 9,
}
_RULES: tuple[Any, ...] = (
    {"limit": "LCR", "left": "lcr", "sense": ">=", "right": "110%", "unit": "%", "early_warning": 1.15},
    {"limit": "NSFR", "left": "nsfr", "sense": ">=", "right": "104%", "unit": "%"},
    {"limit": "CET1", "left": "cet1_ratio", "sense": ">=", "right": "18%", "unit": "%"},
    {"limit": "Gap", "left": "duration_gap", "sense": "<=", "right": 2.6},
    {"limit": "Loss", "left": "0 - eve_duration_worst", "sense": "<=", "right": "45% * tier1_capital"},
    {"limit": "Turnover", "left": "turnover()", "sense": "<=", "right": 220.0},
)
_MARGIN = [("risk_adjusted_margin", "max")]
_DOLLAR_DURATION = 'net(duration, side <> "equity") / 1000'
_GOALS = [
    ("risk_adjusted_margin", "max", 0.6, 14.0, 5.0),
    (_DOLLAR_DURATION, "min", 0.25, 1.5, 3.0),
    ("rwa", "min", 0.15, 430.0, 560.0),
]
_COVARIANCES: dict[str, list[Any]] = {
    "position": ["Bonds", "Bonds", "Mortgages"],
    "with": ["Bonds", "Mortgages", "Mortgages"],
    "covariance": [1.6e-5, 0.7e-5, 0.9e-5],
}


def tables(
    positions: Mapping[str, Sequence[Any]], goals: Sequence[Sequence[Any]], limits: Sequence[Any] = (), **settings: Any
) -> Tables:
    """Put a book together.

    Goals are (formula, direction[, weight[, aspiration, worst]]), limits (left, sense, right) or a dictionary.
    """
    found: Tables = {"Positions": {key: list(values) for key, values in positions.items()}}
    found["Goals"] = {"goal": [f"goal {i}" for i in range(len(goals))]}
    for at, key in enumerate(("formula", "direction", "weight", "aspiration", "worst")):
        found["Goals"][key] = [goal[at] if len(goal) > at else None for goal in goals]
    if limits:
        rows = [r if isinstance(r, Mapping) else dict(zip(("left", "sense", "right"), r, strict=True)) for r in limits]
        keys = list(dict.fromkeys(["limit", *(key for row in rows for key in row)]))
        found["Limits"] = {key: [row.get(key) for row in rows] for key in keys}
        found["Limits"]["limit"] = [row.get("limit", f"limit {i}") for i, row in enumerate(rows)]
    if settings:
        found["Settings"] = {"setting": list(settings), "value": list(settings.values())}
    return found


def write(book: Tables, path: Path) -> None:
    """Write a book as a workbook: one sheet with one Excel table for each of its tables."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, columns in book.items():
            sheet = workbook.add_worksheet(name)
            count = len(next(iter(columns.values())))
            options = {"name": name, "columns": [{"header": key} for key in columns]}
            sheet.add_table(2, 1, 2 + count, len(columns), options)
            for at, values in enumerate(columns.values(), start=1):
                for row, value in enumerate(values, start=3):
                    if isinstance(value, str):
                        sheet.write_string(row, at, value)
                    elif value is not None:
                        sheet.write_number(row, at, value)


def small_books() -> dict[str, Tables]:
    """Return every small book by its name."""
    roomy = {"max": [None, 95.0, None, None]}
    clash = [("total_assets", "<=", 200.0), ("total_assets", ">=", 201.0)]
    late = {"new_rate": [0.06, None, None, None], "exit_rate": [0.04, None, None, None]}
    soft = [
        *_RULES,
        {"limit": "Soft CET1", "left": "cet1_ratio", "sense": ">=", "right": "40%", "hard": "no", "penalty": 30.0},
        {"limit": "Soft size", "left": "total_assets", "sense": "<=", "right": 700.0, "hard": "no", "penalty": 0.01},
    ]
    more = [
        *_RULES,
        {"limit": "Idle", "left": "rwa", "sense": "<=", "right": 1.0, "active": "no"},
        {"limit": "Funding", "left": "total_funding", "sense": "=", "right": 905.0},
        {"limit": "Name", "left": "funding_concentration", "sense": "<=", "right": "75%"},
        {"limit": "Growth", "left": 'growth(1, class = "loan")', "sense": "<=", "right": 70.0},
        {"limit": "Share", "left": 'position("Corporates") / total_assets', "sense": "<=", "right": "36%"},
    ]
    lots = [None, 25.0, 10.0, 15.0, None, 20.0, 30.0, None, None]
    thresholds = [None, 90.0, None, 330.0, None, 180.0, 120.0, None, 50.0]
    quadratic = "risk_adjusted_margin - rwa * rwa / 20000"
    rng = random.Random("relative changes")
    days = [f"2026-{1 + d // 28:02}-{1 + d % 28:02}" for d in range(280)]
    level = [rng.gauss(0.0, 0.004) for _ in days]
    changes = {
        "date": days,
        "Bonds": [0.8 * x + rng.gauss(0.0, 0.001) for x in level],
        "Mortgages": [0.4 * x + rng.gauss(0.0, 0.002) for x in level],
        "Corporates": [rng.gauss(0.0, 0.003) for _ in level],
    }
    risk = {"limit": "Value at risk", "left": "var(99%, 10)", "sense": "<=", "right": 5.0}
    return {
        "plain": tables(_BANK, _MARGIN, _RULES),
        "average_timing": tables(_BANK, _MARGIN, _RULES, timing="average", cost_of_capital=0.08, capital_target=0.11),
        "every_kind_of_limit": tables(_BANK, _MARGIN, more, timing="start"),
        "no_identity": tables(_SMALL, [("net(rate)", "max")], [("rwa", "<=", 220.0)], balance_identity="off"),
        "nothing_moves": tables(_SMALL | {"min": _SMALL["balance"], "max": _SMALL["balance"]}, [("net(rate)", "max")]),
        "degenerate": tables(
            _SMALL, [("net(rate)", "max")], [("total_assets", "<=", 200.0), ("2 * total_assets", "<=", 400.0)]
        ),
        "lots": tables(_BANK | {"lot": lots}, _MARGIN, _RULES),
        "thresholds": tables(_BANK | {"min_if_used": thresholds, "min": [0.0] * 7 + [100.0, 0.0]}, _MARGIN, _RULES),
        "lots_and_thresholds": tables(_BANK | {"lot": lots, "min_if_used": thresholds}, _MARGIN, _RULES),
        "soft_limits": tables(_BANK, _MARGIN, soft),
        "soft_limits_and_lots": tables(_BANK | {"lot": lots}, _MARGIN, soft),
        "pieces_that_help": tables(
            _BANK,
            [(f"min(nii_12m, 22) - 0.1 * abs({_DOLLAR_DURATION} - 1)", "max")],
            [*_RULES, ("max(rwa, 500)", "<=", 520)],
        ),
        "pieces_that_hurt": tables(
            _BANK,
            [(f"nii_12m + max({_DOLLAR_DURATION}, 2)", "max")],
            [*_RULES, ("max(rwa, total_assets)", ">=", 905.0), ('abs(position("Term") - 200)', ">=", 12.0)],
        ),
        "netting": tables(_SMALL | late, [("nii_12m", "max")], [("turnover()", "<=", 500.0)]),
        "ratio_goal": tables(_BANK, [("return_on_assets", "max")], _RULES),
        "ratio_goal_and_lots": tables(_BANK | {"lot": lots}, [("cet1_ratio", "max")], _RULES),
        "quadratic_goal": tables(_BANK, [(quadratic, "max")], _RULES),
        "quadratic_goal_and_lots": tables(_BANK | {"lot": lots}, [(quadratic, "max")], _RULES),
        "quadratic_goal_bent_the_wrong_way": tables(_BANK, [("rwa * rwa / 20000", "max")], _RULES),
        "nonlinear_goal": tables(
            _BANK, [("risk_adjusted_margin - 0.0001 * rwa * total_assets / (1 + duration_gap)", "max")], _RULES
        ),
        "nonlinear_limit": tables(
            _BANK, _MARGIN, [*_RULES, ("cet1_ratio", ">=", "15% + 2% * (total_assets / 1000) * (rwa / 450)")]
        ),
        "value_at_risk_limit": tables(_BANK, _MARGIN, [*_RULES, risk]) | {"Covariances": _COVARIANCES},
        "value_at_risk_of_returns": tables(_BANK, _MARGIN, _RULES, var_method="historical", var_mean="zero")
        | {"Returns": changes},
        "several_goals": tables(_BANK, _GOALS, _RULES, method="fnlp"),
        "several_goals_within_reach": tables(
            _BANK,
            [(*goal[:3], aspiration) for goal, aspiration in zip(_GOALS, (8.0, 2.95, 550.0), strict=True)],
            _RULES,
            method="epsilon_constraint",
        ),
        "several_goals_lots": tables(_BANK | {"lot": lots}, _GOALS[:2], _RULES, method="wfagp"),
        "several_goals_nonlinear": tables(
            _BANK, [*_GOALS[:1], ("rwa * total_assets", "min", 0.4)], _RULES, method="weighted_sum_normalised"
        ),
        "infeasible_limits": tables(_BANK, _MARGIN, [*_RULES, ("cet1_ratio", ">=", "45%"), ("rwa", ">=", 350.0)]),
        "infeasible_pair": tables(_SMALL, [("net(rate)", "max")], clash),
        "infeasible_bounds": tables(
            _SMALL | {"min": [250.0, 95.0, 100.0, None], "max": [300.0, 95.0, 200.0, None]}, [("net(rate)", "max")]
        ),
        "infeasible_lots": tables(
            _SMALL | {"lot": [400.0, None, None, None], "min": [160.0, 5.0, 100.0, None]}, [("net(rate)", "max")]
        ),
        "infeasible_ratio_goal": tables(_SMALL, [("cet1_ratio", "max")], [("total_assets", ">=", 500.0)]),
        "infeasible_nonlinear": tables(
            _BANK, _MARGIN, [*_RULES, ("rwa * total_assets", "<=", 100000.0), ("rwa", ">=", 400.0)]
        ),
        "infeasible_several_goals": tables(_BANK, _GOALS, [*_RULES, ("lcr", ">=", "900%")], method="fnlp"),
        "unbounded": tables(_SMALL | roomy, [("net(rate)", "max")]),
        "unbounded_lots": tables(_SMALL | roomy | {"lot": [7.0, None, None, None]}, [("net(rate)", "max")]),
        "unbounded_several_goals": tables(
            _SMALL | roomy, [("net(rate)", "max", 1.0), ("total_assets", "max", 1.0)], method="weighted_sum"
        ),
        "unbounded_ratio_among_goals": tables(
            _SMALL | roomy, [("net(rate)", "max", 1.0), ("cet1_ratio", "max", 1.0)], method="weighted_sum"
        ),
        "several_goals_one_a_ratio": tables(_BANK, [*_GOALS[:1], ("duration_gap", "min", 0.25)], method="fnlp"),
        "wrong_cells": tables(
            _SMALL | {"side": ["aset", "asset", "liability", "equity"], "rate": ["5 percent", 0.02, 9.0, 0.0]},
            [("net(raet)", "max"), ("lcr +", "upward")],
            [("cet1_ratio", "=>", "ten"), {"left": "rwa", "sense": "<=", "right": 250.0, "unit": "%"}],
            seeds=1.0,
        ),
        **{f"random_{number:02}": random_book(number) for number in range(12)},
    }


def random_book(number: int) -> Tables:
    """Return a random bank with limits around its opening ratios; the number decides all."""
    rng = random.Random(f"golden {number}")
    sides = ["asset"] * rng.randint(3, 7) + ["liability"] * rng.randint(2, 5) + ["equity"]
    assets = [i for i, side in enumerate(sides) if side == "asset"]
    funding = [i for i, side in enumerate(sides) if side == "liability"]
    balance = [round(rng.lognormvariate(4.0, 0.8) + 5.0, 2) for _ in sides]
    total, owed = sum(balance[i] for i in assets), sum(balance[i] for i in funding)
    for i in funding:
        balance[i] = round(0.92 * total * balance[i] / owed, 2)
    balance[-1] = total - sum(balance[i] for i in funding)

    def drawn(low: float, high: float, kept: str = "") -> list[float]:
        return [rng.uniform(low, high) if not kept or side == kept else 0.0 for side in sides]

    rate, worse = drawn(0.0, 0.08), drawn(0.0, 0.01)
    sign = [1.0 if side == "asset" else -1.0 for side in sides]
    positions: dict[str, list[Any]] = {
        "position": [f"{side} {i}" for i, side in enumerate(sides)],
        "side": sides,
        "balance": balance,
        "min": [b * rng.uniform(0.2, 1.0) for b in balance[:-1]] + [balance[-1]],
        "max": [b * rng.uniform(1.0, 1.9) for b in balance[:-1]] + [balance[-1]],
        "rate": rate,
        "new_rate": [r - s * w for r, s, w in zip(rate, sign, worse, strict=True)],
        "exit_rate": [r + s * w / 2 for r, s, w in zip(rate, sign, worse, strict=True)],
        "cost_bp": drawn(0.0, 30.0),
        "expected_loss": drawn(0.0, 0.02, "asset"),
        "class": [rng.choice(["loan", "bond"]) if side == "asset" else "deposit" for side in sides],
        "duration": drawn(0.0, 8.0),
        "convexity": drawn(0.0, 90.0),
        "risk_weight": drawn(0.05, 1.2, "asset"),
        "cet1": drawn(1.0, 1.0, "equity"),
        "hqla_level": ["1", *(rng.choice(["1", "2A", "2B", None]) if side == "asset" else None for side in sides[1:])],
        "hqla_haircut": drawn(0.0, 0.5, "asset"),
        "outflow_rate": drawn(0.03, 0.5, "liability"),
        "inflow_rate": drawn(0.0, 0.3, "asset"),
        "asf": [rng.uniform(0.5, 1.0) if side != "asset" else 0.0 for side in sides],
        "rsf": drawn(0.05, 0.9, "asset"),
    }
    if number % 4 == 3:
        positions["lot"] = [rng.choice([None, round(rng.uniform(2.0, 12.0), 1)]) for _ in sides[:-1]] + [None]
    limits: list[Any] = [
        ("lcr", ">=", f"opening(lcr) * {rng.uniform(0.8, 1.05):.3f}"),
        ("nsfr", ">=", f"opening(nsfr) * {rng.uniform(0.9, 1.03):.3f}"),
        ("cet1_ratio", ">=", f"opening(cet1_ratio) * {rng.uniform(0.9, 1.1):.3f}"),
        ("duration_gap", "<=", f"opening(duration_gap) + {rng.uniform(0.1, 1.0):.2f}"),
        ("turnover()", "<=", round(total * rng.uniform(0.1, 0.6), 1)),
        ('total(class = "loan")', "<=", f'{rng.uniform(0.9, 1.3):.3f} * opening(total(class = "loan"))'),
    ]
    goals = [[("risk_adjusted_margin", "max")], [("nii_12m", "max")], [("return_on_assets", "max")], _GOALS[:2]]
    settings = {"method": rng.choice(["fnlp", "wfagp", "lexicographic"])} if number % 4 == 3 else {}
    return tables(positions, goals[number % 4], limits, **settings)
