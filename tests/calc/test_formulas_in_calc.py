"""``=ALM_…()`` as cell formulas in LibreOffice: values of the Python API, real errors, filled arrays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xlalm
from tests.calc.formulas_in_calc import ERROR_VALUE, Calc, started
from tests.udfs.books import NAMES, TEMPLATE, template_rows, with_cell
from udfs import xlalm_udfs
from xlalm.app.formulas import FORMULAS

pytestmark = [pytest.mark.calc, pytest.mark.needs("libreoffice-script-provider-python")]

ROWS = template_rows()
BUFFER = "LCR, management buffer"
COVARIANCE = [[1e-4, 2e-5, 0.0], [2e-5, 2e-4, 1e-5], [0.0, 1e-5, 3e-4]]
LIQUID, LEVELS, HAIRCUTS = [[60.0], [20.0], [50.0]], [["1"], ["2A"], ["2B"]], [[0.0], [0.15], [0.5]]


@pytest.fixture(scope="module")
def calc() -> Iterator[Calc]:
    opened = started()
    for name in NAMES:
        opened.fill(name, ROWS[name])
    opened.fill("Risk", COVARIANCE)
    opened.fill("Plain", [[*a, *b, *c] for a, b, c in zip(LIQUID, LEVELS, HAIRCUTS, strict=True)])
    yield opened
    opened.close()


def reference(name: str) -> str:
    rows = ROWS[name]
    return f"$'{name}'.$A$1:{_column(len(rows[0]))}{len(rows)}"


def _column(number: int) -> str:
    from xlalm.domain.cells import column_letters

    return column_letters(number)


BOOK = ";".join(reference(name) for name in NAMES)
POSITIONS = reference("Positions")

SCALARS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "ALM_VERSION": ("", ()),
    "ALM_PRICE": ("9.75;0.0575;0.065;100;2", (9.75, 0.0575, 0.065, 100.0, 2.0)),
    "ALM_DURATION": ('8;0.08;0.09;2;"modified"', (8.0, 0.08, 0.09, 2.0, "modified")),
    "ALM_CONVEXITY": ("8;0.08;0.09", (8.0, 0.08, 0.09)),
    "ALM_DGAP": (POSITIONS, (ROWS["Positions"],)),
    "ALM_CGAP": (POSITIONS, (ROWS["Positions"],)),
    "ALM_RWA": ("$Plain.A1:A3;$Plain.C1:C3;7", (LIQUID, HAIRCUTS, 7.0)),
    "ALM_CAPITAL_RATIO": (f'{POSITIONS};"Tier1"', (ROWS["Positions"], "Tier1")),
    "ALM_LEVERAGE": (POSITIONS, (ROWS["Positions"],)),
    "ALM_HQLA": ("$Plain.A1:A3;$Plain.B1:B3;$Plain.C1:C3", (LIQUID, LEVELS, HAIRCUTS)),
    "ALM_LCR": (POSITIONS, (ROWS["Positions"],)),
    "ALM_NSFR": (POSITIONS, (ROWS["Positions"],)),
    "ALM_TURNOVER": ("$Plain.A1:A3;$Plain.C1:C3", (LIQUID, HAIRCUTS)),
    "ALM_CONCENTRATION": (POSITIONS, (ROWS["Positions"],)),
    "ALM_METRIC": (
        f'"sum(rate, side = ""asset"") / total_assets";{POSITIONS}',
        ('sum(rate, side = "asset") / total_assets', ROWS["Positions"]),
    ),
    "ALM_VAR": ("$Plain.A1:A3;$Risk.A1:C3;0.95;5", (LIQUID, COVARIANCE, 0.95, 5.0)),
    "ALM_MEMBERSHIP": ("7;5;10", (7.0, 5.0, 10.0)),
    "ALM_LIMIT_VALUE": (f'"{BUFFER}";{BOOK};"shadow_price"', (BUFFER, *(ROWS[n] for n in NAMES), "shadow_price")),
}
ARRAYS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "ALM_CHECK": (BOOK, ()),
    "ALM_SOLVE": (BOOK, ()),
    "ALM_SHADOW_PRICES": (BOOK, ()),
    "ALM_REDUCED_COSTS": (BOOK, ()),
    "ALM_BINDING": (BOOK, ()),
    "ALM_EXPLAIN": (BOOK, ()),
    "ALM_CONFLICTS": (BOOK, ()),
    "ALM_FRONTIER": (f'"{BUFFER}";{BOOK}', (BUFFER,)),
    "ALM_WHATIF": (f'"Limits!{BUFFER}=131%";{BOOK}', (f"Limits!{BUFFER}=131%",)),
}


def test_every_formula_is_tried():
    """ALM_WHY asks for the address of a cell, and Calc hands Basic values only; it is tested through CallUDF alone."""
    assert {*SCALARS, *ARRAYS, "ALM_WHY"} == set(FORMULAS)


@pytest.mark.parametrize("function", SCALARS)
def test_a_number_in_a_cell_is_that_of_python(calc: Calc, function: str) -> None:
    arguments, values = SCALARS[function]
    cell = calc.show(f"={function}({arguments})")
    wanted = getattr(xlalm_udfs, function)(*values)
    assert not cell.getError()
    if isinstance(wanted, str):
        assert cell.String == wanted
    else:
        assert cell.Value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("function", ARRAYS)
def test_an_array_fills_its_cells(calc: Calc, function: str) -> None:
    arguments, first = ARRAYS[function]
    wanted = getattr(xlalm_udfs, function)(*first, *(ROWS[name] for name in NAMES))
    area = f"C3:{_column(2 + len(wanted[0]))}{2 + len(wanted)}"
    shown = calc.spill(f"={function}({arguments})", area)
    for row, line in zip(shown, wanted, strict=True):
        for value, expected in zip(row, line, strict=True):
            if isinstance(expected, float):
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
            elif function != "ALM_CHECK":  # its findings name cells, whose addresses Calc does not hand over either
                assert value == ("" if expected is None else expected)


def test_the_allocation_is_that_of_a_solve(calc: Calc, tmp_path: Path) -> None:
    plan = xlalm.solve(shutil.copy(TEMPLATE, tmp_path))["Allocation"]
    shown = calc.spill(f'=ALM_SOLVE({BOOK};"optimal";FALSE())', f"C3:C{2 + len(plan)}")
    assert [row[0] for row in shown] == pytest.approx(list(plan["optimal"]), rel=1e-9)


@pytest.mark.parametrize("function", [name for name in (*SCALARS, *ARRAYS) if name != "ALM_VERSION"])
def test_a_failure_is_an_error_and_satisfies_no_comparison(calc: Calc, function: str) -> None:
    wrong = f"={function}($'Goals'.$A$1:$B$2;$'Goals'.$A$1:$B$2;$'Goals'.$A$1:$B$2)"
    cell = calc.show(wrong)
    assert cell.getError() == ERROR_VALUE, cell.String
    for comparison in (">=1", "<1", "=1", "<>1", '>="a"'):
        judged = calc.show(f'=IF({wrong[1:]}{comparison};"ok";"bad")')
        assert judged.getError() == ERROR_VALUE, comparison
        assert judged.String not in {"ok", "bad"}


def test_a_failed_array_is_errors_in_all_its_cells(calc: Calc) -> None:
    calc.spill("=ALM_SOLVE($'Goals'.A1:B2;$'Goals'.A1:B2;$'Goals'.A1:B2)", "C3:E6")
    for cell in ("C3", "E6"):
        place = calc.sheet("Formulas").getCellRangeByName(cell)
        assert (place.String, place.getError()) == ("#VALUE!", ERROR_VALUE)


def test_an_error_cell_among_the_inputs_is_an_error(calc: Calc) -> None:
    """A broken input never counts as zero."""
    calc.fill("Broken", with_cell(ROWS["Positions"], 3, "balance", None))
    where = reference("Positions").replace("Positions", "Broken")
    calc.sheet("Broken").getCellRangeByName("C4").Formula = "=1/0"
    assert calc.show(f"=ALM_LCR({where})").getError()
    calc.sheet("Broken").getCellRangeByName("C4").Formula = ""
    assert calc.show(f"=ALM_LCR({where})").getError() == ERROR_VALUE  # a blank balance is a finding
    calc.sheet("Broken").getCellRangeByName("C4").Value = 500.0
    assert not calc.show(f"=ALM_LCR({where})").getError()


def test_formulas_follow_their_cells(calc: Calc) -> None:
    cell = calc.show("=ALM_RWA($Plain.A1:A3;$Plain.C1:C3)")
    before = cell.Value
    calc.sheet("Plain").getCellRangeByName("C3").Value = 1.0
    assert cell.Value == pytest.approx(before + 25.0)
    calc.sheet("Plain").getCellRangeByName("C3").Value = 0.5
