"""What a formula is counted in, from what it is made of: money, money per year, shares, years.

A unit is a power of money and a power of years: balances are (1, 0), rates (0, -1), durations (0, 1), shares and
numbers (0, 0). None is not known: a column of the book's own may count anything.
"""

import ast

from xlalm.domain.table import normalise_header
from xlalm.measures.language.scope import Scope
from xlalm.measures.language.tokens import Parsed, left_chain, parse
from xlalm.schema.tables import table_schema

Power = tuple[int, int]

MONEY: Power = (1, 0)
NUMBER: Power = (0, 0)
_COLUMNS: dict[str, Power] = {
    "amount": MONEY,
    "share": NUMBER,
    "basis points": NUMBER,
    "per year": (0, -1),
    "years": (0, 1),
    "years squared": (0, 2),
}
_WRITTEN: dict[str, Power] = {"amount": MONEY, "amount per year": (1, -1), "%": NUMBER, "years": (0, 1)}
_NAMES = {MONEY: "amount", (1, -1): "amount per year", (0, 1): "years", (0, 2): "years squared", (0, -1): "%"}
_SETTINGS: dict[str, Power] = {"rwa_operational": MONEY, "rwa_market": MONEY, "cost_of_capital": (0, -1)}
_SUMS = {"sum", "net", "growth", "net_growth", "reduction", "net_reduction", "largest"}
_AMOUNTS = {"total", "position", "turnover", "var", "volatility"}
_KEEPING = {"opening", "abs", "min", "max"}
_MOST_METRICS = 60


def unit_of(formula: str, scope: Scope) -> str:
    """Return the unit of a formula that compiles; blank where it is a number or not known.

    A measure has the unit it was given. Money less money per year counts as money per year: what is paid once is paid
    within the year. A share of money is a percentage.
    """
    metric = scope.metric(formula)
    if metric is not None and metric.unit:
        return metric.unit
    reader = _Reader(scope)
    power = reader.power(parse(metric.formula if metric is not None else formula))
    if power == NUMBER:
        return "%" if reader.divides else ""
    return "" if power is None else _NAMES.get(power, "")


class _Reader:
    """Reads the power of a formula and of the metrics in it; ``divides`` where money is divided by money."""

    def __init__(self, scope: Scope) -> None:
        self._scope, self._depth = scope, 0
        self.divides = False

    def power(self, parsed: Parsed) -> Power | None:
        """Return the power of a whole formula."""
        return self._of(parsed.tree, parsed, columns=False)

    def _of(self, node: ast.expr, parsed: Parsed, *, columns: bool) -> Power | None:
        if isinstance(node, ast.BinOp):
            first, steps = left_chain(node)
            power = self._of(first, parsed, columns=columns)
            for step in steps:
                power = self._combined(step.op, power, self._of(step.right, parsed, columns=columns))
            return power
        if isinstance(node, ast.UnaryOp):
            return self._of(node.operand, parsed, columns=columns)
        if isinstance(node, ast.Name):
            return self._named(parsed.names.get(node.id, ""), columns=columns)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(parsed.names.get(node.func.id, "").casefold(), node, parsed)
        return NUMBER if isinstance(node, ast.Constant) else None

    def _combined(self, operator: ast.operator, a: Power | None, b: Power | None) -> Power | None:
        if a is None or b is None:
            return None
        if isinstance(operator, ast.Mult):
            return a[0] + b[0], a[1] + b[1]
        if isinstance(operator, ast.Div):
            self.divides |= a[0] > 0 and b[0] > 0
            return a[0] - b[0], a[1] - b[1]
        return _added(a, b)

    def _called(self, name: str, node: ast.Call, parsed: Parsed) -> Power | None:
        if name in _SUMS and node.args:
            return self._combined(ast.Mult(), MONEY, self._of(node.args[0], parsed, columns=True))
        if name in _AMOUNTS:
            return MONEY
        if name in _KEEPING:
            powers = [self._of(argument, parsed, columns=False) for argument in node.args]
            power = powers[0] if powers else None
            for other in powers[1:]:
                power = None if power is None or other is None else _added(power, other)
            return power
        text = parsed.texts.get(node.args[0].id, "") if node.args and isinstance(node.args[0], ast.Name) else ""
        return self._named(text, columns=name == "column")

    def _named(self, name: str, *, columns: bool) -> Power | None:
        if columns:
            column = table_schema("Positions").columns.get(normalise_header(name))
            if column is not None:
                return _COLUMNS.get(column.unit)
        elif (metric := self._scope.metric(name)) is not None:
            return self._metric(metric.unit, metric.formula)
        is_setting = self._scope.setting(name) is not None
        return _SETTINGS.get(normalise_header(name), NUMBER) if is_setting else None

    def _metric(self, unit: str, formula: str) -> Power | None:
        if unit or self._depth > _MOST_METRICS:
            return _WRITTEN.get(unit)
        self._depth += 1
        power = self.power(parse(formula))
        self._depth -= 1
        return power


def _added(a: Power, b: Power) -> Power | None:
    """Return the power of a sum: a plain number is counted in what it is added to."""
    if a == b or b == NUMBER:
        return a
    if a == NUMBER:
        return b
    return (1, -1) if {a, b} == {MONEY, (1, -1)} else None
