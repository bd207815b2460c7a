"""The methods by which goals are weighed and risk is measured."""

METHODS = (
    "lp",
    "weighted_sum",
    "weighted_sum_normalised",
    "fnlp",
    "fagp",
    "wfnlp",
    "wfnlp_direct",
    "wfagp",
    "lexicographic",
    "goal_programming",
    "epsilon_constraint",
)


VAR_METHODS = ("covariance", "monte_carlo", "historical")


MAX_MIN_METHODS = ("fnlp", "wfnlp", "wfnlp_direct")


ONE_STAGE_METHODS = ("lp", "weighted_sum")
"""Methods that are one program; every other is a sequence of solves (``solve.goals``)."""
