"""The reference of the formulas, generated from their docstrings."""

import pytest

from udfs import reference, xlalm_udfs

WANTED = {
    "ALM_PRICE ALM_DURATION ALM_CONVEXITY ALM_DGAP ALM_CGAP ALM_RWA ALM_CAPITAL_RATIO ALM_LEVERAGE ALM_HQLA ALM_LCR",
    "ALM_NSFR ALM_TURNOVER ALM_CONCENTRATION ALM_METRIC ALM_CHECK ALM_SOLVE ALM_SHADOW_PRICES ALM_REDUCED_COSTS",
    "ALM_BINDING ALM_LIMIT_VALUE ALM_EXPLAIN ALM_CONFLICTS ALM_WHATIF ALM_WHY ALM_VERSION",
}


def test_all_formulas_are_there():
    names = {function.name for function in reference.functions()}
    assert names >= {name for line in WANTED for name in line.split()}


@pytest.mark.parametrize("function", reference.functions(), ids=lambda function: function.name)
def test_help_is_complete_and_fits(function):
    assert function.summary.endswith(".")
    assert function.returns.endswith(".")
    assert function.example.startswith(f"={function.name}(")
    assert len(function.summary) <= reference.LONGEST_TEXT
    required = [not argument.optional for argument in function.arguments]
    assert required == sorted(required, reverse=True), "needed arguments come first"
    assert callable(getattr(xlalm_udfs, function.name))


def test_rows_of_the_functions_sheet():
    price = next(function for function in reference.functions() if function.name == "ALM_PRICE")
    group, usage, gives, arguments, example = price.row
    assert (group, usage) == ("Bonds", "ALM_PRICE(years, rate, yld, [redemption], [frequency])")
    assert gives.startswith(price.summary)
    assert len(arguments.splitlines()) == len(price.arguments)
    assert example.startswith("=ALM_PRICE(")


def test_the_document_is_up_to_date(capsys):
    assert reference.main(["--check"]) == 0, capsys.readouterr().out
