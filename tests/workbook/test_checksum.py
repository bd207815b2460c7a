"""The checksum of the inputs in Python; tests/calc has a spreadsheet compute the same."""

import random

import attrs
import pytest

from xlalm.domain.table import Table, table_from_columns
from xlalm.workbook.checksum import Figure, figures, state_formula

LONGEST = 8_192
"""Characters of a formula, Excel's own limit."""


def book(seed: int, rows: int = 12, width: int = 60) -> dict[str, Table]:
    """Return a table of texts, numbers of all sizes, flags and blanks."""
    rng = random.Random(seed)
    kinds = [rng.choice(("text", "number", "small", "flag", "mixed")) for _ in range(width)]

    def value(kind: str) -> object:
        if rng.random() < 0.2:
            return None
        kind = rng.choice(("text", "number", "small")) if kind == "mixed" else kind
        return {
            "text": "".join(rng.choices("abc éß日=&<>", k=rng.randint(1, 40))),
            "number": round(rng.uniform(-1e9, 1e9), 2),
            "small": round(rng.uniform(-0.05, 0.05), 4),
            "flag": rng.random() < 0.5,
        }[kind]

    columns = {f"c{at}": [value(kind) for _ in range(rows)] for at, kind in enumerate(kinds)}
    return {"Positions": table_from_columns("Positions", columns)}


def with_cell(tables: dict[str, Table], key: str, row: int, value: object) -> dict[str, Table]:
    table = tables["Positions"]
    column = list(table.columns[key])
    column[row] = value
    return {"Positions": attrs.evolve(table, columns={**table.columns, key: column})}


def differ(old: list[Figure], new: list[Figure]) -> bool:
    """Whether a workbook whose formulas are the old ones, with their scales, would show another value."""
    pairs = zip(old, new, strict=True)
    return any(
        abs(float(was.numbers.value or 0) - float(now.numbers.value or 0)) > 2e-9 or was.texts.value != now.texts.value
        for was, now in pairs
    )


@pytest.mark.parametrize("seed", range(10))
def test_any_changed_cell_is_noticed(seed: int) -> None:
    tables, rng = book(seed), random.Random(seed)
    at_run = figures(tables)
    for key, column in tables["Positions"].columns.items():
        row = rng.randrange(len(column))
        old = column[row]
        if isinstance(old, bool):
            new: object = not old
        elif isinstance(old, float):
            new = old * (1 + 1e-4) if old else 1.0
        elif isinstance(old, str):
            at = rng.randrange(len(old))
            new = old[:at] + ("z" if old[at] != "z" else "y") + old[at + 1 :]
        else:
            new = rng.choice((0.0, "x", True))
        assert differ(at_run, figures(with_cell(tables, key, row, new))), (key, row, old, new)
    assert not differ(at_run, figures(tables))


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (3, 24), (2, 25), (2, 400), (5000, 30)])
def test_no_formula_is_longer_than_excel_takes(rows: int, width: int) -> None:
    found = figures(book(1, rows, width))
    formulas = [formula for figure in found for formula in (figure.numbers, figure.texts)]
    assert max(len(formula.text) for formula in [*formulas, state_formula("xlalm_InputState", found)]) < LONGEST
    assert all(abs(float(formula.value or 0)) < 1e15 for formula in formulas)  # whole numbers stay exact


@pytest.mark.parametrize("power", range(-12, 15))
def test_a_number_counts_whatever_stands_beside_it(power: int) -> None:
    """A ratio among amounts in whole euro; and ten times or a thousand times a number is another."""
    number = 1.07 * 10.0**power

    def of(value: float) -> list[Figure]:
        columns = {"limit": ["LCR", "Book"], "early_warning": [value, 4e11]}
        return figures({"Limits": table_from_columns("Limits", columns)})

    for changed in (1.00001 * number, 10 * number, 1000 * number, -number, number / 1000):
        assert differ(of(number), of(changed))


def test_blank_rows_and_formatting_blanks_count_as_nothing() -> None:
    sparse = attrs.evolve(table_from_columns("FX", {"currency": ["USD"], "note": [None]}), rows=[2])
    spaced = attrs.evolve(table_from_columns("FX", {"currency": ["USD"], "note": ["  "]}), rows=[2])
    assert not differ(figures({"FX": sparse}), figures({"FX": spaced}))
