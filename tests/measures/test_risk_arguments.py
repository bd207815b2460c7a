"""Confidence and holding period: the formula language, the verb ``var`` and ``ALM_VAR`` take and refuse the same."""

import math
from typing import Any

import numpy as np
import pytest

from xlalm.app.formulas import FORMULAS
from xlalm.app.run.book import open_book
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.value_at_risk import var
from xlalm.domain.errors import Refused
from xlalm.model.build import build_model

Z = 2.3263478740408408  # the 99 % point of the normal law


def bank(formula: str = "rwa") -> dict[str, Any]:
    """100 of bonds with a variance of 0.0001 a day, that is a deviation of 1 a day; funded by deposits."""
    return {
        "Positions": {"position": ["Bonds", "Deposits"], "side": ["asset", "liability"], "balance": [100.0, 100.0]},
        "Goals": {"goal": ["risk"], "formula": [formula], "direction": ["min"]},
        "Covariances": {"position": ["Bonds"], "with": ["Bonds"], "covariance": [0.0001]},
    }


def as_metric(confidence: float, days: float) -> float:
    model, findings = build_model(open_book(bank(f"var({confidence}, {days})")).tables)
    if model is None:
        raise Refused.of(next(finding for finding in findings if finding.severity == "error"))
    return model.compiler.at_opening(model.goals[0].expression)


def as_verb(confidence: float, days: float) -> float:
    report = var(bank("position('Bonds')"), confidence=confidence, days=days).table("VarReport").records()
    return next(float(row["value_at_risk"]) for row in report if row["portfolio"] == "opening")


def as_function(confidence: float, days: float) -> float:
    answer = FORMULAS["ALM_VAR"].answer(
        {"amounts": [[100.0]], "data": [[0.0001]], "confidence": confidence, "days": days}, lambda: None
    )
    if isinstance(answer, str):
        raise Refused(None, *answer.removeprefix("#XLALM! ").removesuffix(".").split("; "))
    assert isinstance(answer, float)
    return answer


@pytest.mark.parametrize("face", [as_metric, as_verb, as_function])
@pytest.mark.parametrize(("days", "deviation"), [(1, 1.0), (10, math.sqrt(10)), (2500, 50.0)])
def test_the_figure_by_hand(face: Any, days: float, deviation: float) -> None:
    """One a day times √days; ten years of 2,500 days are 50 days' worth."""
    assert face(0.99, days) == pytest.approx(Z * deviation, rel=1e-9)


@pytest.mark.parametrize("face", [as_metric, as_verb, as_function])
@pytest.mark.parametrize(
    ("confidence", "days", "text", "cure"),
    [
        (0.99, 5000, "the holding period is 5000 days", "enter a number above 0 and up to 2,500, such as 10"),
        (0.99, 0, "the holding period is 0 days", "enter a number above 0 and up to 2,500, such as 10"),
        (99, 10, "the confidence is 99", "enter 99%"),
        (0.5, 10, "the confidence is 0.5", "enter one above 50% and below 100%, such as 99%"),
        (1, 10, "the confidence is 1", "enter one above 50% and below 100%, such as 99%"),
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(
    face: Any, confidence: float, days: float, text: str, cure: str
) -> None:
    with pytest.raises(Refused) as fault:
        face(confidence, days)
    assert fault.value.text.partition(":")[0] == text
    assert fault.value.cure == cure


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("var(99%, 5000)", "the holding period is 5000 days: var(99%, ▸5000)"),
        ("var(99, 10)", "the confidence is 99: var(▸99, 10)"),
        ("1 + volatility(2501)", "the holding period is 2501 days: 1 + volatility(▸2501)"),
        ("volatility(-1)", "the holding period is -1 days: volatility(▸-1)"),
    ],
)
def test_the_finding_marks_the_argument(formula: str, shown: str) -> None:
    found = [f for f in verbs.check(bank(formula)).findings if f.severity == "error"]
    assert [(f.text, str(f.cell)) for f in found] == [(shown, "Goals!B2")]


def test_volatility_by_hand() -> None:
    model, _ = build_model(open_book(bank("volatility(2500)")).tables)
    assert model is not None
    stock = np.array([100.0, 100.0])
    assert model.sheet.opening == pytest.approx(stock)
    assert model.compiler.at_opening(model.goals[0].expression) == pytest.approx(50.0, rel=1e-12)
