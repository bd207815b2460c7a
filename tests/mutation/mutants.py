"""One-line faults of a module: a comparison turned, a term dropped, a bound doubled, a statement left out.

What cannot change behaviour is left alone: docstrings and texts, type hints, what is raised, asserts, timings.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OPPOSITES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "floor": "ceil",
    "ceil": "floor",
    "any": "all",
    "all": "any",
    "argmin": "argmax",
    "argmax": "argmin",
}
TRANSPARENT = {"abs", "sorted", "reversed", "round", "rint"}
"""Calls that are replaced by their argument."""

QUIET_CALLS = {"progress", "error", "warning", "field", "cast", "errstate", "suggest", "getLogger"}
"""Calls whose arguments are texts, cells of texts or progress figures."""

QUIET_KEYWORDS = {"strict", "dtype", "kind", "cure", "offset", "indent", "ensure_ascii", "sort_keys", "stacklevel"}
SMALL = 1e-4
"""Constants below are tolerances: a fault is a thousand times as much, for twice as much is as good."""


@dataclass(frozen=True)
class Mutant:
    """A fault: ``before`` at ``line`` of ``path`` becomes ``after``; ``start`` and ``end`` count bytes."""

    path: str
    line: int
    kind: str
    before: str
    after: str
    start: int
    end: int
    text: str  # the source line, without its indentation

    def applied(self, source: bytes) -> bytes:
        """Return the module with the fault."""
        return source[: self.start] + self.after.encode() + source[self.end :]

    def is_fault(self, source: bytes) -> bool:
        """Whether the module still reads, and as something else."""
        try:
            return ast.dump(ast.parse(self.applied(source))) != ast.dump(ast.parse(source))
        except SyntaxError:
            return False

    def __str__(self) -> str:
        return f"{self.path}:{self.line} [{self.kind}] {self.before} -> {self.after}"


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Return every fault of a module, in the order of its text."""
    lines = source.split(b"\n")
    first = [0]
    for line in lines:
        first.append(first[-1] + len(line) + 1)
    found: dict[tuple[int, int, str], Mutant] = {}
    for node, kind, after in _Faults().of(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start, end = first[node.lineno - 1] + node.col_offset, first[node.end_lineno - 1] + node.end_col_offset
        before = " ".join(source[start:end].decode().split())
        text = lines[node.lineno - 1].decode().strip()
        found.setdefault((start, end, after), Mutant(path, node.lineno, kind, before, after, start, end, text))
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.after))


Fault = tuple[ast.expr | ast.stmt, str, str]


class _Faults:
    """Walks a module; ``returns`` is the annotation of the function around a node."""

    def of(self, tree: ast.Module) -> Iterator[Fault]:
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Subscript):
                continue  # the name of a type
            yield from self._node(statement, "")

    def _node(self, node: ast.AST, returns: str) -> Iterator[Fault]:
        if self._is_quiet(node):
            return
        yield from self._own(node, returns)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            returns = ast.unparse(node.returns) if node.returns else ""
            inside: list[ast.AST] = [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body]
        elif isinstance(node, ast.ClassDef):
            inside = list(node.body)
        elif isinstance(node, ast.AnnAssign):
            inside = [node.value] if node.value else []
        elif isinstance(node, ast.Call):
            inside = [node.func, *node.args, *(k for k in node.keywords if k.arg not in QUIET_KEYWORDS)]
        elif isinstance(node, ast.ExceptHandler):
            inside = list(node.body)
        else:
            inside = list(ast.iter_child_nodes(node))
        for child in inside:
            yield from self._node(child, returns)

    def _is_quiet(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
            return True
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return True
        if isinstance(node, ast.Assign | ast.Expr | ast.Return) and "perf_counter" in ast.unparse(node):
            return True
        return isinstance(node, ast.Call) and _name(node.func) in QUIET_CALLS

    def _own(self, node: ast.AST, returns: str) -> Iterator[Fault]:
        if isinstance(node, ast.Compare):
            yield from self._compare(node)
        elif isinstance(node, ast.BinOp):
            yield from self._binary(node)
        elif isinstance(node, ast.BoolOp):
            yield from self._boolean(node)
        elif isinstance(node, ast.UnaryOp):
            if not isinstance(node.operand, ast.Constant) or isinstance(node.op, ast.USub):
                yield node, "unary", f"({ast.unparse(node.operand)})"
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif isinstance(node, ast.If | ast.IfExp):
            if not isinstance(node.test, ast.Compare | ast.BoolOp):
                yield node.test, "condition", f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.comprehension):
            for condition in node.ifs:
                yield condition, "filter", "True"
        elif isinstance(node, ast.Return):
            yield from self._return(node, returns)
        elif isinstance(node, ast.AugAssign | ast.Continue | ast.Break) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        ):
            if not (isinstance(node, ast.Expr) and _name(node.value.func) in QUIET_CALLS):  # type: ignore[attr-defined]
                yield node, "skipped", "pass"

    def _compare(self, node: ast.Compare) -> Iterator[Fault]:
        for place, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                changed = copy.deepcopy(node)
                changed.ops[place] = other()
                yield node, "comparison", f"({ast.unparse(changed)})"

    def _binary(self, node: ast.BinOp) -> Iterator[Fault]:
        joined = any(_is_sequence(side) for side in (node.left, node.right))
        types = isinstance(node.op, ast.BitOr) and all(
            isinstance(side, ast.Name | ast.Attribute | ast.Dict | ast.DictComp) for side in (node.left, node.right)
        )
        if types:
            return
        other = OPERATORS.get(type(node.op))
        if isinstance(node.op, ast.Mult) and _is_sign(node.right):
            other = None  # times or by one: the same
        if other is not None and not joined:
            yield node, "operator", f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})"
        yield node, "term dropped", f"({ast.unparse(node.left)})"
        if isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
            yield node, "term dropped", f"({ast.unparse(node.right)})"

    def _boolean(self, node: ast.BoolOp) -> Iterator[Fault]:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, "and or", f"({ast.unparse(ast.BoolOp(other, node.values))})"
        for place in range(len(node.values)):
            kept = [value for i, value in enumerate(node.values) if i != place]
            rest = kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
            yield node, "condition dropped", f"({ast.unparse(rest)})"

    def _constant(self, node: ast.Constant) -> Iterator[Fault]:
        value = node.value
        if isinstance(value, bool):
            yield node, "constant", repr(not value)
        elif isinstance(value, int | float):
            if value in (0, 1):
                yield node, "constant", repr(type(value)(1 - value))
            elif abs(value) < SMALL:
                yield node, "constant", repr(float(f"{value * 1e3:.12g}"))
            else:
                yield node, "constant", repr(value * 2)
                yield node, "constant", repr(value + 1) if isinstance(value, int) else repr(value / 2)

    def _call(self, node: ast.Call) -> Iterator[Fault]:
        name = _name(node.func)
        if name in OPPOSITES:
            changed = copy.deepcopy(node)
            if isinstance(changed.func, ast.Name):
                changed.func.id = OPPOSITES[name]
            elif isinstance(changed.func, ast.Attribute):
                changed.func.attr = OPPOSITES[name]
            yield node, "opposite", ast.unparse(changed)
            plain = isinstance(node.func, ast.Name) or name in {"minimum", "maximum"}
            if plain and len(node.args) == 2:
                yield node, "argument dropped", f"({ast.unparse(node.args[0])})"
                yield node, "argument dropped", f"({ast.unparse(node.args[1])})"
        elif name in TRANSPARENT and node.args:
            yield node, "call dropped", f"({ast.unparse(node.args[0])})"

    def _return(self, node: ast.Return, returns: str) -> Iterator[Fault]:
        value = node.value
        if value is None or isinstance(value, ast.Constant):
            return
        text = ast.unparse(value)
        if returns == "bool":
            if not isinstance(value, ast.Compare | ast.UnaryOp):
                yield value, "return", f"(not ({text}))"
        elif returns in {"float", "int"}:
            yield value, "return", f"(-({text}))"
        elif returns.startswith("list["):
            yield value, "return", "[]"
        elif returns.endswith("| None"):
            yield value, "return", "None"


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _is_sign(node: ast.expr) -> bool:
    """Whether a value is 1 or -1 by its name."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return _name(node) in {"sign", "signs", "direction", "better", "relaxing", "improving"}


def _is_sequence(node: ast.expr) -> bool:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text or isinstance(node, ast.JoinedStr | ast.List | ast.ListComp | ast.Tuple | ast.Starred)
