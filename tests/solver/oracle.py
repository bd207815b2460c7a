"""The same plan found another way: linear programs put together by hand and given to scipy.

A form is four vectors over (balance, growth, reduction) and a constant; ratios are multiplied out here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from scipy.optimize import linprog


@attrs.frozen(eq=False)
class Row:
    """``balance·x + growth·u + reduction·d + constant``."""

    balance: np.ndarray
    growth: np.ndarray
    reduction: np.ndarray
    constant: float = 0.0

    @property
    def vector(self) -> np.ndarray:
        return np.concatenate([self.balance, self.growth, self.reduction])

    def at(self, x: np.ndarray, opening: np.ndarray) -> float:
        change = x - opening
        moved = np.concatenate([x, np.maximum(change, 0), np.maximum(-change, 0)])
        return float(self.vector @ moved) + self.constant


def row(balance: Any = 0.0, growth: Any = 0.0, reduction: Any = 0.0, constant: float = 0.0, n: int = 0) -> Row:
    """Return a form; a number stands for the same coefficient everywhere."""
    return Row(*(np.broadcast_to(np.asarray(part, float), (n,)) for part in (balance, growth, reduction)), constant)


@attrs.frozen(eq=False)
class Restriction:
    """A limit as text for the book and as forms for the oracle; ``below`` is the denominator of a ratio."""

    text: str
    sense: str
    bound: float
    above: Row
    below: Row | None = None

    def entry(self) -> dict[str, Any]:
        return {"left": self.text, "sense": self.sense, "right": self.bound, "unit": "number"}

    def value(self, x: np.ndarray, opening: np.ndarray) -> float:
        value = self.above.at(x, opening)
        return value if self.below is None else value / self.below.at(x, opening)

    def inequality(self) -> tuple[np.ndarray, float]:
        """Return (a, b) of a·z <= b for <= and =, with the sign turned for >=."""
        vector, constant = self.above.vector, self.above.constant
        right = self.bound
        if self.below is not None:
            vector, constant = vector - self.bound * self.below.vector, constant - self.bound * self.below.constant
            right = 0.0
        sign = -1.0 if self.sense == ">=" else 1.0
        return sign * vector, sign * (right - constant)


@attrs.frozen(eq=False)
class Bank:
    """What the oracle knows of a bank, read from the same columns as the book."""

    opening: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    sign: np.ndarray
    side: tuple[str, ...]

    @classmethod
    def of(cls, positions: Mapping[str, Sequence[Any]]) -> "Bank":
        side = tuple(positions["side"])
        numbers = (np.array(positions[key], dtype=float) for key in ("balance", "min", "max"))
        return cls(*numbers, np.array([1.0 if s in {"asset", "off_balance"} else -1.0 for s in side]), side)

    def mask(self, *sides: str) -> np.ndarray:
        return np.array([float(s in sides) for s in self.side])

    @property
    def identity(self) -> np.ndarray:
        return np.where(self.mask("off_balance") > 0, 0.0, self.sign)


@attrs.frozen(eq=False)
class Optimum:
    """What scipy found; ``objective`` is None where there is no plan."""

    objective: float | None
    stock: np.ndarray | None
    status: int


def best(
    bank: Bank,
    goal: Row,
    direction: str,
    restrictions: Sequence[Restriction] = (),
    *,
    identity: bool = True,
    extra: Sequence[tuple[np.ndarray, float]] = (),
) -> Optimum:
    """Return the best plan by scipy; ``extra`` are further rows a·z <= b."""
    n = len(bank.opening)
    eye = np.eye(n)
    equal, equal_right = [np.hstack([eye, -eye, eye])], [bank.opening]
    if identity:
        equal.append(np.concatenate([bank.identity, np.zeros(2 * n)])[None, :])
        imbalance = float(bank.identity @ bank.opening)
        equal_right.append(np.array([imbalance if abs(imbalance) > 1e-9 * max(bank.opening.sum(), 1) else 0.0]))
    rows, right = [a for a, _ in extra], [b for _, b in extra]
    for restriction in restrictions:
        a, b = restriction.inequality()
        if restriction.sense == "=":
            equal.append(a[None, :])
            equal_right.append(np.array([b]))
        else:
            rows.append(a)
            right.append(b)
    sign = -1.0 if direction == "max" else 1.0
    bounds = [*zip(bank.lower, bank.upper, strict=True), *[(0.0, None)] * (2 * n)]
    answer = linprog(
        sign * goal.vector,
        A_ub=np.array(rows) if rows else None,
        b_ub=np.array(right) if rows else None,
        A_eq=np.vstack(equal),
        b_eq=np.concatenate(equal_right),
        bounds=bounds,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status != 0:
        return Optimum(None, None, answer.status)
    return Optimum(sign * answer.fun + goal.constant, answer.x[:n], 0)


def best_of(plans: Sequence[Optimum], direction: str) -> Optimum:
    """Return the best of several plans."""
    found = [plan for plan in plans if plan.objective is not None]
    if not found:
        return Optimum(None, None, 2)
    return (max if direction == "max" else min)(found, key=lambda plan: plan.objective or 0.0)
