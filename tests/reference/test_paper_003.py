"""The business plan of a bank of Book III (paper 003, corrected), through the workbook: Tables VI and VII."""

import re

import numpy as np
import pytest

from tests.reference.workbook_route import ROOT, Solved, half_last_digit, reference, solve_copy
from xlalm.app.run.book import open_book
from xlalm.measures.expression import Affine
from xlalm.model.build import build_model

OBJECTIVE = 1.803809225
PRINTED_OBJECTIVE = "1.803809"  # Table VII, row 1


@pytest.fixture(scope="module", params=["180", "830"])
def plan(request, tmp_path_factory) -> Solved:
    name = f"examples/business_plan/business_plan_{request.param}.xlsx"
    return solve_copy(name, tmp_path_factory.mktemp(request.param))


def by_row(solved: Solved, column: str) -> dict[str, float]:
    """Return a column of LimitReport by LINGO row number."""
    values = solved.by("LimitReport", "limit", column)
    return {re.match(r"Row (\d+):", name)[1]: value for name, value in values.items()}  # type: ignore[index]


def test_objective(plan):
    """Table VII, row 1: 1.803809; exact arithmetic on the corrected model: 72152369/40000000."""
    status = plan.table("PlanStatus")[0]
    assert status["status"] == "Optimal"
    assert status["plan"] == pytest.approx(OBJECTIVE, abs=1e-8)
    assert status["plan"] == pytest.approx(float(PRINTED_OBJECTIVE), abs=half_last_digit(PRINTED_OBJECTIVE))


def test_variables(plan):
    """Table VI: 13 basic variables; all others are 0."""
    optimal = plan.by("Allocation", "position", "optimal")
    rows = reference("paper_003_variables.csv")
    assert len(rows) == 13
    for row in rows:
        value = optimal.pop(row["variable"])
        assert value == pytest.approx(float(row["printed_value"]), abs=half_last_digit(row["printed_value"]))
        assert value == pytest.approx(float(row["value"]), abs=1e-8)
    assert len(optimal) in {167, 817}
    assert max(optimal.values()) <= 1e-8


def test_slacks(plan):
    """Table VII, column Slack or Surplus, rows 2 to 19."""
    headroom = by_row(plan, "headroom")
    rows = reference("paper_003_rows.csv")
    assert set(headroom) == {row["row"] for row in rows}
    for row in rows:
        assert abs(headroom[row["row"]]) == pytest.approx(
            float(row["printed_slack"]), abs=half_last_digit(row["printed_slack"])
        )
        assert headroom[row["row"]] == pytest.approx(float(row["slack"]), abs=1e-8)


def test_dual_prices(plan):
    """Table VII, column Dual Price, rows 2 to 19; LINGO's sign is ours for a maximum."""
    price = by_row(plan, "shadow_price")
    rows = reference("paper_003_rows.csv")
    assert set(price) == {row["row"] for row in rows}
    for row in rows:
        assert price[row["row"]] == pytest.approx(float(row["printed_dual"]), abs=half_last_digit(row["printed_dual"]))
        assert price[row["row"]] == pytest.approx(float(row["dual"]), abs=1e-8)


def test_reduced_costs(plan):
    """Table VI: 0 for the basic variables; every other variable would lose by being bought."""
    reduced = plan.by("Allocation", "position", "reduced_cost")
    basic = {row["variable"] for row in reference("paper_003_variables.csv")}
    assert max(abs(reduced.pop(name)) for name in basic) <= 1e-9
    assert max(reduced.values()) <= -0.0019


def test_formulas_are_the_papers_coefficients():
    """Every constraint of the workbook, written as a formula, has the coefficients of the paper's index sets."""
    model, findings = build_model(open_book(ROOT / "workbooks/examples/business_plan/business_plan_180.xlsx").tables)
    assert not findings
    assert model is not None
    names = model.sheet.names
    wanted = {limit.name: np.zeros(len(names)) for limit in model.limits}
    label = {re.match(r"Row (\d+):", name)[1]: name for name in wanted}  # type: ignore[index]
    for row in reference("paper_003_coefficients.csv"):
        wanted[label[row["row"]]][names.index(row["variable"])] = float(row["coefficient"])
    for limit in model.limits:
        assert isinstance(limit.left, Affine)
        assert limit.left.stock is not None
        np.testing.assert_allclose(limit.left.stock, wanted[limit.name], atol=1e-15, err_msg=limit.name)


def test_synthetic_variables_are_labelled():
    """The paper implies 13 rates; the 167 others of its index sets, and 650 siblings, are marked as synthetic."""
    for size in (180, 830):
        table = open_book(ROOT / f"workbooks/examples/business_plan/business_plan_{size}.xlsx").tables["Positions"]
        origin = list(table.columns["origin"])
        assert (origin.count("implied by paper"), origin.count("synthetic")) == (13, size - 13)
