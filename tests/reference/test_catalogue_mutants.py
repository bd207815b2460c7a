"""The figures of ``data/catalogue.csv`` notice every small slip in a formula of the catalogue.

Every wrong version of every formula goes into the bank's book as a metric of its own and must miss its figure at the
opening or in a plan.
"""

import math
import re

import pytest

from tests.reference.catalogue_mutants import mutants, normal
from tests.reference.test_catalogue import BANK, FIGURES, PLANS, TEXTS, answer, catalogue, same

NO_LIABILITIES = {
    "total_assets",
    "interest_income",
    "hqla_level1",
    "hqla_level2a",
    "hqla_level2b",
    "loan_to_deposit_ratio",
    "al_ncd",
    "rim",
    "gwm",
}
"""Measures with a sum over assets and off-balance rows alone."""

pytestmark = pytest.mark.long


def test_every_slip_is_noticed():
    formulas = catalogue()
    columns = [column for column in BANK[0] if column not in TEXTS | {"opening", *PLANS}]
    texts = {column: sorted({row[column] for row in BANK if row[column]}) for column in TEXTS}
    tried: dict[str, tuple[str, str]] = {}
    for measure, formula in formulas.items():
        slips = list(mutants(formula, columns, [name for name in formulas if name != measure], texts))
        tried |= {f"{measure} {k}": (measure, text) for k, text in enumerate([normal(formula), *slips])}
    _, findings = answer("opening", {name: text for name, (_, text) in tried.items()})
    names = list(tried)
    faults = [re.match(r"Metrics!B(\d+): (division by zero|the column gives no number)", f) for f in findings]
    without_value = {names[int(fault[1]) - 2] for fault in faults if fault}

    figures = {(row["measure"], row["plan"]): float(row["figure"]) for row in FIGURES}
    unnoticed = {name: slip for name, slip in tried.items() if name not in without_value}
    for plan in ("opening", *PLANS):
        values, found = answer(plan, {name: text for name, (_, text) in unnoticed.items()})
        assert values, found
        unnoticed = {
            name: (measure, text)
            for name, (measure, text) in unnoticed.items()
            if same(values.get(name, math.nan), figures[measure, plan])
        }
    right = {f"{measure} 0" for measure in formulas}
    assert right <= set(unnoticed)
    assert [
        slip
        for name, slip in unnoticed.items()
        if name not in right and not (slip[0] in NO_LIABILITIES and unsigned(slip[1]) == unsigned(formulas[slip[0]]))
    ] == []
    assert len(tried) > 1500


def unsigned(formula: str) -> str:
    """Return a formula with ``sum`` for every ``net``: they are the same where no liability counts."""
    return normal(formula).replace("net(1, ", "total(").replace("net(", "sum(").replace("net_", "")
