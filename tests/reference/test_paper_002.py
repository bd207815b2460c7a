"""Capital under an RWA ceiling (paper 002), through the workbook: the printed run, the article's table."""

import pytest

from tests.reference.workbook_route import Solved, half_last_digit, reference, solve_copy

PRINTED_RUN = "examples/rwa_allocation/printed_run.xlsx"
TABLE_INSTANCE = "examples/rwa_allocation/table_instance.xlsx"


@pytest.fixture(scope="module")
def printed_run(tmp_path_factory) -> Solved:
    return solve_copy(PRINTED_RUN, tmp_path_factory.mktemp("printed"))


@pytest.fixture(scope="module")
def table_instance(tmp_path_factory) -> Solved:
    return solve_copy(TABLE_INSTANCE, tmp_path_factory.mktemp("table"))


def test_printed_totals(printed_run):
    """Article, "Execution Results": total return 11.1750, total RWA 102.50, CAR 97.56 %."""
    metrics = printed_run.by("MetricReport", "metric", "optimal")
    status = printed_run.table("PlanStatus")[0]
    assert status["status"] == "Optimal"
    assert status["plan"] == pytest.approx(11.175, abs=1e-9)
    assert metrics["rwa"] == pytest.approx(102.5, abs=1e-9)
    assert metrics["capital_adequacy"] == pytest.approx(100 / 102.5, abs=1e-9)
    assert metrics["capital_adequacy"] == pytest.approx(0.9756, abs=half_last_digit("0.9756"))
    assert metrics["return_on_rwa"] == pytest.approx(11.175 / 102.5, abs=1e-9)


def test_printed_allocation_and_reduced_costs(printed_run):
    """Article, "Execution Results": five lines to two decimals; reduced costs by exact arithmetic."""
    optimal = printed_run.by("Allocation", "position", "optimal")
    reduced = printed_run.by("Allocation", "position", "reduced_cost")
    rows = reference("paper_002_printed_run.csv")
    assert set(optimal) == {row["line"] for row in rows}
    for row in rows:
        assert optimal[row["line"]] == pytest.approx(float(row["printed_allocation"]), abs=1e-9)
        assert reduced[row["line"]] == pytest.approx(float(row["reduced_cost"]), abs=1e-9)


def test_printed_run_prices(printed_run):
    """One more unit of capital earns Retail's 8 %; neither the RWA ceiling nor the CAR binds."""
    prices = printed_run.by("LimitReport", "limit", "shadow_price")
    assert prices == pytest.approx({"Capital": 0.08, "RWA ceiling": 0.0, "Capital adequacy": 0.0}, abs=1e-9)


def test_table_instance(table_instance):
    """The article's table: the optimum is 55.20 and not the allocation the text narrates, which places 430 of 500."""
    opening = table_instance.by("Allocation", "position", "opening")
    optimal = table_instance.by("Allocation", "position", "optimal")
    assert sum(opening.values()) == pytest.approx(430)
    assert optimal == pytest.approx(
        {
            "Retail Banking": 150,
            "Corporate Lending": 120,
            "Trading": 175 / 3,
            "Mortgages": 215 / 3,
            "SME Lending": 100,
        },
        abs=1e-8,
    )
    assert table_instance.table("PlanStatus")[0]["plan"] == pytest.approx(55.2, abs=1e-9)


def test_table_instance_prices(table_instance):
    """The article reads "approximately 0.08" for the RWA ceiling off a chart: that is exact; capital is worth 0.02."""
    prices = table_instance.by("LimitReport", "limit", "shadow_price")
    assert prices == pytest.approx({"Capital": 0.02, "RWA ceiling": 0.08, "Capital adequacy": 0.0}, abs=1e-9)


@pytest.mark.parametrize(("ceiling", "status"), [("287.4", "infeasible"), ("287.5", "optimal"), ("250", "infeasible")])
def test_smallest_ceiling_with_a_plan(ceiling, status):
    """The article says that no plan exists below 250; the bounds already need 287.5."""
    from workbooks.source.books.paper_002 import table_instance
    from xlalm.app.verbs.solve import solve

    paper = table_instance()
    limits = [row | ({"right": ceiling} if row["limit"] == "RWA ceiling" else {}) for row in paper.limits]
    tables = {"Positions": paper.positions, "Limits": limits, "Goals": paper.goals, "Metrics": paper.metrics}
    columns = {name: {key: [row[key] for row in rows] for key in rows[0]} for name, rows in tables.items()}
    assert solve(columns).status == status
