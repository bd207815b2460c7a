"""The reference of the formulas, generated from their declarations."""

import pytest

from udfs import reference, xlalm_udfs
from xlalm.app.formulas import FORMULAS
from xlalm.app.formulas.declared import LONGEST_TEXT

# As users know them from Excel's dialogue and from docs/functions.md; a new one is added where its subject stands.
ORDER = """
    ALM_PRICE ALM_DURATION ALM_CONVEXITY
    ALM_DGAP ALM_CGAP ALM_RWA ALM_CAPITAL_RATIO ALM_LEVERAGE ALM_HQLA ALM_LCR ALM_NSFR
    ALM_TURNOVER ALM_CONCENTRATION ALM_METRIC
    ALM_CHECK ALM_SOLVE ALM_SHADOW_PRICES ALM_REDUCED_COSTS ALM_BINDING ALM_LIMIT_VALUE ALM_EXPLAIN ALM_CONFLICTS
    ALM_WHATIF ALM_FRONTIER
    ALM_VAR ALM_MEMBERSHIP
    ALM_WHY ALM_VERSION
    """.split()


def test_all_formulas_are_there_in_their_order():
    assert [name for name in FORMULAS if name in ORDER] == ORDER


def test_each_group_stands_together():
    groups = [function.group for function in FORMULAS.values()]
    assert sorted(groups, key=groups.index) == groups


@pytest.mark.parametrize("function", FORMULAS.values(), ids=lambda function: function.name)
def test_help_is_complete_and_fits(function):
    assert function.summary.endswith(".")
    assert function.returns.endswith(".")
    assert function.example.startswith(f"={function.name}(")
    assert len(function.summary) <= LONGEST_TEXT
    required = [not argument.optional for argument in function.arguments]
    assert required == sorted(required, reverse=True), "needed arguments come first"
    for argument in function.arguments:
        assert argument.description.endswith(".")
        assert "{" not in argument.description
        assert argument.description in getattr(xlalm_udfs, function.name).__doc__


def test_rows_of_the_functions_sheet():
    price = FORMULAS["ALM_PRICE"]
    group, usage, gives, arguments, example = price.row
    assert (group, usage) == ("Bonds", "ALM_PRICE(years, rate, yld, [redemption], [frequency])")
    assert gives.startswith(price.summary)
    assert len(arguments.splitlines()) == len(price.arguments)
    assert example.startswith("=ALM_PRICE(")


def test_the_document_is_up_to_date(capsys):
    assert reference.main(["--check"]) == 0, capsys.readouterr().out
