"""Value at risk in words, for figures given by hand."""

import numpy as np
import pytest

from xlalm.reporting.words.value_at_risk import (
    backtest_sentence,
    change_sentence,
    contribution_sentences,
    meaning,
    verdict,
)
from xlalm.valuation.risk.value_at_risk import Risk

KUPIEC = {"test": "Kupiec frequency", "exceptions": 5, "expected": 2.5, "days": 250, "result": "passed"}
LIGHT = {"test": "Basel traffic light", "exceptions": 5, "expected": 2.5, "days": 250, "result": "yellow"}


def test_what_losses_and_gains_mean() -> None:
    assert meaning("plan", Risk(2.0, 3.0, 100), 0.99, 1, "EUR million") == (
        "With 99% confidence the plan loses at most EUR 2.00 million over one day; "
        "in the worst 1% of cases it loses EUR 3.00 million on average."
    )
    assert meaning("opening", Risk(-2.0, -1.0, 100), 0.95, 10, "EUR million") == (
        "With 95% confidence the opening book loses nothing over 10 days; "
        "in the worst 5% of cases it loses nothing on average either."
    )


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (15.0, "The plan puts EUR 5.00 more at risk than the opening."),
        (8.0, "The plan puts EUR 2.00 less at risk than the opening."),
        (10.0 + 0.9e-5, "The plan leaves the value at risk as it is."),
        (10.0 + 1.1e-5, "The plan puts EUR 0.0000110 more at risk than the opening."),
    ],
)
def test_the_plan_beside_the_opening(plan: float, text: str) -> None:
    assert change_sentence(Risk(10.0, 12.0), Risk(plan, 12.0), "EUR") == text


def test_who_contributes_and_who_hedges() -> None:
    names, component = ["a", "b", "c", "d", "e"], np.array([5.0, 3.0, 2.5, 0.04, -0.54])
    said = contribution_sentences(names, component, np.array([6.0, 4.0, 3.0, 1.0, 1.0]), Risk(10.0, 12.0), "EUR")
    assert said == [
        "Largest contributions: a 50%, b 30%, c 25%.",
        "Largest hedges: e -5%.",
        "Alone the positions would put EUR 15.0 at risk; offsetting takes away EUR 5.00.",
    ]
    alone = contribution_sentences(names[:2], np.array([7.0, 3.0]), np.array([7.0, 3.0]), Risk(10.0, 12.0), "EUR")
    assert alone == ["Largest contributions: a 70%, b 30%.", "The positions do not offset one another."]
    assert contribution_sentences(names, component, component, Risk(0.0, 0.0), "EUR") == []


def test_what_is_too_little_to_be_named() -> None:
    """Half a percent is shown as 0%, and a millionth is no offset; at both ends it still is what it is."""
    risk, names = Risk(1e6, 1e6), ["a", "b", "c"]
    for small, said in ((5000.0, "a 99%, b 0%"), (4999.0, "a 99%")):
        component = np.array([1e6 - 2 * small, small, -small])
        found = contribution_sentences(names, component, np.array([1e6, 0.0, 0.0]), risk, "EUR")
        hedges = ["Largest hedges: c 0%."] if small == 5000.0 else []
        assert found == [f"Largest contributions: {said}.", *hedges, "The positions do not offset one another."]
    for alone, offset in ((1e6 + 1, False), (1e6 + 2, True)):
        found = contribution_sentences(names[:1], np.array([1e6]), np.array([alone]), risk, "EUR")
        assert ("offsetting takes away" in found[-1]) == offset


@pytest.mark.parametrize(
    ("loss", "shortfall", "said"),
    [
        (0.0, 0.0, "loses nothing over one day; in the worst 1% of cases it loses nothing on average either."),
        (0.0, 1.0, "loses nothing over one day; in the worst 1% of cases it loses EUR 1.00 on average."),
        (0.5, 0.0, "loses at most EUR 0.50 over one day; in the worst 1% of cases it loses nothing on average either."),
    ],
)
def test_no_loss_is_nothing(loss: float, shortfall: float, said: str) -> None:
    assert meaning("plan", Risk(loss, shortfall, 100), 0.99, 1, "EUR") == f"With 99% confidence the plan {said}"


def test_verdicts() -> None:
    independence = KUPIEC | {"test": "Christoffersen independence", "exceptions": 1}
    assert verdict(independence, 0.99) == "Too few exceptions to form clusters."
    assert verdict(independence | {"exceptions": 2}, 0.99) == "Exceptions do not come in clusters."
    assert verdict(independence | {"exceptions": 2, "result": "rejected"}, 0.99).startswith("Exceptions come in")
    assert verdict(KUPIEC | {"exceptions": 0, "result": "rejected"}, 0.99) == (
        "0 exceptions where 2.5 were expected: too few, it overstates the risk."
        " With so few expected the test sees gross faults only."
    )
    assert verdict(KUPIEC | {"exceptions": 20, "expected": 5.0, "result": "rejected"}, 0.99) == (
        "20 exceptions where 5 were expected: too many, the model understates the risk."
    )
    assert verdict(KUPIEC | {"exceptions": 1, "expected": 5.0}, 0.99) == (
        "1 exception where 5 were expected: in line with 99% confidence."
    )
    assert verdict(LIGHT, 0.99) == (
        "5 exceptions in the last 250 days: the model may understate the risk; find out why before relying on it."
    )
    assert verdict(LIGHT | {"days": 100}, 0.975).endswith(
        " The zones are the Committee's, carried over to 100 days at 97.5%."
    )


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (("passed", "passed"), "passed by Kupiec's and Christoffersen's tests"),
        (("rejected", "passed"), "rejected by Kupiec frequency"),
        (("rejected", "rejected"), "rejected by Kupiec frequency and Christoffersen independence"),
    ],
)
def test_a_backtest_in_a_sentence(results: tuple[str, str], said: str) -> None:
    independence = KUPIEC | {"test": "Christoffersen independence", "result": results[1]}
    tests = [KUPIEC | {"result": results[0], "days": 1250}, independence, LIGHT]
    assert backtest_sentence(tests, 0.99) == (
        "Backtest over 1,250 days: the one-day value at risk at 99% was exceeded 5 times (2.5 expected), "
        f"{said}; Basel traffic light yellow."
    )
    once = [tests[0] | {"exceptions": 1}, *tests[1:]]
    assert " was exceeded once (2.5 expected)" in backtest_sentence(once, 0.99)
