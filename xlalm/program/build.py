"""From model to program: limits and goals as rows, with the reasons for the class of program chosen."""

from collections import Counter

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.typing import Bool1D
from xlalm.measures.expression import (
    Affine,
    Expression,
    Product,
    Quotient,
    Sum,
    add,
    describe,
    multiply,
    scale,
    split,
    walk,
)
from xlalm.model.build import Goal, Limit, Model
from xlalm.program.curves import Curve, Kind, Need
from xlalm.program.program import CurvedError, NotLinearError, Owner, Program
from xlalm.program.rows import Form, RowBuilder, bounds

LARGEST_QUADRATIC = 2000
"""Positions a quadratic goal may touch: its matrix is dense."""


@attrs.frozen(eq=False)
class PlacedLimit:
    """Where a limit stands in the program: its row and, for a ratio, the denominator it was multiplied by."""

    row: int
    denominator: Expression | None
    denominator_form: Form | None = None  # as it stands in the row; None where the bound 0 keeps it out


@attrs.frozen(eq=False)
class Build:
    """A program with what is needed to read its answer.

    With ``curves`` the program alone is a relaxation: a plan must lie on every curve too.
    """

    program: Program
    limit_rows: dict[int, PlacedLimit]
    ratio: tuple[Form, Form] | None  # numerator and denominator forms of a ratio goal
    goal: Expression
    maximise: bool
    reason: str
    either: tuple[int, ...]  # positions kept from growing and shrinking at once by a binary
    builder: RowBuilder
    curves: tuple[Curve, ...] = ()


def goal_expression(model: Model) -> tuple[Expression, bool]:
    """Return what is optimised and whether it is maximised; several goals are added by weight."""
    goals = model.active_goals
    if model.settings.text("method") == "lp":
        return goals[0].expression, goals[0].row.direction == "max"
    total: Expression = Affine()
    for goal in goals:
        total = add(total, scale(goal.expression, goal.row.weight * goal.row.sign))
    return total, True


def build_program(model: Model, either: tuple[int, ...] = (), *, curved: bool = False) -> Build:
    """Build the program of a model.

    Parameters
    ----------
    either : positions that a binary keeps from growing and shrinking at once.
    curved : whether products, ratios and norms become curves, for the nonlinear solver.

    Raises
    ------
    CurvedError
        For a limit or goal that needs ``curved``.
    NotLinearError
        Naming the limit or goal that no solver here can hold.
    """
    goal, maximise = goal_expression(model)
    active = [(k, limit) for k, limit in enumerate(model.limits) if limit.row.active]
    builder = RowBuilder(model.sheet, curved=curved)
    _add_change_columns(builder, model.sheet, [goal, *(e for _, limit in active for e in (limit.left, limit.right))])
    if model.settings.flag("balance_identity") and model.sheet.has_two_sides:
        _add_identity(builder, model.sheet)
    _add_lots(builder, model.sheet)
    _add_thresholds(builder, model.sheet)
    _add_either(builder, model.sheet, either)
    penalty = Form(Affine())
    limit_rows: dict[int, PlacedLimit] = {}
    for k, limit in active:
        limit_rows[k], cost = _add_limit(builder, model, k, limit)
        penalty = penalty.plus(cost, -1.0 if maximise else 1.0)
    return _finish(builder, model, goal, limit_rows, penalty, either, maximise=maximise)


def _finish(
    builder: RowBuilder,
    model: Model,
    goal: Expression,
    limit_rows: dict[int, PlacedLimit],
    penalty: Form,
    either: tuple[int, ...],
    *,
    maximise: bool,
) -> Build:
    owner = _goal_owner(model.active_goals)
    ratio = None
    hessian: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
    quotient = as_single_ratio(goal)
    if builder.curved:
        form, shape = builder.linear(goal, "below" if maximise else "above", owner), f"goal {describe(goal)}"
    elif quotient is not None:
        if penalty.extra:
            reason = f'the goal "{owner.name}" is a ratio and some limits are soft'
            raise CurvedError(reason, owner.cell, "make the limits hard, or choose a goal that is an amount")
        numerator, denominator = quotient
        _keep_positive(builder, model, denominator, owner)
        # a larger denominator makes a ratio smaller only where the numerator is never negative
        safe = isinstance(denominator, Affine) or bounds(numerator, model.sheet)[0] >= 0
        ratio = (
            builder.linear(numerator, "below" if maximise else "above", owner),
            builder.linear(denominator, ("above" if maximise else "below") if safe else "exact", owner),
        )
        form, shape = ratio[0], "one ratio as the goal"
    elif describe(goal) == "quadratic":
        form, hessian = _quadratic(builder, goal, owner, maximise=maximise)
        shape = "a convex quadratic goal"
    else:
        form = builder.linear(goal, "below" if maximise else "above", owner)
        shape = f"goal {describe(goal)}"
    program = builder.program(form.plus(penalty), maximise=maximise)
    if hessian is not None:
        matrix, columns = hessian
        program = attrs.evolve(program, hessian=matrix, hessian_columns=columns.astype(np.int32))
    reason = _reason(program, limit_rows, shape, builder, ratio is not None, either)
    curves = tuple(
        attrs.evolve(curve, is_goal=not penalty.extra and form.affine.is_constant and set(form.extra) == {curve.column})
        for curve in builder.curves
    )
    if curves:
        _refuse_whole_numbers(program, owner)
    return Build(program, limit_rows, ratio, goal, maximise, reason, either, builder, curves)


def _refuse_whole_numbers(program: Program, goal: Owner) -> None:
    """Refuse lots, thresholds and pieces that bend the wrong way beside curves."""
    if not program.is_mip:
        return
    for owner in program.row_owner:
        if owner.kind in {"lot", "threshold"}:
            what = "lot" if owner.kind == "lot" else "min_if_used"
            reason = f'"{owner.name}" has a {what}, and some limit or goal is nonlinear'
            raise NotLinearError(reason, owner.cell, "leave it blank, or replace the products and ratios")
    reason = "some min, max or abs bends the wrong way, and some limit or goal is nonlinear"
    raise NotLinearError(reason, goal.cell, "replace the products and ratios, or the min, max or abs")


def _goal_owner(goals: tuple[Goal, ...]) -> Owner:
    return Owner("goal", goals[0].row.row, " and ".join(g.row.name for g in goals), goals[0].row.cell)


def _reason(
    program: Program,
    limit_rows: dict[int, PlacedLimit],
    shape: str,
    builder: RowBuilder,
    is_ratio: bool,
    either: tuple[int, ...],
) -> str:
    kind = "NLP" if builder.curves else "MIP" if program.is_mip else "QP" if program.hessian is not None else "LP"
    if is_ratio:
        kind += " by Charnes–Cooper" if not program.is_mip else " by Dinkelbach's iteration"
    ratios = sum(1 for row in limit_rows.values() if row.denominator is not None)
    parts = [shape, f"{len(limit_rows) - ratios} limits on amounts", f"{ratios} on ratios, multiplied out"]
    if any(owner.kind in {"lot", "threshold"} for owner in builder.owners):
        parts.append("lots or thresholds")
    if builder.curves:
        count = Counter(curve.kind for curve in builder.curves)
        names: dict[Kind, str] = {"quadratic": "quadratic form(s)", "quotient": "ratio(s)", "norm": "value(s) at risk"}
        parts.append("curves: " + " and ".join(f"{count[kind]} {names[kind]}" for kind in names if count[kind]))
    if builder.used_binaries:
        parts.append("pieces that bend the wrong way, chosen by binaries")
    if either:
        parts.append(f"{len(either)} position(s) kept from growing and shrinking at once")
    return f"{kind}: " + ", ".join(parts)


# --- structure -----------------------------------------------------------------------------------------


def _add_change_columns(builder: RowBuilder, sheet: BalanceSheet, expressions: list[Expression]) -> None:
    """Give up and down columns to the positions whose changes any formula uses, tied to their balance."""
    used: Bool1D = np.zeros(len(sheet), dtype=np.bool_)
    seen: set[int] = set()
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Affine) and id(node) not in seen:
                seen.add(id(node))
                for vector in (node.up, node.down):
                    if vector is not None:
                        used |= vector != 0
    positions = np.flatnonzero(used & ~sheet.fixed)
    if not len(positions):
        return
    zero, free = np.zeros(len(positions)), np.full(len(positions), np.inf)
    # no upper bounds here: the balance has them, and its reduced cost must not hide in a copy
    builder.up[positions] = builder.add_columns(positions, "up", zero, free)
    builder.down[positions] = builder.add_columns(positions, "down", zero, free)
    for i in positions:
        form = Form(Affine(), {int(i): 1.0, int(builder.up[i]): -1.0, int(builder.down[i]): 1.0})
        opening = float(sheet.opening[i])
        cell = sheet.table.raw.cell(int(i), "balance")
        builder.add_row(form, opening, opening, Owner("change", int(i), sheet.names[i], cell))


def _add_identity(builder: RowBuilder, sheet: BalanceSheet) -> None:
    on_balance = np.where(sheet.on_side("off_balance"), 0.0, sheet.sign)
    imbalance = float(on_balance @ sheet.opening)
    rest = imbalance if abs(imbalance) > 1e-9 * max(sheet.total_assets, 1.0) else 0.0  # rounding in the book
    cell = sheet.table.raw.header_cell("balance")
    owner = Owner("identity", 0, "assets = liabilities + equity", cell)
    builder.add_row(Form(Affine(0.0, on_balance)), rest, rest, owner)


def _add_lots(builder: RowBuilder, sheet: BalanceSheet) -> None:
    lots = sheet.numbers["lot"]
    for i in np.flatnonzero(~np.isnan(lots) & (lots > 0) & ~sheet.fixed):
        lot, opening = float(lots[i]), float(sheet.opening[i])
        least = np.ceil((sheet.lower[i] - opening) / lot - 1e-9)
        most = np.floor((sheet.upper[i] - opening) / lot + 1e-9)
        count = builder.add_column(float(least), float(most), integer=True, money=False)
        owner = Owner("lot", int(i), sheet.names[i], sheet.table.raw.cell(int(i), "lot"))
        builder.add_row(Form(Affine(), {int(i): 1.0, count: -lot}), opening, opening, owner)


def _add_thresholds(builder: RowBuilder, sheet: BalanceSheet) -> None:
    threshold = sheet.numbers["min_if_used"]
    for i in np.flatnonzero(~np.isnan(threshold) & (threshold > 0) & ~sheet.fixed):
        used = builder.add_column(0.0, 1.0, integer=True, money=False)
        owner = Owner("threshold", int(i), sheet.names[i], sheet.table.raw.cell(int(i), "min_if_used"))
        builder.add_row(Form(Affine(), {int(i): 1.0, used: -float(threshold[i])}), 0.0, np.inf, owner)
        builder.add_row(Form(Affine(), {int(i): 1.0, used: -float(sheet.upper[i])}), -np.inf, 0.0, owner)


def _add_either(builder: RowBuilder, sheet: BalanceSheet, positions: tuple[int, ...]) -> None:
    """Let a position grow or shrink, not both: it would pay to sell at one rate and buy at a better one."""
    for i in positions:
        cell = sheet.table.raw.cell(i, "max")
        owner = Owner("either", i, sheet.names[i], cell)
        growth, fall = float(sheet.upper[i] - sheet.opening[i]), float(sheet.opening[i] - sheet.lower[i])
        if not np.isfinite(growth):
            reason = f'it would pay to sell and buy "{sheet.names[i]}" at once, and it has no max'
            raise NotLinearError(reason, cell, "enter its max, or make new_rate no better than exit_rate")
        grows = builder.add_column(0.0, 1.0, integer=True, money=False)
        # wider than the balance's bounds, so that their prices do not hide in these rows
        room = max(growth, 0.0) + max(fall, 0.0) + 1.0
        growth, fall = max(growth, 0.0) + room, max(fall, 0.0) + room
        builder.add_row(Form(Affine(), {int(builder.up[i]): 1.0, grows: -growth}), -np.inf, 0.0, owner)
        builder.add_row(Form(Affine(-fall), {int(builder.down[i]): 1.0, grows: fall}), -np.inf, 0.0, owner)


# --- limits --------------------------------------------------------------------------------------------


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


def _add_limit(builder: RowBuilder, model: Model, k: int, limit: Limit) -> tuple[PlacedLimit, Form]:
    owner = Owner("limit", k, limit.row.name, limit.row.cell)
    difference = add(limit.left, scale(limit.right, -1.0))
    ratio = as_single_ratio(difference)
    denominator = None
    if ratio is not None:
        difference, denominator = ratio
        _keep_positive(builder, model, denominator, owner)
    elif isinstance(difference, Sum) and any(isinstance(term, Quotient) for _, term in difference.terms):
        if not builder.curved:
            reason = f'limit "{limit.row.name}" compares a ratio with something that moves with the plan'
            raise CurvedError(reason, owner.cell, "write the bound as a number")
        difference, denominator = _multiplied_out(difference)
        if denominator is not None:
            _keep_positive(builder, model, denominator, owner)
    sense = limit.row.sense
    form = builder.linear(difference, "below" if sense == ">=" else "above" if sense == "<=" else "exact", owner)
    cost = Form(Affine())
    if not limit.row.hard:
        assert limit.row.penalty is not None
        size = model.compiler.at_opening(denominator) if denominator is not None else 1.0
        for sign, senses in ((1.0, (">=", "=")), (-1.0, ("<=", "="))):
            if sense in senses:
                slack = builder.add_column(0.0, np.inf, money=denominator is None)
                form = form.plus(Form(Affine(), {slack: sign * size}))
                cost = cost.plus(Form(Affine(), {slack: limit.row.penalty}))
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
    if factor == 0 or not limit.row.hard or builder.curved:
        return None
    need: Need = (
        "exact" if limit.row.sense == "=" else "below" if (limit.row.sense == ">=") == (factor > 0) else "above"
    )
    return builder.linear(denominator, need, owner)


def _keep_positive(builder: RowBuilder, model: Model, denominator: Expression, owner: Owner) -> None:
    """Make sure that a ratio was multiplied out by something positive."""
    opening = model.compiler.at_opening(denominator)
    if not opening > 0:
        reason = f'the denominator of "{owner.name}" is {opening:,g} at opening, not positive'
        raise NotLinearError(reason, owner.cell, "check the columns the ratio divides by")
    if bounds(denominator, model.sheet)[0] < 0:
        form = builder.linear(denominator, "below", owner)
        builder.add_row(form, 0.0, np.inf, Owner("denominator", owner.index, owner.name, owner.cell))


# --- quadratic goals -----------------------------------------------------------------------------------


def _quadratic(
    builder: RowBuilder, goal: Expression, owner: Owner, *, maximise: bool
) -> tuple[Form, tuple[NDArray[np.float64], NDArray[np.int64]]]:
    affine, terms = split(goal)
    form = Form(affine)
    n = builder.n_columns
    dense: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
    for factor, term in terms:
        assert isinstance(term, Product)
        left, right = builder.linear(term.left, "exact", owner), builder.linear(term.right, "exact", owner)
        vectors = []
        for side in (left, right):
            vector = np.zeros(n)
            index, value, _ = builder.entries(side)
            np.add.at(vector, index, value)
            vectors.append(vector)
        dense.append((factor, vectors[0], vectors[1]))
        a, b = left.affine.constant, right.affine.constant
        form = form.plus(Form(left.affine), factor * b).plus(Form(right.affine), factor * a)
        form = form.plus(Form(Affine(-a * b)), factor)
    touched = np.zeros(n, dtype=np.bool_)
    for _, u, v in dense:
        touched |= (u != 0) | (v != 0)
    columns = np.flatnonzero(touched)
    if len(columns) > LARGEST_QUADRATIC:
        reason = f'the quadratic goal "{owner.name}" touches {len(columns)} columns'
        raise NotLinearError(reason, owner.cell, f"keep it below {LARGEST_QUADRATIC}")
    matrix = np.zeros((len(columns), len(columns)))
    for factor, u, v in dense:
        outer = np.outer(u[columns], v[columns])
        matrix += factor * (outer + outer.T)
    eigenvalues = np.linalg.eigvalsh(-matrix if maximise else matrix)
    if eigenvalues[0] < -1e-9 * max(1.0, abs(eigenvalues[-1])):
        reason = f'the quadratic goal "{owner.name}" is not {"concave" if maximise else "convex"}'
        raise CurvedError(reason, owner.cell, "turn its direction or its signs")
    return form, (matrix, columns)
