"""The reference of all formulas, made from their declarations: ``python -m udfs.reference [--check]``."""

import sys
from collections.abc import Mapping
from pathlib import Path

from xlalm.app.formulas import FORMULAS, Function

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "functions.md"

_TITLE = """# Formulas

Made from the declarations in [`xlalm/app/formulas`](../xlalm/app/formulas) by `python -m udfs.reference`.

Ranges are given as they are selected. A table is a range whose first row holds the headers of the workbook's table
(`position`, `side`, `balance`, … in any order and spelling of case and blanks; `Positions[#All]` gives the whole Excel
Table). Where a formula also takes plain ranges, each holds one value per line; headings above them and blank lines are
passed over. A formula that fails shows `#VALUE!`, and `=ALM_WHY(cell)` says why.
"""


def markdown(formulas: Mapping[str, Function] = FORMULAS) -> str:
    """Return ``docs/functions.md``."""
    parts = [_TITLE]
    group = ""
    for function in formulas.values():
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


def main(arguments: list[str]) -> int:
    """Write ``docs/functions.md``, or with ``--check`` say whether it is what it would be."""
    text = markdown()
    if "--check" in arguments:
        same = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text
        state = "up to date" if same else "out of date: run python -m udfs.reference"
        print(f"{DOCUMENT.name} is {state}")  # noqa: T201
        return 0 if same else 1
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(FORMULAS)} formulas written to {DOCUMENT.name}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
