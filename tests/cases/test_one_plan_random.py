"""Random banks: what the written workbook says holds by its own numbers, and no plan as good moves less."""

import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from scipy.optimize import linprog

import xlalm
from tests.cases.bank import Row, frames, workbook
from tests.seeds import more

CLOSE = 1e-9
"""Share of a row's own largest term that may be missed."""


@attrs.frozen(eq=False)
class Bank:
    """Tables of a bank, with its rows ``low <= matrix·x <= high`` (the identity first) and its cap on turnover."""

    tables: dict[str, list[Row]]
    matrix: np.ndarray
    low: np.ndarray
    high: np.ndarray
    cap: float

    def column(self, name: str) -> np.ndarray:
        return np.array([row[name] for row in self.tables["Positions"]], dtype=float)


def bank(seed: int, *, decades: float, rates: list[float] | None = None) -> Bank:
    """Return a bank that holds at opening; balances from 1 to 10^decades, loans and deposits of a few rates."""
    rng = np.random.default_rng(seed)
    n_assets, n_funds = int(rng.integers(3, 9)), int(rng.integers(2, 6))
    assets, funds = (np.round(10.0 ** rng.uniform(0, decades, n), 2) for n in (n_assets, n_funds))
    equity = round(0.1 * max(assets.sum(), funds.sum()), 2)
    short = round(float(assets.sum() - funds.sum() - equity), 2)
    assets, funds = (assets, np.append(funds, short)) if short >= 0 else (np.append(assets, -short), funds)
    opening = np.concatenate([assets, funds, [equity]])
    n, sign = len(opening), np.concatenate([np.ones(len(assets)), -np.ones(len(funds) + 1)])
    least = np.round(opening * rng.choice([0.0, 0.5, 0.8], n), 2)
    most = np.round(opening * rng.choice([1.2, 2.0, 5.0], n) + rng.choice([0.0, 10.0], n), 2)
    least[-1] = most[-1] = equity
    yields = rng.choice(rates, n) if rates else np.round(rng.uniform(0.0, 0.08, n), 4)
    positions: list[Row] = [
        {
            "position": f"Line {i}",
            "side": "asset" if sign[i] > 0 else "equity" if i == n - 1 else "liability",
            "balance": float(opening[i]),
            "min": float(least[i]),
            "max": float(most[i]),
            "rate": 0.0 if i == n - 1 else float(yields[i]),
        }
        for i in range(n)
    ]
    limits: list[Row] = []
    rows, low, high = [sign], [0.0], [0.0]
    for k in range(int(rng.integers(1, 6))):
        weights = np.where(rng.random(n) < 0.5, rng.choice([1.0, 0.5, 2.0, 100.0], n), 0.0)
        weights[0], weights[-1] = 1.0, 0.0
        for row, weight in zip(positions, weights, strict=True):
            row[f"weight_{k}"] = float(weight)
        is_floor, is_ratio = rng.random() < 0.5, rng.random() < 0.5
        level = float(weights @ opening) / (assets.sum() if is_ratio else 1.0)
        bound = float(f"{level * (0.97 if is_floor else 1.03):.12g}")
        left = f"sum(weight_{k})" + (' / total(side = "asset")' if is_ratio else "")
        sense = ">=" if is_floor else "<="
        limits.append({"limit": f"Limit {k}", "left": left, "sense": sense, "right": bound, "unit": "x"})
        rows.append(weights - np.where(sign > 0, bound, 0.0) if is_ratio else weights)
        edge = 0.0 if is_ratio else bound
        low.append(edge if is_floor else -np.inf)
        high.append(np.inf if is_floor else edge)
    cap = np.inf
    if rng.random() < 0.5:
        cap = round(0.3 * float(opening.sum()), 2)
        limits.append({"limit": "Turnover", "left": "turnover()", "sense": "<=", "right": cap, "unit": "x"})
    goals: list[Row] = [{"goal": "Margin", "formula": "net(rate)", "direction": "max"}]
    tables = {"Positions": positions, "Limits": limits, "Goals": goals}
    return Bank(tables, np.array(rows), np.array(low), np.array(high), cap)


# --- the written workbook ------------------------------------------------------------------------------


def written(path: Path) -> dict[str, list[Row]]:
    """Return the tables of a workbook as its cells have them."""
    book = CalamineWorkbook.from_path(str(path), load_tables=True)
    found = {}
    for name in ("Positions", "Limits", "Allocation"):
        table = book.get_table_by_name(name)
        found[name] = [dict(zip(table.columns, row, strict=True)) for row in table.to_python()]
    return found


def broken(tables: dict[str, list[Row]]) -> list[str]:
    """Return what the plan in a workbook breaks, by the workbook's own numbers."""
    lines = tables["Positions"]
    plan, opening = {}, {}
    for row, said in zip(lines, tables["Allocation"], strict=True):
        assert row["position"] == said["Position"]
        plan[row["position"]], opening[row["position"]] = said["Optimal"], row["balance"]
    faults = [row["position"] for row in lines if not row["min"] <= plan[row["position"]] <= row["max"]]
    signed = [(1 if row["side"] == "asset" else -1) * plan[row["position"]] for row in lines]
    assets = sum(part for part in signed if part > 0)
    if abs(sum(signed)) > CLOSE * max(map(abs, signed)):
        faults.append("identity")
    for limit in tables["Limits"]:
        if limit["left"] == "turnover()":
            terms = [abs(plan[name] - opening[name]) for name in plan]
        else:
            column = re.match(r"sum\((\w+)\)", limit["left"]).group(1)
            terms = [row[column] * plan[row["position"]] for row in lines]
        bound = float(limit["right"]) * (assets if "/" in limit["left"] else 1.0)
        over = (sum(terms) - bound) * (1 if limit["sense"] == "<=" else -1)
        if over > CLOSE * max(*terms, abs(bound)):
            faults.append(limit["limit"])
    return faults


def check_written(seed: int, folder: Path) -> None:
    path = workbook(folder / "bank.xlsx", bank(seed, decades=float(1 + seed % 12)).tables)
    answer = xlalm.solve(path, out=path)
    assert answer.status == "optimal", answer.findings
    assert answer.result.certificate["accepted"]
    assert broken(written(path)) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_plan_in_the_workbook_holds_by_its_own_numbers(seed: int, tmp_path: Path) -> None:
    check_written(seed, tmp_path)


@pytest.mark.parametrize("seed", more(1000, 1300))
def test_the_plan_in_the_workbook_holds_by_its_own_numbers_long(seed: int, tmp_path: Path) -> None:
    check_written(seed, tmp_path)


# --- ties ----------------------------------------------------------------------------------------------


def least_turnover(case: Bank) -> tuple[float, float]:
    """Return the best goal and the least turnover at it: two linear programs of balances and their distances."""
    opening, n = case.column("balance"), len(case.column("balance"))
    goal = np.append(case.column("rate") * case.matrix[0], np.zeros(n))
    wide = np.hstack([case.matrix, np.zeros_like(case.matrix)])
    one = np.eye(n)
    sides = [(np.hstack([one, -one]), opening), (np.hstack([-one, -one]), -opening)]
    upper = np.isfinite(case.high[1:])
    sides += [(wide[1:][upper], case.high[1:][upper]), (-wide[1:][~upper], -case.low[1:][~upper])]
    total = np.append(np.zeros(n), np.ones(n))
    if np.isfinite(case.cap):
        sides.append((total[None, :], np.array([case.cap])))
    a, b = np.vstack([side[0] for side in sides]), np.concatenate([side[1] for side in sides])
    bounds = [*zip(case.column("min"), case.column("max"), strict=True), *[(0.0, None)] * n]
    common: dict[str, Any] = {"A_eq": wide[:1], "b_eq": [0.0], "bounds": bounds, "method": "highs"}
    best = -linprog(-goal, A_ub=a, b_ub=b, **common).fun
    kept = np.vstack([a, -goal[None, :]]), np.append(b, -best + 1e-10 * abs(best))
    second = linprog(total, A_ub=kept[0], b_ub=kept[1], **common)
    assert second.success
    return best, second.fun


def check_least(seed: int) -> None:
    case = bank(seed, decades=3.0, rates=[0.01, 0.02, 0.03])
    best, least = least_turnover(case)
    answer = xlalm.solve(frames(case.tables))
    assert answer.objective == pytest.approx(best, rel=1e-8)
    assert answer.result.certificate["accepted"]
    assert answer["Allocation"]["change"].abs().sum() == pytest.approx(least, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(30))
def test_no_plan_as_good_moves_less(seed: int) -> None:
    check_least(seed)


@pytest.mark.parametrize("seed", more(1000, 1300))
def test_no_plan_as_good_moves_less_long(seed: int) -> None:
    check_least(seed)
