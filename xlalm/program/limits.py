"""A limit as a row, or one for each of several ratios: ratios multiplied out, soft limits with a slack that costs."""

from collections.abc import Iterator

import attrs
import numpy as np

from xlalm.domain.errors import NeedsNonlinearError
from xlalm.domain.limits import Sense
from xlalm.domain.typing import Float1D
from xlalm.measures.algebra import multiply
from xlalm.measures.expression import Affine, Expression, Extremum, Point, Quotient, Sum, add, scale, split
from xlalm.measures.shape import walk
from xlalm.model.model import Limit
from xlalm.program.denominators import least_denominator, usual_size
from xlalm.program.problem import Problem
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.terms import Need


@attrs.frozen(eq=False)
class PlacedLimit:
    """Where a limit stands in the program: its row and, for a ratio, the denominator it was multiplied by.

    ``denominator_form`` is the denominator as it stands in the row; None where the bound 0 keeps it out. ``others`` are
    the further rows of a limit on the least or largest of several ratios.
    """

    row: int
    denominator: Expression | None
    denominator_form: Form | None = None
    others: tuple["PlacedLimit", ...] = ()

    @property
    def rows(self) -> tuple["PlacedLimit", ...]:
        """The limit's rows, each with its own denominator."""
        return (attrs.evolve(self, others=()), *self.others) if self.others else (self,)

    @property
    def is_ratio(self) -> bool:
        """Whether any of its rows was multiplied out."""
        return any(placed.denominator is not None for placed in self.rows)

    def multiplier(self, point: Point) -> float:
        """Return what the limit's row was multiplied by, at a plan."""
        return 1.0 if self.denominator is None else self.denominator.value(point)

    def price(self, dual: float, multiplier: float) -> float:
        """Return the derivative by the written bound from that by the row's right-hand side: the way back."""
        return dual * multiplier

    def price_at(self, row_dual: Float1D, point: Point) -> float:
        """Return the derivative by the written bound at a plan; the row that binds carries it."""
        return sum(placed.price(float(row_dual[placed.row]), placed.multiplier(point)) for placed in self.rows)


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


@attrs.frozen(eq=False)
class _Part:
    """What keeps a limit's sense against 0: ``constant`` is what it held of a plain number before ``denominator``."""

    expression: Expression
    denominator: Expression | None = None
    constant: float = 0.0


def add_limit(builder: RowBuilder, problem: Problem, k: int, limit: Limit) -> tuple[PlacedLimit, Form]:
    """Add a limit's rows; returns their place and what its shortfall costs, 0 for a hard one."""
    owner, sense = Owner("limit", k, limit.name, limit.cell), limit.sense
    whole = add(limit.left, scale(limit.right, -1.0))
    parts = [_multiplied_out(builder, limit, difference, owner) for difference in _kept_alone(whole, sense)]
    need: Need = "below" if sense == ">=" else "above" if sense == "<=" else "exact"
    forms = [builder.linear(part.expression, need, owner) for part in parts]
    slacks, cost = Form(Affine()), Form(Affine())
    if not limit.hard:
        is_amount = all(part.denominator is None for part in parts)
        for sign, senses in ((1.0, (">=", "=")), (-1.0, ("<=", "="))):
            if sense in senses:
                slack = builder.add_column(0.0, np.inf, money=is_amount)
                slacks = slacks.plus(Form(Affine(), {slack: sign}))
                cost = cost.plus(Form(Affine(), {slack: limit.penalty or 0.0}))
    low, high = (0.0 if sense in {">=", "="} else -np.inf), (0.0 if sense in {"<=", "="} else np.inf)
    placed = []
    for part, form in zip(parts, forms, strict=True):
        size = 1.0 if part.denominator is None or limit.hard else usual_size(part.denominator, problem.sheet)
        row = len(builder.owners)
        builder.add_row(form.plus(slacks, size), low, high, owner)
        placed.append(PlacedLimit(row, part.denominator, _denominator_form(builder, limit, part, owner)))
    return attrs.evolve(placed[0], others=tuple(placed[1:])), cost


def _kept_alone(difference: Expression, sense: Sense) -> Iterator[Expression]:
    """Give what has to keep a sense against 0, each alone, for an expression to keep it.

    The least of several ratios is at least 0 where each of them is; other expressions are given as they are.
    """
    affine, terms = split(difference)
    for i, (factor, term) in enumerate(terms):
        is_least = isinstance(term, Extremum) and (term.kind == "min") == (factor > 0)
        if isinstance(term, Extremum) and sense == (">=" if is_least else "<=") and _has_ratio(term):
            rest: Expression = affine
            for weight, other in (*terms[:i], *terms[i + 1 :]):
                rest = add(rest, scale(other, weight))
            for argument in term.arguments:
                yield from _kept_alone(add(rest, scale(argument, factor)), sense)
            return
    yield difference


def _has_ratio(expression: Expression) -> bool:
    return any(isinstance(part, Quotient) for part in walk(expression))


def _multiplied_out(builder: RowBuilder, limit: Limit, difference: Expression, owner: Owner) -> _Part:
    """Return a difference times what it divides by, which is kept positive; as it is where there is no such thing."""
    ratio = as_single_ratio(difference)
    if ratio is None and isinstance(difference, Sum) and any(isinstance(t, Quotient) for _, t in difference.terms):
        if not builder.curved:
            reason = f'limit "{limit.name}" compares a ratio with something that moves with the plan'
            raise NeedsNonlinearError(owner.cell, reason, "write the bound as a number")
        ratio = _over_one_denominator(difference)
    if ratio is None:
        return _Part(difference)
    keep_positive(builder, ratio[1], owner)
    return _Part(*ratio, constant=split(difference)[0].constant)


def _over_one_denominator(difference: Sum) -> tuple[Expression, Expression] | None:
    """Return a sum with ratios times their denominator, and that; None where they do not share one."""
    quotients = [(factor, term) for factor, term in difference.terms if isinstance(term, Quotient)]
    denominator = quotients[0][1].denominator
    if any(term.denominator is not denominator for _, term in quotients):
        return None
    total = multiply(difference.affine, denominator)
    for factor, term in difference.terms:
        part = term.numerator if isinstance(term, Quotient) else multiply(term, denominator)
        total = add(total, scale(part, factor))
    return total, denominator


def _denominator_form(builder: RowBuilder, limit: Limit, part: _Part, owner: Owner) -> Form | None:
    """Return the denominator with the same auxiliary columns that the part's row uses."""
    if part.denominator is None:
        return None
    if isinstance(part.denominator, Affine):
        return Form(part.denominator)
    if part.constant == 0 or not limit.hard or builder.curved:
        return None
    need: Need = "exact" if limit.sense == "=" else "below" if (limit.sense == ">=") == (part.constant > 0) else "above"
    return builder.linear(part.denominator, need, owner)


def keep_positive(builder: RowBuilder, denominator: Expression, owner: Owner) -> None:
    """Make sure that a ratio was multiplied out by something that is never negative."""
    if least_denominator(denominator, builder.sheet, owner) < 0:
        form = builder.linear(denominator, "below", owner)
        builder.add_row(form, 0.0, np.inf, Owner("denominator", owner.index, owner.name, owner.cell))
