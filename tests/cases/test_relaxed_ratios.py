"""Ways out that move a ratio, or a small figure beside a bound of 0: enough when solved again, and the cheapest."""

from typing import Any

import pytest

import xlalm

Book = dict[str, dict[str, list[Any]]]


def moved(tables: Book) -> dict[str, float]:
    """Return what the advice moves, and see that the book moved so has a plan."""
    result = xlalm.solve(tables)
    assert result.status == "infeasible"
    conflict = result["Conflicts"].dropna(subset=["needed"])
    moves = dict(zip(conflict["name"], conflict["needed"], strict=True))
    limits = tables["Limits"]
    right = [moves.get(name, bound) for name, bound in zip(limits["limit"], limits["right"], strict=True)]
    assert xlalm.solve({**tables, "Limits": {**limits, "right": right}}).status == "optimal"
    return moves


def test_a_ratio_without_value_moves_too() -> None:
    """p0 / p2 is at most 0, with p0 at least 2: at its max of 2, p2 leaves a ratio of 1."""
    p0, p1, p2 = (f'position("p{i}")' for i in range(3))
    left = [
        f"(0 - {p1}) / ({p0} + {p1} + {p2})",
        f"({p0} - {p1}) / ({p0} + {p2})",
        f"({p0} + {p1}) / {p2}",
        f"{p1} - {p0}",
        f"(0 - {p0} - {p2}) / ({p0} + {p2})",
    ]
    tables: Book = {
        "Positions": {
            "position": ["p0", "p1", "p2"],
            "side": ["asset"] * 3,
            "balance": [2.0, 0.0, 2.0],
            "min": [2.0, 0.0, 0.0],
            "max": [4.0, 0.0, 2.0],
            "c": [3.0, -1.0, 1.0],
        },
        "Limits": {
            "limit": [f"L{k}" for k in range(5)],
            "left": left,
            "sense": ["=", "<=", "<=", ">=", "<="],
            "right": [0.5, 0.5, 0.0, -1.0, -1.0],
        },
        "Goals": {"goal": ["g"], "formula": ["sum(c)"], "direction": ["max"]},
        "Settings": {"setting": ["balance_identity"], "value": ["off"]},
    }
    found = moved(tables)
    assert found == {"L0": pytest.approx(0.0, abs=1e-8), "L2": pytest.approx(1.0), "L3": pytest.approx(-2.0)}


def test_a_bound_of_zero_does_not_drown_the_other_costs() -> None:
    """L0 from 2 to 2.5 is a quarter of it, L2 from 3 to 4 a third; L4's bound of 0 makes giving there very dear."""
    weights = [[2, 1, -1, 0, 0], [0, 2, 1, 1, 2], [-1, 1, 1, 0, 2], [0, 0, 0, 1, 0], [0, 2, -1, 0, 0]]
    tables: Book = {
        "Positions": {
            "position": [f"p{i}" for i in range(5)],
            "side": ["asset"] * 5,
            "balance": [2.0, 0.0, 1.0, 1.0, 2.0],
            "min": [2.0, 0.0, 0.0, 0.0, 0.0],
            "max": [4.0, 10.0, 10.0, 100.0, 5.0],
            "lot": [1.0, 0.5, None, None, 1.0],
            "min_if_used": [None, None, None, 1.0, None],
            "c": [-1.0, 0.0, 0.0, -2.0, -2.0],
            **{f"w{k}": list(map(float, row)) for k, row in enumerate(weights)},
        },
        "Limits": {
            "limit": [f"L{k}" for k in range(5)],
            "left": [f"sum(w{k})" for k in range(5)],
            "sense": ["<=", ">=", "<=", "<=", ">="],
            "right": [2.0, 7.0, 3.0, 2.0, 0.0],
        },
        "Goals": {"goal": ["g"], "formula": ["sum(c)"], "direction": ["max"]},
        "Settings": {"setting": ["balance_identity"], "value": ["off"]},
    }
    assert moved(tables) == {"L0": pytest.approx(2.5)}
