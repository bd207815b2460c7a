"""A formula is one function in one file: wrappers, help, documents and the adapter know of it by themselves."""

import importlib.util
import inspect
from collections.abc import Callable
from typing import Annotated

import attrs
import pytest

from tests.udfs.another_formula import DECLARED
from tests.udfs.excel import MISSING, Excel, cells
from udfs import build_addin, reference, xlalm_udfs
from udfs.wrappers import help_rows, wrapper_module
from xlalm.app.formulas import FORMULAS
from xlalm.app.formulas.declared import Several, formula
from xlalm.app.formulas.selection import Selection

BANK = [["position", "side", "balance"], ["Loans", "asset", 90.0], ["Cash", "asset", 10.0], ["Debt", "liability", 70.0]]


@pytest.fixture
def declared(monkeypatch) -> str:
    """Declare a formula more for one test and return its name."""
    monkeypatch.setitem(FORMULAS, DECLARED.name, DECLARED)
    return DECLARED.name


def test_a_new_formula_is_in_the_wrappers_and_their_help(declared):
    names = ("factor", "positions", "divisor")
    assert f"Public Function {declared}(factor As Variant, positions As Variant, Optional divisor As Variant)" in (
        wrapper_module(FORMULAS.values())
    )
    row = next(row for row in help_rows(FORMULAS.values()) if row[0] == declared)
    assert row[1:3] == ["Total assets times a factor.", "Any number."]
    assert [argument.name for argument in FORMULAS[declared].arguments] == list(names)
    assert any(declared in module.source for module in build_addin.modules())


def test_a_new_formula_is_in_the_document(declared):
    text = reference.markdown()
    assert f"### `{declared}(factor, positions, [divisor])`" in text
    assert "| `positions` | needed | Positions table with its header row" in text


def test_a_new_formula_is_a_function_of_the_adapter(declared):
    """The file that xlwings imports, read anew."""
    found = importlib.util.spec_from_file_location("xlalm_udfs_anew", xlalm_udfs.__file__)
    adapter = importlib.util.module_from_spec(found)
    found.loader.exec_module(adapter)
    function = getattr(adapter, declared)
    assert list(inspect.signature(function).parameters) == ["factor", "positions", "divisor", "caller"]
    assert function(3.0, BANK) == 150.0
    assert function("3", BANK, 3.0) == 100.0
    assert function("three", BANK).startswith('#XLALM! factor "three" is not a number')


def test_a_new_formula_is_called_by_excel():
    """3 times assets of 100 over 2, over a part of a balance sheet that does not balance."""
    excel = Excel()
    try:
        bank = cells(BANK, sheet="Positions")
        for given in ((3.0, bank), (3.0, bank, MISSING), (3.0, bank, cells([[None]]))):
            assert excel.ask(DECLARED.name, *given, module="tests.udfs.another_formula")["value"] == 150.0
    finally:
        excel.close()


def test_the_adapter_names_no_formula():
    assert "ALM_" not in inspect.getsource(xlalm_udfs).replace("``=ALM_…()``", "")


# --- what a declaration has to say ------------------------------------------------------------------------------------


def described(text: str = "", **sections: str) -> str:
    whole = {"Parameters": text, "Returns": "A number.", "Examples": "=ALM_X(1)"} | sections
    return "What it gives.\n\n" + "\n".join(f"{t}\n{'-' * len(t)}\n{lines}" for t, lines in whole.items() if lines)


def declare(function: Callable[..., object], docstring: str, monkeypatch) -> None:
    monkeypatch.setattr("xlalm.app.formulas.declared.FORMULAS", {})
    function.__doc__ = docstring
    formula("Help")(function)


def of_one(a: float) -> float:
    return a


def of_shared(a: Annotated[float, "Shared text."]) -> float:
    return a


@pytest.mark.parametrize(
    ("function", "docstring", "message"),
    [
        (of_one, described(), "of_one: its docstring does not describe a"),
        (of_one, described("a\n    A.\nb\n    B."), "of_one: its docstring describes b, which it does not take"),
        (of_shared, described("a\n    A."), "of_shared: its docstring describes a, .*which has a text"),
        (of_one, described("a\n    A.", Returns=""), "of_one: Excel shows 1 to 255 characters, not 0"),
        (of_one, described("a\n    A.", Examples=""), "of_one: Excel shows 1 to 255 characters, not 0"),
        (of_one, described(f"a\n    {'x' * 256}"), "of_one: Excel shows 1 to 255 characters, not 256: xxx"),
    ],
)
def test_a_declaration_without_its_texts_is_refused(monkeypatch, function, docstring, message):
    with pytest.raises(ValueError, match=message):
        declare(function, docstring, monkeypatch)


@attrs.frozen
class Pair(Several):
    first: Annotated[float, "The first."]
    second: Annotated[float, "The second; {default} if left out."] = 5.0


OfNames = Annotated[str, "Name of {words}."]
OfBanks = Annotated[OfNames, "a bank"]


def test_texts_are_put_together_and_several_arguments_spread(monkeypatch):
    def of_several(name: OfNames, pair: Pair, bank: OfBanks = "ours") -> str:
        return f"{name}: {pair.first:g} and {pair.second:g} of {bank}"

    monkeypatch.setattr("xlalm.app.formulas.declared.FORMULAS", held := {})
    of_several.__doc__ = described("name\n    a town")
    formula("Help")(of_several)
    (found,) = held.values()
    assert [(a.name, a.optional, a.description) for a in found.arguments] == [
        ("name", False, "Name of a town."),
        ("first", False, "The first."),
        ("second", True, "The second; 5.0 if left out."),
        ("bank", True, "Name of a bank."),
    ]
    assert found.answer({"name": "Ulm", "first": "1", "second": None}, lambda: None) == "Ulm: 1 and 5 of ours"
    assert found.answer({"name": "Ulm", "first": 1, "second": 2, "bank": [["b"]]}, lambda: None) == "Ulm: 1 and 2 of b"
    assert "first\n    The first.\nsecond : optional\n" in of_several.__doc__


def test_cells_are_let_go_after_the_answer():
    selection = Selection("cell", lambda: [[1.0]])
    FORMULAS["ALM_WHY"].answer({"cell": selection}, lambda: None)
    assert selection.raw is None
