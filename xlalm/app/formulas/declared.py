"""What a declared formula is: ``@formula`` reads arguments and help from a function and keeps it in ``FORMULAS``.

A formula is one function ``ALM_…`` with a numpydoc docstring; VBA wrappers, the help in Excel's dialogue, the sheet
Functions and ``docs/functions.md`` are made from it. Annotations say what an argument is read as: ``Selection`` a
range, ``float``, ``Rate``, ``str`` and ``bool`` one cell, a subclass of ``Several`` one argument for each of its
fields.

An argument that formulas share brings its text along as ``Annotated[Selection, "text"]``, in which ``{default}`` stands
for its default and ``{words}`` for what the formula's docstring says of it, or a narrower ``Annotated`` of the same.
The docstring describes all others.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin

import attrs

from xlalm.app.formulas.guard import guarded
from xlalm.app.formulas.left_out import Around, answered, in_order, nothing_around
from xlalm.app.formulas.selection import Rate, Rectangle, Selection

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_TEXT = 255
"""Characters Excel shows of a description."""

_READERS: dict[type, Callable[[Selection], object]] = {
    Selection: lambda cells: cells,
    float: Selection.number,
    Rate: Selection.rate,
    str: Selection.text,
    bool: Selection.flag,
}


class Several:
    """What is one argument of the function and several of the formula: one for each field of the subclass."""


@attrs.frozen
class Argument:
    """One argument of a formula.

    ``description`` is one line of at most 255 characters, ``kind`` what the cells are read as.
    """

    name: str
    optional: bool
    description: str
    kind: type = Selection
    default: object = None


@attrs.frozen
class Function:
    """One formula as a user sees it; ``compute`` takes its arguments by name, those left out apart."""

    name: str
    group: str
    summary: str
    arguments: tuple[Argument, ...]
    returns: str
    is_array: bool
    example: str
    notes: str
    compute: Callable[..., object]

    @property
    def usage(self) -> str:
        """The call with its arguments as Excel writes it: ``ALM_PRICE(years, rate, yld, [redemption])``."""
        names = [f"[{argument.name}]" if argument.optional else argument.name for argument in self.arguments]
        return f"{self.name}({', '.join(names)})"

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """One row of the template's Functions sheet: group, usage, what it gives, arguments, example."""
        arguments = "\n".join(f"{argument.name}: {argument.description}" for argument in self.arguments)
        return self.group, self.usage, f"{self.summary} {self.returns}", arguments, self.example

    @property
    def signature(self) -> inspect.Signature:
        """The arguments of the formula as those of a Python function."""
        kind, needed = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
        return inspect.Signature(
            [
                inspect.Parameter(each.name, kind, default=each.default if each.optional else needed)
                for each in self.arguments
            ]
        )

    @property
    def docstring(self) -> str:
        """The help as a numpydoc docstring, with the texts of all arguments."""
        described = [f"{a.name}{' : optional' * a.optional}\n    {a.description}" for a in self.arguments]
        sections = {"Parameters": "\n".join(described), "Returns": self.returns, "Examples": self.example}
        parts = [self.summary, self.notes, *(f"{t}\n{'-' * len(t)}\n{text}" for t, text in sections.items() if text)]
        return "\n\n".join(part for part in parts if part)

    def answer(
        self,
        given: Mapping[str, object],
        caller: Callable[[], Rectangle | None],
        around: Around = nothing_around,
    ) -> object:
        """Return what the cell of a formula gets, which is a marked line for a failure; see ``guarded``.

        Parameters
        ----------
        given : what the host passes for each argument: a ``Selection`` or values.
        caller : returns the cells that the formula stands in, or None.
        around : returns a table of the calling workbook by name; see ``left_out``.
        """
        cells = {name: Selection.of(name, value) for name, value in given.items() if value is not None}
        names = [argument.name for argument in self.arguments]

        def compute(read: Mapping[str, Selection]) -> object:
            return self.compute(**self._read(read))

        try:
            return guarded(lambda: answered(self.name, names, in_order(names, cells), around, compute), caller)
        finally:
            for selection in cells.values():
                selection.release()

    def _read(self, given: Mapping[str, Selection]) -> dict[str, object]:
        """Return the arguments as they are wanted, without an optional one left out or pointing at a blank cell."""
        read = {}
        for argument in self.arguments:
            cells = given.get(argument.name, Selection.of(argument.name, None))
            if not (argument.optional and cells.is_left_out):
                read[argument.name] = _READERS[argument.kind](cells)
        return read


FORMULAS: dict[str, Function] = {}
"""Every declared formula by name, in the order of declaration, which is that of all lists."""


def formula(group: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a function as a formula of a group; its docstring is completed by the texts of shared arguments.

    Raises
    ------
    ValueError
        Where an argument is not described or described twice, a section is missing, or a text is longer than Excel
        shows.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        declared = _declared(function, group)
        FORMULAS[declared.name] = declared
        function.__doc__ = declared.docstring
        return function

    return declare


def _declared(function: Callable[..., object], group: str) -> Function:
    name = function.__name__
    signature = inspect.signature(function, eval_str=True)
    sections = _sections(inspect.getdoc(function) or "")
    words = dict(_described(sections.get("Parameters", [])))
    several = {p.name: p.annotation for p in signature.parameters.values() if _is_several(p)}
    found = Function(
        name=name,
        group=group,
        summary=" ".join(sections[""][:1]),
        arguments=tuple(_argument(name, parameter, words) for parameter in _spread(signature)),
        returns=" ".join(sections.get("Returns", [])),
        is_array=signature.return_annotation not in {float, str},
        example=" ".join(sections.get("Examples", [])),
        notes=" ".join([*sections[""][1:], *sections.get("Notes", [])]),
        compute=_gathering(function, several) if several else function,
    )
    if words:
        message = f"{name}: its docstring describes {', '.join(words)}, which it does not take or which has a text"
        raise ValueError(message)
    for text in (found.summary, found.returns, found.example, *(each.description for each in found.arguments)):
        if not 0 < len(text) <= LONGEST_TEXT:
            message = f"{name}: Excel shows 1 to {LONGEST_TEXT} characters, not {len(text)}: {text}"
            raise ValueError(message)
    return found


def _is_several(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.annotation, type) and issubclass(parameter.annotation, Several)


def _spread(signature: inspect.Signature) -> Iterator[inspect.Parameter]:
    """Give the arguments of the formula: the function's own, or the fields of one that stands for several."""
    for parameter in signature.parameters.values():
        if _is_several(parameter):
            yield from inspect.signature(parameter.annotation).parameters.values()
        else:
            yield parameter


def _gathering(function: Callable[..., object], several: Mapping[str, type]) -> Callable[..., object]:
    """Return a function that takes the fields of arguments that stand for several."""
    fields = {name: tuple(inspect.signature(kind).parameters) for name, kind in several.items()}

    def compute(**given: Any) -> object:
        for name, kind in several.items():
            given[name] = kind(**{field: given.pop(field) for field in fields[name] if field in given})
        return function(**given)

    return compute


def _argument(function: str, parameter: inspect.Parameter, words: dict[str, str]) -> Argument:
    """Return an argument with its text; what the docstring says of it is taken out of ``words``."""
    annotation, text = parameter.annotation, "{words}"
    if get_origin(annotation) is Annotated:
        annotation, *texts = get_args(annotation)
        for inner in texts:
            text = text.replace("{words}", inner)
    if "{words}" in text and parameter.name not in words:
        message = f"{function}: its docstring does not describe {parameter.name}"
        raise ValueError(message)
    optional = parameter.default is not inspect.Parameter.empty
    own = words.pop(parameter.name) if "{words}" in text else ""
    return Argument(
        name=parameter.name,
        optional=optional,
        description=text.replace("{words}", own).replace("{default}", str(parameter.default)),
        kind=(get_args(annotation) or (annotation,))[0],
        default=parameter.default if optional else None,
    )


def _sections(docstring: str) -> dict[str, list[str]]:
    """Return the lines of each section of a numpydoc docstring without blank ones; the first section has no name."""
    sections: dict[str, list[str]] = {"": []}
    lines, current = docstring.splitlines(), ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line and following == "-" * len(line):
            current = line
            sections[current] = []
        elif line.strip() and set(line) != {"-"}:
            sections[current].append(line)
    return sections


def _described(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Give each parameter of a section with its description as one line."""
    name, parts = "", list[str]()
    for line in lines:
        if line.startswith(" "):
            parts.append(line.strip())
            continue
        if name:
            yield name, " ".join(parts)
        name, parts = line.partition(":")[0].strip(), []
    if name:
        yield name, " ".join(parts)
