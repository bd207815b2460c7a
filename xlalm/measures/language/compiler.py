"""The compiler of the formula language (design section 5): text in, expression out, never evaluated as code."""

import ast
import math
from collections.abc import Callable

import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.metric import Metric
from xlalm.domain.table import normalise_header
from xlalm.domain.text import fold, shown
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.measures.algebra import absolute, divide, extremum, multiply
from xlalm.measures.expression import Affine, Expression, Norm, Point, add, constant_of, scale, split
from xlalm.measures.language.amounts import refused_amounts
from xlalm.measures.language.columns import ColumnReader
from xlalm.measures.language.functions import FUNCTIONS, SUMS, unknown_function
from xlalm.measures.language.gaps import Gap, NothingBelowError, distinct, gap_words, gaps_that_matter
from xlalm.measures.language.scope import Scope
from xlalm.measures.language.tokens import FormulaError, Parsed, left_chain, parse
from xlalm.measures.language.units import Units
from xlalm.measures.shape import extent, is_usable

MAX_CHAIN = 60
"""How many metrics may refer to each other in a row."""

MAX_NESTING = 100
"""How many products, ratios, minima and maxima may stand inside each other, metrics included."""

MAX_SIZE = 20_000
"""How many parts a formula may have, those of its metrics included and counted each time they are used."""

MAX_ARGUMENTS = 200
"""Arguments of min and max."""

MAX_GROUP_CELLS = 50_000_000
"""Positions times different texts that ``largest`` tells apart."""


class Compiler:
    """Compiles formulas over one scope; metrics are compiled once and shared, so programs share their rows too."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._metrics: dict[str, Expression] = {}
        self._in_progress: list[str] = []
        self._opening = Point.at(scope.sheet.opening, scope.sheet.opening)
        self.warnings: list[tuple[str, int, str]] = []
        self.gaps: list[Gap] = []
        self.units = Units(scope)
        self._metric_gaps: dict[str, list[Gap]] = {}

    def compile(self, typed: str) -> Expression:
        """Return the expression of a formula; ``warnings`` and ``gaps`` are of the last one.

        Raises
        ------
        FormulaError
            The formula cannot be read; with the offset in ``typed``.
        """
        expression, columns = self._compile(typed)
        self.warnings, self.gaps = columns.warnings, gaps_that_matter(columns.gaps, expression)
        return expression

    def _compile(self, typed: str, *, catalogue: bool = False) -> tuple[Expression, ColumnReader]:
        formula = _Formula(parse(typed), self, catalogue=catalogue)
        try:
            expression = formula.scalar(formula.parsed.tree)
            depth, size = extent(expression)
        except RecursionError:
            depth, size = MAX_NESTING + 1, 0
        if depth > MAX_NESTING:
            message = "formula is nested too deeply"
            raise FormulaError(message, 0, "write fewer products, ratios, min and max inside each other")
        if size > MAX_SIZE:
            message = f"formula with its metrics has more than {MAX_SIZE:,} parts"
            raise FormulaError(message, 0, "use metrics that hold min, max, products or ratios less often")
        return expression, formula.columns

    def metric_gaps(self, name: str) -> list[Gap]:
        """Return the gaps of a metric or measure that is compiled."""
        return self._metric_gaps[normalise_header(name)]

    def gaps_of(self, name: str) -> list[Gap]:
        """Return the gaps of a formula that is nothing but the name of a metric or measure that is compiled."""
        gaps = (gap.inherited(name, 0) for gap in self.metric_gaps(name))
        return gaps_that_matter(gaps, self.metric(name))

    def metric(self, name: str) -> Expression:
        """Return the expression of a metric or catalogue measure by name; raises FormulaError."""
        key = normalise_header(name)
        if key in self._metrics:
            return self._metrics[key]
        metric = self.scope.metric(name)
        if metric is None:
            message = f'there is no measure "{shown(name)}"{suggest(key, self.scope.scalar_names)}'
            raise FormulaError(message, 0, "correct the name or add a row to Metrics")
        if key in self._in_progress:
            circle = " → ".join([*self._in_progress[self._in_progress.index(key) :], key])
            message = f"metrics refer to each other in a circle: {circle}"
            raise FormulaError(message, 0, "break the circle")
        if len(self._in_progress) >= MAX_CHAIN:
            message = f"metrics refer to each other more than {MAX_CHAIN} deep"
            raise FormulaError(message, 0, "shorten the chain")
        self._in_progress.append(key)
        try:
            self._metrics[key], self._metric_gaps[key] = self._compile_metric(metric)
        finally:
            self._in_progress.pop()
        return self._metrics[key]

    def _compile_metric(self, metric: Metric) -> tuple[Expression, list[Gap]]:
        try:
            expression, columns = self._compile(metric.formula, catalogue=metric.cell is None)
        except FormulaError as fault:
            if "in a circle" in fault.text or fault.text.startswith(("metric ", "measure ")):
                raise FormulaError(fault.text, 0, fault.cure, fault.cell) from fault
            if metric.cell is None:
                message = f'measure "{shown(metric.name)}" has no value in this book: {fault.text}'
                below = isinstance(fault, NothingBelowError)
                cure = fault.cure if below else "fill the columns that it uses; the Guide sheet lists them"
                raise FormulaError(message, 0, cure) from fault
            message = f'metric "{shown(metric.name)}" ({metric.cell}) has a fault: {fault.text}'
            raise FormulaError(message, 0, fault.cure, fault.cell) from fault
        return expression, distinct(columns.gaps)

    def at_opening(self, expression: Expression) -> float:
        """Return the number of an expression at the opening balances."""
        opening = self._opening
        return expression.value(Point(opening.stock, opening.up, opening.down))  # keeps nothing for the next formula


class _Formula:
    """One formula being compiled."""

    def __init__(self, parsed: Parsed, compiler: Compiler, *, catalogue: bool) -> None:
        self.parsed, self._compiler, self._scope = parsed, compiler, compiler.scope
        self.columns = ColumnReader(parsed, compiler.scope, catalogue=catalogue)

    def fail(self, node: ast.AST, text: str, cure: str) -> FormulaError:
        """Return the fault at a node, to be raised."""
        return self.columns.fail(node, text, cure)

    def scalar(self, node: ast.expr) -> Expression:
        """Return the expression of a node outside ``sum(…)``."""
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            return Affine(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            operand = self.scalar(node.operand)
            return scale(operand, -1.0) if isinstance(node.op, ast.USub) else operand
        if isinstance(node, ast.BinOp):
            return self._binary_chain(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Compare | ast.BoolOp):
            raise self.fail(
                node, "a condition stands where a number is wanted", "put conditions into a filter: sum(…, …)"
            )
        raise self.fail(
            node, "this is not part of the formula language", "see the Guide sheet for what formulas can hold"
        )

    def _binary_chain(self, node: ast.BinOp) -> Expression:
        first, steps = left_chain(node)
        result = self.scalar(first)
        for step in steps:
            result = self._combine(step, result, self.scalar(step.right))
        return result

    def _combine(self, node: ast.BinOp, left: Expression, right: Expression) -> Expression:
        try:
            with np.errstate(all="ignore"):
                if isinstance(node.op, ast.Add):
                    result = add(left, right)
                elif isinstance(node.op, ast.Sub):
                    result = add(left, scale(right, -1.0))
                elif isinstance(node.op, ast.Mult):
                    result = multiply(left, right)
                elif isinstance(node.op, ast.Div):
                    result = divide(left, right)
                else:
                    raise self.fail(node, "this operator is not part of the language", "use + - * / and parentheses")
        except ZeroDivisionError:
            raise self._divides_by_zero(node.right) from None
        if len(split(result)[1]) > MAX_SIZE:
            raise self.fail(node, f"the sum has more than {MAX_SIZE:,} parts here", "use fewer metrics in one formula")
        if not is_usable(result):
            raise self.fail(node, "a number grows beyond all bounds here", "use smaller numbers")
        return result

    def _divides_by_zero(self, node: ast.expr) -> FormulaError:
        gaps = [gap for gap in self.columns.gaps if gap.offset >= self.parsed.offset(node)]
        if not gaps:
            return self.fail(node, "division by zero", "divide by something that is not 0")
        said, cure = gap_words(gaps[0], self._scope)
        return NothingBelowError(f"division by zero, for {said}", self.parsed.offset(node), cure)

    def _name(self, node: ast.Name) -> Expression:
        if node.id in self.parsed.texts:
            raise self.fail(
                node, "a text stands where a number is wanted", "delete the quotation marks or compare it in a filter"
            )
        name = self.parsed.names[node.id]
        key = normalise_header(name)
        if self._scope.metric(name) is not None:
            return self._metric(node, name)
        setting = self._scope.setting(name)
        if setting is not None:
            return Affine(setting)
        if key in self._scope.sheet.numbers or key in self._scope.sheet.texts:
            raise self.fail(node, f'"{name}" is a column', f"write sum({name}) to add it up over positions")
        if key in FUNCTIONS:
            raise self.fail(node, f"{name} is a function", f"write {name}(…)")
        hint = suggest(key, [*self._scope.scalar_names, *self._scope.column_names])
        raise self.fail(node, f'"{shown(name)}" is not known{hint}', "correct the name or add a row to Metrics")

    def _metric(self, node: ast.AST, name: str) -> Expression:
        offset = self.parsed.offset(node)
        try:
            expression = self._compiler.metric(name)
        except FormulaError as fault:
            raise FormulaError(fault.text, offset, fault.cure, fault.cell) from fault
        self.columns.gaps += [gap.inherited(name, offset) for gap in self._compiler.metric_gaps(name)]
        return expression

    def _call(self, node: ast.Call) -> Expression:
        if not isinstance(node.func, ast.Name) or node.func.id not in self.parsed.names:
            raise self.fail(
                node, "only functions of the language can be called", "see the Guide sheet for the functions"
            )
        typed = self.parsed.names[node.func.id]
        name = typed.casefold()
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.fail(node, "arguments have no names", "write them in order, separated by commas")
        if name in SUMS:
            return self._sum(node, *SUMS[name])
        handler: Callable[[ast.Call], Expression] | None = {
            "total": self._total,
            "position": self._position,
            "metric": self._metric_call,
            "opening": self._opening_call,
            "min": self._extremum,
            "max": self._extremum,
            "abs": self._absolute,
            "turnover": self._turnover,
            "largest": self._largest,
            "var": self._value_at_risk,
            "volatility": self._volatility,
        }.get(name)
        if handler is None:
            if name == "column":
                raise self.fail(node, "column(…) stands outside a sum", 'write sum(column("header"))')
            raise self.fail(node, *unknown_function(typed))
        return handler(node)

    def _arguments(self, node: ast.Call, least: int, most: int, usage: str) -> list[ast.expr]:
        if not least <= len(node.args) <= most:
            raise self.fail(node, "wrong number of arguments", f"write {usage}")
        return node.args

    def _vector(self, node: ast.Call, columns: ast.expr | None, condition: ast.expr | None, *, signed: bool) -> Float1D:
        kept = None if condition is None else self._mask(condition)
        if columns is None:
            values = np.ones(len(self._scope.sheet)) if kept is None else kept.astype(float)
        else:
            amounts = refused_amounts(self.parsed, node, self.columns.column_name)
            if amounts is not None:
                raise self.fail(node, *amounts)
            values = self.columns.column(columns, kept)
        if kept is None and not signed:
            self.columns.warn_mixed_sides(node, values)
        return values * self._scope.sheet.sign if signed else values

    def _mask(self, condition: ast.expr) -> Bool1D:
        return self.columns.mask(condition)

    def _sum(self, node: ast.Call, part: str, signed: bool) -> Expression:
        arguments = self._arguments(node, 1, 2, "sum(columns) or sum(columns, filter)")
        vector = self._vector(node, arguments[0], arguments[1] if len(arguments) > 1 else None, signed=signed)
        return Affine(0.0, **{part: vector})

    def _total(self, node: ast.Call) -> Expression:
        arguments = self._arguments(node, 1, 1, 'total(filter), such as total(side = "asset")')
        return Affine(0.0, self._vector(node, None, arguments[0], signed=False))

    def _position(self, node: ast.Call) -> Expression:
        (argument,) = self._arguments(node, 1, 1, 'position("name")')
        name = self.columns.text_argument(argument, "position")
        index = self._scope.position_index.get(fold(name))
        if index is None:
            hint = suggest(name, self._scope.sheet.names)
            raise self.fail(argument, f'there is no position "{shown(name)}"{hint}', "correct the name")
        vector = np.zeros(len(self._scope.sheet))
        vector[index] = 1.0
        return Affine(0.0, vector)

    def _metric_call(self, node: ast.Call) -> Expression:
        (argument,) = self._arguments(node, 1, 1, 'metric("name")')
        return self._metric(argument, self.columns.text_argument(argument, "metric"))

    def _opening_call(self, node: ast.Call) -> Expression:
        (argument,) = self._arguments(node, 1, 1, "opening(formula)")
        number = self._compiler.at_opening(self.scalar(argument))
        if not math.isfinite(number):
            raise self.fail(argument, "this has no value at the opening balances", "check for a zero denominator")
        return Affine(number)

    def _extremum(self, node: ast.Call) -> Expression:
        name = self.parsed.names[node.func.id].casefold()  # type: ignore[attr-defined]
        return extremum(name, [self.scalar(a) for a in self._arguments(node, 1, MAX_ARGUMENTS, f"{name}(a, b, …)")])

    def _absolute(self, node: ast.Call) -> Expression:
        (argument,) = self._arguments(node, 1, 1, "abs(formula)")
        return absolute(self.scalar(argument))

    def _turnover(self, node: ast.Call) -> Expression:
        arguments = self._arguments(node, 0, 1, "turnover() or turnover(filter)")
        counted = self._mask(arguments[0]) if arguments else self._scope.sheet.in_turnover
        weight = counted.astype(float)
        return Affine(0.0, None, weight, weight)

    def _largest(self, node: ast.Call) -> Expression:
        arguments = self._arguments(node, 2, 3, "largest(columns, text column, filter)")
        condition = arguments[2] if len(arguments) > 2 else None
        vector = self._vector(node, arguments[0], condition, signed=False)
        groups = self.columns.text_column(arguments[1], None if condition is None else self.columns.keeps(condition))
        names = sorted({str(group) for group in groups if group})
        if len(names) * len(vector) > MAX_GROUP_CELLS:
            text = f"{len(names):,} different texts are too many to tell apart"
            raise self.fail(arguments[1], text, "use a column with fewer, or leave it blank for small positions")
        sums: list[Expression] = [Affine(0.0, np.where(groups == name, vector, 0.0)) for name in names]
        return extremum("max", sums) if sums else Affine(0.0)

    def _value_at_risk(self, node: ast.Call) -> Expression:
        from xlalm.valuation.risk.value_at_risk import check_confidence, check_days, normal_quantile  # for few books

        usage = "var(confidence, days), such as var(99%, 10)"
        confidence, days = self._arguments(node, 2, 2, usage)
        share = self._number(confidence, usage, check_confidence)
        return self._deviation(node, normal_quantile(share), self._number(days, usage, check_days))

    def _volatility(self, node: ast.Call) -> Expression:
        from xlalm.valuation.risk.value_at_risk import check_days

        usage = "volatility(days), such as volatility(250)"
        (days,) = self._arguments(node, 1, 1, usage)
        return self._deviation(node, 1.0, self._number(days, usage, check_days))

    def _number(self, node: ast.expr, usage: str, check: Callable[[float], None]) -> float:
        number = constant_of(self.scalar(node))
        if number is None:
            raise self.fail(node, "a number is wanted here that the plan does not move", f"write {usage}")
        try:
            check(number)
        except Refused as fault:
            raise self.fail(node, fault.text, fault.cure) from fault
        return number

    def _deviation(self, node: ast.Call, quantile: float, days: float) -> Expression:
        """Return quantile · √(w'Σw) · √days over the signed balances w."""
        covariance = self._scope.covariance
        if covariance is None:
            raise self.fail(node, "the book has no covariances", "add a table Covariances; the Guide sheet explains it")
        matrix = np.zeros((len(covariance.factor), len(self._scope.sheet)))
        matrix[:, covariance.positions] = covariance.factor * self._scope.sheet.sign[covariance.positions]
        return Norm(quantile * math.sqrt(days) * matrix) if len(matrix) else Affine()
