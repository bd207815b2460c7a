"""Random banks, points and formulas for the tests; every figure comes from a seed, so that a failure repeats."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from xlalm.app.run.book import open_book
from xlalm.app.verbs import solve as verbs
from xlalm.domain.findings import Finding
from xlalm.model.build import build_model
from xlalm.model.model import Model
from xlalm.program.problem import problem_of
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Solution

Book = dict[str, dict[str, list[Any]]]
seeds = st.integers(min_value=0, max_value=2**32 - 1)


# --- books ---------------------------------------------------------------------------------------------


def book(
    positions: Mapping[str, Sequence[Any]],
    goals: Sequence[Sequence[Any]] = (("sum(rate)", "max"),),
    limits: Sequence[Any] = (),
    metrics: Mapping[str, str] | None = None,
    **settings: Any,
) -> Book:
    """Put a book together.

    Goals are (formula, direction[, weight]), limits (left, sense, right) or dictionaries of the table's columns.
    """
    tables: Book = {"Positions": {key: list(values) for key, values in positions.items()}}
    tables["Goals"] = {
        "goal": [f"goal {i}" for i in range(len(goals))],
        "formula": [goal[0] for goal in goals],
        "direction": [goal[1] for goal in goals],
        "weight": [goal[2] if len(goal) > 2 else None for goal in goals],
    }
    if limits:
        rows = [r if isinstance(r, Mapping) else dict(zip(("left", "sense", "right"), r, strict=True)) for r in limits]
        keys = list(dict.fromkeys(["limit", *(key for row in rows for key in row)]))
        tables["Limits"] = {key: [row.get(key) for row in rows] for key in keys}
        tables["Limits"]["limit"] = [row.get("limit", f"limit {i}") for i, row in enumerate(rows)]
    if metrics:
        tables["Metrics"] = {"metric": list(metrics), "formula": list(metrics.values())}
    if settings:
        tables["Settings"] = {"setting": list(settings), "value": list(settings.values())}
    return tables


def read(tables: Mapping[str, Any]) -> tuple[Model | None, list[Finding]]:
    """Return the model of a book and its findings."""
    return build_model(open_book(tables).tables)


def model_of(tables: Mapping[str, Any]) -> Model:
    """Return the model of a book that has no errors."""
    model, findings = read(tables)
    assert model is not None, [str(f) for f in findings if f.severity == "error"]
    return model


def optimum(tables: Mapping[str, Any]) -> tuple[Model, Solution]:
    """Return the model of a book and its solution."""
    model = model_of(tables)
    return model, optimise(problem_of(model), Options())


def records(tables: Mapping[str, Any], table: str, key: str = "") -> dict[str, dict[str, Any]]:
    """Solve a book the way users do and return one result table, its rows by their first column (or ``key``)."""
    result = verbs.solve(tables)
    assert result.status in {"optimal", "feasible"}, (result.status, [str(f) for f in result.findings])
    found = result.table(table)
    return {record[key or found.keys[0]]: record for record in found.records()}


def random_positions(rng: np.random.Generator, *, churn: bool = False) -> dict[str, list[Any]]:
    """Return a balanced bank of 6 to 12 positions with every column filled.

    Growth never earns more than reduction gives up, unless ``churn``.
    """
    n_assets, n_liabilities, n_off = int(rng.integers(3, 7)), int(rng.integers(2, 5)), int(rng.integers(0, 2))
    side = ["asset"] * n_assets + ["liability"] * n_liabilities + ["equity"] + ["off_balance"] * n_off
    n = len(side)
    balance = np.round(rng.lognormal(4.0, 0.8, n) + 5.0, 2)
    is_asset, is_liability, is_off = (np.array([s == w for s in side]) for w in ("asset", "liability", "off_balance"))
    assets = balance[is_asset].sum()
    balance[is_liability] = np.round(0.92 * assets * balance[is_liability] / balance[is_liability].sum(), 2)
    balance[n_assets + n_liabilities] = assets - balance[is_liability].sum()
    kept = ~(is_asset | is_liability | is_off)
    low, high = balance * rng.uniform(0.2, 1.0, n), balance * rng.uniform(1.0, 1.9, n)
    low[kept], high[kept] = balance[kept], balance[kept]
    rate = rng.uniform(0.0, 0.08, n)
    worse, sign = rng.uniform(0.0, 0.01, n), np.where(is_liability | kept, -1.0, 1.0) * (-1.0 if churn else 1.0)
    level = rng.choice(["1", "2A", "2B", None], n, p=[0.35, 0.2, 0.2, 0.25])
    level[~is_asset] = None
    level[0] = "1"

    def share(mask: np.ndarray, low: float = 0.0, high: float = 1.0) -> list[float]:
        return list(np.where(mask, rng.uniform(low, high, n), 0.0))

    everywhere = np.ones(n, dtype=bool)
    return {
        "position": [f"{s} {i}" for i, s in enumerate(side)],
        "side": side,
        "balance": list(balance),
        "min": list(low),
        "max": list(high),
        "rate": list(rate),
        "new_rate": list(np.clip(rate - sign * worse, -1, 10)),
        "exit_rate": list(np.clip(rate + sign * worse * rng.uniform(0, 1, n), -1, 10)),
        "cost_bp": share(everywhere, 0.0, 0.0 if churn else 30.0),
        "expected_loss": share(is_asset, 0.0, 0.02),
        "fee_rate": share(is_asset | is_liability, -0.002, 0.004),
        "desk": list(rng.choice(["Frankfurt", "Paris"], n)),
        "class": ["loan", *rng.choice(["loan", "bond"], n_assets - 1), "deposit", *["wholesale"] * (n - n_assets - 1)],
        "counterparty": [str(rng.choice(["A", "B", "C", ""])) if s == "liability" else None for s in side],
        "duration": list(rng.uniform(0.0, 8.0, n)),
        "convexity": list(rng.uniform(0.0, 90.0, n)),
        "repricing_years": list(rng.uniform(0.0, 5.0, n)),
        "maturity_years": list(rng.uniform(0.0, 10.0, n)),
        "risk_weight": share(is_asset | is_off, 0.05, 1.2),
        "cet1": list(np.where(kept, 1.0, 0.0)),
        "at1": share(is_liability, 0.0, 0.02),
        "t2": share(is_liability, 0.0, 0.03),
        "leverage_exposure": share(is_asset | is_off, 0.1, 1.0),
        "hqla_level": list(level),
        "hqla_haircut": share(is_asset, 0.0, 0.5),
        "encumbered": share(is_asset, 0.0, 0.4),
        "outflow_rate": share(is_liability | is_off, 0.03, 0.9),
        "inflow_rate": share(is_asset, 0.0, 0.6),
        "asf": share(is_liability | kept, 0.2, 1.0),
        "rsf": share(is_asset | is_off, 0.05, 1.0),
        "deposit_beta": share(is_liability),
        "liquid_asset": share(is_asset, 0.1, 1.0),
        "non_core_deposit": share(is_liability, 0.1, 1.0),
        "alpha": list(rng.uniform(0.1, 2.0, n)),
        "beta": list(rng.uniform(0.1, 2.0, n)),
        "gamma": list(rng.uniform(-1.0, 1.0, n)),
    }


@st.composite
def banks(draw: st.DrawFn, *, churn: bool = False) -> dict[str, list[Any]]:
    """Draw a random bank's positions."""
    return random_positions(np.random.default_rng(draw(seeds)), churn=churn)


def feasible_stocks(model: Model, rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Return balances within bounds that keep the identity: mixtures of vertices found by scipy."""
    sheet = model.sheet
    row = np.where(sheet.on_side("off_balance"), 0.0, sheet.sign)
    bounds = list(zip(sheet.lower, sheet.upper, strict=True))
    vertices = []
    for _ in range(4):
        answer = linprog(rng.normal(size=len(sheet)), A_eq=row[None, :], b_eq=[0.0], bounds=bounds)
        assert answer.status == 0, answer.message
        vertices.append(answer.x)
    return [rng.dirichlet(np.ones(len(vertices))) @ np.array(vertices) for _ in range(count)]


# --- formulas with an evaluation of their own ----------------------------------------------------------

Plain = Callable[[np.ndarray, np.ndarray], float]
"""A number from (balances, opening balances), by plain arithmetic: the tests' own reading of a formula."""


@attrs.frozen
class Formula:
    """A formula as text and what it means, written independently of the compiler."""

    text: str
    number: Plain
    size: float  # a bound of the magnitude of all intermediate figures, to scale tolerances


def _columns(positions: Mapping[str, Sequence[Any]], key: str) -> np.ndarray:
    return np.array([0.0 if v is None else float(v) for v in positions[key]])


@st.composite
def leaves(draw: st.DrawFn, positions: Mapping[str, Sequence[Any]]) -> Formula:
    """Draw a formula without operators."""
    total = float(np.sum(np.abs(_columns(positions, "max"))))
    kind = draw(st.sampled_from(["number", "sum", "filtered", "net", "total", "position", "growth", "turnover"]))
    if kind == "number":
        number = draw(st.floats(min_value=-50, max_value=50, allow_nan=False).map(lambda v: round(v, 3)))
        text = f"{number!r}" if number >= 0 else f"(0 - {-number!r})"
        return Formula(text, lambda _x, _o: number, abs(number))
    key = draw(st.sampled_from(["alpha", "beta", "gamma"]))
    column = _columns(positions, key)
    if kind == "sum":
        return Formula(f"sum({key})", lambda x, _o: float(column @ x), 2 * total)
    if kind == "filtered":
        years = draw(st.integers(min_value=0, max_value=5))
        kept = (_columns(positions, "repricing_years") <= years).astype(float)
        return Formula(f"sum({key}, repricing_years <= {years})", lambda x, _o: float((column * kept) @ x), 2 * total)
    side = list(positions["side"])
    if kind == "net":
        sign = np.array([1.0 if s in {"asset", "off_balance"} else -1.0 for s in side])
        return Formula(f"net({key})", lambda x, _o: float((column * sign) @ x), 2 * total)
    if kind == "total":
        kept = np.array([s == "asset" for s in side], dtype=float)
        return Formula('total(side = "asset")', lambda x, _o: float(kept @ x), total)
    if kind == "position":
        i = draw(st.integers(min_value=0, max_value=len(side) - 1))
        return Formula(f'position("{positions["position"][i]}")', lambda x, _o: float(x[i]), total)
    if kind == "growth":

        def grown(x: np.ndarray, o: np.ndarray) -> float:
            return float(sum(c * max(a - b, 0) for c, a, b in zip(column, x, o, strict=True)))

        return Formula(f"growth({key})", grown, 2 * total)
    counted = [s != "off_balance" for s in side]

    def moved(x: np.ndarray, o: np.ndarray) -> float:
        return float(sum(abs(a - b) for a, b, c in zip(x, o, counted, strict=True) if c))

    return Formula("turnover()", moved, total)


def formulas(positions: Mapping[str, Sequence[Any]], *, smooth: bool = True) -> st.SearchStrategy[Formula]:
    """Return a strategy for formulas; without ``smooth`` none of products and ratios."""

    def grow(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        pairs = st.tuples(inner, inner)
        options = [
            pairs.map(lambda p: Formula(f"({p[0].text} + {p[1].text})", _both(p, lambda a, b: a + b), _sum(p))),
            pairs.map(lambda p: Formula(f"({p[0].text} - {p[1].text})", _both(p, lambda a, b: a - b), _sum(p))),
            pairs.map(lambda p: Formula(f"min({p[0].text}, {p[1].text})", _both(p, min), _sum(p))),
            pairs.map(lambda p: Formula(f"MAX({p[0].text}; {p[1].text})", _both(p, max), _sum(p))),
            inner.map(lambda f: Formula(f"abs({f.text})", lambda x, o: abs(f.number(x, o)), f.size)),
            inner.map(lambda f: Formula(f"(250% * {f.text})", lambda x, o: 2.5 * f.number(x, o), 2.5 * f.size)),
            inner.map(lambda f: Formula(f"-{f.text}", lambda x, o: -f.number(x, o), f.size)),
            inner.map(lambda f: Formula(f"opening({f.text})", lambda _x, o: f.number(o, o), f.size)),
        ]
        if smooth:
            options += [
                pairs.map(
                    lambda p: Formula(
                        f"({p[0].text} * {p[1].text})", _both(p, lambda a, b: a * b), (1 + p[0].size) * (1 + p[1].size)
                    )
                ),
                pairs.map(
                    lambda p: Formula(
                        f"({p[0].text} / (10 + abs({p[1].text})))",
                        _both(p, lambda a, b: a / (10 + abs(b))),
                        p[0].size * (1 + p[1].size),
                    )
                ),
            ]
        return st.one_of(options)

    return st.recursive(leaves(positions), grow, max_leaves=8)


def _both(pair: tuple[Formula, Formula], combine: Callable[[float, float], float]) -> Plain:
    return lambda x, o: combine(pair[0].number(x, o), pair[1].number(x, o))


def _sum(pair: tuple[Formula, Formula]) -> float:
    return pair[0].size + pair[1].size
