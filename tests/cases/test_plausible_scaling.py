"""All amounts of a book times 1,000: the plan is 1,000 times as large, and no finding comes or goes."""

import re
from typing import Any

import numpy as np
import pytest

from tests.cases.test_plausible_generated import Book, bank, column
from tests.seeds import more
from tests.strategies import read
from xlalm.app.verbs import solve as verbs

SCALE = 1000.0
AMOUNTS = ("balance", "min", "max", "lot", "min_if_used")
AMOUNT_LIMITS = (1, 2)
AMOUNT_SETTINGS = ("rwa_operational", "rwa_market")


def spoiled(seed: int) -> Book:
    """Return a random bank, most of them with something to be found, some with lots and thresholds."""
    book, rng = bank(seed)
    balance, n = column(book, "balance"), len(column(book, "balance"))
    assets = sum(b for b, s in zip(balance, column(book, "side"), strict=True) if s == "asset")
    book["Settings"] = {
        "setting": ["currency", "amount_unit", *AMOUNT_SETTINGS],
        "value": ["EUR", "", round(0.05 * assets, 2), round(0.01 * assets, 2)],
    }
    book["Positions"] |= {"lot": [None] * n, "min_if_used": [None] * n}
    row = int(rng.integers(0, 3))
    match seed % 6:
        case 0:
            column(book, "max")[row] = round(0.9 * balance[row], 2)
            column(book, "min")[row] = 0.0
        case 1:
            balance[row] = float(balance[row] + 0.0005 * assets)
            column(book, "max")[row] = 2 * balance[row]
        case 2:
            column(book, "rate")[row] = 4.5
        case 3:
            column(book, "lot")[row] = round(balance[row] / 20, 2)
        case 4:
            column(book, "min_if_used")[row] = round(1.1 * balance[row], 2)
            column(book, "max")[row] = 2 * balance[row]
        case _:
            book["Limits"]["right"][1] = 1e4 * assets
    return book


def scaled(book: Book) -> Book:
    """Return the book with all its amounts in a unit a thousand times smaller."""

    def larger(cells: list[Any]) -> list[Any]:
        return [None if cell is None else SCALE * cell for cell in cells]

    settings = zip(book["Settings"]["setting"], book["Settings"]["value"], strict=True)
    bounds = enumerate(book["Limits"]["right"])
    return book | {
        "Positions": {key: larger(cells) if key in AMOUNTS else cells for key, cells in book["Positions"].items()},
        "Limits": book["Limits"] | {"right": [SCALE * b if k in AMOUNT_LIMITS else b for k, b in bounds]},
        "Settings": {
            "setting": book["Settings"]["setting"],
            "value": [SCALE * value if name in AMOUNT_SETTINGS else value for name, value in settings],
        },
    }


def said(book: Book) -> list[tuple[str, str, str]]:
    """Return the findings without their figures."""
    return [(f.severity, str(f.cell), re.sub(r"[\d.,e+]+", "#", f.text)) for f in read(book)[1]]


@pytest.mark.parametrize("seed", [*range(50), *more(50, 350)])
def test_scaling_all_amounts_changes_nothing_but_the_unit(seed: int) -> None:
    small = spoiled(seed)
    large = scaled(small)
    assert said(large) == said(small)
    first, second = verbs.solve(small), verbs.solve(large)
    assert second.status == first.status
    if first.objective is None:
        return
    assert second.objective == pytest.approx(SCALE * first.objective, rel=1e-7)
    if "lot" in first.solver or "threshold" in first.solver:
        return  # plans of whole numbers are not the only ones
    plans = [np.array(result.table("Allocation").column("optimal")) for result in (first, second)]
    np.testing.assert_allclose(plans[1], SCALE * plans[0], rtol=1e-6, atol=1e-6 * SCALE * float(plans[0].max()))
    lights = [result.table("LimitReport").column("binding") for result in (first, second)]
    assert lights[0] == lights[1]
