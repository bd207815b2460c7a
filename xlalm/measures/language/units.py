"""The unit of a formula, from what it is made of: amounts, shares, years and their products."""

import ast
from collections.abc import Callable

import attrs
import numpy as np

from xlalm.domain.limits import A_YEAR, AMOUNT
from xlalm.domain.table import normalise_header
from xlalm.measures.language.functions import SUMS
from xlalm.measures.language.scope import Scope
from xlalm.measures.language.tokens import FormulaError, Parsed, left_chain, parse
from xlalm.schema.tables import table_schema


@attrs.frozen
class Unit:
    """A product of amounts and years; ``number``: a mere number, which is added to anything.

    Rates are 1 / years, so that income is an amount per year.
    """

    amounts: int = 0
    years: int = 0
    number: bool = False

    def times(self, other: "Unit") -> "Unit":
        """Return the unit of a product."""
        return Unit(self.amounts + other.amounts, self.years + other.years, self.number and other.number)

    def over(self, other: "Unit") -> "Unit":
        """Return the unit of a ratio."""
        return Unit(self.amounts - other.amounts, self.years - other.years, self.number and other.number)

    @property
    def name(self) -> str:
        """The word for it as the tables hold it; blank for a mere number and for what has no word."""
        return "" if self.number else _NAMES.get((self.amounts, self.years), "")


_NAMES = {
    (1, 0): AMOUNT,
    (1, -1): A_YEAR,
    (0, 0): "%",
    (0, -1): "%",
    (0, 1): "years",
    (0, 2): "years squared",
    (1, 1): "amount years",
    (1, 2): "amount years squared",
}
_NUMBER, _SHARE, _AMOUNT = Unit(number=True), Unit(), Unit(1)
_COLUMNS = {
    "amount": _AMOUNT,
    "share": _SHARE,
    "per year": Unit(0, -1),
    "basis points": _SHARE,
    "years": Unit(0, 1),
    "years squared": Unit(0, 2),
}

Found = Unit | None
"""None where nobody can tell."""


class Units:
    """Units of formulas over one scope; that of a metric is found once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._metrics: dict[str, Found] = {}

    def of(self, typed: str) -> str:
        """Return the unit of a formula by name, blank where nobody can tell or the formula cannot be read."""
        found = self._of(typed)
        return "" if found is None else found.name

    def _of(self, typed: str) -> Found:
        try:
            parsed = parse(typed)
        except FormulaError:
            return None
        return _Walk(parsed, self._scope, self.of_metric).scalar(parsed.tree)

    def of_metric(self, name: str) -> Found:
        """Return the unit of a metric or measure from its formula."""
        key = normalise_header(name)
        if key not in self._metrics:
            metric = self._scope.metric(name)
            self._metrics[key] = None  # a metric that refers to itself has no unit, and no value
            self._metrics[key] = None if metric is None else self._of(metric.formula)
        return self._metrics[key]


class _Walk:
    """One formula on its way from node to node."""

    def __init__(self, parsed: Parsed, scope: Scope, metric: Callable[[str], Found]) -> None:
        self._parsed, self._scope, self._metric = parsed, scope, metric

    def scalar(self, node: ast.expr) -> Found:
        """Return the unit of a node outside of columns."""
        return self._arithmetic(node, self.scalar) if isinstance(node, _OPERATIONS) else self._named(node)

    def _named(self, node: ast.expr) -> Found:
        if isinstance(node, ast.Name) and node.id in self._parsed.names:
            name = self._parsed.names[node.id]
            if self._scope.metric(name) is not None:
                return self._metric(name)
            return None if self._scope.setting(name) is None else _NUMBER
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return None
        function = self._parsed.names.get(node.func.id, "").casefold()
        if function in {*SUMS, "largest"}:
            columns = self._column(node.args[0]) if node.args else None
            return None if columns is None else columns.times(_AMOUNT)
        if function in {"total", "position", "turnover", "var", "volatility"}:
            return _AMOUNT
        if function in {"opening", "abs", "min", "max"}:
            return _joined([self.scalar(argument) for argument in node.args])
        if function == "metric" and node.args and isinstance(node.args[0], ast.Name):
            return self._metric(self._parsed.texts.get(node.args[0].id, ""))
        return None

    def _column(self, node: ast.expr) -> Found:
        """Return the unit of a column expression, for one position."""
        if isinstance(node, _OPERATIONS):
            return self._arithmetic(node, self._column)
        if isinstance(node, ast.Call):
            node = node.args[0] if node.args else node
        if not isinstance(node, ast.Name):
            return None
        name = self._parsed.texts.get(node.id) or self._parsed.names.get(node.id, "")
        key = normalise_header(name)
        column = table_schema("Positions").columns.get(key)
        if column is not None:
            return _COLUMNS.get(column.unit)
        numbers = self._scope.sheet.numbers.get(key)
        if numbers is None:
            return None if self._scope.setting(name) is None else _NUMBER
        known = numbers[~np.isnan(numbers)]
        return _SHARE if len(known) and bool((np.abs(known) <= 1.0).all()) else None

    def _arithmetic(self, node: ast.expr, inner: Callable[[ast.expr], Found]) -> Found:
        if isinstance(node, ast.UnaryOp):
            return inner(node.operand)
        if not isinstance(node, ast.BinOp):
            return _NUMBER
        first, steps = left_chain(node)
        found = inner(first)
        for step in steps:
            right = inner(step.right)
            if found is None or right is None:
                return None
            if isinstance(step.op, ast.Mult | ast.Div):
                found = found.times(right) if isinstance(step.op, ast.Mult) else found.over(right)
            else:
                found = _joined([found, right])
        return found


_OPERATIONS = (ast.Constant, ast.UnaryOp, ast.BinOp)


def _joined(units: list[Found]) -> Found:
    """Return the one unit of what is added or compared; a mere number takes the unit of the others.

    What is paid once is paid within the year: with income it is an amount per year, and a share with a rate a rate.
    """
    found = _NUMBER
    for unit in units:
        if unit is None:
            return None
        if found.number or unit.number:
            found = unit if found.number else found
        elif unit != found:
            both = {found.years, unit.years} == {0, -1}
            if found.amounts != unit.amounts or not both:
                return None
            found = Unit(found.amounts, -1)
    return found
