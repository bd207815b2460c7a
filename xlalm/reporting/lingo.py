"""The solution report as LINGO prints it, with LINGO's signs.

LINGO's dual price is the improvement of the goal per unit by which a right side rises; its reduced cost is the
improvement a coefficient needs before its variable moves, so a variable at its minimum has one >= 0. For a goal that
is maximised the dual price equals ``shadow_price`` and the reduced cost is the negative of ours; for one that is
minimised both change sign.
"""

from typing import Any

import numpy as np

from xlalm.domain.result import ResultTable, result_table
from xlalm.model.model import Model
from xlalm.reporting.solved import Sensitivity
from xlalm.solver.prices import limit_states, plan_point
from xlalm.solver.solution import Planned


def lingo_tables(model: Model, solution: Planned, known: Sensitivity) -> tuple[ResultTable, ResultTable]:
    """Return ``LingoVariables`` and ``LingoRows`` of a solved model."""
    improving = 1.0 if solution.build.maximise else -1.0
    return _variables(model, solution, known, improving), _rows(model, solution, known, improving)


def _variables(model: Model, solution: Planned, known: Sensitivity, improving: float) -> ResultTable:
    point = plan_point(model, solution)
    own = solution.build.goal.linearise(point).position_gradient(point)
    low, high = known.coefficients if known.coefficients is not None else (None, None)
    records: list[dict[str, Any]] = []
    prices = solution.bound_prices
    for i, name in enumerate(model.sheet.names):
        reduced = float(prices[i]) if prices is not None else None
        records.append(
            {
                "variable": name,
                "value": float(solution.plan[i]),
                "reduced_cost": -improving * reduced if reduced is not None else None,
                "coefficient": float(own[i]),
                "allowable_increase": float(high[i] - own[i]) if high is not None else None,
                "allowable_decrease": float(own[i] - low[i]) if low is not None else None,
            }
        )
    return result_table("LingoVariables", records)


def _rows(model: Model, solution: Planned, known: Sensitivity, improving: float) -> ResultTable:
    goal = model.active_goals[0].row.name
    records: list[dict[str, Any]] = [
        {"row": 1, "name": goal, "slack_or_surplus": solution.objective, "dual_price": 1.0}
    ]
    enforced = [s for s in limit_states(model, solution, known.ranges) if s.limit.active]
    for number, state in enumerate(enforced, start=2):
        found = state.range
        low, high = (found.valid_from, found.valid_to) if found is not None else (np.nan, np.nan)
        records.append(
            {
                "row": number,
                "name": state.limit.name,
                "slack_or_surplus": abs(state.headroom) if state.limit.sense == "=" else state.headroom,
                "dual_price": improving * state.price if state.price is not None else None,
                "right_side": state.bound,
                "allowable_increase": high - state.bound if high is not None else None,
                "allowable_decrease": state.bound - low if low is not None else None,
            }
        )
    return result_table("LingoRows", records)
