"""What is optimised, in a word and in its unit."""

from xlalm.model.model import Model


def goal_name(model: Model) -> str:
    """Return the name of what is optimised."""
    goals = model.active_goals
    return goals[0].row.name if len(goals) == 1 else "Weighted sum of the goals"


def goal_unit(model: Model) -> str:
    """Return the unit of what is optimised; several goals together have none."""
    goals = model.active_goals
    return goals[0].unit if len(goals) == 1 else ""
