"""Fuzzy programming with two goals (paper 001), through the workbook, on the instance with limits of our own."""

from itertools import pairwise

import attrs
import numpy as np
import pytest

from tests.reference.workbook_route import ROOT, Solved, reference, solve_copy
from xlalm.app.run.book import open_book
from xlalm.app.run.changes import apply_changes
from xlalm.app.verbs.solve import fuzzy
from xlalm.measures.expression import Affine, Point, add, scale
from xlalm.model.build import build_model
from xlalm.model.model import Limit, Model
from xlalm.program.problem import Objective, problem_of
from xlalm.solver.goals.methods import solve_goals
from xlalm.solver.highs.run import Options
from xlalm.solver.optimise import optimise
from xlalm.solver.solution import Planned
from xlalm.tables.settings import with_setting

BOOK = "examples/fuzzy_alm/fuzzy_alm.xlsx"
PAYOFF = ((-0.3464090284731266, 7.575210099840834), (-0.35519327777777776, 1.0227666666666666))
METHODS = ("fnlp", "fagp", "wfnlp", "wfnlp_direct", "wfagp", "weighted_sum_normalised", "lexicographic")


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Solved:
    return solve_copy(BOOK, tmp_path_factory.mktemp("fuzzy"))


def _model(method: str, weights: tuple[float, float]) -> Model:
    tables = open_book(ROOT / "workbooks" / BOOK).tables
    sets = [f"Goals!Return on equity={weights[0]}", f"Goals!Rate risk={weights[1]}"]
    changed, _ = apply_changes(tables, sets)
    changed["Settings"] = with_setting(changed["Settings"], "method", method)
    model, findings = build_model(changed)
    assert model is not None, findings
    return model


def test_the_workbook_holds_the_payoff_and_the_memberships(solved):
    """Payoff with lexicographic tie-break and FNLP of the certified instance, read back from the written file."""
    payoff = solved.table("Payoff")
    for row, (value, risk) in zip(payoff, PAYOFF, strict=True):
        assert row["return_on_equity"] == pytest.approx(value, abs=1e-8)
        assert row["rate_risk"] == pytest.approx(risk, abs=1e-8)
    memberships = solved.by("GoalReport", "goal", "membership")
    assert set(memberships) == {"Return on equity", "Rate risk"}
    for membership in memberships.values():
        assert membership == pytest.approx(0.7845368243310202, abs=1e-8)
    assert solved.result.objective == pytest.approx(0.7845368243310202, abs=1e-8)
    assert solved.result.certificate is not None
    assert solved.result.certificate["accepted"] is True


@pytest.mark.parametrize(
    "row", reference("paper_001_instance.csv"), ids=lambda r: f"{r['method']}-{r['weight_return']}"
)
def test_every_method_and_weight(row):
    """λ, μ, return and risk of every method and weight to 1e-8."""
    weights = float(row["weight_return"]), float(row["weight_risk"])
    model = _model(row["method"], weights)
    if row["method"] == "weighted_sum":
        result = _weighted_sum(weights)
        assert result.objective == pytest.approx(float(row["objective"]), abs=1e-8)
        value = result.table("GoalReport").column("value")
        assert value == pytest.approx([float(row["return"]), float(row["risk"])], abs=1e-8)
        return
    _, outcome = solve_goals(model, Options())
    assert outcome is not None
    assert outcome.objective == pytest.approx(float(row["objective"]), abs=1e-8)
    assert outcome.value == pytest.approx([float(row["return"]), float(row["risk"])], abs=1e-8)
    wanted = [float(row["membership_return"]), float(row["membership_risk"])]
    assert outcome.membership == pytest.approx(wanted, abs=1e-8)


def _weighted_sum(weights: tuple[float, float]):
    tables = open_book(ROOT / "workbooks" / BOOK).tables
    sets = [f"Goals!Return on equity={weights[0]}", f"Goals!Rate risk={weights[1]}"]
    return fuzzy(apply_changes(tables, sets)[0], method="weighted_sum")


def test_the_normalised_weighted_sum_is_wfagp():
    """Dividing each goal by its range is the same as adding memberships."""
    for weights in ((0.2, 0.8), (0.6, 0.4)):
        first = solve_goals(_model("weighted_sum_normalised", weights), Options())[1]
        second = solve_goals(_model("wfagp", weights), Options())[1]
        assert first is not None
        assert second is not None
        assert first.objective == pytest.approx(second.objective, abs=1e-12)
        assert first.value == pytest.approx(second.value, abs=1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weights", [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)])
def test_every_plan_is_pareto_optimal(method, weights):
    """No plan is at least as good in both goals and better in one: checked by maximising the gains over the plan."""
    model = _model(method, weights)
    solution, outcome = solve_goals(model, Options())
    assert outcome is not None
    point = Point.at(solution.plan, model.sheet.opening)
    spread = np.abs(outcome.ideal - outcome.worst)
    total, floors = Affine(), []
    for k, goal in enumerate(model.active_goals):
        gain = scale(add(goal.expression, Affine(-goal.expression.value(point))), goal.row.sign / spread[k])
        total = add(total, gain)
        floors.append(Limit("no loss", gain, ">=", Affine(-1e-13)))
    problem = problem_of(model)
    gained = Objective(total, True, problem.objective.owner)
    best = optimise(attrs.evolve(problem, limits=(*problem.limits, *floors), objective=gained), Options())
    assert isinstance(best, Planned)
    assert best.objective == pytest.approx(0.0, abs=1e-7)


def test_direct_weights_favour_the_heavier_goal_and_the_published_form_does_not():
    """Satisfaction of the return grows with its weight in wfnlp_direct and falls in wfnlp."""
    steps = [0.2, 0.35, 0.5, 0.65, 0.8]
    for method, sign in (("wfnlp_direct", 1), ("wfnlp", -1)):
        found = [solve_goals(_model(method, (w, 1 - w)), Options())[1] for w in steps]
        satisfied = [outcome.membership[0] for outcome in found if outcome is not None]
        assert len(satisfied) == len(steps)
        assert all(sign * b >= sign * a - 1e-9 for a, b in pairwise(satisfied))
        assert sign * satisfied[-1] > sign * satisfied[0] + 0.05


def test_goals_without_conflict_are_reported_not_divided():
    """Two goals that agree have a range of zero: both reach their best and a note says so."""
    tables = open_book(ROOT / "workbooks" / BOOK).tables
    changed, _ = apply_changes(tables, ["Goals!Rate risk.formula=0 - return_printed"])
    result = fuzzy(changed, method="fnlp")
    assert result.status == "optimal"
    assert result.table("GoalReport").column("membership") == [1.0, 1.0]
    assert any("in conflict with no other" in message for message in result.messages)


def test_goal_programming_and_epsilon_constraint_ask_for_aspirations():
    """Without them both methods end with a finding at the cell; with them they reach what is asked."""
    tables = open_book(ROOT / "workbooks" / BOOK).tables
    refused = fuzzy(tables, method="goal_programming")
    assert refused.exit_code == 2
    assert sum("has no aspiration" in finding.text for finding in refused.findings) == 2
    asked, _ = apply_changes(tables, ["Goals!Return on equity.aspiration=-0.348", "Goals!Rate risk.aspiration=2.6"])
    reached = fuzzy(asked, method="goal_programming")
    assert reached.objective == pytest.approx(0.0, abs=1e-9)
    held = fuzzy(asked, method="epsilon_constraint")
    value = held.table("GoalReport").column("value")
    assert value[1] <= 2.6 + 1e-9
    assert held.objective == pytest.approx(value[0], abs=1e-12)
    # between the Pareto points (1.0228, -.355193) and (2.7725, -.346652) the return is linear in the risk
    slope = (-0.34665230555555554 + 0.35519327777777776) / (2.772475 - 1.0227666666666666)
    assert value[0] == pytest.approx(-0.35519327777777776 + slope * (2.6 - 1.0227666666666666), abs=1e-9)


def test_the_command_line_writes_only_where_it_is_told(tmp_path):
    """``fuzzy`` without --out leaves the book alone."""
    copy = tmp_path / "book.xlsx"
    copy.write_bytes((ROOT / "workbooks" / BOOK).read_bytes())
    before = copy.read_bytes()
    assert fuzzy(copy, method="fagp").objective == pytest.approx(1.7052738786137207, abs=1e-8)
    assert copy.read_bytes() == before
    assert list(tmp_path.iterdir()) == [copy]
