"""The way a user goes: copy a shipped workbook, solve it into a new file, read the result tables back from there."""

import csv
import io
from pathlib import Path

import attrs
import python_calamine

from xlalm.app.verbs.solve import solve
from xlalm.domain.result import Result

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"


@attrs.frozen
class Solved:
    """A solved workbook: the result in memory, and the tables as they stand in the written file."""

    result: Result
    path: Path

    def table(self, name: str) -> list[dict[str, object]]:
        """Return a table of the written file, row by row, by its headers in lower case with underscores."""
        book = python_calamine.CalamineWorkbook.from_path(str(self.path), load_tables=True)
        table = book.get_table_by_name(name)
        keys = [header.lower().replace(" ", "_") for header in table.columns]
        return [dict(zip(keys, row, strict=True)) for row in table.to_python()]

    def by(self, name: str, key: str, value: str) -> dict[str, float]:
        """Return one column of a table by the texts of another."""
        return {str(row[key]): float(row[value]) for row in self.table(name) if row[value] != ""}  # type: ignore[arg-type]


def solve_copy(example: str, folder: Path) -> Solved:
    """Copy a workbook of ``workbooks/`` and solve the copy into a new file."""
    source = ROOT / "workbooks" / example
    copy, out = folder / source.name, folder / f"solved_{source.name}"
    copy.write_bytes(source.read_bytes())
    before = copy.read_bytes()
    result = solve(copy, out=out)
    assert copy.read_bytes() == before
    return Solved(result, out)


def reference(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of ``data/``, whose first line says where the numbers come from."""
    text = (DATA / name).read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first.startswith("# source"), name
    return list(csv.DictReader(io.StringIO(rest)))


def half_last_digit(printed: str) -> float:
    """Return half a unit of the last digit printed: the most by which rounding can move a figure."""
    decimals = len(printed.partition(".")[2])
    return 0.5 * 10**-decimals * (1 + 1e-6)
