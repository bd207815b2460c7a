"""Generators of bad workbooks by kind; each kind is labelled with the exit code that it must give.

>>> for case in everyday(folder): ...
>>> python -m tests.hostile.generate FOLDER [SEED]   # writes one book of each kind to look at
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.hostile import (
    kinds_bombs,
    kinds_cells,
    kinds_files,
    kinds_formulas,
    kinds_market,
    kinds_sheets,
    kinds_tables,
    kinds_verbs,
)
from tests.hostile.case import KINDS, Case

__all__ = [
    "KINDS",
    "Case",
    "generate",
    "kinds_bombs",
    "kinds_cells",
    "kinds_files",
    "kinds_formulas",
    "kinds_market",
    "kinds_sheets",
    "kinds_tables",
    "kinds_verbs",
]


def generate(kind: str, seed: int, folder: Path) -> Case:
    """Write one bad workbook; the same kind and seed always give the same one."""
    folder.mkdir(parents=True, exist_ok=True)
    return KINDS[kind].make(random.Random(f"{kind} {seed}"), folder)


def plan(books: int) -> Iterator[tuple[str, int]]:
    """Give (kind, seed) for so many books: all kinds in turn; those that take seconds once."""
    seed = 0
    while books > 0:
        for name, kind in KINDS.items():
            if books > 0 and (seed == 0 or not kind.heavy):
                yield name, seed
                books -= 1
        seed += 1


if __name__ == "__main__":
    root, number = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for at, name in enumerate(KINDS):
        generate(name, number, root / f"{at:03} {name.replace('/', ' ')}")
