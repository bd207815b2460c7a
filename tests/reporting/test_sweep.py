"""A sweep in sentences, for objectives given by hand."""

from typing import Any

import attrs
import pytest

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.model.model import Model
from xlalm.reporting.sweep import sweep_sentences, weight_sentences

RULES = (limit('position("Loans") / total_assets', "<=", 0.7, limit="Share", unit="%"), limit("rwa", "<=", 500.0))
MODEL = model_of(bank(*RULES, settings={"currency": "EUR"}, risk_weight=[1.0, 0.0, 0.0, 0.0]))
MONEY = MODEL.settings.money


def swept(*objectives: float | None, cell: str = "Settings!horizon") -> list[dict[str, Any]]:
    return [{"value": 0.5 + k / 4, "objective": value} for k, value in enumerate(objectives)]


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        ((), "No value of cell in the range leaves a plan."),
        ((None, None), "No value of cell in the range leaves a plan."),
        ((1.0, 2.0, 4.0), "Goal 0 goes from {1} at cell = 0.5 to {4} at 1."),
        ((1.0, 2.0, 1.0), "Goal 0 is {1} at both ends, from cell = 0.5 to 1."),
        ((None, 1.0), "Goal 0 is {1} at cell = 0.75. 1 of 2 values leave no plan."),
        ((1.0, None, 4.0, None), "Goal 0 goes from {1} at cell = 0.5 to {4} at 1. 2 of 4 values leave no plan."),
    ],
)
def test_a_sweep_says_its_ends(objectives: tuple[float | None, ...], said: str) -> None:
    currency, _, size = MONEY.partition(" ")
    shown = said.replace("{1}", f"{currency} 1.00 {size}").replace("{4}", f"{currency} 4.00 {size}")
    assert sweep_sentences(MODEL, "cell", swept(*objectives)) == [shown]


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("Limits!Share", "50.00%", "75.00%"),
        ("limits ! SHARE.right", "50.00%", "75.00%"),
        ("Limits!Other", "0.5", "0.75"),
        ("Settings!Share", "0.5", "0.75"),
    ],
)
def test_the_bound_of_a_limit_is_shown_in_its_unit(cell: str, start: str, end: str) -> None:
    (said,) = sweep_sentences(MODEL, cell, swept(1.0, 2.0))
    assert f" at {cell} = {start} to " in said
    assert said.endswith(f" at {end}.")


def test_several_goals_have_the_methods_objective() -> None:
    (goal,) = MODEL.goals
    both = attrs.evolve(MODEL, goals=(goal, goal))
    assert sweep_sentences(both, "cell", swept(1.0, 2.0))[0].startswith("The objective of ")


def more_weight(model: Model, *ends: float | None, direction: str = "max", unit: str = "amount") -> list[str]:
    (goal,) = model.goals
    goal = attrs.evolve(goal, unit=unit, row=attrs.evolve(goal.row, direction=direction))
    rows = [{} if end is None else {f"weighted_sum: {goal.row.name}": end} for end in ends]
    return weight_sentences(model, goal, ["weighted_sum"], rows)


@pytest.mark.parametrize(
    ("ends", "direction", "unit", "effect"),
    [
        ((1.0, 9.0, 2.0), "max", "amount", "improves it"),
        ((2.0, 9.0, 1.0), "max", "amount", "worsens it"),
        ((1.0, 2.0), "min", "amount", "worsens it"),
        ((2.0, 1.0), "min", "amount", "improves it"),
        ((10.0, 10.0 + 0.9e-8), "max", "amount", "leaves it as it is"),
        ((10.0, 10.0 + 1.1e-8), "max", "amount", "improves it"),
        ((0.1, 0.1 + 0.9e-9), "max", "amount", "leaves it as it is"),
        ((0.1, 0.1 + 1.1e-9), "max", "amount", "improves it"),
        ((0.1, 0.1 - 1.1e-11), "max", "%", "worsens it"),
        ((0.1, 0.1 - 0.9e-11), "max", "%", "leaves it as it is"),
    ],
)
def test_what_more_weight_does(ends: tuple[float, ...], direction: str, unit: str, effect: str) -> None:
    (said,) = more_weight(MODEL, *ends, direction=direction, unit=unit)
    assert said.startswith(f"weighted_sum: more weight on goal 0 {effect} (")


def test_a_method_without_an_end_says_nothing() -> None:
    for ends in ((None, 1.0), (1.0, None), (None, None)):
        assert more_weight(MODEL, *ends) == []


def test_the_published_form_is_told_apart() -> None:
    (goal,) = MODEL.goals
    methods = ["wfnlp", "wfnlp_direct", "weighted_sum"]
    assert weight_sentences(MODEL, goal, methods, [{}, {}]) == [
        "wfnlp is the published form weight·μ ≥ λ, which satisfies the heavier goal less."
    ]
