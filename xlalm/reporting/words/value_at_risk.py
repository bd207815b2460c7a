"""Value at risk in the committee's words: what a figure means, who causes it, whether the history bears it out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.reporting.words.wording import amount, counted, figure, percent, share
from xlalm.valuation.risk.backtest import TRAFFIC_LIGHT_DAYS
from xlalm.valuation.risk.value_at_risk import Risk

_ZONES = {
    "green": "nothing suggests a fault of the model",
    "yellow": "the model may understate the risk; find out why before relying on it",
    "red": "the model almost certainly understates the risk",
}
_FEW = 5.0  # expected exceptions below which a test sees little


def meaning(portfolio: str, risk: Risk, confidence: float, days: float, money: str) -> str:
    """Return what value at risk and expected shortfall of a portfolio say."""
    who = "the opening book" if portfolio == "opening" else f"the {portfolio}"
    period = "one day" if days == 1 else f"{figure(days, 6)} days"
    start = f"With {percent(confidence)} confidence {who} "
    if risk.value_at_risk <= 0:
        start += f"loses nothing over {period}"
    else:
        start += f"loses at most {amount(risk.value_at_risk, money)} over {period}"
    tail = f"in the worst {percent(1 - confidence)} of cases it "
    if risk.expected_shortfall <= 0:
        return f"{start}; {tail}loses nothing on average either."
    return f"{start}; {tail}loses {amount(risk.expected_shortfall, money)} on average."


def change_sentence(opening: Risk, plan: Risk, money: str) -> str:
    """Return how the plan's value at risk compares with the opening's."""
    change = plan.value_at_risk - opening.value_at_risk
    if abs(change) <= 1e-6 * max(abs(opening.value_at_risk), abs(plan.value_at_risk)):
        return "The plan leaves the value at risk as it is."
    word = "more" if change > 0 else "less"
    return f"The plan puts {amount(abs(change), money)} {word} at risk than the opening."


def contribution_sentences(
    names: Sequence[str], component: Float1D, individual: Float1D, risk: Risk, money: str
) -> list[str]:
    """Return who contributes most, who hedges most, and what offsetting takes away; nothing where there is no risk."""
    total = risk.value_at_risk
    if total <= 0:
        return []
    order = np.argsort(-component, kind="stable")

    def named(places: Sequence[int]) -> str:
        return ", ".join(f"{shown(names[k])} {share(component[k] / total)}" for k in places)

    shown_at_all = 0.005 * total  # below which a share is shown as 0%
    adding = [int(k) for k in order[:3] if component[k] >= shown_at_all]
    hedging = [int(k) for k in order[::-1][:3] if component[k] <= -shown_at_all]
    sentences = [f"Largest contributions: {named(adding)}."]
    if hedging:
        sentences.append(f"Largest hedges: {named(hedging)}.")
    alone = float(individual.sum())
    if alone - total <= 1e-6 * total:
        return [*sentences, "The positions do not offset one another."]
    sentences.append(
        f"Alone the positions would put {amount(alone, money)} at risk; "
        f"offsetting takes away {amount(alone - total, money)}."
    )
    return sentences


def verdict(test: Mapping[str, Any], confidence: float) -> str:
    """Return what one backtest says."""
    count, expected, days = test["exceptions"], test["expected"], test["days"]
    rejected = test["result"] == "rejected"
    if test["test"] == "Basel traffic light":
        text = f"{counted(count, 'exception')} in the last {days} days: {_ZONES[test['result']]}."
        if days != TRAFFIC_LIGHT_DAYS or abs(confidence - 0.99) > 1e-9:
            text += f" The zones are the Committee's, carried over to {days} days at {percent(confidence)}."
        return text
    if test["test"] == "Christoffersen independence":
        if count < 2:
            return "Too few exceptions to form clusters."
        if rejected:
            return "Exceptions come in clusters: the model reacts too slowly to restless markets."
        return "Exceptions do not come in clusters."
    if test["test"] == "Christoffersen conditional coverage":
        return (
            "Frequency and independence together are not what a correct model gives."
            if rejected
            else "Frequency and independence together are what a correct model gives."
        )
    text = f"{counted(count, 'exception')} where {figure(expected, 3)} were expected: "
    if rejected:
        side = "too many, the model understates the risk" if count > expected else "too few, it overstates the risk"
        text += side + "."
    else:
        text += f"in line with {percent(confidence)} confidence."
    return text + (" With so few expected the test sees gross faults only." if expected < _FEW else "")


def backtest_sentence(tests: Sequence[Mapping[str, Any]], confidence: float) -> str:
    """Return all backtests of one portfolio in a sentence."""
    first, light = tests[0], tests[-1]
    times = "once" if first["exceptions"] == 1 else f"{first['exceptions']} times"
    failed = [str(test["test"]) for test in tests if test["result"] == "rejected"]
    said = f"rejected by {' and '.join(failed)}" if failed else "passed by Kupiec's and Christoffersen's tests"
    return (
        f"Backtest over {first['days']:,} days: the one-day value at risk at {percent(confidence)} was exceeded "
        f"{times} ({figure(first['expected'], 3)} expected), {said}; "
        f"Basel traffic light {light['result']}."
    )
