"""The answer where there is no plan."""

import pytest

from tests.figures.bank import bank, limit
from tests.strategies import Book
from xlalm.app.run.book import open_book
from xlalm.domain.watch import Watch, unwatched
from xlalm.model.build import build_model
from xlalm.program.problem import problem_of
from xlalm.reporting.failure import failed_result
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import NoPlan

LOANS, BONDS = 'position("Loans")', 'position("Bonds")'


@pytest.mark.parametrize(
    "tables",
    [
        bank(limit(LOANS, "<=", 120.0)),
        bank(limit(LOANS, "<=", 120.0), lot={"Loans": 7.0}),
        bank(limit(LOANS, "<=", 120.0), goal=(f"{LOANS} - {LOANS} * {LOANS} / 300", "max")),
        bank(limit(f"{LOANS} * {BONDS}", "<=", 120.0)),
    ],
    ids=["linear", "integer", "quadratic", "nonlinear"],
)
def test_no_time_for_a_plan_is_neither_a_fault_nor_a_book_without_plan(tables: Book) -> None:
    model, _ = build_model(open_book(tables).tables)
    assert model is not None
    options = Options(time_limit_s=0.0)
    solution = optimise(problem_of(model), options)
    assert isinstance(solution, NoPlan)
    result = failed_result(model, solution, [], options, unwatched())
    assert (result.status, result.exit_code) == ("stopped", 5)
    assert result.messages[0].startswith("Time was up before a plan was found (")
    assert result.messages[1] == "Raise time_limit_s in Settings and solve again."
    assert not result.table("Conflicts").rows
    status = result.table("PlanStatus")
    assert status.column("status") == ["Stopped before a plan was found"]
    assert status.column("plan") == [None]


def test_a_stopped_search_claims_nothing() -> None:
    """Loans of at least 4,000 beside a max of less: stopped at once, nothing is called irreducible or the cheapest."""
    model, _ = build_model(open_book(bank(limit(LOANS, ">=", 4000.0))).tables)
    assert model is not None
    solution = optimise(problem_of(model), Options())
    assert isinstance(solution, NoPlan)
    stopped = failed_result(model, solution, [], Options(), Watch(stop=lambda: True))
    assert "Without any one of them the others can hold together." not in stopped.messages
    assert "No way out was found before the search ended." in stopped.messages
    assert not any(text.startswith(("The cheapest way out", "No relaxation")) for text in stopped.messages)
    ended = failed_result(model, solution, [], Options(), unwatched())
    assert any(text.startswith("The cheapest way out, enough") for text in ended.messages)
