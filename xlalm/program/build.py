"""From problem to program: limits and the objective as rows, with the reasons for the class of program chosen."""

from collections import Counter

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.errors import NeedsNonlinearError, Refused
from xlalm.domain.typing import Float1D
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Affine, Expression
from xlalm.measures.shape import describe
from xlalm.program.limits import PlacedLimit, add_limit, as_single_ratio, keep_positive
from xlalm.program.problem import Problem
from xlalm.program.program import Owner, Program
from xlalm.program.quadratic import quadratic_goal
from xlalm.program.rows import Form, RowBuilder
from xlalm.program.structure import (
    add_change_columns,
    add_either,
    add_identity,
    add_least_assets,
    add_lots,
    add_thresholds,
)
from xlalm.program.terms import Kind, SmoothTerm


@attrs.frozen(eq=False)
class Ratio:
    """A ratio as the goal, and its two forms in the program; ``owner`` says where it was written."""

    owner: Owner
    numerator: Expression
    denominator: Expression
    numerator_form: Form
    denominator_form: Form


@attrs.frozen(eq=False)
class Build:
    """A program with what is needed to read its answer.

    With ``smooth_terms`` the program alone is a relaxation: a plan must lie on every curve too.
    """

    program: Program
    limit_rows: dict[int, PlacedLimit]
    ratio: Ratio | None  # where the goal is one
    goal: Expression
    maximise: bool
    reason: str
    either: tuple[int, ...]  # positions kept from growing and shrinking at once by a binary
    builder: RowBuilder
    smooth_terms: tuple[SmoothTerm, ...] = ()


def build_program(problem: Problem, either: tuple[int, ...] = (), *, curved: bool = False) -> Build:
    """Build the program of a problem.

    Parameters
    ----------
    either : positions that a binary keeps from growing and shrinking at once.
    curved : whether products, ratios and norms become curves, for the nonlinear solver.

    Raises
    ------
    NeedsNonlinearError
        For a limit or goal that needs ``curved``.
    Refused
        Naming the limit or goal that no solver here can hold.
    """
    sheet, objective = problem.sheet, problem.objective
    builder = RowBuilder(sheet, curved=curved)
    sides = (side for _, limit in problem.enforced for side in (limit.left, limit.right))
    add_change_columns(builder, sheet, [objective.expression, *sides])
    if problem.identity and sheet.has_two_sides:
        add_identity(builder, sheet)
    if problem.least_assets > 0:
        add_least_assets(builder, sheet, problem.least_assets)
    add_lots(builder, sheet)
    add_thresholds(builder, sheet)
    add_either(builder, sheet, either)
    penalty = Form(Affine())
    limit_rows: dict[int, PlacedLimit] = {}
    for k, limit in problem.enforced:
        limit_rows[k], cost = add_limit(builder, problem, k, limit)
        penalty = penalty.plus(cost, -1.0 if objective.maximise else 1.0)
    return _finish(builder, problem, limit_rows, penalty, either)


def _finish(
    builder: RowBuilder,
    problem: Problem,
    limit_rows: dict[int, PlacedLimit],
    penalty: Form,
    either: tuple[int, ...],
) -> Build:
    goal, maximise, owner = problem.objective.expression, problem.objective.maximise, problem.objective.owner
    ratio = None
    hessian: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
    quotient = as_single_ratio(goal)
    if builder.curved:
        form, shape = builder.linear(goal, "below" if maximise else "above", owner), f"goal {describe(goal)}"
    elif quotient is not None:
        if penalty.extra:
            reason = f'the goal "{owner.name}" is a ratio and some limits are soft'
            raise NeedsNonlinearError(owner.cell, reason, "make the limits hard, or choose a goal that is an amount")
        numerator, denominator = quotient
        keep_positive(builder, denominator, owner)
        # a larger denominator makes a ratio smaller only where the numerator is never negative
        safe = isinstance(denominator, Affine) or bounds(numerator, problem.sheet)[0] >= 0
        ratio = Ratio(
            owner,
            numerator,
            denominator,
            builder.linear(numerator, "below" if maximise else "above", owner),
            builder.linear(denominator, ("above" if maximise else "below") if safe else "exact", owner),
        )
        form, shape = ratio.numerator_form, "one ratio as the goal"
    elif describe(goal) == "quadratic":
        form, hessian = quadratic_goal(builder, goal, owner, maximise=maximise)
        shape = "a convex quadratic goal"
    else:
        form = builder.linear(goal, "below" if maximise else "above", owner)
        shape = f"goal {describe(goal)}"
    program = builder.program(form.plus(penalty), maximise=maximise)
    if hessian is not None:
        matrix, columns = hessian
        program = attrs.evolve(program, hessian=matrix, hessian_columns=columns.astype(np.int32))
    reason = _reason(program, limit_rows, shape, builder, ratio is not None, either)
    smooth_terms = tuple(
        attrs.evolve(curve, is_goal=not penalty.extra and form.affine.is_constant and set(form.extra) == {curve.column})
        for curve in builder.smooth_terms
    )
    if smooth_terms:
        _refuse_whole_numbers(program, owner, "some limit or goal is nonlinear", "replace the products and ratios")
    if hessian is not None:
        _refuse_whole_numbers(program, owner, "the goal is quadratic", "choose a goal without products")
    return Build(program, limit_rows, ratio, goal, maximise, reason, either, builder, smooth_terms)


def _refuse_whole_numbers(program: Program, goal: Owner, curved: str, cure: str) -> None:
    """Refuse whole numbers beside curves: lots, thresholds, either-or, and pieces that bend the wrong way.

    Parameters
    ----------
    curved : what is not linear, and ``cure`` what would make it so.
    """
    if not program.is_mip:
        return
    for owner in program.row_owner:
        if owner.kind in {"lot", "threshold"}:
            what = "lot" if owner.kind == "lot" else "min_if_used"
            raise Refused(owner.cell, f'"{owner.name}" has a {what}, and {curved}', f"leave it blank, or {cure}")
        if owner.kind == "either":
            reason = f'it would pay to sell and buy "{owner.name}" at once, and {curved}'
            raise Refused(owner.cell, reason, f"make new_rate no better than exit_rate, or {cure}")
    reason = f"some min, max or abs bends the wrong way, and {curved}"
    raise Refused(goal.cell, reason, f"{cure}, or the min, max or abs")


def _reason(
    program: Program,
    limit_rows: dict[int, PlacedLimit],
    shape: str,
    builder: RowBuilder,
    is_ratio: bool,
    either: tuple[int, ...],
) -> str:
    kind = "NLP" if builder.smooth_terms else "MIP" if program.is_mip else "QP" if program.hessian is not None else "LP"
    if is_ratio:
        kind += " by Charnes–Cooper" if not program.is_mip else " by Dinkelbach's iteration"
    ratios = sum(1 for placed in limit_rows.values() if placed.is_ratio)
    parts = [shape, f"{len(limit_rows) - ratios} limits on amounts", f"{ratios} on ratios, multiplied out"]
    if any(owner.kind in {"lot", "threshold"} for owner in builder.owners):
        parts.append("lots or thresholds")
    if builder.smooth_terms:
        count = Counter(curve.kind for curve in builder.smooth_terms)
        names: dict[Kind, str] = {"quadratic": "quadratic form(s)", "quotient": "ratio(s)", "norm": "value(s) at risk"}
        parts.append("curves: " + " and ".join(f"{count[kind]} {names[kind]}" for kind in names if count[kind]))
    if builder.used_binaries:
        parts.append("pieces that bend the wrong way, chosen by binaries")
    if either:
        parts.append(f"{len(either)} position(s) kept from growing and shrinking at once")
    return f"{kind}: " + ", ".join(parts)


def dense(build: Build, form: Form) -> tuple[Float1D, float]:
    """Return a form as a vector over all columns and its constant."""
    vector = np.zeros(build.program.n_columns)
    index, value, constant = build.builder.entries(form)
    np.add.at(vector, index, value)
    return vector, constant
