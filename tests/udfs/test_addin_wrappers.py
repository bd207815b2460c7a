"""What VBA can express of a Python function, and how a function that it cannot is refused."""

from __future__ import annotations

import attrs
import pytest

from udfs.wrappers import MAX_ARGUMENTS, RESERVED, check, help_rows, wrapper_module
from udfs.xlalm_udfs import excel_functions
from xlalm.app.formulas import FORMULAS, Argument
from xlalm.app.formulas.declared import LONGEST_TEXT


def function(name: str, arguments: str):
    """Make a Python function from its name and arguments as they are written."""
    scope: dict[str, object] = {}
    exec(f"def {name}({arguments}): pass", scope)
    return scope[name]


def numbered(count: int) -> str:
    return ", ".join(f"a{number}" for number in range(count))


@pytest.mark.parametrize("each", excel_functions(FORMULAS).values(), ids=lambda each: each.__name__)
def test_every_formula_is_accepted(each):
    check(each)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ALM_MANY", numbered(61), "ALM_MANY takes 61 arguments; a VBA function takes at most 60"),
        ("ALM_X", "a, *, b", "make b an ordinary argument"),
        ("ALM_X", "*a", "make *a an ordinary argument"),
        ("ALM_X", "**a", "make **a an ordinary argument"),
        ("ALM_X", "currency", "'currency' is reserved in VBA"),
        ("ALM_X", "Date", "'Date' is reserved in VBA"),
        ("ALM_X", "_a", "'_a' is not a VBA name"),
        ("ALM_X", "é", "'é' is not a VBA name"),
        ("ALM_X", "a, A", "the name 'A' is taken"),
        ("ALM_X", "alm_x", "the name 'alm_x' is taken"),
        ("Loop", "a", "'Loop' is reserved in VBA"),
        ("ALM1", "a", "ALM1 is also the name of a cell"),
        ("xfd1048576", "a", "xfd1048576 is also the name of a cell"),
        ("R1C1", "a", "R1C1 is also the name of a cell"),
        ("rc", "a", "rc is also the name of a cell"),
        ("_ALM", "a", "'_ALM' is not a VBA name"),
    ],
)
def test_what_vba_cannot_express_is_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message.replace("*", r"\*")):
        check(function(name, arguments))


@pytest.mark.parametrize("name", sorted(name for name in RESERVED if name.isidentifier()))
def test_no_reserved_name_passes(name):
    """In capitals, because some are Python's own words too."""
    with pytest.raises(ValueError, match="reserved"):
        check(function("ALM_X", name.upper()))


def test_sixty_arguments_and_the_caller_pass():
    """xlwings replaces the caller itself: it is not an argument of the VBA function."""
    check(function("ALM_X", f"{numbered(MAX_ARGUMENTS)}, caller"))


def some_function(**changes):
    return attrs.evolve(FORMULAS["ALM_PRICE"], **changes)


def test_a_wrapper_passes_its_arguments_in_order():
    arguments = (Argument("rates", optional=False, description="a"), Argument("base", optional=True, description="b"))
    text = wrapper_module([some_function(name="ALM_X", arguments=arguments)])
    assert text.split("\n\n")[-1] == (
        "Public Function ALM_X(rates As Variant, Optional base As Variant) As Variant\n"
        '    ALM_X = XlalmCore.CallFormula("ALM_X", Array(rates, base, Nothing))\n'
        "End Function\n"
    )


def test_why_looks_first_for_what_only_vba_knows():
    assert "ALM_WHY = XlalmCore.ReasonOf(cell, Array(cell, Nothing))" in wrapper_module([FORMULAS["ALM_WHY"]])


def test_lines_of_a_long_wrapper_stay_within_what_vba_reads():
    arguments = tuple(Argument(f"an_argument_with_a_long_name_{i}", True, "x") for i in range(MAX_ARGUMENTS))
    text = wrapper_module([some_function(name="ALM_X", arguments=arguments)])
    assert max(map(len, text.splitlines())) <= 1023
    statements = text.replace(" _\n", "\0").splitlines()
    assert max(statement.count("\0") for statement in statements) <= 24
    assert all(f"Optional {argument.name} As Variant" in text for argument in arguments)  # none broken in two


@pytest.mark.parametrize("text", ["", "x" * (LONGEST_TEXT + 1)])
def test_help_that_excel_would_not_show_is_refused(text):
    with pytest.raises(ValueError, match="ALM_X: Excel shows 1 to 255 characters"):
        help_rows([some_function(name="ALM_X", summary=text)])
    argument = Argument("a", optional=False, description=text)
    with pytest.raises(ValueError, match="ALM_X"):
        help_rows([some_function(name="ALM_X", arguments=(argument,))])
