"""Columns and filters of a formula: arithmetic over positions and conditions on them."""

import ast
from collections.abc import Callable

import attrs
import numpy as np

from xlalm.domain.findings import suggest
from xlalm.domain.numbers import is_blank, is_number
from xlalm.domain.table import ErrorValue, normalise_header
from xlalm.domain.text import fold, shown
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.measures.expression import LARGEST_COEFFICIENT
from xlalm.measures.language.gaps import Gap, column_gap
from xlalm.measures.language.scope import Scope
from xlalm.measures.language.tokens import FormulaError, Parsed, left_chain
from xlalm.schema.tables import table_schema

_ARITHMETIC: dict[type[ast.operator], Callable[[Float1D, Float1D], Float1D]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
_COMPARISON: dict[type[ast.cmpop], np.ufunc] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


class ColumnReader:
    """Compiles the COLUMNS and FILTER arguments of one formula; collects gaps, and warnings as (text, offset, cure)."""

    def __init__(self, parsed: Parsed, scope: Scope, *, catalogue: bool = False) -> None:
        self._parsed, self._scope, self._catalogue = parsed, scope, catalogue
        self.warnings: list[tuple[str, int, str]] = []
        self.gaps: list[Gap] = []
        self._used: dict[str, int] = {}  # columns of the expression or filter read last, and where they stand

    def fail(self, node: ast.AST, text: str, cure: str) -> FormulaError:
        """Return the fault at a node, to be raised."""
        return FormulaError(text, self._parsed.offset(node), cure)

    def text_argument(self, node: ast.expr, of: str) -> str:
        """Return the text of a quoted argument."""
        if isinstance(node, ast.Name) and node.id in self._parsed.texts:
            return self._parsed.texts[node.id]
        raise self.fail(node, f"{of}(…) takes a name in quotation marks", f'write {of}("name")')

    # --- columns ---------------------------------------------------------------------------------------

    def column(self, node: ast.expr, kept: Bool1D | None = None) -> Float1D:
        """Return the value of a column expression for every position, 0 for blanks and where not ``kept``."""
        self._used.clear()
        values = np.nan_to_num(self._column(node), nan=0.0, posinf=np.inf, neginf=-np.inf)
        found = self._gaps_of_used(kept)
        self.gaps += [gap for gap in found if gap.needed or len(found) == len(self._used)]
        values = values if kept is None else np.where(kept, values, 0.0)
        unusable = np.flatnonzero(np.abs(values) > LARGEST_COEFFICIENT)
        if len(unusable):
            bad = self._scope.sheet.names[int(unusable[0])]
            raise self.fail(node, f'the column gives no number for "{bad}"', "divide only by columns that are never 0")
        return values

    def _gaps_of_used(self, kept: Bool1D | None) -> list[Gap]:
        found = (
            column_gap(self._scope, key, kept, offset, catalogue=self._catalogue) for key, offset in self._used.items()
        )
        return [gap for gap in found if gap is not None]

    def _column(self, node: ast.expr) -> Float1D:
        n = len(self._scope.sheet)
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            return np.full(n, node.value)
        if isinstance(node, ast.BinOp):
            return self._binary_chain(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            return -self._column(node.operand) if isinstance(node.op, ast.USub) else self._column(node.operand)
        if isinstance(node, ast.Name | ast.Call):
            return self._named_column(node)
        raise self._not_arithmetic(node)

    def _binary_chain(self, node: ast.BinOp) -> Float1D:
        first, steps = left_chain(node)
        values = self._column(first)
        for step in steps:
            operation = _ARITHMETIC.get(type(step.op))
            if operation is None:
                raise self._not_arithmetic(step)
            with np.errstate(all="ignore"):
                values = operation(values, self._column(step.right))
        return values

    def _not_arithmetic(self, node: ast.AST) -> FormulaError:
        return self.fail(node, "this is not arithmetic of columns", "use columns, numbers and + - * / here")

    def _named_column(self, node: ast.Name | ast.Call) -> Float1D:
        name = self.column_name(node)
        key = normalise_header(name)
        if key in self._scope.sheet.numbers:
            self._used.setdefault(key, self._parsed.offset(node))
            return self._scope.sheet.numbers[key]
        if key in self._scope.sheet.texts:
            raise self._holds_text(node, name, key)
        number = self._scope.setting(name)
        if number is not None:
            return np.full(len(self._scope.sheet), number)
        hint = suggest(key, self._scope.column_names)
        raise self.fail(
            node, f'there is no column "{shown(name)}" in Positions{hint}', "add the column or correct the name"
        )

    def _holds_text(self, node: ast.AST, name: str, key: str) -> FormulaError:
        """Return the fault of a column that is no column of numbers, at the first cell that holds a text."""
        raw, known = self._scope.sheet.table.raw, table_schema("Positions").columns
        values = [] if key in known else raw.columns.get(key, [])
        typed = [i for i, value in enumerate(values) if not is_blank(value)]
        words = [i for i in typed if not (is_number(values[i]) or isinstance(values[i], bool | ErrorValue))]
        if not words or len(words) == len(typed):
            text, cure = f'column "{name}" holds text', "use it in a filter; to sum, enter numbers in every row"
            return self.fail(node, text, cure)
        more = f" and in {len(words) - 1:,} more" if len(words) > 1 else ""
        text = f'column "{name}" holds "{shown(values[words[0]])}" here{more} where a formula adds numbers up'
        cure = "enter a number or leave the cell blank"
        return FormulaError(text, self._parsed.offset(node), cure, raw.cell(words[0], key))

    def column_name(self, node: ast.expr) -> str:
        """Return the name of a column as it was typed."""
        if isinstance(node, ast.Name):
            if node.id in self._parsed.texts:
                return self._parsed.texts[node.id]
            return self._parsed.names[node.id]
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and self._parsed.names.get(node.func.id, "").casefold() == "column":
            if len(node.args) == 1:
                return self.text_argument(node.args[0], "column")
            raise self.fail(node, "column(…) takes one name", 'write column("header")')
        raise self.fail(node, "a measure cannot stand among columns", "use columns and numbers inside sum(…)")

    def text_column(self, node: ast.expr, kept: Bool1D | None = None) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
        """Return the folded texts of a text column, which is read where ``kept``."""
        self._used.clear()
        texts = self._text_of(node)
        self.gaps += self._gaps_of_used(kept)
        if texts is None or isinstance(texts, str):
            raise self.fail(node, "a text column is wanted here", "name a column such as counterparty")
        return texts

    # --- filters ---------------------------------------------------------------------------------------

    def mask(self, node: ast.expr) -> Bool1D:
        """Return which positions a filter keeps; one that keeps none, or reads what is not there, is a gap."""
        self._used.clear()
        kept = self._mask(node)
        found = self._gaps_of_used(None)
        if kept.any():
            self.gaps += [gap for gap in found if gap.needed]
        elif found:
            self.gaps += [attrs.evolve(gap, needed=True) for gap in found]
        else:
            self.gaps.append(Gap("empty filter", self._parsed.source(node), self._parsed.offset(node)))
        return kept

    def keeps(self, node: ast.expr) -> Bool1D:
        """Return which positions a filter keeps, without a word about it."""
        return self._mask(node)

    def _mask(self, node: ast.expr) -> Bool1D:
        if isinstance(node, ast.BoolOp):
            parts = [self._mask(value) for value in node.values]
            combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return np.asarray(combine.reduce(parts))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self._mask(node.operand)
        if isinstance(node, ast.Compare):
            kept = np.ones(len(self._scope.sheet), dtype=np.bool_)
            left = node.left
            for operator, right in zip(node.ops, node.comparators, strict=True):
                kept &= self._compare(node, left, operator, right)
                left = right
            return kept
        raise self.fail(node, "this is not a condition", 'write conditions such as class = "loan" and duration <= 5')

    def _compare(self, node: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Bool1D:
        if isinstance(operator, ast.In | ast.NotIn):
            items = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
            inside = np.zeros(len(self._scope.sheet), dtype=np.bool_)
            for item in items:
                inside |= self._equal(left, item)
            return ~inside if isinstance(operator, ast.NotIn) else inside
        if isinstance(operator, ast.Eq | ast.NotEq):
            equal = self._equal(left, right)
            return ~equal if isinstance(operator, ast.NotEq) else equal
        compare = _COMPARISON.get(type(operator))
        if compare is None or self._text_of(left) is not None or self._text_of(right) is not None:
            raise self.fail(node, "texts can only be compared with =, <> and in", "use = or in for texts")
        with np.errstate(invalid="ignore"):
            return np.asarray(compare(self._column(left), self._column(right)), dtype=np.bool_)

    def _equal(self, left: ast.expr, right: ast.expr) -> Bool1D:
        a, b = self._text_of(left), self._text_of(right)
        if a is None and b is None:
            return np.asarray(self._column(left) == self._column(right))
        a = self._number_as_text(left) if a is None else a
        b = self._number_as_text(right) if b is None else b
        return np.broadcast_to(np.asarray(a == b, dtype=np.bool_), (len(self._scope.sheet),)).copy()

    def _text_of(self, node: ast.expr) -> "np.ndarray[tuple[int], np.dtype[np.object_]] | str | None":
        if isinstance(node, ast.Name) and node.id in self._parsed.texts:
            return fold(self._parsed.texts[node.id])
        if isinstance(node, ast.Name | ast.Call):
            key = normalise_header(self.column_name(node))
            if key in self._scope.sheet.texts and key not in self._scope.sheet.numbers:
                self._used.setdefault(key, self._parsed.offset(node))
                return self._scope.sheet.texts[key]
        return None

    def _number_as_text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            return str(int(node.value)) if node.value.is_integer() else str(node.value)  # as the table's cell reads
        self._column(node)  # a name that is not known is the greater fault
        raise self.fail(node, "a number column is compared with a text", "compare numbers with numbers")

    # --- sides -----------------------------------------------------------------------------------------

    def warn_mixed_sides(self, node: ast.AST, values: Float1D) -> None:
        """Warn of a sum that adds assets and liabilities although its columns are no weights by nature."""
        schema = table_schema("Positions").columns
        weights = [schema[key].mixed_sides for key in self._used if key in schema]
        if weights and all(weights):
            return
        sheet = self._scope.sheet
        assets, funding = sheet.on_side("asset"), sheet.on_side("liability", "equity")
        if values[assets].any() and values[funding].any():
            self.warnings.append(
                (
                    "this adds assets and liabilities together",
                    self._parsed.offset(node),
                    'add a filter such as side = "asset", or use net(…) for assets less liabilities',
                )
            )
