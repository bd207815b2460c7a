"""Random bank programs for the tests of prices, ranges and conflicts, with a linear program of their own.

A ``Case`` is written twice: as tables in memory for xlalm, and as plain arrays for scipy. Nothing of xlalm's
compiler, builder or solver is used on the second way.
"""

from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from tests.strategies import Book, book, seeds

Kind = Literal["amount", "moving", "ratio", "capped", "turnover"]
Member = tuple[str, int]
"""("limit", k), ("min", i), ("max", i), ("lot", i), ("threshold", i) or ("identity", 0)."""
CAP_1, CAP_2 = 1.6, 0.75


@attrs.frozen(eq=False)
class Rule:
    """A limit: its formula by ``kind``, coefficients by position, sense and written number.

    amount: a·x against the bound; moving: a·x against b·x + bound; ratio: a·x / b·x; capped: a liquidity ratio
    min(a·x + b·x, 1.6 a·x) / (c·x - min(d·x, 0.75 c·x)); turnover: Σ|x - opening| where a is 1.
    ``penalty`` makes it soft.
    """

    kind: Kind
    vectors: tuple[np.ndarray, ...]
    sense: str
    bound: float
    penalty: float | None = None

    def left(self, x: np.ndarray, opening: np.ndarray) -> float:
        """Return what stands against the written number, at balances."""
        products = [float(vector @ x) for vector in self.vectors]
        if self.kind == "amount":
            return products[0]
        if self.kind == "moving":
            return products[0] - products[1]
        if self.kind == "ratio":
            return products[0] / products[1]
        if self.kind == "turnover":
            return float(self.vectors[0] @ np.abs(x - opening))
        return min(products[0] + products[1], CAP_1 * products[0]) / self.denominator(x)

    def denominator(self, x: np.ndarray) -> float:
        """Return what a bound's change is multiplied by in the row: 1 for amounts."""
        if self.kind == "ratio":
            return float(self.vectors[1] @ x)
        if self.kind == "capped":
            return float(self.vectors[2] @ x) - min(float(self.vectors[3] @ x), CAP_2 * float(self.vectors[2] @ x))
        return 1.0

    @property
    def is_ratio(self) -> bool:
        """Whether the bound multiplies balances."""
        return self.kind in {"ratio", "capped"}

    def texts(self, k: int) -> tuple[str, str]:
        """Return the two formulas of the limit; column names end in the limit's number."""
        a, b, c, d = (f"{letter}{k}" for letter in "abcd")
        number = number_text(self.bound)
        if self.kind == "amount":
            return f"sum({a})", number
        if self.kind == "moving":
            return f"sum({a})", f"sum({b}) + ({number})"
        if self.kind == "ratio":
            return f"sum({a}) / sum({b})", number
        if self.kind == "turnover":
            return "turnover()", number
        counted = f"min(sum({a}) + sum({b}), {CAP_1} * sum({a}))"
        return f"{counted} / (sum({c}) - min(sum({d}), {CAP_2} * sum({c})))", number


def number_text(value: float) -> str:
    """Return a number as a formula holds it, to the last bit."""
    return f"{float(value)!r}" if value >= 0 else f"0 - {-float(value)!r}"


@attrs.frozen(eq=False)
class Optimum:
    """What scipy says: goal (less penalties for a maximum, plus for a minimum), balances, d goal / d bound by rule."""

    goal: float
    stock: np.ndarray
    price: dict[int, float]


@attrs.frozen(eq=False)
class Case:
    """A bank program. ``cost`` (n,) is lost per unit of change in either direction; ``unit`` sizes the amounts."""

    side: tuple[str, ...]
    opening: np.ndarray
    low: np.ndarray
    high: np.ndarray
    goal: np.ndarray
    cost: np.ndarray
    maximise: bool
    identity: bool
    rules: tuple[Rule, ...]
    unit: float
    lot: np.ndarray | None = None  # NaN where none
    threshold: np.ndarray | None = None

    @property
    def n(self) -> int:
        """Number of positions."""
        return len(self.opening)

    @property
    def sign(self) -> np.ndarray:
        """Row of the identity."""
        return np.array([{"asset": 1.0, "off_balance": 0.0}.get(side, -1.0) for side in self.side])

    # --- as a workbook -------------------------------------------------------------------------------------

    def tables(self) -> Book:
        """Return the case as tables in memory."""
        positions: dict[str, Any] = {
            "position": [f"P{i}" for i in range(self.n)],
            "side": list(self.side),
            "balance": [float(v) for v in self.opening],
            "min": [float(v) for v in self.low],
            "max": [float(v) if np.isfinite(v) else None for v in self.high],
            "goal_rate": [float(v) for v in self.goal],
            "change_cost": [float(v) for v in self.cost],
        }
        for key, column in (("lot", self.lot), ("min_if_used", self.threshold)):
            if column is not None:
                positions[key] = [None if np.isnan(v) else float(v) for v in column]
        limits = []
        for k, rule in enumerate(self.rules):
            for letter, vector in zip("abcd", rule.vectors, strict=False):
                positions[f"{letter}{k}"] = [float(v) for v in vector]
            left, right = rule.texts(k)
            hard = {"hard": "no", "penalty": rule.penalty} if rule.penalty is not None else {}
            limits.append({"limit": f"rule {k}", "left": left, "sense": rule.sense, "right": right, **hard})
        formula, sign = "sum(goal_rate)", "-" if self.maximise else "+"
        if self.cost.any():
            formula += f" {sign} growth(change_cost) {sign} reduction(change_cost)"
        goals = [(formula, "max" if self.maximise else "min")]
        return book(positions, goals, limits, balance_identity="on" if self.identity else "off")

    # --- as arrays for scipy -------------------------------------------------------------------------------

    def value(self, x: np.ndarray, tilt: np.ndarray | None = None) -> float:
        """Return the goal with penalties at balances; ``tilt`` is added to the goal's coefficients."""
        worse = -1.0 if self.maximise else 1.0
        total = float((self.goal if tilt is None else self.goal + tilt) @ x)
        total += worse * float(self.cost @ np.abs(x - self.opening))
        for rule in self.rules:
            if rule.penalty is not None:
                short = rule.bound - rule.left(x, self.opening)
                short *= rule.denominator(x) / rule.denominator(self.opening)
                missed = max(short, 0.0) if rule.sense == ">=" else max(-short, 0.0)
                total += worse * rule.penalty * (abs(short) if rule.sense == "=" else missed)
        return total

    def optimum(
        self,
        shift: Mapping[int, float] | None = None,
        tilt: np.ndarray | None = None,
        without: frozenset[Member] = frozenset(),
        elastic: Mapping[Member, float] | None = None,
    ) -> Optimum | None:
        """Solve by scipy; None where there is no plan.

        Parameters
        ----------
        shift : what is added to the written numbers, by rule.
        without : members that hold nothing.
        elastic : members that may give, with the cost per unit by which the bound gives; the goal is then their sum.
        """
        rows = _Rows(self, dict(shift or {}), without, dict(elastic or {}))
        worse = -1.0 if self.maximise else 1.0
        cost = np.zeros(rows.columns)
        if elastic is None:
            cost[: self.n] = worse * (self.goal if tilt is None else self.goal + tilt)
            cost[self.n : 3 * self.n] = np.tile(self.cost, 2)
            for column, penalty in rows.penalties:
                cost[column] = penalty
        else:
            for column, price in rows.gives:
                cost[column] = price * self.unit
        answer, marginals = rows.solve(cost)
        if answer is None:
            return None
        sense = worse if elastic is None else 1.0
        goal = sense * float(cost @ answer) * (self.unit if elastic is None else 1.0)
        return Optimum(goal, answer[: self.n] * self.unit, {k: sense * v for k, v in marginals.items()})

    def is_feasible(self, without: frozenset[Member] = frozenset(), shift: Mapping[int, float] | None = None) -> bool:
        """Whether scipy finds a plan, whatever the goal."""
        return (
            attrs.evolve(self, goal=np.zeros(self.n), cost=np.zeros(self.n)).optimum(shift, None, without) is not None
        )


class _Rows:
    """Rows of a case over columns x, growth, fall and auxiliaries; amounts in the case's unit."""

    def __init__(
        self, case: Case, shift: dict[int, float], without: frozenset[Member], elastic: dict[Member, float]
    ) -> None:
        self.case, self.n, unit = case, case.n, case.unit
        self.columns = 3 * self.n
        self.low, self.high = [0.0] * self.columns, [np.inf] * self.columns
        self.integer = [0] * self.columns
        self.rows: list[tuple[dict[int, float], float, float, int]] = []
        self.penalties: list[tuple[int, float]] = []
        self.gives: list[tuple[int, float]] = []
        for i in range(self.n):
            for key, bounds, end, direction in (("min", self.low, case.low, 1.0), ("max", self.high, case.high, -1.0)):
                member = (key, i)
                given = end[i] / unit
                if member in without:
                    bounds[i] = -np.inf if key == "min" else np.inf
                elif member in elastic:
                    bounds[i] = 0.0 if key == "min" else np.inf
                    give = self._give(elastic[member])
                    ends = (given, np.inf) if key == "min" else (-np.inf, given)
                    self.rows.append(({i: 1.0, give: direction}, *ends, -1))
                else:
                    bounds[i] = given
            opening = case.opening[i] / unit
            self.rows.append(({i: 1.0, self.n + i: -1.0, 2 * self.n + i: 1.0}, opening, opening, -1))
        if case.identity and ("identity", 0) not in without:
            self._add(case.sign, 0.0, 0.0)
        self._whole(without, elastic)
        for k, rule in enumerate(case.rules):
            if ("limit", k) not in without:
                self._rule(k, rule, rule.bound + shift.get(k, 0.0), elastic.get(("limit", k)))

    def _column(self, low: float = 0.0, high: float = np.inf, *, integer: bool = False) -> int:
        self.low.append(low)
        self.high.append(high)
        self.integer.append(int(integer))
        self.columns += 1
        return self.columns - 1

    def _give(self, price: float) -> int:
        column = self._column()
        self.gives.append((column, price))
        return column

    def _add(
        self, vector: np.ndarray, low: float, high: float, extra: dict[int, float] | None = None, k: int = -1
    ) -> None:
        entries = {int(i): float(vector[i]) for i in np.flatnonzero(vector)}
        self.rows.append((entries | (extra or {}), low, high, k))

    def _whole(self, without: frozenset[Member], elastic: Mapping[Member, float]) -> None:
        case, unit = self.case, self.case.unit
        for i in range(self.n):
            if case.lot is not None and not np.isnan(case.lot[i]) and ("lot", i) not in without:
                count = self._column(-1e4, 1e4, integer=True)
                opening = case.opening[i] / unit
                self.rows.append(({i: 1.0, count: -case.lot[i] / unit}, opening, opening, -1))
            if case.threshold is not None and not np.isnan(case.threshold[i]) and ("threshold", i) not in without:
                used = self._column(0.0, 1.0, integer=True)
                most = 1e3 * unit if ("max", i) in without or ("max", i) in elastic else case.high[i]
                self.rows.append(({i: 1.0, used: -case.threshold[i] / unit}, 0.0, np.inf, -1))
                self.rows.append(({i: 1.0, used: -most / unit}, -np.inf, 0.0, -1))

    def _rule(self, k: int, rule: Rule, bound: float, price: float | None) -> None:
        unit, extra = self.case.unit, {}
        if rule.kind == "amount":
            vector, number = rule.vectors[0], bound / unit
        elif rule.kind == "moving":
            vector, number = rule.vectors[0] - rule.vectors[1], bound / unit
        elif rule.kind == "ratio":
            vector, number = rule.vectors[0] - bound * rule.vectors[1], 0.0
        elif rule.kind == "turnover":
            vector, number = np.zeros(self.n), bound / unit
            counted = np.flatnonzero(rule.vectors[0])
            extra = {int(column): 1.0 for column in np.concatenate([self.n + counted, 2 * self.n + counted])}
        else:
            a, b, c, d = rule.vectors
            stock, inflow = self._column(-np.inf), self._column(-np.inf)
            self._add(a + b, 0.0, np.inf, {stock: -1.0})
            self._add(CAP_1 * a, 0.0, np.inf, {stock: -1.0})
            self._add(d, 0.0, np.inf, {inflow: -1.0})
            self._add(CAP_2 * c, 0.0, np.inf, {inflow: -1.0})
            vector, number, extra = -bound * c, 0.0, {stock: 1.0, inflow: bound}
        size = rule.denominator(self.case.opening) / unit if rule.is_ratio else 1.0
        for sign, senses in ((1.0, (">=", "=")), (-1.0, ("<=", "="))):
            if rule.sense in senses and rule.penalty is not None:
                slack = self._column()
                extra = {**extra, slack: sign * size}
                self.penalties.append((slack, rule.penalty / unit if rule.is_ratio else rule.penalty))
            elif rule.sense in senses and price is not None:
                extra = {**extra, self._give(price): sign}
        low = number if rule.sense in {">=", "="} else -np.inf
        high = number if rule.sense in {"<=", "="} else np.inf
        self._add(vector, low, high, extra, k)

    def solve(self, cost: np.ndarray) -> tuple[np.ndarray | None, dict[int, float]]:
        matrix = np.zeros((len(self.rows), self.columns))
        for i, (entries, _, _, _) in enumerate(self.rows):
            matrix[i, list(entries)] = list(entries.values())
        low = np.array([row[1] for row in self.rows])
        high = np.array([row[2] for row in self.rows])
        if any(self.integer):
            whole = milp(
                cost,
                integrality=np.array(self.integer),
                bounds=Bounds(np.array(self.low), np.array(self.high)),
                constraints=LinearConstraint(matrix, low, high),
                options={"mip_rel_gap": 1e-9, "time_limit": 20.0},
            )
            if whole.status == 1:
                reject()  # scipy does not know either
            assert whole.status in {0, 2}, whole.message
            return whole.x, {}
        equal, below, above = low == high, np.isfinite(high) & (low != high), np.isfinite(low) & (low != high)
        answer = linprog(
            cost,
            A_ub=np.vstack([matrix[below], -matrix[above]]),
            b_ub=np.concatenate([high[below], -low[above]]),
            A_eq=matrix[equal],
            b_eq=low[equal],
            bounds=list(zip(self.low, self.high, strict=True)),
            method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        assert answer.status in {0, 2, 3}, answer.message
        if answer.status == 3:
            raise UnboundedError
        if answer.status == 2:
            return None, {}
        dual = np.zeros(len(self.rows))
        dual[equal] = answer.eqlin.marginals
        parts = np.split(answer.ineqlin.marginals, [int(below.sum())])
        dual[below], dual[above] = parts[0], -parts[1]
        found = {}
        for i, (_, _, _, k) in enumerate(self.rows):
            if k >= 0:
                found[k] = float(dual[i]) * self.case.rules[k].denominator(answer.x[: self.n] * self.case.unit)
        return answer.x, found


class UnboundedError(Exception):
    """The goal has no end."""


# --- drawing cases -------------------------------------------------------------------------------------


def random_case(
    rng: np.random.Generator,
    *,
    coarse: bool = False,
    unit: float = 100.0,
    kinds: tuple[Kind, ...] = ("amount", "moving", "ratio", "capped", "turnover"),
    rules: int = 4,
    soft: bool = False,
    costs: bool = False,
) -> Case:
    """Return a bank with a plan: rules hold at a random point with little room to spare.

    ``coarse`` takes balances, bounds and coefficients from few round values, so that ties abound.
    """
    n_assets, n_liabilities = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    n_off = int(rng.integers(0, 2))
    side = ("asset",) * n_assets + ("liability",) * n_liabilities + ("equity",) + ("off_balance",) * n_off
    n = len(side)

    def numbers(low: float, high: float, step: float) -> np.ndarray:
        drawn = rng.uniform(low, high, n)
        return np.round(np.round(drawn / step) * step, 6) if coarse else np.round(drawn, 4)

    opening = np.round(numbers(1.0, 9.0, 1.0) * unit / 10, 6)
    equity = n_assets + n_liabilities
    assets = opening[:n_assets].sum()
    opening[n_assets:equity] *= 0.9 * assets / opening[n_assets:equity].sum()
    opening[n_assets:equity] = np.round(np.round(opening[n_assets:equity] * 10 / unit) * unit / 10, 6)
    opening[equity] = np.round(assets - opening[n_assets:equity].sum(), 6)
    if opening[equity] < 0:
        opening[0] -= opening[equity]
        opening[equity] = 0.0
    low, high = opening * numbers(0.0, 1.0, 0.25), opening * numbers(1.0, 2.0, 0.25)
    still = rng.random(n) < 0.1
    low[still] = high[still] = opening[still]
    low, high = np.minimum(np.round(low, 6), opening), np.maximum(np.round(high, 6), opening)
    goal = numbers(-0.05, 0.1, 0.01)
    cost = np.abs(numbers(-0.01, 0.01, 0.005)) if costs else np.zeros(n)
    bare = Case(side, opening, low, high, goal, cost, bool(rng.random() < 0.6), bool(rng.random() < 0.8), (), unit)
    ends = [attrs.evolve(bare, goal=rng.normal(size=n)).optimum() for _ in range(3)]
    mixture = rng.dirichlet(np.ones(len(ends)))
    inside = sum(weight * end.stock for weight, end in zip(mixture, ends, strict=True) if end is not None)
    assert isinstance(inside, np.ndarray)
    best = bare.optimum()
    assert best is not None
    drawn: list[Rule] = []
    for _ in range(rules):
        rule = _random_rule(rng, bare, kinds, numbers)
        there, wanted = rule.left(inside, opening), rule.left(best.stock, opening)
        share = float(rng.choice([0.0, 0.5, 0.9]) if coarse else rng.uniform(0.0, 1.2))
        bound = there + share * (wanted - there)  # between the point and where the goal pulls: it often binds
        sense = ("<=" if wanted > there else ">=") if share <= 1 else ("<=" if wanted < bound else ">=")
        if rule.kind == "turnover":
            sense, bound = "<=", max(there, bound)
        elif rule.kind == "capped":
            sense, bound = ">=", min(there, bound)
        penalty = None
        if soft and rng.random() < 0.4 and rule.kind != "turnover":
            # goal units per 1.00 of shortfall; of the size of the goal's own coefficients
            penalty = float(np.round(rng.uniform(0.01, 0.3), 3)) * (rule.denominator(opening) if rule.is_ratio else 1)
            bound = bound + (0.1 if sense == ">=" else -0.1) * abs(bound)
        elif rng.random() < 0.12 and rule.kind == "amount":
            sense, bound = "=", there
        drawn.append(attrs.evolve(rule, sense=sense, bound=float(bound), penalty=penalty))
    return attrs.evolve(bare, rules=tuple(drawn))


def _random_rule(rng: np.random.Generator, case: Case, kinds: tuple[Kind, ...], numbers: Any) -> Rule:
    kind: Kind = kinds[int(rng.integers(len(kinds)))]
    is_asset = np.array([side == "asset" for side in case.side])
    some = rng.random(case.n) < 0.7
    some[int(rng.integers(case.n))] = True
    if kind == "amount":
        return Rule(kind, (numbers(-0.5, 1.5, 0.25) * some,), ">=", 0.0)
    if kind == "moving":
        return Rule(kind, (numbers(0.0, 1.5, 0.25) * some, numbers(0.0, 1.0, 0.25) * ~some), ">=", 0.0)
    if kind == "ratio":
        return Rule(kind, (numbers(0.0, 1.5, 0.25) * some, numbers(0.25, 1.5, 0.25)), ">=", 0.0)
    if kind == "turnover":
        return Rule(kind, (np.where([s == "off_balance" for s in case.side], 0.0, 1.0),), "<=", 0.0)
    outflow = np.where(is_asset, 0.0, numbers(0.1, 0.6, 0.1) + 0.1)
    return Rule(
        kind,
        (
            np.where(is_asset, numbers(0.0, 1.0, 0.25), 0.0),
            np.where(is_asset, numbers(0.0, 0.5, 0.25), 0.0),
            outflow,
            np.where(is_asset, numbers(0.0, 0.3, 0.1), 0.0),
        ),
        ">=",
        0.0,
    )


def through_optimum(case: Case, rng: np.random.Generator, count: int) -> Case:
    """Return a case with more rules that all go through its optimum, so that the vertex is degenerate."""
    best = case.optimum()
    assert best is not None
    rules = list(case.rules)
    is_off = np.array([side == "off_balance" for side in case.side])
    for _ in range(count):
        choice = rng.integers(4)
        binding = [r for r in rules if r.penalty is None and abs(r.left(best.stock, case.opening) - r.bound) < 1e-9]
        if choice == 0 and binding:
            rules.append(binding[int(rng.integers(len(binding)))])  # the same limit twice
            continue
        vector = np.round(rng.uniform(-1, 1, case.n), 2)
        rule = Rule("amount", (vector,), str(rng.choice([">=", "<="])), 0.0)
        if choice == 1:
            rule = Rule("ratio", (np.abs(vector), np.where(is_off, 0.0, 1.0)), str(rng.choice([">=", "<="])), 0.0)
        elif choice == 2:
            picked = np.zeros(case.n)
            picked[int(rng.integers(case.n))] = 1.0
            rule = Rule("amount", (picked,), str(rng.choice([">=", "<="])), 0.0)
        rules.append(attrs.evolve(rule, bound=rule.left(best.stock, case.opening)))
    return attrs.evolve(case, rules=tuple(rules))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a feasible bank program: plain, with ties, degenerate, ratio-limited, soft, with costs of change."""
    rng = np.random.default_rng(draw(seeds))
    kinds = draw(st.sampled_from([("amount", "moving"), ("ratio", "amount"), ("capped", "ratio"), None]))
    case = random_case(
        rng,
        coarse=draw(st.booleans()),
        unit=draw(st.sampled_from([1.0, 100.0, 1e5])),
        rules=draw(st.integers(2, 5)),
        soft=draw(st.sampled_from([False, False, True])),
        costs=draw(st.booleans()),
        **({"kinds": kinds} if kinds else {}),
    )
    if draw(st.booleans()):
        case = through_optimum(case, rng, draw(st.integers(1, 3)))
    return case
