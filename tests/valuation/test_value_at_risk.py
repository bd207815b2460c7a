"""Value at risk: textbook figures, independent formulas, and what must hold for any portfolio."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from xlalm.domain.errors import Refused
from xlalm.valuation.risk.value_at_risk import (
    Contributions,
    covariance_risk,
    historical_contributions,
    historical_risk,
    monte_carlo_risk,
    normal_contributions,
    sample_covariance,
    scenario_changes,
    value_at_risk,
    volatility,
)

seeds = st.integers(min_value=0, max_value=2**32 - 1)
confidences = st.sampled_from([0.9, 0.95, 0.975, 0.99, 0.995])


def market(seed: int, n: int = 6, days: int = 700) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return signed amounts, covariances per day and a history with fat tails."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(n, n)) * rng.uniform(0.001, 0.02, n)[:, None]
    history = rng.standard_t(4, size=(days, n)) @ mixing.T
    amounts = rng.choice([-1.0, 1.0], n) * rng.lognormal(4.0, 1.0, n)
    return amounts, mixing @ mixing.T, history


def brute_quantile(losses: np.ndarray, confidence: float) -> float:
    """Return the smallest loss that at least the share c of scenarios does not exceed, by counting."""
    enough = round(confidence * 1000) * len(losses)  # whole numbers: no product of rounded ones decides
    return float(min(loss for loss in losses if 1000 * sum(losses <= loss) >= enough))


# --- reference -----------------------------------------------------------------------------------------


def test_two_currencies_of_jorion() -> None:
    """Jorion (2007), Value at Risk, 3rd ed., ch. 7: $2 million of CAD at 5 %, $1 million of EUR at 12 %, uncorrelated.

    At 1.65 standard deviations he prints individual VaR 165,000 and 198,000, portfolio VaR 257,738, marginal 0.0528
    and 0.1521, component 105,630 and 152,108.
    """
    amounts, covariance = np.array([2e6, 1e6]), np.diag([0.05**2, 0.12**2])
    risk = covariance_risk(amounts, covariance, stats.norm.cdf(1.65))
    split = normal_contributions(amounts, covariance, risk)
    assert risk.value_at_risk == pytest.approx(257_738, abs=0.5)
    assert split.individual == pytest.approx([165_000, 198_000], abs=0.5)
    assert split.marginal == pytest.approx([0.0528, 0.1521], abs=5e-5)
    assert split.component == pytest.approx([105_630, 152_108], abs=0.5)
    assert split.incremental == pytest.approx([257_738 - 198_000, 257_738 - 165_000], abs=0.5)


def test_ten_thousand_more_of_a_currency() -> None:
    """The same chapter: $10,000 more CAD raise the VaR by 528 at the marginal VaR, by 529 when computed anew."""
    amounts, covariance = np.array([2e6, 1e6]), np.diag([0.05**2, 0.12**2])
    confidence = stats.norm.cdf(1.65)
    before = covariance_risk(amounts, covariance, confidence)
    marginal = normal_contributions(amounts, covariance, before).marginal[0]
    after = covariance_risk(amounts + np.array([10_000, 0]), covariance, confidence)
    assert 10_000 * marginal == pytest.approx(528, abs=0.5)
    assert after.value_at_risk - before.value_at_risk == pytest.approx(529, abs=0.5)


# --- oracles -------------------------------------------------------------------------------------------


@given(seeds, confidences, st.sampled_from([1, 5, 10, 250]))
def test_the_closed_form_is_the_quantile_and_tail_mean_of_a_normal(seed: int, confidence: float, days: int) -> None:
    amounts, covariance, _ = market(seed)
    loss = stats.norm(scale=math.sqrt(days * amounts @ covariance @ amounts))
    risk = covariance_risk(amounts, covariance, confidence, days)
    assert risk.value_at_risk == pytest.approx(loss.ppf(confidence), rel=1e-9)
    tail, _ = integrate.quad(loss.ppf, confidence, 1)
    assert risk.expected_shortfall == pytest.approx(tail / (1 - confidence), rel=1e-6)


@given(seeds)
def test_covariances_are_those_of_numpy(seed: int) -> None:
    history = market(seed)[2]
    assert sample_covariance(history) == pytest.approx(np.cov(history, rowvar=False), rel=1e-9, abs=1e-15)
    raw = sum(np.outer(day, day) for day in history) / len(history)
    assert sample_covariance(history, zero_mean=True) == pytest.approx(raw, rel=1e-9, abs=1e-15)


@given(seeds, confidences, st.integers(200, 400))
def test_history_equals_counting(seed: int, confidence: float, days: int) -> None:
    amounts, _, history = market(seed, n=3, days=days)
    losses = np.array([-sum(a * r for a, r in zip(amounts, day, strict=True)) for day in history])
    risk = historical_risk(amounts, history, confidence)
    assert risk.value_at_risk == pytest.approx(brute_quantile(losses, confidence), rel=1e-12)
    assert risk.value_at_risk == pytest.approx(float(np.quantile(losses, confidence, method="inverted_cdf")), rel=1e-12)
    steps = np.sort(losses)  # the mean of the quantile function over the worst share, as areas of steps
    edges = np.clip(np.arange(days + 1) / days, confidence, 1)
    assert risk.expected_shortfall == pytest.approx(np.diff(edges) @ steps / (1 - confidence), rel=1e-9)


def test_a_hundred_scenarios_at_99_percent_give_the_second_largest_loss() -> None:
    """0.99 · 100 is a whole number, whatever floating point makes of it: 99 losses do not exceed the second largest."""
    losses = np.arange(1.0, 101.0)
    risk = historical_risk(np.array([-1.0]), losses[:, None], 0.99)
    assert (risk.value_at_risk, risk.expected_shortfall) == (99.0, 100.0)
    losses = np.arange(1.0, 251.0)
    risk = historical_risk(np.array([-1.0]), losses[:, None], 0.99)  # 2.5 losses beyond: 250, 249 and half of 248
    assert risk.value_at_risk == 248.0
    assert risk.expected_shortfall == pytest.approx((250 + 249 + 0.5 * 248) / 2.5)


@pytest.mark.parametrize("scenarios", [20, 100, 260, 1000, 20_000])
def test_a_percentage_as_typed(scenarios: int) -> None:
    """95 · 0.01, which is what "95%" is read as, lies a hair above 0.95; the same loss is meant."""
    losses = np.arange(1.0, scenarios + 1)[:, None]
    assert 95 * 0.01 > 0.95
    typed, meant = (historical_risk(np.array([-1.0]), losses, c).value_at_risk for c in (95 * 0.01, 0.95))
    assert typed == meant == 0.95 * scenarios


@given(seeds, st.integers(1, 30))
def test_overlapping_windows_are_sums_of_days(seed: int, days: int) -> None:
    history = market(seed, n=3, days=80)[2]
    wanted = [history[start : start + days].sum(axis=0) for start in range(80 - days + 1)]
    assert scenario_changes(history, days) == pytest.approx(np.array(wanted), rel=1e-12, abs=1e-15)
    assert scenario_changes(history, days, overlapping=False) == pytest.approx(history * math.sqrt(days))


# --- Monte Carlo ---------------------------------------------------------------------------------------


@given(seeds, confidences)
def test_simulation_meets_the_closed_form(seed: int, confidence: float) -> None:
    amounts, covariance, _ = market(seed % 1000)
    exact = covariance_risk(amounts, covariance, confidence, 10)
    found = monte_carlo_risk(amounts, covariance, confidence, 10, seed=seed, draws=20_000)
    assert abs(found.value_at_risk - exact.value_at_risk) <= 8 * found.value_at_risk_error
    assert abs(found.expected_shortfall - exact.expected_shortfall) <= 8 * found.expected_shortfall_error


def test_standard_errors_are_the_spread_between_seeds() -> None:
    amounts, covariance, _ = market(7)
    runs = [monte_carlo_risk(amounts, covariance, 0.99, seed=seed, draws=4000) for seed in range(300)]
    for value, error in (
        ("value_at_risk", "value_at_risk_error"),
        ("expected_shortfall", "expected_shortfall_error"),
    ):
        spread = np.std([getattr(run, value) for run in runs])
        stated = np.mean([getattr(run, error) for run in runs])
        assert stated == pytest.approx(spread, rel=0.15), value


def test_the_quantiles_error_has_its_asymptotic_size() -> None:
    """√(c(1 - c)/n) over the density at the quantile (Jorion 2007, ch. 5)."""
    amounts, covariance, _ = market(3)
    sigma = volatility(amounts, covariance)
    wanted = math.sqrt(0.99 * 0.01 / 200_000) / stats.norm(scale=sigma).pdf(stats.norm.ppf(0.99) * sigma)
    errors = [monte_carlo_risk(amounts, covariance, 0.99, seed=s, draws=200_000).value_at_risk_error for s in range(5)]
    assert np.mean(errors) == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize("draws", [1000, 8192, 8193, 50_000])
def test_the_same_seed_gives_the_same_bits(draws: int) -> None:
    amounts, covariance, _ = market(11)
    first = monte_carlo_risk(amounts, covariance, 0.99, seed=5, draws=draws)
    assert monte_carlo_risk(amounts, covariance, 0.99, seed=5, draws=draws) == first
    assert monte_carlo_risk(amounts, covariance, 0.99, seed=6, draws=draws).value_at_risk != first.value_at_risk


def test_a_covariance_without_full_rank_is_simulated() -> None:
    """Two positions that move as one, held against each other, cannot lose."""
    covariance = np.full((2, 2), 4e-4)
    assert monte_carlo_risk(np.array([5.0, -5.0]), covariance, 0.99).value_at_risk == pytest.approx(0.0, abs=1e-12)
    together = monte_carlo_risk(np.array([5.0, 5.0]), covariance, 0.99)
    assert together.value_at_risk == pytest.approx(10 * 0.02 * stats.norm.ppf(0.99), rel=0.02)


# --- contributions ----------------------------------------------------------------------------------------


def splits(seed: int, confidence: float) -> list[tuple[float, float, Contributions]]:
    amounts, covariance, history = market(seed)
    exact = covariance_risk(amounts, covariance, confidence, 10)
    drawn = monte_carlo_risk(amounts, covariance, confidence, 10, draws=5000)
    past = historical_risk(amounts, history, confidence)
    return [
        (exact.value_at_risk, exact.expected_shortfall, normal_contributions(amounts, covariance, exact)),
        (drawn.value_at_risk, drawn.expected_shortfall, normal_contributions(amounts, covariance, drawn)),
        (past.value_at_risk, past.expected_shortfall, historical_contributions(amounts, history, confidence)),
    ]


@given(seeds, confidences)
def test_components_sum_to_the_risk(seed: int, confidence: float) -> None:
    amounts, _, _ = market(seed)
    for value, shortfall, split in splits(seed, confidence):
        assert split.component.sum() == pytest.approx(value, rel=1e-9)
        assert split.shortfall.sum() == pytest.approx(shortfall, rel=1e-9)
        assert split.component == pytest.approx(amounts * split.marginal, rel=1e-9, abs=1e-12)


@given(seeds, confidences)
def test_marginal_is_the_derivative_and_incremental_the_difference(seed: int, confidence: float) -> None:
    amounts, covariance, history = market(seed)
    risk = covariance_risk(amounts, covariance, confidence, 10)
    split = normal_contributions(amounts, covariance, risk)
    past = historical_risk(amounts, history, confidence)
    past_split = historical_contributions(amounts, history, confidence)
    for i, held in enumerate(amounts):
        unit = np.eye(len(amounts))[i]
        step = 1e-5 * abs(held)
        ends = [covariance_risk(amounts + s * step * unit, covariance, confidence, 10).value_at_risk for s in (1, -1)]
        assert split.marginal[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-8)
        without = amounts - held * unit
        left = covariance_risk(without, covariance, confidence, 10).value_at_risk
        assert split.incremental[i] == pytest.approx(risk.value_at_risk - left, rel=1e-7, abs=1e-9)
        alone = covariance_risk(held * unit, covariance, confidence, 10).value_at_risk
        assert split.individual[i] == pytest.approx(alone, rel=1e-9)
        left = historical_risk(without, history, confidence).value_at_risk
        assert past_split.incremental[i] == pytest.approx(past.value_at_risk - left, rel=1e-9, abs=1e-9)
        alone = historical_risk(held * unit, history, confidence).value_at_risk
        assert past_split.individual[i] == pytest.approx(alone, rel=1e-9)


def test_a_position_without_amount_still_has_a_marginal_risk() -> None:
    amounts, covariance = np.array([0.0, 3.0]), np.array([[4e-4, 1e-4], [1e-4, 1e-4]])
    split = normal_contributions(amounts, covariance, covariance_risk(amounts, covariance, 0.99))
    assert split.marginal[0] > 0
    assert split.component[0] == split.incremental[0] == 0


def test_a_riskless_book_has_no_contributions() -> None:
    split = normal_contributions(np.zeros(2), np.eye(2), covariance_risk(np.zeros(2), np.eye(2), 0.99))
    for part in (split.individual, split.marginal, split.component, split.incremental, split.shortfall):
        assert part == pytest.approx([0.0, 0.0])


# --- properties ------------------------------------------------------------------------------------------


@given(seeds, confidences, st.floats(0.01, 100))
def test_twice_the_book_is_twice_the_risk(seed: int, confidence: float, scale: float) -> None:
    amounts, covariance, history = market(seed, days=250)
    for measure in (
        lambda w: covariance_risk(w, covariance, confidence, 10),
        lambda w: monte_carlo_risk(w, covariance, confidence, 10, draws=1000),
        lambda w: historical_risk(w, history, confidence),
    ):
        one, many = measure(amounts), measure(scale * amounts)
        assert many.value_at_risk == pytest.approx(scale * one.value_at_risk, rel=1e-9)
        assert many.expected_shortfall == pytest.approx(scale * one.expected_shortfall, rel=1e-9)
        assert one.expected_shortfall >= one.value_at_risk


@given(seeds, seeds, confidences)
def test_two_books_together_risk_no_more_than_apart(first: int, second: int, confidence: float) -> None:
    """Normal value at risk is subadditive, and expected shortfall always is (Acerbi and Tasche 2002)."""
    amounts, covariance, history = market(first, days=250)
    others = market(second)[0]
    apart = covariance_risk(amounts, covariance, confidence), covariance_risk(others, covariance, confidence)
    together = covariance_risk(amounts + others, covariance, confidence)
    assert together.value_at_risk <= sum(risk.value_at_risk for risk in apart) * (1 + 1e-12)
    past = [historical_risk(w, history, confidence).expected_shortfall for w in (amounts, others, amounts + others)]
    assert past[2] <= (past[0] + past[1]) + 1e-9 * (abs(past[0]) + abs(past[1]))


@given(seeds, st.sampled_from([4, 9, 25]))
def test_time_counts_by_its_square_root(seed: int, days: int) -> None:
    amounts, covariance, history = market(seed, days=250)
    one, long = (covariance_risk(amounts, covariance, 0.99, h) for h in (1, days))
    assert long.value_at_risk == pytest.approx(math.sqrt(days) * one.value_at_risk)
    changes = scenario_changes(history, days, overlapping=False)
    scaled, day = (historical_risk(amounts, c, 0.99) for c in (changes, history))
    assert scaled.value_at_risk == pytest.approx(math.sqrt(days) * day.value_at_risk)


# --- the formula -----------------------------------------------------------------------------------------


def test_the_formula_takes_covariances_or_changes() -> None:
    amounts, covariance, history = market(2)
    exact = covariance_risk(amounts, covariance, 0.95, 5).value_at_risk
    assert value_at_risk(amounts, covariance, 0.95, 5) == exact
    estimated = covariance_risk(amounts, sample_covariance(history), 0.95, 5).value_at_risk
    assert value_at_risk(amounts, history, 0.95, 5) == estimated
    windows = scenario_changes(history, 5)
    assert (
        value_at_risk(amounts, history, 0.95, 5, "historical") == historical_risk(amounts, windows, 0.95).value_at_risk
    )
    simulated = value_at_risk(amounts, covariance, 0.95, 5, "monte_carlo", seed=9)
    assert simulated == monte_carlo_risk(amounts, covariance, 0.95, 5, seed=9).value_at_risk
    square = history[: len(amounts)]  # as many days as amounts: still changes, because it is not symmetric
    assert value_at_risk(amounts, square, 0.95, 5) == value_at_risk(amounts, sample_covariance(square), 0.95, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confidence": 99}, "is 99; enter 99%."),
        ({"confidence": 0.5}, "above 50%"),
        ({"confidence": 1.0}, "below 100%"),
        ({"confidence": math.nan}, "above 50%"),
        ({"days": 0}, "above 0"),
        ({"days": math.inf}, "above 0"),
        ({"days": 2.5, "method": "historical"}, "whole"),
        ({"days": 700, "method": "historical"}, "too few"),
        ({"days": 701, "method": "historical"}, "holds no window"),
        ({"confidence": 0.999, "method": "historical"}, "give at least 1000"),
        ({"method": "guess"}, "covariance, monte_carlo, historical"),
        ({"data": np.eye(6), "method": "historical"}, "one row per day"),
        ({"data": np.eye(5)}, "6 amounts do not fit data with 5 columns"),
        ({"data": np.full((20, 6), math.nan)}, "fill every cell"),
        ({"data": np.zeros((1, 6))}, "at least 2 days"),
        ({"data": np.eye(6) - 0.9 * (np.ones((6, 6)) - np.eye(6))}, "cannot be covariances"),
        ({"data": np.eye(6) - 0.9 * (np.ones((6, 6)) - np.eye(6)), "method": "monte_carlo"}, "cannot be covariances"),
        ({"data": -np.eye(6)}, "cannot be covariances"),
    ],
)
def test_what_makes_no_value_at_risk_says_why(change: dict[str, Any], message: str) -> None:
    amounts, _, history = market(1)
    arguments: dict[str, Any] = {"data": history, "confidence": 0.99, "days": 10.0, "method": "covariance"} | change
    with pytest.raises(Refused, match=message):
        value_at_risk(amounts, **arguments)
