"""A surface as table and sentences."""

from typing import Any

import numpy as np

from xlalm.model.model import Model
from xlalm.reporting.aim import goal_name, goal_unit
from xlalm.reporting.words.wording import apart, label, quantity
from xlalm.solver.sensitivity.surface import Surface


def surface_records(model: Model, pair: tuple[int, int], found: Surface, *, scale_bounds: bool) -> list[dict[str, Any]]:
    """Return the rows of ``Surface``."""
    first, second = (model.limits[k].name for k in pair)
    written = model.compiler.at_opening(model.limits[pair[1]].right)
    rows = []
    for j, b in enumerate(found.second):
        for i, a in enumerate(found.first):
            value = float(found.objective[i, j])
            endless = bool(found.unbounded[i, j])
            rows.append(
                {
                    "first_limit": first,
                    "first_bound": float(a),
                    "second_limit": second,
                    "second_bound": float(b),
                    "scale": float(b) / written if scale_bounds else 1.0,
                    "objective": value,
                    "status": "unbounded" if endless else "optimal" if np.isfinite(value) else "infeasible",
                }
            )
    return rows


def surface_sentences(model: Model, pair: tuple[int, int], found: Surface, *, scale_bounds: bool) -> list[str]:
    """Return what a surface says."""
    money = model.settings.money
    solved = np.isfinite(found.objective)
    unit = goal_unit(model)
    first, second = (model.limits[k] for k in pair)
    said = [
        f"{label(first.name)} from {quantity(found.first[0], first.unit, money)} to "
        f"{quantity(found.first[-1], first.unit, money)}, {label(second.name)} from "
        f"{quantity(found.second[0], second.unit, money)} to {quantity(found.second[-1], second.unit, money)}"
        + (", position bounds scaled along." if scale_bounds else ".")
    ]
    if solved.any():
        low, high = apart([float(found.objective[solved].min()), float(np.nanmax(found.objective))], unit, money)
        said.append(f"{label(goal_name(model))} goes from {low} to {high}.")
    missing = int((~solved & ~found.unbounded).sum())
    said.append(
        f"{missing} of {solved.size} points have no plan; their goal is left blank."
        if missing
        else "Every point has a plan."
    )
    if found.unbounded.any():
        said.append(f"At {int(found.unbounded.sum())} points the goal has no end.")
    return said
