"""A large synthetic book: 20,000 positions and 400 limits with about 350,000 nonzeros, feasible and bounded."""

import numpy as np

from xlalm.domain.table import Table, table_from_columns

DESKS, WEIGHTS = 23, 20


def large_tables(n_positions: int = 20_000, n_limits: int = 400, *, seed: int = 1) -> dict[str, Table]:
    """Return the tables; each limit adds one weight over one desk and binds for about half of them."""
    rng = np.random.default_rng(seed)
    desk = rng.integers(0, DESKS, n_positions)
    opening = rng.uniform(50.0, 150.0, n_positions)
    side = np.where(rng.random(n_positions) < 0.5, "asset", "liability")
    opening[side == "liability"] *= opening[side == "asset"].sum() / opening[side == "liability"].sum()
    weights = rng.uniform(0.1, 1.0, (WEIGHTS, n_positions))
    columns: dict[str, list[object]] = {
        "position": [f"line {i}" for i in range(n_positions)],
        "side": side.tolist(),
        "balance": opening.tolist(),
        "min": (0.6 * opening).tolist(),
        "max": (1.4 * opening).tolist(),
        "rate": rng.uniform(0.01, 0.08, n_positions).tolist(),
        "desk": [f"d{d}" for d in desk],
    }
    columns |= {f"w{k}": weights[k].tolist() for k in range(WEIGHTS)}
    pairs = [(k, d) for k in range(WEIGHTS) for d in range(DESKS)][:n_limits]
    at_opening = [float((weights[k] * opening)[desk == d].sum()) for k, d in pairs]
    limits: dict[str, list[object]] = {
        "limit": [f"limit {i}" for i in range(len(pairs))],
        "left": [f'sum(w{k}, desk = "d{d}")' for k, d in pairs],
        "sense": ["<="] * len(pairs),
        "right": [value * float(rng.uniform(0.98, 1.1)) for value in at_opening],
    }
    goals: dict[str, list[object]] = {"goal": ["margin"], "formula": ["net(rate)"], "direction": ["max"]}
    tables = {"Positions": columns, "Limits": limits, "Goals": goals}
    return {name: table_from_columns(name, table) for name, table in tables.items()}
