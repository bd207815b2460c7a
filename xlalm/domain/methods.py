"""The methods by which goals are weighed and risk is measured: what tells one from another, in one table."""

from typing import Literal

import attrs

Form = Literal["one goal", "sum of values", "sum of memberships", "least membership", "in turn", "shortfall", "floors"]
"""What a method optimises.

``sum of values``: Σ weight·(value if max, −value if min). ``sum of memberships``: Σ weight·μ. ``least membership``: the
least weighted μ, then Σμ. ``in turn``: one goal after the other, the heaviest first. ``shortfall``: the weighted
shortfall from the aspirations. ``floors``: the first goal while every other reaches its aspiration.
"""


@attrs.frozen
class Method:
    """One way of weighing goals.

    ``weighing`` says how weights enter: not, as they are, or inverted (least membership only: a heavier goal is then
    satisfied more). ``place_in_sweep`` is its column in a sweep of weights, 1-based; 0 for a method that has none.
    """

    name: str
    form: Form
    weighing: Literal["none", "as given", "inverse"] = "none"
    aspirations: Literal["optional", "all", "all but the first"] = "optional"
    place_in_sweep: int = 0

    @property
    def is_one_stage(self) -> bool:
        """Whether it is one program; every other is a sequence of solves (``solver.goals``)."""
        return self.form in {"one goal", "sum of values"}

    @property
    def needs_weights(self) -> bool:
        """Whether every weight has to be above 0."""
        return self.form == "least membership" and self.weighing != "none"

    @property
    def favours_lighter(self) -> bool:
        """Whether more weight on a goal satisfies it less: the published max–min form weight·μ ≥ λ."""
        return self.form == "least membership" and self.weighing == "as given"


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("lp", "one goal"),
        Method("weighted_sum", "sum of values", "as given", place_in_sweep=4),
        Method("weighted_sum_normalised", "sum of memberships", "as given", place_in_sweep=5),
        Method("fnlp", "least membership"),
        Method("fagp", "sum of memberships"),
        Method("wfnlp", "least membership", "as given", place_in_sweep=1),
        Method("wfnlp_direct", "least membership", "inverse", place_in_sweep=2),
        Method("wfagp", "sum of memberships", "as given", place_in_sweep=3),
        Method("lexicographic", "in turn", "as given"),
        Method("goal_programming", "shortfall", "as given", aspirations="all"),
        Method("epsilon_constraint", "floors", aspirations="all but the first"),
    )
}

VAR_METHODS = ("covariance", "monte_carlo", "historical")
