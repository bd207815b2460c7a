"""A limit as a row: ratios multiplied out, soft limits with a slack that costs."""

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.measures.algebra import multiply
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Affine, Expression, Point, Quotient, Sum, add, scale, split
from xlalm.model.model import Limit
from xlalm.program.problem import Problem
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.terms import Need


@attrs.frozen(eq=False)
class PlacedLimit:
    """Where a limit stands in the program: its row and, for a ratio, the denominator it was multiplied by.

    ``denominator_form`` is the denominator as it stands in the row; None where the bound 0 keeps it out.
    """

    row: int
    denominator: Expression | None
    denominator_form: Form | None = None

    def multiplier(self, point: Point) -> float:
        """Return what the limit's row was multiplied by, at a plan."""
        return 1.0 if self.denominator is None else self.denominator.value(point)

    def price(self, dual: float, multiplier: float) -> float:
        """Return the derivative by the written bound from that by the row's right-hand side: the way back."""
        return dual * multiplier


def as_single_ratio(expression: Expression) -> tuple[Expression, Expression] | None:
    """Return numerator and denominator where an expression is one ratio (plus a constant), else None.

    Several ratios over one and the same denominator count as one.
    """
    affine, terms = split(expression)
    quotients = [(factor, term) for factor, term in terms if isinstance(term, Quotient)]
    if not quotients or len(quotients) < len(terms) or not affine.is_constant:
        return None
    denominator = quotients[0][1].denominator
    if any(term.denominator is not denominator for _, term in quotients):
        return None
    total = scale(denominator, affine.constant)
    for factor, term in quotients:
        total = add(total, scale(term.numerator, factor))
    return total, denominator


def add_limit(builder: RowBuilder, problem: Problem, k: int, limit: Limit) -> tuple[PlacedLimit, Form]:
    """Add a limit's row; returns its place and what its shortfall costs, 0 for a hard one."""
    owner = Owner("limit", k, limit.name, limit.cell)
    difference = add(limit.left, scale(limit.right, -1.0))
    ratio = as_single_ratio(difference)
    denominator = None
    if ratio is not None:
        difference, denominator = ratio
        keep_positive(builder, problem, denominator, owner)
    elif isinstance(difference, Sum) and any(isinstance(term, Quotient) for _, term in difference.terms):
        if not builder.curved:
            reason = f'limit "{limit.name}" compares a ratio with something that moves with the plan'
            raise NeedsNonlinearError(owner.cell, reason, "write the bound as a number")
        difference, denominator = _multiplied_out(difference)
        if denominator is not None:
            keep_positive(builder, problem, denominator, owner)
    sense = limit.sense
    form = builder.linear(difference, "below" if sense == ">=" else "above" if sense == "<=" else "exact", owner)
    cost = Form(Affine())
    if not limit.hard:
        size = denominator.value(problem.opening) if denominator is not None else 1.0
        for sign, senses in ((1.0, (">=", "=")), (-1.0, ("<=", "="))):
            if sense in senses:
                slack = builder.add_column(0.0, np.inf, money=denominator is None)
                form = form.plus(Form(Affine(), {slack: sign * size}))
                cost = cost.plus(Form(Affine(), {slack: limit.penalty or 0.0}))
    low, high = (0.0 if sense in {">=", "="} else -np.inf), (0.0 if sense in {"<=", "="} else np.inf)
    row = len(builder.owners)
    builder.add_row(form, low, high, owner)
    return PlacedLimit(row, denominator, _denominator_form(builder, limit, denominator, owner)), cost


def _multiplied_out(difference: Sum) -> tuple[Expression, Expression | None]:
    """Return a sum with ratios times their denominator, where they share one; else the sum as it is and None."""
    quotients = [(factor, term) for factor, term in difference.terms if isinstance(term, Quotient)]
    denominator = quotients[0][1].denominator
    if any(term.denominator is not denominator for _, term in quotients):
        return difference, None
    total = multiply(difference.affine, denominator)
    for factor, term in difference.terms:
        part = term.numerator if isinstance(term, Quotient) else multiply(term, denominator)
        total = add(total, scale(part, factor))
    return total, denominator


def _denominator_form(builder: RowBuilder, limit: Limit, denominator: Expression | None, owner: Owner) -> Form | None:
    """Return the denominator with the same auxiliary columns that the limit's row uses."""
    if denominator is None:
        return None
    if isinstance(denominator, Affine):
        return Form(denominator)
    factor = split(add(limit.left, scale(limit.right, -1.0)))[0].constant
    if factor == 0 or not limit.hard or builder.curved:
        return None
    need: Need = "exact" if limit.sense == "=" else "below" if (limit.sense == ">=") == (factor > 0) else "above"
    return builder.linear(denominator, need, owner)


def keep_positive(builder: RowBuilder, problem: Problem, denominator: Expression, owner: Owner) -> None:
    """Make sure that a ratio was multiplied out by something positive."""
    opening = denominator.value(problem.opening)
    if not opening > 0:
        reason = f'the denominator of "{owner.name}" is {opening:,g} at opening, not positive'
        raise Refused(owner.cell, reason, "check the columns the ratio divides by")
    if bounds(denominator, problem.sheet)[0] < 0:
        form = builder.linear(denominator, "below", owner)
        builder.add_row(form, 0.0, np.inf, Owner("denominator", owner.index, owner.name, owner.cell))
