"""The reference of all formulas, made from their docstrings: ``python -m udfs.reference [--check]``.

``functions()`` is what the add-in's VBA wrappers and help texts, the template's Functions sheet and
``docs/functions.md`` are made from. A wrapper passes a formula's arguments in order and then ``Nothing`` for
``caller``, which xlwings replaces by the calling cell.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from udfs import xlalm_udfs

LONGEST_TEXT = 255
"""Characters Excel shows of a description."""

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "functions.md"


@attrs.frozen
class Argument:
    """One argument of a formula; ``description`` is one line of at most 255 characters."""

    name: str
    optional: bool
    description: str


@attrs.frozen
class Function:
    """One formula as a user sees it."""

    name: str
    group: str
    summary: str
    arguments: tuple[Argument, ...]
    returns: str
    is_array: bool
    example: str
    notes: str

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


def functions() -> tuple[Function, ...]:
    """Return every formula of ``xlalm_udfs`` in the order of the file."""
    return tuple(_function(name, value) for name, value in vars(xlalm_udfs).items() if name.startswith("ALM_"))


def _function(name: str, function: object) -> Function:
    assert callable(function)
    inner = inspect.unwrap(function)
    signature = inspect.signature(inner)
    sections = _sections(inspect.getdoc(function) or "")
    described = dict(_described(sections.get("Parameters", [])))
    assert list(described) == list(signature.parameters), f"{name}: its docstring describes {list(described)}"
    arguments = tuple(
        Argument(parameter.name, parameter.default is not inspect.Parameter.empty, described[parameter.name])
        for parameter in signature.parameters.values()
    )
    found = Function(
        name=name,
        group=function.group,  # type: ignore[attr-defined]
        summary=sections[""][0],
        arguments=arguments,
        returns=" ".join(sections["Returns"]),
        is_array=signature.return_annotation not in {float, str},
        example=" ".join(sections["Examples"]),
        notes=" ".join([*sections[""][1:], *sections.get("Notes", [])]),
    )
    for text in (found.summary, *described.values()):
        assert 0 < len(text) <= LONGEST_TEXT, f"{name}: {len(text)} characters: {text}"
    return found


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


def markdown() -> str:
    """Return ``docs/functions.md``."""
    parts = [_TITLE]
    group = ""
    for function in functions():
        if function.group != group:
            group = function.group
            parts.append(f"## {group}\n")
        parts.append(f"### `{function.usage}`\n\n{function.summary} {function.notes}".rstrip() + "\n")
        if function.arguments:
            rows = "\n".join(
                f"| `{a.name}` | {'optional' if a.optional else 'needed'} | {a.description.replace('|', '&#124;')} |"
                for a in function.arguments
            )
            parts.append(f"| argument | | |\n| --- | --- | --- |\n{rows}\n")
        spills = " (fills several cells)" if function.is_array else ""
        parts.append(f"Gives{spills}: {function.returns}\n\nExample: `{function.example}`\n")
    return "\n".join(parts)


_TITLE = """# Formulas

Made from the docstrings in [`udfs/xlalm_udfs.py`](../udfs/xlalm_udfs.py) by `python -m udfs.reference`.

Ranges are given as they are selected. A table is a range whose first row holds the headers of the workbook's table
(`position`, `side`, `balance`, … in any order and spelling of case and blanks; `Positions[#All]` gives the whole Excel
Table). Where a formula also takes plain ranges, each holds one value per line; headings above them and blank lines are
passed over. A formula that fails shows `#VALUE!`, and `=ALM_WHY(cell)` says why.
"""


def main(arguments: list[str]) -> int:
    """Write ``docs/functions.md``, or with ``--check`` say whether it is what it would be."""
    text = markdown()
    if "--check" in arguments:
        same = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text
        state = "up to date" if same else "out of date: run python -m udfs.reference"
        print(f"{DOCUMENT.name} is {state}")  # noqa: T201
        return 0 if same else 1
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(functions())} formulas written to {DOCUMENT.name}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
